//! Payments and refunds that came after the payout they are in: what only the provider knew
//! went to suspense, and now it is known whose it is. The payout goes on
//! waiting for the money; the payment, which waited for it once more, does not.

use std::collections::{HashMap, HashSet};

use ims_ledger::id::{EntryId, ExpectedId, MatchId, SuspenseId};
use ims_store::{AllocationRow, MatchRow, OpenExpected, OpenSuspense, Tx};

use super::{
    Found, Open, Result,
    matching::{Item, entry_of, pair_up},
    undone::Undone,
};
use crate::{
    import_file::{PAID_UNKNOWN, REFUNDED_UNKNOWN},
    posting::Writer,
};

/// The name this explanation goes by.
pub(super) const RULE: &str = "payment after its payout";

/// Takes each such payment off what is open, and its money off suspense.
pub(super) async fn apply(
    tx: &mut Tx,
    writer: &Writer<'_>,
    suspense: &[OpenSuspense],
    undone: &Undone,
    open: &mut Open,
    found: &mut Found,
) -> Result<()> {
    let council = writer.books.id();
    let mut by_entry: HashMap<EntryId, SuspenseId> = HashMap::new();
    for reason in [PAID_UNKNOWN, REFUNDED_UNKNOWN] {
        if suspense.iter().any(|item| item.reason == reason) {
            let items = tx.suspense_entries(council, reason).await?;
            by_entry.extend(items.into_iter().map(|(item, entry)| (entry, item)));
        }
    }
    if by_entry.is_empty() {
        return Ok(());
    }
    let mut late: HashMap<ExpectedId, SuspenseId> = HashMap::new();
    for (expected, entry) in tx.expected_twice(council, [PAID_UNKNOWN, REFUNDED_UNKNOWN]).await? {
        if !late.contains_key(&expected)
            && let Some(item) = by_entry.remove(&entry)
        {
            late.insert(expected, item);
        }
    }
    let whole: HashMap<SuspenseId, &OpenSuspense> =
        suspense.iter().map(|item| (item.id, item)).collect();
    open.waiting.these(tx, late.keys().copied()).await?;
    let is_late = |expected: &&OpenExpected| late.contains_key(&expected.id);
    let mut waiting: Vec<&OpenExpected> = open.waiting.rows().iter().filter(is_late).collect();
    waiting.sort_unstable_by_key(|expected| expected.id);
    let mut taken: HashSet<ExpectedId> = HashSet::new();
    for expected in waiting {
        let item = late.get(&expected.id).and_then(|id| whole.get(id));
        let fits = |item: &&&OpenSuspense| {
            item.remaining == expected.amount && !undone.item_with(item, expected.id)
        };
        let Some(item) = item.filter(fits) else { continue };
        taken.insert(expected.id);
        let id = MatchId::new(writer.books.world().id());
        let reason =
            format!("payment {} was paid out before it was known here", expected.source_ref);
        let items = [Item::Suspense(item)];
        let entry = entry_of(writer, id, &items, &[expected])?;
        let Some(entry) = entry else { continue };
        pair_up(id, &items, &[expected], found);
        found.sets.push(MatchRow {
            id,
            rule: RULE.to_owned(),
            reason: reason.clone(),
            amount: expected.amount,
            entry: Some(entry.id),
            made_by: writer.books.actor().name().to_owned(),
            made_at: writer.now,
            config_version: None,
            undone_at: None,
        });
        found.used.push((item.id, item.remaining));
        found.allocations.push(AllocationRow {
            id: writer.books.world().id(),
            suspense: item.id,
            amount: item.remaining,
            entry: entry.id,
            receipt: None,
            matched: Some(id),
            note: reason,
            by: writer.books.actor().name().to_owned(),
            at: writer.now,
        });
        found.closed.push(expected.id);
        found.entries.push(entry);
    }
    open.waiting.without(&taken);
    Ok(())
}
