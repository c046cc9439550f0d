//! Card money three ways, for programs.

use axum::{extract::Query, response::Response};
use chrono::{Days, NaiveDate};
use ims_app::{NotPaidOut, OpenLine, PaidOutLine, PayoutExplained};
use serde::{Deserialize, Serialize};

use super::{bad, json};
use crate::{desk::Desk, fault::Fault};

/// The most days that are asked about at once.
const DAYS_MAX: u64 = 366;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Payouts {
    from: NaiveDate,
    to: NaiveDate,
    payouts: Vec<Payout>,
    /// Ours, in no payout yet.
    not_paid: Vec<NotPaid>,
    /// In a payout, and nobody here knows them.
    not_ours: Vec<Line>,
    /// In a payout, and several of ours could be them.
    unclear: Vec<Line>,
    /// At the bank, and paying none of these.
    bank_left: Vec<BankLine>,
}

#[derive(Serialize)]
struct Payout {
    payout: String,
    provider: String,
    channel: String,
    date: NaiveDate,
    covers: Option<NaiveDate>,
    import: String,
    file: String,
    lines: usize,
    taken_pence: i64,
    paid_pence: i64,
    residual_pence: i64,
    unexplained_pence: i64,
    has_arrived: bool,
    bank_lines: Vec<BankLine>,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    because: String,
    explains: bool,
    amount_pence: i64,
    provider_ref: String,
    receipt: String,
}

#[derive(Serialize)]
struct NotPaid {
    channel: String,
    date: NaiveDate,
    amount_pence: i64,
    provider_ref: String,
    reference: String,
    receipt: String,
}

#[derive(Serialize)]
struct Line {
    channel: String,
    payout: String,
    file: String,
    line: u64,
    date: NaiveDate,
    amount_pence: i64,
    provider_ref: String,
    reference: String,
}

#[derive(Serialize)]
struct BankLine {
    line: String,
    account: String,
    booked: NaiveDate,
    amount_pence: i64,
}

/// The payouts whose settlements have days between two, each explained.
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let day = |name: &str, text: &str| {
        text.parse::<NaiveDate>().map_err(|_| bad(format!("`{name}` is a day like 2026-04-01")))
    };
    let (from, to) = (day("from", &asked.from)?, day("to", &asked.to)?);
    if to < from || from.checked_add_days(Days::new(DAYS_MAX)).is_some_and(|last| to >= last) {
        return Err(bad(format!("from `from` to `to` are 1 to {DAYS_MAX} days")));
    }
    let told = desk.books.payouts(from, to).await?;
    Ok(json(&Payouts {
        from,
        to,
        payouts: told.payouts.into_iter().map(payout).collect(),
        not_paid: told.not_paid.into_iter().map(not_paid).collect(),
        not_ours: told.not_ours.into_iter().map(line).collect(),
        unclear: told.unclear.into_iter().map(line).collect(),
        bank_left: told.bank_left.into_iter().map(bank_line).collect(),
    }))
}

fn payout(one: PayoutExplained) -> Payout {
    let parts = one.parts.into_iter().map(|part| Part {
        because: part.why,
        explains: !part.is_unexplained,
        amount_pence: part.amount.get(),
        provider_ref: part.provider_ref,
        receipt: part.receipt,
    });
    Payout {
        payout: one.payout,
        provider: one.provider,
        channel: one.channel,
        date: one.date,
        covers: one.covers,
        import: one.import.to_string(),
        file: one.file_name,
        lines: one.lines,
        taken_pence: one.taken.get(),
        paid_pence: one.paid.get(),
        residual_pence: one.residual.get(),
        unexplained_pence: one.unexplained.get(),
        has_arrived: one.has_arrived,
        bank_lines: one.bank.into_iter().map(bank_line).collect(),
        parts: parts.collect(),
    }
}

fn not_paid(one: NotPaidOut) -> NotPaid {
    NotPaid {
        channel: one.channel,
        date: one.happened_on,
        amount_pence: one.amount.get(),
        provider_ref: one.provider_ref,
        reference: one.reference,
        receipt: one.receipt,
    }
}

fn line(one: PaidOutLine) -> Line {
    Line {
        channel: one.channel,
        payout: one.payout,
        file: one.file_name,
        line: one.line,
        date: one.date,
        amount_pence: one.amount.get(),
        provider_ref: one.provider_ref,
        reference: one.reference,
    }
}

fn bank_line(one: OpenLine) -> BankLine {
    BankLine {
        line: one.id.to_string(),
        account: one.bank,
        booked: one.booked_on,
        amount_pence: one.amount.get(),
    }
}
