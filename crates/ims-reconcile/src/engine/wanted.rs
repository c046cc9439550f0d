//! Which rows the rules would look at for some lines, before they have been handed over.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    num::NonZeroUsize,
};

use chrono::NaiveDate;
use ims_money::Pence;

use super::{
    desk::{At, Desk},
    joint,
    left::Left,
    merchant_day, run, split, text,
};
use crate::{
    BankLine, Expected,
    rules::{Days, How, Rule, Rules},
    search::AmountOn,
};

/// Every text in which a line may quote something: what it says piece by piece, and its whole
/// reference, of however many pieces.
pub(crate) fn texts(bank: &[BankLine<'_>]) -> Vec<String> {
    let desk = Desk::new(NonZeroUsize::MIN, &[], bank);
    let left = Left::new(&desk);
    let mut texts: BTreeSet<Cow<'_, [u8]>> = BTreeSet::new();
    for at in 0..left.lines.len() {
        texts.extend(left.texts(at).map(Cow::Borrowed));
    }
    for line in bank {
        texts.insert(Cow::Owned(text::plain(line.reference).collect()));
    }
    texts.remove(&[][..]);
    texts.into_iter().map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
}

/// From when to when rows of each of these texts, made plain, may be paid by the lines that
/// say it, where the bank is at most `days` early or late; stretches do not touch.
pub(crate) fn stretches(
    bank: &[BankLine<'_>],
    texts: &[&str],
    days: Days,
) -> Vec<Vec<(NaiveDate, NaiveDate)>> {
    let desk = Desk::new(NonZeroUsize::MIN, &[], bank);
    let left = Left::new(&desk);
    let reach = |days: u16| chrono::Days::new(u64::from(days) + u64::from(merchant_day::REACH));
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (place, text) in texts.iter().enumerate() {
        places.entry(text.as_bytes()).or_default().push(place);
    }
    let mut lines: Vec<BTreeSet<NaiveDate>> = vec![BTreeSet::new(); texts.len()];
    for (at, open) in left.lines.iter().enumerate() {
        let Some(line) = bank.get(open.line as usize) else { continue };
        for place in left.texts(at).filter_map(|text| places.get(text)).flatten() {
            if let Some(dates) = lines.get_mut(*place) {
                dates.insert(line.date);
            }
        }
    }
    let stretches = |dates: BTreeSet<NaiveDate>| {
        let mut all: Vec<(NaiveDate, NaiveDate)> = Vec::new();
        for date in dates {
            let (from, to) = (date - reach(days.after), date + reach(days.before));
            match all.last_mut() {
                Some((_, end)) if from <= *end + chrono::Days::new(1) => *end = to,
                _ => all.push((from, to)),
            }
        }
        all
    };
    lines.into_iter().map(stretches).collect()
}

/// The widest window of the rules that look for rows of a merchant or of a batch.
pub(crate) fn widest_of_sums(rules: &Rules) -> Days {
    let windows = rules.rule.iter().filter_map(|rule| match rule.how {
        How::Batch { days } | How::MerchantDay { days, .. } | How::NetOfFee { days, .. } => {
            Some(days)
        }
        _ => None,
    });
    widest(windows).unwrap_or(Days { before: 0, after: 0 })
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
