//! Stripe: Checkout, on its own pages, or Payment Intents, in the payer's browser.
//!
//! ```
//! use chrono::DateTime;
//! use ims_money::Pence;
//! use ims_pay::{Ask, Order, Provider, Secret};
//! use ims_providers::Stripe;
//!
//! let stripe = Stripe::checkout(Secret::new("sk_test_1")).noticed_with(Secret::new("whsec_1"));
//! let order = Order::of("pay-1", Pence::new(4_500), "Parking", "https://council.example/back")?;
//! let Ask::Send(request) = stripe.ask(&order, DateTime::UNIX_EPOCH)? else { return Err("handed".into()) };
//! assert_eq!(request.url, "https://api.stripe.com/v1/checkout/sessions");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::{DateTime, Utc};
use ims_pay::{
    Abilities, Ask, Body, Channel, Delivery, Heeded, Hint, Method, Order, Provider, ProviderError,
    Reply, Request, Said, Secret, Take, form, is_safe_address,
};
use serde_json::Value;

use crate::{cannot, json};

mod abilities;
mod disputes;
mod notices;
mod payment;
mod payouts;

const BASE: &str = "https://api.stripe.com/v1";

/// An account at Stripe.
#[derive(Clone, Debug)]
pub struct Stripe {
    key: Secret,
    notice_keys: Vec<Secret>,
    way: Way,
    base: String,
}

/// How its payers pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Checkout,
    Intents,
}

impl Stripe {
    /// By Checkout: the payer is sent to a page of Stripe's.
    #[must_use]
    pub fn checkout(key: Secret) -> Self {
        Self { key, notice_keys: Vec::new(), way: Way::Checkout, base: BASE.to_owned() }
    }

    /// By Payment Intents: Stripe's script in the payer's browser goes on.
    #[must_use]
    pub fn intents(key: Secret) -> Self {
        Self { way: Way::Intents, ..Self::checkout(key) }
    }

    /// With a signing secret of its webhook; two while one takes over from another.
    #[must_use]
    pub fn noticed_with(mut self, secret: Secret) -> Self {
        self.notice_keys.push(secret);
        self
    }

    /// At another address: a stub server on this machine.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address neither over TLS nor here.
    pub fn at(mut self, base: &str) -> Result<Self, ProviderError> {
        if !is_safe_address(base) {
            return cannot(&format!("`{base}` is no https:// address"));
        }
        self.base = base.trim_end_matches('/').to_owned();
        Ok(self)
    }

    fn get(&self, path: &str) -> Request {
        self.request(Method::Get, path, String::new())
    }

    fn post(&self, path: &str, key: &str, fields: &[(&str, &str)]) -> Request {
        self.request(Method::Post, path, form::encode(fields))
            .with("content-type", "application/x-www-form-urlencoded")
            .with("idempotency-key", key)
    }

    fn request(&self, method: Method, path: &str, body: String) -> Request {
        let url = format!("{}{path}", self.base);
        let request = Request { method, url, headers: Vec::new(), body: Body(body.into_bytes()) };
        request.with("authorization", format!("Bearer {}", self.key.reveal()))
    }
}

impl Provider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        if *order.channel() != Channel::Online || order.agreement().is_some() {
            return cannot("it is used for payments online only");
        }
        let amount = order.amount().get().to_string();
        let capture = match order.when_taken() {
            Take::AtOnce => "automatic",
            Take::Later => "manual",
        };
        let email = order.payer().and_then(|payer| payer.email.as_deref());
        let request = match self.way {
            Way::Checkout => {
                let mut fields = vec![
                    ("mode", "payment"),
                    ("client_reference_id", order.key()),
                    ("success_url", order.return_url()),
                    ("cancel_url", order.return_url()),
                    ("locale", "en-GB"),
                    ("line_items[0][quantity]", "1"),
                    ("line_items[0][price_data][currency]", "gbp"),
                    ("line_items[0][price_data][unit_amount]", &amount),
                    ("line_items[0][price_data][product_data][name]", order.description()),
                    ("payment_intent_data[capture_method]", capture),
                    ("payment_intent_data[metadata][reference]", order.key()),
                ];
                fields.extend(email.map(|email| ("customer_email", email)));
                self.post("/checkout/sessions", order.key(), &fields)
            }
            Way::Intents => {
                let mut fields = vec![
                    ("amount", amount.as_str()),
                    ("currency", "gbp"),
                    ("description", order.description()),
                    ("capture_method", capture),
                    ("automatic_payment_methods[enabled]", "true"),
                    ("metadata[reference]", order.key()),
                ];
                fields.extend(email.map(|email| ("receipt_email", email)));
                self.post("/payment_intents", order.key(), &fields)
            }
        };
        Ok(Ask::Send(request))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        payment::said(&heard(reply)?, None)
    }

    fn look(
        &self,
        _order: &Order,
        provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        // The same key is the same payment for at least a day.
        let name = form::part(provider_ref.ok_or(ProviderError::AskAgain)?);
        Ok(match self.way {
            Way::Checkout => {
                let expand = "expand%5B%5D=payment_intent.latest_charge";
                self.get(&format!("/checkout/sessions/{name}?{expand}"))
            }
            Way::Intents => {
                self.get(&format!("/payment_intents/{name}?expand%5B%5D=latest_charge"))
            }
        })
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        payment::said(&heard(reply)?, None)
    }

    fn returned(&self, back: &Delivery) -> Hint {
        let pairs = form::decode(&back.query).unwrap_or_default();
        let name = match self.way {
            Way::Checkout => "session_id",
            Way::Intents => "payment_intent",
        };
        let provider_ref = form::only(&pairs, name).map(str::to_owned);
        Hint { provider_ref, ..Hint::default() }
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities {
            notices: Some(self),
            refunds: Some(self),
            captures: Some(self),
            cancels: Some(self),
            searches: Some(self),
            settlements: Some(self),
            disputes: Some(self),
            ..Abilities::NONE
        }
    }
}

/// Where the code of a refusal stands.
const CODES: &[&str] = &["error.code", "error.type"];

fn heard(reply: &Reply) -> Result<Value, ProviderError> {
    json::heard(reply, CODES)
}

fn heeded(reply: &Reply) -> Result<Heeded, ProviderError> {
    json::heeded(reply, CODES)
}
