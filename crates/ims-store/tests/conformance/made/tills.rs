//! What a till leaves behind.

use ims_ledger::{
    id::{CouncilId, ExpectedId, ReceiptId, TillSessionId},
    seal::ContentHash,
};
use ims_store::{
    TillCloseRow, TillCountRow, TillLiftBackRow, TillLiftRow, TillReceiptRow, TillSessionRow,
    TillSlipRow, Tx,
};

use super::{at, id, pence};

/// A till opened, taken into, lifted from, counted and closed.
pub(super) async fn one_of_each(tx: &mut Tx, council: CouncilId) {
    let row = till_session(1, "DESK", "ann");
    tx.add_till_session(council, &row).await.unwrap();
    tx.add_till_receipt(council, &till_receipt(row.id, 100)).await.unwrap();
    let (document, by) = ("{}".to_owned(), "ann".to_owned());
    let lift = TillLiftRow {
        number: 1,
        document: document.clone(),
        amount: pence(50),
        by: by.clone(),
        at: at(2),
        key: None,
    };
    tx.add_till_lift(council, row.id, &lift).await.unwrap();
    let back = TillLiftBackRow {
        lift: 1,
        counts: 0,
        reason: "mistyped".to_owned(),
        by: by.clone(),
        at: at(2),
    };
    tx.add_till_lift_back(council, row.id, &back).await.unwrap();
    let content_hash = ContentHash::of(document.as_bytes());
    let count = TillCountRow {
        number: 1,
        document,
        content_hash,
        by: by.clone(),
        at: at(3),
        approval: None,
    };
    tx.add_till_count(council, row.id, &count).await.unwrap();
    let close = TillCloseRow {
        count: 1,
        expected: pence(100),
        counted: pence(100),
        entry: None,
        by,
        at: at(4),
    };
    let slip = TillSlipRow {
        number: 2,
        kind: "cash".to_owned(),
        amount: pence(100),
        expected: id(ExpectedId::new),
        made_at: at(4),
    };
    tx.add_till_close(council, row.id, &close, &[slip]).await.unwrap();
    assert!(tx.move_till(council, row.id, "open", "closed").await.unwrap());
}

/// A till opened by that cashier.
pub(in crate::conformance) fn till_session(
    number: i64,
    till: &str,
    cashier: &str,
) -> TillSessionRow {
    TillSessionRow {
        id: id(TillSessionId::new),
        number,
        till: till.to_owned(),
        office: "LB".to_owned(),
        cashier: cashier.to_owned(),
        float_document: "{}".to_owned(),
        float: pence(5_000),
        config_version: 1,
        opened_at: at(0),
        key: None,
        status: "open".to_owned(),
    }
}

/// Cash taken in that session.
pub(in crate::conformance) fn till_receipt(session: TillSessionId, amount: i64) -> TillReceiptRow {
    TillReceiptRow {
        receipt: id(ReceiptId::new),
        session,
        kind: "cash".to_owned(),
        amount: pence(amount),
        tendered: pence(amount),
        terminal: String::new(),
        batch: String::new(),
        expected: id(ExpectedId::new),
        taken_at: at(1),
    }
}
