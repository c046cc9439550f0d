//! What it pays out: a list of payouts, then what each is made of.
//!
//! A page is named by what is still to be told: `po_1=4420@txn_9 po_2=90 +po_2`, the
//! payouts by name with the pence that were paid out, the first perhaps with `@` and the
//! last line told, and last of all, where the list of payouts goes on, `+` and the payout
//! after which it does.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use ims_ledger::{SettlementHead, SettlementKind, SettlementLine};
use ims_money::Pence;
use ims_pay::{
    Page, PayoutPiece, ProviderError, Reply, Request, STERLING, Settled, Settlements, form,
};
use serde_json::Value;

use super::{Stripe, abilities, heard, payment};
use crate::{cannot, json};

/// Letters that have a meaning in the name of a page, and stand in no name of Stripe's.
const OF_PAGES: [char; 4] = [' ', '@', '+', '='];

impl Settlements for Stripe {
    /// The first page lists the payouts that arrive between the days.
    fn settlement(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        after: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        match after.map(first_of) {
            None => Ok(self.get(&list_of_payouts(from, to, None))),
            Some(("", _)) => cannot("that is no page of a settlement"),
            Some((first, _)) => Ok(self.get(&match first.strip_prefix('+') {
                Some(last) => list_of_payouts(from, to, Some(last)),
                None => lines_of(first),
            })),
        }
    }

    fn settled(
        &self,
        after: Option<&str>,
        reply: &Reply,
    ) -> Result<Page<PayoutPiece>, ProviderError> {
        let (first, others) = after.map(first_of).unwrap_or_default();
        if first.is_empty() || first.starts_with('+') {
            return payouts(reply);
        }
        let others = Some(others.to_owned()).filter(|others| !others.is_empty());
        let (named, is_first) = first.split_once('@').map_or((first, true), |it| (it.0, false));
        let payout = named.split('=').next().unwrap_or_default();
        match lines(payout, reply) {
            // Every payout that is made by itself is made of something.
            Ok((lines, None)) if is_first && lines.is_empty() => {
                let why = ProviderError::unreadable("it lists nothing that it is made of");
                Ok(Page { rows: vec![unread(Some(payout), why)], after: others })
            }
            Ok((lines, last)) => Ok(page_of_lines(named, lines, last.as_deref(), others)),
            // The others may read all the same.
            Err(why) if is_of_the_payout(&why) => {
                Ok(Page { rows: vec![unread(Some(payout), why)], after: others })
            }
            Err(why) => Err(why),
        }
    }
}

/// What a page names first, and the rest of it.
fn first_of(after: &str) -> (&str, &str) {
    let after = after.trim_start_matches(' ');
    after.split_once(' ').unwrap_or((after, ""))
}

fn list_of_payouts(from: NaiveDate, to: NaiveDate, last: Option<&str>) -> String {
    let seconds = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp().to_string();
    let (from, to) = (seconds(from), seconds(to));
    let mut pairs = vec![
        ("arrival_date[gte]", from.as_str()),
        ("arrival_date[lte]", to.as_str()),
        ("limit", "100"),
    ];
    pairs.extend(last.map(|last| ("starting_after", last)));
    format!("/payouts?{}", form::encode(&pairs))
}

fn lines_of(first: &str) -> String {
    let (named, line) = first.split_once('@').unwrap_or((first, ""));
    let payout = named.split('=').next().unwrap_or_default();
    let mut pairs = vec![("payout", payout), ("limit", "100"), ("expand[]", "data.source")];
    if !line.is_empty() {
        pairs.push(("starting_after", line));
    }
    format!("/balance_transactions?{}", form::encode(&pairs))
}

/// A page of the list of payouts: those that are to be told, and where it goes on.
fn payouts(reply: &Reply) -> Result<Page<PayoutPiece>, ProviderError> {
    let value = heard(reply)?;
    let rows = abilities::list(&value)?;
    let (mut names, mut pieces) = (Vec::new(), Vec::new());
    for row in rows {
        match name_of(row) {
            Ok(name) => names.extend(name),
            Err(why) => pieces.push(unread(json::text(row, "id"), why)),
        }
    }
    names.extend(last_of(&value, rows)?.map(|last| format!("+{last}")));
    Ok(Page { rows: pieces, after: Some(names.join(" ")).filter(|names| !names.is_empty()) })
}

/// The name of a payout whose lines can be asked for, with what was paid out. None of one
/// that brought nothing, or not yet.
///
/// # Errors
///
/// Of one that brought money and is made of nothing that is listed, or not yet.
fn name_of(row: &Value) -> Result<Option<String>, ProviderError> {
    let name = plain(json::need(row, "id")?)?;
    match json::need(row, "status")? {
        "paid" => {
            if row.get("automatic").and_then(Value::as_bool) == Some(false) {
                let why = "it was made by hand, and Stripe does not say what it is made of: book \
                           it from the bank's line";
                return Err(ProviderError::unreadable(why));
            }
            if json::text(row, "reconciliation_status") == Some("in_progress") {
                let why = "Stripe has not put together yet what it is made of";
                return Err(ProviderError::unreadable(why));
            }
            let total = json::pence(row, "amount").map(|total| format!("={}", total.get()));
            Ok(Some(format!("{name}{}", total.unwrap_or_default())))
        }
        "pending" | "in_transit" | "failed" | "canceled" => Ok(None),
        other => Err(ProviderError::unreadable(format!("`{other}` is no status it has"))),
    }
}

