//! Refunds, disputes and returns: one step at a time, and each told of once.

use ims_ledger::{
    id::{CouncilId, ExportId, ImportId, ReceiptId, RefundId},
    seal::ContentHash,
};
use ims_store::{
    ClaimRow, LineKey, LineUseRow, RefundLineRow, RefundRow, Store, StoreError, Taken,
};
use ims_testkit::on_both;

use super::made::{
    self, dispute, dispute_end, entry,
    gone_back::{refund_file, refund_item},
    id, line_use, pence, receipt, refund, refund_step, sent_back,
};

/// A refund of 2.00 of a payment of 6.00, asked for.
async fn asked(store: &Store, council: CouncilId) -> RefundRow {
    let mut tx = store.begin().await.unwrap();
    let posted = entry(600);
    let paid = receipt(&posted, &[600]);
    tx.add_receipts(council, std::slice::from_ref(&paid)).await.unwrap();
    let row = RefundRow { receipt: paid.id, receipt_number: paid.number.clone(), ..refund(200) };
    let of = LineKey { receipt: paid.id, line: 1 };
    assert!(matches!(tx.take_from_line(council, of, pence(200)).await.unwrap(), Taken::Vat(_)));
    let used = LineUseRow { subject: row.id.get(), ..line_use(of, 200) };
    tx.add_line_uses(council, &[used]).await.unwrap();
    let lines = [RefundLineRow { line: 1, amount: pence(200), vat: pence(0) }];
    tx.add_refund(council, &row, &lines, &refund_step(&row, 1, "requested")).await.unwrap();
    tx.commit().await.unwrap();
    row
}

