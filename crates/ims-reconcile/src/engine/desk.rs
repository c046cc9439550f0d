//! What lies on the desk: every item with what is compared most, and what became of it.

use std::num::NonZeroUsize;

use chrono::{Datelike, NaiveDate};
use ims_money::Pence;

use super::{spread, text};
use crate::{Ambiguity, BankLine, Expected, Items, Match, Outcome, Proposal, Why, rules::RuleId};

/// What has become of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Any rule may take it.
    #[default]
    Open,
    /// In a match.
    Matched,
    /// Left for a person: it has more than one candidate, or is given twice.
    Disputed,
}

/// What is compared of an item.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Key {
    /// The number of its reference; zero without one.
    pub(crate) reference: u64,
    /// In pence.
    pub(crate) amount: i64,
    /// Days of the common era.
    pub(crate) day: i32,
    pub(crate) state: State,
}

impl Key {
    fn new(reference: &str, amount: Pence, date: NaiveDate) -> Self {
        Self {
            reference: text::number(text::plain(reference)),
            amount: amount.get(),
            day: date.num_days_from_ce(),
            state: State::Open,
        }
    }

    pub(crate) fn is_open(self) -> bool {
        self.state == State::Open
    }
}

/// A slice read by `u32`, as the items are numbered here. What is not there is the default.
pub(crate) trait At<T> {
    fn at(&self, index: u32) -> T;
}

impl<T: Copy + Default> At<T> for [T] {
    fn at(&self, index: u32) -> T {
        self.get(index as usize).copied().unwrap_or_default()
    }
}

/// "No such item".
pub(crate) const NONE: u32 = u32::MAX;

