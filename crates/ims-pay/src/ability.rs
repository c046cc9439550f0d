//! What only some providers can do: a trait each. What a provider cannot do, it
//! does not claim, and there is no default method that says "not implemented".

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ims_ledger::{SettlementHead, SettlementLine};
use ims_money::Pence;

use crate::{
    Delivery, News, NotVerified, Order, Provider, ProviderError, RefundOrder, Reply, Request, Said,
    SaidDispute, SaidRefund, Verified,
};

mod agreement;
mod keyed;

pub use agreement::{AgreementState, Agreements, NewAgreement, SaidAgreement};
pub use keyed::KeyedNotices;

/// What a provider can do beside taking a payment. An adapter names itself where
/// it implements the trait:
///
/// ```
/// use ims_pay::{Abilities, Sandbox, Secret, Provider};
///
/// let sandbox = Sandbox::new(Secret::new("k"));
/// assert!(sandbox.abilities().refunds.is_some());
/// assert!(Abilities::NONE.refunds.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Abilities<'p> {
    /// Notices, unasked.
    pub notices: Option<&'p dyn Notices>,
    /// Notices, each signed with a key of its payment's own.
    pub keyed_notices: Option<&'p dyn KeyedNotices>,
    /// Giving money back.
    pub refunds: Option<&'p dyn Refunds>,
    /// Taking what was held.
    pub captures: Option<&'p dyn Captures>,
    /// Calling off.
    pub cancels: Option<&'p dyn Cancels>,
    /// All payments of some days.
    pub searches: Option<&'p dyn Searches>,
    /// What is paid out.
    pub settlements: Option<&'p dyn Settlements>,
    /// All disputes of some days.
    pub disputes: Option<&'p dyn Disputes>,
    /// Taking money again later.
    pub agreements: Option<&'p dyn Agreements>,
}

impl Abilities<'_> {
    /// None.
    pub const NONE: Self = Self {
        notices: None,
        keyed_notices: None,
        refunds: None,
        captures: None,
        cancels: None,
        searches: None,
        settlements: None,
        disputes: None,
        agreements: None,
    };
}

/// A provider that tells us, unasked.
pub trait Notices: Provider {
    /// The notice, if its signature is right. `now` is for providers whose
    /// signatures grow old. Nothing is read before.
    ///
    /// # Errors
    ///
    /// [`NotVerified`].
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified>;

    /// What a notice says, a line each. Only what was signed is read.
    ///
    /// # Errors
    ///
    /// [`ProviderError::Unreadable`] when it does not read.
    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError>;

    /// What the provider wants to hear once a notice is kept: until then it sends
    /// it again.
    fn thanks(&self) -> Reply;
}

/// A provider that gives money back.
pub trait Refunds: Provider {
    /// Asks for a refund, under our key. Where the provider keeps no keys and takes what
    /// is left of the payment, that goes with it.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`].
    fn refund(&self, refund: &RefundOrder, now: DateTime<Utc>) -> Result<Request, ProviderError>;

    /// What the answer to [`refund`](Self::refund) says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError>;

    /// What the provider makes of a refund that is asked for twice: when its answer was
    /// lost, that decides whether it may be asked for again.
    fn asked_twice(&self) -> AskedTwice;

    /// Asks what became of a refund. None, as here, where the provider cannot be asked,
    /// and tells in a notice or a settlement only: that is no word that there is none.
    fn look_at_refund(
        &self,
        _refund: &RefundOrder,
        _refund_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Option<Request> {
        None
    }

    /// What the answer to [`look_at_refund`](Self::look_at_refund) says: one line
    /// for each refund it lists. It reads like the answer to the refund, unless an
    /// adapter knows better.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    fn looked_at_refund(&self, reply: &Reply) -> Result<Vec<SaidRefund>, ProviderError> {
        self.refunded(reply).map(|said| vec![said])
    }
}

/// What a provider makes of the same refund asked for twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedTwice {
    /// It knows our key: the second is the first, for at least so long after it.
    TheSame(TimeDelta),
    /// It refuses the second, whenever that comes.
    Refused,
    /// It gives the money twice. A look shows the first after so long at the latest;
    /// before that it is not asked for again, and never where there is no such time.
    GivenTwice(Option<TimeDelta>),
}

impl AskedTwice {
    /// How long a refund may have been made and a look show none.
    #[must_use]
    pub const fn shown_after(self) -> TimeDelta {
        match self {
            Self::GivenTwice(Some(shown_after)) => shown_after,
            Self::TheSame(_) | Self::Refused | Self::GivenTwice(None) => TimeDelta::minutes(5),
        }
    }
}

