//! `ims backup` and `ims restore`: an embedded database as one file.

mod replace;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use clap::Args;
use ims_app::{Actor, App, Permission, Verified};
use ims_store::{Store, StoreError};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{actor, needs},
    error::{bad, one_line},
    source::beside,
};

/// Writes an embedded database into one file.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "The file is opened and verified before it gets its name. PostgreSQL has pg_dump for this.\n\nExample: ims backup /srv/backup/ims-2026-04-01.db"
)]
pub struct BackupArgs {
    /// The file; it must not be there yet
    pub file: PathBuf,
}

/// Puts a backup back in the place of the database.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Stop the server first. The backup is copied, opened and verified before anything is touched; a database that it replaces is kept beside it under another name.\n\nExample: ims --data sqlite:ims.db restore /srv/backup/ims-2026-04-01.db --force"
)]
pub struct RestoreArgs {
    /// The backup
    pub file: PathBuf,
    /// Replace the database that is there
    #[arg(long)]
    pub force: bool,
}

pub(crate) async fn backup(
    args: &BackupArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let app = desk.app(globals).await?;
    // The file holds every council's books, so the right is needed in each.
    for council in app.councils().await? {
        let of_council = Globals { council: Some(council.code.clone()), ..globals.clone() };
        let actor = actor(&app, &of_council).await?;
        let books = app.books(Some(&council.code), actor).await?;
        needs(&books, Permission::Configure, "back the books up")?;
        books.seal().await?;
    }
    if args.file.exists() {
        let what = format!("{} is there already; name a new file", args.file.display());
        return Err(CliError::Refused(what));
    }
    let folder = args.file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(bad(format!(
            "{} cannot be written: its folder is not there",
            args.file.display()
        )));
    }
    let part = beside(&args.file, "part");
    let done = write(&app, &part, desk).await.and_then(|checked| {
        let at = |source| CliError::Write { path: args.file.clone(), source };
        fs::rename(&part, &args.file).map_err(at)?;
        settle(&args.file);
        Ok(checked)
    });
    if done.is_err() {
        remove(&part);
    }
    let checked = done?;
    let size = fs::metadata(&args.file).map(|about| about.len()).unwrap_or_default();
    let shown = args.file.display().to_string();
    let document = json!({ "file": shown, "bytes": size, "councils": documents(&checked) });
    let words = format!("{shown} is written and verified");
    Ok(said(Answer::of(document).say(words), &checked))
}

async fn write(
    app: &App,
    part: &Path,
    desk: &Desk<'_>,
) -> Result<Vec<(String, Verified)>, CliError> {
    app.store().backup(&part.to_string_lossy()).await.map_err(|error| match error {
        // It names a file of ours that nobody asked for.
        StoreError::Database(_) => bad("the backup's folder cannot be written; name another place"),
        other => other.into(),
    })?;
    let checked = verified(part, desk).await?;
    let at = |source| CliError::Write { path: part.to_owned(), source };
    File::open(part).and_then(|file| file.sync_all()).map_err(at)?;
    Ok(checked)
}

pub(crate) async fn restore(
    args: &RestoreArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let Some(place) = globals.sqlite_path() else {
        return Err(bad(
            "only an embedded database is restored this way: use sqlite:PATH with --data, or pg_restore",
        ));
    };
    if globals.user.is_some() {
        return Err(bad("restoring replaces a file, users and all: leave --as and IMS_USER out"));
    }
    let at = |source| CliError::Read { path: args.file.clone(), source };
    let is_same =
        fs::canonicalize(&args.file).map_err(at)? == fs::canonicalize(&place).unwrap_or_default();
    if is_same {
        return Err(bad("the backup and the database are one file"));
    }
    if place.exists() && !args.force {
        return Err(CliError::Refused(format!(
            "there is a database at {} already; --force replaces it and keeps it beside",
            place.display()
        )));
    }
    let part = beside(&place, "restore");
    let done = copy(&args.file, &part, desk).await;
    if done.is_err() {
        remove(&part);
    }
    let checked = done?;
    let kept = replace::put(&part, &place, desk.world.now())?;
    settle(&place);
    let shown = place.display().to_string();
    let kept = kept.map(|path| path.display().to_string());
    let document =
        json!({ "data": format!("sqlite:{shown}"), "kept": kept, "councils": documents(&checked) });
    let mut answer = Answer::of(document).say(format!("{shown} is restored and verified"));
    if let Some(kept) = kept {
        answer = answer.say(format!("the database before is kept as {kept}"));
    }
    Ok(said(answer, &checked))
}

async fn copy(
    from: &Path,
    part: &Path,
    desk: &Desk<'_>,
) -> Result<Vec<(String, Verified)>, CliError> {
    let head = fs::read(from).map(|bytes| bytes.starts_with(b"SQLite format 3\0"));
    let head = head.map_err(|source| CliError::Read { path: from.to_owned(), source })?;
    if !head {
        return Err(bad(format!("{}: not a backup that `ims backup` wrote", from.display())));
    }
    let at = |source| CliError::Write { path: part.to_owned(), source };
    fs::copy(from, part).map_err(at)?;
    let checked = verified(part, desk).await.map_err(|error| match error {
        CliError::Refused(why) => CliError::Refused(why),
        other => {
            bad(format!("{}: cannot be used: {}", from.display(), one_line(&other.to_string())))
        }
    })?;
    File::open(part).and_then(|file| file.sync_all()).map_err(at)?;
    Ok(checked)
}

/// Opens a database and verifies every council in it; an error unless all is
/// well. Afterwards it is one file again.
async fn verified(path: &Path, desk: &Desk<'_>) -> Result<Vec<(String, Verified)>, CliError> {
    let store = Store::open(&format!("sqlite:{}", path.display())).await?;
    let app = App::new(store, desk.world.clone());
    let checked = check(&app).await;
    app.store().close().await;
    if companion(path, "-wal").exists() {
        return Err(bad(format!("{} is still in use by somebody else", path.display())));
    }
    let checked = checked?;
    for (code, verified) in &checked {
        if let Some(check) = verified.checks.iter().find(|check| !check.ok) {
            let detail = check.detail.as_deref().unwrap_or_default();
            let what =
                format!("the copy does not verify, council {code}: {} ({detail})", check.name);
            return Err(CliError::Refused(what));
        }
    }
    Ok(checked)
}

async fn check(app: &App) -> Result<Vec<(String, Verified)>, CliError> {
    let mut checked = Vec::new();
    for council in app.councils().await? {
        let books = app.books(Some(&council.code), Actor::system("cli")).await?;
        checked.push((council.code, books.verify(None).await?));
    }
    Ok(checked)
}

/// `ims.db-wal`, `ims.db-shm`: what SQLite keeps beside a database in use.
fn companion(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn remove(path: &Path) {
    for path in [path.to_owned(), companion(path, "-wal"), companion(path, "-shm")] {
        let _ = fs::remove_file(path);
    }
}

/// Makes the new name last through a power cut, where the system can.
fn settle(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
}

fn documents(checked: &[(String, Verified)]) -> Vec<Value> {
    let one = |(code, verified): &(String, Verified)| json!({ "council": code, "entries": verified.entries, "sealed_to": verified.sealed_to });
    checked.iter().map(one).collect()
}

fn said(mut answer: Answer, checked: &[(String, Verified)]) -> Answer {
    for (code, verified) in checked {
        let entries = counted(verified.entries, "entry", "entries");
        answer = answer.say(format!("{code}: {entries}, sealed to {}", verified.sealed_to));
    }
    answer
}
