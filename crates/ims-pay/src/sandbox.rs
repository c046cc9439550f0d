//! A provider without a network: the amount of an order decides what becomes
//! of it, so that each way a payment can go is one order away.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use ims_money::Pence;

use crate::{
    Abilities, Agreeing, Ask, AskedTwice, Body, Channel, Delivery, Header, Hint, MacKey, Method,
    News, NextStep, NotVerified, Notices, Order, Paying, Provider, ProviderError, RefundOrder,
    RefundSaying, Refunds, Reply, Request, Said, SaidRefund, Saying, Secret, Seems, Tidings,
    Verified, form,
};

mod agreements;
mod far_end;

/// Where the sandbox would be, if it were anywhere. The name is reserved and
/// never resolves.
const PAYMENTS: &str = "https://sandbox.invalid/payments";
const REFUNDS: &str = "https://sandbox.invalid/refunds";
const AGREEMENTS: &str = "https://sandbox.invalid/agreements";

/// The sandbox: an adapter and the provider's own end of the line, both pure.
///
/// The pence of the amount decide: `.01` is refused, `.02` cancelled, `.03`
/// expires, `.04` breaks, `.05` waits, `.06` is only authorised, `.07` gets no
/// answer, `.08` is answered for a penny more, `.09` for another order; all others
/// are paid. Of refunds, `.01` is refused, `.05` waits, `.07` gets no answer, `.08`
/// is answered for a penny more; all others are paid. An order at a terminal has
/// a terminal as its next step.
///
/// The last word of an agreement's description decides: `waiting` never becomes active,
/// `ended` was ended by its payer, `silent` gets no answer; all others are active once
/// they are looked at. A payment under one is decided by its amount, like any other.
///
/// ```
/// use chrono::DateTime;
/// use ims_money::Pence;
/// use ims_pay::{Order, Provider, Sandbox, Saying, Secret};
///
/// let sandbox = Sandbox::new(Secret::new("test-key"));
/// let order = Order::of("p1", Pence::new(1_001), "Rent", "https://council.example/back")?;
/// let look = sandbox.look(&order, Some("sbx-1001-p1"), DateTime::UNIX_EPOCH)?;
/// let reply = sandbox.serve(&look, DateTime::UNIX_EPOCH).ok_or("no answer")?;
/// assert_eq!(sandbox.looked(&reply)?.saying(), &Saying::refused("the card was declined"));
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
    fn name(&self) -> &'static str {
        "sandbox"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        let mut body = format!("order={}\namount={}\n", order.key(), order.amount().get());
        if let Channel::Terminal(name) = order.channel() {
            body.push_str(&format!("terminal={}\n", form::part(name)));
        }
        match order.agreement() {
            Some(Agreeing::SetUp(name)) => {
                body.push_str(&format!("sets-up={}\n", form::part(name)))
            }
            Some(Agreeing::Use(name)) => body.push_str(&format!("under={}\n", form::part(name))),
            None => {}
        }
        Ok(Ask::Send(self.request(Method::Post, PAYMENTS.to_owned(), body)))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        heard(reply)?.payment()
    }

    fn look(
        &self,
        order: &Order,
        provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        // The sandbox makes its names out of ours.
        let ours = format!("sbx-{}-{}", order.amount().get(), order.key());
        let name = form::part(provider_ref.unwrap_or(&ours));
        Ok(self.request(Method::Get, format!("{PAYMENTS}/{name}"), String::new()))
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        heard(reply)?.payment()
    }

    fn returned(&self, back: &Delivery) -> Hint {
        let pairs = form::decode(&back.query).unwrap_or_default();
        let owned = |name: &str| form::only(&pairs, name).map(str::to_owned);
        let seems = match form::only(&pairs, "status") {
            Some("paid") => Seems::Paid,
            Some(_) => Seems::NotPaid,
            None => Seems::Unsaid,
        };
        Hint { reference: owned("order"), provider_ref: owned("reference"), seems }
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities {
            notices: Some(self),
            refunds: Some(self),
            agreements: Some(self),
            ..Abilities::NONE
        }
    }
}

impl Notices for Sandbox {
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        _now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        let signature = delivery.header("sandbox-signature").ok_or(NotVerified::Unsigned)?;
        let proof = MacKey::text(&self.key).verify_hex(&delivery.body.0, signature);
        proof.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Forged)
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let lines = Lines::read(&notice.delivery().body)?;
        let id = lines.of("id").ok().map(str::to_owned);
        let at = lines.at().ok();
        Ok(vec![News { id, at, what: Tidings::Payment(lines.payment()?) }])
    }

    fn thanks(&self) -> Reply {
        Reply::new(204, "")
    }
}

