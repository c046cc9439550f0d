//! `ims day`: accounting days, closed, shown as they are and as they stood, and
//! opened again by two people.

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};
use ims_app::{Books, Certificate, Permission, Stand, SuspenseStood, Verdict};
use ims_ledger::{Account, id::ApprovalId};
use ims_money::Pence;
use ims_store::{FundTotal, StoodSuspense};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    answer::counted,
    desk::{instant, minute},
};

/// Accounting days.
#[derive(Subcommand, Clone, Debug)]
pub enum DayCommand {
    /// Close a day and every day before it
    #[command(
        after_help = "What nothing explains by then goes to suspense, and nothing is posted into the day any more.\n\nExample: ims day close 2026-04-01"
    )]
    Close {
        /// The day [default: yesterday]
        #[arg(value_name = "DATE", value_parser = crate::args::day)]
        day: Option<NaiveDate>,
    },
    /// Show a day: income by fund and method, bank accounts, balances
    #[command(
        after_help = "Examples: ims day show 2026-04-01 --as-at 2026-04-03\n          ims day show 2026-04-01 --as-at 2026-04-03T17:00:00Z"
    )]
    Show {
        /// The day [default: the newest with receipts]
        #[arg(value_name = "DATE", value_parser = crate::args::day)]
        day: Option<NaiveDate>,
        /// All of it as the books stood at the end of this day, or at this instant
        #[arg(long, value_name = "DATE|TIME", value_parser = crate::args::as_at)]
        as_at: Option<DateTime<Utc>>,
    },
    /// Ask for a closed day, and those after it, to be opened again
    #[command(
        after_help = "Nothing is opened until another person approves it.\n\nExample: ims --as ann day reopen 2026-04-01 --why \"late bank statement\""
    )]
    Reopen {
        /// The day
        #[arg(value_name = "DATE", value_parser = crate::args::day)]
        day: NaiveDate,
        /// Why, for the second person and the auditor
        #[arg(long, alias = "reason")]
        why: String,
        /// A key of yours: the same key again asks nothing new
        #[arg(long)]
        key: Option<String>,
    },
    /// Say yes to a day or month that another asked to open again
    #[command(
        after_help = "Example: ims --as bob day approve 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
    )]
    Approve(DecideArgs),
    /// Say no to it, or take back what you asked
    #[command(
        after_help = "Example: ims --as bob day refuse 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --why \"not needed\""
    )]
    Refuse {
        /// What is decided.
        #[command(flatten)]
        of: DecideArgs,
        /// You asked, and no longer want it
        #[arg(long)]
        withdraw: bool,
    },
}

/// What is decided.
#[derive(Args, Clone, Debug)]
pub struct DecideArgs {
    /// The id that asking gave
    #[arg(value_parser = crate::args::id::<ApprovalId>)]
    pub id: ApprovalId,
    /// Why, for the auditor
    #[arg(long, default_value = "", hide_default_value = true, alias = "reason")]
    pub why: String,
}

pub(crate) async fn run(
    command: &DayCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        DayCommand::Close { day } => {
            let yesterday = desk.world.today().pred_opt().unwrap_or_default();
            let certificate = books.close_day(day.unwrap_or(yesterday)).await?;
            Ok(closed(&certificate))
        }
        DayCommand::Show { day, as_at: None } => show(&books, *day).await,
        DayCommand::Show { day, as_at: Some(at) } => stood(&books, *day, *at).await,
        DayCommand::Reopen { day, why, key } => {
            let id = books.ask_reopen_day(*day, why, key.as_deref()).await?;
            let sealed = desk.seal(&books).await;
            Ok(asked(id, &day.to_string()).exit(sealed))
        }
        DayCommand::Approve(of) => decide(&books, of, Verdict::Approved).await,
        DayCommand::Refuse { of, withdraw: false } => decide(&books, of, Verdict::Refused).await,
        DayCommand::Refuse { of, withdraw: true } => decide(&books, of, Verdict::Withdrawn).await,
    }
}

