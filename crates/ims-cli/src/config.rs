//! `ims config`: the council's configuration, one readable document.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::{ArgGroup, Args, Subcommand};
use ims_app::{
    Books, Verdict,
    configuration::{Configured, NewConfiguration},
};
use ims_ledger::id::ApprovalId;
use ims_store::ConfigurationRow;
use serde_json::json;

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    answer::counted,
    desk::{instant, minute},
    error::bad,
    role, source,
};

mod plan;
pub(crate) mod replay;

/// The council's configuration.
#[derive(Subcommand, Clone, Debug)]
pub enum ConfigCommand {
    /// Write the newest configuration as it was written, comments included
    #[command(after_help = "Example: ims config export --out council.toml")]
    Export(ExportArgs),
    /// List every version, with the day it is in force from
    #[command(after_help = "Example: ims config list")]
    List,
    /// Show what a configuration would change, and what money it would strand
    #[command(
        after_help = "Example: ims config plan council.toml --from 2026-04-01",
        group = ArgGroup::new("what").required(true)
    )]
    Plan {
        /// The document; `-` is standard input
        #[arg(group = "what")]
        file: Option<PathBuf>,
        /// What waits for approval under this id
        #[arg(long, value_name = "ID", group = "what", value_parser = crate::args::id::<ApprovalId>)]
        waiting: Option<ApprovalId>,
        /// The first day it would be in force [default: today]
        #[arg(long, value_name = "DATE", value_parser = crate::args::day, conflicts_with = "waiting")]
        from: Option<NaiveDate>,
    },
    /// Check a configuration and put it in force as a new version
    #[command(after_help = "Example: ims config apply council.toml --from 2026-04-01")]
    Apply {
        /// The document; `-` is standard input
        file: PathBuf,
        /// The first day it is in force [default: today]
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        from: Option<NaiveDate>,
        /// Why, for the auditor and for who approves it
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        /// The version it was written from; refused when somebody made a newer one
        #[arg(long, value_name = "VERSION")]
        after: Option<i64>,
    },
    /// Roles that come with this program, to go on from
    #[command(after_help = "Example: ims config roles --preset localgov-ims")]
    Roles(role::PresetArgs),
    /// Approve a version that waits; it is in force from its day on
    #[command(
        after_help = "Example: ims --as jo config approve 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
    )]
    Approve(DecideArgs),
    /// Refuse a version that waits
    #[command(
        after_help = "Example: ims --as jo config refuse 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"wrong rate\""
    )]
    Refuse(DecideArgs),
    /// Take back what you asked for
    #[command(
        after_help = "Example: ims --as ann config withdraw 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
    )]
    Withdraw(DecideArgs),
    /// Try a configuration on what came in before; post nothing
    #[command(
        after_help = "Example: ims config replay council.toml --from 2026-03-01 --through 2026-03-31"
    )]
    Replay(replay::ReplayArgs),
}

/// Which version is written where.
#[derive(Args, Clone, Debug)]
pub struct ExportArgs {
    /// Where to; standard output if not said
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// That version instead of the newest
    #[arg(long, value_name = "N")]
    pub version: Option<i64>,
    /// Every version, each into a file of this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "version"])]
    pub all: Option<PathBuf>,
}

/// What waits, and what is said of it.
#[derive(Args, Clone, Debug)]
pub struct DecideArgs {
    /// The id it waits under
    #[arg(value_parser = crate::args::id::<ApprovalId>)]
    pub id: ApprovalId,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    pub reason: String,
}

pub(crate) async fn run(
    command: &ConfigCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        ConfigCommand::Export(args) => match &args.all {
            Some(folder) => export_all(&books, folder).await,
            None => export(&books, args).await,
        },
        ConfigCommand::List => list(&books).await,
        ConfigCommand::Plan { file, waiting, from } => {
            let plan = match (file, waiting) {
                (_, Some(id)) => books.plan_waiting(*id).await?,
                (Some(file), None) => {
                    let document = source::document(file, desk.input)?;
                    let from = from.unwrap_or_else(|| desk.world.today());
                    books.plan_configuration(&document, from).await?
                }
                (None, None) => return Err(bad("say which document, or what waits")),
            };
            Ok(plan::answer(&plan))
        }
        ConfigCommand::Apply { file, from, reason, after } => {
            let document = source::document(file, desk.input)?;
            let from = from.unwrap_or_else(|| desk.world.today());
            let new = NewConfiguration { document: &document, from, reason, after: *after };
            apply(&books, &new, desk).await
        }
        ConfigCommand::Roles(args) => role::preset(args, &books, desk).await,
        ConfigCommand::Approve(args) => decide(&books, args, Verdict::Approved, desk).await,
        ConfigCommand::Refuse(args) => decide(&books, args, Verdict::Refused, desk).await,
        ConfigCommand::Withdraw(args) => decide(&books, args, Verdict::Withdrawn, desk).await,
        ConfigCommand::Replay(args) => replay::run(args, &books, globals, desk).await,
    }
}

