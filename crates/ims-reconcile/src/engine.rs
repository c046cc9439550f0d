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
mod subsets;
mod text;
mod together;
mod typo;
mod written_date;

use crate::{
    BankLine, Expected, Outcome,
    rules::{How, RuleId, Rules},
};
use desk::Desk;
use left::Left;

/// Pairs `bank` with `expected` by `rules`, and says what it could not decide.
///
/// Every item comes back once: in one match or left over. The outcome depends on the items
/// and their ids, not on their order. Sums are exact; what would overflow is left over.
/// Only the first `u32::MAX` items of each side are looked at.
#[must_use]
pub fn reconcile(expected: &[Expected<'_>], bank: &[BankLine<'_>], rules: &Rules) -> Outcome {
    let mut desk = Desk::new(expected, bank);
    let mut left = None;
    for (place, rule) in (0_u16..).zip(&rules.rule) {
        let id = RuleId(place);
        if let How::SameReference { days } = rule.how {
            same_reference::run(&mut desk, id, rule.then, days);
            continue;
        }
        let left = left.get_or_insert_with(|| Left::new(&desk));
        let claims = match rule.how {
            How::SameReference { .. } => continue,
            How::Batch { days } => batch::claims(&mut desk, left, id, days),
            How::MerchantDay { days, slips_max: 0 } => {
                merchant_day::claims(&mut desk, left, id, days)
            }
            How::MerchantDay { days, slips_max } => {
                slips::claims(&mut desk, left, id, days, slips_max)
            }
            How::Split { days, parts_max } => split::claims(&mut desk, left, id, days, parts_max),
            How::Together { days, rows_max } => {
                together::claims(&mut desk, left, id, days, rows_max)
            }
            How::Quoted { days, length_min } => quoted::claims(&desk, left, days, length_min),
            How::Typo { days, edits, length_min } => {
                typo::claims(&mut desk, left, id, days, edits, length_min)
            }
            How::Joint { days, edits } => joint::claims(&desk, left, days, edits),
            How::NetOfFee { days, batches_min, basis_points_max } => {
                fee::claims(&desk, left, days, batches_min, basis_points_max)
            }
            How::OtherAmount { days } => same_amount::other_amount(&desk, left, days),
            How::SameAmount { days, candidates_max } => {
                same_amount::claims(&desk, left, days, candidates_max)
            }
        };
        claims::decide(&mut desk, left, id, rule, claims);
    }
    desk.outcome()
}