/// What was asked and who must say yes.
pub(crate) fn asked(id: ApprovalId, what: &str) -> Answer {
    Answer::of(json!({ "approval": id, "subject": what }))
        .say(format!("asked for {what} to be opened again: {id}"))
        .say(format!("another person decides: `ims --as SOMEBODY day approve {id}`"))
}

async fn decide(books: &Books, of: &DecideArgs, verdict: Verdict) -> Result<Answer, CliError> {
    let subject = books.decide_reopen(of.id, verdict, &of.why).await?;
    let words = match verdict {
        Verdict::Approved => format!("{subject} is open again"),
        Verdict::Refused => format!("{subject} stays closed: it was refused"),
        Verdict::Withdrawn => format!("{subject} stays closed: it is no longer asked for"),
    };
    let document = json!({ "approval": of.id, "subject": subject, "verdict": verdict.as_str() });
    Ok(Answer::of(document).say(words))
}

fn closed(certificate: &Certificate) -> Answer {
    let document = json!({
        "day": certificate.day, "before": certificate.before, "receipts": certificate.receipts,
        "receipts_pence": certificate.receipts_pence, "to_suspense": certificate.to_suspense,
        "to_suspense_pence": certificate.to_suspense_pence, "head": certificate.head,
        "balances": balances_json(&certificate.balances),
    });
    let done = if certificate.before { "was closed before" } else { "is closed" };
    let words = format!(
        "{} {done}: {}, {}",
        certificate.day,
        counted(certificate.receipts, "receipt", "receipts"),
        certificate.receipts_pence
    );
    let mut answer = Answer::of(document).say(words);
    if certificate.to_suspense > 0 {
        answer = answer.say(format!(
            "{} went to suspense, {}",
            counted(certificate.to_suspense, "bank line", "bank lines"),
            certificate.to_suspense_pence
        ));
        // Closing it again does nothing, so there is nothing new to see to.
        answer = answer.exit(if certificate.before { Exit::Done } else { Exit::SeeTo });
    }
    balances(answer, &certificate.balances).say(format!("sealed up to {}", certificate.head))
}

async fn show(books: &Books, day: Option<NaiveDate>) -> Result<Answer, CliError> {
    let seen = books.dashboard(day).await?;
    let held = if books.actor().may(Permission::SeeBank) {
        books.balances_on(seen.day).await?
    } else {
        Vec::new()
    };
    let document = json!({
        "day": seen.day, "closed": seen.is_closed, "receipts": seen.receipts,
        "receipts_pence": seen.receipts_pence, "income": income_json(&seen.income),
        "suspense": { "count": seen.suspense.0, "remaining_pence": seen.suspense.1 },
        "as_at": null, "balances": balances_json(&held),
    });
    let state = if seen.is_closed { "closed" } else { "open" };
    let answer = Answer::of(document).say(format!(
        "{} ({state}): {}, {}",
        seen.day,
        counted(seen.receipts, "receipt line", "receipt lines"),
        seen.receipts_pence
    ));
    let answer = income(answer, &seen.income).say(format!(
        "suspense now: {}, {}",
        counted(seen.suspense.0, "item", "items"),
        seen.suspense.1
    ));
    Ok(balances(answer, &held))
}

/// The most suspense items shown as they stood.
const ITEMS_MAX: i64 = 500;

