//! Payments through a provider, each deed tried.

use ims_app::{Books, Permission, Word};
use ims_ledger::id::{ExceptionId, PaymentId};
use ims_pay::Hint;
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
        ("payments_due", P::Import, books.payments_due("sandbox", 1).await.map(drop)),
        (
            "payment_hinted",
            P::Import,
            books.payment_hinted("sandbox", &Hint::default()).await.map(drop),
        ),
        ("payment_exceptions", P::SeeSuspense, books.payment_exceptions(None, 1).await.map(drop)),
        (
            "end_payment_exception",
            P::AllocateSuspense,
            books.end_payment_exception(exception, "why").await,
        ),
    ]
}
