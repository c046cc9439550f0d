//! What a rule proposes for a line, with the button that accepts it.

use ims_app::{BankDay, NewMatch, ProposedMatch};
use ims_ledger::id::LineId;

/// The proposal that was shown with this mark, if the day still has it.
pub(super) fn marked<'a>(day: &'a BankDay, line: LineId, sent: &str) -> Option<&'a ProposedMatch> {
    day.proposals.get(&line)?.iter().find(|one| one.mark == sent)
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
