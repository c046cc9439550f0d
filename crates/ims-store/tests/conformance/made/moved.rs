//! What transfers and suspense leave behind.

use ims_ledger::id::{ApprovalId, CouncilId, EntryId, MatchId, ReceiptId, SuspenseId, TransferId};
use ims_store::{
    DeedKeyRow, LineKey, SuspenseCare, SuspenseNoteRow, SuspenseReturnRow, TransferRow, Tx,
    UndoneRow,
};

use super::{at, id, pence};

/// Transfers, and what is done to suspense.
pub(super) async fn moved(tx: &mut Tx, council: CouncilId, item: SuspenseId) {
    let key = deed_key("form 7");
    tx.keep_deed_key(council, &key).await.unwrap();
    let made = transfer(100);
    tx.add_transfer(council, &made).await.unwrap();
    let by = (id(ReceiptId::new), id(EntryId::new));
    tx.add_transfer_undo(council, made.id, by, &undone()).await.unwrap();
    let by = (id(EntryId::new), None);
    tx.add_allocation_undo(council, id(|id| id), by, &undone()).await.unwrap();
    tx.add_suspense_note(council, &note(item)).await.unwrap();
    let care = SuspenseCare { owner: Some("ann".to_owned()), ..SuspenseCare::default() };
    let none = SuspenseCare::default();
    assert!(tx.put_suspense_care(council, item, (&none, &care), "jo", at(1)).await.unwrap());
    let returned = suspense_return(item, 100);
    tx.add_suspense_return(council, &returned).await.unwrap();
    tx.pay_suspense_return(council, returned.id, id(MatchId::new)).await.unwrap();
    let not = suspense_return(item, 50);
    tx.add_suspense_return(council, &not).await.unwrap();
    tx.cancel_suspense_return(council, not.id, id(EntryId::new), &undone()).await.unwrap();
}

/// What a caller's key was used for.
pub(in crate::conformance) fn deed_key(key: &str) -> DeedKeyRow {
    DeedKeyRow {
        key: key.to_owned(),
        deed: "transfer".to_owned(),
        document: "{}".to_owned(),
        answer: "{}".to_owned(),
        by: "jo".to_owned(),
        at: at(1),
    }
}

/// A journal of the first line of some receipt.
pub(in crate::conformance) fn transfer(amount: i64) -> TransferRow {
    TransferRow {
        id: id(TransferId::new),
        kind: "journal".to_owned(),
        receipt: id(ReceiptId::new),
        number: String::new(),
        entry: id(EntryId::new),
        source: Some(LineKey { receipt: id(ReceiptId::new), line: 1 }),
        amount: pence(amount),
        reason: "keyed to the wrong account".to_owned(),
        approval: None,
        by: "jo".to_owned(),
        at: at(1),
        undone: None,
    }
}

pub(in crate::conformance) fn undone() -> UndoneRow {
    UndoneRow { reason: "it was right".to_owned(), by: "bob".to_owned(), at: at(2) }
}

pub(in crate::conformance) fn note(item: SuspenseId) -> SuspenseNoteRow {
    SuspenseNoteRow {
        id: id(|id| id),
        suspense: item,
        note: "rang the payer".to_owned(),
        by: "jo".to_owned(),
        at: at(1),
    }
}

pub(in crate::conformance) fn suspense_return(item: SuspenseId, amount: i64) -> SuspenseReturnRow {
    SuspenseReturnRow {
        id: id(|id| id),
        suspense: item,
        amount: pence(amount),
        entry: id(EntryId::new),
        approval: id(ApprovalId::new),
        reason: "paid us by mistake".to_owned(),
        by: "jo".to_owned(),
        at: at(1),
        paid: None,
        cancelled: None,
    }
}
