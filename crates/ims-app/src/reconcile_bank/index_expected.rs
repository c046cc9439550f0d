//! Keys for old open money, so that a run need not read all of it.

use ims_ledger::{id::ExpectedId, seal::ContentHash};
use ims_store::{ExpectedKey, Tx};

use super::waiting::keys;
use crate::{Books, Permission, Result, books::patiently};

/// Rows that get their keys in one unit of work.
const AT_ONCE: i64 = 100_000;

impl Books {
    /// Gives open money keys by which a run of reconciliation finds it, all but the `newest`
    /// rows, which a run reads whole; and says how many got theirs. A run does it by itself
    /// when there are many: nothing that it comes to depends on which rows have keys.
    ///
    /// # Errors
    ///
    /// What the store says; rows that got keys before keep them.
    pub async fn index_expected(&self, newest: u64) -> Result<u64> {
        self.actor().needs(Permission::Reconcile)?;
        let open = self.store().look().await?.count_new_expected(self.id()).await?;
        let mut left = open.saturating_sub(i64::try_from(newest).unwrap_or(i64::MAX));
        let mut keyed = 0_u64;
        while left > 0 {
            let some = left.min(AT_ONCE);
            let done = patiently(|| self.index_oldest(some)).await?;
            if done == 0 {
                break;
            }
            keyed = keyed.saturating_add(done);
            left = left.saturating_sub(some);
        }
        Ok(keyed)
    }

    async fn index_oldest(&self, limit: i64) -> Result<u64> {
        let mut tx = self.store().begin().await?;
        let rows = tx.oldest_unkeyed(self.id(), limit).await?;
        let ids: Vec<ExpectedId> = rows.iter().map(|row| row.id).collect();
        let keys = rows.iter().flat_map(keys).collect();
        tx.put_expected_keys(self.id(), &ids, keys).await?;
        tx.commit().await?;
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }

    /// What is wrong with the keys of rows that are found by them, if anything: a row that is
    /// not found may make a match look more certain than it is.
    pub(crate) async fn keys_that_differ(&self, tx: &mut Tx) -> Result<Option<String>> {
        let (mut kept, mut made) = (Sum::default(), Sum::default());
        tx.each_key_of_keyed(self.id(), &mut |key| kept.add(&key)).await?;
        tx.each_keyed(self.id(), &mut |row| keys(&row).iter().for_each(|key| made.add(key)))
            .await?;
        Ok((kept != made).then(|| {
            let (kept, made) = (kept.count, made.count);
            format!("{kept} keys of open money are kept, {made} others would be right")
        }))
    }
}

/// Keys in whatever order.
#[derive(Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    hashes: u128,
}

impl Sum {
    fn add(&mut self, key: &ExpectedKey) {
        self.count = self.count.saturating_add(1);
        let said = format!("{} {} {}", key.id, key.day, key.text);
        let hash = ContentHash::of(said.as_bytes());
        let head = hash.0.first_chunk::<16>().copied().unwrap_or_default();
        self.hashes = self.hashes.wrapping_add(u128::from_be_bytes(head));
    }
}
