//! How good pairs are, in whole numbers.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Dirty, Kind};

/// Pairs held against the truth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Pairs that are right.
    pub right: u64,
    /// Pairs that are wrong.
    pub wrong: u64,
    /// Pairs there are.
    pub all: u64,
    /// Wrong pairs of a line that quotes another account.
    pub booked_to_another: u64,
    /// Of each kind, how many were found and how many there are.
    pub kinds: BTreeMap<Kind, (u64, u64)>,
}

impl Score {
    /// Right of all that were paired, in millionths.
    #[must_use]
    pub fn precision(&self) -> u64 {
        share(self.right, self.right + self.wrong)
    }

    /// Right of all there are, in millionths.
    #[must_use]
    pub fn recall(&self) -> u64 {
        share(self.right, self.all)
    }

    /// The harmonic mean of the two, in millionths.
    #[must_use]
    pub fn f1(&self) -> u64 {
        share(2 * self.right, self.right + self.wrong + self.all)
    }
}

/// `part` of `whole` in millionths; nothing is wrong with all of nothing.
#[must_use]
pub const fn share(part: u64, whole: u64) -> u64 {
    match (part * 1_000_000 + whole / 2).checked_div(whole) {
        Some(share) => share,
        None => 1_000_000,
    }
}

impl Dirty {
    /// Scores pairs of a line's and a row's number. A line and its copy count as one: the first
    /// pair that uses either is scored, a second one for the same row is wrong.
    pub fn score(&self, pairs: impl IntoIterator<Item = (u64, u64)>) -> Score {
        let original: HashMap<u64, u64> = self.copies.iter().copied().collect();
        let truth: HashMap<(u64, u64), Kind> =
            self.truth.iter().map(|pair| ((pair.bank, pair.ledger), pair.kind)).collect();
        let misled: HashSet<u64> = self
            .truth
            .iter()
            .filter(|pair| pair.kind == Kind::Wrong)
            .map(|pair| pair.bank)
            .collect();
        let mut score = Score { all: self.truth.len() as u64, ..Score::default() };
        for pair in &self.truth {
            score.kinds.entry(pair.kind).or_default().1 += 1;
        }
        let mut seen = HashSet::new();
        for (line, row) in pairs {
            let line = original.get(&line).copied().unwrap_or(line);
            match truth.get(&(line, row)) {
                Some(kind) if seen.insert((line, row)) => {
                    score.right += 1;
                    score.kinds.entry(*kind).or_default().0 += 1;
                }
                _ => {
                    score.wrong += 1;
                    score.booked_to_another += u64::from(misled.contains(&line));
                }
            }
        }
        score
    }
}