/// The items, what is known of them, and the decisions so far.
pub(crate) struct Desk<'a> {
    pub(crate) threads: NonZeroUsize,
    pub(crate) expected: &'a [Expected<'a>],
    pub(crate) bank: &'a [BankLine<'a>],
    pub(crate) rows: Vec<Key>,
    pub(crate) lines: Vec<Key>,
    /// For each line of a one-to-one match its row and rule.
    pairs: Vec<Option<(u32, RuleId)>>,
    /// The other matches.
    groups: Vec<Match>,
    proposals: Vec<Proposal>,
    ambiguous: Vec<Ambiguity>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        threads: NonZeroUsize,
        expected: &'a [Expected<'a>],
        bank: &'a [BankLine<'a>],
    ) -> Self {
        let most = NONE as usize;
        let expected = expected.get(..most).unwrap_or(expected);
        let bank = bank.get(..most).unwrap_or(bank);
        let rows = spread::over(threads, expected, |chunk| {
            chunk.iter().map(|x| Key::new(x.reference, x.amount, x.date)).collect()
        });
        let lines = spread::over(threads, bank, |chunk| {
            chunk.iter().map(|x| Key::new(x.reference, x.amount, x.date)).collect()
        });
        Self {
            threads,
            expected,
            bank,
            rows,
            lines,
            pairs: vec![None; bank.len()],
            groups: Vec::new(),
            proposals: Vec::new(),
            ambiguous: Vec::new(),
        }
    }

    pub(crate) fn row_id(&self, row: u32) -> u64 {
        self.expected.get(row as usize).map_or(0, |row| row.id)
    }

    pub(crate) fn line_id(&self, line: u32) -> u64 {
        self.bank.get(line as usize).map_or(0, |line| line.id)
    }

    /// The row's own reference.
    pub(crate) fn reference(&self, row: u32) -> &'a str {
        self.expected.get(row as usize).map_or("", |row| row.reference)
    }

    /// True if the lines say exactly the same.
    pub(crate) fn are_twins(&self, one: u32, other: u32) -> bool {
        match (self.bank.get(one as usize), self.bank.get(other as usize)) {
            (Some(one), Some(other)) => BankLine { id: 0, ..*one } == BankLine { id: 0, ..*other },
            _ => false,
        }
    }

    /// The rows' sum.
    pub(crate) fn sum(&self, rows: &[u32]) -> i128 {
        rows.iter().map(|row| i128::from(self.rows.at(*row).amount)).sum()
    }

    /// A match of one line and one row.
    pub(crate) fn pair(&mut self, line: u32, row: u32, rule: RuleId) {
        self.set_line(line, State::Matched);
        self.set_row(row, State::Matched);
        if let Some(pair) = self.pairs.get_mut(line as usize) {
            *pair = Some((row, rule));
        }
    }

    /// Undoes pairs of the rule whose references only share their number. Hardly ever there is
    /// one; asked here, in the order of the lines, because their texts lie in that order.
    pub(crate) fn part_strangers(&mut self, rule: RuleId) {
        let lines = self.bank.iter().zip(&self.pairs).enumerate();
        let strangers: Vec<(usize, u32)> = lines
            .filter_map(|(at, (line, pair))| {
                let (row, by) = (*pair)?;
                let is_stranger = by == rule && !text::same(line.reference, self.reference(row));
                is_stranger.then_some((at, row))
            })
            .collect();
        for (at, row) in strangers {
            if let Some(pair) = self.pairs.get_mut(at) {
                *pair = None;
            }
            self.set_line(at as u32, State::Open);
            self.set_row(row, State::Open);
            self.dispute(vec![at as u32], vec![row], rule, Why::Several);
        }
    }

    /// A match of any number of lines and rows.
    pub(crate) fn settle(&mut self, lines: Vec<u32>, rows: Vec<u32>, rule: RuleId, fee: Pence) {
        if let ([line], [row], true) = (lines.as_slice(), rows.as_slice(), fee.is_zero()) {
            return self.pair(*line, *row, rule);
        }
        lines.iter().for_each(|line| self.set_line(*line, State::Matched));
        rows.iter().for_each(|row| self.set_row(*row, State::Matched));
        let (bank, expected) = self.items(lines, rows);
        self.groups.push(Match { bank, expected, rule, fee });
    }

    /// Puts a pairing to a person.
    pub(crate) fn propose(
        &mut self,
        lines: Vec<u32>,
        rows: Vec<u32>,
        rule: RuleId,
        basis_points: u16,
    ) {
        let paid: i128 = lines.iter().map(|line| i128::from(self.lines.at(*line).amount)).sum();
        let Ok(difference) = i64::try_from(self.sum(&rows).saturating_sub(paid)) else { return };
        let difference = Pence::new(difference);
        let (bank, expected) = self.items(lines, rows);
        self.proposals.push(Proposal { bank, expected, rule, difference, rank: 0, basis_points });
    }

    /// Leaves the lines and rows to a person, with the reason.
    pub(crate) fn dispute(&mut self, lines: Vec<u32>, rows: Vec<u32>, rule: RuleId, why: Why) {
        for line in &lines {
            if self.lines.at(*line).is_open() {
                self.set_line(*line, State::Disputed);
            }
        }
        for row in &rows {
            if self.rows.at(*row).is_open() {
                self.set_row(*row, State::Disputed);
            }
        }
        self.note(lines, rows, rule, why);
    }

    /// Reports something about a line without taking it off the desk.
    pub(crate) fn note(&mut self, lines: Vec<u32>, rows: Vec<u32>, rule: RuleId, why: Why) {
        let (bank, expected) = self.items(lines, rows);
        self.ambiguous.push(Ambiguity { bank, expected, rule, why });
    }

    /// Says that `copy` is `line` given twice.
    pub(crate) fn duplicate(&mut self, line: u32, copy: u32, rule: RuleId) {
        self.set_line(copy, State::Disputed);
        let bank = vec![line, copy].into();
        let expected = Vec::new().into();
        self.ambiguous.push(Ambiguity { bank, expected, rule, why: Why::Duplicate });
    }

    /// Sorted as they are handed back.
    pub(crate) fn items(&self, mut lines: Vec<u32>, mut rows: Vec<u32>) -> (Items, Items) {
        lines.sort_unstable_by_key(|line| (self.line_id(*line), *line));
        rows.sort_unstable_by_key(|row| (self.row_id(*row), *row));
        (lines.into(), rows.into())
    }

    fn set_line(&mut self, line: u32, state: State) {
        if let Some(key) = self.lines.get_mut(line as usize) {
            key.state = state;
        }
    }

    fn set_row(&mut self, row: u32, state: State) {
        if let Some(key) = self.rows.get_mut(row as usize) {
            key.state = state;
        }
    }

    /// Everything that was decided, each item once.
    pub(crate) fn outcome(self) -> Outcome {
        let Self { expected, rows, lines, pairs, mut groups, mut proposals, mut ambiguous, .. } =
            self;
        let first = |items: &Items| items.first().copied().unwrap_or(NONE);
        groups.sort_by_key(|found| first(&found.bank));
        let mut groups = groups.into_iter().peekable();
        let singles = pairs.iter().filter(|pair| pair.is_some()).count();
        let mut matches = Vec::with_capacity(singles.saturating_add(groups.len()));
        for (line, pair) in (0_u32..).zip(pairs) {
            while let Some(group) = groups.next_if(|group| first(&group.bank) <= line) {
                matches.push(group);
            }
            if let Some((row, rule)) = pair {
                let (bank, expected) = (Items::one(line), Items::one(row));
                matches.push(Match { bank, expected, rule, fee: Pence::ZERO });
            }
        }
        matches.extend(groups);
        let is_left = |keys: &[Key], index: u32| keys.at(index).state != State::Matched;
        let still = |items: &Items| items.iter().all(|line| is_left(&lines, *line));
        proposals.retain(|found| {
            still(&found.bank) && found.expected.iter().all(|row| is_left(&rows, *row))
        });
        imply(&mut proposals);
        rank(&mut proposals, expected);
        // What stood in one rule's way may have been no obstacle to a later one.
        ambiguous.retain(|found| found.why == Why::Duplicate || still(&found.bank));
        ambiguous.sort_by_key(|found| (first(&found.bank), found.rule));
        ambiguous.dedup_by(|next, kept| {
            next.bank == kept.bank
                && std::mem::discriminant(&next.why) == std::mem::discriminant(&kept.why)
        });
        Outcome {
            matches,
            proposals,
            ambiguous,
            bank_left: left_over(&lines),
            expected_left: left_over(&rows),
        }
    }
}

