//! Suspense goes where it belongs, whole or in part, and never more than there is.

use ims_app::{AppError, NewAllocation};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::counts,
    town::{Town, april, ct},
};

/// So many pence, or all there is, to the first account holder.
pub(super) fn to_first(pence: Option<i64>) -> NewAllocation {
    NewAllocation {
        fund: "CT".to_owned(),
        reference: ct(1),
        amount: pence.map(Pence::new),
        note: "the payer rang".to_owned(),
        key: None,
    }
}

/// A town with one suspense item of ten pounds.
async fn with_item(url: &str) -> (Town, SuspenseId) {
    let town = Town::of(url).await;
    town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
    let id = town.suspense().await[0].id;
    (town, id)
}

on_both! {
    async fn an_item_is_allocated_in_parts(url: &str) {
        let (town, id) = with_item(url).await;
        let done = town.books.allocate_suspense(id, &to_first(Some(300))).await.unwrap();
        assert_eq!((done.amount.get(), done.remaining.get(), done.before), (300, 700, false));
        assert_eq!(town.books.suspense_item(id).await.unwrap().remaining.get(), 700);
        town.proved().await;
        let leisure = NewAllocation {
            fund: "LE".to_owned(),
            reference: "LM000001".to_owned(),
            ..to_first(Some(600))
        };
        town.books.allocate_suspense(id, &leisure).await.unwrap();
        let done = town.books.allocate_suspense(id, &to_first(None)).await.unwrap();
        assert_eq!((done.amount.get(), done.remaining.get()), (100, 0));
        assert!(town.suspense().await.is_empty());
        assert_eq!(town.at("suspense").await, 0);
        assert_eq!(
            (town.at("fund:CT").await, town.at("fund:LE").await, town.at("vat:S").await),
            (-400, -500, -100)
        );
        town.proved().await;
    }

    async fn more_than_is_left_is_refused(url: &str) {
        let (town, id) = with_item(url).await;
        town.books.allocate_suspense(id, &to_first(Some(300))).await.unwrap();
        let before = counts(url);
        for pence in [701, 1_000, 0, -1] {
            let why = town.books.allocate_suspense(id, &to_first(Some(pence))).await.unwrap_err();
            assert!(matches!(why, AppError::Refused(_)), "{pence}: {why:?}");
        }
        assert_eq!(counts(url), before);
        town.books.allocate_suspense(id, &to_first(Some(700))).await.unwrap();
        let why = town.books.allocate_suspense(id, &to_first(None)).await.unwrap_err();
        assert!(why.is_refusal(), "{why:?}");
        town.proved().await;
    }

    async fn an_account_that_is_none_takes_nothing(url: &str) {
        let (town, id) = with_item(url).await;
        let before = counts(url);
        for (fund, reference) in [("XX", ct(1)), ("CT", "700000010".to_owned()), ("CT", ct(50))] {
            let to = NewAllocation { fund: fund.to_owned(), reference, ..to_first(None) };
            let why = town.books.allocate_suspense(id, &to).await.unwrap_err();
            assert!(why.is_bad_input(), "{why:?}");
        }
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    async fn the_same_key_again_changes_nothing(url: &str) {
        let (town, id) = with_item(url).await;
        let to = NewAllocation { key: Some("form 17".to_owned()), ..to_first(Some(400)) };
        let first = town.books.allocate_suspense(id, &to).await.unwrap();
        let before = counts(url);
        let again = town.books.allocate_suspense(id, &to).await.unwrap();
        assert!(again.before);
        assert_eq!((&again.receipt, again.amount), (&first.receipt, first.amount));
        assert_eq!(counts(url), before);
        assert_eq!(town.at("fund:CT").await, -400);
        town.proved().await;
    }

    /// A form sent twice that asked for all there was answers as before, though
    /// nothing is left by then.
    async fn the_same_key_for_all_that_is_left_changes_nothing(url: &str) {
        let (town, id) = with_item(url).await;
        let to = NewAllocation { key: Some("form 18".to_owned()), ..to_first(None) };
        let first = town.books.allocate_suspense(id, &to).await.unwrap();
        let before = counts(url);
        let again = town.books.allocate_suspense(id, &to).await.unwrap();
        assert!(again.before);
        assert_eq!((&again.receipt, again.amount), (&first.receipt, first.amount));
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    async fn the_same_key_for_something_else_is_refused(url: &str) {
        let (town, id) = with_item(url).await;
        let to = NewAllocation { key: Some("form 17".to_owned()), ..to_first(Some(400)) };
        town.books.allocate_suspense(id, &to).await.unwrap();
        let before = counts(url);
        for other in [
            NewAllocation { amount: Some(Pence::new(401)), ..to.clone() },
            NewAllocation { amount: Some(Pence::new(40)), ..to.clone() },
            NewAllocation { reference: ct(2), ..to.clone() },
        ] {
            let why = town.books.allocate_suspense(id, &other).await.unwrap_err();
            assert_eq!(why.to_string(), "`form 17` was used before for something else");
        }
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// A debit nobody could place is an item too, on the other side.
    async fn a_debit_item_is_allocated_the_other_way_round(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 5_000, 20, &[(-1_200, "WHO KNOWS")])).await;
        town.books.close_day(april(20)).await.unwrap();
        assert_eq!(town.at("suspense").await, 1_200);
        let item = town.suspense().await.remove(0);
        assert_eq!(item.remaining.get(), -1_200);
        for pence in [200, -1_201] {
            let why = town.books.allocate_suspense(item.id, &to_first(Some(pence))).await;
            assert!(why.unwrap_err().is_refusal(), "{pence}");
        }
        town.books.allocate_suspense(item.id, &to_first(Some(-200))).await.unwrap();
        town.proved().await;
        let done = town.books.allocate_suspense(item.id, &to_first(None)).await.unwrap();
        assert_eq!((done.amount.get(), done.remaining.get()), (-1_000, 0));
        assert_eq!((town.at("suspense").await, town.at("fund:CT").await), (0, 1_200));
        town.proved().await;
    }

    async fn another_item_is_not_found(url: &str) {
        let (town, _) = with_item(url).await;
        let id = SuspenseId::new(town.app.world().id());
        let why = town.books.allocate_suspense(id, &to_first(None)).await.unwrap_err();
        assert_eq!(why.to_string(), format!("there is no suspense item `{id}`"));
        town.proved().await;
    }
}
