//! What rules propose and nobody has decided.

use std::collections::{BTreeSet, HashMap};

use ims_ledger::{
    Council,
    id::{ExpectedId, LineId, SuspenseId},
};
use ims_reconcile::Rules;
use ims_store::{OpenExpected, OpenLine, OpenSuspense};

use super::{
    InSums, Undone,
    matching::{BankSide, Item, bank_lines, expected_rows, these, was_undone, with},
};

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
}

/// The most proposals for a line.
const PROPOSED_MAX: usize = 3;

/// What proposals are looked for among.
pub(crate) struct Sought<'a> {
    /// Open lines.
    pub(crate) lines: &'a [OpenLine],
    /// Open suspense that came from the bank.
    pub(crate) suspense: &'a [OpenSuspense],
    /// What is open on the other side, …
    pub(crate) expected: &'a [OpenExpected],
    /// … and reaches the bank in sums.
    pub(crate) in_sums: &'a InSums,
    /// References that lead to an account and are nobody's slip of the pen.
    pub(crate) known: &'a BTreeSet<String>,
    /// What was taken back: it is not proposed again.
    pub(crate) undone: &'a Undone,
}

/// The first proposals for each line that has some, the likeliest first, by the rules of a run:
/// what the next run would match by itself among them, as certain. A line that is suspense now
/// is among them by its own id.
pub(crate) fn proposed(
    council: &Council,
    sought: &Sought<'_>,
) -> HashMap<LineId, Vec<ProposedMatch>> {
    let lines: Vec<&OpenLine> = sought.lines.iter().collect();
    let side = BankSide { lines: &lines, suspense: sought.suspense };
    let bank = bank_lines(&side);
    let own = expected_rows(council, sought.in_sums, sought.expected);
    let rows = with(&own, sought.known);
    let rules = Rules::careful();
    let outcome = ims_reconcile::reconcile(&rows, &bank, &rules);
    let mut found: HashMap<LineId, Vec<ProposedMatch>> = HashMap::new();
    let mut put =
        |rule: &str, reason: String, basis_points: u16, of: &[u32], these_rows: &[u32]| {
            if was_undone((of, these_rows), &side, sought.expected, sought.undone) {
                return;
            }
            let items: Vec<Item<'_>> = of.iter().filter_map(|at| side.get(*at)).collect();
            let one = ProposedMatch {
                rule: rule.to_owned(),
                reason,
                basis_points,
                lines: items.iter().filter_map(Item::line).collect(),
                items: items.iter().filter_map(Item::suspense).collect(),
                expected: these(sought.expected, these_rows).map(|row| row.id).collect(),
            };
            for line in items.iter().filter_map(Item::shown_as) {
                let of_line = found.entry(line).or_default();
                if of_line.len() < PROPOSED_MAX {
                    of_line.push(one.clone());
                }
            }
        };
    for one in &outcome.matches {
        let reason = rules.reason(one, &rows, &bank);
        put(rules.name(one.rule), reason, 10_000, &one.bank, &one.expected);
    }
    let most = u16::try_from(PROPOSED_MAX).unwrap_or(u16::MAX);
    for one in outcome.proposals.iter().filter(|one| one.rank <= most) {
        let reason = rules.proposal_reason(one, &rows, &bank);
        put(rules.name(one.rule), reason, one.basis_points, &one.bank, &one.expected);
    }
    found
}
