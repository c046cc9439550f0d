//! Payments through a provider, each deed tried.

use chrono::DateTime;
use ims_app::{Books, FindPayments, GoneThrough, NoticeKey, PaymentRow, Permission, Word};
use ims_ledger::{
    id::{ExceptionId, PaymentId, RefundId},
    seal::ContentHash,
};
use ims_money::Pence;
use ims_pay::{DisputeState, Hint, RefundSaying, SaidDispute, SaidRefund};
use uuid::Uuid;

use super::{
    super::payments::{basket, told},
    Tried,
};

/// Payments through a provider.
pub(super) async fn paid(books: &Books) -> Vec<Tried> {
    use Permission as P;
    let nobody = Uuid::nil();
    let exception = ExceptionId::new(nobody);
    vec![
        (
            "start_payment",
            P::TakeCard,
            books.start_payment(&basket(&[("CT", "1", 1)])).await.map(drop),
        ),
        ("record_payment", P::Import, books.record_payment(&told(Word::Silent)).await.map(drop)),
        ("payment", P::SeeIncome, books.payment(PaymentId::new(nobody)).await.map(drop)),
        (
            "send_refund",
            P::Refund,
            books.send_refund(RefundId::new(nobody), |_, _| Ok(())).await.map(drop),
        ),
        (
            "miss_refund",
            P::Import,
            books.miss_refund(RefundId::new(nobody), "lost").await.map(drop),
        ),
        ("refunds_at_providers", P::Import, books.refunds_at_providers(None, 1).await.map(drop)),
        (
            "hear_of_refund",
            P::Import,
            books.hear_of_refund("sandbox", None, &refund_said()).await.map(drop),
        ),
        (
            "hear_of_dispute",
            P::Import,
            books.hear_of_dispute("sandbox", &dispute_said()).await.map(drop),
        ),
        (
            "gone_through",
            P::Import,
            books.gone_through("sandbox", GoneThrough::Payouts).await.map(drop),
        ),
        (
            "went_through",
            P::Import,
            books.went_through("sandbox", GoneThrough::Payouts, DateTime::UNIX_EPOCH).await,
        ),
        ("left_off", P::Import, books.left_off("sandbox").await.map(drop)),
        ("leave_off", P::Import, books.leave_off("sandbox", None).await),
        ("list_unread", P::Import, books.list_unread("sandbox", "muddled").await.map(drop)),
        ("payments", P::SeeBank, books.payments(&all_of_them(), None, 1).await.map(drop)),
        ("take_up_payment", P::Import, books.take_up_payment(&no_payment()).await.map(drop)),
        ("own_open_payments", P::TakeCard, books.own_open_payments(1).await.map(drop)),
        ("payment_keyed", P::TakeCard, books.payment_keyed("none").await.map(drop)),
        ("payments_due", P::Import, books.payments_due("sandbox", 1).await.map(drop)),
        (
            "payment_hinted",
            P::Import,
            books.payment_hinted("sandbox", &Hint::default()).await.map(drop),
        ),
        ("keep_notice_key", P::Import, books.keep_notice_key(PaymentId::new(nobody), &key()).await),
        ("notice_key", P::Import, books.notice_key(PaymentId::new(nobody)).await.map(drop)),
        ("payment_exceptions", P::SeeSuspense, books.payment_exceptions(None, 1).await.map(drop)),
        (
            "end_payment_exception",
            P::AllocateSuspense,
            books.end_payment_exception(exception, "why").await,
        ),
        (
            "book_payment_exception",
            P::AllocateSuspense,
            books.book_payment_exception(exception, "why").await.map(drop),
        ),
    ]
}

fn key() -> NoticeKey {
    NoticeKey { key: ims_pay::Secret::new("k"), back: "https://council.example/".to_owned() }
}

fn refund_said() -> SaidRefund {
    let saying = RefundSaying::Refused { reason: "none of ours".to_owned() };
    SaidRefund { refund_ref: None, provider_ref: None, reference: None, amount: None, saying }
}

fn dispute_said() -> SaidDispute {
    SaidDispute {
        dispute_ref: "none of ours".to_owned(),
        provider_ref: "none".to_owned(),
        reference: None,
        amount: (Pence::new(1), "GBP".to_owned()),
        fee: None,
        reason: String::new(),
        evidence_due: None,
        state: DisputeState::Opened,
    }
}

fn all_of_them() -> FindPayments {
    let (from, to) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    FindPayments { from, to, provider: String::new(), status: String::new() }
}

fn no_payment() -> PaymentRow {
    PaymentRow {
        id: PaymentId::new(Uuid::nil()),
        reference: "none".to_owned(),
        provider: "sandbox".to_owned(),
        method: "CARD".to_owned(),
        channel: "card".to_owned(),
        through: "portal".to_owned(),
        amount: Pence::new(1),
        key: None,
        digest: ContentHash::GENESIS,
        started_by: "nobody".to_owned(),
        started_at: DateTime::UNIX_EPOCH,
        expires_at: DateTime::UNIX_EPOCH,
        status: "created".to_owned(),
        steps: 1,
        provider_ref: None,
        transaction: None,
        reason: String::new(),
    }
}
