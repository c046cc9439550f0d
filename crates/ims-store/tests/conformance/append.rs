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

    /// What rows were made by is looked at in the step that adds them.
    async fn nothing_is_added_once_it_is_otherwise(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let version =
            tx.add_configuration(council, "Anyborough", made::day(1), "", "jo", made::at(0)).await.unwrap();
        tx.add_holder(council, &made::holder("80012345"), made::at(0)).await.unwrap();
        tx.commit().await.unwrap();
        let stands = async |guarded: &dyn Fn(Addition) -> Addition| {
            let before = debits(&store, council).await;
            let done = store.append(guarded(payment(council, &entry(1)))).await;
            let added = debits(&store, council).await - before;
            match done {
                Ok(()) => assert_eq!(added, 1),
                Err(error) => {
                    assert!(matches!(error, StoreError::Overtaken), "{error:?}");
                    assert_eq!(added, 0);
                }
            }
            added == 1
        };
        let days = |day: Option<u32>| move |it: Addition| it.while_closed_through(day.map(made::day));
        let configured = |day: u32, version: i64| move |it: Addition| it.while_configured(made::day(day), version);
        let free = |reference: &'static str, must: bool| move |it: Addition| it.while_free("CT", reference, must);

        assert!(stands(&days(None)).await && !stands(&days(Some(1))).await);
        let mut tx = store.begin().await.unwrap();
        tx.close_day(council, &made::closed(made::day(1))).await.unwrap();
        tx.close_day(council, &made::closed(made::day(3))).await.unwrap();
        tx.commit().await.unwrap();
        assert!(stands(&days(Some(3))).await && !stands(&days(None)).await && !stands(&days(Some(1))).await);
        let mut tx = store.begin().await.unwrap();
        tx.reopen_days(council, &made::reopened(1, made::day(2))).await.unwrap();
        tx.commit().await.unwrap();
        assert!(stands(&days(Some(2))).await && !stands(&days(Some(3))).await);
        assert_eq!(store.begin().await.unwrap().closed_through(council).await.unwrap(), Some(made::day(2)));

        assert!(stands(&configured(1, version)).await && !stands(&configured(1, version + 1)).await);
        assert!(!stands(&|it| it.while_configured(made::day(1).pred_opt().unwrap(), version)).await);

        assert!(stands(&free("80012345", true)).await && stands(&free("80012345", false)).await);
        assert!(stands(&free("1", false)).await && !stands(&free("1", true)).await);
        let mut tx = store.begin().await.unwrap();
        let holder = made::holder("80012345");
        let stopped = ims_store::HolderRow { stop: Some("BAIL".to_owned()), ..holder };
        assert!(tx.change_holder(council, &stopped, made::at(1)).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!stands(&free("80012345", true)).await && !stands(&free("80012345", false)).await);

        assert!(stands(&|it| it.while_not_redirected("OLD1")).await);
        let mut tx = store.begin().await.unwrap();
        tx.add_redirect(council, &made::redirect("OLD1", Some("80012345"))).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!stands(&|it| it.while_not_redirected("OLD1")).await);
        assert!(stands(&|it| it.while_not_redirected("OLD2").while_closed_through(Some(made::day(2)))).await);
    }

    /// While a day is being closed nothing is added by how it was before, not
    /// even by who began before it was closed.
    async fn nothing_slips_into_a_day_that_is_being_closed(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        tx.hold_days(council).await.unwrap();
        let late = {
            let (store, rows) = (store.clone(), payment(council, &entry(1)).while_closed_through(None));
            tokio::spawn(async move { store.append(rows).await })
        };
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        tx.close_day(council, &made::closed(made::day(1))).await.unwrap();
        tx.commit().await.unwrap();
        let late = late.await.unwrap();
        assert!(matches!(late, Err(StoreError::Overtaken)), "{late:?}");
        assert_eq!(debits(&store, council).await, 0);
        store.append(payment(council, &entry(1)).while_closed_through(Some(made::day(1)))).await.unwrap();
        assert_eq!(debits(&store, council).await, 1);
    }

    /// Of many who come at once, only those that were overtaken are refused.
    async fn an_overtaken_one_takes_nobody_with_it(url: &str) {
        let (store, council) = made::store(url).await;
        let callers: Vec<_> = (0..60)
            .map(|n| {
                let day = (n % 5 == 0).then(|| made::day(1));
                let rows = payment(council, &entry(100)).while_closed_through(day);
                let store = store.clone();
                tokio::spawn(async move { (n % 5 == 0, store.append(rows).await) })
            })
            .collect();
        for caller in callers {
            let (is_late, done) = caller.await.unwrap();
            assert_eq!(is_late, matches!(done, Err(StoreError::Overtaken)), "{done:?}");
        }
        assert_eq!(debits(&store, council).await, 4_800);
    }
}
