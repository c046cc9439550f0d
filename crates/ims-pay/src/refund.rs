//! Giving money back through the provider that took it. A refund's own life is
//! [`RefundState`](ims_ledger::RefundState); here is what a provider is asked and
//! says of one.

use std::fmt;

use ims_ledger::RefundEvent;
use ims_money::Pence;
use thiserror::Error;

use crate::{ProviderError, STERLING, order::KEY_LENGTH_MAX};

/// A refund to be asked of a provider: some or all of a payment it took.
///
/// ```
/// use ims_money::Pence;
/// use ims_pay::{BadRefund, RefundOrder};
///
/// let of = |amount, available| RefundOrder::of("r-1", "pay-1", "p-9", amount, available);
/// assert!(of(Pence::new(500), Pence::new(500)).is_ok());
/// let (amount, available) = (Pence::new(501), Pence::new(500));
/// assert_eq!(of(amount, available), Err(BadRefund::TooMuch { amount, available }));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RefundOrder {
    key: String,
    payment_key: String,
    provider_ref: String,
    transaction: Option<String>,
    amount: Pence,
    available: Pence,
}

impl fmt::Debug for RefundOrder {
    /// Without the name of the movement of money: a provider may have put a key in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, payment_key, provider_ref, amount, available, .. } = self;
        f.debug_struct("RefundOrder")
            .field("key", key)
            .field("payment_key", payment_key)
            .field("provider_ref", provider_ref)
            .field("amount", amount)
            .field("available", available)
            .finish_non_exhaustive()
    }
}

/// Why a refund cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadRefund {
    /// The key is none.
    #[error("`{0}` is not a key: 1 to {KEY_LENGTH_MAX} letters, digits, `-` or `_`")]
    Key(String),
    /// Nothing, or less.
    #[error("a refund of {0} cannot be asked for; it is of more than nothing")]
    Amount(Pence),
    /// More than there is.
    #[error("{amount} cannot be given back; of this payment {available} is left")]
    TooMuch {
        /// What was to be given back.
        amount: Pence,
        /// What is left of the payment.
        available: Pence,
    },
}

impl RefundOrder {
    /// A refund under a `key` of ours of `amount`, of the payment we call
    /// `payment_key` and the provider `provider_ref`, of which `available` can
    /// still be given back.
    ///
    /// # Errors
    ///
    /// [`BadRefund`].
    pub fn of(
        key: &str,
        payment_key: &str,
        provider_ref: &str,
        amount: Pence,
        available: Pence,
    ) -> Result<Self, BadRefund> {
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if !(1..=KEY_LENGTH_MAX).contains(&key.len()) || !key.bytes().all(is_plain) {
            return Err(BadRefund::Key(key.to_owned()));
        }
        if !amount.is_positive() {
            return Err(BadRefund::Amount(amount));
        }
        if amount > available {
            return Err(BadRefund::TooMuch { amount, available });
        }
        let (key, payment_key) = (key.to_owned(), payment_key.to_owned());
        let provider_ref = provider_ref.to_owned();
        Ok(Self { key, payment_key, provider_ref, transaction: None, amount, available })
    }

    /// The provider's name for the movement of money that is given back, where
    /// that is another than its name for the payment.
    #[must_use]
    pub fn from_transaction(mut self, transaction: &str) -> Self {
        self.transaction = Some(transaction.to_owned());
        self
    }

    /// Our own name for the refund.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Our own name for the payment.
    #[must_use]
    pub fn payment_key(&self) -> &str {
        &self.payment_key
    }

    /// What the provider calls the payment.
    #[must_use]
    pub fn provider_ref(&self) -> &str {
        &self.provider_ref
    }

    /// What the provider calls the movement of money.
    #[must_use]
    pub fn transaction(&self) -> &str {
        self.transaction.as_deref().unwrap_or(&self.provider_ref)
    }

    /// What is given back.
    #[must_use]
    pub const fn amount(&self) -> Pence {
        self.amount
    }

    /// What could be given back before it.
    #[must_use]
    pub const fn available(&self) -> Pence {
        self.available
    }
}

/// What a provider says of one refund; not yet held against what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidRefund {
    /// What the provider calls the refund, if it names it.
    pub refund_ref: Option<String>,
    /// What the provider calls the payment, if it says.
    pub provider_ref: Option<String>,
    /// What we call the refund, if the provider repeats it.
    pub reference: Option<String>,
    /// The amount and currency it names; not all repeat them.
    pub amount: Option<(Pence, String)>,
    /// What is said.
    pub saying: RefundSaying,
}

