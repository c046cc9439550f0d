//! Days of bank accounts and whoever puts their name to them.

use ims_app::{Books, Permission};
use ims_ledger::id::{LineId, SuspenseId};

use super::{Tried, april};

pub(super) async fn days_signed(books: &Books) -> Vec<Tried> {
    use Permission::{Import, Reconcile, ReviewReconciliation, SeeBank, SeeImports, SeeSuspense};
    let day = april(20);
    // Whoever prepares or reviews opens again.
    let either = [Reconcile, ReviewReconciliation];
    let either = either.into_iter().find(|it| books.actor().may(*it)).unwrap_or(Reconcile);
    vec![
        ("payouts", SeeBank, books.payouts(day, day).await.map(drop)),
        ("meant_by", SeeSuspense, books.meant_by(&[]).await.map(drop)),
        (
            "suspense_correction",
            SeeSuspense,
            books.suspense_correction(SuspenseId::new(uuid::Uuid::nil())).await.map(drop),
        ),
        ("still_to_come", SeeBank, books.still_to_come().await.map(drop)),
        ("clearing_due", SeeBank, books.clearing_due().await.map(drop)),
        ("awaited", SeeBank, books.awaited(None, None, 1).await.map(drop)),
        ("files_due", SeeImports, books.files_due(day, day).await.map(drop)),
        ("reconcile_rules", SeeBank, books.reconcile_rules(None).await.map(drop)),
        ("try_rules", SeeBank, books.try_rules("", (april(1), april(2)), 1).await.map(drop)),
        ("try_next_run", SeeBank, books.try_next_run(1).await.map(drop)),
        (
            "try_configuration",
            SeeBank,
            books.try_configuration("", (april(1), april(2)), 1).await.map(drop),
        ),
        ("give_up_file", Import, books.give_up_file("a", april(1), "why").await.map(drop)),
        ("await_file_again", Import, books.await_file_again("a", april(1), "why").await.map(drop)),
        (
            "accept_proposal",
            Reconcile,
            books.accept_proposal(LineId::new(uuid::Uuid::nil()), 1, "", "why").await.map(drop),
        ),
        ("bank_day", SeeBank, books.bank_day("main", day).await.map(drop)),
        ("bank_day_to_sign", SeeBank, books.bank_day_to_sign("main", day).await.map(drop)),
        ("bank_days", SeeBank, books.bank_days("main", day, day, 1).await.map(drop)),
        ("prepare_bank_day", Reconcile, books.prepare_bank_day("main", day, "").await.map(drop)),
        (
            "review_bank_day",
            ReviewReconciliation,
            books.review_bank_day("main", day, "").await.map(drop),
        ),
        ("reopen_bank_day", either, books.reopen_bank_day("main", day, "why").await.map(drop)),
    ]
}
