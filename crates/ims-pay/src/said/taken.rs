//! Money a provider took.

use chrono::{DateTime, Utc};
use ims_money::Pence;

use super::Paying;
use crate::{Order, ProviderError};

/// Money taken, held against its order: `amount` is what was ordered.
///
/// ```compile_fail
/// use chrono::DateTime;
/// use ims_money::Pence;
///
/// // Only `Said::of` makes one out of what a provider says.
/// let taken = ims_pay::Taken { provider_ref: "p".into(), amount: Pence::new(1) };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    provider_ref: String,
    transaction: Option<String>,
    amount: Pence,
    at: DateTime<Utc>,
    card: Option<CardShown>,
    surcharge: Pence,
    fee: Option<Pence>,
}

impl Taken {
    pub(super) fn heard(
        provider_ref: String,
        transaction: Option<String>,
        order: &Order,
        paying: Paying,
        now: DateTime<Utc>,
    ) -> Result<Self, ProviderError> {
        let surcharge = paying.surcharge.unwrap_or(Pence::ZERO);
        if surcharge.is_negative() {
            return Err(ProviderError::unreadable(format!("{surcharge} is no surcharge")));
        }
        let at = paying.at.unwrap_or(now);
        let (amount, card, fee) = (order.amount(), paying.card, paying.fee);
        Ok(Self { provider_ref, transaction, amount, at, card, surcharge, fee })
    }

    pub(super) fn rename(&mut self, name: &str) {
        name.clone_into(&mut self.provider_ref);
    }

    /// As it was kept, for whoever reads it back from where a checked one was
    /// written. What a provider says goes through [`Said::of`](crate::Said::of).
    #[must_use]
    pub const fn kept(
        provider_ref: String,
        transaction: Option<String>,
        amount: Pence,
        surcharge: Pence,
        at: DateTime<Utc>,
    ) -> Self {
        Self { provider_ref, transaction, amount, at, card: None, surcharge, fee: None }
    }

    /// What the provider calls the payment.
    #[must_use]
    pub fn provider_ref(&self) -> &str {
        &self.provider_ref
    }

    /// What it calls the movement of money: the payment's own name if that is all
    /// there is. Refunds and settlements go by it.
    #[must_use]
    pub fn transaction(&self) -> &str {
        self.transaction.as_deref().unwrap_or(&self.provider_ref)
    }

    /// Whether it is other money: each is named, and not by one name. Where one of them
    /// goes by the payment's own name, its other name is not known.
    pub(crate) fn is_another_than(&self, other: &Self) -> bool {
        let named =
            |taken: &'_ Self| taken.transaction.clone().filter(|name| *name != taken.provider_ref);
        named(self).zip(named(other)).is_some_and(|(ours, theirs)| ours != theirs)
    }

    /// What was ordered and taken.
    #[must_use]
    pub const fn amount(&self) -> Pence {
        self.amount
    }

    /// What the provider took from the payer beside it; mostly nothing.
    #[must_use]
    pub const fn surcharge(&self) -> Pence {
        self.surcharge
    }

    /// When it was taken, or heard of where the provider does not say.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// What may be shown of the card.
    #[must_use]
    pub const fn card(&self) -> Option<&CardShown> {
        self.card.as_ref()
    }

    /// What the provider keeps of it, if it said so already. Posted from the
    /// settlement, never from here.
    #[must_use]
    pub const fn fee(&self) -> Option<Pence> {
        self.fee
    }
}

/// What may be shown of a card: its brand and four digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardShown {
    brand: String,
    last_digits: String,
}

impl CardShown {
    /// The brand and the last four digits, out of whatever a provider gives: the
    /// last four of `1111`, `444433******1111`. `None` where there are no four.
    ///
    /// ```
    /// use ims_pay::CardShown;
    ///
    /// let card = CardShown::of("Visa", "444433******1111");
    /// assert_eq!(card.map(|card| card.last_digits().to_owned()).as_deref(), Some("1111"));
    /// assert_eq!(CardShown::of("Visa", "11"), None);
    /// ```
    #[must_use]
    pub fn of(brand: &str, number: &str) -> Option<Self> {
        let start = number.len().checked_sub(4)?;
        let last_digits = number.get(start..).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
        let plain = |c: &char| c.is_ascii_alphabetic() || matches!(c, ' ' | '-' | '_');
        let brand = brand.chars().filter(plain).take(30).collect();
        Some(Self { brand, last_digits: last_digits.to_owned() })
    }

    /// The brand, as the provider writes it; empty if it does not.
    #[must_use]
    pub fn brand(&self) -> &str {
        &self.brand
    }

    /// Four digits.
    #[must_use]
    pub fn last_digits(&self) -> &str {
        &self.last_digits
    }
}