/// What is said of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundSaying {
    /// It will be paid.
    Submitted,
    /// It is paid.
    Paid,
    /// It will not be paid.
    Refused {
        /// Why, in the provider's words.
        reason: String,
    },
    /// It was paid and came back.
    CameBack {
        /// Why, in the provider's words.
        reason: String,
    },
}

impl RefundSaying {
    /// What is said in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Paid => "paid",
            Self::Refused { .. } => "refused",
            Self::CameBack { .. } => "came-back",
        }
    }
}

impl SaidRefund {
    /// The next step in the refund's life, if this is about it.
    ///
    /// ```
    /// use ims_ledger::{RefundEvent, RefundState};
    /// use ims_money::Pence;
    /// use ims_pay::{RefundOrder, RefundSaying, SaidRefund};
    ///
    /// let order = RefundOrder::of("r-1", "pay-1", "p-9", Pence::new(500), Pence::new(900))?;
    /// let said = SaidRefund {
    ///     refund_ref: Some("re-7".to_owned()),
    ///     provider_ref: Some("p-9".to_owned()),
    ///     reference: None,
    ///     amount: Some((Pence::new(500), "GBP".to_owned())),
    ///     saying: RefundSaying::Submitted,
    /// };
    /// // Accepted is not paid: the money is still due.
    /// assert_eq!(said.of(&order), Ok(RefundEvent::Send));
    /// # Ok::<(), ims_pay::BadRefund>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Said::of`](crate::Said::of).
    pub fn of(&self, order: &RefundOrder) -> Result<RefundEvent, ProviderError> {
        let ours = [order.provider_ref(), order.transaction()];
        if let Some(theirs) = self.provider_ref.as_deref().filter(|name| !ours.contains(name)) {
            return Err(ProviderError::OrderDiffers {
                asked: order.provider_ref().to_owned(),
                answered: ProviderError::shown(theirs),
            });
        }
        if let Some(theirs) = self.reference.as_deref().filter(|name| *name != order.key()) {
            return Err(ProviderError::OrderDiffers {
                asked: order.key().to_owned(),
                answered: ProviderError::shown(theirs),
            });
        }
        match &self.amount {
            Some((_, currency)) if !currency.eq_ignore_ascii_case(STERLING) => {
                Err(ProviderError::CurrencyDiffers { answered: ProviderError::shown(currency) })
            }
            Some((answered, _)) if *answered != order.amount() => {
                Err(ProviderError::AmountDiffers { asked: order.amount(), answered: *answered })
            }
            Some(_) | None => Ok(self.event()),
        }
    }

    const fn event(&self) -> RefundEvent {
        match self.saying {
            RefundSaying::Submitted => RefundEvent::Send,
            RefundSaying::Paid => RefundEvent::Pay,
            RefundSaying::Refused { .. } => RefundEvent::Fail,
            RefundSaying::CameBack { .. } => RefundEvent::Bounce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> RefundOrder {
        RefundOrder::of("r-1", "p-1", "x-1", Pence::new(500), Pence::new(900)).unwrap()
    }

    fn said() -> SaidRefund {
        SaidRefund {
            refund_ref: None,
            provider_ref: Some("x-1".to_owned()),
            reference: Some("r-1".to_owned()),
            amount: Some((Pence::new(500), "GBP".to_owned())),
            saying: RefundSaying::Paid,
        }
    }

    #[test]
    fn another_refund_is_not_this_one() {
        assert_eq!(said().of(&order()), Ok(RefundEvent::Pay));
        let other = Some("other".to_owned());
        for differs in [
            SaidRefund { provider_ref: other.clone(), ..said() },
            SaidRefund { reference: other, ..said() },
            SaidRefund { amount: Some((Pence::new(499), "GBP".to_owned())), ..said() },
            SaidRefund { amount: Some((Pence::new(500), "EUR".to_owned())), ..said() },
        ] {
            assert!(differs.of(&order()).unwrap_err().is_exception(), "{differs:?}");
        }
    }

    #[test]
    fn no_more_than_is_left_can_be_given_back() {
        let of = |amount, left| {
            RefundOrder::of("r", "p", "x", Pence::new(amount), Pence::new(left)).err()
        };
        assert_eq!(of(1, 1), None);
        assert_eq!(of(0, 1), Some(BadRefund::Amount(Pence::ZERO)));
        let (amount, available) = (Pence::new(2), Pence::new(1));
        assert_eq!(of(2, 1), Some(BadRefund::TooMuch { amount, available }));
        assert_eq!(
            of(1, -1),
            Some(BadRefund::TooMuch { amount: Pence::new(1), available: Pence::new(-1) })
        );
    }
}