/// A day as the books stood at an instant, whatever was posted later: of
/// suspense and of banks as much as somebody may see, as of a day as it is.
async fn stood(
    books: &Books,
    day: Option<NaiveDate>,
    at: DateTime<Utc>,
) -> Result<Answer, CliError> {
    let (mut held, mut open, mut suspense) = (Vec::new(), None, None);
    if books.actor().may(Permission::SeeBank) {
        held = books.balances_at(Stand::Instant(at)).await?;
        open = Some(books.open_stood(at).await?);
    }
    if books.actor().may(Permission::SeeSuspense) {
        suspense = Some(books.suspense_stood(at, None, ITEMS_MAX).await?);
    }
    let day = day.unwrap_or_else(|| ims_ledger::london_day(at));
    let totals = books.income_stood(day, at).await?;
    let lines = totals.iter().map(|total| total.lines).fold(0, i64::saturating_add);
    let sum = Pence::checked_sum(totals.iter().map(|total| total.amount));
    let sum = sum.ok_or(ims_app::AppError::Overflow)?;
    let counts = |of: Option<&Vec<(String, i64, Pence)>>, name: &str| -> Option<Vec<Value>> {
        let one = |(one, count, sum): &(String, i64, Pence)| json!({ name: one, "count": count, "amount_pence": sum });
        of.map(|of| of.iter().map(one).collect())
    };
    let document = json!({
        "day": day, "receipts": lines, "receipts_pence": sum, "income": income_json(&totals),
        "suspense": suspense.as_ref().map(suspense_json),
        "expected": counts(open.as_ref().map(|open| &open.expected), "channel"),
        "lines": counts(open.as_ref().map(|open| &open.lines), "bank"),
        "as_at": instant(at), "balances": balances_json(&held),
    });
    let mut answer = Answer::of(document)
        .say(format!("as the books stood at {}:", minute(at)))
        .say(format!("{day}: {}, {sum}", counted(lines, "receipt line", "receipt lines")));
    answer = income(answer, &totals);
    if let Some(suspense) = &suspense {
        answer = left(answer, suspense);
    }
    if let Some(open) = &open {
        let kinds = [("clearing:", &open.expected), ("unmatched:", &open.lines)];
        let rows = kinds.into_iter().flat_map(|(kind, of)| {
            of.iter().map(move |(name, count, sum)| {
                [format!("{kind}{name}"), count.to_string(), sum.to_string()]
            })
        });
        answer = answer.table(["open", ">count", ">amount"], rows);
    }
    Ok(balances(answer, &held))
}

fn suspense_json(suspense: &SuspenseStood) -> Value {
    let item = |item: &StoodSuspense| {
        json!({
            "id": item.id, "date": item.happened_on, "reference": item.reference,
            "amount_pence": item.amount, "remaining_pence": item.remaining,
        })
    };
    let items: Vec<_> = suspense.items.iter().map(item).collect();
    json!({ "count": suspense.count, "remaining_pence": suspense.remaining, "items": items })
}

/// All that was left in suspense, and the first of it.
fn left(answer: Answer, suspense: &SuspenseStood) -> Answer {
    let SuspenseStood { count, remaining, items } = suspense;
    let shown = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let first = if shown < *count { format!("; the first {shown}:") } else { String::new() };
    answer.say(format!("suspense: {}, {remaining}{first}", counted(*count, "item", "items"))).table(
        ["item", "date", ">left", "reference"],
        items.iter().map(|item| {
            [
                item.id.to_string(),
                item.happened_on.to_string(),
                item.remaining.to_string(),
                item.reference.clone(),
            ]
        }),
    )
}

fn income_json(totals: &[FundTotal]) -> Vec<Value> {
    let one = |total: &FundTotal| {
        json!({
            "fund": total.fund, "method": total.method, "lines": total.lines,
            "amount_pence": total.amount,
        })
    };
    totals.iter().map(one).collect()
}

fn income(answer: Answer, totals: &[FundTotal]) -> Answer {
    let rows = totals.iter().map(|total| {
        [
            total.fund.clone(),
            total.method.clone(),
            total.lines.to_string(),
            total.amount.to_string(),
        ]
    });
    answer.table(["fund", "method", ">lines", ">amount"], rows)
}

/// Balances as a table, debit positive.
pub(crate) fn balances(answer: Answer, held: &[(Account, Pence)]) -> Answer {
    let rows = held.iter().filter(|(_, balance)| !balance.is_zero());
    answer.table(
        ["account", ">balance"],
        rows.map(|(account, balance)| [account.to_string(), balance.to_string()]),
    )
}

/// Balances as a list, debit positive.
pub(crate) fn balances_json(held: &[(Account, Pence)]) -> Vec<Value> {
    let one = |(account, balance): &(Account, Pence)| json!({ "account": account, "balance_pence": balance });
    held.iter().map(one).collect()
}
