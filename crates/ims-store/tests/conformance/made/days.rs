//! Days and months opened again, exports acknowledged, books controlled.

use chrono::NaiveDate;
use ims_ledger::{
    id::{ApprovalId, CouncilId},
    seal::ContentHash,
};
use ims_store::{
    AckRow, BankDayRow, ControlRow, DayReopenRow, PeriodCloseRow, PeriodReopenRow, SignedBy, Tx,
};

use super::{at, day, id};

/// Days after this one opened again.
pub(in crate::conformance) fn reopened(number: i64, closed_through: NaiveDate) -> DayReopenRow {
    DayReopenRow {
        number,
        closed_through,
        approval: id(ApprovalId::new),
        asked_by: "ann".to_owned(),
        reopened_by: "bob".to_owned(),
        reopened_at: at(50),
        reason: "a late statement".to_owned(),
    }
}

/// A month closed.
pub(in crate::conformance) fn month(period: &str, generation: i64) -> PeriodCloseRow {
    PeriodCloseRow {
        period: period.to_owned(),
        generation,
        closed_at: at(0),
        closed_by: "jo".to_owned(),
        head: ContentHash::GENESIS,
        certificate: "{}".to_owned(),
        reopened_at: None,
    }
}

/// A month opened again.
pub(in crate::conformance) fn month_reopened(period: &str, generation: i64) -> PeriodReopenRow {
    PeriodReopenRow {
        period: period.to_owned(),
        generation,
        approval: id(ApprovalId::new),
        asked_by: "ann".to_owned(),
        reopened_by: "bob".to_owned(),
        reopened_at: at(60),
        reason: "a late statement".to_owned(),
    }
}

/// What the other side said of an export.
pub(in crate::conformance) fn ack(verdict: &str) -> AckRow {
    AckRow {
        verdict: verdict.to_owned(),
        their_reference: "GL 77".to_owned(),
        by: "jo".to_owned(),
        at: at(3),
        reason: "seen".to_owned(),
    }
}

/// A control certificate.
pub(in crate::conformance) fn control(number: i64) -> ControlRow {
    ControlRow {
        number,
        from: day(1),
        through: day(2),
        differences: 0,
        head: ContentHash::GENESIS,
        content_hash: ContentHash::of(b"{}"),
        certificate: "{}".to_owned(),
        made_by: "jo".to_owned(),
        made_at: at(number),
    }
}

/// What somebody wrote, so many seconds after the beginning.
pub(in crate::conformance) fn signed_by(who: &str, seconds: i64) -> SignedBy {
    SignedBy { by: who.to_owned(), at: at(seconds), note: format!("seen by {who}") }
}

/// A day of a bank account prepared by Ann.
pub(in crate::conformance) fn bank_day(generation: i64) -> BankDayRow {
    BankDayRow {
        bank: "main".to_owned(),
        day: day(1),
        generation,
        certificate: "{}".to_owned(),
        content_hash: ContentHash::of(b"{}"),
        head: ContentHash::GENESIS,
        prepared: signed_by("ann", 5),
        reviewed: None,
        reopened: None,
    }
}

/// A day of a bank account prepared, reviewed and opened again.
pub(super) async fn signed_and_reopened(tx: &mut Tx, council: CouncilId) {
    let signed = bank_day(0);
    tx.sign_bank_day(council, &signed).await.unwrap();
    tx.review_bank_day(council, &signed, &signed_by("bob", 6)).await.unwrap();
    tx.reopen_bank_day(council, &signed, &signed_by("bob", 7)).await.unwrap();
}
