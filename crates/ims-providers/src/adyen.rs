//! Adyen: Pay by Link, on its own page, or Sessions, in the payer's browser.
//!
//! The truth about money comes in its webhooks, of which it signs seven fields;
//! nothing else of them is believed.

use chrono::{DateTime, TimeDelta, Utc};
use ims_pay::{
    Abilities, Ask, AskedTwice, Body, Cancels, Captures, Channel, Delivery, Heeded, Hidden, Hint,
    Method, Names, NextStep, Order, Provider, ProviderError, RefundOrder, RefundSaying, Refunds,
    Reply, Request, STERLING, Said, SaidRefund, Saying, Secret, Take, form,
};
use serde_json::{Value, json};

use crate::{cannot, json};

mod notices;

/// A merchant account at Adyen.
#[derive(Clone, Debug)]
pub struct Adyen {
    key: Secret,
    notice_key: Option<Secret>,
    merchant: String,
    base: String,
    way: Way,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Link,
    Session,
}

impl Adyen {
    /// By Pay by Link. `base` is the Checkout address of the account, with its
    /// version: `https://PREFIX-checkout-live.adyenpayments.com/checkout/v71`.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address not over TLS.
    pub fn by_link(key: Secret, merchant: &str, base: &str) -> Result<Self, ProviderError> {
        if !ims_pay::is_safe_address(base) {
            return cannot(&format!("`{base}` is no https:// address"));
        }
        let (merchant, base) = (merchant.to_owned(), base.trim_end_matches('/').to_owned());
        Ok(Self { key, notice_key: None, merchant, base, way: Way::Link })
    }

    /// By Sessions instead: Adyen's script in the payer's browser goes on.
    #[must_use]
    pub const fn by_session(mut self) -> Self {
        self.way = Way::Session;
        self
    }

    /// With the HMAC key of its webhook, in hexadecimal digits as Adyen shows it.
    #[must_use]
    pub fn noticed_with(mut self, key: Secret) -> Self {
        self.notice_key = Some(key);
        self
    }

    fn post(&self, path: &str, key: &str, body: &Value) -> Request {
        let body = Body(body.to_string().into_bytes());
        let url = format!("{}{path}", self.base);
        Request { method: Method::Post, url, headers: Vec::new(), body }
            .with("x-api-key", self.key.reveal())
            .with("content-type", "application/json")
            .with("idempotency-key", key)
    }
}

fn amount(amount: ims_money::Pence) -> Value {
    json!({ "currency": STERLING, "value": amount.get() })
}

impl Provider for Adyen {
    fn name(&self) -> &'static str {
        "adyen"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        if *order.channel() != Channel::Online || order.agreement().is_some() {
            return cannot("it is used for payments online only");
        }
        let mut body = json!({
            "amount": amount(order.amount()),
            "reference": order.key(),
            "merchantAccount": self.merchant,
            "returnUrl": order.return_url(),
            "countryCode": "GB",
            "shopperLocale": "en-GB",
        });
        if let Some(object) = body.as_object_mut() {
            if self.way == Way::Link {
                object.insert("description".to_owned(), json!(order.description()));
            }
            // Said each time: what the account is set to is not known here.
            match order.when_taken() {
                Take::AtOnce => object.insert("captureDelayHours".to_owned(), json!(0)),
                Take::Later => {
                    let hold = json!({ "manualCapture": "true" });
                    object.insert("additionalData".to_owned(), hold)
                }
            };
            if let Some(email) = order.payer().and_then(|payer| payer.email.as_deref()) {
                object.insert("shopperEmail".to_owned(), json!(email));
            }
        }
        let path = match self.way {
            Way::Link => "/paymentLinks",
            Way::Session => "/sessions",
        };
        Ok(Ask::Send(self.post(path, order.key(), &body)))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let value = heard(reply)?;
        match self.way {
            Way::Link => link(&value),
            Way::Session => session(&value),
        }
    }

    fn look(
        &self,
        _order: &Order,
        provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let name = form::part(provider_ref.ok_or(ProviderError::AskAgain)?);
        if self.way == Way::Session {
            return cannot("it tells of a session in its notices only");
        }
        let url = format!("{}/paymentLinks/{name}", self.base);
        let request =
            Request { method: Method::Get, url, headers: Vec::new(), body: Body::default() };
        Ok(request.with("x-api-key", self.key.reveal()))
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        link(&heard(reply)?)
    }

    fn returned(&self, _back: &Delivery) -> Hint {
        Hint::default()
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities {
            notices: Some(self),
            refunds: Some(self),
            captures: Some(self),
            cancels: Some(self),
            ..Abilities::NONE
        }
    }
}

