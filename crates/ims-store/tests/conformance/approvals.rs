//! What waits for a second person: decided once, and never by who asked.

use ims_store::ApprovalRow;
use ims_testkit::on_both;

use super::made::{self, approval, decision};

on_both! {
    async fn it_is_decided_once_and_kept(url: &str) {
        let (store, council) = made::store(url).await;
        let asked = ApprovalRow { key: Some("k".to_owned()), ..approval("ann") };
        let mut tx = store.begin().await.unwrap();
        tx.add_approval(council, &asked).await.unwrap();
        assert_eq!(tx.open_approvals(council, None, 9).await.unwrap(), std::slice::from_ref(&asked));
        assert_eq!(tx.open_approvals(council, Some(asked.id), 9).await.unwrap(), []);
        assert_eq!(tx.approval_by_key(council, "k").await.unwrap(), Some(asked.clone()));
        let yes = decision("approved", "bob");
        assert!(tx.decide_approval(council, asked.id, &yes).await.unwrap());
        assert!(!tx.decide_approval(council, asked.id, &decision("refused", "eve")).await.unwrap());
        let now = tx.approval(council, asked.id).await.unwrap().unwrap();
        assert_eq!(now.decision, Some(yes));
        assert_eq!(tx.open_approvals(council, None, 9).await.unwrap(), []);
        assert_eq!(tx.approvals_that_differ(council).await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    /// The books themselves refuse it, whatever program asks.
    async fn nobody_approves_what_they_asked_for(url: &str) {
        let (store, council) = made::store(url).await;
        let asked = approval("ann");
        let mut tx = store.begin().await.unwrap();
        tx.add_approval(council, &asked).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let refused = tx.decide_approval(council, asked.id, &decision("approved", "ann")).await;
        assert!(refused.unwrap_err().to_string().contains("approval_four_eyes"));
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        assert!(tx.decide_approval(council, asked.id, &decision("withdrawn", "ann")).await.unwrap());
        tx.commit().await.unwrap();
    }
}
