//! GOV.UK Pay: cards for public bodies, on its own pages.
//!
//! ```
//! use chrono::DateTime;
//! use ims_money::Pence;
//! use ims_pay::{Ask, Order, Provider, Secret};
//! use ims_providers::GovUkPay;
//!
//! let pay = GovUkPay::new(Secret::new("api_test_123")).noticed_with(Secret::new("signing secret"));
//! let order = Order::of("pay-1", Pence::new(14_500), "Council tax", "https://council.example/back")?;
//! let Ask::Send(request) = pay.ask(&order, DateTime::UNIX_EPOCH)? else { return Err("handed".into()) };
//! assert_eq!(request.url, "https://publicapi.payments.service.gov.uk/v1/payments");
//! assert_eq!(request.header("idempotency-key"), Some("pay-1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it does not do: card numbers. `POST /v1/auth`, by which a service may send
//! a card's details itself, is left out on purpose.

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Abilities, Agreeing, Ask, Body, Channel, Delivery, Heeded, Hint, Method, Order, Payer,
    Provider, ProviderError, Reply, Request, Said, Secret, Take, form, is_safe_address,
};
use serde_json::{Value, json};

use crate::json;

mod abilities;
mod agreements;
mod notices;
mod payment;
mod settlements;

/// Where it is.
const BASE: &str = "https://publicapi.payments.service.gov.uk";

/// The most it takes at once.
const AMOUNT_MAX: Pence = Pence::new(10_000_000);

/// What it says of a card entered by an officer where an account takes none.
const NO_MOTO: &str = "P0196";

/// The most rows of a search.
const ROWS: &str = "500";

/// An account at GOV.UK Pay. An account has one key and takes in one name, so a
/// council with funds in several has several of these.
#[derive(Clone, Debug)]
pub struct GovUkPay {
    key: Secret,
    notice_key: Option<Secret>,
    base: String,
}

impl GovUkPay {
    /// The account of this API key. Without a signing secret no notice of it
    /// verifies.
    #[must_use]
    pub fn new(key: Secret) -> Self {
        Self { key, notice_key: None, base: BASE.to_owned() }
    }

    /// With the signing secret of its webhook.
    #[must_use]
    pub fn noticed_with(mut self, secret: Secret) -> Self {
        self.notice_key = Some(secret);
        self
    }

    /// At another address: a stub server on this machine.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address neither over TLS nor here.
    pub fn at(mut self, base: &str) -> Result<Self, ProviderError> {
        if !is_safe_address(base) {
            return Err(ProviderError::CannotAsk(format!("`{base}` is no https:// address")));
        }
        self.base = base.trim_end_matches('/').to_owned();
        Ok(self)
    }

    fn get(&self, path: &str) -> Request {
        self.request(Method::Get, path, Vec::new())
    }

    fn post(&self, path: &str, body: &Value) -> Request {
        let request = self.request(Method::Post, path, body.to_string().into_bytes());
        request.with("content-type", "application/json")
    }

    fn request(&self, method: Method, path: &str, body: Vec<u8>) -> Request {
        let url = format!("{}{path}", self.base);
        let request = Request { method, url, headers: Vec::new(), body: Body(body) };
        request
            .with("authorization", format!("Bearer {}", self.key.reveal()))
            .with("accept", "application/json")
    }
}

