//! Payments and refunds that came after the payout they are in: what only the provider knew
//! went to suspense, and now it is known whose it is. The payout goes on
//! waiting for the money; the payment, which waited for it once more, does not.

use std::collections::{BTreeMap, HashMap, HashSet};

use ims_ledger::id::{EntryId, ExpectedId, MatchId, SuspenseId};
use ims_money::Pence;
use ims_store::{AllocationRow, GivenBackRow, MatchRow, OpenExpected, OpenSuspense, Tx};

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
    if suspense.iter().any(|item| item.reason == REFUNDED_UNKNOWN) {
        by_payment(tx, writer, &mut by_entry, open, &mut late).await?;
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

/// Refunds that their payout names by the payment they are of: those of that payment that
/// are waited for and as large. Of several that are alike, which is which makes no
/// difference, so they are paired in the order in which they came to be known. Where there
/// are more of the one than of the other, or two payments go by that name, all stay.
async fn by_payment(
    tx: &mut Tx,
    writer: &Writer<'_>,
    by_entry: &mut HashMap<EntryId, SuspenseId>,
    open: &mut Open,
    late: &mut HashMap<ExpectedId, SuspenseId>,
) -> Result<()> {
    let council = writer.books.id();
    let mut lines: HashMap<String, Vec<(EntryId, String, Pence)>> = HashMap::new();
    for (entry, channel, source, amount) in tx.unknown_in_payouts(council, REFUNDED_UNKNOWN).await?
    {
        if by_entry.contains_key(&entry) {
            lines.entry(channel).or_default().push((entry, source, amount));
        }
    }
    for (channel, lines) in lines {
        let mut sources: Vec<_> = lines.iter().map(|(_, source, _)| source.clone()).collect();
        sources.sort_unstable();
        sources.dedup();
        let mut back = tx.given_back_by_source(council, &channel, &sources).await?;
        back.retain(|row| !row.is_dispute && row.money.payout.is_none());
        open.waiting.these(tx, back.iter().map(|row| row.money.id)).await?;
        let waited: HashSet<_> = open.waiting.rows().iter().map(|row| row.id).collect();
        back.retain(|row| waited.contains(&row.money.id) && !late.contains_key(&row.money.id));
        let mut alike: BTreeMap<(&str, Pence), Vec<EntryId>> = BTreeMap::new();
        for (entry, source, amount) in &lines {
            alike.entry((source, *amount)).or_default().push(*entry);
        }
        for ((source, amount), entries) in alike {
            let is_it =
                |row: &&GivenBackRow| row.money.source_ref == source && row.money.amount == amount;
            let fits: Vec<_> = back.iter().filter(is_it).collect();
            let is_of_one = fits
                .windows(2)
                .all(|two| matches!(two, [one, other] if one.receipt == other.receipt));
            if !is_of_one || fits.len() != entries.len() {
                continue;
            }
            for (entry, row) in entries.iter().zip(fits) {
                if let Some(item) = by_entry.remove(entry) {
                    late.insert(row.money.id, item);
                }
            }
        }
    }
    Ok(())
}
