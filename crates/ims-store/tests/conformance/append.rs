//! Rows added in one round trip, and by many at once.

use ims_store::{Addition, EntryRow, Store, StoreError};
use ims_testkit::on_both;

use super::made::{self, entry, event, expected, pence, receipt};

/// All that one payment adds.
fn payment(council: ims_ledger::id::CouncilId, posted: &EntryRow) -> Addition {
    Addition::new(council)
        .entries(std::slice::from_ref(posted))
        .receipts(&[receipt(posted, &[100, 200])])
        .expected(&[expected(300, "card-web")])
        .details(&[(posted.id.get(), vec![7], "MR J BLOGGS".to_owned())])
        .event(&event("take receipt"))
}

async fn debits(store: &Store, council: ims_ledger::id::CouncilId) -> i64 {
    let sums = store.snapshot().await.unwrap().balances(council, made::day(30)).await.unwrap();
    sums.iter().map(|account| account.debit.get()).sum()
}

on_both! {
    async fn all_of_it_lasts_at_once(url: &str) {
        let (store, council) = made::store(url).await;
        let posted = EntryRow { key: Some("k".to_owned()), ..entry(300) };
        store.append(payment(council, &posted)).await.unwrap();
        let mut tx = store.snapshot().await.unwrap();
        let kept = tx.entry_by_key(council, "k").await.unwrap().unwrap();
        assert_eq!((kept.id, kept.hash), (posted.id, posted.hash(council)));
        assert_eq!(tx.postings(council, posted.id).await.unwrap().len(), 2);
        assert_eq!(tx.open_expected(council).await.unwrap().len(), 1);
        assert_eq!(tx.count_unsealed(council).await.unwrap(), 2);
        store.append(Addition::new(council)).await.unwrap();
    }

    async fn the_same_key_again_adds_nothing(url: &str) {
        let (store, council) = made::store(url).await;
        let posted = EntryRow { key: Some("k".to_owned()), ..entry(300) };
        store.append(payment(council, &posted)).await.unwrap();
        let again = EntryRow { key: Some("k".to_owned()), ..entry(300) };
        let refused = store.append(payment(council, &again)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "entry_once"), "{refused:?}");
        assert_eq!(debits(&store, council).await, 300);
        let mut tx = store.snapshot().await.unwrap();
        assert_eq!(tx.count_unsealed(council).await.unwrap(), 2, "nothing of it stayed");
    }

    /// Of two hundred who come at once, those that may are added, each whole.
    async fn a_refused_one_takes_nobody_with_it(url: &str) {
        let (store, council) = made::store(url).await;
        let callers: Vec<_> = (0..200)
            .map(|n| {
                let store = store.clone();
                // Every fourth uses a key that another uses.
                let key = if n % 4 == 0 { "same".to_owned() } else { format!("key {n}") };
                let posted = EntryRow { key: Some(key), ..entry(100) };
                tokio::spawn(async move { store.append(payment(council, &posted)).await })
            })
            .collect();
        let mut added = 0;
        for caller in callers {
            match caller.await.unwrap() {
                Ok(()) => added += 1,
                Err(error) => assert!(matches!(error, StoreError::Duplicate(_)), "{error:?}"),
            }
        }
        assert_eq!(added, 151);
        assert_eq!(debits(&store, council).await, 15_100);
        let mut tx = store.snapshot().await.unwrap();
        assert_eq!(tx.open_expected(council).await.unwrap().len(), 151);
        let (entries, faults) = tx.check_entries(council, 9, &mut |_, _| {}).await.unwrap();
        assert_eq!((entries, faults.len()), (151, 0));
    }

    /// Units of work with their own lock go on between the turns.
    async fn others_write_beside_it(url: &str) {
        let (store, council) = made::store(url).await;
        let appending = {
            let store = store.clone();
            tokio::spawn(async move {
                for _ in 0..30 {
                    store.append(payment(council, &entry(1))).await.unwrap();
                }
            })
        };
        for _ in 0..30 {
            let mut tx = store.begin().await.unwrap();
            tx.post_many(council, &[entry(1)]).await.unwrap();
            tx.commit().await.unwrap();
        }
        appending.await.unwrap();
        assert_eq!(debits(&store, council).await, pence(60).get());
    }
}
