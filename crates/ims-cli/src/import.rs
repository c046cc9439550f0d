//! `ims import`: files taken in, all of each or none, the same content once.

mod due;
mod look;
mod outcome;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ims_app::{Books, NewFile};
use ims_files::FILE_BYTES_MAX;
use ims_ledger::id::ImportId;
use serde_json::json;

use crate::{Answer, CliError, Desk, Exit, Globals, answer::counted, error::bad, source};

pub(crate) use outcome::Outcome;

/// Takes files in; repeats change nothing and are said.
#[derive(Args, Clone, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "A file whose name is that of a command is written ./list.\n\n\
                  Examples: ims import statement.sta receipts-*.csv\n          \
                  ims import odd.txt --as receipts-csv --dry-run"
)]
pub struct ImportArgs {
    /// Look at imports, or reverse one.
    #[command(subcommand)]
    pub command: Option<ImportCommand>,
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The format, when it is not to be recognised
    #[arg(long = "as", id = "format", value_name = "FORMAT")]
    pub format: Option<String>,
    /// Only look: nothing is kept
    #[arg(long)]
    pub dry_run: bool,
    /// Take one file in although its balances disagree, for this reason
    #[arg(long, value_name = "REASON")]
    pub accept: Option<String>,
    /// The largest file that is read
    #[arg(long, value_name = "BYTES", default_value_t = FILE_BYTES_MAX)]
    pub max_bytes: u64,
}

/// Imports that were made.
#[derive(Subcommand, Clone, Debug)]
pub enum ImportCommand {
    /// List the newest imports, and the files kept aside
    #[command(after_help = "Example: ims import list --limit 20")]
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those older than this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<ImportId>)]
        before: Option<ImportId>,
    },
    /// Show one import and what became of its rows
    #[command(after_help = "Example: ims import show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Show {
        /// Its id
        #[arg(value_parser = crate::args::id::<ImportId>)]
        id: ImportId,
    },
    /// List the files that should have come: late, early, empty, short, unlike others
    Due(due::DueArgs),
    /// Say that a file which should have come will not, or take that back
    NotComing(due::NotComingArgs),
    /// Undo an import by contra entries in today's open day
    #[command(
        after_help = "Example: ims import reverse 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reason \"sent twice by the agent\""
    )]
    Reverse {
        /// Its id
        #[arg(value_parser = crate::args::id::<ImportId>)]
        id: ImportId,
        /// Why, for the auditor
        #[arg(long)]
        reason: String,
    },
}

pub(crate) async fn run(
    args: &ImportArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    match &args.command {
        None => files(args, globals, desk).await,
        Some(ImportCommand::List { limit, before }) => {
            look::list(&desk.books(globals).await?, *limit, *before).await
        }
        Some(ImportCommand::Due(args)) => {
            due::due(args, &desk.books(globals).await?, desk.world.today()).await
        }
        Some(ImportCommand::NotComing(args)) => {
            due::not_coming(args, &desk.books(globals).await?, desk).await
        }
        Some(ImportCommand::Show { id }) => look::show(&desk.books(globals).await?, *id).await,
        Some(ImportCommand::Reverse { id, reason }) => reverse(*id, reason, globals, desk).await,
    }
}

async fn files(
    args: &ImportArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    if args.accept.is_some() && args.paths.len() != 1 {
        return Err(bad("--accept is for one file at a time: a person has looked at that one"));
    }
    let books = desk.books(globals).await?;
    let bar = desk.progress(globals, args.paths.len());
    let mut outcomes = Vec::new();
    for path in &args.paths {
        bar.set_message(source::name(path));
        let outcome = one(&books, path, args, desk).await;
        bar.inc(1);
        if let Some(sentence) = outcome.complaint() {
            bar.suspend(|| desk.complain(sentence));
        }
        let is_over = outcome.exit() == Exit::Unreachable;
        outcomes.push(outcome);
        if is_over {
            break;
        }
    }
    bar.finish_and_clear();
    let sealed = if args.dry_run { Exit::Done } else { desk.seal(&books).await };
    let exit = outcomes.iter().map(Outcome::exit).max().unwrap_or(Exit::Done).max(sealed);
    let documents: Vec<_> = outcomes.iter().map(|outcome| outcome.json(args.dry_run)).collect();
    let mut answer = Answer::of(json!({ "files": documents })).exit(exit);
    for outcome in &outcomes {
        for line in outcome.lines(args.dry_run) {
            answer = answer.say(line);
        }
    }
    let untried = args.paths.len().saturating_sub(outcomes.len());
    if untried > 0 {
        desk.complain(&format!("{untried} more of the files were not tried; run the same again"));
    }
    Ok(answer)
}

async fn one(books: &Books, path: &Path, args: &ImportArgs, desk: &mut Desk<'_>) -> Outcome {
    let shown = path.display().to_string();
    let bytes = match source::bytes(path, args.max_bytes, desk.input) {
        Ok(bytes) => bytes,
        Err(error) => return Outcome::failed(shown, &error),
    };
    let file = NewFile {
        name: &source::name(path),
        bytes: &bytes,
        format: args.format.as_deref(),
        accept: args.accept.as_deref(),
        dry_run: args.dry_run,
    };
    match books.import_file(file).await {
        Ok(imported) => Outcome::came(shown, imported),
        Err(error) => Outcome::failed(shown, &error.into()),
    }
}

async fn reverse(
    id: ImportId,
    reason: &str,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let reversed = books.reverse_import(id, reason).await?;
    let sealed = desk.seal(&books).await;
    let document = json!({
        "id": id, "entries": reversed.entries, "receipts": reversed.receipts,
        "suspense": reversed.suspense,
    });
    let words = format!(
        "import {id} is reversed: {} undone, {}, {}",
        counted(reversed.entries, "entry", "entries"),
        counted(reversed.receipts, "receipt", "receipts"),
        counted(reversed.suspense, "suspense item", "suspense items"),
    );
    Ok(Answer::of(document).say(words).exit(sealed))
}
