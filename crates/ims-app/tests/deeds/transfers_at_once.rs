//! Operators who move, allocate, approve and take back at the same moment.

use std::sync::atomic::{AtomicU32, Ordering};

use ims_app::{AppError, Books, ItemAllocation, NewAllocations, NewJournal, NewTransfer, Role};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_testkit::on_both;
use tokio::task::JoinSet;

use super::{
    concurrent::at_once,
    files::{paid, receipts},
    raw::count,
    suspense::to_first,
    town::{Town, april, ct, settings},
    transfers::{done, journal, part, transfer},
};

fn whole(item: SuspenseId, pence: i64) -> ItemAllocation {
    let to = vec![part("PK", "PN000001", pence)];
    ItemAllocation { item, amount: Pence::new(pence), to, credit_notes: Vec::new() }
}

/// Why, each time in other words: who says the same again is answered as before.
fn numbered() -> impl Fn() -> String {
    let number = AtomicU32::new(0);
    move || format!("wrong {}", number.fetch_add(1, Ordering::Relaxed))
}

on_both! {
    /// W9: of eight who want three pounds each of a line of ten, three get it.
    async fn operators_never_journal_more_than_was_paid(url: &str) {
        let town = Town::of(url).await;
        let receipt = town.with_payment("CT", &ct(1), "10.00").await;
        let came = at_once(&town, move |books: Books| async move {
            let new = journal(receipt, &[part("CT", &ct(2), 300)]);
            [books.journal_line(&new).await, books.journal_line(&new).await]
        });
        let came: Vec<_> = came.await.into_iter().flatten().collect();
        assert_eq!(came.iter().filter(|came| came.is_ok()).count(), 3, "{came:?}");
        for why in came.into_iter().filter_map(Result::err) {
            assert!(why.to_string().contains("the 1.00 that is left of line 1"), "{why}");
        }
        assert_eq!((count(url, "transfer"), town.at("fund:CT").await), (3, -1_000));
        town.proved().await;
    }

    async fn one_key_at_once_moves_once(url: &str) {
        let town = Town::of(url).await;
        let receipt = town.with_payment("CT", &ct(1), "10.00").await;
        let came = at_once(&town, move |books: Books| async move {
            let key = || Some("form 9".to_owned());
            let new = NewJournal { key: key(), ..journal(receipt, &[part("CT", &ct(2), 300)]) };
            books.journal_line(&new).await
        });
        let came: Vec<_> = came.await.into_iter().map(|came| done(came.unwrap())).collect();
        assert_eq!(came.iter().filter(|came| !came.before).count(), 1, "{came:?}");
        assert!(came.iter().all(|each| each.id == came[0].id));
        let came = at_once(&town, move |books: Books| async move {
            let new = transfer(&[part("CT", &ct(1), 5)], &[part("CT", &ct(2), 5)]);
            books.make_transfer(&NewTransfer { key: Some("form 10".to_owned()), ..new }).await
        });
        let came: Vec<_> = came.await.into_iter().map(|came| done(came.unwrap())).collect();
        assert_eq!(came.iter().filter(|came| !came.before).count(), 1, "{came:?}");
        assert_eq!(count(url, "transfer"), 2);
        town.proved().await;
    }

    async fn a_journal_is_taken_back_once_by_many(url: &str) {
        let town = Town::of(url).await;
        let receipt = town.with_payment("CT", &ct(1), "10.00").await;
        let id = done(town.books.journal_line(&journal(receipt, &[part("LE", "LM000001", 300)])).await.unwrap()).id;
        let words = numbered();
        let came = at_once(&town, move |books: Books| {
            let words = words();
            async move { books.undo_journal(id, &words).await }
        });
        let came = came.await;
        assert_eq!(came.iter().filter(|came| came.is_ok()).count(), 1, "{came:?}");
        for why in came.into_iter().filter_map(Result::err) {
            assert!(why.to_string().contains("this journal was taken back by"), "{why}");
        }
        assert_eq!((count(url, "transfer_undo"), town.at("fund:CT").await), (1, -1_000));
        town.proved().await;
    }

    /// Taken back or journalled on: one of the two, never both.
    async fn a_journal_is_taken_back_or_journalled_on(url: &str) {
        let town = Town::of(url).await;
        let receipt = town.with_payment("CT", &ct(1), "10.00").await;
        let made = done(town.books.journal_line(&journal(receipt, &[part("CT", &ct(2), 300)])).await.unwrap());
        let on = town.numbered(&made.receipt).await;
        let (one, other) = (town.elsewhere(7).await, town.elsewhere(8).await);
        let undo = tokio::spawn(async move { one.undo_journal(made.id, "wrong").await.is_ok() });
        let new = NewJournal { line: 2, ..journal(on, &[part("CT", &ct(3), 1)]) };
        let moved = tokio::spawn(async move { other.journal_line(&new).await.is_ok() });
        let won = (undo.await.unwrap(), moved.await.unwrap());
        assert!(won == (true, false) || won == (false, true), "{won:?}");
        town.proved().await;
    }

    /// W17: two operators with the same items in opposite orders: neither waits
    /// for the other for ever, one wins each item, the other is told what is left.
    async fn operators_with_the_same_items_never_wait_for_each_other(url: &str) {
        let town = Town::of(url).await;
        let rows = ["10.00", "20.00"].map(|pounds| paid("XX", "1", "CARD", pounds));
        town.took("monday.csv", &receipts(&rows)).await;
        let ids: Vec<_> = town.suspense().await.into_iter().map(|item| item.id).collect();
        let mut set = JoinSet::new();
        for seed in 0..4_u64 {
            let books = town.elsewhere(20 + seed).await;
            let mut items = vec![whole(ids[0], 1_000), whole(ids[1], 2_000)];
            if seed % 2 == 1 {
                items.reverse();
            }
            let new = NewAllocations { items, note: String::new(), key: None };
            set.spawn(async move { books.allocate_many(&new).await });
        }
        let came = set.join_all().await;
        assert_eq!(came.iter().filter(|came| came.is_ok()).count(), 1, "{came:?}");
        for why in came.into_iter().filter_map(Result::err) {
            assert!(why.to_string().contains("nothing of this item is left"), "{why}");
        }
        assert_eq!((town.at("suspense").await, town.at("fund:PK").await), (0, -3_000));
        town.proved().await;
    }

    async fn operators_who_want_parts_of_an_item_are_told_what_is_left(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        let came = at_once(&town, move |books: Books| async move {
            let new = NewAllocations { items: vec![whole(id, 400)], note: String::new(), key: None };
            books.allocate_many(&new).await
        });
        let came = came.await;
        assert_eq!(came.iter().filter(|came| came.is_ok()).count(), 2, "{came:?}");
        for why in came.into_iter().filter_map(Result::err) {
            assert!(why.to_string().contains("4.00 is more than the 2.00 that remains"), "{why}");
        }
        town.proved().await;
    }

    /// W17: nothing stays locked after somebody stopped half-way.
    async fn nothing_stays_locked_after_a_crash(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let item = town.suspense().await[0].clone();
        let council = town.books.council().id;
        let mut tx = town.app.store().begin().await.unwrap();
        assert!(tx.lower_suspense(council, item.id, item.remaining, Pence::ZERO).await.unwrap());
        drop(tx);
        let again = town.elsewhere(9).await;
        assert_eq!(again.allocate_suspense(item.id, &to_first(None)).await.unwrap().amount.get(), 1_000);
        town.proved().await;
    }

    async fn an_allocation_is_taken_back_once_by_many(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        town.books.allocate_suspense(id, &to_first(Some(400))).await.unwrap();
        let allocation = town.allocation(id).await;
        let words = numbered();
        let came = at_once(&town, move |books: Books| {
            let words = words();
            async move { books.undo_allocation(allocation, &words).await }
        });
        let came = came.await;
        assert_eq!(came.iter().filter(|came| came.is_ok()).count(), 1, "{came:?}");
        assert_eq!((town.at("suspense").await, town.at("fund:CT").await), (-1_000, 0));
        town.proved().await;
    }

    /// What waits is approved once, whoever presses the button.
    async fn what_waits_is_approved_once(url: &str) {
        let town = Town::of(url).await;
        let text = settings("MILL") + "\n[approval]\ntransfer_above_pence = 0\n";
        town.books.configure(&text, april(20)).await.unwrap();
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let item = town.suspense().await[0].id;
        let asks = town.hands_of(Role::IncomeOfficer).await;
        let new = transfer(&[part("CT", &ct(1), 5)], &[part("CT", &ct(2), 5)]);
        let ims_app::Moved::Waits(moves) = asks.make_transfer(&new).await.unwrap() else { panic!("it did not wait") };
        let gives = asks.return_suspense(item, None, "why", None).await.unwrap();
        let mut set = JoinSet::new();
        for seed in 30..34 {
            let app = super::town::server(&town.url, &town.clock, seed).await;
            let manager = ims_app::Actor::person(&format!("mo {seed}"), &["income-manager".to_owned()]);
            let books = app.books(None, manager).await.unwrap();
            set.spawn(async move {
                (books.approve_transfer(moves, "").await, books.approve_suspense_return(gives, "").await)
            });
        }
        let (moved, given): (Vec<_>, Vec<_>) = set.join_all().await.into_iter().unzip();
        assert_eq!(moved.iter().filter(|came| came.is_ok()).count(), 1, "{moved:?}");
        assert_eq!(given.iter().filter(|came| came.is_ok()).count(), 1, "{given:?}");
        let refused = |came: Option<AppError>| came.is_none_or(|why| why.is_refusal());
        assert!(moved.into_iter().all(|came| refused(came.err())));
        assert!(given.into_iter().all(|came| refused(came.err())));
        assert_eq!((count(url, "transfer"), count(url, "suspense_return")), (1, 1));
        assert_eq!((town.at("refunds-due").await, town.at("suspense").await), (-1_000, 0));
        town.proved().await;
    }
}
