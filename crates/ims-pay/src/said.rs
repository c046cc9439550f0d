//! What a provider says, before and after it is held against what was asked.

use chrono::{DateTime, Utc};
use ims_money::Pence;

use crate::{NextStep, Order, ProviderError, Take, looks_like_a_card};

mod taken;

pub use taken::{CardShown, Taken};

/// The currency of everything here, as ISO 4217 writes it.
pub const STERLING: &str = "GBP";

/// What a provider says of one payment, word for word. It is no event yet:
/// [`of`](Self::of) holds it against the order first.
///
/// ```
/// use chrono::DateTime;
/// use ims_money::Pence;
/// use ims_pay::{Order, ProviderError, Said, Saying};
///
/// let order = Order::of("pay-1", Pence::new(4_500), "Parking", "https://council.example/back")?;
/// let said = Said::new("p-9", Saying::paid(None))
///     .about("pay-1")
///     .for_amount(Pence::new(4_400), "GBP");
/// let (asked, answered) = (Pence::new(4_500), Pence::new(4_400));
/// let refused = said.of(&order, DateTime::UNIX_EPOCH);
/// assert_eq!(refused, Err(ProviderError::AmountDiffers { asked, answered }));
/// # Ok::<(), ims_pay::BadOrder>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    provider_ref: Option<String>,
    reference: Option<String>,
    amount: Option<(Pence, String)>,
    refundable: Option<Pence>,
    is_moved_apart: bool,
    is_held_if_later: bool,
    saying: Saying,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Saying {
    /// It knows of the payment and waits for the payer.
    Accepted {
        /// What the payer does next; none where it is not said again.
        next: Option<NextStep>,
    },
    /// It has not decided.
    Waiting,
    /// It holds the money.
    Authorised {
        /// Its name for the movement of money, where that is another.
        transaction: Option<String>,
    },
    /// It took the money.
    Paid(Paying),
    /// It refused.
    Refused {
        /// Why, in its own words.
        reason: String,
        /// Whether the same may be tried again.
        again: Again,
    },
    /// It was called off, by the payer or by us.
    Cancelled,
    /// It waited too long.
    Expired,
    /// It could not go on.
    Broke {
        /// Why, in its own words.
        reason: String,
    },
}

/// Whether a payment that was refused may be tried again as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Again {
    /// It may.
    May,
    /// It must not: the card is gone, the payer has withdrawn.
    MustNot,
    /// Nothing is said.
    #[default]
    Unsaid,
}

/// What is said of money taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paying {
    /// When. None where the provider does not say: then it is when we heard.
    pub at: Option<DateTime<Utc>>,
    /// The provider's name for the movement of money, where that is another than
    /// its name for the payment. Refunds and settlements may go by it.
    pub transaction: Option<String>,
    /// What the processor behind the provider calls the movement of money, where the provider
    /// says so: the processor's own payouts go by it, and nothing else.
    pub processor: Option<String>,
    /// What may be shown of the card.
    pub card: Option<CardShown>,
    /// What the provider took beside the amount, from the payer.
    pub surcharge: Option<Pence>,
    /// What the provider keeps of it, if it says so already.
    pub fee: Option<Pence>,
}

impl Saying {
    /// Paid, at this time.
    #[must_use]
    pub fn paid(at: Option<DateTime<Utc>>) -> Self {
        Self::Paid(Paying { at, ..Paying::default() })
    }

    /// Refused, with this reason.
    #[must_use]
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into(), again: Again::Unsaid }
    }

    /// Could not go on, with this reason.
    #[must_use]
    pub fn broke(reason: impl Into<String>) -> Self {
        Self::Broke { reason: reason.into() }
    }

    const fn is_about_money(&self) -> bool {
        matches!(self, Self::Paid(_) | Self::Authorised { .. })
    }
}

impl Said {
    /// What is said of the payment that the provider calls so.
    #[must_use]
    pub fn new(provider_ref: impl Into<String>, saying: Saying) -> Self {
        let provider_ref = Some(provider_ref.into());
        Self { provider_ref, ..Self::unnamed(saying) }
    }

    /// What is said of a payment by our reference alone: the provider's own name
    /// for it, if it has one, is not told here.
    #[must_use]
    pub const fn unnamed(saying: Saying) -> Self {
        Self {
            provider_ref: None,
            reference: None,
            amount: None,
            refundable: None,
            is_moved_apart: false,
            is_held_if_later: false,
            saying,
        }
    }

