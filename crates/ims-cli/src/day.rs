//! `ims day`: accounting days, closed and shown.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::Subcommand;
use ims_app::{AppError, Books, Certificate, Permission};
use ims_ledger::{Account, london_day};
use ims_money::Pence;
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, Globals, answer::counted, desk::needs, error::bad};

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
    #[command(after_help = "Example: ims day show 2026-04-01 --as-at 2026-04-03")]
    Show {
        /// The day [default: the newest with receipts]
        #[arg(value_name = "DATE", value_parser = crate::args::day)]
        day: Option<NaiveDate>,
        /// The balances as the books stood at the end of this day
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        as_at: Option<NaiveDate>,
    },
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
        DayCommand::Show { day, as_at } => show(&books, *day, *as_at).await,
    }
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

async fn show(
    books: &Books,
    day: Option<NaiveDate>,
    as_at: Option<NaiveDate>,
) -> Result<Answer, CliError> {
    let seen = books.dashboard(day).await?;
    let held = match as_at {
        Some(as_at) => as_it_stood(books, as_at).await?,
        None if books.actor().may(Permission::SeeBank) => books.balances_on(seen.day).await?,
        None => Vec::new(),
    };
    let income: Vec<_> = seen
        .income
        .iter()
        .map(|total| {
            json!({
                "fund": total.fund, "method": total.method, "lines": total.lines,
                "amount_pence": total.amount,
            })
        })
        .collect();
    let document = json!({
        "day": seen.day, "closed": seen.is_closed, "receipts": seen.receipts,
        "receipts_pence": seen.receipts_pence, "income": income,
        "suspense": { "count": seen.suspense.0, "remaining_pence": seen.suspense.1 },
        "as_at": as_at, "balances": balances_json(&held),
    });
    let state = if seen.is_closed { "closed" } else { "open" };
    let rows = seen.income.iter().map(|total| {
        [
            total.fund.clone(),
            total.method.clone(),
            total.lines.to_string(),
            total.amount.to_string(),
        ]
    });
    let answer = Answer::of(document)
        .say(format!(
            "{} ({state}): {}, {}",
            seen.day,
            counted(seen.receipts, "receipt line", "receipt lines"),
            seen.receipts_pence
        ))
        .table(["fund", "method", ">lines", ">amount"], rows)
        .say(format!(
            "suspense now: {}, {}",
            counted(seen.suspense.0, "item", "items"),
            seen.suspense.1
        ));
    let answer = match as_at {
        Some(as_at) => answer.say(format!("balances as they stood at the end of {as_at}:")),
        None => answer,
    };
    Ok(balances(answer, &held))
}

/// Every account's balance as the books stood at the end of a London day,
/// whatever was posted later, into whichever day.
pub(crate) async fn as_it_stood(
    books: &Books,
    day: NaiveDate,
) -> Result<Vec<(Account, Pence)>, CliError> {
    needs(books, Permission::SeeBank, "see balances")?;
    let last = end_of(day).ok_or_else(|| bad(format!("{day} is beyond every calendar")))?;
    let sums = books.app().store().snapshot().await?.balances_at(books.council().id, last).await?;
    let mut balances = Vec::new();
    for sum in sums {
        let balance = sum.debit.checked_sub(sum.credit).ok_or(AppError::Overflow)?;
        balances.push((sum.account, balance));
    }
    Ok(balances)
}

/// The last microsecond of a day in London.
fn end_of(day: NaiveDate) -> Option<DateTime<Utc>> {
    let next = day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN).and_utc();
    let hour_before = next.checked_sub_signed(TimeDelta::hours(1))?;
    // In summer London's midnight is at 23:00 UTC.
    let midnight = if london_day(hour_before) == day { next } else { hour_before };
    midnight.checked_sub_signed(TimeDelta::microseconds(1))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_london() {
        for (day, end) in [
            ("2026-01-15", "2026-01-15T23:59:59.999999Z"),
            ("2026-07-15", "2026-07-15T22:59:59.999999Z"),
            ("2026-03-28", "2026-03-28T23:59:59.999999Z"),
            ("2026-03-29", "2026-03-29T22:59:59.999999Z"),
            ("2026-10-24", "2026-10-24T22:59:59.999999Z"),
            ("2026-10-25", "2026-10-25T23:59:59.999999Z"),
        ] {
            let end: DateTime<Utc> = end.parse().unwrap();
            assert_eq!(end_of(day.parse().unwrap()), Some(end), "{day}");
            assert_eq!(london_day(end).to_string(), day);
        }
    }
}
