//! Tills: one open at a drawer and for a cashier, and held while it takes money.

use ims_store::{StoreError, TillReceiptRow};
use ims_testkit::on_both;

use super::made::{self, till_receipt, till_session};

on_both! {
    async fn one_is_open_at_a_till_and_for_a_cashier(url: &str) {
        let (store, council) = made::store(url).await;
        let first = till_session(1, "DESK", "ann");
        let mut tx = store.begin().await.unwrap();
        tx.add_till_session(council, &first).await.unwrap();
        tx.commit().await.unwrap();
        for (till, cashier, constraint) in
            [("DESK", "bob", "till_open_till"), ("HATCH", "ann", "till_open_cashier")]
        {
            let mut tx = store.begin().await.unwrap();
            let refused = tx.add_till_session(council, &till_session(2, till, cashier)).await.unwrap_err();
            assert!(matches!(&refused, StoreError::Duplicate(name) if name == constraint), "{refused:?}");
        }
        let mut tx = store.begin().await.unwrap();
        assert!(tx.move_till(council, first.id, "open", "counted").await.unwrap());
        assert!(!tx.move_till(council, first.id, "open", "open").await.unwrap(), "it is held only while open");
        tx.add_till_session(council, &till_session(2, "DESK", "ann")).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.snapshot().await.unwrap();
        let all = tx.till_sessions(council, ("", "ann"), None, 9).await.unwrap();
        let all: Vec<_> = all.iter().map(|row| (row.number, row.status.as_str())).collect();
        assert_eq!(all, [(2, "open"), (1, "counted")]);
        assert_eq!(tx.till_sessions(council, ("counted", ""), Some(2), 9).await.unwrap().len(), 1);
    }

    /// What a row says of a receipt is possible: change only of cash, a terminal
    /// only with a card.
    async fn what_cannot_be_of_a_receipt_is_refused(url: &str) {
        let (store, council) = made::store(url).await;
        let session = till_session(1, "DESK", "ann");
        let good = till_receipt(session.id, 100);
        for (row, constraint) in [
            (TillReceiptRow { tendered: made::pence(99), ..good.clone() }, "till_receipt_tendered"),
            (TillReceiptRow { kind: "cheque".to_owned(), tendered: made::pence(101), ..good.clone() }, "till_receipt_tendered"),
            (TillReceiptRow { terminal: "T1".to_owned(), batch: "1".to_owned(), ..good.clone() }, "till_receipt_card"),
            (TillReceiptRow { kind: "card".to_owned(), ..good.clone() }, "till_receipt_card"),
        ] {
            let mut tx = store.begin().await.unwrap();
            let refused = tx.add_till_receipt(council, &row).await.unwrap_err();
            assert!(refused.to_string().contains(constraint), "{refused}");
        }
        let mut tx = store.begin().await.unwrap();
        tx.add_till_session(council, &session).await.unwrap();
        tx.add_till_receipt(council, &good).await.unwrap();
        let taken = tx.taken_at_till(council, session.id).await.unwrap();
        assert_eq!((taken[0].receipts, taken[0].amount), (1, made::pence(100)));
        tx.commit().await.unwrap();
    }
}