    /// With our own name for it, as the provider repeats it.
    #[must_use]
    pub fn about(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// With the amount it names, and the currency as it writes it.
    #[must_use]
    pub fn for_amount(mut self, amount: Pence, currency: impl Into<String>) -> Self {
        self.amount = Some((amount, currency.into()));
        self
    }

    /// With what it says can still be given back.
    #[must_use]
    pub const fn with_refundable(mut self, amount: Pence) -> Self {
        self.refundable = Some(amount);
        self
    }

    /// That the provider calls the movement of money otherwise than the payment, and
    /// tells that name elsewhere: in a notice, in a payout.
    #[must_use]
    pub const fn moved_apart(mut self) -> Self {
        self.is_moved_apart = true;
        self
    }

    /// That what is said to be paid is only held of an order whose money is taken
    /// [later](crate::Take::Later): the provider says it of both in the same words.
    #[must_use]
    pub const fn held_if_later(mut self) -> Self {
        self.is_held_if_later = true;
        self
    }

    /// Whether the movement of money has another name, which is not told here.
    #[must_use]
    pub const fn is_moved_apart(&self) -> bool {
        self.is_moved_apart
    }

    /// What the provider calls it, if it says.
    #[must_use]
    pub fn provider_ref(&self) -> Option<&str> {
        self.provider_ref.as_deref()
    }

    /// What we call it, as the provider repeats it.
    #[must_use]
    pub fn reference(&self) -> Option<&str> {
        self.reference.as_deref()
    }

    /// The amount it names, in whatever currency it names.
    #[must_use]
    pub fn amount(&self) -> Option<(Pence, &str)> {
        self.amount.as_ref().map(|(amount, currency)| (*amount, currency.as_str()))
    }

    /// What it says can still be given back.
    #[must_use]
    pub const fn refundable(&self) -> Option<Pence> {
        self.refundable
    }

    /// What is said. To act on it, [`of`](Self::of) is needed.
    #[must_use]
    pub const fn saying(&self) -> &Saying {
        &self.saying
    }

    /// The event, if this is about the order: our reference, the amount and the
    /// currency must be the ones asked for. `now` is when we heard it.
    ///
    /// # Errors
    ///
    /// [`ProviderError::OrderDiffers`], [`ProviderError::AmountDiffers`] or
    /// [`ProviderError::CurrencyDiffers`], each of which is for a person to look
    /// into; [`ProviderError::Unreadable`] when money is spoken of without its
    /// amount or our reference; [`ProviderError::CardNumber`].
    pub fn of(self, order: &Order, now: DateTime<Utc>) -> Result<Event, ProviderError> {
        match &self.reference {
            Some(answered) if answered != order.key() => {
                let (asked, answered) = (order.key().to_owned(), ProviderError::shown(answered));
                return Err(ProviderError::OrderDiffers { asked, answered });
            }
            None if self.saying.is_about_money() => {
                return Err(ProviderError::unreadable("it does not say whose money it is"));
            }
            Some(_) | None => {}
        }
        match &self.amount {
            Some((_, currency)) if !currency.eq_ignore_ascii_case(STERLING) => {
                let answered = ProviderError::shown(currency);
                return Err(ProviderError::CurrencyDiffers { answered });
            }
            Some((answered, _)) if *answered != order.amount() => {
                let (asked, answered) = (order.amount(), *answered);
                return Err(ProviderError::AmountDiffers { asked, answered });
            }
            None if self.saying.is_about_money() => {
                return Err(ProviderError::unreadable("it does not say how much"));
            }
            Some(_) | None => {}
        }
        let named = self.provider_ref.is_some();
        self.heard(order, now).map(|heard| Event { heard, named })
    }

    fn heard(self, order: &Order, now: DateTime<Utc>) -> Result<Heard, ProviderError> {
        // A payment the provider has not named goes by our key.
        let provider_ref = self.provider_ref.unwrap_or_else(|| order.key().to_owned());
        let provider_ref = name("name of the payment", provider_ref)?;
        match self.saying {
            Saying::Accepted { next } => Ok(Heard::Accepted { provider_ref, next }),
            Saying::Waiting => Ok(Heard::Waiting { provider_ref }),
            Saying::Authorised { transaction } => {
                let transaction = named("name of the transaction", transaction)?;
                Ok(Heard::Authorised { provider_ref, transaction })
            }
            Saying::Paid(Paying { transaction, .. })
                if self.is_held_if_later && order.when_taken() == Take::Later =>
            {
                let transaction = named("name of the transaction", transaction)?;
                Ok(Heard::Authorised { provider_ref, transaction })
            }
            Saying::Paid(paying) => {
                let transaction = named("name of the transaction", paying.transaction.clone())?;
                Ok(Heard::Paid(Taken::heard(provider_ref, transaction, order, paying, now)?))
            }
            Saying::Refused { reason, again } => {
                Ok(Heard::Refused { reason: ProviderError::shown(&reason), again })
            }
            Saying::Cancelled => Ok(Heard::Cancelled),
            Saying::Expired => Ok(Heard::Expired),
            Saying::Broke { reason } => Ok(Heard::Broke { reason: ProviderError::shown(&reason) }),
        }
    }
}

fn named(field: &'static str, text: Option<String>) -> Result<Option<String>, ProviderError> {
    text.map(|text| name(field, text)).transpose()
}

/// A name a provider gives: never empty, never a card number.
fn name(field: &'static str, text: String) -> Result<String, ProviderError> {
    if text.is_empty() || text.len() > 255 || text.contains(char::is_control) {
        return Err(ProviderError::unreadable(format!("its {field} is none")));
    }
    if looks_like_a_card(&text) { Err(ProviderError::CardNumber { field }) } else { Ok(text) }
}

/// Something that happened to a payment of ours, held against its order. There is
/// no other way to one than [`Said::of`], but for silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    heard: Heard,
    /// Whether the provider named the payment; else it goes by our key.
    named: bool,
}

