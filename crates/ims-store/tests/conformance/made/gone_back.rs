//! What goes back to payers leaves behind.

use ims_ledger::{
    id::{
        ApprovalId, CouncilId, DisputeId, EntryId, ExportId, ReceiptId, RefundId, ReturnId,
        SuspenseId,
    },
    seal::ContentHash,
};
use ims_money::Pence;
use ims_store::{
    ClaimRow, DisputeEndRow, DisputeRow, ItemClaimRow, LineKey, RefundFileItemRow, RefundFileRow,
    RefundLineRow, RefundRow, RefundStepRow, ReturnRow, Tx,
};

use super::{at, day, id, pence};

/// A refund, a dispute and a return, each with what it is made of.
pub(super) async fn gone_back(tx: &mut Tx, council: CouncilId) {
    let row = refund(200);
    let lines = [RefundLineRow { line: 1, amount: pence(200), vat: pence(33) }];
    tx.add_refund(council, &row, &lines, &refund_step(&row, 1, "requested")).await.unwrap();
    tx.add_refund_payee(council, row.id, ContentHash::of(b"a digest")).await.unwrap();
    let export = id(ExportId::new);
    tx.add_refund_file(council, &refund_file(export), &[refund_item(&row, 1)]).await.unwrap();
    let opened = dispute("dp_1", 100);
    tx.add_dispute(council, &opened).await.unwrap();
    tx.end_dispute(council, opened.id, &dispute_end("won")).await.unwrap();
    tx.add_return(council, &sent_back("ARUDD 1", 100)).await.unwrap();
    let of = LineKey { receipt: row.receipt, line: 1 };
    let (subject, purpose) = (opened.id.get(), "dispute".to_owned());
    let claim = ClaimRow { subject, number: 1, purpose, of, amount: pence(100), short: pence(0) };
    tx.add_claims(council, &[claim]).await.unwrap();
    tx.add_item_claims(council, &[item_claim(id(SuspenseId::new), opened.id)]).await.unwrap();
}

/// A refund nobody has decided about.
pub(in crate::conformance) fn refund(amount: i64) -> RefundRow {
    let refund = id(RefundId::new);
    RefundRow {
        id: refund,
        number: format!("F-{refund}"),
        receipt: id(ReceiptId::new),
        receipt_number: String::new(),
        way: "source".to_owned(),
        channel: Some("card-web".to_owned()),
        amount: pence(amount),
        reason: "paid twice".to_owned(),
        approval: id(ApprovalId::new),
        requested_by: "ann".to_owned(),
        requested_at: at(0),
        state: "requested".to_owned(),
        steps: 1,
    }
}

/// A file for Bacs.
pub(in crate::conformance) fn refund_file(export: ExportId) -> RefundFileRow {
    RefundFileRow {
        export,
        file_name: String::new(),
        bank: "main".to_owned(),
        user_number: "299104".to_owned(),
        serial: "000001".to_owned(),
        processing_day: day(2),
    }
}

/// A refund in a file, the first of it.
pub(in crate::conformance) fn refund_item(of: &RefundRow, attempt: i64) -> RefundFileItemRow {
    let reference = of.number.clone();
    RefundFileItemRow { refund: of.id, attempt, number: 1, reference, amount: of.amount }
}

/// A step of a refund, with a notice of its own.
pub(in crate::conformance) fn refund_step(
    of: &RefundRow,
    number: i64,
    state: &str,
) -> RefundStepRow {
    RefundStepRow {
        refund: of.id,
        number,
        state: state.to_owned(),
        entry: None,
        receipt: None,
        line: None,
        matched: None,
        notice: Some(format!("evt_{number}")),
        reference: "re_1".to_owned(),
        reason: "told".to_owned(),
        by: "jo".to_owned(),
        at: at(number),
    }
}

pub(in crate::conformance) fn dispute(reference: &str, amount: i64) -> DisputeRow {
    DisputeRow {
        id: id(DisputeId::new),
        receipt: id(ReceiptId::new),
        receipt_number: String::new(),
        channel: "card-web".to_owned(),
        reference: reference.to_owned(),
        amount: pence(amount),
        of_suspense: pence(0),
        reason: "fraudulent".to_owned(),
        entry: id(EntryId::new),
        happened_on: day(1),
        by: "jo".to_owned(),
        at: at(0),
        end: None,
    }
}

/// The first claim of an item.
fn item_claim(suspense: SuspenseId, of: DisputeId) -> ItemClaimRow {
    let purpose = "dispute".to_owned();
    ItemClaimRow { suspense, number: 1, subject: of.get(), purpose, amount: pence(40) }
}

pub(in crate::conformance) fn dispute_end(outcome: &str) -> DisputeEndRow {
    let outcome = outcome.to_owned();
    let (reason, by) = ("no slip".to_owned(), "jo".to_owned());
    DisputeEndRow { outcome, entry: None, receipt: None, reason, by, at: at(1) }
}

pub(in crate::conformance) fn sent_back(advice: &str, amount: i64) -> ReturnRow {
    ReturnRow {
        id: id(ReturnId::new),
        kind: "cheque".to_owned(),
        code: "0".to_owned(),
        advice: advice.to_owned(),
        channel: "till".to_owned(),
        receipt: Some(id(ReceiptId::new)),
        receipt_number: String::new(),
        line: Some(1),
        suspense: None,
        amount: pence(amount),
        of_suspense: Pence::ZERO,
        entry: id(EntryId::new),
        out: None,
        happened_on: day(1),
        note: String::new(),
        by: "jo".to_owned(),
        at: at(0),
    }
}
