//! The council's income streams: what their references look like and what
//! their payers pay.

use ims_money::Pence;

use crate::random::Random;

/// One of the funds of the made-up council.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Income {
    CouncilTax,
    BusinessRates,
    Rents,
    Debtors,
    Parking,
    Planning,
    Leisure,
    Care,
}

/// How the references of a fund are made: `prefix`, then a number of `first`
/// and up, then the check character if the fund has one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) prefix: &'static str,
    first: u64,
    room: u64,
}

/// A prime that divides none of the rooms, so that following numbers look
/// scattered and none comes twice.
const STRIDE: u64 = 15_485_863;

impl Shape {
    /// The `number`th of the fund's numbers.
    pub(crate) fn number(self, offset: u64, number: u64) -> u64 {
        let steps = (number % self.room) * (STRIDE % self.room);
        self.first + (offset % self.room + steps) % self.room
    }
}

impl Income {
    pub(crate) const ALL: [Self; 8] = [
        Self::CouncilTax,
        Self::BusinessRates,
        Self::Rents,
        Self::Debtors,
        Self::Parking,
        Self::Planning,
        Self::Leisure,
        Self::Care,
    ];

    /// The fund's code in `council.toml`.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::CouncilTax => "CT",
            Self::BusinessRates => "NR",
            Self::Rents => "HR",
            Self::Debtors => "SD",
            Self::Parking => "PK",
            Self::Planning => "PL",
            Self::Leisure => "LE",
            Self::Care => "AC",
        }
    }

    /// What payers call it on a bank transfer.
    pub(crate) const fn spoken(self) -> &'static str {
        match self {
            Self::CouncilTax => "CTAX",
            Self::BusinessRates => "RATES",
            Self::Rents => "RENT",
            Self::Debtors => "INV",
            Self::Parking => "PCN",
            Self::Planning => "PLANNING",
            Self::Leisure => "MEMBER",
            Self::Care => "CARE",
        }
    }

    pub(crate) const fn shape(self) -> Shape {
        let (prefix, first, room) = match self {
            Self::CouncilTax => ("", 10_000_000, 70_000_000),
            Self::BusinessRates => ("", 80_000_000, 10_000_000),
            Self::Rents => ("", 6_100_000_000, 100_000_000),
            Self::Debtors => ("", 900_000_000, 100_000_000),
            Self::Parking => ("PN", 10_000_000, 90_000_000),
            Self::Planning => ("PP-", 10_000_000, 90_000_000),
            Self::Leisure => ("LM", 100_000, 900_000),
            Self::Care => ("AC", 100_000, 900_000),
        };
        Shape { prefix, first, room }
    }

    /// How many account holders there are for every thousand receipts a day;
    /// nought for a fund whose payers hold no account.
    pub(crate) const fn holders_per_mille(self) -> u64 {
        match self {
            Self::CouncilTax => 740,
            Self::BusinessRates => 65,
            Self::Rents => 280,
            Self::Debtors => 100,
            Self::Leisure => 110,
            Self::Care => 40,
            Self::Parking | Self::Planning => 0,
        }
    }

    /// Whether its payers are firms: always, never, or half of them.
    pub(crate) fn is_firm(self, random: &mut Random) -> bool {
        match self {
            Self::BusinessRates => true,
            Self::Debtors | Self::Planning => random.once_in(2),
            Self::CouncilTax | Self::Rents | Self::Parking | Self::Leisure | Self::Care => false,
        }
    }

    /// What one payer pays at a time.
    pub(crate) fn amount(self, random: &mut Random) -> Pence {
        let pence = match self {
            Self::CouncilTax => random.between(8_400, 27_500),
            Self::BusinessRates => random.between(31_000, 420_000),
            Self::Rents => random.between(8_600, 16_400),
            Self::Debtors => random.between(2_500, 96_000),
            Self::Parking => random.one_of(&[2_500, 3_500, 5_000, 7_000]),
            Self::Planning => random.one_of(&[14_500, 25_800, 29_800, 57_800]),
            Self::Leisure => random.one_of(&[650, 1_180, 2_499, 2_999, 3_650, 4_200]),
            Self::Care => random.between(4_000, 38_000),
        };
        Pence::new(i64::try_from(pence).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_are_scattered_and_none_comes_twice() {
        for income in Income::ALL {
            let shape = income.shape();
            let numbers: BTreeSet<u64> = (0..10_000).map(|n| shape.number(99, n)).collect();
            assert_eq!(numbers.len(), 10_000, "{income:?}");
            let inside = shape.first..shape.first + shape.room;
            assert!(numbers.iter().all(|number| inside.contains(number)), "{income:?}");
            assert_ne!(STRIDE % shape.room, 0);
        }
    }
}
