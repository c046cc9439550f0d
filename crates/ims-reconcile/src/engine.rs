//! The rules at work: each takes what it can from the desk, in the order in which they stand.

mod batch;
mod claims;
mod desk;
mod edits;
mod fee;
mod joint;
mod left;
mod likely;
mod merchant_day;
mod quoted;
mod same_amount;
mod same_reference;
mod slips;
mod spans;
mod split;
mod spread;
mod subsets;
mod text;
mod together;
mod typo;
pub(crate) mod wanted;
mod written_date;

use std::num::NonZeroUsize;

use crate::{
    BankLine, Expected, Outcome,
    rules::{How, Rule, RuleId, Rules},
};
pub(crate) use text::plain;

use claims::Claim;
use desk::Desk;
use left::Left;

/// Pairs `bank` with `expected` by `rules`, and says what it could not decide.
///
/// Every item comes back once: in one match or left over. The outcome depends on the items
/// and their ids, not on their order. Sums are exact; what would overflow is left over.
/// Only the first `u32::MAX` items of each side are looked at.
#[must_use]
pub fn reconcile(expected: &[Expected<'_>], bank: &[BankLine<'_>], rules: &Rules) -> Outcome {
    reconcile_on(NonZeroUsize::MIN, expected, bank, rules)
}

/// As [`reconcile`], on so many threads. The outcome does not depend on how many.
///
/// ```
/// use std::num::NonZeroUsize;
/// use ims_reconcile::{Outcome, Rules, reconcile_on};
///
/// let two = NonZeroUsize::MIN.saturating_add(1);
/// assert_eq!(reconcile_on(two, &[], &[], &Rules::default()), Outcome::default());
/// ```
#[must_use]
pub fn reconcile_on(
    threads: NonZeroUsize,
    expected: &[Expected<'_>],
    bank: &[BankLine<'_>],
    rules: &Rules,
) -> Outcome {
    let mut desk = Desk::new(threads, expected, bank);
    run(&mut desk, rules, rules.rule.len());
    desk.outcome()
}

/// Tries the first so many of the rules, and reads the lines that are left.
fn run(desk: &mut Desk<'_>, rules: &Rules, first: usize) -> Option<Left> {
    let mut left = None;
    for (place, rule) in (0_u16..).zip(rules.rule.iter().take(first)) {
        let id = RuleId(place);
        if let How::SameReference { days } = rule.how {
            same_reference::run(desk, id, rule, days);
            continue;
        }
        let left = left.get_or_insert_with(|| Left::new(desk));
        let claims = claims_of(desk, left, id, rule);
        claims::decide(desk, left, id, rule, claims);
    }
    left
}

fn claims_of(desk: &mut Desk<'_>, left: &Left, id: RuleId, rule: &Rule) -> Vec<Claim> {
    match rule.how {
        // Decided as it goes, before the lines are read.
        How::SameReference { .. } => Vec::new(),
        How::Batch { days } => batch::claims(desk, left, id, days),
        How::MerchantDay { days, slips_max: 0 } => merchant_day::claims(desk, left, id, days),
        How::MerchantDay { days, slips_max } => slips::claims(desk, left, id, days, slips_max),
        How::Split { days, parts_max } => split::claims(desk, left, (id, rule), days, parts_max),
        How::Together { days, rows_max } => {
            together::claims(desk, left, (id, rule), days, rows_max)
        }
        How::Quoted { days, length_min } => quoted::claims(desk, left, days, length_min),
        How::Typo { days, edits, length_min } => {
            typo::claims(desk, left, id, days, edits, length_min)
        }
        How::Joint { days, edits } => joint::claims(desk, left, days, edits),
        How::NetOfFee { days, batches_min, basis_points_max } => {
            fee::claims(desk, left, days, batches_min, basis_points_max)
        }
        How::OtherAmount { days } => same_amount::other_amount(desk, left, days),
        How::SameAmount { days, candidates_max } => {
            same_amount::claims(desk, left, days, candidates_max)
        }
    }
}
