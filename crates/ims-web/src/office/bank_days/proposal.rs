//! What a rule proposes for a line, with the button that accepts it.

use ims_app::{BankDay, NewMatch, ProposedMatch};
use ims_ledger::{id::LineId, seal::ContentHash};

/// The mark of a proposal as it was shown: accepted is what was seen, or nothing.
pub(super) fn mark(line: LineId, one: &ProposedMatch) -> String {
    let ids = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<_>>().join(" ");
    let parts = [
        line.to_string(),
        one.rule.clone(),
        one.reason.clone(),
        one.basis_points.to_string(),
        ids(&mut one.lines.iter().map(ToString::to_string)),
        ids(&mut one.items.iter().map(ToString::to_string)),
        ids(&mut one.expected.iter().map(ToString::to_string)),
    ];
    ContentHash::of(parts.join("\n").as_bytes()).to_string()
}

/// The proposal with this mark, if the day still has it.
pub(super) fn marked<'a>(day: &'a BankDay, line: LineId, sent: &str) -> Option<&'a ProposedMatch> {
    day.proposals.get(&line)?.iter().find(|one| mark(line, one) == sent)
}

/// What is asked for when it is accepted: the rule and its reason are the reason.
pub(super) fn as_match(one: &ProposedMatch) -> NewMatch {
    NewMatch {
        lines: one.lines.clone(),
        items: one.items.clone(),
        expected: one.expected.clone(),
        reason: format!("accepted as the rule `{}` proposed: {}", one.rule, one.reason),
    }
}
