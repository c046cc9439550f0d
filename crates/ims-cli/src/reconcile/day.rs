//! `ims reconcile day`: a bank account's day, prepared by one person and
//! reviewed by another.

use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use ims_app::{
    Ageing, BankDay, BankDayFacts, BankDayLine, Books, LineStands, ListedBankDay, ProposedMatch,
    SignedBankDay, SignedBy,
};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit,
    answer::counted,
    desk::{instant, minute},
    source::write_whole,
};

/// A bank account's day.
#[derive(Subcommand, Clone, Debug)]
pub enum ReconcileDayCommand {
    /// List the newest days, who signed them, what has happened to them since
    #[command(after_help = "Example: ims reconcile day list --account main --from 2026-04-01")]
    List {
        /// The account, by its code; may be left out while there is one
        #[arg(long, value_name = "CODE")]
        account: Option<String>,
        /// The first day [default: 31 days before the last]
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        from: Option<NaiveDate>,
        /// The last day [default: today]
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        to: Option<NaiveDate>,
    },
    /// Show a day: each line and what explains it, what is open, how old it is
    #[command(after_help = "Example: ims reconcile day show 2026-04-01 --account main")]
    Show(DayArgs),
    /// Put your name to a day as it is
    #[command(
        after_help = "What nothing explains stands in the certificate. Another person reviews it.\n\nExample: ims --as ann reconcile day prepare 2026-04-01 --note \"two credits asked about\""
    )]
    Prepare {
        /// Which day.
        #[command(flatten)]
        of: DayArgs,
        /// A note for who reviews it and the auditor
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// Put your name to a day that another person prepared
    #[command(after_help = "Example: ims --as bob reconcile day review 2026-04-01")]
    Review {
        /// Which day.
        #[command(flatten)]
        of: DayArgs,
        /// A note for the auditor
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// Open a signed day again
    #[command(
        after_help = "Example: ims --as ann reconcile day reopen 2026-04-01 --why \"a match was wrong\""
    )]
    Reopen {
        /// Which day.
        #[command(flatten)]
        of: DayArgs,
        /// Why, for the auditor
        #[arg(long, alias = "reason")]
        why: String,
    },
    /// Print the certificate of a signed day, or write it into files
    #[command(
        after_help = "Example: ims reconcile day certificate 2026-04-01 --pdf main-2026-04-01.pdf"
    )]
    Certificate {
        /// Which day.
        #[command(flatten)]
        of: DayArgs,
        /// Write it as a PDF file
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// Write its lines as a table (CSV)
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
}

/// Which day of which account.
#[derive(Args, Clone, Debug)]
pub struct DayArgs {
    /// The day, as the bank books
    #[arg(value_name = "DATE", value_parser = crate::args::day)]
    pub day: NaiveDate,
    /// The account, by its code; may be left out while there is one
    #[arg(long, value_name = "CODE")]
    pub account: Option<String>,
}

pub(crate) async fn run(
    command: &ReconcileDayCommand,
    books: &Books,
    desk: &Desk<'_>,
) -> Result<Answer, CliError> {
    match command {
        ReconcileDayCommand::List { account, from, to } => {
            let bank = account_of(books, account.as_deref()).await?;
            let to = to.unwrap_or_else(|| desk.world.today());
            let from = from.or_else(|| to.checked_sub_days(Days::new(31))).unwrap_or(to);
            let days = books.bank_days(&bank, from, to, i64::MAX).await?;
            Ok(list(&bank, &days))
        }
        ReconcileDayCommand::Show(of) => {
            let bank = account_of(books, of.account.as_deref()).await?;
            Ok(show(&books.bank_day(&bank, of.day).await?))
        }
        ReconcileDayCommand::Prepare { of, note } => {
            let bank = account_of(books, of.account.as_deref()).await?;
            Ok(prepared(&books.prepare_bank_day(&bank, of.day, note).await?))
        }
        ReconcileDayCommand::Review { of, note } => {
            let bank = account_of(books, of.account.as_deref()).await?;
            let day = books.review_bank_day(&bank, of.day, note).await?;
            Ok(Answer::of(as_json(&day)).say(format!("{} of {bank} is reviewed", of.day)))
        }
        ReconcileDayCommand::Reopen { of, why } => {
            let bank = account_of(books, of.account.as_deref()).await?;
            let day = books.reopen_bank_day(&bank, of.day, why).await?;
            Ok(Answer::of(as_json(&day)).say(format!("{} of {bank} is open again", of.day)))
        }
        ReconcileDayCommand::Certificate { of, pdf, csv } => {
            let bank = account_of(books, of.account.as_deref()).await?;
            let day = books.bank_day_to_sign(&bank, of.day).await?;
            certificate(&day, pdf.as_ref(), csv.as_ref())
        }
    }
}

