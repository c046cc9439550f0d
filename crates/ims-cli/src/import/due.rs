//! `ims import due`: the files that should have come.

use chrono::{Days, NaiveDate};
use clap::Args;
use ims_app::{Books, FileCame, FileDue, FileFault, FilesDue};
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, desk::instant};

/// The files that should have come.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "The calendar is the configuration's [[expected_file]]. Times are London's. What is missing of earlier days is listed too, until it comes or `ims import not-coming` says that it will not.\n\nExample: ims import due --from 2026-04-01 --all"
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

/// What somebody says of a file.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "A file that is missing stays in `ims import due` until it comes, or until somebody says this.\n\nExample: ims import not-coming \"bank statement\" 2026-04-02 --reason \"the bank was shut\""
)]
pub struct NotComingArgs {
    /// What the configuration calls it
    pub name: String,
    /// The day it is of
    #[arg(value_parser = crate::args::day)]
    pub day: NaiveDate,
    /// Why, for the auditor
    #[arg(long)]
    pub reason: String,
    /// It is waited for again
    #[arg(long)]
    pub take_back: bool,
}

pub(super) async fn not_coming(
    args: &NotComingArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let NotComingArgs { name, day, reason, take_back } = args;
    if *take_back {
        books.await_file_again(name, *day, reason).await?;
    } else {
        books.give_up_file(name, *day, reason).await?;
    }
    let sealed = desk.seal(books).await;
    let stands = if *take_back { "is waited for again" } else { "will not come" };
    let document = json!({ "name": name, "of": day, "will_come": take_back, "reason": reason });
    Ok(Answer::of(document).say(format!("{name} of {day} {stands}")).exit(sealed))
}

pub(super) async fn due(
    args: &DueArgs,
    books: &Books,
    today: NaiveDate,
) -> Result<Answer, CliError> {
    let to = args.to.unwrap_or(today);
    let from = args.from.or_else(|| to.checked_sub_days(Days::new(7))).unwrap_or(to);
    let FilesDue { files, unexpected } = books.files_due(from, to).await?;
    let is_configured = !books.settings().await?.council.expected_file.is_empty();
    let document: Vec<Value> = files.iter().map(as_json).collect();
    let is_wrong = !unexpected.is_empty() || files.iter().any(|file| !file.faults.is_empty());
    let not_due: Vec<Value> = unexpected
        .iter()
        .map(|one| {
            json!({
                "name": one.name, "from": one.from, "of": one.of, "came": came_json(&one.came),
            })
        })
        .collect();
    let shown =
        files.iter().filter(|file| args.all || file.came.is_none() || !file.faults.is_empty());
    let rows = shown.map(|file| {
        let faults: Vec<_> = file.faults.iter().map(FileFault::to_string).collect();
        let stands = match (&file.came, &file.given_up, faults.is_empty()) {
            (_, _, false) => faults.join(", "),
            (Some(_), _, true) => "came".to_owned(),
            (None, Some(word), true) => format!("will not come ({}): {}", word.by, word.reason),
            (None, None, true) => "is not due yet".to_owned(),
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
    let unasked = unexpected.iter().map(|one| {
        [
            one.name.clone(),
            one.from.clone(),
            one.of.map(|day| day.to_string()).unwrap_or_default(),
            ims_ledger::london_time(one.came.at).format("%Y-%m-%d %H:%M").to_string(),
            one.came.file_name.clone(),
            one.came.rows.to_string(),
        ]
    });
    let document = json!({ "from": from, "to": to, "files": document, "unexpected": not_due });
    let mut answer = Answer::of(document)
        .table(columns, rows)
        .table(["not due, but came", "from", "of", "at", "came as", ">rows"], unasked)
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
    let given_up = file
        .given_up
        .as_ref()
        .map(|word| json!({ "by": word.by, "at": instant(word.at), "reason": word.reason }));
    json!({
        "name": file.name, "from": file.from, "of": file.of, "due": file.due,
        "came": file.came.as_ref().map(came_json), "given_up": given_up, "faults": faults,
    })
}

fn came_json(came: &FileCame) -> Value {
    json!({
        "import": came.import, "file": came.file_name, "rows": came.rows, "at": instant(came.at),
    })
}
