//! The sealer: links what has been committed into the chain.

use ims_ledger::{
    id::CouncilId,
    seal::{ContentHash, block_hash},
};
use ims_store::{BlockRow, StoreError};

use crate::{App, Books, Result};

/// The most items of one block.
const BLOCK_ITEMS_MAX: i64 = 1_000;

/// The most items that are sealed in one transaction.
const ITEMS_MAX: i64 = 10_000;

/// How often a sealer waits for another: ten seconds in all.
const TRIES_MAX: u32 = 2_000;

/// What one round of sealing came to.
enum Sealed {
    /// There was nothing left to seal.
    Everything,
    /// Some of it.
    Some,
    /// As much as is sealed at a time.
    Full,
    /// What is left is in the hands of another sealer, who has not finished.
    Elsewhere,
}

impl App {
    /// Seals everything of a council that no block has yet, and gives the hash
    /// of the newest block.
    ///
    /// # Errors
    ///
    /// What the store says. What was sealed before the error stays sealed.
    pub async fn seal(&self, council: CouncilId) -> Result<ContentHash> {
        let (mut tries, mut full_rounds) = (0_u32, 0_u32);
        loop {
            match self.seal_some(council).await {
                Ok(Sealed::Some) => {}
                Ok(Sealed::Full) => full_rounds = full_rounds.saturating_add(1),
                Ok(Sealed::Everything) => break,
                // Another sealer is at it, or added the same number: its block is the one to follow.
                Ok(Sealed::Elsewhere) | Err(StoreError::Duplicate(_) | StoreError::Busy) => {
                    tries = tries.saturating_add(1);
                    if tries > TRIES_MAX {
                        return Err(StoreError::Busy.into());
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        if full_rounds > 0 {
            // What is sealed is sealed, swept or not.
            let _unswept = self.store().sweep().await;
        }
        let head = self.store().snapshot().await?.head(council).await?;
        Ok(head.map_or(ContentHash::GENESIS, |block| block.hash))
    }

    /// Seals several blocks in one transaction.
    async fn seal_some(&self, council: CouncilId) -> Result<Sealed, StoreError> {
        let waiting = self.store().snapshot().await?.count_unsealed(council).await?;
        if waiting == 0 {
            return Ok(Sealed::Everything);
        }
        let mut tx = self.store().begin().await?;
        let mut items = tx.take_unsealed(council, ITEMS_MAX).await?;
        let is_full = i64::try_from(items.len()).is_ok_and(|taken| taken == ITEMS_MAX);
        if items.is_empty() {
            return Ok(Sealed::Elsewhere);
        }
        let head = tx.head(council).await?;
        let (mut number, mut previous) =
            head.map_or((0, ContentHash::GENESIS), |block| (block.number, block.hash));
        let sealed_at = self.world().now();
        let first = number.saturating_add(1);
        let at_once = usize::try_from(BLOCK_ITEMS_MAX).unwrap_or(usize::MAX);
        while !items.is_empty() {
            let rest = items.split_off(items.len().min(at_once));
            number = number.saturating_add(1);
            let hashes = items.iter().map(|(_, _, hash)| hash);
            let hash = block_hash(council, number, previous, sealed_at, hashes);
            let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let block = BlockRow { number, previous, hash, sealed_at, items: count };
            tx.add_block(council, &block, &items).await?;
            previous = hash;
            items = rest;
        }
        tx.roll_up(council, first, number).await?;
        tx.commit().await?;
        Ok(if is_full { Sealed::Full } else { Sealed::Some })
    }
}

impl Books {
    /// Seals the council's books, as [`App::seal`].
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn seal(&self) -> Result<ContentHash> {
        self.app().seal(self.id()).await
    }
}
