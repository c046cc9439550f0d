use ims_app::{Books, Permission};
use ims_ledger::id::{DisputeId, ExportId, LineId, RefundId};
use uuid::Uuid;

use super::Tried;

/// Money that goes back.
pub(super) async fn gone_back(books: &Books) -> Vec<Tried> {
    use Permission::{ApproveRefund, RecordReturn, Refund};
    let nobody = Uuid::nil();
    let refund = RefundId::new(nobody);
    let news = ims_app::RefundNews::of(ims_ledger::RefundEvent::Pay);
    let (refused, withdrawn) = (ims_app::Verdict::Refused, ims_app::Verdict::Withdrawn);
    vec![
        (
            "request_refund",
            Refund,
            books.request_refund(&crate::deeds::refunds::of("1", None)).await.map(drop),
        ),
        ("record_refund", Refund, books.record_refund(refund, &news).await.map(drop)),
        (
            "record_refund_file",
            Refund,
            books.record_refund_file(ExportId::new(nobody), LineId::new(nobody)).await.map(drop),
        ),
        ("approve_refund", ApproveRefund, books.approve_refund(refund, "").await.map(drop)),
        (
            "refuse_refund refused",
            ApproveRefund,
            books.refuse_refund(refund, refused, "why").await.map(drop),
        ),
        (
            "refuse_refund withdrawn",
            Refund,
            books.refuse_refund(refund, withdrawn, "why").await.map(drop),
        ),
        (
            "open_dispute",
            RecordReturn,
            books.open_dispute(&crate::deeds::returns::disputed::dispute("1", &[])).await.map(drop),
        ),
        (
            "end_dispute",
            RecordReturn,
            books
                .end_dispute(DisputeId::new(nobody), ims_app::DisputeOutcome::Won, "why")
                .await
                .map(drop),
        ),
        ("place_returns", RecordReturn, books.place_returns().await.map(drop)),
        (
            "record_return",
            RecordReturn,
            books.record_return(&crate::deeds::returns::returned("1", "A")).await.map(drop),
        ),
    ]
}
