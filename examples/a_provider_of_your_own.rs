//! An adapter to a provider of your own, and the conformance suite it passes.
//!
//! "Anypay" speaks JSON: `POST /payments` with an `Idempotency-Key`, `GET
//! /payments/ID`, `POST /refunds`, and webhooks signed with HMAC-SHA256.

use chrono::{DateTime, TimeDelta, Utc};
use ims_money::Pence;
use ims_pay::{
    Abilities, Ask, AskedTwice, Body, Delivery, Hint, MacKey, Method, News, NextStep, NotVerified,
    Notices, Order, Provider, ProviderError, RefundEvent, RefundOrder, RefundSaying, Refunds,
    Reply, Request, Said, SaidRefund, Saying, Secret, StatusName, Tidings, Verified,
    conformance::Suite, form,
};
use serde_json::{Value, json};

/// An account at Anypay. Keys are `Secret`, so that nothing prints them.
#[derive(Debug)]
struct Anypay {
    key: Secret,
    signing: Secret,
}

impl Anypay {
    fn request(&self, method: Method, path: &str, key: &str, body: &Value) -> Request {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let url = format!("https://api.anypay.example{path}");
        Request { method, url, headers: Vec::new(), body: Body(body.into_bytes()) }
            .with("authorization", format!("Bearer {}", self.key.reveal()))
            .with("idempotency-key", key)
    }
}

/// The answer as JSON, or why it is none. Amounts are whole pence, never floats.
fn heard(reply: &Reply) -> Result<Value, ProviderError> {
    match ProviderError::of_reply(reply) {
        Some(error) => Err(error),
        None => parsed(reply.body.text()?),
    }
}

fn parsed(text: &str) -> Result<Value, ProviderError> {
    serde_json::from_str(text).map_err(|_| ProviderError::unreadable("it is no JSON"))
}

fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str, ProviderError> {
    let absent = || ProviderError::unreadable(format!("it does not say `{name}`"));
    value.get(name).and_then(Value::as_str).ok_or_else(absent)
}

fn pence(value: &Value) -> Result<Pence, ProviderError> {
    let amount = value.get("amount").and_then(Value::as_i64);
    amount.map(Pence::new).ok_or_else(|| ProviderError::unreadable("it does not say how much"))
}

/// What is said of a payment, word for word. Whether it is ours, and for the right
/// amount, is compared by `Said::of` and by nobody else.
fn said(value: &Value) -> Result<Said, ProviderError> {
    let saying = match text(value, "status")? {
        "open" => Saying::Accepted { next: text(value, "page").ok().map(NextStep::redirect) },
        "processing" => Saying::Waiting,
        "paid" => Saying::paid(None),
        "declined" => Saying::refused(text(value, "reason")?),
        "timed-out" => Saying::Expired,
        other => return Err(ProviderError::unreadable(format!("`{other}` is no status"))),
    };
    let said = Said::new(text(value, "id")?, saying).about(text(value, "reference")?);
    Ok(said.for_amount(pence(value)?, text(value, "currency")?))
}

impl Provider for Anypay {
    fn name(&self) -> &'static str {
        "anypay"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        let body = json!({
            "reference": order.key(), "amount": order.amount().get(), "currency": "GBP",
            "description": order.description(), "return_to": order.return_url(),
        });
        // The order's key makes the same order the same payment.
        Ok(Ask::Send(self.request(Method::Post, "/payments", order.key(), &body)))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        said(&heard(reply)?)
    }

    fn look(
        &self,
        _order: &Order,
        provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let name = form::part(provider_ref.ok_or(ProviderError::AskAgain)?);
        Ok(self.request(Method::Get, &format!("/payments/{name}"), "-", &Value::Null))
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        said(&heard(reply)?)
    }

    fn returned(&self, _back: &Delivery) -> Hint {
        Hint::default()
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { notices: Some(self), refunds: Some(self), ..Abilities::NONE }
    }
}

impl Notices for Anypay {
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        _now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        let signature = delivery.header("anypay-signature").ok_or(NotVerified::Unsigned)?;
        let proof = MacKey::text(&self.signing).verify_hex(&delivery.body.0, signature);
        proof.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Forged)
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let value = parsed(notice.delivery().body.text()?)?;
        let id = text(&value, "event").ok().map(str::to_owned);
        Ok(vec![News { id, at: None, what: Tidings::Payment(said(&value)?) }])
    }

    fn thanks(&self) -> Reply {
        Reply::new(204, "")
    }
}

impl Refunds for Anypay {
    fn refund(&self, refund: &RefundOrder, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let body = json!({ "payment": refund.provider_ref(), "amount": refund.amount().get() });
        Ok(self.request(Method::Post, "/refunds", refund.key(), &body))
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        let value = heard(reply)?;
        let saying = match text(&value, "status")? {
            // Accepted is not paid.
            "accepted" => RefundSaying::Submitted,
            "paid" => RefundSaying::Paid,
            other => return Err(ProviderError::unreadable(format!("`{other}` is no status"))),
        };
        Ok(SaidRefund {
            refund_ref: Some(text(&value, "id")?.to_owned()),
            provider_ref: Some(text(&value, "payment")?.to_owned()),
            reference: None,
            amount: Some((pence(&value)?, "GBP".to_owned())),
            saying,
        })
    }

    /// It keeps keys for a day.
    fn asked_twice(&self) -> AskedTwice {
        AskedTwice::TheSame(TimeDelta::days(1))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (key, signing) = (Secret::new("key-of-ours"), Secret::new("signing-of-ours"));
    let anypay = Anypay { key, signing };
    let now = DateTime::UNIX_EPOCH;
    let order = Order::of("pay-1", Pence::new(4_500), "Parking", "https://council.example/back")?;
    let refund = RefundOrder::of("r-1", "pay-1", "a-1", Pence::new(500), Pence::new(4_500))?;
    let payment = |status: &str| {
        format!(
            r#"{{"event":"e-1","id":"a-1","reference":"pay-1","amount":4500,"currency":"GBP","reason":"no funds","page":"https://pay.anypay.example/a-1","status":"{status}"}}"#
        )
    };
    let signed = MacKey::text(&anypay.signing).sign_hex(payment("paid").as_bytes());
    let webhook = Delivery::new(&[("Anypay-Signature", &signed)], payment("paid"));
    let accepted = r#"{"id":"r-9","payment":"a-1","amount":500,"status":"accepted"}"#;
    let source = "docs.anypay.example/api, 2026-11";
    let report = Suite::new(&anypay, &order, now)
        .secret("key-of-ours")
        .secret("signing-of-ours")
        .asked(source, &order, Reply::new(201, payment("open")), StatusName::Started)
        .looked(source, &order, Reply::new(200, payment("processing")), StatusName::Pending)
        .looked(source, &order, Reply::new(200, payment("paid")), StatusName::Captured)
        .looked(source, &order, Reply::new(200, payment("declined")), StatusName::Failed)
        .noticed(source, &order, webhook, "captured")
        .signature_tried_apart("Anypay has published none: its page says *unverified*")
        .refunded(source, &refund, Reply::new(202, accepted), RefundEvent::Send)
        .check();
    print!("{report}");
    if report.is_kept() { Ok(()) } else { Err("the adapter does not keep the contract".into()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_keeps_the_contract() {
        assert!(super::main().is_ok());
    }
}
