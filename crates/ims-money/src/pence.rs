use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A signed amount of sterling, in whole pence.
///
/// There is no `+` operator: an overflow has to be looked at, so the sums are
/// [`checked_add`](Self::checked_add) and [`checked_sum`](Self::checked_sum).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Pence(i64);

impl Pence {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of `pence`.
    #[must_use]
    pub const fn new(pence: i64) -> Self {
        Self(pence)
    }

    /// The whole number of pence.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// True for zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
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

    /// The amount with its sign changed, or `None` for the one amount that has
    /// no opposite.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// The size without the sign, or `None` as [`checked_neg`](Self::checked_neg).
    #[must_use]
    pub fn checked_abs(self) -> Option<Self> {
        self.0.checked_abs().map(Self)
    }

    /// True for less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// True for more than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The sum of many amounts, or `None` on overflow.
    ///
    /// ```
    /// use ims_money::Pence;
    /// let day = [Pence::new(1), Pence::new(2)];
    /// assert_eq!(Pence::checked_sum(day), Some(Pence::new(3)));
    /// assert_eq!(Pence::checked_sum([Pence::new(i64::MAX), Pence::new(1)]), None);
    /// ```
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }
}

impl fmt::Display for Pence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&Decimal::new(self.0, 2).to_string())
    }
}

/// A text that is not an amount of sterling.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParsePenceError {
    /// Not a decimal number.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// Finer than a penny.
    #[error("`{0}` has a fraction of a penny")]
    FractionOfAPenny(String),
    /// Larger than an `i64` of pence.
    #[error("`{0}` is too large")]
    TooLarge(String),
}

impl FromStr for Pence {
    type Err = ParsePenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A plus, a space or an underscore is not how an amount is written.
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
        if !plain {
            return Err(ParsePenceError::NotANumber(text.to_owned()));
        }
        let pounds = Decimal::from_str_exact(text)
            .map_err(|_| ParsePenceError::NotANumber(text.to_owned()))?;
        let pence = pounds
            .checked_mul(Decimal::ONE_HUNDRED)
            .ok_or_else(|| ParsePenceError::TooLarge(text.to_owned()))?;
        if !pence.fract().is_zero() {
            return Err(ParsePenceError::FractionOfAPenny(text.to_owned()));
        }
        pence.to_i64().map(Self).ok_or_else(|| ParsePenceError::TooLarge(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_not_whole_pence() {
        for (text, error) in [
            ("abc", ParsePenceError::NotANumber("abc".to_owned())),
            ("", ParsePenceError::NotANumber(String::new())),
            ("1_000", ParsePenceError::NotANumber("1_000".to_owned())),
            ("1.005", ParsePenceError::FractionOfAPenny("1.005".to_owned())),
            ("99999999999999999999", ParsePenceError::TooLarge("99999999999999999999".to_owned())),
        ] {
            assert_eq!(text.parse::<Pence>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn prints_and_parses_back(pence in any::<i64>()) {
            let amount = Pence::new(pence);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }
    }
}
