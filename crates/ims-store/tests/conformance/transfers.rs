//! Transfers, keys, and what is done to suspense, as both engines keep them.

use ims_ledger::id::{EntryId, MatchId, ReceiptId, TransferId};
use ims_store::{LineKey, ReceiptRow, StoreError, SuspenseCare, Taken, TransferRow};
use ims_testkit::on_both;

use super::made::{self, at, pence, suspense};

on_both! {
    async fn a_transfer_is_taken_back_once(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let (older, newer) = (made::transfer(100), made::transfer(200));
        let newer = TransferRow { kind: "transfer".to_owned(), source: None, ..newer };
        tx.add_transfer(council, &older).await.unwrap();
        tx.add_transfer(council, &newer).await.unwrap();
        assert_eq!(tx.transfer(council, older.id).await.unwrap(), Some(older.clone()));
        assert_eq!(tx.transfer(council, made::id(TransferId::new)).await.unwrap(), None);
        assert_eq!(tx.transfers(council, None, 5).await.unwrap(), [newer.clone(), older.clone()]);
        assert_eq!(tx.transfers(council, Some(newer.id), 5).await.unwrap(), std::slice::from_ref(&older));
        let by = (made::id(ReceiptId::new), made::id(EntryId::new));
        tx.add_transfer_undo(council, older.id, by, &made::undone()).await.unwrap();
        let undone = TransferRow { undone: Some(made::undone()), ..older.clone() };
        assert_eq!(tx.transfer(council, older.id).await.unwrap(), Some(undone));
        let refused = tx.add_transfer_undo(council, older.id, by, &made::undone()).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "transfer_undo_pkey"), "{refused:?}");
    }

    async fn a_journal_names_its_line_and_a_transfer_none(url: &str) {
        let (store, council) = made::store(url).await;
        for wrong in [
            TransferRow { source: None, ..made::transfer(1) },
            TransferRow { kind: "transfer".to_owned(), ..made::transfer(1) },
            TransferRow { kind: "move".to_owned(), ..made::transfer(1) },
            made::transfer(0),
        ] {
            let mut tx = store.begin().await.unwrap();
            assert!(tx.add_transfer(council, &wrong).await.is_err(), "{wrong:?}");
        }
    }

    async fn a_key_is_kept_once(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let row = made::deed_key("form 7");
        assert_eq!(tx.deed_key(council, "form 7").await.unwrap(), None);
        tx.keep_deed_key(council, &row).await.unwrap();
        assert_eq!(tx.deed_key(council, "form 7").await.unwrap(), Some(row.clone()));
        assert!(matches!(tx.keep_deed_key(council, &row).await, Err(StoreError::Duplicate(_))));
    }

    /// What only undoes another receipt brought no money in: nothing is taken of it.
    async fn nothing_is_taken_of_what_undoes_a_receipt(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let entry = made::entry(100);
        let out = made::receipt(&entry, &[-100]);
        let back = ReceiptRow { reverses: Some(out.id), ..made::receipt(&entry, &[100]) };
        let paid = made::receipt(&entry, &[100]);
        tx.add_receipts(council, &[out, back.clone(), paid.clone()]).await.unwrap();
        let line = |receipt: &ReceiptRow| LineKey { receipt: receipt.id, line: 1 };
        let taken = tx.take_from_line(council, line(&back), pence(1)).await.unwrap();
        assert_eq!(taken, Taken::NoLine);
        let taken = tx.take_from_line(council, line(&paid), pence(1)).await.unwrap();
        assert_eq!(taken, Taken::Vat(pence(0)));
    }

    /// A return is paid by one match that stands, and again after it was taken back.
    async fn a_return_is_paid_by_one_line(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let item = suspense(500);
        let row = made::suspense_return(item.id, 300);
        tx.add_suspense_return(council, &row).await.unwrap();
        assert_eq!(tx.open_suspense_returns(council).await.unwrap(), (1, pence(300)));
        let (first, second) = (made::matched(-300), made::matched(-300));
        tx.add_matches(council, &[first.clone(), second.clone()], &[]).await.unwrap();
        tx.pay_suspense_return(council, row.id, first.id).await.unwrap();
        assert_eq!(tx.suspense_return(council, row.id).await.unwrap().unwrap().paid, Some(first.id));
        assert_eq!(tx.open_suspense_returns(council).await.unwrap(), (0, pence(0)));
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert!(matches!(tx.pay_suspense_return(council, row.id, second.id).await, Err(StoreError::Duplicate(_))));
        drop(tx);
        let mut tx = store.begin().await.unwrap();
        tx.add_undo(council, first.id, None, "not theirs", "jo", at(3)).await.unwrap();
        assert_eq!(tx.suspense_returns(council, None, 5).await.unwrap(), std::slice::from_ref(&row));
        tx.pay_suspense_return(council, row.id, second.id).await.unwrap();
        assert_eq!(tx.suspense_return(council, row.id).await.unwrap().unwrap().paid, Some(second.id));
        assert_eq!(tx.suspense_return(council, made::id(|id| id)).await.unwrap(), None);
        let other = made::id(MatchId::new);
        assert!(tx.pay_suspense_return(council, row.id, other).await.is_err());
    }

    /// A return that is cancelled is to be paid no more, once.
    async fn a_return_is_cancelled_once(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let item = suspense(500);
        let (row, other) = (made::suspense_return(item.id, 300), made::suspense_return(item.id, 100));
        tx.add_suspense_return(council, &row).await.unwrap();
        tx.add_suspense_return(council, &other).await.unwrap();
        assert_eq!(tx.open_returns_of(council, item.id).await.unwrap(), [row.clone(), other.clone()]);
        let (entry, why) = (made::id(EntryId::new), made::undone());
        tx.hold_suspense_returns(council).await.unwrap();
        tx.cancel_suspense_return(council, row.id, entry, &why).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.open_returns_of(council, item.id).await.unwrap(), [other]);
        assert_eq!(tx.open_suspense_returns(council).await.unwrap(), (1, pence(100)));
        let cancelled = tx.suspense_return(council, row.id).await.unwrap().unwrap().cancelled;
        assert_eq!(cancelled, Some(why.clone()));
        let again = tx.cancel_suspense_return(council, row.id, entry, &why).await;
        assert!(matches!(again, Err(StoreError::Duplicate(_))));
    }

    async fn who_sees_to_an_item_is_written_over_and_notes_are_not(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let item = suspense(500);
        tx.add_suspense(council, std::slice::from_ref(&item)).await.unwrap();
        assert_eq!(tx.suspense_care(council, item.id).await.unwrap(), SuspenseCare::default());
        let mut seen = SuspenseCare::default();
        for owner in ["ann", "bob"] {
            let care = SuspenseCare { owner: Some(owner.to_owned()), due_on: Some(made::day(9)), group: None };
            assert!(tx.put_suspense_care(council, item.id, (&seen, &care), "jo", at(1)).await.unwrap());
            assert_eq!(tx.suspense_care(council, item.id).await.unwrap(), care);
            // Who saw something else changes nothing.
            let other = SuspenseCare { group: Some("rents".to_owned()), ..care.clone() };
            for stale in [&seen, &other] {
                let put = tx.put_suspense_care(council, item.id, (stale, &other), "jo", at(1)).await;
                assert!(!put.unwrap());
            }
            assert_eq!(tx.suspense_care(council, item.id).await.unwrap(), care);
            seen = care;
        }
        let notes = [made::note(item.id), made::note(item.id)];
        for note in &notes {
            tx.add_suspense_note(council, note).await.unwrap();
        }
        assert_eq!(tx.suspense_notes(council, item.id).await.unwrap(), notes);
        let given = made::allocation(&item, 100);
        tx.add_allocations(council, std::slice::from_ref(&given)).await.unwrap();
        assert_eq!(tx.allocation(council, given.id).await.unwrap(), Some((given.clone(), None)));
        let by = (made::id(EntryId::new), None);
        tx.add_allocation_undo(council, given.id, by, &made::undone()).await.unwrap();
        let found = tx.allocation(council, given.id).await.unwrap();
        assert_eq!(found, Some((given.clone(), Some(made::undone()))));
        assert!(matches!(tx.add_allocation_undo(council, given.id, by, &made::undone()).await, Err(StoreError::Duplicate(_))));
    }
}