/// The last row of a page, if there are more.
fn last_of(value: &Value, rows: &[Value]) -> Result<Option<String>, ProviderError> {
    abilities::last(value, rows)?.map(|last| plain(&last).map(str::to_owned)).transpose()
}

/// A name that can stand in that of a page.
fn plain(name: &str) -> Result<&str, ProviderError> {
    if name.contains(OF_PAGES) {
        return Err(ProviderError::unreadable("it has a name that Stripe gives to nothing"));
    }
    Ok(name)
}

/// The lines on a page of a payout, and the last of them if there are more.
fn lines(payout: &str, reply: &Reply) -> Result<(Vec<Settled>, Option<String>), ProviderError> {
    let value = heard(reply)?;
    let rows = abilities::list(&value)?;
    let lines: Result<Vec<_>, _> =
        (1..).zip(rows).map(|(nth, row)| line(nth, payout, row)).collect();
    Ok((lines?.into_iter().flatten().collect(), last_of(&value, rows)?))
}

fn page_of_lines(
    named: &str,
    lines: Vec<Settled>,
    last: Option<&str>,
    others: Option<String>,
) -> Page<PayoutPiece> {
    let mut rows: Vec<_> = lines.into_iter().map(Box::new).map(PayoutPiece::Line).collect();
    let Some(last) = last else {
        let (payout, total) = named.split_once('=').unwrap_or((named, ""));
        let total = total.parse().ok().map(Pence::new);
        rows.push(PayoutPiece::Whole { payout: payout.to_owned(), total });
        return Page { rows, after: others };
    };
    let more = format!("{named}@{last}");
    Page { rows, after: Some(others.map_or(more.clone(), |others| format!("{more} {others}"))) }
}

/// Whether it says something of the payout that was asked for, and nothing of the key.
const fn is_of_the_payout(why: &ProviderError) -> bool {
    matches!(
        why,
        ProviderError::Unreadable(_)
            | ProviderError::NotFound
            | ProviderError::Rejected { status: 400, .. }
    )
}

fn unread(payout: Option<&str>, why: ProviderError) -> PayoutPiece {
    PayoutPiece::Unread { payout: Box::new(head(payout)), why }
}

fn head(payout: Option<&str>) -> SettlementHead {
    SettlementHead {
        provider: "stripe".to_owned(),
        payout: payout.map(str::to_owned),
        ..SettlementHead::default()
    }
}

/// A line of a payout; none for the payout itself.
fn line(nth: u64, payout: &str, row: &Value) -> Result<Option<Settled>, ProviderError> {
    let kind = match json::need(row, "type")? {
        "payout" => return Ok(None),
        "charge" | "payment" => SettlementKind::Payment,
        "refund" | "payment_refund" | "refund_failure" | "payment_failure_refund" => {
            SettlementKind::Refund
        }
        "stripe_fee" => SettlementKind::Fee,
        "adjustment" if json::text(row, "reporting_category").is_some_and(is_dispute) => {
            SettlementKind::Dispute
        }
        _ => SettlementKind::Adjustment,
    };
    let currency = json::need(row, "currency")?;
    let gross = json::need_pence(row, "amount")?;
    let fee = json::need_pence(row, "fee")?;
    let net = json::need_pence(row, "net")?;
    if gross.checked_sub(fee) != Some(net) {
        return Err(ProviderError::unreadable(format!("{gross} less {fee} is not {net}")));
    }
    let date = payment::time(row, "created").ok_or_else(|| json::absent("created"))?;
    let name = json::text(row, "source.payment_intent").or_else(|| json::text(row, "source.id"));
    let name = name.or_else(|| json::text(row, "source"));
    let provider_ref = name.or_else(|| json::text(row, "id")).unwrap_or_default().to_owned();
    let line = SettlementLine {
        line: nth,
        reference: json::text(row, "source.metadata.reference").map(str::to_owned),
        provider_ref,
        kind,
        date: date.date_naive(),
        gross,
        fee,
        net,
    };
    let other = !currency.eq_ignore_ascii_case(STERLING);
    let payout = SettlementHead {
        date: payment::time(row, "available_on").map(|time| time.date_naive()),
        currency: other.then(|| currency.to_ascii_uppercase()),
        ..head(Some(payout))
    };
    Ok(Some(Settled { payout, line }))
}

fn is_dispute(category: &str) -> bool {
    category.starts_with("dispute")
}
