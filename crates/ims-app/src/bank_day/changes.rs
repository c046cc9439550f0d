//! What has happened to a day since it was signed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ims_ledger::id::LineId;
use ims_money::Pence;

use super::{BankDayChange, BankDayFacts, BankDayLine, LineStands};

/// In words, what weighs first.
pub(super) fn since(signed: &BankDayFacts, now: &BankDayFacts) -> Vec<BankDayChange> {
    let mut changes = Vec::new();
    for (name, was, is) in [
        ("opening", signed.opening_pence, now.opening_pence),
        ("closing", signed.closing_pence, now.closing_pence),
    ] {
        if was != is {
            let what = format!("the {name} balance was {was} and is {is}");
            changes.push(BankDayChange { what, line: None, weighs: true });
        }
    }
    let then = by_id(signed);
    let today = by_id(now);
    for (id, line) in &today {
        match then.get(id) {
            None => {
                let what = format!("has come: {}", word(line));
                changes.push(weighs((line, now.day), &what));
            }
            Some(was) => changes.extend(moved(was, line, now.day)),
        }
    }
    for (_, was) in then.iter().filter(|(id, _)| !today.contains_key(*id)) {
        changes.push(weighs((was, signed.day), "is gone: its statement was reversed"));
    }
    let held: BTreeSet<_> = signed.earlier.iter().map(|line| line.line).collect();
    let holds: BTreeSet<_> = now.earlier.iter().map(|line| line.line).collect();
    for line in now.earlier.iter().filter(|line| !held.contains(&line.line)) {
        changes.push(of(
            line.line,
            named(line.amount_pence, line.booked_on),
            "is open again",
            true,
        ));
    }
    for line in signed.earlier.iter().filter(|line| !holds.contains(&line.line)) {
        let what = "was open and is not any more";
        changes.push(of(line.line, named(line.amount_pence, line.booked_on), what, false));
    }
    // Stable: of equal weight they stay as the lines do.
    changes.sort_by_key(|change| !change.weighs);
    changes
}

fn by_id(facts: &BankDayFacts) -> BTreeMap<LineId, &BankDayLine> {
    facts.lines.iter().map(|line| (line.line, line)).collect()
}

/// What people know a line by.
fn named(amount: Pence, day: NaiveDate) -> String {
    format!("{amount} of {day}")
}

fn of(line: LineId, named: String, what: &str, weighs: bool) -> BankDayChange {
    BankDayChange { what: format!("{named} {what}"), line: Some(line), weighs }
}

fn weighs((line, day): (&BankDayLine, NaiveDate), what: &str) -> BankDayChange {
    of(line.line, named(line.amount_pence, day), what, true)
}

fn better((line, day): (&BankDayLine, NaiveDate), what: &str) -> BankDayChange {
    of(line.line, named(line.amount_pence, day), what, false)
}

fn word(line: &BankDayLine) -> String {
    line.stands.in_words()
}

/// What became of a line, if anything did.
fn moved(was: &BankDayLine, is: &BankDayLine, day: NaiveDate) -> Option<BankDayChange> {
    use LineStands::{Matched, Nothing, Proposed, Suspense, Unmatched};
    let what = format!("was {} and is {}", word(was), word(is));
    let line = (is, day);
    match (&was.stands, &is.stands) {
        (Matched { matched: one, .. }, Matched { matched: other, .. }) if one == other => None,
        (Suspense { left_pence: one, .. }, Suspense { left_pence: other, .. }) => {
            let (one, other) = (one.checked_abs()?, other.checked_abs()?);
            match one.cmp(&other) {
                std::cmp::Ordering::Equal => None,
                std::cmp::Ordering::Greater => Some(better(line, &what)),
                std::cmp::Ordering::Less => Some(weighs(line, &what)),
            }
        }
        (Unmatched | Proposed { .. }, Unmatched | Proposed { .. }) | (Nothing, Nothing) => None,
        (Unmatched | Proposed { .. }, Matched { .. } | Suspense { .. }) => {
            Some(better(line, &what))
        }
        (Matched { .. } | Suspense { .. } | Nothing, _) | (_, Nothing) => Some(weighs(line, &what)),
    }
}
