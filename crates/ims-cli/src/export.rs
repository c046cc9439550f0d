//! `ims export`: files for the ledger and the host systems, each exactly once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use ims_app::{Ack, Books, ExportKind, ExportState, Exported, NewFile};
use ims_files::FILE_BYTES_MAX;
use ims_ledger::id::{ExportId, LineId};
use ims_store::ExportRow;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{instant, minute},
    source,
};

/// Files for the ledger and the host systems.
#[derive(Subcommand, Clone, Debug)]
pub enum ExportCommand {
    /// Make the next file of a series: of every closed day it has not had, or of
    /// refunds by bank that wait to be paid
    #[command(
        after_help = "Examples: ims export make all --out /srv/ims/out\n          ims export make refunds --out /srv/ims/bacs"
    )]
    Make {
        /// ledger-journal, host:FUND, or both of every fund: all; or refunds, for Bacs
        #[arg(default_value = "all")]
        kind: String,
        /// The folder the files are written to
        #[arg(long, value_name = "DIR", default_value = ".")]
        out: PathBuf,
    },
    /// List the newest exports
    #[command(after_help = "Example: ims export list")]
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
    },
    /// Show one export; write its file again, byte for byte
    #[command(
        after_help = "Example: ims export show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out /srv/ims/out"
    )]
    Show {
        /// Its id
        #[arg(value_parser = crate::args::id::<ExportId>)]
        id: ExportId,
        /// The folder the file is written to again
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Write an export's file again, byte for byte; the audit trail says who had it
    #[command(
        after_help = "Example: ims export reissue 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --out /srv/ims/out"
    )]
    Reissue {
        /// Its id
        #[arg(value_parser = crate::args::id::<ExportId>)]
        id: ExportId,
        /// The folder the file is written to again
        #[arg(long, value_name = "DIR", default_value = ".")]
        out: PathBuf,
    },
    /// Record that a bank line paid a file of refunds
    #[command(
        after_help = "Reconciling finds a line that says REFUNDS and the file's serial number by itself.\n\nExample: ims export paid 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --bank-line 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0c"
    )]
    Paid {
        /// The file's id, as the list shows it
        #[arg(value_parser = crate::args::id::<ExportId>)]
        id: ExportId,
        /// The bank line that paid it
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<LineId>)]
        bank_line: LineId,
    },
    /// Record what the other side said of an export, once and for good
    #[command(
        after_help = "The days of a rejected export, or its refunds, go into the next one that is made.\n\nExamples: ims export ack 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --reference GL123\n          ims export ack 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --rejected --reference GL124 --why \"unknown code R9\""
    )]
    Ack {
        /// Its id
        #[arg(value_parser = crate::args::id::<ExportId>)]
        id: ExportId,
        /// They rejected it
        #[arg(long)]
        rejected: bool,
        /// Their reference for it; a file may have it
        #[arg(
            long,
            value_name = "REF",
            default_value = "",
            hide_default_value = true,
            required_unless_present = "file"
        )]
        reference: String,
        /// The file they sent, which says whether they took it and why not
        #[arg(long, value_name = "FILE", conflicts_with_all = ["rejected", "why"])]
        file: Option<PathBuf>,
        /// Why, when they rejected it
        #[arg(long, default_value = "", hide_default_value = true, alias = "reason")]
        why: String,
    },
}

