//! What was paid out, and disputes. Days of settlement are known where Stripe is
//! the provider behind it.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{SettlementHead, SettlementKind, SettlementLine};
use ims_money::Pence;
use ims_pay::{
    DisputeState, Disputes, Page, PayoutPiece, ProviderError, Reply, Request, STERLING,
    SaidDispute, Settled, Settlements, Span, form,
};
use serde_json::Value;

use super::{GovUkPay, ROWS, abilities, heard};
use crate::json;

/// The three searches a settlement is made of, one after the other.
const PARTS: [&str; 3] = ["payments", "refunds", "disputes"];

impl Settlements for GovUkPay {
    /// Pages are named `payments 1`, `refunds 1`, `disputes 1` and so on.
    fn settlement(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        after: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let (part, page) = after.unwrap_or("payments 1").split_once(' ').unwrap_or_default();
        if !PARTS.contains(&part) || page.parse::<u32>().is_err() {
            return Err(ProviderError::CannotAsk("that is no page of a settlement".to_owned()));
        }
        let query = form::encode(&[
            ("from_settled_date", &from.to_string()),
            ("to_settled_date", &to.to_string()),
            ("display_size", ROWS),
            ("page", page),
        ]);
        Ok(self.get(&format!("/v1/{part}?{query}")))
    }

    fn settled(
        &self,
        after: Option<&str>,
        reply: &Reply,
    ) -> Result<Page<PayoutPiece>, ProviderError> {
        let value = heard(reply)?;
        let rows = abilities::results(&value)?;
        let part = part_of(after);
        let pieces = (1..).zip(rows).filter_map(|(nth, row)| piece(nth, part, row)).collect();
        let after = match abilities::after(&value)? {
            Some(page) => Some(format!("{part} {page}")),
            None => {
                let mut parts = PARTS.iter().skip_while(|other| **other != part);
                parts.nth(1).map(|next| format!("{next} 1"))
            }
        };
        Ok(Page { rows: pieces, after })
    }
}

/// Which of the three searches this is an answer to.
fn part_of(after: Option<&str>) -> &'static str {
    let asked = after.and_then(|after| after.split(' ').next());
    PARTS.into_iter().find(|part| asked == Some(part)).unwrap_or(PARTS[0])
}

/// A row as a line of its day's payout; none for one that was not settled.
fn piece(nth: u64, part: &str, row: &Value) -> Option<PayoutPiece> {
    let on = "settlement_summary.settled_date";
    json::at(row, on)?;
    let date = json::day(row, on);
    let line = date.ok_or_else(|| json::absent(on)).and_then(|date| line(nth, part, date, row));
    Some(match line {
        Ok(settled) => PayoutPiece::Line(Box::new(settled)),
        Err(why) => PayoutPiece::Unread { payout: Box::new(head(date)), why },
    })
}

fn head(date: Option<NaiveDate>) -> SettlementHead {
    SettlementHead { provider: "govuk-pay".to_owned(), date, ..SettlementHead::default() }
}

fn line(nth: u64, part: &str, date: NaiveDate, row: &Value) -> Result<Settled, ProviderError> {
    let amount = json::need_pence(row, "amount")?;
    let fee = json::pence(row, "fee").unwrap_or(Pence::ZERO);
    let less = |amount: Pence| amount.checked_neg().ok_or_else(|| json::absent("amount"));
    let (kind, gross, name) = match part {
        "payments" => {
            let gross = json::pence(row, "total_amount").unwrap_or(amount);
            (SettlementKind::Payment, gross, json::need(row, "payment_id")?)
        }
        "refunds" => (SettlementKind::Refund, less(amount)?, json::need(row, "refund_id")?),
        // By the name under which the dispute itself is told of.
        _ => (SettlementKind::Dispute, less(amount)?, json::need(row, "dispute_id")?),
    };
    let net = gross.checked_sub(fee).ok_or_else(|| json::absent("net_amount"))?;
    if let Some(stated) = json::pence(row, "net_amount").filter(|stated| *stated != net) {
        let why = format!("{gross} less a fee of {fee} is not {stated}");
        return Err(ProviderError::unreadable(why));
    }
    let reference = json::text(row, "reference").map(str::to_owned);
    let provider_ref = name.to_owned();
    let line = SettlementLine { line: nth, reference, provider_ref, kind, date, gross, fee, net };
    Ok(Settled { payout: head(Some(date)), line })
}

impl Disputes for GovUkPay {
    fn disputes(
        &self,
        span: Span,
        after: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.get(&format!("/v1/disputes?{}", abilities::pages(span, after))))
    }

    fn disputed(
        &self,
        reply: &Reply,
    ) -> Result<Page<Result<SaidDispute, ProviderError>>, ProviderError> {
        let value = heard(reply)?;
        let rows = abilities::results(&value)?.iter().map(said_dispute).collect();
        Ok(Page { rows, after: abilities::after(&value)? })
    }
}

pub(super) fn said_dispute(dispute: &Value) -> Result<SaidDispute, ProviderError> {
    let state = match json::need(dispute, "status")? {
        "needs_response" => DisputeState::Opened,
        "under_review" => DisputeState::UnderReview,
        "won" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        other => {
            return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
        }
    };
    let reason = json::text(dispute, "reason").unwrap_or("no reason given");
    Ok(SaidDispute {
        dispute_ref: json::need(dispute, "dispute_id")?.to_owned(),
        provider_ref: json::need(dispute, "payment_id")?.to_owned(),
        reference: None,
        amount: (json::need_pence(dispute, "amount")?, STERLING.to_owned()),
        fee: json::pence(dispute, "fee"),
        reason: ProviderError::shown(reason),
        evidence_due: json::day(dispute, "evidence_due_date"),
        state,
    })
}