/// The account that is named, or the only one.
async fn account_of(books: &Books, named: Option<&str>) -> Result<String, CliError> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let settings = books.settings().await?;
    match settings.council.bank_account.as_slice() {
        [one] => Ok(one.code.to_string()),
        several => {
            let codes: Vec<_> = several.iter().map(|account| account.code.as_str()).collect();
            let what = format!("say which bank account with --account: {}", codes.join(", "));
            Err(ims_app::AppError::BadInput(what).into())
        }
    }
}

fn list(bank: &str, days: &[ListedBankDay]) -> Answer {
    let one = |day: &ListedBankDay| {
        json!({
            "day": day.day, "lines": day.lines, "total_pence": day.total, "open": day.open,
            "prepared": day.prepared.as_ref().map(word), "since": day.since,
            "reviewed": day.reviewed.as_ref().map(word),
        })
    };
    let document = json!({ "account": bank, "days": days.iter().map(one).collect::<Vec<_>>() });
    let who = |word: &Option<SignedBy>| word.as_ref().map(|word| word.by.clone());
    let rows = days.iter().map(|day| {
        [
            day.day.to_string(),
            day.lines.to_string(),
            day.total.to_string(),
            day.open.to_string(),
            who(&day.prepared).unwrap_or_default(),
            who(&day.reviewed).unwrap_or_default(),
            day.since.first().cloned().unwrap_or_default(),
        ]
    });
    let is_changed = days.iter().any(|day| !day.since.is_empty());
    let columns =
        ["day", ">lines", ">total", ">open", "prepared by", "reviewed by", "changed since"];
    let answer = Answer::of(document).table(columns, rows);
    let answer =
        if days.is_empty() { answer.say(format!("{bank} has no line then")) } else { answer };
    answer.exit(if is_changed { Exit::SeeTo } else { Exit::Done })
}

fn show(day: &BankDay) -> Answer {
    let facts = &day.facts;
    let mut answer = Answer::of(as_json(day)).say(format!(
        "{} ({}) on {}: {} before, {} after",
        day.name, facts.bank, facts.day, facts.opening_pence, facts.closing_pence
    ));
    for statement in &facts.statements {
        answer = answer.say(format!(
            "statement {} ({}), {}",
            statement.sequence,
            statement.number.as_deref().unwrap_or("no number"),
            statement.proof
        ));
    }
    let rows = facts.lines.iter().map(|line| {
        let words = day.words.get(&line.line).cloned().unwrap_or_default();
        [
            line.line.to_string(),
            line.amount_pence.to_string(),
            line.stands.in_words(),
            words.says,
            words.why,
        ]
    });
    let earlier = facts.earlier.iter().map(|line| {
        let says = day.words.get(&line.line).map(|words| words.says.clone());
        [
            line.line.to_string(),
            line.booked_on.to_string(),
            line.amount_pence.to_string(),
            says.unwrap_or_default(),
        ]
    });
    let proposed = day.proposals.iter().flat_map(|(line, proposals)| {
        (1_usize..).zip(proposals).map(move |(number, one)| {
            [
                line.to_string(),
                number.to_string(),
                one.rule.clone(),
                percent(one.basis_points),
                one.mark.clone(),
                one.reason.clone(),
            ]
        })
    });
    let mut ages = Vec::new();
    if facts.unmatched.items() > 0 {
        ages.push(aged("bank, unmatched", &facts.unmatched));
    }
    let waiting = facts.waiting.iter();
    ages.extend(waiting.map(|(channel, ageing)| aged(&format!("clearing:{channel}"), ageing)));
    let [a, b, c, d] = Ageing::BANDS.map(|band| format!(">{band}"));
    answer = answer
        .table(["line", ">amount", "explained by", "what it says", "why"], rows)
        .table(["open since before", "booked", ">amount", "what it says"], earlier)
        .table(["proposed for line", ">number", "rule", ">likely", "mark", "why"], proposed)
        .table(["open, by working days", &a, &b, &c, &d, ">in all"], ages);
    signatures(answer, day)
}

fn percent(basis_points: u16) -> String {
    format!("{}.{} %", basis_points / 100, basis_points % 100 / 10)
}

fn aged(name: &str, ageing: &Ageing) -> [String; 6] {
    let [a, b, c, d] = ageing.amount_pence.map(|sum| sum.to_string());
    [name.to_owned(), a, b, c, d, ageing.total().to_string()]
}

/// Who signed it, and what has happened since.
fn signatures(mut answer: Answer, day: &BankDay) -> Answer {
    match &day.signed {
        None => answer = answer.say("nobody has prepared it"),
        Some(signed) => {
            answer = answer.say(signed_by("prepared", &signed.prepared));
            answer = match &signed.reviewed {
                Some(review) => answer.say(signed_by("reviewed", review)),
                None => answer.say("nobody has reviewed it yet"),
            };
        }
    }
    for change in &day.since {
        let mark = if change.weighs { "changed" } else { "better" };
        let line = change.line.map(|id| {
            let says = day.words.get(&id).map(|words| words.says.as_str()).unwrap_or_default();
            format!(" (line {id} {says}").trim_end().to_owned() + ")"
        });
        answer = answer.say(format!("{mark} since: {}{}", change.what, line.unwrap_or_default()));
    }
    for signed in &day.before {
        if let Some(reopened) = &signed.reopened {
            answer = answer.say(signed_by("opened again", reopened));
        }
    }
    let is_changed = day.since.iter().any(|change| change.weighs);
    answer.exit(if is_changed { Exit::SeeTo } else { Exit::Done })
}

