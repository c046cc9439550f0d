use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{ParsePenceError, Pence};

/// An amount as a bank writes it, in whatever currency and to however many
/// decimals. A statement may be in another currency than sterling; nothing is
/// posted from such an amount until [`pence`](Self::pence) says it is whole
/// pence.
///
/// ```
/// use ims_money::{Amount, Pence};
///
/// let yen: Amount = "1250".parse()?;
/// let pounds: Amount = "12.50".parse()?;
/// assert_eq!(pounds.pence(), Some(Pence::new(1_250)));
/// assert_eq!(pounds.to_string(), "12.50");
/// assert_eq!("0.12345".parse::<Amount>()?.pence(), None);
/// # let _ = yen;
/// # Ok::<(), ims_money::ParsePenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// `units` of the currency's smallest coin, of which ten to the power
    /// `decimals` make one: pence are `(1250, 2)` for 12.50. `None` above 28
    /// decimals.
    #[must_use]
    pub fn from_minor(units: i64, decimals: u32) -> Option<Self> {
        Decimal::try_new(units, decimals).ok().map(Self)
    }

    /// The amount in pence, or `None` if it is finer than a penny or too large.
    #[must_use]
    pub fn pence(self) -> Option<Pence> {
        let pence = self.0.checked_mul(Decimal::ONE_HUNDRED)?;
        if pence.fract().is_zero() { pence.to_i64().map(Pence::new) } else { None }
    }

    /// The sum, or `None` on overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` on overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum of many amounts, or `None` on overflow.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// The amount with its sign changed.
    #[must_use]
    pub fn negated(self) -> Self {
        let mut amount = self.0;
        amount.set_sign_negative(amount.is_sign_positive() && !amount.is_zero());
        Self(amount)
    }

    /// True for zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// True for less than nothing.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    /// The same amount written with at least `decimals` decimals: 12.5 becomes
    /// 12.50. Nothing is ever cut off or rounded.
    #[must_use]
    pub fn with_decimals(self, decimals: u32) -> Self {
        let mut decimal = self.0.normalize();
        if decimal.scale() < decimals {
            decimal.rescale(decimals);
        }
        Self(decimal)
    }
}

impl From<Pence> for Amount {
    fn from(pence: Pence) -> Self {
        Self(Decimal::new(pence.get(), 2))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl FromStr for Amount {
    type Err = ParsePenceError;

    /// Reads digits with an optional leading minus and a decimal point.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not_a_number = || ParsePenceError::NotANumber(text.to_owned());
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
        if !plain || !text.bytes().any(|b| b.is_ascii_digit()) {
            return Err(not_a_number());
        }
        // The library refuses `1,` written as `1.`, which banks do write.
        let text = text.strip_suffix('.').unwrap_or(text);
        Decimal::from_str_exact(text).map(Self).map_err(|_| not_a_number())
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_the_bank_wrote() {
        for (text, printed, pence) in [
            ("12.50", "12.50", Some(1_250)),
            ("12.5", "12.50", Some(1_250)),
            ("1.", "1.00", Some(100)),
            (".01", "0.01", Some(1)),
            ("-0.01", "-0.01", Some(-1)),
            ("0.12345", "0.12345", None),
        ] {
            let amount: Amount = text.parse().unwrap();
            assert_eq!(amount.with_decimals(2).to_string(), printed, "{text}");
            assert_eq!(amount.pence().map(Pence::get), pence, "{text}");
        }
        for text in ["", ".", "-", "1,5", "1e3", "£1", "1 000", "--1"] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
    }
}
