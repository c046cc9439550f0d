//! Units of work: all or nothing, and what others see meanwhile.

use std::time::Duration;

use ims_store::StoreError;
use ims_testkit::on_both;

use super::made::{self, at, day, entry};

on_both! {
    async fn what_is_dropped_leaves_nothing(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &[entry(1)]).await.unwrap();
        tx.add_event(council, &made::event("import")).await.unwrap();
        drop(tx);
        let mut tx = store.snapshot().await.unwrap();
        assert_eq!(tx.count_entries(council).await.unwrap(), 0);
        assert_eq!(tx.events(council, None, 10).await.unwrap(), []);
        assert_eq!(tx.count_unsealed(council).await.unwrap(), 0);
    }

    /// PostgreSQL answers `COMMIT` after a failed statement without an error,
    /// and keeps nothing; so whoever went on after a failure would have
    /// acknowledged money that is not there.
    async fn after_a_failed_step_nothing_can_be_acknowledged(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        tx.close_day(council, &made::closed(day(1))).await.unwrap();
        assert!(tx.close_day(council, &made::closed(day(1))).await.is_err());
        let _ = tx.post_many(council, &[entry(1)]).await;
        let refused = tx.commit().await.unwrap_err();
        assert!(matches!(refused, StoreError::Abandoned), "{refused:?}");
        let mut tx = store.snapshot().await.unwrap();
        assert_eq!(tx.closed_through(council).await.unwrap(), None);
        assert_eq!(tx.count_entries(council).await.unwrap(), 0);
    }

    /// A step that was given up half-way has failed too.
    async fn after_an_abandoned_step_nothing_can_be_acknowledged(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let entries: Vec<_> = (1..=5_000).map(entry).collect();
        let posting = async {
            tx.post_many(council, &entries).await?;
            // What was added behind is waited for here, at the latest.
            tx.count_entries(council).await
        };
        let given_up = tokio::time::timeout(std::time::Duration::ZERO, posting).await;
        assert!(given_up.is_err());
        assert!(matches!(tx.commit().await, Err(StoreError::Abandoned)));
        assert_eq!(store.begin().await.unwrap().count_entries(council).await.unwrap(), 0);
    }

    async fn a_snapshot_sees_one_moment(url: &str) {
        let (store, council) = made::store(url).await;
        let mut before = store.snapshot().await.unwrap();
        assert_eq!(before.count_entries(council).await.unwrap(), 0);
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &[entry(1)]).await.unwrap();
        let mut meanwhile = store.snapshot().await.unwrap();
        assert_eq!(meanwhile.count_entries(council).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert_eq!(before.count_entries(council).await.unwrap(), 0);
        assert_eq!(before.balances(council, day(30)).await.unwrap(), []);
        let mut after = store.snapshot().await.unwrap();
        assert_eq!(after.count_entries(council).await.unwrap(), 1);
    }

    /// One that may write too, while others write: on SQLite nobody does.
    async fn a_unit_of_one_moment_sees_that_and_writes(url: &str) {
        let (store, council) = made::store(url).await;
        let mut unit = store.begin_at_one_moment().await.unwrap();
        assert_eq!(unit.count_entries(council).await.unwrap(), 0);
        if store.engine() == "postgres" {
            let mut tx = store.begin().await.unwrap();
            tx.post_many(council, &[entry(1)]).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(unit.count_entries(council).await.unwrap(), 0);
        unit.post_many(council, &[entry(2)]).await.unwrap();
        unit.commit().await.unwrap();
        let both = if store.engine() == "postgres" { 2 } else { 1 };
        assert_eq!(store.snapshot().await.unwrap().count_entries(council).await.unwrap(), both);
    }

    /// More at once than there are connections.
    async fn many_snapshots_wait_for_each_other(url: &str) {
        let (store, council) = made::store(url).await;
        let reading: Vec<_> = (0..40)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    store.snapshot().await.unwrap().count_entries(council).await.unwrap()
                })
            })
            .collect();
        for count in reading {
            assert_eq!(count.await.unwrap(), 0);
        }
    }

    /// Long pages, as many as read at once, keep nobody from a question.
    async fn one_question_waits_for_no_page(url: &str) {
        let (store, council) = made::store(url).await;
        let mut pages = Vec::new();
        for _ in 0..4 {
            let mut page = store.snapshot().await.unwrap();
            assert_eq!(page.count_entries(council).await.unwrap(), 0);
            pages.push(page);
        }
        for _ in 0..2 {
            let asked = async { store.glance().await.unwrap().count_entries(council).await.unwrap() };
            assert_eq!(tokio::time::timeout(Duration::from_secs(5), asked).await, Ok(0));
            let asked = async { store.look().await.unwrap().count_entries(council).await.unwrap() };
            assert_eq!(tokio::time::timeout(Duration::from_secs(5), asked).await, Ok(0));
        }
    }

    async fn a_snapshot_cannot_write(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.snapshot().await.unwrap();
        let refused = tx.add_event(council, &made::event("import")).await.unwrap_err();
        assert!(matches!(refused, StoreError::ReadOnly), "{refused:?}");
    }

    /// Two number the same thing at once: one is refused, none is lost or doubled.
    async fn numbers_given_at_once_are_never_given_twice(url: &str) {
        let (store, council) = made::store(url).await;
        let adding: Vec<_> = (0..8)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut tx = store.begin().await?;
                    let row = tx.add_council(&format!("C{number}"), "Some", at(0)).await?;
                    let version = tx.add_configuration(council, "Any", day(1), "x", "jo", at(0)).await?;
                    tx.commit().await?;
                    Ok::<_, StoreError>((row.id, version))
                })
            })
            .collect();
        let mut given = Vec::new();
        for added in adding {
            match added.await.unwrap() {
                Ok(numbers) => given.push(numbers),
                Err(StoreError::Duplicate(name)) => {
                    assert!(["council_pkey", "configuration_pkey"].contains(&name.as_str()), "{name}");
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        let councils = store.snapshot().await.unwrap().councils().await.unwrap();
        let mut ids: Vec<_> = given.iter().map(|(id, _)| *id).collect();
        ids.sort();
        assert!(!ids.is_empty());
        assert_eq!(councils.iter().skip(1).map(|row| row.id).collect::<Vec<_>>(), ids);
        let mut versions: Vec<_> = given.iter().map(|(_, version)| *version).collect();
        versions.sort_unstable();
        assert_eq!(versions, (1..).take(given.len()).collect::<Vec<i64>>());
    }

    async fn a_copy_holds_all_of_it_where_one_file_does(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &[entry(1)]).await.unwrap();
        tx.commit().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy.db");
        let copy = copy.to_str().unwrap();
        match store.backup(copy).await {
            Ok(()) => {
                assert_eq!(store.engine(), "sqlite");
                let copied = ims_store::Store::open(&format!("sqlite:{copy}")).await.unwrap();
                assert_eq!(copied.snapshot().await.unwrap().count_entries(council).await.unwrap(), 1);
                assert!(store.backup(copy).await.is_err(), "a copy is never overwritten");
            }
            Err(StoreError::NotBuilt(_)) => assert_eq!(store.engine(), "postgres"),
            Err(other) => panic!("{other:?}"),
        }
    }
}
