//! Matches that somebody took back: a run leaves them to a person, and does not
//! make them again.

use std::collections::HashSet;

use ims_ledger::id::{ExpectedId, LineId};
use ims_store::{OpenSuspense, Tx};
use uuid::Uuid;

use super::{Books, Result};

/// What stands in the way of making one again.
pub(super) const DOUBT: &str = "it was matched so before, and that was taken back";

/// What was joined and taken back. A bank line that became suspense since is the
/// same money.
#[derive(Default)]
pub(crate) struct Undone {
    with: HashSet<(Uuid, ExpectedId)>,
    together: HashSet<(ExpectedId, ExpectedId)>,
    accounts: HashSet<(LineId, String, String)>,
    rules: HashSet<(LineId, String)>,
    lines: HashSet<LineId>,
}

impl Undone {
    pub(crate) async fn of(tx: &mut Tx, books: &Books) -> Result<Self> {
        let rows = tx.undone_pairs(books.id()).await?;
        let mut undone = Self::default();
        for one in rows.chunk_by(|a, b| a.matched == b.matched) {
            let sides: Vec<Uuid> = one
                .iter()
                .filter_map(|row| {
                    row.line.map(LineId::get).or(row.suspense.map(|suspense| suspense.get()))
                })
                .collect();
            let expected: Vec<ExpectedId> = one.iter().filter_map(|row| row.expected).collect();
            for side in &sides {
                undone.with.extend(expected.iter().map(|expected| (*side, *expected)));
            }
            if sides.is_empty() {
                for a in &expected {
                    undone.together.extend(expected.iter().map(|b| (*a, *b)));
                }
            }
            for row in one {
                match (row.line, &row.account) {
                    (Some(line), Some((fund, reference))) => {
                        undone.accounts.insert((line, fund.clone(), reference.clone()));
                    }
                    (Some(line), None) if expected.is_empty() && row.suspense.is_none() => {
                        undone.rules.insert((line, row.rule.clone()));
                        undone.lines.insert(line);
                    }
                    _ => {}
                }
            }
        }
        Ok(undone)
    }

    /// Whether the line, by its id, was taken for what was expected.
    pub(super) fn line_with(&self, line: LineId, expected: ExpectedId) -> bool {
        self.with.contains(&(line.get(), expected))
    }

    /// Whether the item, or the line it was, was taken for what was expected.
    pub(super) fn item_with(&self, item: &OpenSuspense, expected: ExpectedId) -> bool {
        self.with.contains(&(item.id.get(), expected))
            || item.line.is_some_and(|line| self.line_with(line, expected))
    }

    /// Whether two expected items were taken for each other.
    pub(super) fn both(&self, one: ExpectedId, other: ExpectedId) -> bool {
        self.together.contains(&(one, other))
    }

    /// Whether the line was taken for a payment of that account.
    pub(super) fn account(&self, line: LineId, fund: &str, reference: &str) -> bool {
        self.accounts.contains(&(line, fund.to_owned(), reference.to_owned()))
    }

    /// Whether that rule explained the line.
    pub(super) fn rule(&self, line: LineId, rule: &str) -> bool {
        self.rules.contains(&(line, rule.to_owned()))
    }

    /// Whether any rule, or a refund, explained the line.
    pub(super) fn explained(&self, line: LineId) -> bool {
        self.lines.contains(&line)
    }
}
