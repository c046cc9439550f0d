//! What an account's own money waits for: a credit that quotes the account may be that money,
//! told of before, so that it is not booked a second time.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::NaiveDate;
use ims_ledger::{
    Council, Place,
    id::{CouncilId, ExpectedId},
};
use ims_money::Pence;
use ims_reconcile::plain;
use ims_store::Tx;

use super::{InSums, Result, waiting::Waiting};

/// Money that is told of and that the bank has not shown, by the reference it came under.
pub(crate) struct Awaited(BTreeMap<String, Vec<One>>);

struct One {
    id: ExpectedId,
    on: NaiveDate,
    amount: Pence,
}

impl Awaited {
    /// What waits under these references, without a run.
    pub(crate) async fn under(
        tx: &mut Tx,
        (council, settings): (CouncilId, &Council),
        references: BTreeSet<&str>,
    ) -> Result<Self> {
        let all: BTreeSet<String> = references.iter().map(|&it| plain(it)).collect();
        let mut waiting = Waiting::new_under(tx, council, &all).await?;
        Self::among(tx, (council, settings), &mut waiting, references.into_iter(), &[]).await
    }

    /// What waits under the references of these places, however old and of whatever amount, but
    /// for what this run has matched and for what reaches the bank in sums.
    pub(super) async fn of(
        tx: &mut Tx,
        (council, settings): (CouncilId, &Council),
        waiting: &mut Waiting,
        places: &[&Place],
        matched: &[ExpectedId],
    ) -> Result<Self> {
        let references = places.iter().map(|place| place.reference.as_str());
        Self::among(tx, (council, settings), waiting, references, matched).await
    }

    async fn among(
        tx: &mut Tx,
        (council, settings): (CouncilId, &Council),
        waiting: &mut Waiting,
        references: impl Iterator<Item = &str>,
        matched: &[ExpectedId],
    ) -> Result<Self> {
        let mut all: BTreeMap<String, Vec<One>> =
            references.map(|reference| (plain(reference), Vec::new())).collect();
        waiting.under(tx, all.keys()).await?;
        let in_sums = InSums::of(tx, council, settings, waiting.rows()).await?;
        let matched: HashSet<ExpectedId> = matched.iter().copied().collect();
        for row in waiting.rows() {
            if !row.amount.is_positive() || in_sums.hold(row) || matched.contains(&row.id) {
                continue;
            }
            if let Some(ones) = all.get_mut(&plain(&row.reference)) {
                ones.push(One { id: row.id, on: row.happened_on, amount: row.amount });
            }
        }
        for ones in all.values_mut() {
            ones.sort_by_key(|one| (one.on, one.id));
        }
        Ok(Self(all))
    }

    /// Why a credit that quotes the reference is not booked, and what it may be; `None` while
    /// nothing waits under it.
    pub(super) fn doubt(&self, reference: &str) -> Option<(String, Vec<ExpectedId>)> {
        let (told, ids) = self.told(reference)?;
        Some((format!("it quotes {reference}, for which {told}"), ids))
    }

    /// What was told of under the reference, in words; `None` while nothing waits under it.
    pub(crate) fn told(&self, reference: &str) -> Option<(String, Vec<ExpectedId>)> {
        let ones = self.0.get(&plain(reference))?;
        let first = ones.first()?;
        let more = match ones.len().saturating_sub(1) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let told = format!(
            "{} of {}{more} was received before and is not shown by the bank yet: it may be that \
             money",
            first.amount, first.on
        );
        Some((told, ones.iter().map(|one| one.id).collect()))
    }
}
