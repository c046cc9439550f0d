//! Agreements: each step once, where each stands, and the payments under it.

use ims_ledger::id::AgreementId;
use ims_store::{AgreementPayments, AgreementRow, AgreementStepRow, ListedAgreement, StoreError};
use ims_testkit::on_both;
use uuid::Uuid;

use super::made::{self, at};

on_both! {
    async fn an_agreement_stands_where_its_last_step_left_it(url: &str) {
        let (store, council) = made::store(url).await;
        let (row, other) = (made::agreement("AGR-7"), made::agreement("AGR-8"));
        let mut tx = store.begin().await.unwrap();
        for row in [&row, &other] {
            tx.add_agreement(council, row, &made::agreement_step(row, 1, "created")).await.unwrap();
        }
        assert_eq!(tx.hold_agreement(council, row.id).await.unwrap(), Some(row.clone()));
        let active = AgreementStepRow {
            agreement_ref: Some("agr_1".to_owned()),
            ..made::agreement_step(&row, 2, "active")
        };
        assert!(tx.step_agreement(council, &active, Some(at(9))).await.unwrap());
        assert!(!tx.step_agreement(council, &active, None).await.unwrap(), "somebody was faster");
        let stands = AgreementRow {
            status: "active".to_owned(),
            steps: 2,
            agreement_ref: Some("agr_1".to_owned()),
            changed_at: at(1),
            ..row.clone()
        };
        assert_eq!(tx.agreement(council, row.id).await.unwrap(), Some(stands.clone()));
        assert_eq!(tx.agreement_steps(council, row.id).await.unwrap().last(), Some(&active));
        let last = AgreementId::new(Uuid::max());
        // Each with what was heard of it; a page is of agreements, not of their steps.
        let steps = [made::agreement_step(&row, 1, "created"), active.clone()];
        let payments = AgreementPayments::default();
        let stands = ListedAgreement { row: stands, steps: steps.to_vec(), payments };
        let steps = vec![made::agreement_step(&other, 1, "created")];
        let other_id = other.id;
        let other = ListedAgreement { row: other, steps, payments };
        let all = tx.agreements(council, last, "", 9).await.unwrap();
        assert_eq!(all, [other.clone(), stands.clone()]);
        assert_eq!(tx.agreements(council, last, "", 1).await.unwrap(), std::slice::from_ref(&other));
        assert_eq!(tx.agreements(council, other_id, "", 1).await.unwrap(), [stands]);
        assert_eq!(tx.agreements(council, last, "created", 9).await.unwrap(), [other]);

        // It is asked about when its time has come, at its own provider.
        let due = async |tx: &mut ims_store::Tx, provider, now| {
            tx.agreements_due(council, provider, at(now), 9).await.unwrap().len()
        };
        let found = (due(&mut tx, "sandbox", 8).await, due(&mut tx, "sandbox", 9).await, due(&mut tx, "pay", 9).await);
        assert_eq!(found, (0, 1, 0));
        tx.look_at_agreement(council, row.id, None).await.unwrap();
        assert_eq!(due(&mut tx, "sandbox", 99).await, 0);
        assert_eq!(tx.agreements_that_differ(council).await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    async fn payments_under_an_agreement_are_counted_and_within_its_limit(url: &str) {
        let (store, council) = made::store(url).await;
        let row = made::agreement("AGR-7");
        let mut tx = store.begin().await.unwrap();
        tx.add_agreement(council, &row, &made::agreement_step(&row, 1, "created")).await.unwrap();
        for (reference, pence, what) in [("PAY-7", 5_000, "set-up"), ("PAY-8", 5_001, "take")] {
            let payment = made::payment(reference, pence);
            let step = made::payment_step(&payment, 1, "created");
            tx.add_payment(council, &payment, &made::payment_lines(&[pence]), &step, at(60)).await.unwrap();
            tx.pay_under(council, (row.id, payment.id), what, at(1)).await.unwrap();
            if what == "take" {
                let captured = made::payment_step(&payment, 2, "captured");
                assert!(tx.step_payment(council, &captured, None).await.unwrap());
            }
        }
        let counts = tx.agreement_payments(council, row.id).await.unwrap();
        assert_eq!(counts, AgreementPayments { paid: 1, open: 1, setting_up: 1, set_up: 1 });
        let last = AgreementId::new(Uuid::max());
        assert_eq!(tx.agreements(council, last, "", 9).await.unwrap()[0].payments, counts);
        // More was asked for than the payer agreed to.
        let differ = tx.agreements_that_differ(council).await.unwrap();
        assert_eq!(differ.len(), 1, "{differ:?}");
        assert!(differ[0].of.contains("PAY-8"), "{differ:?}");
        tx.commit().await.unwrap();
    }

    async fn a_key_makes_one_agreement(url: &str) {
        let (store, council) = made::store(url).await;
        let first = AgreementRow { key: Some("letter 7".to_owned()), ..made::agreement("AGR-7") };
        let mut tx = store.begin().await.unwrap();
        tx.add_agreement(council, &first, &made::agreement_step(&first, 1, "created")).await.unwrap();
        assert_eq!(tx.agreement_by_key(council, "letter 7").await.unwrap(), Some(first.id));
        tx.commit().await.unwrap();
        let again = AgreementRow { key: first.key.clone(), ..made::agreement("AGR-8") };
        let step = made::agreement_step(&again, 1, "created");
        let refused = store.begin().await.unwrap().add_agreement(council, &again, &step).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "agreement_once"), "{refused:?}");
        let again = made::agreement("AGR-7");
        let step = made::agreement_step(&again, 1, "created");
        let refused = store.begin().await.unwrap().add_agreement(council, &again, &step).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "agreement_reference"), "{refused:?}");
    }
}
