//! What came of it, in numbers.

use std::{
    io::{self, Write},
    path::Path,
};

use ims_reconcile::{Outcome, Rules};
use serde::Serialize;

use super::sides::{BankSide, ExpectedSide};

/// The summary of a run of `ims match`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Rows of the expected file.
    pub expected: Total,
    /// Lines of the bank file.
    pub bank: Total,
    /// Expected rows that were matched.
    pub matched_expected: Total,
    /// Bank lines that were matched.
    pub matched_bank: Total,
    /// Pairs of a bank line and an expected row.
    pub pairs: usize,
    /// What each rule did, in their order.
    pub rules: Vec<ByRule>,
    /// Reports for a person: several candidates, duplicates, differing sums.
    pub ambiguous: usize,
    /// Proposals for a person.
    pub proposals: usize,
    /// Expected rows without a match.
    pub left_expected: Total,
    /// Bank lines without a match.
    pub left_bank: Total,
}

/// A number of items and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many.
    pub count: usize,
    /// Their sum in pence; `None` if it is beyond counting.
    pub pence: Option<i64>,
}

/// What one rule did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ByRule {
    /// Its name.
    pub rule: String,
    /// Its matches.
    pub matches: usize,
    /// Their pairs.
    pub pairs: usize,
    /// The sum of their bank lines, in pence; `None` if it is beyond counting.
    pub pence: Option<i64>,
}

impl Report {
    pub(super) fn new(
        expected: &ExpectedSide<'_>,
        bank: &BankSide<'_>,
        rules: &Rules,
        outcome: &Outcome,
    ) -> Self {
        let row =
            |index: &u32| expected.rows.get(*index as usize).map_or(0, |row| row.amount.get());
        let line =
            |index: &u32| bank.lines.get(*index as usize).map_or(0, |line| line.amount.get());
        let mut by_rule = vec![(0_usize, 0_usize, 0_i128); rules.rule.len()];
        for found in &outcome.matches {
            let place = rules.rule.iter().position(|rule| rules.name(found.rule) == rule.name);
            if let Some((matches, pairs, sum)) = place.and_then(|place| by_rule.get_mut(place)) {
                *matches += 1;
                *pairs += found.bank.len() * found.expected.len();
                *sum += found.bank.iter().map(|index| i128::from(line(index))).sum::<i128>();
            }
        }
        let named = rules.rule.iter().zip(by_rule);
        let found = || outcome.matches.iter();
        Self {
            expected: total(expected.rows.iter().map(|row| row.amount.get())),
            bank: total(bank.lines.iter().map(|line| line.amount.get())),
            matched_expected: total(found().flat_map(|found| found.expected.iter()).map(row)),
            matched_bank: total(found().flat_map(|found| found.bank.iter()).map(line)),
            pairs: found().map(|found| found.bank.len() * found.expected.len()).sum(),
            rules: named
                .map(|(rule, (matches, pairs, sum))| ByRule {
                    rule: rule.name.clone(),
                    matches,
                    pairs,
                    pence: i64::try_from(sum).ok(),
                })
                .collect(),
            ambiguous: outcome.ambiguous.len(),
            proposals: outcome.proposals.len(),
            left_expected: total(outcome.expected_left.iter().map(row)),
            left_bank: total(outcome.bank_left.iter().map(line)),
        }
    }

    pub(super) fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        writeln!(out)
    }

    pub(super) fn print(&self, out: &mut dyn Write, pairs: &Path) -> io::Result<()> {
        writeln!(
            out,
            "matched {} of {} bank lines with {} of {} expected rows: {}",
            self.matched_bank.count,
            self.bank.count,
            self.matched_expected.count,
            self.expected.count,
            pounds(self.matched_bank.pence),
        )?;
        for rule in self.rules.iter().filter(|rule| rule.matches > 0) {
            let ByRule { rule, matches, pairs, pence } = rule;
            writeln!(
                out,
                "  {rule:<20} {matches:>9} matches {pairs:>9} pairs {:>16}",
                pounds(*pence)
            )?;
        }
        let (bank, expected) = (self.left_bank, self.left_expected);
        writeln!(
            out,
            "left: {} bank lines, {}; {} expected rows, {}",
            bank.count,
            pounds(bank.pence),
            expected.count,
            pounds(expected.pence),
        )?;
        writeln!(out, "for a person: {} unclear, {} proposals", self.ambiguous, self.proposals)?;
        writeln!(out, "pairs are in {}", pairs.display())
    }
}

fn total(amounts: impl Iterator<Item = i64>) -> Total {
    let (count, sum) =
        amounts.fold((0, 0_i128), |(count, sum), amount| (count + 1, sum + i128::from(amount)));
    Total { count, pence: i64::try_from(sum).ok() }
}

fn pounds(pence: Option<i64>) -> String {
    pence.map_or_else(
        || "beyond counting".to_owned(),
        |pence| ims_money::Pence::new(pence).to_string(),
    )
}
