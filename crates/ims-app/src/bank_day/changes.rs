//! What has happened to a day since it was signed.

use std::collections::{BTreeMap, BTreeSet};

use ims_ledger::id::LineId;

use super::{BankDayChange, BankDayFacts, BankDayLine, LineStands};

/// In words, what weighs first.
pub(super) fn since(signed: &BankDayFacts, now: &BankDayFacts) -> Vec<BankDayChange> {
    let mut changes = Vec::new();
    for (name, was, is) in [
        ("opening", signed.opening_pence, now.opening_pence),
        ("closing", signed.closing_pence, now.closing_pence),
    ] {
        if was != is {
            changes.push(weighs(format!("the {name} balance was {was} and is {is}")));
        }
    }
    let then = by_id(signed);
    let today = by_id(now);
    for (id, line) in &today {
        match then.get(id) {
            None => {
                let amount = line.amount_pence;
                changes.push(weighs(format!("line {id} of {amount} has come: {}", word(line))));
            }
            Some(was) => changes.extend(moved(was, line)),
        }
    }
    for (id, was) in then.iter().filter(|(id, _)| !today.contains_key(*id)) {
        let amount = was.amount_pence;
        changes.push(weighs(format!("line {id} of {amount} is gone: its statement was reversed")));
    }
    let held: BTreeSet<_> = signed.earlier.iter().map(|line| line.line).collect();
    let holds: BTreeSet<_> = now.earlier.iter().map(|line| line.line).collect();
    for line in now.earlier.iter().filter(|line| !held.contains(&line.line)) {
        changes.push(weighs(format!(
            "line {} of {}, of {amount}, is open again",
            line.line,
            line.booked_on,
            amount = line.amount_pence
        )));
    }
    for line in signed.earlier.iter().filter(|line| !holds.contains(&line.line)) {
        changes.push(better(format!(
            "line {} of {}, of {amount}, was open and is not any more",
            line.line,
            line.booked_on,
            amount = line.amount_pence
        )));
    }
    // Stable: of equal weight they stay as the lines do.
    changes.sort_by_key(|change| !change.weighs);
    changes
}

fn by_id(facts: &BankDayFacts) -> BTreeMap<LineId, &BankDayLine> {
    facts.lines.iter().map(|line| (line.line, line)).collect()
}

const fn weighs(what: String) -> BankDayChange {
    BankDayChange { what, weighs: true }
}

const fn better(what: String) -> BankDayChange {
    BankDayChange { what, weighs: false }
}

fn word(line: &BankDayLine) -> String {
    line.stands.in_words()
}

/// What became of a line, if anything did.
fn moved(was: &BankDayLine, is: &BankDayLine) -> Option<BankDayChange> {
    use LineStands::{Matched, Nothing, Proposed, Suspense, Unmatched};
    let what = || {
        let (id, amount) = (is.line, is.amount_pence);
        format!("line {id} of {amount} was {} and is {}", word(was), word(is))
    };
    match (&was.stands, &is.stands) {
        (Matched { matched: one, .. }, Matched { matched: other, .. }) if one == other => None,
        (Suspense { left_pence: one, .. }, Suspense { left_pence: other, .. }) => {
            let (one, other) = (one.checked_abs()?, other.checked_abs()?);
            match one.cmp(&other) {
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some(better(what())),
                std::cmp::Ordering::Less => Some(weighs(what())),
            }
        }
        (Unmatched | Proposed { .. }, Unmatched | Proposed { .. }) | (Nothing, Nothing) => None,
        (Unmatched | Proposed { .. }, Matched { .. } | Suspense { .. }) => Some(better(what())),
        (Matched { .. } | Suspense { .. } | Nothing, _) | (_, Nothing) => Some(weighs(what())),
    }
}
