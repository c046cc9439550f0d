//! Refunds, delayed capture, calling off, and the lists.

use chrono::{DateTime, TimeDelta, Utc};
use ims_pay::{
    AskedTwice, Cancels, Captures, Heeded, Names, Order, Page, ProviderError, RefundOrder, Refunds,
    Reply, Request, Said, SaidRefund, Searches, Span, form,
};
use serde_json::Value;

use super::{Stripe, Way, heard, heeded, payment};
use crate::{cannot, json};

impl Refunds for Stripe {
    fn refund(&self, refund: &RefundOrder, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        Ok(self.post(
            "/refunds",
            refund.key(),
            &[
                ("payment_intent", refund.transaction()),
                ("amount", &refund.amount().get().to_string()),
                ("metadata[reference]", refund.key()),
            ],
        ))
    }

    /// It keeps keys for a day at least.
    fn asked_twice(&self) -> AskedTwice {
        AskedTwice::TheSame(TimeDelta::hours(24))
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        payment::refund(&heard(reply)?)
    }

    fn look_at_refund(
        &self,
        refund: &RefundOrder,
        refund_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Option<Request> {
        Some(match refund_ref {
            Some(name) => self.get(&format!("/refunds/{}", form::part(name))),
            None => {
                let intent = form::part(refund.transaction());
                self.get(&format!("/refunds?limit=100&payment_intent={intent}"))
            }
        })
    }

    fn looked_at_refund(&self, reply: &Reply) -> Result<Vec<SaidRefund>, ProviderError> {
        let value = heard(reply)?;
        match json::text(&value, "object") {
            Some("list") => json::list(&value, "data").iter().map(payment::refund).collect(),
            Some(_) | None => payment::refund(&value).map(|said| vec![said]),
        }
    }
}

impl Captures for Stripe {
    fn capture(
        &self,
        order: &Order,
        payment: Names<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        if self.way == Way::Checkout && payment.transaction.is_none() {
            return cannot("it is the payment intent that is captured; look at the session first");
        }
        let path = format!("/payment_intents/{}/capture", form::part(payment.transaction()));
        let key = format!("{}-capture", order.key());
        Ok(self.post(&path, &key, &[("amount_to_capture", &order.amount().get().to_string())]))
    }

    fn captured(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        heeded(reply)
    }
}

impl Cancels for Stripe {
    fn cancel(
        &self,
        order: &Order,
        payment: Names<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let name = form::part(payment.provider_ref);
        let path = match self.way {
            Way::Checkout => format!("/checkout/sessions/{name}/expire"),
            Way::Intents => format!("/payment_intents/{name}/cancel"),
        };
        Ok(self.post(&path, &format!("{}-cancel", order.key()), &[]))
    }

    fn cancelled(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        heeded(reply)
    }
}

impl Searches for Stripe {
    fn search(
        &self,
        span: Span,
        after: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let (list, charge) = match self.way {
            Way::Checkout => ("/checkout/sessions", "payment_intent.latest_charge"),
            Way::Intents => ("/payment_intents", "latest_charge"),
        };
        // The charge says when it was paid, and its intent how much of it was taken.
        let expand = form::encode(&[("expand[]", &format!("data.{charge}"))]);
        Ok(self.get(&format!("{list}?{expand}&{}", pages(span, after))))
    }

    fn found(&self, reply: &Reply) -> Result<Page<Result<Said, ProviderError>>, ProviderError> {
        let value = heard(reply)?;
        let rows = list(&value)?;
        let said = rows.iter().map(|row| payment::said(row, None)).collect();
        Ok(Page { rows: said, after: last(&value, rows)? })
    }
}

/// Which page of what was made in a span.
pub(super) fn pages(span: Span, after: Option<&str>) -> String {
    let mut pairs = vec![
        ("created[gte]", span.from.timestamp().to_string()),
        ("created[lt]", span.to.timestamp().to_string()),
        ("limit", "100".to_owned()),
    ];
    pairs.extend(after.map(|after| ("starting_after", after.to_owned())));
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
    form::encode(&pairs)
}

/// The rows of a list; anything else is none.
pub(super) fn list(value: &Value) -> Result<&[Value], ProviderError> {
    let found = json::at(value, "data").and_then(Value::as_array);
    found.map(Vec::as_slice).ok_or_else(|| json::absent("data"))
}

/// The name of the last row, if there are more.
pub(super) fn last(value: &Value, rows: &[Value]) -> Result<Option<String>, ProviderError> {
    if json::at(value, "has_more").and_then(Value::as_bool) != Some(true) {
        return Ok(None);
    }
    // Without a name the rest could not be asked for, and would be missed by nobody.
    let last = rows.last().ok_or_else(|| json::absent("data"))?;
    json::need(last, "id").map(|last| Some(last.to_owned()))
}
