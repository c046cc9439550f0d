//! Its disputes, told of by notice or listed.

use chrono::{DateTime, Utc};
use ims_pay::{DisputeState, Disputes, Page, ProviderError, Reply, Request, SaidDispute, Span};
use serde_json::Value;

use super::{Stripe, abilities, heard, payment};
use crate::json;

impl Disputes for Stripe {
    fn disputes(
        &self,
        span: Span,
        after: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.get(&format!("/disputes?{}", abilities::pages(span, after))))
    }

    fn disputed(
        &self,
        reply: &Reply,
    ) -> Result<Page<Result<SaidDispute, ProviderError>>, ProviderError> {
        let value = heard(reply)?;
        let rows = abilities::list(&value)?;
        let said = rows.iter().filter_map(|row| said(row).transpose()).collect();
        Ok(Page { rows: said, after: abilities::last(&value, rows)? })
    }
}

/// What it says of a dispute; none of an inquiry, for which no money is taken back
/// unless it becomes a dispute, but that it is over: it may have been taken for one.
pub(super) fn said(value: &Value) -> Result<Option<SaidDispute>, ProviderError> {
    let state = match json::need(value, "status")? {
        "warning_needs_response" | "warning_under_review" => return Ok(None),
        "warning_closed" => DisputeState::Closed,
        "needs_response" => DisputeState::Opened,
        "under_review" => DisputeState::UnderReview,
        "won" | "prevented" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        other => {
            return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
        }
    };
    let due = json::at(value, "evidence_details.due_by").and_then(Value::as_i64);
    let due = due.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let amount = json::need_pence(value, "amount")?;
    // One of a charge without an intent is none of our payments, and listed.
    let charge = || json::need(value, "charge").map(str::to_owned);
    Ok(Some(SaidDispute {
        dispute_ref: json::need(value, "id")?.to_owned(),
        provider_ref: payment::intent_of(value).map_or_else(charge, Ok)?,
        reference: None,
        amount: (amount, json::need(value, "currency")?.to_owned()),
        fee: None,
        reason: ProviderError::shown(json::text(value, "reason").unwrap_or("no reason given")),
        evidence_due: due.map(|due| due.date_naive()),
        state,
    }))
}
