//! Which rows the rules would look at for some lines, before they have been handed over.

use std::{collections::BTreeSet, num::NonZeroUsize};

use ims_money::Pence;

use super::{
    desk::{At, Desk},
    joint,
    left::Left,
    run, split,
};
use crate::{
    BankLine, Expected,
    rules::{Days, How, Rule, Rules},
    search::AmountOn,
};

/// Every text in which a line may quote something.
pub(crate) fn texts(bank: &[BankLine<'_>]) -> Vec<String> {
    let desk = Desk::new(NonZeroUsize::MIN, &[], bank);
    let left = Left::new(&desk);
    let mut texts: BTreeSet<&[u8]> = BTreeSet::new();
    for at in 0..left.lines.len() {
        texts.extend(left.texts(at));
    }
    texts.into_iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
}

/// The amounts and days at which rows are wanted, once those that the lines quote are known.
pub(crate) fn amounts(
    threads: NonZeroUsize,
    expected: &[Expected<'_>],
    bank: &[BankLine<'_>],
    rules: &Rules,
) -> Vec<AmountOn> {
    // What the rules above take goes by texts alone, so nothing below can bring it back.
    let Some(first) = rules.rule.iter().position(goes_by_amount) else { return Vec::new() };
    let mut desk = Desk::new(threads, expected, bank);
    let left = run(&mut desk, rules, first).unwrap_or_else(|| Left::new(&desk));
    let below = || rules.rule.iter().skip(first);
    let mut wanted = Vec::new();
    if let Some(days) = widest(below().filter_map(window)) {
        for (_, open) in left.open(&desk) {
            if let Some(line) = bank.get(open.line as usize) {
                let from = line.date - chrono::Days::new(u64::from(days.after));
                let to = line.date + chrono::Days::new(u64::from(days.before));
                wanted.push(AmountOn { amount: line.amount, from, to });
            }
        }
    }
    if below().any(|rule| matches!(rule.how, How::Joint { .. })) {
        wanted.extend(remainders(&desk, &left));
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// What lines would leave over for another row of the day of the row that they quote.
fn remainders(desk: &Desk<'_>, left: &Left) -> Vec<AmountOn> {
    left.each(desk, |at, line, wanted| {
        let amount = desk.lines.at(line).amount;
        for reference in left.references_in(at, split::LENGTH_MIN) {
            for row in left.rows_of(desk, reference) {
                let Some(rest) = joint::rest(amount, desk.rows.at(row).amount) else { continue };
                if let Some(row) = desk.expected.get(row as usize) {
                    let amount = Pence::new(rest);
                    wanted.push(AmountOn { amount, from: row.date, to: row.date });
                }
            }
        }
    })
}

fn goes_by_amount(rule: &Rule) -> bool {
    window(rule).is_some() || matches!(rule.how, How::Joint { .. })
}

/// The window of a rule that looks for rows of the line's amount.
const fn window(rule: &Rule) -> Option<Days> {
    match rule.how {
        How::Typo { days, .. } | How::SameAmount { days, .. } => Some(days),
        _ => None,
    }
}

fn widest(windows: impl Iterator<Item = Days>) -> Option<Days> {
    windows.reduce(|one, other| Days {
        before: one.before.max(other.before),
        after: one.after.max(other.after),
    })
}