async fn export(books: &Books, args: &ExportArgs) -> Result<Answer, CliError> {
    let mut versions = books.configurations().await?;
    let row = match args.version {
        Some(wanted) => {
            versions.into_iter().find(|row| row.version == wanted).ok_or_else(|| {
                bad(format!("there is no version {wanted}; `ims config list` shows them"))
            })?
        }
        None => {
            versions.sort_by_key(|row| (row.from_day, row.version));
            versions.pop().ok_or_else(none)?
        }
    };
    match &args.out {
        Some(path) => {
            source::write_whole(path, row.document.as_bytes())?;
            let shown = path.display().to_string();
            let words =
                format!("version {} of the configuration is written to {shown}", row.version);
            Ok(Answer::of(json!({ "file": shown, "version": row.version })).say(words))
        }
        None => {
            let document = json!({ "version": row.version, "document": row.document });
            Ok(Answer::of(document).text(&row.document))
        }
    }
}

/// Each version into a file that says its number and its day.
async fn export_all(books: &Books, folder: &Path) -> Result<Answer, CliError> {
    let versions = books.configurations().await?;
    let at = |source| CliError::Write { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(at)?;
    let mut files = Vec::new();
    for row in &versions {
        let name = format!("version-{:04}-from-{}.toml", row.version, row.from_day);
        source::write_whole(&folder.join(&name), row.document.as_bytes())?;
        files.push(json!({ "version": row.version, "from": row.from_day, "file": name }));
    }
    let words = format!(
        "{} written to {}",
        counted(versions.len(), "version", "versions"),
        folder.display()
    );
    Ok(Answer::of(json!({ "files": files })).say(words))
}

async fn list(books: &Books) -> Result<Answer, CliError> {
    let in_force = books.settings().await?.version;
    let versions = books.configurations().await?;
    let documents: Vec<_> = versions
        .iter()
        .map(|row| {
            json!({
                "version": row.version, "from": row.from_day, "made_by": row.made_by,
                "made_at": instant(row.made_at), "in_force": row.version == in_force,
            })
        })
        .collect();
    let rows = versions.iter().map(|row| {
        let now = if row.version == in_force { "in force" } else { "" };
        [
            row.version.to_string(),
            row.from_day.to_string(),
            row.made_by.clone(),
            minute(row.made_at),
            now.to_owned(),
        ]
    });
    let columns = [">version", "from", "made by", "made at", ""];
    Ok(Answer::of(json!({ "versions": documents })).table(columns, rows))
}

fn none() -> CliError {
    bad("there is no configuration; `ims init` makes one")
}

/// The newest configuration, in force already or only from a later day on.
pub(crate) async fn newest(books: &Books) -> Result<ConfigurationRow, CliError> {
    let mut versions = books.configurations().await?;
    versions.sort_by_key(|row| (row.from_day, row.version));
    versions.pop().ok_or_else(none)
}

/// Puts a document in force, or asks a second person, and says so.
pub(crate) async fn apply(
    books: &Books,
    new: &NewConfiguration<'_>,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let from = new.from;
    let done = books.apply_configuration(new).await?;
    let sealed = desk.seal(books).await;
    Ok(match done {
        Configured::Now(version) => {
            let words = format!("version {version} of the configuration is in force from {from}");
            let document = json!({ "version": version, "from": from, "before": false });
            Answer::of(document).say(words).exit(sealed)
        }
        Configured::Before(version) => {
            let words = format!("version {version} says so from {from} already; nothing changed");
            let document = json!({ "version": version, "from": from, "before": true });
            Answer::of(document).say(words).exit(sealed)
        }
        Configured::Waits(id) => {
            let words = format!("it waits for a second person: `ims config approve {id}`");
            let document = json!({ "waiting": id, "from": from });
            Answer::of(document).say(words).exit(sealed.max(Exit::SeeTo))
        }
    })
}

async fn decide(
    books: &Books,
    args: &DecideArgs,
    verdict: Verdict,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let version = books.decide_configuration(args.id, verdict, &args.reason).await?;
    let sealed = desk.seal(books).await;
    let words = match version {
        Some(version) => format!("version {version} of the configuration is kept"),
        None => format!("it is {}; nothing changed", verdict.as_str()),
    };
    let document = json!({ "id": args.id, "verdict": verdict.as_str(), "version": version });
    Ok(Answer::of(document).say(words).exit(sealed))
}