impl Provider for GovUkPay {
    fn name(&self) -> &'static str {
        "govuk-pay"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        if order.amount() > AMOUNT_MAX {
            return Err(ProviderError::CannotAsk(format!("it takes at most {AMOUNT_MAX}")));
        }
        let mut body = json!({
            "amount": order.amount().get(),
            "reference": order.key(),
            "description": plain(order.description()),
            "language": order.language().code(),
            "delayed_capture": order.when_taken() == Take::Later,
        });
        let object = body.as_object_mut().ok_or_else(|| json::absent("a body"))?;
        match order.channel() {
            Channel::Online => {}
            Channel::Staff => {
                object.insert("moto".to_owned(), json!(true));
            }
            Channel::Telephone | Channel::Terminal(_) | _ => {
                let why = "it takes cards online and from staff";
                return Err(ProviderError::CannotAsk(why.to_owned()));
            }
        }
        match order.agreement() {
            Some(Agreeing::Use(agreement)) => {
                object.insert("authorisation_mode".to_owned(), json!("agreement"));
                object.insert("agreement_id".to_owned(), json!(agreement));
            }
            Some(Agreeing::SetUp(agreement)) => {
                object.insert("return_url".to_owned(), json!(order.return_url()));
                object.insert("set_up_agreement".to_owned(), json!(agreement));
            }
            None => {
                object.insert("return_url".to_owned(), json!(order.return_url()));
            }
        }
        if let Some(payer) = order.payer() {
            if let Some(email) = payer.email.as_deref().filter(|email| email.len() <= 254) {
                object.insert("email".to_owned(), json!(email));
            }
            object.insert("prefilled_cardholder_details".to_owned(), prefilled(payer));
        }
        let request = self.post("/v1/payments", &body);
        Ok(Ask::Send(request.with("idempotency-key", order.key())))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        match heard(reply) {
            Err(ProviderError::Rejected { code: Some(code), .. }) if code == NO_MOTO => {
                let why = "it has not switched telephone payments (MOTO) on for this account; ask \
                           GOV.UK Pay for that";
                Err(ProviderError::CannotAsk(why.to_owned()))
            }
            reply => payment::said(&reply?),
        }
    }

    fn look(
        &self,
        order: &Order,
        provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        // One payment is always as it is; a search may lag behind. Within a day the
        // same order may also be asked for again.
        Ok(match provider_ref {
            Some(name) => self.get(&format!("/v1/payments/{}", form::part(name))),
            None => self.get(&format!("/v1/payments?reference={}", form::part(order.key()))),
        })
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let value = heard(reply)?;
        if json::at(&value, "results").is_none() {
            return payment::said(&value);
        }
        match json::list(&value, "results") {
            [] => Err(ProviderError::NotFound),
            [one] => payment::said(one),
            several => {
                let many = several.len();
                let why = format!("it knows {many} payments under one reference of ours");
                Err(ProviderError::unreadable(why))
            }
        }
    }

    fn returned(&self, _back: &Delivery) -> Hint {
        // It adds nothing to the address: ours says which payment it was.
        Hint::default()
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities {
            notices: Some(self),
            keyed_notices: None,
            refunds: Some(self),
            captures: Some(self),
            cancels: Some(self),
            searches: Some(self),
            settlements: Some(self),
            disputes: Some(self),
            agreements: Some(self),
        }
    }
}

/// Where the code of a refusal stands.
const CODES: &[&str] = &["code"];

/// The answer, or what its code says is wrong.
fn heard(reply: &Reply) -> Result<Value, ProviderError> {
    json::heard(reply, CODES)
}

fn heeded(reply: &Reply) -> Result<Heeded, ProviderError> {
    json::heeded(reply, CODES)
}

fn prefilled(payer: &Payer) -> Value {
    let text = |text: &Option<String>| text.as_deref().map(plain);
    let address = json!({
        "line1": text(&payer.line1),
        "line2": text(&payer.line2),
        "city": text(&payer.city),
        "postcode": text(&payer.postcode),
        "country": "GB",
    });
    let mut details = json!({ "cardholder_name": text(&payer.name), "billing_address": address });
    // A null is not the same as nothing there.
    let mut values = vec![&mut details];
    while let Some(value) = values.pop() {
        if let Some(object) = value.as_object_mut() {
            object.retain(|_, value| !value.is_null());
            values.extend(object.values_mut());
        }
    }
    details
}

/// The text without the characters its firewall refuses (P0920), of at most 255.
fn plain(text: &str) -> String {
    let fits = |c: char| !matches!(c, '<' | '>' | '"' | '\\' | '|') && !c.is_control();
    text.chars().map(|c| if fits(c) { c } else { ' ' }).take(255).collect()
}
