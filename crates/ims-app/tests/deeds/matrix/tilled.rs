//! What is done at tills, each deed tried.

use ims_app::{Books, Permission, Tender, Verdict};
use ims_ledger::{
    Through, TillCount,
    id::{ApprovalId, TillSessionId},
};
use uuid::Uuid;

use super::{
    super::{take_receipt::cash, tills::with_float},
    Tried,
};

/// What is done at tills.
pub(super) async fn tilled(books: &Books) -> Vec<Tried> {
    use Permission::{ApproveWriteOff, SeeIncome, TakeCash};
    let (id, approval) = (TillSessionId::new(Uuid::nil()), ApprovalId::new(Uuid::nil()));
    let (new, count) = (with_float("DESK", 50), TillCount::default());
    // Its cashier counts a till, or somebody in their place.
    let either = [TakeCash, ApproveWriteOff].into_iter().find(|it| books.actor().may(*it));
    let either = either.unwrap_or(TakeCash);
    let taken = books.take_at_till(id, &cash("CT", "1", 1), &Tender::Exact).await;
    let checked = books.check_or_repair("CT", "1", Through::Staff).await;
    let nobody = ims_app::KnownPayer::default();
    let repaired = books.check_or_repair_for("CT", "1", Through::Staff, &nobody).await;
    let decided = books.decide_till_difference(approval, Verdict::Approved, "").await;
    vec![
        ("open_till", TakeCash, books.open_till(&new).await.map(drop)),
        ("take_at_till", TakeCash, taken.map(drop)),
        ("lift_from_till", TakeCash, books.lift_from_till(id, &new.float, None).await.map(drop)),
        ("take_back_lift", either, books.take_back_lift(id, 1, "why", None).await.map(drop)),
        ("count_till", either, books.count_till(id, &count, None).await.map(drop)),
        ("decide_till_difference", ApproveWriteOff, decided.map(drop)),
        ("till_session", SeeIncome, books.till_session(id).await.map(drop)),
        ("till_receipts", SeeIncome, books.till_receipts(id, None, 1).await.map(drop)),
        ("check_or_repair", SeeIncome, checked.map(drop)),
        ("check_or_repair_for", SeeIncome, repaired.map(drop)),
        ("till_numbered", SeeIncome, books.till_numbered("T1").await.map(drop)),
        ("till_sessions", SeeIncome, books.till_sessions(None, None, None, 1).await.map(drop)),
    ]
}
