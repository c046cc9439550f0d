//! The chain: each item in one block, once, each block after the one before.

use std::collections::HashSet;

use ims_ledger::{
    id::CouncilId,
    seal::{ContentHash, block_hash},
};
use ims_store::{AuditRow, BlockRow, Store, StoreError};
use ims_testkit::on_both;

use super::made::{self, at, entry};

/// Seals up to `limit` items; how many there were.
async fn seal(store: &Store, council: CouncilId, limit: i64) -> Result<usize, StoreError> {
    let mut tx = store.begin().await?;
    let items = tx.take_unsealed(council, limit).await?;
    if items.is_empty() {
        return Ok(0);
    }
    let head = tx.head(council).await?;
    let number = head.as_ref().map_or(1, |head| head.number + 1);
    let previous = head.map_or(ContentHash::GENESIS, |head| head.hash);
    let hashes = items.iter().map(|(_, _, hash)| hash);
    let hash = block_hash(council, number, previous, at(number), hashes);
    let count = i64::try_from(items.len()).unwrap();
    let row = BlockRow { number, previous, hash, sealed_at: at(number), items: count };
    tx.add_block(council, &row, &items).await?;
    tx.commit().await?;
    Ok(items.len())
}

/// Seals until nothing is left, trying again when another was faster.
async fn seal_all(store: Store, council: CouncilId) -> usize {
    let mut sealed = 0;
    loop {
        match seal(&store, council, 7).await {
            Ok(0) if store.begin().await.unwrap().count_unsealed(council).await.unwrap() == 0 => {
                return sealed;
            }
            Ok(count) => sealed += count,
            Err(StoreError::Duplicate(name)) => assert_eq!(name, "block_pkey"),
            Err(StoreError::Busy) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
}

on_both! {
    async fn several_sealers_make_one_chain(url: &str) {
        let (store, council) = made::store(url).await;
        let entries: Vec<_> = (1..=150).map(entry).collect();
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &entries).await.unwrap();
        for deed in ["import", "allocate", "close day"] {
            tx.add_event(council, &made::event(deed)).await.unwrap();
        }
        tx.commit().await.unwrap();

        let sealers: Vec<_> =
            (0..3).map(|_| tokio::spawn(seal_all(Store::clone(&store), council))).collect();
        let mut sealed = 0;
        for sealer in sealers {
            sealed += sealer.await.unwrap();
        }
        assert_eq!(sealed, 153);

        let mut tx = store.snapshot().await.unwrap();
        let mut items = Vec::new();
        tx.each_block_item(council, &mut |block, id, hash| items.push((block, id, hash))).await.unwrap();
        let once: HashSet<_> = items.iter().map(|(_, id, _)| *id).collect();
        assert_eq!((once.len(), items.len()), (153, 153));
        assert!(entries.iter().all(|it| items.iter().any(|(_, id, hash)| *id == it.id.get() && *hash == it.hash(council))));

        let blocks = tx.blocks(council).await.unwrap();
        let (mut previous, mut number) = (ContentHash::GENESIS, 0);
        for block in &blocks {
            number += 1;
            let of_it: Vec<_> = items.iter().filter(|(of, _, _)| *of == number).map(|(_, _, hash)| hash).collect();
            assert_eq!((block.number, block.previous), (number, previous));
            assert_eq!(block.items, i64::try_from(of_it.len()).unwrap());
            assert_eq!(block.hash, block_hash(council, number, previous, block.sealed_at, of_it));
            previous = block.hash;
        }
        assert_eq!(tx.head(council).await.unwrap().as_ref(), blocks.last());
        assert_eq!(tx.count_unchained(council).await.unwrap(), 0);
        assert_eq!(tx.missing_item(council).await.unwrap(), None);
    }

    async fn a_sealer_that_dies_leaves_its_items_in_the_queue(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &[entry(1), entry(2)]).await.unwrap();
        tx.commit().await.unwrap();
        let mut dying = store.begin().await.unwrap();
        assert_eq!(dying.take_unsealed(council, 10).await.unwrap().len(), 2);
        drop(dying);
        // The roll back of what was dropped is on its way; until it has come,
        // another sealer passes the items over.
        let mut sealed = 0;
        for _ in 0..500 {
            sealed = seal(&store, council, 10).await.unwrap();
            if sealed > 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(sealed, 2);
        assert_eq!(seal(&store, council, 10).await.unwrap(), 0);
    }

    /// The oldest first, so that the tail that is not yet sealed is the newest.
    async fn items_are_sealed_in_the_order_of_their_ids(url: &str) {
        let (store, council) = made::store(url).await;
        let entries: Vec<_> = (1..=5).map(entry).collect();
        let mut tx = store.begin().await.unwrap();
        let mixed: Vec<_> = [3, 0, 4, 1, 2].iter().map(|at| entries[*at].clone()).collect();
        tx.post_many(council, &mixed).await.unwrap();
        let taken = tx.take_unsealed(council, 3).await.unwrap();
        let expected: Vec<_> = entries[..3]
            .iter()
            .map(|it| (it.id.get(), "entry".to_owned(), it.hash(council)))
            .collect();
        assert_eq!(taken, expected);
        assert_eq!(tx.count_unsealed(council).await.unwrap(), 2);
    }

    async fn events_read_as_they_were_written(url: &str) {
        let (store, council) = made::store(url).await;
        let row = made::event("close day");
        let mut tx = store.begin().await.unwrap();
        tx.add_event(council, &row).await.unwrap();
        let stored = AuditRow { hash: row.content_hash(council), ..row.clone() };
        assert_eq!(tx.events(council, None, 10).await.unwrap(), std::slice::from_ref(&stored));
        let mut all = Vec::new();
        tx.each_event(council, &mut |event| all.push(event)).await.unwrap();
        assert_eq!(all, std::slice::from_ref(&stored));
        let queued = (row.id.get(), "event".to_owned(), stored.hash);
        assert_eq!(tx.take_unsealed(council, 10).await.unwrap(), [queued]);
    }
}