fn signed_by(what: &str, word: &SignedBy) -> String {
    let note = if word.note.is_empty() { String::new() } else { format!(": {}", word.note) };
    format!("{what} by {}, {}{note}", word.by, minute(word.at))
}

fn prepared(day: &BankDay) -> Answer {
    let facts = &day.facts;
    let open = facts.lines.iter().filter(|line| line.stands.is_open()).count();
    Answer::of(as_json(day))
        .say(format!(
            "{} of {} is prepared: {}, {} of them open",
            facts.day,
            facts.bank,
            counted(facts.lines.len(), "line", "lines"),
            open
        ))
        .say(format!(
            "another person reviews it: `ims --as SOMEBODY reconcile day review {} --account {}`",
            facts.day, facts.bank
        ))
}

fn certificate(
    day: &BankDay,
    pdf: Option<&PathBuf>,
    csv: Option<&PathBuf>,
) -> Result<Answer, CliError> {
    let (of, on) = (&day.facts.bank, day.facts.day);
    let none =
        || ims_app::AppError::Refused(format!("nobody has prepared {on} of {of}: it is open"));
    let text = day.certificate_text().ok_or_else(none)?;
    let mut answer = Answer::of(as_json(day));
    if let Some(path) = pdf {
        let bytes = day.certificate_pdf().ok_or_else(none)?;
        answer = written(answer, path, &bytes)?;
    }
    if let Some(path) = csv {
        let bytes = day.certificate_csv()?.ok_or_else(none)?;
        answer = written(answer, path, &bytes)?;
    }
    if pdf.is_none() && csv.is_none() {
        answer = answer.text(&text);
    }
    let is_changed = day.since.iter().any(|change| change.weighs);
    Ok(answer.exit(if is_changed { Exit::SeeTo } else { Exit::Done }))
}

fn written(answer: Answer, path: &Path, bytes: &[u8]) -> Result<Answer, CliError> {
    write_whole(path, bytes)?;
    Ok(answer.say(format!("{} is written", path.display())))
}

fn word(word: &SignedBy) -> Value {
    json!({ "by": word.by, "at": instant(word.at), "note": word.note })
}

fn signed_json(signed: &SignedBankDay) -> Value {
    json!({
        "generation": signed.generation, "sha256": signed.sha256, "head": signed.head,
        "prepared": word(&signed.prepared), "reviewed": signed.reviewed.as_ref().map(word),
        "reopened": signed.reopened.as_ref().map(word),
    })
}

fn as_json(day: &BankDay) -> Value {
    let BankDayFacts { bank, day: on, lines, earlier, statements, unmatched, waiting, .. } =
        &day.facts;
    let waiting_items = &day.facts.waiting_items;
    let line = |line: &BankDayLine| {
        let words = day.words.get(&line.line).cloned().unwrap_or_default();
        let mut one = json!(line);
        if let Some(fields) = one.as_object_mut() {
            fields.insert("says".to_owned(), json!(words.says));
            fields.insert("why".to_owned(), json!(words.why));
        }
        one
    };
    let proposals: Vec<_> = day
        .proposals
        .iter()
        .map(|(line, proposals)| {
            let one = |one: &ProposedMatch| {
                json!({
                    "rule": one.rule, "why": one.reason, "basis_points": one.basis_points,
                    "is_equal": one.is_equal, "mark": one.mark,
                    "lines": one.lines, "items": one.items, "expected": one.expected,
                })
            };
            json!({ "line": line, "proposals": proposals.iter().map(one).collect::<Vec<_>>() })
        })
        .collect();
    let since: Vec<_> = day
        .since
        .iter()
        .map(|change| json!({ "what": change.what, "line": change.line, "weighs": change.weighs }))
        .collect();
    let count = |is: fn(&LineStands) -> bool| lines.iter().filter(|line| is(&line.stands)).count();
    json!({
        "account": bank, "name": day.name, "day": on,
        "opening_pence": day.facts.opening_pence, "closing_pence": day.facts.closing_pence,
        "statements": statements, "lines": lines.iter().map(line).collect::<Vec<_>>(),
        "matched": count(|it| matches!(it, LineStands::Matched { .. })),
        "proposed": count(|it| matches!(it, LineStands::Proposed { .. })),
        "open": count(LineStands::is_open), "earlier": earlier, "unmatched": unmatched,
        "waiting": waiting, "waiting_items": waiting_items, "proposals": proposals, "signed": day.signed.as_ref().map(signed_json), "since": since,
        "before": day.before.iter().map(signed_json).collect::<Vec<_>>(),
    })
}
