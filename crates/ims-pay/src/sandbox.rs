//! A provider without a network: the amount of an order decides what becomes
//! of it, so that each way a payment can go is one order away.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ims_money::Pence;

use crate::{
    Body, Event, Header, Method, Order, Provider, ProviderError, Reply, Request, Secret, Verified,
    hmac_sha256,
};

mod far_end;

/// Where the sandbox would be, if it were anywhere. The name is reserved and
/// never resolves.
const PAYMENTS: &str = "https://sandbox.invalid/payments";

/// The sandbox: an adapter and the provider's own end of the line, both pure.
///
/// The pence of the amount decide: `.01` is refused, `.02` cancelled, `.03`
/// expires, `.04` breaks, `.05` waits, `.06` is only authorised, `.07` gets no
/// answer, `.08` is answered for a penny more; all others are paid.
///
/// ```
/// use chrono::DateTime;
/// use ims_money::Pence;
/// use ims_pay::{Event, Order, Provider, Sandbox, Secret};
///
/// let sandbox = Sandbox::new(Secret::new("test-key"));
/// let order = Order::of("p1", Pence::new(1_001), "Rent", "https://council.example/back")?;
/// let look = sandbox.look("sbx-1001-p1");
/// let reply = sandbox.serve(&look, DateTime::UNIX_EPOCH).ok_or("no answer")?;
/// let declined = Event::Refused { reason: "the card was declined".to_owned() };
/// assert_eq!(sandbox.looked(&order, &reply)?, declined);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sandbox {
    key: Secret,
}

impl Sandbox {
    /// A sandbox that is asked, and signs, with `key`.
    #[must_use]
    pub const fn new(key: Secret) -> Self {
        Self { key }
    }

    fn request(&self, method: Method, url: String, body: String) -> Request {
        let authorization = Header { name: "authorization", value: self.key.clone() };
        Request { method, url, headers: vec![authorization], body: Body(body.into_bytes()) }
    }
}

impl Provider for Sandbox {
    fn ask(&self, order: &Order) -> Request {
        let body = format!("order={}\namount={}\n", order.key(), order.amount().get());
        self.request(Method::Post, PAYMENTS.to_owned(), body)
    }

    fn asked(&self, order: &Order, reply: &Reply) -> Result<Event, ProviderError> {
        heard(order, reply)
    }

    fn look(&self, provider_ref: &str) -> Request {
        self.request(Method::Get, format!("{PAYMENTS}/{provider_ref}"), String::new())
    }

    fn looked(&self, order: &Order, reply: &Reply) -> Result<Event, ProviderError> {
        heard(order, reply)
    }

    fn verify<'n>(
        &self,
        body: &'n [u8],
        signature: &str,
        _now: DateTime<Utc>,
    ) -> Option<Verified<'n>> {
        Verified::by_hmac_sha256(&self.key, body, signature)
    }

    fn about(&self, notice: &Verified<'_>) -> Result<String, ProviderError> {
        Ok(Said::read(notice.body())?.of("order")?.to_owned())
    }

    fn noticed(&self, order: &Order, notice: &Verified<'_>) -> Result<Event, ProviderError> {
        Said::read(notice.body())?.event(order)
    }
}

fn heard(order: &Order, reply: &Reply) -> Result<Event, ProviderError> {
    match ProviderError::of_status(reply.status) {
        Some(error) => Err(error),
        None => Said::read(&reply.body.0)?.event(order),
    }
}

/// What a body says: a name and a value a line.
struct Said<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Said<'a> {
    fn read(body: &'a [u8]) -> Result<Self, ProviderError> {
        let text = std::str::from_utf8(body);
        let text = text.map_err(|_| ProviderError::Unreadable("it is no text".to_owned()))?;
        Ok(Self(text.lines().filter_map(|line| line.split_once('=')).collect()))
    }

    fn of(&self, name: &str) -> Result<&'a str, ProviderError> {
        let absent = || ProviderError::Unreadable(format!("it does not say `{name}`"));
        self.0.get(name).copied().ok_or_else(absent)
    }

    fn amount(&self) -> Result<Pence, ProviderError> {
        let text = self.of("amount")?;
        let bad = |_| ProviderError::Unreadable(format!("`{text}` is not whole pence"));
        text.parse().map(Pence::new).map_err(bad)
    }

    fn event(&self, order: &Order) -> Result<Event, ProviderError> {
        let (key, answered) = (self.of("order")?, self.amount()?);
        if key != order.key() {
            let (asked, answered) = (order.key().to_owned(), key.to_owned());
            return Err(ProviderError::OrderDiffers { asked, answered });
        }
        if answered != order.amount() {
            return Err(ProviderError::AmountDiffers { asked: order.amount(), answered });
        }
        let provider_ref = self.of("reference")?.to_owned();
        match self.of("status")? {
            "created" => {
                Ok(Event::Accepted { provider_ref, next_url: self.of("next_url")?.to_owned() })
            }
            "waiting" => Ok(Event::Waiting { provider_ref }),
            "authorised" => Ok(Event::Authorised { provider_ref }),
            "paid" => Ok(Event::Paid { provider_ref, at: self.at()? }),
            "refused" => Ok(Event::Refused { reason: self.of("reason")?.to_owned() }),
            "cancelled" => Ok(Event::Cancelled),
            "expired" => Ok(Event::Expired),
            "broke" => Ok(Event::Broke { reason: self.of("reason")?.to_owned() }),
            other => Err(ProviderError::Unreadable(format!("`{other}` is no status it has"))),
        }
    }

    fn at(&self) -> Result<DateTime<Utc>, ProviderError> {
        let text = self.of("at")?;
        let bad = |_| ProviderError::Unreadable(format!("`{text}` is not a time"));
        DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(bad)
    }
}

#[cfg(test)]
mod tests;
