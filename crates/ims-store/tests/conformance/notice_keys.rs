//! Keys of single payments' notices: kept, replaced, and forgotten by their age.

use ims_ledger::id::PaymentId;
use ims_testkit::on_both;

use super::made::{self, at, id};

on_both! {
    async fn a_key_is_its_payment_s_until_it_is_old(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let (old, new) = (id(PaymentId::new), id(PaymentId::new));
        assert_eq!(tx.notice_key(council, old).await.unwrap(), None);
        tx.keep_notice_key(council, (old, "first", "https://a"), at(0)).await.unwrap();
        tx.keep_notice_key(council, (old, "second", "https://b"), at(1)).await.unwrap();
        tx.keep_notice_key(council, (new, "third", "https://c"), at(2)).await.unwrap();
        let kept = tx.notice_key(council, old).await.unwrap();
        assert_eq!(kept, Some(("second".to_owned(), "https://b".to_owned())));
        assert_eq!(tx.forget_notice_keys(council, at(1)).await.unwrap(), 0);
        assert_eq!(tx.forget_notice_keys(council, at(2)).await.unwrap(), 1);
        assert_eq!(tx.notice_key(council, old).await.unwrap(), None);
        assert!(tx.notice_key(council, new).await.unwrap().is_some());
        tx.commit().await.unwrap();
    }
}