impl Refunds for Sandbox {
    fn refund(&self, refund: &RefundOrder, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let (key, payment) = (refund.key(), refund.provider_ref());
        let amount = refund.amount().get();
        let body = format!("refund={key}\npayment={payment}\namount={amount}\n");
        Ok(self.request(Method::Post, REFUNDS.to_owned(), body))
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        heard(reply)?.refund()
    }

    fn asked_twice(&self) -> AskedTwice {
        AskedTwice::TheSame(TimeDelta::MAX)
    }

    fn look_at_refund(
        &self,
        refund: &RefundOrder,
        _refund_ref: Option<&str>,
        now: DateTime<Utc>,
    ) -> Option<Request> {
        // The same order is the same refund.
        self.refund(refund, now).ok()
    }
}

fn heard(reply: &Reply) -> Result<Lines<'_>, ProviderError> {
    match ProviderError::of_reply(reply) {
        Some(error) => Err(error),
        None => Lines::read(&reply.body),
    }
}

/// What a body says: a name and a value a line, `end` last.
struct Lines<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Lines<'a> {
    fn read(body: &'a Body) -> Result<Self, ProviderError> {
        let whole = body.text()?.strip_suffix("end\n");
        let whole = whole.ok_or_else(|| ProviderError::unreadable("it is cut off"))?;
        Ok(Self(whole.lines().filter_map(|line| line.split_once('=')).collect()))
    }

    fn of(&self, name: &str) -> Result<&'a str, ProviderError> {
        let absent = || ProviderError::unreadable(format!("it does not say `{name}`"));
        self.0.get(name).copied().ok_or_else(absent)
    }

    fn amount(&self) -> Result<Pence, ProviderError> {
        let text = self.of("amount")?;
        let bad = |_| ProviderError::unreadable(format!("`{text}` is not whole pence"));
        text.parse().map(Pence::new).map_err(bad)
    }

    fn payment(&self) -> Result<Said, ProviderError> {
        let reason = || self.of("reason").map(str::to_owned);
        let saying = match self.of("status")? {
            "created" => Saying::Accepted { next: Some(self.next()?) },
            "waiting" => Saying::Waiting,
            "authorised" => Saying::Authorised { transaction: None },
            "paid" => Saying::Paid(Paying { at: Some(self.at()?), ..Paying::default() }),
            "refused" => Saying::refused(reason()?),
            "cancelled" => Saying::Cancelled,
            "expired" => Saying::Expired,
            "broke" => Saying::broke(reason()?),
            other => return Err(unknown(other)),
        };
        let said = Said::new(self.of("reference")?, saying).about(self.of("order")?);
        Ok(said.for_amount(self.amount()?, self.of("currency")?))
    }

    fn next(&self) -> Result<NextStep, ProviderError> {
        if self.of("under").is_ok() {
            return Ok(NextStep::Nothing);
        }
        match self.of("terminal") {
            Ok(name) => Ok(NextStep::Terminal { name: name.to_owned(), show: None }),
            Err(_) => Ok(NextStep::redirect(self.of("next_url")?)),
        }
    }

    fn refund(&self) -> Result<SaidRefund, ProviderError> {
        let saying = match self.of("status")? {
            "waiting" => RefundSaying::Submitted,
            "paid" => RefundSaying::Paid,
            "refused" => RefundSaying::Refused { reason: self.of("reason")?.to_owned() },
            other => return Err(unknown(other)),
        };
        Ok(SaidRefund {
            refund_ref: Some(self.of("reference")?.to_owned()),
            provider_ref: Some(self.of("payment")?.to_owned()),
            reference: Some(self.of("refund")?.to_owned()),
            amount: Some((self.amount()?, self.of("currency")?.to_owned())),
            saying,
        })
    }

    fn at(&self) -> Result<DateTime<Utc>, ProviderError> {
        let text = self.of("at")?;
        let bad = |_| ProviderError::unreadable(format!("`{text}` is not a time"));
        DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).map_err(bad)
    }
}

fn unknown(status: &str) -> ProviderError {
    ProviderError::unreadable(format!("`{status}` is no status it has"))
}

#[cfg(test)]
mod tests;