/// Where the code of a refusal stands.
const CODES: &[&str] = &["errorCode"];

fn heard(reply: &Reply) -> Result<Value, ProviderError> {
    json::heard(reply, CODES)
}

fn heeded(reply: &Reply) -> Result<Heeded, ProviderError> {
    json::heeded(reply, CODES)
}

/// A payment link. One that is `completed` was paid; its name for the movement of
/// money comes in the notice.
fn link(value: &Value) -> Result<Said, ProviderError> {
    let saying = match json::need(value, "status")? {
        "active" => Saying::Accepted { next: json::text(value, "url").map(NextStep::redirect) },
        "paymentPending" => Saying::Waiting,
        "completed" | "paid" => Saying::paid(None),
        "expired" => Saying::Expired,
        other => {
            return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
        }
    };
    Ok(named(value, saying)?.moved_apart().held_if_later())
}

fn session(value: &Value) -> Result<Said, ProviderError> {
    let secret = json!({
        "id": json::need(value, "id")?,
        "sessionData": json::need(value, "sessionData")?,
    });
    let secret = Hidden::new(secret.to_string());
    named(value, Saying::Accepted { next: Some(NextStep::PayerSecret { secret }) })
}

fn named(value: &Value, saying: Saying) -> Result<Said, ProviderError> {
    let amount = json::need_pence(value, "amount.value")?;
    Ok(Said::new(json::need(value, "id")?, saying)
        .about(json::need(value, "reference")?)
        .for_amount(amount, json::need(value, "amount.currency")?))
}

impl Refunds for Adyen {
    fn refund(&self, refund: &RefundOrder, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let path = format!("/payments/{}/refunds", form::part(refund.transaction()));
        let body = json!({
            "merchantAccount": self.merchant,
            "amount": amount(refund.amount()),
            "reference": refund.key(),
        });
        Ok(self.post(&path, refund.key(), &body))
    }

    /// It keeps keys for a week at least.
    fn asked_twice(&self) -> AskedTwice {
        AskedTwice::TheSame(TimeDelta::days(7))
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        let value = heard(reply)?;
        if json::need(&value, "status")? != "received" {
            return Err(ProviderError::unreadable("it did not receive the refund"));
        }
        let answered = json::need_pence(&value, "amount.value")?;
        Ok(SaidRefund {
            refund_ref: Some(json::need(&value, "pspReference")?.to_owned()),
            provider_ref: Some(json::need(&value, "paymentPspReference")?.to_owned()),
            reference: Some(json::need(&value, "reference")?.to_owned()),
            amount: Some((answered, json::need(&value, "amount.currency")?.to_owned())),
            saying: RefundSaying::Submitted,
        })
    }
}

impl Captures for Adyen {
    fn capture(
        &self,
        order: &Order,
        payment: Names<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let path = format!("/payments/{}/captures", form::part(payment.transaction()));
        let key = format!("{}-capture", order.key());
        let body = json!({
            "merchantAccount": self.merchant,
            "amount": amount(order.amount()),
            "reference": order.key(),
        });
        Ok(self.post(&path, &key, &body))
    }

    fn captured(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        heeded(reply)
    }
}

impl Cancels for Adyen {
    fn cancel(
        &self,
        order: &Order,
        payment: Names<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let Some(transaction) = payment.transaction else {
            return cannot("nothing was paid yet; a link expires by itself");
        };
        let path = format!("/payments/{}/cancels", form::part(transaction));
        let body = json!({ "merchantAccount": self.merchant, "reference": order.key() });
        Ok(self.post(&path, &format!("{}-cancel", order.key()), &body))
    }

    fn cancelled(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        heeded(reply)
    }
}
