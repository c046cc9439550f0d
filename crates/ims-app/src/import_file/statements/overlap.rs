//! Which lines of a file stand in the books already: by their fingerprints, or in
//! doubt, by day and amount.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use ims_ledger::id::StatementId;
use ims_money::Pence;
use ims_store::LineMark;

use super::Ready;
use crate::{AppError, Result};

/// What another format cannot write otherwise: lines of nothing tell nothing.
type DayAmount = (NaiveDate, Pence);

fn counted(lines: impl Iterator<Item = DayAmount>) -> HashMap<DayAmount, usize> {
    let mut counts: HashMap<DayAmount, usize> = HashMap::new();
    for line in lines.filter(|(_, amount)| !amount.is_zero()) {
        let count = counts.entry(line).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

fn of_line(ready: &Ready<'_>) -> DayAmount {
    (ready.line.booked, ready.amount)
}

fn of_mark(mark: &LineMark) -> DayAmount {
    (mark.booked_on, mark.amount)
}

/// The lines of a file beside those that the account has over the same days.
pub(super) struct Overlap<'b> {
    before: &'b [LineMark],
    /// For each line of the file, the posted line of the same fingerprint.
    same: Vec<Option<usize>>,
}

impl<'b> Overlap<'b> {
    /// Each posted line is the same as one of the file's at most.
    pub(super) fn of(lines: &[Ready<'_>], before: &'b [LineMark]) -> Self {
        let mut marks: HashMap<&[u8], Vec<usize>> = HashMap::new();
        for (at, mark) in before.iter().enumerate() {
            marks.entry(&mark.fingerprint).or_default().push(at);
        }
        let mut take =
            |ready: &Ready<'_>| marks.get_mut(ready.fingerprint.as_slice()).and_then(Vec::pop);
        Self { before, same: lines.iter().map(&mut take).collect() }
    }

    /// The lines without those of a fingerprint that was posted, and the sum of these.
    pub(super) fn new_of<'a>(&self, lines: Vec<Ready<'a>>) -> Result<(Pence, Vec<Ready<'a>>)> {
        let (old, new): (Vec<_>, Vec<_>) =
            lines.into_iter().zip(&self.same).partition(|(_, same)| same.is_some());
        let sum = Pence::checked_sum(old.iter().map(|(ready, _)| ready.amount));
        let new = new.into_iter().map(|(ready, _)| ready).collect();
        Ok((sum.ok_or(AppError::Overflow)?, new))
    }

    /// The lines of the file that have the day and amount of a posted line which
    /// none of the file's has the fingerprint of.
    pub(super) fn alike(&self, lines: &[Ready<'_>]) -> Vec<DayAmount> {
        let taken: HashSet<usize> = self.same.iter().flatten().copied().collect();
        let left = self.before.iter().enumerate().filter(|(at, _)| !taken.contains(at));
        let mut left = counted(left.map(|(_, mark)| of_mark(mark)));
        let others = lines.iter().zip(&self.same).filter(|(_, same)| same.is_none());
        let mut alike = Vec::new();
        for (ready, _) in others {
            if let Some(count) = left.get_mut(&of_line(ready)).filter(|count| **count > 0) {
                *count = count.saturating_sub(1);
                alike.push(of_line(ready));
            }
        }
        alike
    }

    /// What the file has whole of statements that were posted, over its days, and
    /// that comes to nothing: a balance cannot tell whether it is there once or
    /// twice.
    pub(super) fn unseen_by_balances(&self, lines: &[Ready<'_>]) -> Result<Whole> {
        let there = counted(lines.iter().map(of_line));
        let mut statements: BTreeMap<StatementId, Vec<DayAmount>> = BTreeMap::new();
        for mark in self.before {
            statements.entry(mark.statement).or_default().push(of_mark(mark));
        }
        statements.retain(|_, marks| {
            let wanted = counted(marks.iter().copied());
            !wanted.is_empty()
                && wanted.iter().all(|(line, count)| there.get(line).is_some_and(|n| n >= count))
        });
        let sum = |of: &mut dyn Iterator<Item = &DayAmount>| {
            Pence::checked_sum(of.map(|(_, amount)| *amount)).ok_or(AppError::Overflow)
        };
        if !sum(&mut statements.values().flatten())?.is_zero() {
            let mut nothing = BTreeMap::new();
            for (id, marks) in statements {
                if sum(&mut marks.iter())?.is_zero() {
                    nothing.insert(id, marks);
                }
            }
            statements = nothing;
        }
        let is_of = |at: usize| {
            self.before.get(at).is_some_and(|mark| statements.contains_key(&mark.statement))
        };
        let known: Vec<bool> = self.same.iter().map(|same| same.is_some_and(is_of)).collect();
        let found: HashSet<usize> = self.same.iter().flatten().copied().collect();
        let in_doubt = (0..self.before.len())
            .filter(|at| is_of(*at) && !found.contains(at))
            .filter_map(|at| self.before.get(at).map(of_mark))
            .filter(|(_, amount)| !amount.is_zero())
            .collect();
        Ok(Whole { known, in_doubt })
    }
}

/// What of a file was posted and comes to nothing.
pub(super) struct Whole {
    /// For each line of the file, whether it is one of that by its fingerprint.
    pub(super) known: Vec<bool>,
    /// Lines of that which the file has in other words only.
    pub(super) in_doubt: Vec<DayAmount>,
}

/// Why a person has to say whether lines are the same money.
pub(super) fn doubt(alike: &[DayAmount]) -> Option<String> {
    let (day, amount) = alike.first()?;
    Some(format!(
        "{} of its lines, {amount} of {day} the first, have the day and amount of lines that were posted before in other words: are they the same money once more?",
        alike.len()
    ))
}