fn left_over(keys: &[Key]) -> Vec<u32> {
    let left = (0_u32..).zip(keys).filter(|(_, key)| key.state != State::Matched);
    left.map(|(index, _)| index).collect()
}

/// Whoever pays several rows pays each of them: a proposal of one is no less likely than
/// the likeliest of the same line that holds it.
fn imply(proposals: &mut [Proposal]) {
    let line = |found: &Proposal| found.bank.first().copied().unwrap_or(NONE);
    proposals.sort_by_key(line);
    for of_line in proposals.chunk_by_mut(|one, other| line(one) == line(other)) {
        let whole: Vec<_> = of_line
            .iter()
            .filter(|found| found.expected.len() > 1)
            .map(|found| (found.bank.clone(), found.expected.clone(), found.basis_points))
            .collect();
        for part in of_line.iter_mut().filter(|found| found.expected.len() == 1) {
            let holds = |rows: &Items| part.expected.iter().all(|row| rows.contains(row));
            let likely = whole.iter().filter(|(bank, rows, _)| *bank == part.bank && holds(rows));
            let most = likely.map(|(.., points)| *points).max().unwrap_or_default();
            part.basis_points = part.basis_points.max(most);
        }
    }
}

/// The most proposals of one line; the less likely ones are of no help.
const PROPOSALS_MAX: u16 = 20;

/// Numbers each line's proposals, the likeliest first; what is proposed twice stays once.
fn rank(proposals: &mut Vec<Proposal>, expected: &[Expected<'_>]) {
    let line = |found: &Proposal| found.bank.first().copied().unwrap_or(NONE);
    let ids = |found: &Proposal| -> Vec<u64> {
        let ids = found.expected.iter().filter_map(|row| expected.get(*row as usize));
        ids.map(|row| row.id).collect()
    };
    proposals.sort_by(|one, other| {
        (line(one), other.basis_points, one.rule)
            .cmp(&(line(other), one.basis_points, other.rule))
            .then_with(|| ids(one).cmp(&ids(other)))
    });
    let mut kept: Vec<Proposal> = Vec::with_capacity(proposals.len());
    for mut found in proposals.drain(..) {
        let before = kept.iter().rev().take_while(|before| line(before) == line(&found));
        let before: Vec<&Proposal> = before.take(usize::from(PROPOSALS_MAX)).collect();
        let is_new = !before
            .iter()
            .any(|before| before.bank == found.bank && before.expected == found.expected);
        let rank = before.first().map_or(0, |before| before.rank).saturating_add(1);
        if is_new && rank <= PROPOSALS_MAX {
            found.rank = rank;
            kept.push(found);
        }
    }
    *proposals = kept;
}
