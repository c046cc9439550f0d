//! `ims export`: files for the ledger and the host systems, each exactly once.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use ims_app::{Books, ExportKind, Exported};
use ims_ledger::id::ExportId;
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
    /// Make the next file of a series from every closed day it has not had
    #[command(after_help = "Example: ims export make all --out /srv/ims/out")]
    Make {
        /// ledger-journal, host:FUND, or all of them
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
            let exports = books.exports(*limit).await?;
            let documents: Vec<_> = exports.iter().map(|row| document(row, None)).collect();
            let answer = Answer::of(json!({ "exports": documents }));
            if exports.is_empty() {
                return Ok(answer.say("nothing has been exported yet"));
            }
            Ok(table(answer, &exports))
        }
        ExportCommand::Show { id, out } => {
            let exported = books.export_again(*id).await?;
            let sealed = desk.seal(&books).await;
            let path = out.as_deref().map(|folder| write(&exported, folder)).transpose()?;
            let answer = Answer::of(document(&exported.row, path.as_deref())).exit(sealed);
            let answer = table(answer, std::slice::from_ref(&exported.row));
            let answer = answer.say(format!("sha256 {}", exported.row.content_hash));
            Ok(match path {
                Some(path) => answer.say(format!("written to {}", path.display())),
                None => answer,
            })
        }
    }
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
