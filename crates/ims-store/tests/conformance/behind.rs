//! Many rows are added behind, while the next are made: what is asked next sees
//! them, a fault among them is said, and then nothing lasts.

use ims_store::{EntryRow, StoreError};
use ims_testkit::on_both;

use super::made::{self, entry};

/// More than are waited for one batch at a time.
fn many() -> Vec<EntryRow> {
    (1..=1_500).map(entry).collect()
}

on_both! {
    async fn the_next_question_sees_what_was_added_behind(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &many()).await.unwrap();
        tx.post_many(council, &many()).await.unwrap();
        assert_eq!(tx.count_entries(council).await.unwrap(), 3_000);
        tx.post_many(council, &many()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.look().await.unwrap().count_entries(council).await.unwrap(), 4_500);
    }

    async fn what_goes_on_behind_a_unit_that_is_dropped_leaves_nothing(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &many()).await.unwrap();
        drop(tx);
        // Whoever comes next waits for its turn.
        let mut next = store.begin().await.unwrap();
        next.post_many(council, &[entry(1)]).await.unwrap();
        next.commit().await.unwrap();
        assert_eq!(store.look().await.unwrap().count_entries(council).await.unwrap(), 1);
    }

    /// A commit right after it, a question, more rows: whatever comes first says it.
    async fn a_fault_behind_is_said_and_nothing_lasts(url: &str) {
        let (store, council) = made::store(url).await;
        let mut twice = many();
        twice.push(twice[0].clone());

        let mut tx = store.begin().await.unwrap();
        let posted = tx.post_many(council, &twice).await;
        let committed = tx.commit().await;
        let said = posted.and(committed).unwrap_err();
        assert!(matches!(said, StoreError::Duplicate(_)), "{said:?}");

        let mut tx = store.begin().await.unwrap();
        let asked = match tx.post_many(council, &twice).await {
            Ok(()) => tx.count_entries(council).await.map(drop),
            failed => failed,
        };
        assert!(matches!(asked, Err(StoreError::Duplicate(_))), "{asked:?}");
        let _ = tx.post_many(council, &many()).await;
        assert!(matches!(tx.commit().await, Err(StoreError::Abandoned)));

        let mut tx = store.look().await.unwrap();
        assert_eq!(tx.count_entries(council).await.unwrap(), 0);
        assert_eq!(tx.count_unsealed(council).await.unwrap(), 0);
    }
}
