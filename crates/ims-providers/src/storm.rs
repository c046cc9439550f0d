//! Telephone payments through Storm: the payer types the card on the keys of a
//! telephone, to a robot (ATP) or while an officer waits (PadLock); the money is
//! taken by Cybersource, which is searched for the outcome.
//!
//! **Unverified**: nothing is published. The shapes are those that councils have
//! described. What Storm itself says is never believed, as it signs nothing: a
//! payment counts when Cybersource says so.

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Abilities, Ask, Channel, Delivery, Hint, NextStep, Order, Provider, ProviderError, Reply,
    Request, Said, Seems, form, looks_like_a_card,
};
use serde_json::{Value, json};

use crate::{Fuse, cannot, json};

/// Storm, in front of a Cybersource merchant.
#[derive(Clone, Debug)]
pub struct Storm {
    behind: Fuse,
}

impl Storm {
    /// Storm that takes cards by this merchant.
    #[must_use]
    pub const fn over(behind: Fuse) -> Self {
        Self { behind }
    }
}

impl Provider for Storm {
    fn name(&self) -> &'static str {
        "storm"
    }

    /// The officer reads the amount and the reference to Storm; nothing is sent.
    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        if !matches!(order.channel(), Channel::Telephone | Channel::Staff) {
            return cannot("it takes payments by telephone only");
        }
        let show = Some(format!("{} {}", order.key(), order.amount()));
        Ok(Ask::Hand(NextStep::Terminal { name: "storm".to_owned(), show }))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.behind.asked(reply)
    }

    fn look(
        &self,
        order: &Order,
        provider_ref: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        self.behind.look(order, provider_ref, now)
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.behind.looked(reply)
    }

    fn returned(&self, back: &Delivery) -> Hint {
        let pairs = form::decode(&back.query).unwrap_or_default();
        let reference = form::only(&pairs, "internalReference").map(str::to_owned);
        let seems = match form::only(&pairs, "result") {
            Some("FAILED" | "CANCELLED") => Seems::NotPaid,
            Some(_) | None => Seems::Unsaid,
        };
        Hint { reference, provider_ref: None, seems }
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { refunds: Some(&self.behind), ..Abilities::NONE }
    }
}

/// What the telephone robot asks us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RobotAsks {
    /// Whether there is such a reference, and in which fund.
    Validate {
        /// What the payer typed.
        reference: String,
    },
    /// To expect a payment.
    Create {
        /// What the payer typed.
        reference: String,
        /// The fund we answered before.
        fund: String,
        /// What the payer wants to pay.
        amount: Pence,
    },
}

/// Reads what the robot posts. The caller's telephone number is left where it is.
///
/// ```
/// use ims_money::Pence;
/// use ims_providers::storm::{RobotAsks, robot_asks};
///
/// let asked = br#"{"type":"x","data":{"reference":"7712345","type":"23","amount":"4500"}}"#;
/// let create = RobotAsks::Create {
///     reference: "7712345".to_owned(),
///     fund: "23".to_owned(),
///     amount: Pence::new(4_500),
/// };
/// assert_eq!(robot_asks(asked), Ok(create));
/// ```
///
/// # Errors
///
/// [`ProviderError::Unreadable`] for anything else, and
/// [`ProviderError::CardNumber`].
pub fn robot_asks(body: &[u8]) -> Result<RobotAsks, ProviderError> {
    let value = json::read(&Reply::new(200, body))?;
    let reference = json::need(&value, "data.reference")?.to_owned();
    if looks_like_a_card(&reference) {
        return Err(ProviderError::CardNumber { field: "reference" });
    }
    let Some(amount) = json::text(&value, "data.amount") else {
        return Ok(RobotAsks::Validate { reference });
    };
    let digits = amount.bytes().all(|byte| byte.is_ascii_digit());
    let pence = amount.parse().ok().filter(|pence: &i64| digits && *pence > 0);
    let pence =
        pence.ok_or_else(|| ProviderError::unreadable(format!("`{amount}` is not whole pence")))?;
    let fund = json::need(&value, "data.type")?.to_owned();
    Ok(RobotAsks::Create { reference, fund, amount: Pence::new(pence) })
}

/// The answer to a reference: its fund, or that there is none.
#[must_use]
pub fn validated(fund: Option<&str>) -> Value {
    json!({ "result": fund.unwrap_or("No Reference") })
}

/// The answer to a payment to be expected: our key, or that it is refused.
#[must_use]
pub fn created(key: Option<&str>) -> Value {
    json!({ "successful": key.is_some(), "reference": key })
}
