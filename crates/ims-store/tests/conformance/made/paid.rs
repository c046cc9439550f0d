//! What payments through a provider leave behind.

use ims_ledger::{
    id::{AgreementId, CouncilId, EntryId, ExceptionId, LinkId, PaymentId, SuspenseId},
    seal::ContentHash,
};
use ims_store::{
    AgreementRow, AgreementStepRow, BasketRow, BookedRow, LinkRow, PaymentExceptionRow,
    PaymentLineRow, PaymentRow, PaymentStepRow, Tx,
};

use super::{at, id, pence};

/// A payment with a line and a step, a stranger booked, an exception looked into.
pub(super) async fn paid(tx: &mut Tx, council: CouncilId) {
    let row = payment("PAY-1", 500);
    let first = payment_step(&row, 1, "created");
    tx.add_payment(council, &row, &payment_lines(&[500]), &first, at(60)).await.unwrap();
    let link = link("once");
    tx.add_link(council, &link).await.unwrap();
    assert!(tx.use_link(council, (link.id, row.id), at(1)).await.unwrap());
    tx.withdraw_link(council, (link.id, "asked by telephone", "jo", at(2))).await.unwrap();
    let agreed = agreement("AGR-1");
    tx.add_agreement(council, &agreed, &agreement_step(&agreed, 1, "created")).await.unwrap();
    tx.pay_under(council, (agreed.id, row.id), "take", at(1)).await.unwrap();
    tx.book_payment(council, &booked("p-9", 300)).await.unwrap();
    let row = exception("p-9");
    tx.add_payment_exception(council, &row).await.unwrap();
    assert!(tx.end_payment_exception(council, row.id, ("seen", "jo", at(2))).await.unwrap());
    assert!(tx.keep_basket(council, &basket("token"), at(0)).await.unwrap());
}

/// A basket that ends at the hundredth second.
pub(in crate::conformance) fn basket(token: &str) -> BasketRow {
    BasketRow {
        id: id(|id| id),
        token_hash: ContentHash::of(token.as_bytes()),
        document: "[]".to_owned(),
        tries: 0,
        version: 1,
        ends_at: at(100),
    }
}

/// An agreement that was made and of which nothing was heard.
pub(in crate::conformance) fn agreement(reference: &str) -> AgreementRow {
    AgreementRow {
        id: id(AgreementId::new),
        reference: reference.to_owned(),
        provider: "sandbox".to_owned(),
        method: "web".to_owned(),
        fund: "CT".to_owned(),
        account: "80012345".to_owned(),
        most: Some(pence(5_000)),
        description: "Council tax".to_owned(),
        made_by: "jo".to_owned(),
        made_at: at(0),
        key: None,
        status: "created".to_owned(),
        steps: 1,
        agreement_ref: None,
        changed_at: at(0),
    }
}

/// A step of it, at the second of its number but one.
pub(in crate::conformance) fn agreement_step(
    row: &AgreementRow,
    number: i64,
    status: &str,
) -> AgreementStepRow {
    AgreementStepRow {
        agreement: row.id,
        number,
        status: status.to_owned(),
        heard: "made".to_owned(),
        agreement_ref: None,
        why: String::new(),
        by: "jo".to_owned(),
        at: at(number - 1),
    }
}

/// A payment link that is good until the hundredth second.
pub(in crate::conformance) fn link(uses: &str) -> LinkRow {
    LinkRow {
        id: id(LinkId::new),
        document: "[]".to_owned(),
        uses: uses.to_owned(),
        expires_at: at(100),
        made_by: "jo".to_owned(),
        made_at: at(0),
        key: None,
        status: "open".to_owned(),
        paid_by: None,
    }
}

pub(in crate::conformance) fn payment(reference: &str, amount: i64) -> PaymentRow {
    PaymentRow {
        id: id(PaymentId::new),
        reference: reference.to_owned(),
        provider: "sandbox".to_owned(),
        method: "web".to_owned(),
        channel: "card-web".to_owned(),
        through: "portal".to_owned(),
        amount: pence(amount),
        key: Some(format!("key of {reference}")),
        digest: ContentHash::of(reference.as_bytes()),
        started_by: "jo".to_owned(),
        started_at: at(0),
        expires_at: at(9_000),
        status: "created".to_owned(),
        steps: 1,
        provider_ref: None,
        transaction: None,
        reason: String::new(),
    }
}

pub(in crate::conformance) fn payment_lines(amounts: &[i64]) -> Vec<PaymentLineRow> {
    let line = |amount: &i64| PaymentLineRow {
        fund: "CT".to_owned(),
        reference: "80012345".to_owned(),
        amount: pence(*amount),
        vat_code: None,
    };
    amounts.iter().map(line).collect()
}

pub(in crate::conformance) fn payment_step(
    of: &PaymentRow,
    number: i64,
    status: &str,
) -> PaymentStepRow {
    PaymentStepRow {
        payment: of.id,
        number,
        status: status.to_owned(),
        heard: "told".to_owned(),
        provider: of.provider.clone(),
        news: None,
        provider_ref: None,
        transaction: None,
        reason: String::new(),
        entry: None,
        receipt: None,
        suspense: None,
        by: "jo".to_owned(),
        at: at(number),
    }
}

pub(in crate::conformance) fn booked(provider_ref: &str, amount: i64) -> BookedRow {
    BookedRow {
        provider: "sandbox".to_owned(),
        provider_ref: provider_ref.to_owned(),
        amount: pence(amount),
        entry: id(EntryId::new),
        payment: None,
        suspense: Some(id(SuspenseId::new)),
        at: at(1),
    }
}

pub(in crate::conformance) fn exception(provider_ref: &str) -> PaymentExceptionRow {
    PaymentExceptionRow {
        id: id(ExceptionId::new),
        provider: "sandbox".to_owned(),
        kind: "unknown".to_owned(),
        once: ContentHash::of(provider_ref.as_bytes()),
        payment: None,
        provider_ref: Some(provider_ref.to_owned()),
        reference: None,
        amount: Some(pence(300)),
        why: "paid, and unknown here".to_owned(),
        entry: None,
        suspense: None,
        by: "jo".to_owned(),
        at: at(1),
        is_money: true,
        transaction: Some("t-1".to_owned()),
        processor: Some("pi-1".to_owned()),
    }
}
