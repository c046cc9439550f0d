//! Payment links: where each stands, and which payments were started by it.

use ims_ledger::id::LinkId;
use ims_store::{LinkRow, StoreError};
use ims_testkit::on_both;
use uuid::Uuid;

use super::made::{self, at};

on_both! {
    async fn a_link_stands_where_what_was_done_with_it_puts_it(url: &str) {
        let (store, council) = made::store(url).await;
        let (once, other) = (made::link("once"), made::link("many"));
        let payment = made::payment("PAY-7", 500);
        let step = made::payment_step(&payment, 1, "created");
        let mut tx = store.begin().await.unwrap();
        tx.add_payment(council, &payment, &made::payment_lines(&[500]), &step, at(60)).await.unwrap();
        tx.add_link(council, &once).await.unwrap();
        tx.add_link(council, &other).await.unwrap();
        for link in [&once, &other] {
            assert!(tx.use_link(council, (link.id, payment.id), at(1)).await.unwrap());
            assert!(!tx.use_link(council, (link.id, payment.id), at(2)).await.unwrap(), "known");
            assert_eq!(tx.link_uses(council, link.id).await.unwrap(), (0, 1));
        }
        assert_eq!(tx.links_of_payment(council, payment.id).await.unwrap(), [once.id, other.id]);
        assert_eq!(tx.link_states_that_differ(council).await.unwrap(), []);
        let captured = made::payment_step(&payment, 2, "captured");
        assert!(tx.step_payment(council, &captured, None).await.unwrap());
        // A link that is used once is paid then; one that is used often stays open.
        assert_eq!(tx.link_states_that_differ(council).await.unwrap().len(), 1);
        tx.link_paid(council, (once.id, payment.id), at(3)).await.unwrap();
        assert_eq!(tx.link_states_that_differ(council).await.unwrap(), []);
        tx.withdraw_link(council, (other.id, "why", "jo", at(4))).await.unwrap();
        assert_eq!(tx.link_states_that_differ(council).await.unwrap(), []);
        let last = LinkId::new(Uuid::max());
        let stand = async |tx: &mut ims_store::Tx, before, status| {
            let rows = tx.links(council, before, status, 9).await.unwrap();
            rows.into_iter().map(|row| (row.id, row.status, row.paid_by)).collect::<Vec<_>>()
        };
        let (paid, gone) = (
            (once.id, "paid".to_owned(), Some(payment.id)),
            (other.id, "withdrawn".to_owned(), None),
        );
        assert_eq!(stand(&mut tx, last, "").await, [gone.clone(), paid.clone()]);
        assert_eq!(stand(&mut tx, other.id, "").await, std::slice::from_ref(&paid));
        assert_eq!(stand(&mut tx, last, "withdrawn").await, [gone]);
        let held = tx.hold_link(council, once.id).await.unwrap().unwrap();
        assert_eq!(held, LinkRow { status: paid.1, paid_by: paid.2, ..once.clone() });
        assert_eq!(tx.link(council, once.id).await.unwrap(), Some(held));
        tx.commit().await.unwrap();
    }

    async fn a_key_makes_one_link(url: &str) {
        let (store, council) = made::store(url).await;
        let first = LinkRow { key: Some("letter 7".to_owned()), ..made::link("once") };
        let mut tx = store.begin().await.unwrap();
        tx.add_link(council, &first).await.unwrap();
        assert_eq!(tx.link_by_key(council, "letter 7").await.unwrap(), Some(first.id));
        tx.commit().await.unwrap();
        let again = LinkRow { id: made::id(LinkId::new), ..first };
        let refused = store.begin().await.unwrap().add_link(council, &again).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "payment_link_once"), "{refused:?}");
    }
}
