//! Access Worldpay: hosted payment pages, signed events.

use chrono::{DateTime, NaiveDateTime, Utc};
use ims_pay::{
    Abilities, Ask, Body, Channel, Delivery, Hint, MacKey, Method, News, NextStep, NotVerified,
    Notices, Order, Paying, Provider, ProviderError, Reply, Request, STERLING, Said, Saying,
    Secret, Tidings, Verified, form,
};
use serde_json::{Value, json};

use super::basic;
use crate::{cannot, json};

const BASE: &str = "https://access.worldpay.com";
const PAGES: &str = "application/vnd.worldpay.payment_pages-v1.hal+json";

/// An entity at Access Worldpay.
#[derive(Clone, Debug)]
pub struct AccessWorldpay {
    entity: String,
    user: String,
    password: Secret,
    notice_keys: Vec<(String, Secret)>,
}

impl AccessWorldpay {
    /// The entity, and what signs in for it.
    #[must_use]
    pub fn new(entity: &str, user: &str, password: Secret) -> Self {
        let (entity, user) = (entity.to_owned(), user.to_owned());
        Self { entity, user, password, notice_keys: Vec::new() }
    }

    /// With the secret of its events that has this number.
    #[must_use]
    pub fn noticed_with(mut self, key_id: &str, secret: Secret) -> Self {
        self.notice_keys.push((key_id.to_owned(), secret));
        self
    }

    fn request(&self, method: Method, path: &str, body: Vec<u8>) -> Request {
        let url = format!("{BASE}{path}");
        Request { method, url, headers: Vec::new(), body: Body(body) }
            .with("authorization", basic(&self.user, &self.password))
    }
}

impl Provider for AccessWorldpay {
    fn name(&self) -> &'static str {
        "access-worldpay"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        if *order.channel() != Channel::Online || order.agreement().is_some() {
            return cannot("it is used for payments online only");
        }
        let back = order.return_url();
        let narrative: String = order.description().chars().take(24).collect();
        let body = json!({
            "transactionReference": order.key(),
            "merchant": { "entity": self.entity },
            "narrative": { "line1": narrative },
            "value": { "currency": STERLING, "amount": order.amount().get() },
            "resultURLs": {
                "successURL": back, "pendingURL": back, "failureURL": back,
                "errorURL": back, "cancelURL": back, "expiryURL": back,
            },
        });
        let body = body.to_string().into_bytes();
        let request = self.request(Method::Post, "/payment_pages", body);
        Ok(Ask::Send(request.with("content-type", PAGES).with("accept", PAGES)))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let value = heard(reply)?;
        let url = json::need(&value, "url")?;
        if !url.starts_with("https://") {
            return Err(ProviderError::unreadable("its page is no https:// address"));
        }
        Ok(Said::unnamed(Saying::Accepted { next: Some(NextStep::redirect(url)) }))
    }

    /// The query by our reference names the last event and no amount, so that it
    /// tells of payments that ended; one that was paid is booked by its event.
    fn look(
        &self,
        order: &Order,
        _provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let query = form::encode(&[("transactionReference", order.key()), ("pageSize", "20")]);
        Ok(self.request(Method::Get, &format!("/paymentQueries/payments?{query}"), Vec::new()))
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let value = heard(reply)?;
        match json::list(&value, "_embedded.payments") {
            [] if json::at(&value, "_embedded").is_some() => Err(ProviderError::NotFound),
            [] => Err(json::absent("_embedded.payments")),
            [one] => {
                let saying = saying(json::need(one, "lastEvent")?)?;
                let said = Said::unnamed(saying).about(json::need(one, "transactionReference")?);
                let amount = json::need_pence(one, "value.amount")?;
                Ok(said.for_amount(amount, json::need(one, "value.currency")?))
            }
            several => {
                let many = several.len();
                let why = format!("it knows {many} payments under one reference of ours");
                Err(ProviderError::unreadable(why))
            }
        }
    }

    fn returned(&self, _back: &Delivery) -> Hint {
        Hint::default()
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { notices: Some(self), ..Abilities::NONE }
    }
}

fn heard(reply: &Reply) -> Result<Value, ProviderError> {
    json::heard(reply, &["errorName"])
}

/// Sent for settlement is taken: nothing but a refund brings it back.
fn saying(event: &str) -> Result<Saying, ProviderError> {
    Ok(match event.to_ascii_lowercase().replace(' ', "").as_str() {
        "sentforauthorization" => Saying::Waiting,
        "authorized" => Saying::Authorised { transaction: None },
        "sentforsettlement" | "settled" => Saying::Paid(Paying::default()),
        "refused" => Saying::refused("the card was declined"),
        "sentforcancellation" | "cancelled" => Saying::Cancelled,
        "expired" => Saying::Expired,
        "error" => Saying::broke("Worldpay could not go on"),
        other => {
            return Err(ProviderError::unreadable(format!("`{other}` is no event it has")));
        }
    })
}

impl Notices for AccessWorldpay {
    /// The header may hold several signatures, `KEY/SHA256/HEX` between commas.
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        _now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        if self.notice_keys.is_empty() {
            return Err(NotVerified::NoKey);
        }
        let header = delivery.header("event-signature").ok_or(NotVerified::Unsigned)?;
        let proof = header.split(',').find_map(|one| {
            let mut parts = one.trim().split('/');
            let (id, hash, mac) = (parts.next()?, parts.next()?, parts.next()?);
            let (_, key) = self.notice_keys.iter().find(|(given, _)| given == id)?;
            let whole = parts.next().is_none() && hash == "SHA256";
            let key = MacKey::text(key);
            if whole { key.verify_hex(&delivery.body.0, mac) } else { None }
        });
        proof.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Forged)
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let value = json::parse(notice.delivery().body.text()?)?;
        let kind = json::need(&value, "eventDetails.type")?;
        let at = json::text(&value, "eventTimestamp").and_then(time);
        let known = saying(kind);
        let what = match (json::text(&value, "eventDetails.classification"), known) {
            (Some("payment"), Ok(saying)) => {
                let saying = match saying {
                    Saying::Paid(paying) => Saying::Paid(Paying { at, ..paying }),
                    other => other,
                };
                let reference = json::need(&value, "eventDetails.transactionReference")?;
                let mut said = Said::unnamed(saying).about(reference);
                if let Some(amount) = json::pence(&value, "eventDetails.amount.value") {
                    let currency = json::need(&value, "eventDetails.amount.currencyCode")?;
                    said = said.for_amount(amount, currency);
                }
                Tidings::Payment(said)
            }
            _ => Tidings::Other(ProviderError::shown(kind)),
        };
        let id = json::text(&value, "eventId").map(str::to_owned);
        Ok(vec![News { id, at, what }])
    }

    fn thanks(&self) -> Reply {
        Reply::new(200, "")
    }
}

/// It writes times without saying that they are UTC.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let plain = text.trim_end_matches('Z');
    let time: NaiveDateTime = plain.parse().ok()?;
    Some(time.and_utc())
}
