//! Baskets: changed at the version they were read at, and forgotten in time.

use ims_ledger::seal::ContentHash;
use ims_store::BasketRow;
use ims_testkit::on_both;

use super::made::{self, at, basket};

on_both! {
    async fn a_basket_is_changed_by_one_at_a_time_and_forgotten(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let row = basket("token");
        assert!(tx.keep_basket(council, &row, at(0)).await.unwrap());
        assert!(!tx.keep_basket(council, &basket("token"), at(0)).await.unwrap());
        let next = BasketRow {
            document: "{}".to_owned(),
            tries: 1,
            version: 2,
            ..row.clone()
        };
        assert!(tx.keep_basket(council, &next, at(1)).await.unwrap());
        assert!(!tx.keep_basket(council, &next, at(1)).await.unwrap(), "somebody was faster");
        let token = row.token_hash;
        assert_eq!(tx.basket(council, token, at(99)).await.unwrap(), Some(next));
        assert_eq!(tx.basket(council, ContentHash::of(b"other"), at(99)).await.unwrap(), None);
        assert_eq!(tx.basket(council, token, at(100)).await.unwrap(), None, "it has ended");
        let other = BasketRow { ends_at: at(300), ..basket("token") };
        assert!(tx.keep_basket(council, &other, at(200)).await.unwrap(), "the old one is gone");
        assert_eq!(tx.basket(council, token, at(200)).await.unwrap(), Some(other));
        tx.commit().await.unwrap();
    }
}