/// That a provider will do what it was asked; whether it did, only a look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heeded;

/// What a provider calls a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'p> {
    /// Its name for the payment.
    pub provider_ref: &'p str,
    /// Its name for the movement of money, where that is another and known.
    pub transaction: Option<&'p str>,
}

impl<'p> Names<'p> {
    /// The name for the movement of money: the payment's own if that is all there is.
    #[must_use]
    pub fn transaction(self) -> &'p str {
        self.transaction.unwrap_or(self.provider_ref)
    }
}

/// A provider that holds money until we take it.
pub trait Captures: Provider {
    /// Takes what is held.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`].
    fn capture(
        &self,
        order: &Order,
        payment: Names<'_>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError>;

    /// Whether it will; how it went only a look says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    fn captured(&self, reply: &Reply) -> Result<Heeded, ProviderError>;

    /// Asks what became of what was taken, by the provider's name for the movement of
    /// money; the answer reads by [`looked`](Provider::looked). None, as here, where a look
    /// at the payment says it, and while that name is not known.
    fn look_at_capture(&self, _payment: Names<'_>, _now: DateTime<Utc>) -> Option<Request> {
        None
    }
}

/// A provider that can be told to let a payment go.
pub trait Cancels: Provider {
    /// Calls a payment off. It may have been paid in the meantime.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`].
    fn cancel(
        &self,
        order: &Order,
        payment: Names<'_>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError>;

    /// Whether it will.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    fn cancelled(&self, reply: &Reply) -> Result<Heeded, ProviderError>;
}

/// From one time up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From, with it.
    pub from: DateTime<Utc>,
    /// Up to, without it.
    pub to: DateTime<Utc>,
}

/// A page of something, and how to ask for the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub rows: Vec<T>,
    /// What to hand back for the next page; none on the last.
    pub after: Option<String>,
}

/// A provider that lists its payments: the nightly sweep finds there what nobody
/// told us.
pub trait Searches: Provider {
    /// Asks for the payments made in a span, `after` a page.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`].
    fn search(
        &self,
        span: Span,
        after: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError>;

    /// What it found, row by row: one that does not read hides no other. It may
    /// lag behind what a look at one payment says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when the page as a whole does not read.
    fn found(&self, reply: &Reply) -> Result<Page<Result<Said, ProviderError>>, ProviderError>;
}

/// A provider that says what it pays out.
pub trait Settlements: Provider {
    /// Asks for what was paid out from one day to another, both with them.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`].
    fn settlement(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        after: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError>;

    /// What it says, having been asked `after` that page, piece by piece: a payout of
    /// which something does not read hides no other.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when the page as a whole does not read, and is not of one
    /// payout alone.
    fn settled(
        &self,
        after: Option<&str>,
        reply: &Reply,
    ) -> Result<Page<PayoutPiece>, ProviderError>;
}

/// A piece of what a provider says of its payouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayoutPiece {
    /// A line of one.
    Line(Box<Settled>),
    /// One of which something does not read. Where its head names neither a payout nor
    /// a day, nobody knows which.
    Unread {
        /// The payout.
        payout: Box<SettlementHead>,
        /// What does not read.
        why: ProviderError,
    },
    /// All lines of a payout were told. Those of which that is not said are whole once
    /// the last page was read.
    Whole {
        /// Its name.
        payout: String,
        /// What was paid out, where that is said beside the lines: what its lines come to.
        total: Option<Pence>,
    },
}

impl PayoutPiece {
    /// The line, if it is one.
    #[must_use]
    pub const fn line(&self) -> Option<&Settled> {
        match self {
            Self::Line(settled) => Some(settled),
            Self::Unread { .. } | Self::Whole { .. } => None,
        }
    }
}

/// A line of a settlement, with the payout it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The payout.
    pub payout: SettlementHead,
    /// The line.
    pub line: SettlementLine,
}

/// A provider that lists disputes.
pub trait Disputes: Provider {
    /// Asks for the disputes of a span, `after` a page.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`].
    fn disputes(
        &self,
        span: Span,
        after: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError>;

    /// What it says, row by row: one that does not read hides no other.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when the page as a whole does not read.
    fn disputed(
        &self,
        reply: &Reply,
    ) -> Result<Page<Result<SaidDispute, ProviderError>>, ProviderError>;
}

/// What is left of a payment after these refunds, if they are not more than it.
#[must_use]
pub fn left_of(amount: Pence, refunds: impl IntoIterator<Item = Pence>) -> Option<Pence> {
    let given = Pence::checked_sum(refunds)?;
    amount.checked_sub(given).filter(|left| !left.is_negative())
}
