//! Rows and lines for tests, and the outcome as text.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};
use ims_money::Pence;

use crate::{BankLine, Expected, Items, Outcome, Rules, Why, reconcile};

/// The `day`th day from 1 April 2026 on, which is day 1.
pub(crate) fn day(day: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 31).unwrap() + Days::new(day)
}

pub(crate) fn row(id: u64, on: u64, pence: i64, reference: &str) -> Expected<'_> {
    Expected { id, date: day(on), amount: Pence::new(pence), reference, merchant: "", batch: "" }
}

/// A row of a card machine's day, in no known batch.
pub(crate) fn card(id: u64, on: u64, pence: i64) -> Expected<'static> {
    Expected { merchant: "SHOP 77", ..row(id, on, pence, "") }
}

pub(crate) fn line(id: u64, on: u64, pence: i64, reference: &str) -> BankLine<'_> {
    let (date, amount) = (day(on), Pence::new(pence));
    BankLine { id, date, amount, reference, narrative: "", kind: "" }
}

/// What the default rules make of it, item by id.
pub(crate) fn told(rows: &[Expected<'_>], lines: &[BankLine<'_>]) -> String {
    told_by(&Rules::default(), rows, lines)
}

/// What `rules` make of it: matches, unclear cases, what is left. Proposals are left out.
pub(crate) fn told_by(rules: &Rules, rows: &[Expected<'_>], lines: &[BankLine<'_>]) -> String {
    let outcome = reconcile(rows, lines, rules);
    // Whatever else a test is about, turning the input round must not matter.
    let turned_rows: Vec<_> = rows.iter().rev().copied().collect();
    let turned_lines: Vec<_> = lines.iter().rev().copied().collect();
    let turned = reconcile(&turned_rows, &turned_lines, rules);
    let text = tell(&outcome, rules, rows, lines);
    assert_eq!(text, tell(&turned, rules, &turned_rows, &turned_lines), "order matters");
    text
}

fn tell(outcome: &Outcome, rules: &Rules, rows: &[Expected<'_>], lines: &[BankLine<'_>]) -> String {
    let bank = |items: &Items| ids(items.iter().map(|line| lines[*line as usize].id));
    let expected = |items: &Items| ids(items.iter().map(|row| rows[*row as usize].id));
    let mut said: Vec<String> = Vec::new();
    for found in &outcome.matches {
        let (bank, expected) = (bank(&found.bank), expected(&found.expected));
        said.push(format!("{}: {bank} pays {expected}", rules.name(found.rule)));
    }
    for found in &outcome.ambiguous {
        let (bank, expected) = (bank(&found.bank), expected(&found.expected));
        said.push(match found.why {
            Why::Duplicate => format!("twice: {bank}"),
            why => format!("unclear, {why}: {bank} and {expected}"),
        });
    }
    said.sort();
    let mut text = said.join("; ");
    let mut left = ids(outcome.bank_left.iter().map(|line| lines[*line as usize].id));
    let rest = ids(outcome.expected_left.iter().map(|row| rows[*row as usize].id));
    if !rest.is_empty() {
        let _ = write!(left, " | {rest}");
    }
    if !left.is_empty() {
        let _ = write!(text, "; left {}", left.trim());
    }
    text.trim_start_matches("; ").to_owned()
}

fn ids(ids: impl Iterator<Item = u64>) -> String {
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}