pub(crate) async fn run(
    command: &ExportCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        ExportCommand::Make { kind, out } => make(&books, kind, out, desk).await,
        ExportCommand::List { limit } => {
            let states = books.export_states(*limit).await?;
            let documents: Vec<_> = states.iter().map(state_document).collect();
            let answer = Answer::of(json!({ "exports": documents }));
            if states.is_empty() {
                return Ok(answer.say("nothing has been exported yet"));
            }
            Ok(state_table(answer, &states))
        }
        ExportCommand::Show { id, out: None } => {
            let exported = books.export_again(*id).await?;
            let sealed = desk.seal(&books).await;
            let answer = Answer::of(document(&exported.row, None));
            let answer = table(answer, std::slice::from_ref(&exported.row));
            Ok(answer.say(format!("sha256 {}", exported.row.content_hash)).exit(sealed))
        }
        ExportCommand::Show { id, out: Some(out) } | ExportCommand::Reissue { id, out } => {
            let exported = books.reissue_export(*id).await?;
            let sealed = desk.seal(&books).await;
            let path = write(&exported, out)?;
            let answer = Answer::of(document(&exported.row, Some(&path)));
            let answer = table(answer, std::slice::from_ref(&exported.row));
            Ok(answer
                .say(format!("sha256 {}", exported.row.content_hash))
                .say(format!("written to {}", path.display()))
                .exit(sealed))
        }
        ExportCommand::Paid { id, bank_line } => {
            let done = books.record_refund_file(*id, *bank_line).await?;
            let sealed = desk.seal(&books).await;
            let count = usize::try_from(done.refunds).unwrap_or(usize::MAX);
            let words = format!("{} of {}", counted(count, "refund", "refunds"), done.file_name);
            let words = if done.before {
                format!("{words} known as paid by this line; nothing changed")
            } else {
                format!("{words} paid, {} in all", done.amount)
            };
            let document = json!({
                "file": done.file_name, "refunds": done.refunds, "amount_pence": done.amount,
                "before": done.before,
            });
            Ok(Answer::of(document).say(words).exit(sealed))
        }
        ExportCommand::Ack { id, rejected, reference, why, file } => {
            let state = match file {
                Some(path) => by_file(&books, *id, path, reference, desk).await?,
                None => {
                    let ack = if *rejected { Ack::Rejected } else { Ack::Accepted };
                    books.acknowledge_export(*id, ack, reference, why).await?
                }
            };
            let sealed = desk.seal(&books).await;
            let said = state.ack.as_ref().map(|ack| {
                // Who gave the reason knows it.
                let why = match file {
                    Some(_) if !ack.reason.is_empty() => format!(": {}", ack.reason),
                    Some(_) | None => String::new(),
                };
                format!("{} as `{}`{why}", ack.verdict, ack.their_reference)
            });
            let what = format!("{} was {}", state.row.file_name, said.unwrap_or_default());
            let answer = Answer::of(state_document(&state)).say(what);
            Ok(if state.is_rejected() && state.replaced_by.is_none() {
                let kind = ExportKind::parse(&state.row.kind)?;
                let what = if kind == ExportKind::Refunds { "refunds" } else { "days" };
                let next =
                    format!("`ims export make {}` puts its {what} into another", kind.name());
                answer.say(next).exit(sealed)
            } else {
                answer.exit(sealed)
            })
        }
    }
}

/// Records what a file says of an export.
async fn by_file(
    books: &Books,
    id: ExportId,
    path: &Path,
    reference: &str,
    desk: &mut Desk<'_>,
) -> Result<ExportState, CliError> {
    let bytes = source::bytes(path, FILE_BYTES_MAX, desk.input)?;
    let name = source::name(path);
    let file = NewFile { name: &name, bytes: &bytes, format: None, accept: None, dry_run: true };
    Ok(books.acknowledge_export_by_file(id, file, reference).await?)
}

