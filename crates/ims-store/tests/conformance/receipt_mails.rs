//! Receipts by e-mail: wanted, moved on by one at a time, and the address forgotten.

use ims_ledger::id::PaymentId;
use ims_testkit::on_both;

use super::made::{self, at, id};

on_both! {
    async fn an_e_mail_is_moved_by_one_at_a_time_and_its_address_forgotten(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let (payment, first, second) = (id(PaymentId::new), id(|id| id), id(|id| id));
        assert_eq!(tx.receipt_mail(council, payment).await.unwrap(), None);
        assert!(tx.want_receipt_mail(council, (payment, first, "en"), at(0)).await.unwrap());
        assert!(tx.want_receipt_mail(council, (payment, second, "cy"), at(1)).await.unwrap());
        let details = [(second, vec![1], "pat@example.org".to_owned())];
        tx.put_details(council, &details).await.unwrap();
        let row = tx.receipt_mail(council, payment).await.unwrap().unwrap();
        let told = (row.payment, row.id, row.language.as_str(), row.state.as_str());
        assert_eq!(told, (payment, second, "cy", "wanted"));
        let to_sending = ("wanted", "sending");
        assert!(tx.move_receipt_mail(council, payment, to_sending, at(2)).await.unwrap());
        assert!(!tx.move_receipt_mail(council, payment, to_sending, at(2)).await.unwrap());
        assert!(!tx.want_receipt_mail(council, (payment, first, "en"), at(3)).await.unwrap());
        assert!(!tx.drop_receipt_mail(council, payment).await.unwrap(), "it is on its way");
        assert!(tx.words_of(council, second).await.unwrap().is_some());
        tx.forget_details(council, second).await.unwrap();
        assert_eq!(tx.words_of(council, second).await.unwrap(), None);
        let other = id(PaymentId::new);
        assert!(tx.want_receipt_mail(council, (other, first, "en"), at(0)).await.unwrap());
        assert!(tx.drop_receipt_mail(council, other).await.unwrap());
        assert_eq!(tx.receipt_mail(council, other).await.unwrap(), None);
        tx.commit().await.unwrap();
    }
}
