//! How long something has been open, in working days of the council.

use std::collections::HashMap;

use chrono::NaiveDate;
use ims_ledger::{Council, WorkingDays};
use ims_money::Pence;
use serde::{Deserialize, Serialize};

use crate::{AppError, Result};

/// What is open by how many working days it has been: to 1, to 5, to 20, and
/// longer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ageing {
    /// How many are in each band.
    pub count: [u64; 4],
    /// Their signed sums, in pence.
    pub amount_pence: [Pence; 4],
}

impl Ageing {
    /// What the bands are called, in working days.
    pub const BANDS: [&'static str; 4] = ["0-1", "2-5", "6-20", "over 20"];

    /// The last working day of each band but the last.
    const ENDS: [usize; 3] = [1, 5, 20];

    /// How many there are in all.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.count.iter().copied().fold(0, u64::saturating_add)
    }

    /// Their signed sum; nothing where it is beyond what an amount can hold.
    #[must_use]
    pub fn total(&self) -> Pence {
        Pence::checked_sum(self.amount_pence.iter().copied()).unwrap_or_default()
    }

    pub(crate) fn add(&mut self, age: usize, amount: Pence) -> Result<()> {
        self.add_sum(age, 1, amount)
    }

    /// So many of one age, and their signed sum.
    pub(crate) fn add_sum(&mut self, age: usize, many: u64, amount: Pence) -> Result<()> {
        let band = Self::ENDS.iter().position(|end| age <= *end).unwrap_or(Self::ENDS.len());
        let mut sums = self.amount_pence;
        if let (Some(count), Some(sum)) = (self.count.get_mut(band), sums.get_mut(band)) {
            *count = count.saturating_add(many);
            *sum = sum.checked_add(amount).ok_or(AppError::Overflow)?;
        }
        // What is shown in all must be an amount too.
        Pence::checked_sum(sums).ok_or(AppError::Overflow)?;
        self.amount_pence = sums;
        Ok(())
    }
}

/// Ages as at a day; those of one day are counted once.
pub(crate) struct Ages {
    working: WorkingDays,
    today: NaiveDate,
    known: HashMap<NaiveDate, usize>,
}

impl Ages {
    pub(crate) fn at(today: NaiveDate, council: &Council) -> Self {
        Self { working: council.working_days(), today, known: HashMap::new() }
    }

    /// Working days since `day`.
    pub(crate) fn of(&mut self, day: NaiveDate) -> usize {
        let Self { working, today, known } = self;
        *known.entry(day).or_insert_with(|| working.between(day, *today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_working_days_and_bands_hold_their_last_day() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 4, d).unwrap();
        // Thursday before Easter to the Wednesday after it.
        let council = |calendar: &str| -> Council {
            toml::from_str(&format!("code = \"T\"\nname = \"T\"\n{calendar}")).unwrap()
        };
        let ages = |council: &Council| {
            let mut ages = Ages::at(day(8), council);
            [8, 7, 2, 9].map(|d| ages.of(day(d)))
        };
        assert_eq!(ages(&council("")), [0, 1, 2, 0]);
        assert_eq!(ages(&council("[calendar]\nclosed = [\"2026-04-07\"]")), [0, 1, 1, 0]);
        let mut ageing = Ageing::default();
        for age in [0, 1, 2, 5, 6, 20, 21, 900] {
            ageing.add(age, Pence::new(-10)).unwrap();
        }
        assert_eq!(ageing.count, [2; 4]);
        assert_eq!((ageing.items(), ageing.total()), (8, Pence::new(-80)));
    }

    /// Neither a band nor all of them wrap round, or are shown as nothing.
    #[test]
    fn more_than_an_amount_can_hold_is_an_error() {
        for (first, then) in [(i64::MAX, 1), (i64::MIN, -1), (i64::MAX, i64::MAX)] {
            for age in [0, 30] {
                let mut ageing = Ageing::default();
                ageing.add(0, Pence::new(first)).unwrap();
                assert!(matches!(ageing.add(age, Pence::new(then)), Err(AppError::Overflow)));
                assert_eq!(ageing.total(), Pence::new(first), "{first} {then} {age}");
            }
        }
        let mut ageing = Ageing::default();
        for amount in [i64::MAX, i64::MIN, 1] {
            ageing.add(9, Pence::new(amount)).unwrap();
        }
        assert_eq!((ageing.total(), ageing.items()), (Pence::ZERO, 3));
    }
}
