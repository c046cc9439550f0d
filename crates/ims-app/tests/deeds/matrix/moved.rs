//! Transfers, suspense and what waits for a second person, each tried.

use ims_app::{Books, NewAllocations, NewSuspenseItem, Permission, SuspenseCare};
use ims_ledger::id::{ApprovalId, ExpectedId, LineId, ReceiptId, SuspenseId, TransferId};
use ims_money::Pence;
use uuid::Uuid;

use super::{Tried, april};

/// Transfers, suspense and what waits for a second person.
pub(super) async fn moved(books: &Books) -> Vec<Tried> {
    use Permission as P;
    let nobody = Uuid::nil();
    let (item, waits) = (SuspenseId::new(nobody), ApprovalId::new(nobody));
    let id = TransferId::new(nobody);
    let many = NewAllocations { items: Vec::new(), note: String::new(), key: None };
    let cash = NewSuspenseItem {
        channel: "none".to_owned(),
        amount: Pence::new(1),
        happened_on: april(20),
        reference: String::new(),
        narrative: String::new(),
        method: None,
        reason: "why".to_owned(),
        key: None,
    };
    let care = SuspenseCare::default();
    let journal = super::super::transfers::journal(ReceiptId::new(nobody), &[]);
    let transfer = super::super::transfers::transfer(&[], &[]);
    vec![
        ("journal_line", P::Journal, books.journal_line(&journal).await.map(drop)),
        ("undo_journal", P::Journal, books.undo_journal(id, "why").await.map(drop)),
        ("make_transfer", P::Transfer, books.make_transfer(&transfer).await.map(drop)),
        ("undo_transfer", P::Transfer, books.undo_transfer(id, "why").await.map(drop)),
        ("approve_transfer", P::ApproveTransfer, books.approve_transfer(waits, "").await.map(drop)),
        ("refuse_transfer", P::ApproveTransfer, books.refuse_transfer(waits, "why").await),
        ("withdraw_approval", P::SeeIncome, books.withdraw_approval(waits, "why").await),
        ("allocate_many", P::AllocateSuspense, books.allocate_many(&many).await.map(drop)),
        (
            "undo_allocation",
            P::AllocateSuspense,
            books.undo_allocation(nobody, "why").await.map(drop),
        ),
        ("add_suspense_item", P::AllocateSuspense, books.add_suspense_item(&cash).await.map(drop)),
        ("note_suspense", P::NoteSuspense, books.note_suspense(item, "x").await.map(drop)),
        ("assign_suspense", P::NoteSuspense, books.assign_suspense(item, &care, &care).await),
        (
            "return_suspense",
            P::AllocateSuspense,
            books.return_suspense(item, None, "why", None).await.map(drop),
        ),
        (
            "approve_suspense_return",
            P::ApproveRefund,
            books.approve_suspense_return(waits, "").await.map(drop),
        ),
        (
            "refuse_suspense_return",
            P::ApproveRefund,
            books.refuse_suspense_return(waits, "why").await,
        ),
        // Whoever may ask or may approve.
        (
            "cancel_suspense_return",
            if books.actor().may(P::ApproveRefund) {
                P::ApproveRefund
            } else {
                P::AllocateSuspense
            },
            books.cancel_suspense_return(nobody, "why").await.map(drop),
        ),
        (
            "pay_suspense_return",
            P::Reconcile,
            books.pay_suspense_return(nobody, LineId::new(nobody)).await,
        ),
        (
            "write_off_suspense",
            P::WriteOff,
            books.write_off_suspense(item, None, "why", None).await.map(drop),
        ),
        (
            "approve_write_off",
            P::ApproveWriteOff,
            books.approve_write_off(waits, "").await.map(drop),
        ),
        ("refuse_write_off", P::ApproveWriteOff, books.refuse_write_off(waits, "why").await),
        (
            "accept_difference",
            P::WriteOff,
            books.accept_difference(ExpectedId::new(nobody), "why", None).await.map(drop),
        ),
        (
            "approve_difference",
            P::ApproveWriteOff,
            books.approve_difference(waits, "").await.map(drop),
        ),
        ("refuse_difference", P::ApproveWriteOff, books.refuse_difference(waits, "why").await),
    ]
}