on_both! {
    async fn a_refund_goes_one_step_at_a_time(url: &str) {
        let (store, council) = made::store(url).await;
        let row = asked(&store, council).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.refund(council, row.id).await.unwrap(), Some(row.clone()));
        assert_eq!(tx.refund_of_approval(council, row.approval).await.unwrap(), Some(row.clone()));
        assert_eq!(tx.refund(council, id(RefundId::new)).await.unwrap(), None);
        assert!(tx.step_refund(council, &refund_step(&row, 2, "approved")).await.unwrap());
        // Who looked before that step is too late.
        assert!(!tx.step_refund(council, &refund_step(&row, 2, "refused")).await.unwrap());
        let steps = tx.refund_steps(council, row.id).await.unwrap();
        assert_eq!(steps, [refund_step(&row, 1, "requested"), refund_step(&row, 2, "approved")]);
        assert_eq!(tx.refunds_in_flight(council).await.unwrap(), pence(200));
        assert_eq!(tx.refunds(council, Some("approved"), None, 9).await.unwrap().len(), 1);
        assert_eq!(tx.refunds(council, Some("requested"), None, 9).await.unwrap(), []);
        assert_eq!(tx.refunds(council, None, Some(row.id), 9).await.unwrap(), []);
        assert_eq!(tx.bank_refunds(council).await.unwrap(), []);
        assert!(tx.step_refund(council, &refund_step(&row, 3, "paid")).await.unwrap());
        assert_eq!(tx.refunds_in_flight(council).await.unwrap(), pence(0));
        assert_eq!(tx.refunds_that_differ(council).await.unwrap(), []);
        // Failed, but what it had taken was not given back.
        assert!(tx.step_refund(council, &refund_step(&row, 4, "failed")).await.unwrap());
        assert_eq!(tx.refunds_that_differ(council).await.unwrap().len(), 1);
        let again = ims_store::RefundStepRow { notice: Some("evt_3".to_owned()), ..refund_step(&row, 5, "paid") };
        let refused = tx.step_refund(council, &again).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name.contains("refund_step")), "{refused:?}");
    }

    /// Whoever looked before it was put into a file is too late.
    async fn a_refund_goes_into_one_file_at_a_time(url: &str) {
        let (store, council) = made::store(url).await;
        let row = asked(&store, council).await;
        let mut tx = store.begin().await.unwrap();
        tx.add_refund_payee(council, row.id, ContentHash::salted(&[1], "J Smith")).await.unwrap();
        let payee = tx.refund_payee(council, row.id).await.unwrap().unwrap();
        assert_eq!((payee.words, payee.is_intact), (None, false));
        tx.put_details(council, &[(row.id.get(), vec![1], "J Smith".to_owned())]).await.unwrap();
        assert!(tx.refund_payee(council, row.id).await.unwrap().unwrap().is_intact);
        assert_eq!(tx.refund_payees_that_differ(council).await.unwrap(), None);
        tx.add_refund_file(council, &refund_file(id(ExportId::new)), &[refund_item(&row, 1)]).await.unwrap();
        let other = refund_file(id(ExportId::new));
        let refused = tx.add_refund_file(council, &other, &[refund_item(&row, 1)]).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name.contains("refund_file_item")), "{refused:?}");
    }

    async fn a_dispute_ends_once_and_its_reference_is_its_own(url: &str) {
        let (store, council) = made::store(url).await;
        let of = asked(&store, council).await;
        let row = ims_store::DisputeRow {
            receipt: of.receipt,
            receipt_number: of.receipt_number.clone(),
            ..dispute("dp_1", 100)
        };
        let mut tx = store.begin().await.unwrap();
        tx.add_dispute(council, &row).await.unwrap();
        assert_eq!(tx.disputes(council, true, None, 9).await.unwrap(), std::slice::from_ref(&row));
        assert_eq!(tx.disputed(council).await.unwrap(), pence(100));
        let key = LineKey { receipt: of.receipt, line: 1 };
        let claim = ClaimRow {
            subject: row.id.get(),
            number: 1,
            purpose: "dispute".to_owned(),
            of: key,
            amount: pence(100),
            short: pence(40),
        };
        tx.add_claims(council, std::slice::from_ref(&claim)).await.unwrap();
        assert_eq!(tx.claims(council, row.id.get()).await.unwrap(), [claim]);
        assert_eq!(tx.claimed_of_line(council, key).await.unwrap(), pence(100));
        assert_eq!(tx.claims_that_differ(council).await.unwrap().len(), 1, "60 are not taken");
        let used = LineUseRow { subject: row.id.get(), purpose: "dispute".to_owned(), ..line_use(key, 60) };
        tx.add_line_uses(council, &[used]).await.unwrap();
        assert_eq!(tx.claims_that_differ(council).await.unwrap(), []);
        tx.end_dispute(council, row.id, &dispute_end("lost")).await.unwrap();
        assert_eq!(tx.disputed(council).await.unwrap(), pence(40));
        assert_eq!(tx.disputes(council, true, None, 9).await.unwrap(), []);
        let found = tx.dispute_by_reference(council, "card-web", "dp_1").await.unwrap().unwrap();
        assert_eq!(found.end, Some(dispute_end("lost")));
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let refused = tx.end_dispute(council, row.id, &dispute_end("won")).await.unwrap_err();
        assert!(matches!(refused, StoreError::Duplicate(_)), "{refused:?}");
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        let refused = tx.add_dispute(council, &dispute("dp_1", 5)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Duplicate(_)), "{refused:?}");
    }

    async fn an_advice_is_recorded_once(url: &str) {
        let (store, council) = made::store(url).await;
        let row = sent_back("ARUDD 1", 100);
        let mut tx = store.begin().await.unwrap();
        tx.add_return(council, &row).await.unwrap();
        assert_eq!(tx.return_by_advice(council, "ARUDD 1").await.unwrap(), Some(row.clone()));
        assert_eq!(tx.returns(council, None, 9).await.unwrap(), [row]);
        let refused = tx.add_return(council, &sent_back("ARUDD 1", 5)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Duplicate(_)), "{refused:?}");
    }

    /// Lines of which something is taken are not used up by a reversal, those
    /// to which all was given back are.
    async fn an_import_is_used_up_where_nothing_stands(url: &str) {
        let (store, council) = made::store(url).await;
        let import = id(ImportId::new);
        let posted = ims_store::EntryRow { import: Some(import), ..entry(600) };
        let rows: Vec<_> = (0..3).map(|_| receipt(&posted, &[100, 200])).collect();
        let mut tx = store.begin().await.unwrap();
        tx.add_receipts(council, &rows).await.unwrap();
        let key = |at: usize, line| LineKey { receipt: rows[at].id, line };
        tx.take_from_line(council, key(0, 1), pence(1)).await.unwrap();
        tx.add_line_uses(council, &[line_use(key(0, 1), 1)]).await.unwrap();
        tx.take_from_line(council, key(1, 2), pence(5)).await.unwrap();
        assert!(tx.give_back_to_line(council, key(1, 2), pence(5), pence(0)).await.unwrap());
        assert_eq!(tx.use_up_import(council, import).await.unwrap(), 5);
        let standing = tx.standing_on_import(council, import, 9).await.unwrap();
        assert_eq!(standing, [(rows[0].number.clone(), "refund".to_owned(), pence(1))]);
        for (at, line, left) in [(0, 1, 99), (0, 2, 0), (1, 2, 0), (2, 1, 0)] {
            let state = tx.line_state(council, key(at, line)).await.unwrap().unwrap();
            assert_eq!(state.left(), pence(left), "{at} {line}");
        }
        assert_eq!(tx.lock_line(council, LineKey { receipt: id(ReceiptId::new), line: 1 }).await.unwrap(), None);
    }
}
