//! How good suggestions for what is left are.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Dirty, Kind, score::share};

/// One suggestion for lines that were not matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// The lines' numbers.
    pub lines: Vec<u64>,
    /// The rows' numbers.
    pub rows: Vec<u64>,
    /// 1 for the likeliest of its line.
    pub rank: u16,
    /// How likely, in hundredths of a per cent.
    pub basis_points: u16,
}

/// Suggestions held against the truth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// Of the lines left of each kind: how many have a true row among the first three
    /// suggestions, and how many there are.
    pub left: BTreeMap<Kind, (u64, u64)>,
    /// By the likelihood given, from nought to a tenth, from there to two tenths ….
    pub tenths: [Tenth; 10],
}

/// Suggestions of nearly one likelihood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tenth {
    /// How many.
    pub count: u64,
    /// How many are right, every line with every row.
    pub right: u64,
    /// The sum of their likelihoods, in hundredths of a per cent.
    pub basis_points: u64,
}

impl Tenth {
    /// The share that is right, in millionths.
    #[must_use]
    pub const fn share(&self) -> u64 {
        share(self.right, self.count)
    }

    /// The mean likelihood given, in millionths.
    #[must_use]
    pub const fn given(&self) -> u64 {
        share(self.basis_points, self.count * 10_000)
    }
}

impl Suggestions {
    /// Of the lines left that do not quote another account, how many have a true row among the
    /// first three suggestions, in millionths.
    #[must_use]
    pub fn found(&self) -> u64 {
        let these = self.left.iter().filter(|(kind, _)| **kind != Kind::Wrong);
        let (found, all) =
            these.fold((0, 0), |sum, (_, (found, all))| (sum.0 + found, sum.1 + all));
        share(found, all)
    }

    /// Adds what another set came to.
    pub fn add(&mut self, other: &Self) {
        for (kind, (found, all)) in &other.left {
            let sum = self.left.entry(*kind).or_default();
            *sum = (sum.0 + found, sum.1 + all);
        }
        for (sum, tenth) in self.tenths.iter_mut().zip(&other.tenths) {
            sum.count += tenth.count;
            sum.right += tenth.right;
            sum.basis_points += tenth.basis_points;
        }
    }
}

impl Dirty {
    /// Judges suggestions, given the numbers of the lines that were matched.
    #[must_use]
    pub fn judge(
        &self,
        matched: impl IntoIterator<Item = u64>,
        suggested: &[Suggested],
    ) -> Suggestions {
        let original: HashMap<u64, u64> = self.copies.iter().copied().collect();
        let line_of = |line: u64| original.get(&line).copied().unwrap_or(line);
        let matched: HashSet<u64> = matched.into_iter().map(line_of).collect();
        let mut truth: BTreeMap<u64, (Kind, HashSet<u64>)> = BTreeMap::new();
        for pair in &self.truth {
            truth.entry(pair.bank).or_insert((pair.kind, HashSet::new())).1.insert(pair.ledger);
        }
        let is_true = |line: u64, row: u64| {
            truth.get(&line_of(line)).is_some_and(|(_, rows)| rows.contains(&row))
        };
        let mut judged = Suggestions::default();
        let mut helped: HashSet<u64> = HashSet::new();
        for found in suggested {
            let tenth = &mut judged.tenths[usize::from(found.basis_points / 1_000).min(9)];
            let pairs =
                found.lines.iter().flat_map(|line| found.rows.iter().map(move |row| (*line, *row)));
            tenth.count += 1;
            tenth.right += u64::from(pairs.clone().all(|(line, row)| is_true(line, row)));
            tenth.basis_points += u64::from(found.basis_points);
            if found.rank <= 3 {
                let right = pairs.filter(|(line, row)| is_true(*line, *row));
                helped.extend(right.map(|(line, _)| line_of(line)));
            }
        }
        for (line, (kind, _)) in truth.iter().filter(|(line, _)| !matched.contains(line)) {
            let sum = judged.left.entry(*kind).or_default();
            *sum = (sum.0 + u64::from(helped.contains(line)), sum.1 + 1);
        }
        judged
    }
}
