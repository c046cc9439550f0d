//! Notes and coins, counted by denomination.

use ims_money::Pence;
use serde::{Deserialize, Serialize};

use super::{EReturnFault, Faults, cash_faults};

/// A note or coin of sterling, by its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Pence", into = "Pence")]
pub struct Denomination(i64);

/// A value that no note or coin has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no note or coin of {0}: 50.00, 20.00, 10.00, 5.00, 2.00, 1.00, 0.50, 0.20, 0.10, 0.05, 0.02 and 0.01 there are"
)]
pub struct BadDenomination(pub Pence);

impl Denomination {
    /// Each, the largest first.
    pub const ALL: [Self; 12] = [
        Self(5_000),
        Self(2_000),
        Self(1_000),
        Self(500),
        Self(200),
        Self(100),
        Self(50),
        Self(20),
        Self(10),
        Self(5),
        Self(2),
        Self(1),
    ];

    /// What one is worth.
    #[must_use]
    pub const fn value(self) -> Pence {
        Pence::new(self.0)
    }

    /// How many are worth `value`, if it is a whole number of them.
    #[must_use]
    pub fn how_many(self, value: Pence) -> Option<u32> {
        if value.get().checked_rem(self.0)? != 0 {
            return None;
        }
        u32::try_from(value.get().checked_div(self.0)?).ok()
    }
}

impl TryFrom<Pence> for Denomination {
    type Error = BadDenomination;

    fn try_from(value: Pence) -> Result<Self, BadDenomination> {
        let found = Self::ALL.into_iter().find(|known| known.value() == value);
        found.ok_or(BadDenomination(value))
    }
}

impl From<Denomination> for Pence {
    fn from(denomination: Denomination) -> Self {
        denomination.value()
    }
}

/// Notes and coins in a bag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cash {
    /// The number on the bag.
    #[serde(default)]
    pub bag: String,
    /// What is in it, each denomination once.
    #[serde(default)]
    pub lines: Vec<CashLine>,
}

/// One denomination: how many there are, or what they are worth, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashLine {
    /// Which note or coin.
    #[serde(rename = "denomination_pence")]
    pub denomination: Denomination,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// What they are worth.
    #[serde(default, rename = "value_pence", skip_serializing_if = "Option::is_none")]
    pub value: Option<Pence>,
}

impl CashLine {
    /// How many there are and what they are worth.
    ///
    /// # Errors
    ///
    /// What is wrong, in words: a value that is no whole number of them, a count
    /// that says otherwise than the value, neither of the two.
    pub fn counted(&self) -> Result<(u32, Pence), String> {
        let of = self.denomination.value();
        let worth = |count: u32| of.get().checked_mul(i64::from(count)).map(Pence::new);
        match (self.count, self.value) {
            (None, None) => Err(format!("{of}: say how many, or what they are worth")),
            (Some(count), None) => {
                worth(count).map(|value| (count, value)).ok_or_else(|| format!("{of}: too many"))
            }
            (None, Some(value)) => match self.denomination.how_many(value) {
                Some(count) => Ok((count, value)),
                None => Err(format!("{of}: {value} is not a whole number of them")),
            },
            (Some(count), Some(value)) if worth(count) == Some(value) => Ok((count, value)),
            (Some(count), Some(value)) => {
                let worth = worth(count).unwrap_or_default();
                Err(format!("{of}: {count} of them are worth {worth}, not {value}"))
            }
        }
    }
}

impl Cash {
    /// Everything wrong with it: a denomination twice, or without a value, a bag's
    /// number that is too long.
    #[must_use]
    pub fn faults(&self) -> Vec<EReturnFault> {
        let mut faults = Faults::default();
        cash_faults(self, &mut faults);
        faults.0
    }

    /// What is in the bag, or `None` when a line cannot be valued or the sum is
    /// too large.
    #[must_use]
    pub fn total(&self) -> Option<Pence> {
        let values = self.lines.iter().map(|line| line.counted().ok().map(|(_, value)| value));
        Pence::checked_sum(values.collect::<Option<Vec<_>>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_values_say_the_same_or_are_refused() {
        let line = |pence, count, value: Option<i64>| CashLine {
            denomination: Pence::new(pence).try_into().unwrap(),
            count,
            value: value.map(Pence::new),
        };
        for (line, expected) in [
            (line(2_000, Some(3), None), Ok((3, 6_000))),
            (line(2_000, None, Some(6_000)), Ok((3, 6_000))),
            (line(2_000, Some(3), Some(6_000)), Ok((3, 6_000))),
            (line(1, Some(0), None), Ok((0, 0))),
            (line(2_000, None, Some(0)), Ok((0, 0))),
            (line(2_000, None, None), Err("20.00: say how many, or what they are worth")),
            (line(2_000, None, Some(6_001)), Err("20.00: 60.01 is not a whole number of them")),
            (line(2_000, None, Some(-2_000)), Err("20.00: -20.00 is not a whole number of them")),
            (line(2_000, Some(3), Some(5_000)), Err("20.00: 3 of them are worth 60.00, not 50.00")),
            (line(50, Some(1), Some(20)), Err("0.50: 1 of them are worth 0.50, not 0.20")),
        ] {
            let counted = line.counted().map(|(count, value)| (count, value.get()));
            assert_eq!(counted, expected.map_err(str::to_owned), "{line:?}");
        }
    }

    #[test]
    fn there_are_twelve_notes_and_coins() {
        for pence in 1..=10_000 {
            let known = [5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1].contains(&pence);
            assert_eq!(Denomination::try_from(Pence::new(pence)).is_ok(), known, "{pence}");
        }
    }
}