/// What an [`Event`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heard {
    /// The provider knows of the payment.
    Accepted {
        /// What it calls it.
        provider_ref: String,
        /// What the payer does next, where it is said.
        next: Option<NextStep>,
    },
    /// It has not decided.
    Waiting {
        /// What it calls it.
        provider_ref: String,
    },
    /// It holds the money.
    Authorised {
        /// What it calls it.
        provider_ref: String,
        /// Its name for the movement of money, where that is another.
        transaction: Option<String>,
    },
    /// It took the money.
    Paid(Taken),
    /// It refused.
    Refused {
        /// Why.
        reason: String,
        /// Whether the same may be tried again.
        again: Again,
    },
    /// It was called off.
    Cancelled,
    /// It waited too long.
    Expired,
    /// It could not go on.
    Broke {
        /// Why.
        reason: String,
    },
    /// It was asked and did not answer.
    Silent,
}

impl Event {
    /// The provider was asked and did not answer: it may have happened or not.
    #[must_use]
    pub const fn silent() -> Self {
        Self { heard: Heard::Silent, named: false }
    }

    /// The payment begins with a step of the payer's and nothing was sent to the
    /// provider: [`Ask::Hand`](crate::Ask::Hand). Until the provider names it, our
    /// own key is its name.
    #[must_use]
    pub fn handed(order: &Order, next: NextStep) -> Self {
        let provider_ref = order.key().to_owned();
        Self { heard: Heard::Accepted { provider_ref, next: Some(next) }, named: false }
    }

    /// What happened.
    #[must_use]
    pub const fn what(&self) -> &Heard {
        &self.heard
    }

    /// What happened to the payment that is known by `name`, or, where the provider
    /// did not name it this time, is taken to be it: our reference agreed.
    pub(crate) fn about(self, name: Option<&str>) -> Heard {
        match (self.named, name) {
            (false, Some(name)) => self.heard.named(name),
            (true, _) | (false, None) => self.heard,
        }
    }
}

impl Heard {
    fn named(mut self, name: &str) -> Self {
        match &mut self {
            Self::Accepted { provider_ref, .. }
            | Self::Waiting { provider_ref }
            | Self::Authorised { provider_ref, .. } => name.clone_into(provider_ref),
            Self::Paid(taken) => taken.rename(name),
            Self::Refused { .. }
            | Self::Cancelled
            | Self::Expired
            | Self::Broke { .. }
            | Self::Silent => {}
        }
        self
    }

    /// What the provider calls the payment, where the event says it.
    #[must_use]
    pub fn provider_ref(&self) -> Option<&str> {
        match self {
            Self::Accepted { provider_ref, .. }
            | Self::Waiting { provider_ref }
            | Self::Authorised { provider_ref, .. } => Some(provider_ref),
            Self::Paid(taken) => Some(taken.provider_ref()),
            Self::Refused { .. }
            | Self::Cancelled
            | Self::Expired
            | Self::Broke { .. }
            | Self::Silent => None,
        }
    }

    /// The event in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Waiting { .. } => "waiting",
            Self::Authorised { .. } => "authorised",
            Self::Paid(_) => "paid",
            Self::Refused { .. } => "refused",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Broke { .. } => "broke",
            Self::Silent => "silent",
        }
    }
}

#[cfg(test)]
mod tests;
