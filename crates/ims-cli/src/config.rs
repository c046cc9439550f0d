//! `ims config`: the council's configuration, one readable document.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Subcommand;
use ims_app::{Books, Permission};
use ims_store::ConfigurationRow;
use serde_json::json;

use crate::{Answer, CliError, Desk, Globals, desk::needs, error::bad, role, source};

/// The council's configuration.
#[derive(Subcommand, Clone, Debug)]
pub enum ConfigCommand {
    /// Write the newest configuration as it was written, comments included
    #[command(after_help = "Example: ims config export --out council.toml")]
    Export {
        /// Where to; standard output if not said
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Check a configuration and put it in force as a new version
    #[command(after_help = "Example: ims config apply council.toml --from 2026-04-01")]
    Apply {
        /// The document; `-` is standard input
        file: PathBuf,
        /// The first day it is in force [default: today]
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        from: Option<NaiveDate>,
    },
    /// Roles that come with this program, to go on from
    #[command(after_help = "Example: ims config roles --preset localgov-ims")]
    Roles(role::PresetArgs),
}

pub(crate) async fn run(
    command: &ConfigCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        ConfigCommand::Export { out } => export(&books, out.as_deref()).await,
        ConfigCommand::Apply { file, from } => {
            let document = source::document(file, desk.input)?;
            apply(&books, &document, *from, desk).await
        }
        ConfigCommand::Roles(args) => role::preset(args, &books, desk).await,
    }
}

async fn export(books: &Books, out: Option<&Path>) -> Result<Answer, CliError> {
    needs(books, Permission::SeeConfiguration, "see the configuration")?;
    let document = newest(books).await?.document;
    match out {
        Some(path) => {
            source::write_whole(path, document.as_bytes())?;
            let shown = path.display().to_string();
            let words = format!("the configuration is written to {shown}");
            Ok(Answer::of(json!({ "file": shown })).say(words))
        }
        None => Ok(Answer::of(json!({ "document": document })).text(&document)),
    }
}

/// The newest configuration, in force already or only from a later day on.
pub(crate) async fn newest(books: &Books) -> Result<ConfigurationRow, CliError> {
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default();
    let mut tx = books.app().store().snapshot().await?;
    let row = tx.configuration(books.council().id, last).await?;
    row.ok_or_else(|| bad("there is no configuration; `ims init` makes one"))
}

/// Puts a document in force and says so.
pub(crate) async fn apply(
    books: &Books,
    document: &str,
    from: Option<NaiveDate>,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let from = from.unwrap_or_else(|| desk.world.today());
    let version = books.configure(document, from).await?;
    let sealed = desk.seal(books).await;
    let words = format!("version {version} of the configuration is in force from {from}");
    Ok(Answer::of(json!({ "version": version, "from": from })).say(words).exit(sealed))
}
