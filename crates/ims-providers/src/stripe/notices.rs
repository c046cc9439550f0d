//! Its webhooks, signed with their time.

use chrono::{DateTime, TimeDelta, Utc};
use ims_pay::{
    Delivery, MacKey, News, NotVerified, Notices, ProviderError, Reply, Said, Saying, Tidings,
    Verified,
};

use super::{Stripe, Way, disputes, payment};
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
        let at = payment::time(&event, "created");
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
            | "checkout.session.expired" => Tidings::Payment(payment::said(object, at)?),
            kind if kind.starts_with("payment_intent.") => match self.way {
                Way::Intents => Tidings::Payment(payment::said(object, at)?),
                // Of a session's intent: the session itself says what became of it.
                Way::Checkout => Tidings::LookAt {
                    provider_ref: None,
                    reference: json::text(object, "metadata.reference").map(str::to_owned),
                },
            },
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                Tidings::Refund(payment::refund(object)?)
            }
            kind if kind.starts_with("charge.dispute.") => match disputes::said(object)? {
                Some(said) => Tidings::Dispute(said),
                None => Tidings::Other(ProviderError::shown(kind)),
            },
            other => Tidings::Other(ProviderError::shown(other)),
        };
        let id = json::text(&event, "id").map(str::to_owned);
        Ok(vec![News { id, at, what }])
    }

    fn thanks(&self) -> Reply {
        Reply::new(200, "")
    }
}
