//! The likelier first, each with the mark of what was shown.

use ims_ledger::seal::Content;
use ims_store::OpenSuspense;

use super::{Cases, SUGGESTED_MAX, Suggestion};
use crate::clues::weighed;

/// The likeliest accounts with their likelihoods.
pub(super) fn ranked(item: &OpenSuspense, cases: Cases) -> Vec<Suggestion> {
    let weighed = weighed(cases.values());
    let mut ranked: Vec<_> = cases
        .into_iter()
        .zip(weighed)
        .map(|((account, case), (weight, permille))| (account, permille, weight, case))
        .collect();
    ranked.sort_by_cached_key(|(account, _, weight, _)| {
        (std::cmp::Reverse(*weight), account.clone())
    });
    ranked.truncate(SUGGESTED_MAX);
    let suggestions = ranked.into_iter().map(|((fund, reference), permille, _, case)| {
        let reasons = case.reasons();
        let mark = mark(item, (&fund, &reference), permille, &reasons);
        let awaited = case.told.map(|(_, ids)| ids).unwrap_or_default();
        Suggestion { fund, reference, permille, reasons, awaited, mark }
    });
    suggestions.collect()
}

/// Eight characters that stand for a suggestion.
fn mark(
    item: &OpenSuspense,
    (fund, reference): (&str, &str),
    permille: u16,
    reasons: &[String],
) -> String {
    let mut hasher = Content::new("suggestion");
    hasher.text(&item.id.to_string());
    hasher.number(item.remaining.get());
    hasher.text(fund);
    hasher.text(reference);
    hasher.number(i64::from(permille));
    hasher.text(&reasons.join("; "));
    hasher.hash().to_string().chars().take(8).collect()
}