async fn make(
    books: &Books,
    kind: &str,
    out: &Path,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let kinds =
        if kind == "all" { books.export_kinds().await? } else { vec![ExportKind::parse(kind)?] };
    // A number given to a file that could not be written would only puzzle.
    let at = |source| CliError::Write { path: out.to_owned(), source };
    fs::create_dir_all(out).map_err(at)?;
    let (mut rows, mut documents) = (Vec::new(), Vec::new());
    for kind in kinds {
        let Some(exported) = books.make_export(&kind).await? else { continue };
        let path = write(&exported, out).map_err(|error| {
            let (id, error) = (exported.row.id, error.sentence());
            crate::error::bad(format!(
                "{error}; export {id} is made, `ims export show {id} --out DIR` writes it"
            ))
        })?;
        documents.push(document(&exported.row, Some(&path)));
        rows.push(exported.row);
    }
    let sealed = desk.seal(books).await;
    let words = match rows.len() {
        0 if kind == ExportKind::Refunds.name() => {
            "nothing to pay: no approved refund by bank with a payee waits".to_owned()
        }
        0 => "nothing to export: no day was closed since the last time".to_owned(),
        count => format!("{} written to {}", counted(count, "file", "files"), out.display()),
    };
    let answer = Answer::of(json!({ "exports": documents })).say(words);
    Ok(table(answer, &rows).exit(sealed))
}

/// Writes the file; one that lies there with the same bytes is left alone, one
/// with others is never overwritten.
fn write(exported: &Exported, folder: &Path) -> Result<PathBuf, CliError> {
    let at = |source| CliError::Write { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(at)?;
    let path = folder.join(&exported.row.file_name);
    match fs::read(&path) {
        Ok(held) if held == exported.bytes => return Ok(path),
        Ok(_) => {
            return Err(CliError::Refused(format!(
                "{} is there with other content: move it away, or name another folder with --out",
                path.display()
            )));
        }
        Err(_) => {}
    }
    source::write_whole(&path, &exported.bytes)?;
    Ok(path)
}

fn table(answer: Answer, rows: &[ExportRow]) -> Answer {
    let rows = rows.iter().map(|row| {
        [
            row.id.to_string(),
            row.file_name.clone(),
            row.through_day.to_string(),
            row.rows.to_string(),
            row.debit.to_string(),
            row.credit.to_string(),
            minute(row.made_at),
            row.made_by.clone(),
        ]
    });
    let columns = ["export", "file", "through", ">lines", ">debit", ">credit", "made", "by"];
    answer.table(columns, rows)
}

fn document(row: &ExportRow, path: Option<&Path>) -> Value {
    json!({
        "id": row.id, "kind": row.kind, "number": row.number, "file": row.file_name,
        "after": row.after_day, "through": row.through_day, "rows": row.rows,
        "debit_pence": row.debit, "credit_pence": row.credit,
        "sha256": row.content_hash.to_string(), "head": row.head.to_string(),
        "made_by": row.made_by, "made_at": instant(row.made_at),
        "path": path.map(|path| path.display().to_string()),
    })
}

/// What became of an export, in a word or two.
fn state(of: &ExportState) -> String {
    match (&of.ack, of.replaced_by) {
        (None, _) => "sent".to_owned(),
        (Some(ack), None) => format!("{} ({})", ack.verdict, ack.their_reference),
        (Some(ack), Some(number)) => {
            format!("{} ({}), replaced by {number}", ack.verdict, ack.their_reference)
        }
    }
}

fn state_table(answer: Answer, states: &[ExportState]) -> Answer {
    let rows = states.iter().map(|of| {
        [
            of.row.id.to_string(),
            of.row.file_name.clone(),
            of.row.through_day.to_string(),
            of.row.rows.to_string(),
            of.row.debit.to_string(),
            of.row.credit.to_string(),
            minute(of.row.made_at),
            of.row.made_by.clone(),
            state(of),
        ]
    });
    let columns =
        ["export", "file", "through", ">lines", ">debit", ">credit", "made", "by", "state"];
    answer.table(columns, rows)
}

fn state_document(of: &ExportState) -> Value {
    let mut shown = document(&of.row, None);
    let ack = of.ack.as_ref().map(|ack| {
        json!({
            "verdict": ack.verdict, "reference": ack.their_reference, "by": ack.by,
            "at": instant(ack.at), "why": ack.reason,
        })
    });
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("ack".to_owned(), json!(ack));
        fields.insert("replaced_by".to_owned(), json!(of.replaced_by));
    }
    shown
}
