//! Payments through a provider: a step at a time, a message once, a provider's
//! payment in the books once.

use ims_ledger::id::EntryId;
use ims_store::{PaymentStepRow, StoreError};
use ims_testkit::on_both;

use super::{
    made::{self, at, booked, entry, exception, id, payment, payment_lines, payment_step},
    raw::Raw,
};

on_both! {
    async fn a_payment_goes_one_step_at_a_time(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let row = payment("PAY-1", 500);
        let first = payment_step(&row, 1, "created");
        tx.add_payment(council, &row, &payment_lines(&[200, 300]), &first, at(60)).await.unwrap();
        assert_eq!(tx.hold_payment(council, row.id).await.unwrap(), Some(row.clone()));
        assert_eq!(tx.payment_by_key(council, "key of PAY-1").await.unwrap(), Some(row.clone()));
        assert_eq!(tx.payment_we_call(council, "sandbox", "PAY-1").await.unwrap(), Some(row.id));
        assert_eq!(tx.payment_we_call(council, "other", "PAY-1").await.unwrap(), None);
        assert_eq!(tx.payment_referenced(council, "PAY-1").await.unwrap(), Some(row.id));
        assert_eq!(tx.payment_referenced(council, "PAY-2").await.unwrap(), None);
        assert_eq!(tx.payments_due(council, "sandbox", at(59), 9).await.unwrap(), []);
        assert_eq!(tx.payments_due(council, "sandbox", at(60), 9).await.unwrap(), std::slice::from_ref(&row));
        let next = PaymentStepRow {
            provider_ref: Some("p-1".to_owned()),
            news: Some("n-1".to_owned()),
            ..payment_step(&row, 2, "started")
        };
        assert!(tx.step_payment(council, &next, Some(at(90))).await.unwrap());
        assert!(!tx.step_payment(council, &next, None).await.unwrap(), "that step was taken");
        assert!(tx.is_payment_news_known(council, "sandbox", "n-1").await.unwrap());
        assert_eq!(tx.payment_they_call(council, "sandbox", "p-1").await.unwrap(), Some(row.id));
        assert_eq!(tx.payment_steps(council, row.id).await.unwrap(), [first, next]);
        assert_eq!(tx.payments_that_differ(council).await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    async fn one_message_one_booking_one_exception(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let row = payment("PAY-1", 500);
        let first = PaymentStepRow { news: Some("n".to_owned()), ..payment_step(&row, 1, "created") };
        tx.add_payment(council, &row, &payment_lines(&[500]), &first, at(60)).await.unwrap();
        tx.book_payment(council, &booked("p-9", 300)).await.unwrap();
        tx.add_payment_exception(council, &exception("p-9")).await.unwrap();
        tx.commit().await.unwrap();
        let duplicate = |refused: ims_store::Result<()>, name: &str| match refused {
            Err(StoreError::Duplicate(by)) => assert!(by.contains(name), "{by}"),
            other => panic!("{other:?}"),
        };
        let mut tx = store.begin().await.unwrap();
        let again = PaymentStepRow { news: Some("n".to_owned()), ..payment_step(&row, 2, "pending") };
        duplicate(tx.step_payment(council, &again, None).await.map(drop), "payment_step_once");
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        duplicate(tx.book_payment(council, &booked("p-9", 300)).await, "payment_booked");
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        duplicate(tx.add_payment_exception(council, &exception("p-9")).await, "payment_exception_once");
    }

    /// What is kept is compared with the steps, and what the steps say was taken
    /// with what was posted.
    async fn what_is_kept_and_what_is_posted_is_checked(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let row = payment("PAY-1", 500);
        let first = payment_step(&row, 1, "created");
        tx.add_payment(council, &row, &payment_lines(&[500]), &first, at(60)).await.unwrap();
        let posted = entry(499);
        tx.post_many(council, std::slice::from_ref(&posted)).await.unwrap();
        let paid = PaymentStepRow {
            entry: Some(posted.id),
            receipt: Some(id(ims_ledger::id::ReceiptId::new)),
            ..payment_step(&row, 2, "captured")
        };
        assert!(tx.step_payment(council, &paid, None).await.unwrap());
        let twice = PaymentStepRow { entry: Some(id(EntryId::new)), number: 3, ..paid };
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let refused = tx.step_payment(council, &twice, None).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(by) if by.contains("payment_paid_once")), "{refused:?}");
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        let found = tx.payments_that_differ(council).await.unwrap();
        assert_eq!(found.iter().map(|it| (it.kept, it.adds_up_to)).collect::<Vec<_>>(), [(500, 499)]);
        drop(tx);
        Raw::open(url).await.run("UPDATE payment_state SET status = 'failed'").await;
        let mut tx = store.begin().await.unwrap();
        let found = tx.payments_that_differ(council).await.unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[0].of.contains("failed is kept, captured was its last step"), "{found:?}");
    }
}
