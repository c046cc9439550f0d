//! Its webhooks, signed with their time.

use chrono::{DateTime, TimeDelta, Utc};
use ims_pay::{
    Delivery, DisputeState, MacKey, News, NotVerified, Notices, ProviderError, Reply, Said,
    SaidDispute, Saying, Tidings, Verified,
};
use serde_json::Value;

use super::{Stripe, Way, payment};
use crate::json;

/// How long a signature may be under way.
const TOLERANCE: TimeDelta = TimeDelta::seconds(300);

impl Notices for Stripe {
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        if self.notice_keys.is_empty() {
            return Err(NotVerified::NoKey);
        }
        let header = delivery.header("stripe-signature").ok_or(NotVerified::Unsigned)?;
        let parts: Vec<(&str, &str)> =
            header.split(',').filter_map(|part| part.split_once('=')).collect();
        let mut times = parts.iter().filter(|(name, _)| *name == "t").map(|(_, time)| *time);
        let (Some(time), None) = (times.next(), times.next()) else {
            return Err(NotVerified::Unsigned);
        };
        let mut message = format!("{time}.").into_bytes();
        message.extend_from_slice(&delivery.body.0);
        let signatures = || parts.iter().filter(|(name, _)| *name == "v1").map(|(_, text)| *text);
        if signatures().next().is_none() {
            return Err(NotVerified::Unsigned);
        }
        let proof =
            self.notice_keys.iter().map(MacKey::text).find_map(|key| {
                signatures().find_map(|signature| key.verify_hex(&message, signature))
            });
        let proof = proof.ok_or(NotVerified::Forged)?;
        let at = time.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let at = at.ok_or(NotVerified::Unsigned)?;
        if now.signed_duration_since(at).abs() > TOLERANCE {
            return Err(NotVerified::Stale);
        }
        Ok(Verified::by(delivery, proof))
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let event = json::parse(notice.delivery().body.text()?)?;
        let kind = json::need(&event, "type")?;
        let object = json::at(&event, "data.object").ok_or_else(|| json::absent("data.object"))?;
        let what = match kind {
            "checkout.session.async_payment_failed" => {
                let said = Said::new(
                    json::need(object, "id")?,
                    Saying::refused("the bank did not pay in the end"),
                );
                Tidings::Payment(match json::text(object, "client_reference_id") {
                    Some(reference) => said.about(reference),
                    None => said,
                })
            }
            "checkout.session.completed"
            | "checkout.session.async_payment_succeeded"
            | "checkout.session.expired" => Tidings::Payment(payment::said(object)?),
            kind if kind.starts_with("payment_intent.") => match self.way {
                Way::Intents => Tidings::Payment(payment::said(object)?),
                // Of a session's intent: the session itself says what became of it.
                Way::Checkout => Tidings::LookAt {
                    provider_ref: None,
                    reference: json::text(object, "metadata.reference").map(str::to_owned),
                },
            },
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                Tidings::Refund(payment::refund(object)?)
            }
            kind if kind.starts_with("charge.dispute.") => Tidings::Dispute(dispute(object)?),
            other => Tidings::Other(ProviderError::shown(other)),
        };
        let id = json::text(&event, "id").map(str::to_owned);
        Ok(vec![News { id, at: payment::time(&event, "created"), what }])
    }

    fn thanks(&self) -> Reply {
        Reply::new(200, "")
    }
}

fn dispute(value: &Value) -> Result<SaidDispute, ProviderError> {
    let state = match json::need(value, "status")? {
        "needs_response" | "warning_needs_response" => DisputeState::Opened,
        "under_review" | "warning_under_review" => DisputeState::UnderReview,
        "won" | "warning_closed" | "prevented" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        other => {
            return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
        }
    };
    let due = json::at(value, "evidence_details.due_by").and_then(Value::as_i64);
    let due = due.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let amount = json::need_pence(value, "amount")?;
    Ok(SaidDispute {
        dispute_ref: json::need(value, "id")?.to_owned(),
        provider_ref: json::need(value, "payment_intent")?.to_owned(),
        reference: None,
        amount: (amount, json::need(value, "currency")?.to_owned()),
        fee: None,
        reason: ProviderError::shown(json::text(value, "reason").unwrap_or("no reason given")),
        evidence_due: due.map(|due| due.date_naive()),
        state,
    })
}
