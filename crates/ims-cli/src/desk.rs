use std::{
    fmt,
    io::{BufRead, Write},
    path::PathBuf,
    time::Duration,
};

use chrono::{DateTime, Utc};
use ims_app::{Actor, App, AppError, Books, Permission, World};
use ims_store::Store;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{CliError, Exit, Globals, error::one_line};

/// The database when none is named.
pub(crate) const DATA: &str = "sqlite:ims.db";

/// Where a command runs: what it reads from, what it prints to, and its world.
pub struct Desk<'a> {
    /// The clock and the randomness.
    pub world: World,
    /// Standard input.
    pub input: &'a mut dyn BufRead,
    /// Standard output: answers.
    pub out: &'a mut dyn Write,
    /// Standard error: one sentence an error.
    pub err: &'a mut dyn Write,
    /// Whether somebody watches standard error, so that progress is shown.
    pub is_watched: bool,
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("is_watched", &self.is_watched).finish_non_exhaustive()
    }
}

impl Desk<'_> {
    /// Says one sentence on standard error, for people.
    pub(crate) fn complain(&mut self, sentence: &str) {
        // Nobody is left to tell when standard error cannot be written.
        let _ = writeln!(self.err, "ims: {}", one_line(sentence));
    }

    /// A bar of `steps`, shown only to somebody who watches.
    pub(crate) fn progress(&self, globals: &Globals, steps: usize) -> ProgressBar {
        if !self.is_watched || globals.quiet {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} {msg} {elapsed}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// The app on the database that `globals` name, which must be there.
    pub(crate) async fn app(&self, globals: &Globals) -> Result<App, CliError> {
        if let Some(path) = globals.sqlite_path()
            && !path.exists()
        {
            return Err(CliError::NoDatabase(path));
        }
        self.app_or_new(globals).await
    }

    /// The app on the database that `globals` name, made if it is not there.
    pub(crate) async fn app_or_new(&self, globals: &Globals) -> Result<App, CliError> {
        Ok(App::new(Store::open(globals.url()).await?, self.world.clone()))
    }

    /// The council's books in the hands of who asks.
    pub(crate) async fn books(&self, globals: &Globals) -> Result<Books, CliError> {
        let app = self.app(globals).await?;
        let actor = actor(&app, globals).await?;
        Ok(app.books(globals.council.as_deref(), actor).await?)
    }

    /// Notes what somebody tried and may not. The command has failed by then:
    /// whether this can be noted changes nothing of what is said.
    pub(crate) async fn note_denied(&self, globals: &Globals, error: &CliError) {
        let CliError::App(error @ AppError::NotAllowed { .. }) = error else { return };
        if let Ok(books) = self.books(globals).await {
            let _ = books.note_denied(error).await;
            let _ = books.seal().await;
        }
    }

    /// Seals what a command wrote. The deed is done by then: what cannot be
    /// sealed now is said, and the next command seals it.
    pub(crate) async fn seal(&mut self, books: &Books) -> Exit {
        match books.seal().await {
            Ok(_) => Exit::Done,
            Err(error) => {
                self.complain(&format!("it is done, but not sealed yet: {error}"));
                Exit::SeeTo
            }
        }
    }
}

/// Who asks: the user that `--as` names, or the command line itself.
pub(crate) async fn actor(app: &App, globals: &Globals) -> Result<Actor, CliError> {
    match &globals.user {
        Some(user) => {
            let actor = app.actor(globals.council.as_deref(), user).await?;
            Ok(actor.with_origin(ORIGIN))
        }
        None => Ok(Actor::system("cli").with_origin(ORIGIN)),
    }
}

/// Where whoever uses this program asks from, as the audit trail has it.
const ORIGIN: &str = "cli";

/// Refuses who may not, for the few deeds that are this program's own.
pub(crate) fn needs(
    books: &Books,
    permission: Permission,
    deed: &'static str,
) -> Result<(), CliError> {
    if books.actor().may(permission) {
        return Ok(());
    }
    Err(AppError::NotAllowed { who: books.actor().name().to_owned(), deed }.into())
}

impl Globals {
    /// The database's address.
    #[must_use]
    pub fn url(&self) -> &str {
        self.data.as_deref().unwrap_or(DATA)
    }

    /// The file of an embedded database.
    pub(crate) fn sqlite_path(&self) -> Option<PathBuf> {
        let path = self.url().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty()).then(|| PathBuf::from(path))
    }
}

/// An instant as people read it, to the minute.
pub(crate) fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// An instant as programs read it.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
