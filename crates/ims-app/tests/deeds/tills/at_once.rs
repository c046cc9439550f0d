//! Two at a till at the same moment.

use std::time::Duration;

use tokio::task::JoinSet;

use super::*;
use crate::deeds::town::server;

/// Books of that cashier on a server of their own.
async fn elsewhere(town: &Town, name: &str, seed: u64) -> Books {
    let app = server(&town.url, &town.clock, seed).await;
    app.books(Some("MILL"), Actor::person(name, &["cashier".to_owned()])).await.unwrap()
}

on_both! {
    async fn of_those_who_open_one_till_at_once_one_has_it(url: &str) {
        let town = with_tills(url).await;
        let mut set = JoinSet::new();
        for (name, seed) in ["a", "b", "c", "d"].into_iter().zip(2..) {
            let books = elsewhere(&town, name, seed).await;
            set.spawn(async move { books.open_till(&with_float("DESK", 50)).await });
        }
        let done = set.join_all().await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        for lost in done.into_iter().filter(Result::is_err) {
            assert!(sentence(lost).starts_with("till DESK is open: "));
        }
        assert_eq!(count(url, "till_session"), 1);
        town.proved().await;
    }

    /// Of receipts taken while it is counted, each is either counted with the
    /// others or refused: none is left in a drawer that was paid in.
    async fn a_receipt_while_it_is_counted_is_in_or_refused(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let id = ann.open_till(&with_float("DESK", 50)).await.unwrap().id;
        let mut set = JoinSet::new();
        for seed in 2..6 {
            let books = elsewhere(&town, "ann", seed).await;
            set.spawn(async move {
                let mut taken = 0;
                for _ in 0..6 {
                    match books.take_at_till(id, &by("CASH", 100), &Tender::Exact).await {
                        Ok(_) => taken += 100,
                        Err(why) => assert!(why.is_refusal(), "{why:?}"),
                    }
                }
                taken
            });
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
        let done = ann.count_till(id, &counted(&[(100, 50)], &[], 0), None).await.unwrap();
        let taken: i64 = set.join_all().await.into_iter().sum();
        assert_eq!(done.expected.get(), taken, "what was taken is what was expected");
        assert_eq!(count(url, "till_receipt"), taken / 100);
        town.proved().await;
    }

    /// Held in the middle: a receipt is under way, the count waits for it and
    /// finds it; a count is under way, the receipt waits for it and is refused.
    async fn each_waits_for_the_other(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let id = ann.open_till(&with_float("DESK", 50)).await.unwrap().id;
        let council = town.books.council().id;
        let mut counting = town.app.store().begin().await.unwrap();
        assert!(counting.move_till(council, id, "open", "counted").await.unwrap());
        let late = elsewhere(&town, "ann", 9).await;
        let late = tokio::spawn(async move { late.take_at_till(id, &by("CASH", 100), &Tender::Exact).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!late.is_finished(), "it did not wait");
        drop(counting);
        late.await.unwrap().unwrap();
        let mut taking = town.app.store().begin().await.unwrap();
        assert!(taking.move_till(council, id, "open", "open").await.unwrap());
        let counts = elsewhere(&town, "ann", 10).await;
        let counts = tokio::spawn(async move { counts.count_till(id, &counted(&[(100, 51)], &[], 0), None).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!counts.is_finished(), "it did not wait");
        drop(taking);
        assert_eq!(counts.await.unwrap().unwrap().expected.get(), 100);
        town.proved().await;
    }

    /// Of two tills that take into one batch, or declare it, at the same moment one does.
    async fn a_batch_is_one_tills_at_the_same_moment_too(url: &str) {
        let town = with_tills(url).await;
        let document = format!("{}{TEMPLATES}{COUNTER}{TILLS}", settings("MILL"));
        let more = document.replace("slips = \"apart\"\n\n[app", "terminal_channel = \"terminal\"\n\n[app");
        town.books.configure(&more, april(1)).await.unwrap();
        let two = [elsewhere(&town, "ann", 2).await, elsewhere(&town, "bob", 3).await];
        let mut tills = Vec::new();
        for (books, till) in two.into_iter().zip(["DESK", "HATCH"]) {
            let id = books.open_till(&with_float(till, 0)).await.unwrap().id;
            tills.push((books, id));
        }
        for batch in 1..=8 {
            let mut set = JoinSet::new();
            for (books, id) in tills.clone() {
                let tender = card("T1", &batch.to_string());
                set.spawn(async move { books.take_at_till(id, &by("TERM", 100), &tender).await });
            }
            let done = set.join_all().await;
            assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{batch}: {done:?}");
            let lost = sentence(done.into_iter().find(Result::is_err).unwrap());
            assert!(lost.starts_with(&format!("batch {batch} of terminal T1 is T")), "{lost}");
        }
        let mut set = JoinSet::new();
        for (books, id) in tills {
            let taken: Vec<_> = books.till_session(id).await.unwrap().batches;
            let cards = taken.into_iter().map(|(terminal, batch)| (terminal, batch, 100));
            // Both say that the next batch is theirs: a pound of it.
            let cards = cards.chain([("T1".to_owned(), "9".to_owned(), 100)]);
            let card_machines = cards
                .map(|(terminal, batch, pence)| CardMachine { terminal, batch, amount: Pence::new(pence) })
                .collect();
            let count = TillCount { card_machines, ..counted(&[], &[], 0) };
            set.spawn(async move { books.count_till(id, &count, None).await });
        }
        let done = set.join_all().await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        let lost = sentence(done.into_iter().find(Result::is_err).unwrap());
        assert!(lost.contains("the batch of a card machine was declared before: T1/9/2026-04-20"), "{lost}");
        town.proved().await;
    }
}
