//! `ims audit`: who did what, and one file with which anybody can check the books.

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ims_app::{AuditFile, AuditRange, AuditRow, Books, FindEvents};
use ims_ledger::{id::EventId, london_end};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    answer::counted,
    desk::{instant, minute},
    source::beside,
};

/// Who did what.
#[derive(Subcommand, Clone, Debug)]
pub enum AuditCommand {
    /// Show the newest events, those looked for, or one in full
    #[command(
        after_help = "Examples: ims audit show --actor ann --from 2026-04-01\n          ims audit show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
    )]
    Show(ShowArgs),
    /// Write entries, events and the whole chain into one file, a JSON document a line
    #[command(
        after_help = "The file needs nothing of ours to be checked: docs/formats/audit-export.md tells how, examples/verify_audit.rs does it.\n\nExample: ims audit export --out audit.jsonl"
    )]
    Export {
        /// The file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Only from this accounting day on; the chain is whole all the same
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        from: Option<NaiveDate>,
        /// Only through this accounting day
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        through: Option<NaiveDate>,
    },
}

/// Which events.
#[derive(Args, Clone, Debug)]
pub struct ShowArgs {
    /// One event, by its id, with all of its data
    #[arg(value_parser = crate::args::id::<EventId>)]
    pub id: Option<EventId>,
    /// Only what this actor did
    #[arg(long, value_name = "WHO")]
    pub actor: Option<String>,
    /// Only this deed: `import`, `close day` …
    #[arg(long, value_name = "DEED")]
    pub deed: Option<String>,
    /// Only what was done to this: an id, a day, a file's name
    #[arg(long, value_name = "WHAT")]
    pub subject: Option<String>,
    /// Only from this day on
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// Only through this day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub through: Option<NaiveDate>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i64,
    /// Only those older than this one
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<EventId>)]
    pub before: Option<EventId>,
}

pub(crate) async fn run(
    command: &AuditCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        AuditCommand::Show(ShowArgs { id: Some(id), .. }) => {
            let event = books.event(*id).await?;
            let mut answer = Answer::of(document(&event)).say(format!(
                "{} {} from {}: {} {}",
                minute(event.at),
                event.actor,
                event.origin,
                event.deed,
                event.subject
            ));
            let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
            for line in format!("{data:#}").lines() {
                answer = answer.say(line);
            }
            Ok(answer.say(format!("sealed with {}", event.hash)))
        }
        AuditCommand::Show(args) => show(&books, args).await,
        AuditCommand::Export { out, from, through } => {
            export(&books, out, AuditRange { from: *from, through: *through }).await
        }
    }
}

async fn show(books: &Books, args: &ShowArgs) -> Result<Answer, CliError> {
    let after =
        |day: NaiveDate| london_end(day)?.checked_add_signed(chrono::TimeDelta::microseconds(1));
    let find = FindEvents {
        actor: args.actor.clone(),
        deed: args.deed.clone(),
        subject: args.subject.clone(),
        from: args.from.and_then(|day| after(day.pred_opt()?)),
        until: args.through.and_then(after),
    };
    let events = books.find_events(&find, args.before, args.limit).await?;
    let documents: Vec<_> = events.iter().map(document).collect();
    let answer = Answer::of(json!({ "events": documents }));
    if events.is_empty() {
        let is_all = find == FindEvents::default() && args.before.is_none();
        return Ok(answer.say(if is_all {
            "nothing has been done yet"
        } else {
            "nothing like that has been done"
        }));
    }
    let rows = events
        .into_iter()
        .map(|event| [minute(event.at), event.actor, event.origin, event.deed, event.subject]);
    Ok(answer.table(["when", "who", "from", "did", "to"], rows))
}

fn document(event: &AuditRow) -> Value {
    let data: Value = serde_json::from_str(&event.data).unwrap_or_default();
    json!({
        "id": event.id, "at": instant(event.at), "actor": event.actor, "origin": event.origin,
        "deed": event.deed, "subject": event.subject, "data": data, "hash": event.hash.to_string(),
    })
}

/// Writes the file beside its place as it comes, then moves it there.
async fn export(books: &Books, out: &Path, range: AuditRange) -> Result<Answer, CliError> {
    let at = |source| CliError::Write { path: out.to_owned(), source };
    let part = beside(out, "part");
    let mut file = BufWriter::new(File::create(&part).map_err(at)?);
    let done = books.export_audit(range, &mut file).await;
    let written = done.map_err(CliError::from).and_then(|done| {
        file.flush().and_then(|()| file.get_ref().sync_all()).map_err(at)?;
        fs::rename(&part, out).map_err(at)?;
        Ok(done)
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    Ok(exported(out, &written?))
}

fn exported(out: &Path, done: &AuditFile) -> Answer {
    let document = json!({
        "file": out.display().to_string(), "entries": done.entries, "events": done.events,
        "blocks": done.blocks, "unsealed": done.unsealed, "head": done.head.to_string(),
    });
    Answer::of(document)
        .say(format!(
            "{} written: {}, {}, {}",
            out.display(),
            counted(done.entries, "entry", "entries"),
            counted(done.events, "event", "events"),
            counted(done.blocks, "block", "blocks")
        ))
        .say(format!("the newest block is {}", done.head))
}
