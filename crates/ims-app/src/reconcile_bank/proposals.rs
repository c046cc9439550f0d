//! What rules propose and nobody has decided.

use std::collections::HashMap;

use ims_ledger::{
    id::{ExpectedId, LineId, SuspenseId},
    seal::Content,
};
use ims_money::Pence;
use ims_reconcile::{
    Expected, Rules,
    rules::{Days, How, Rule, Then},
};
use ims_store::OpenExpected;

use super::{
    Undone,
    matching::{BankSide, Item, bank_lines, these, was_undone},
};
use crate::long::long;

/// What a rule of the engine proposes for bank lines, for a person to look at: open ones, and
/// those that went to suspense when their day closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedMatch {
    /// The rule.
    pub rule: String,
    /// Why, in words.
    pub reason: String,
    /// How likely, in hundredths of a per cent.
    pub basis_points: u16,
    /// The bank lines.
    pub lines: Vec<LineId>,
    /// The items of suspense.
    pub items: Vec<SuspenseId>,
    /// What was expected.
    pub expected: Vec<ExpectedId>,
    /// Whether both sides come to the same, to the penny: no other can be accepted.
    pub is_equal: bool,
    /// Stands for all of the proposal and the amounts of both sides: another mark, and
    /// something changed.
    pub mark: String,
}

/// What was told of and is paid as it was told.
pub(super) const TOLD_BEFORE: &str = "told-before";

/// What was told of, where the bank shows another amount.
pub(super) const TOLD_OTHER_AMOUNT: &str = "told-other-amount";

/// The most proposals for a line.
const PROPOSED_MAX: usize = 3;

/// What proposals are looked for among.
pub(super) struct Sought<'a> {
    /// Open lines first, then open suspense that came from the bank.
    pub(super) side: &'a BankSide<'a>,
    /// What is open on the other side, as far as it may have to do with them, …
    pub(super) expected: &'a [OpenExpected],
    /// … and as the engine takes it.
    pub(super) rows: &'a [Expected<'a>],
    /// What was taken back: it is not proposed again.
    pub(super) undone: &'a Undone,
}

/// The first proposals for each line that has some, the likeliest first, by the rules of a run:
/// what the next run would match by itself among them, as certain. A line that is suspense now
/// is among them by its own id.
pub(super) fn proposed(rules: &Rules, sought: &Sought<'_>) -> HashMap<LineId, Vec<ProposedMatch>> {
    let Sought { side, rows, .. } = *sought;
    let bank = bank_lines(side);
    let outcome = long(|| ims_reconcile::reconcile(rows, &bank, rules));
    let mut found: HashMap<LineId, Vec<ProposedMatch>> = HashMap::new();
    let mut put =
        |rule: &str, reason: String, basis_points: u16, of: &[u32], these_rows: &[u32]| {
            if was_undone((of, these_rows), side, sought.expected, sought.undone) {
                return;
            }
            let items: Vec<Item<'_>> = of.iter().filter_map(|at| side.get(*at)).collect();
            let rows: Vec<&OpenExpected> = these(sought.expected, these_rows).collect();
            let mark = mark((rule, &reason, basis_points), &items, &rows);
            let one = ProposedMatch {
                rule: rule.to_owned(),
                reason,
                basis_points,
                lines: items.iter().filter_map(Item::line).collect(),
                items: items.iter().filter_map(Item::suspense).collect(),
                expected: rows.iter().map(|row| row.id).collect(),
                is_equal: are_equal(&items, &rows),
                mark,
            };
            for line in items.iter().filter_map(Item::shown_as) {
                let of_line = found.entry(line).or_default();
                if !of_line.iter().any(|it| is_same(it, &one)) {
                    of_line.push(one.clone());
                }
            }
        };
    for one in &outcome.matches {
        let reason = rules.reason(one, rows, &bank);
        put(rules.name(one.rule), reason, 10_000, &one.bank, &one.expected);
    }
    for one in &outcome.proposals {
        let reason = rules.proposal_reason(one, rows, &bank);
        put(rules.name(one.rule), reason, one.basis_points, &one.bank, &one.expected);
    }
    // What was taken back takes nobody's place; and of several lines each has its own likeliest.
    for of_line in found.values_mut() {
        of_line.sort_by_key(|one| std::cmp::Reverse(one.basis_points));
        of_line.truncate(PROPOSED_MAX);
    }
    found
}

/// Whether both are of the same lines, items and rows, by whatever rule.
fn is_same(one: &ProposedMatch, other: &ProposedMatch) -> bool {
    (&one.lines, &one.items, &one.expected) == (&other.lines, &other.items, &other.expected)
}

fn are_equal(items: &[Item<'_>], rows: &[&OpenExpected]) -> bool {
    let shown = Pence::checked_sum(items.iter().map(Item::amount));
    let expected = Pence::checked_sum(rows.iter().map(|row| row.amount));
    shown.is_some() && shown == expected
}

/// Also what waits under a reference that is quoted, however old and of whatever amount: a run
/// does not book a credit beside it, and nobody is to place it so once its day has closed.
pub(super) fn whatever_its_age(mut rules: Rules) -> Rules {
    let days = Days { before: u16::MAX, after: u16::MAX };
    let told =
        "quotes {reference}, for which {sum} of {date} was told of and is not shown by the bank";
    let beyond = [
        (TOLD_BEFORE, How::Quoted { days, length_min: 6 }, told.to_owned()),
        (TOLD_OTHER_AMOUNT, How::OtherAmount { days }, format!("{told}, but pays {{amount}}")),
    ];
    for (name, how, says) in beyond {
        if let Ok(says) = says.parse() {
            rules.rule.push(Rule { name: name.to_owned(), how, then: Then::Propose, says });
        }
    }
    rules
}

/// Eight characters that stand for a proposal.
fn mark(
    (rule, reason, basis_points): (&str, &str, u16),
    items: &[Item<'_>],
    rows: &[&OpenExpected],
) -> String {
    let mut hasher = Content::new("proposal");
    hasher.text(rule);
    hasher.text(reason);
    hasher.number(i64::from(basis_points));
    let shown = items.iter().map(|item| match item {
        Item::Line(line) => (line.id.get(), item.amount()),
        Item::Suspense(of) => (of.id.get(), item.amount()),
    });
    for (id, amount) in shown.chain(rows.iter().map(|row| (row.id.get(), row.amount))) {
        hasher.text(&id.to_string());
        hasher.number(amount.get());
    }
    hasher.hash().to_string().chars().take(8).collect()
}
