//! `ims import due`: the files that should have come.

use chrono::{Days, NaiveDate};
use clap::Args;
use ims_app::{Books, FileDue, FileFault};
use serde_json::{Value, json};

use crate::{Answer, CliError, Exit, desk::instant};

/// The files that should have come.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "The calendar is the configuration's [[expected_file]]. Times are London's.\n\nExample: ims import due --from 2026-04-01 --all"
)]
pub struct DueArgs {
    /// Of which days: the first [default: 7 days before the last]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// The last [default: today]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub to: Option<NaiveDate>,
    /// Those that came as they should, too
    #[arg(long)]
    pub all: bool,
}

pub(super) async fn due(
    args: &DueArgs,
    books: &Books,
    today: NaiveDate,
) -> Result<Answer, CliError> {
    let to = args.to.unwrap_or(today);
    let from = args.from.or_else(|| to.checked_sub_days(Days::new(7))).unwrap_or(to);
    let files = books.files_due(from, to).await?;
    let is_configured = !books.settings().await?.council.expected_file.is_empty();
    let document: Vec<Value> = files.iter().map(as_json).collect();
    let is_wrong = files.iter().any(|file| !file.faults.is_empty());
    let shown =
        files.iter().filter(|file| args.all || file.came.is_none() || !file.faults.is_empty());
    let rows = shown.map(|file| {
        let faults: Vec<_> = file.faults.iter().map(FileFault::to_string).collect();
        let stands = match (&file.came, faults.is_empty()) {
            (_, false) => faults.join(", "),
            (Some(_), true) => "came".to_owned(),
            (None, true) => "is not due yet".to_owned(),
        };
        let came = file.came.as_ref();
        [
            file.name.clone(),
            file.from.clone(),
            file.of.to_string(),
            file.due.format("%Y-%m-%d %H:%M").to_string(),
            stands,
            came.map(|came| came.file_name.clone()).unwrap_or_default(),
            came.map(|came| came.rows.to_string()).unwrap_or_default(),
        ]
    });
    let columns = ["file", "from", "of", "due", "what of it", "came as", ">rows"];
    let mut answer = Answer::of(json!({ "from": from, "to": to, "files": document }))
        .table(columns, rows)
        .exit(if is_wrong { Exit::SeeTo } else { Exit::Done });
    if !is_configured {
        answer = answer.say("no file is waited for: the configuration has no [[expected_file]]");
    } else if !is_wrong {
        answer = answer.say("every file that is due came as it should");
    }
    Ok(answer)
}

fn as_json(file: &FileDue) -> Value {
    let faults: Vec<_> = file
        .faults
        .iter()
        .map(|fault| json!({ "fault": fault.as_str(), "words": fault.to_string() }))
        .collect();
    let came = file.came.as_ref().map(|came| {
        json!({
            "import": came.import, "file": came.file_name, "rows": came.rows,
            "at": instant(came.at),
        })
    });
    json!({
        "name": file.name, "from": file.from, "of": file.of, "due": file.due, "came": came,
        "faults": faults,
    })
}
