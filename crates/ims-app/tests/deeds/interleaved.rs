//! Two deeds at the same moment, step by step: which came first, where the
//! other waits, and what it is told.
//!
//! Where one deed has to be held in the middle it is held by the row or the
//! days it would take: a unit of work of the test's own takes them first, the
//! other begins, is seen to wait, and goes on when the first has ended.

use std::time::Duration;

use ims_app::{
    Actor, App, Books, Imported, NewJournal, NewRefund, NewReturn, RefundNews, Result, ReturnKind,
    ReturnOf, Role,
};
use ims_ledger::{
    RefundEvent,
    id::{ImportId, ReceiptId},
};
use ims_money::Pence;
use ims_store::{LineKey, Taken};
use ims_testkit::on_both;
use tokio::task::{JoinHandle, JoinSet};

use super::{
    concurrent::at_once,
    files::{paid, receipts, statement},
    raw::count,
    refunds::{number_of, of},
    take_receipt::{cash, counter},
    town::{Town, april, ct, file},
    transfers::{journal, part},
};

/// A town where somebody paid 10.00 of council tax by card: receipt and number.
async fn with_ten_pounds(url: &str) -> (Town, ReceiptId, String) {
    let town = Town::of(url).await;
    let receipt = town.with_payment("CT", &ct(1), "10.00").await;
    let number = number_of(&town.books, &ct(1)).await;
    (town, receipt, number)
}

/// The deed on another server, seen to wait.
async fn waits<T, F>(town: &Town, deed: impl FnOnce(Books) -> F + Send + 'static) -> JoinHandle<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    waits_as(town, 50, deed).await
}

/// The same, on the server of that seed.
async fn waits_as<T, F>(
    town: &Town,
    seed: u64,
    deed: impl FnOnce(Books) -> F + Send + 'static,
) -> JoinHandle<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let books = town.elsewhere(seed).await;
    let waiting = tokio::spawn(async move { deed(books).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "it did not wait");
    waiting
}

fn asks(number: &str, pence: i64) -> NewRefund {
    of(number, Some(pence))
}

fn moves(receipt: ReceiptId, pence: i64) -> NewJournal {
    journal(receipt, &[part("CT", &ct(2), pence)])
}

fn sent_back(number: &str, pence: i64) -> NewReturn {
    NewReturn {
        of: ReturnOf::Receipt { number: number.to_owned(), line: Some(1) },
        amount: Some(Pence::new(pence)),
        kind: ReturnKind::Indemnity,
        code: String::new(),
        advice: "advice 1".to_owned(),
        channel: None,
        happened_on: None,
        note: String::new(),
    }
}

async fn manager(app: &App) -> Books {
    let mia = Actor::person("mia", &[Role::IncomeManager.name().to_owned()]);
    app.books(Some("MILL"), mia).await.unwrap()
}

on_both! {
    /// First takes 6.00 of the line and has not ended; second wants 6.00 and
    /// waits; first gives up: second has it, and a third is told of the 4.00 left.
    async fn a_refund_waits_for_whoever_takes_of_the_line(url: &str) {
        let (town, receipt, number) = with_ten_pounds(url).await;
        let of = LineKey { receipt, line: 1 };
        let council = town.books.council().id;
        let mut first = town.app.store().begin().await.unwrap();
        let taken = first.take_from_line(council, of, Pence::new(600)).await.unwrap();
        assert!(matches!(taken, Taken::Vat(_)));
        let again = number.clone();
        let second = waits(&town, |books| async move { books.request_refund(&asks(&again, 600)).await });
        let second = second.await;
        // First gives up: nothing of it lasts, and second gets what it wanted.
        drop(first);
        assert_eq!(second.await.unwrap().unwrap().amount.get(), 600);
        let why = town.books.request_refund(&asks(&number, 600)).await.unwrap_err();
        assert!(why.to_string().contains("6.00 is more than the 4.00 that is left"), "{why}");
        town.proved().await;
    }

    /// First refuses a refund and has not ended; second approves it and waits;
    /// first gives up: it is approved, once.
    async fn an_approval_waits_for_the_other(url: &str) {
        let (town, _, number) = with_ten_pounds(url).await;
        let asked = town.books.request_refund(&asks(&number, 600)).await.unwrap();
        let council = town.books.council().id;
        let mut first = town.app.store().begin().await.unwrap();
        let row = ims_store::DecisionRow {
            verdict: "refused".to_owned(),
            by: "max".to_owned(),
            at: town.app.world().now(),
            reason: "no".to_owned(),
        };
        assert!(first.decide_approval(council, asked.approval, &row).await.unwrap());
        let books = manager(&super::town::server(url, &town.clock, 51).await).await;
        let id = asked.id;
        let second = waits(&town, move |_| async move { books.approve_refund(id, "").await });
        let second = second.await;
        drop(first);
        assert_eq!(second.await.unwrap().unwrap().refund.state, "approved");
        assert_eq!((town.at("refunds-due").await, count(url, "approval_decision")), (-600, 1));
        town.proved().await;
    }

    /// First holds the days, as closing does, and has not ended; second posts and
    /// waits until it has.
    async fn who_posts_waits_for_who_closes(url: &str) {
        let town = Town::of(url).await;
        let council = town.books.council().id;
        let mut first = town.app.store().begin().await.unwrap();
        first.hold_days(council).await.unwrap();
        let text = receipts(&[paid("CT", &ct(1), "CARD", "10.00")]);
        let second = waits(&town, |books| async move { books.import_file(file("a.csv", &text)).await });
        let second = second.await;
        drop(first);
        second.await.unwrap().unwrap();
        assert_eq!(town.at("fund:CT").await, -1_000);
        town.proved().await;
    }

    /// First reverses the last statement and is held before its end; second brings
    /// the next one and waits for it. Never does a statement follow on from one
    /// that was reversed.
    async fn the_next_statement_waits_for_a_reversal_of_the_last(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(5_000, "ONE")])).await;
        let last = town.took("s2.sta", &statement(2, 5_000, 20, &[(4_000, "TWO")])).await.id;
        let council = town.books.council().id;
        // Holds up a reversal where it writes down that it was done.
        let mut holding = town.app.store().begin().await.unwrap();
        let (nobody, now) = (ImportId::new(uuid::Uuid::nil()), town.app.world().now());
        holding.add_reversal(council, last, nobody, "", "nobody", now).await.unwrap();
        let first = waits(&town, move |books| async move { books.reverse_import(last, "wrong").await });
        let first = first.await;
        let next = statement(3, 9_000, 20, &[(100, "THREE")]);
        let second = waits_as(&town, 51, |books| async move { books.import_file(file("s3.sta", &next)).await });
        let second = second.await;
        drop(holding);
        let (first, second) = (first.await.unwrap(), second.await.unwrap().unwrap());
        match (&first, &second) {
            (Ok(_), Imported::Quarantined { reason }) => {
                assert!(reason.contains("the account stands at 50.00"), "{reason}");
                assert_eq!(town.at("bank:main").await, 5_000);
            }
            // With one writer at a time either may be the first.
            (Err(why), Imported::Now(_)) => {
                assert!(why.to_string().contains("a later statement of main"), "{why}");
                assert_eq!(town.at("bank:main").await, 9_100);
            }
            both => panic!("{both:?}"),
        }
        town.proved().await;
    }

    /// Everything of a line at once: refunds, journals and returns of 4.00 each
    /// of 10.00. Never more than there is, whoever comes first.
    async fn refunds_journals_and_returns_share_a_line(url: &str) {
        let (town, receipt, number) = with_ten_pounds(url).await;
        let mut set: JoinSet<Result<&str>> = JoinSet::new();
        for seed in 60..63 {
            let (books, number) = (town.elsewhere(seed).await, number.clone());
            set.spawn(async move { books.request_refund(&asks(&number, 400)).await.map(|_| "refund") });
            let books = town.elsewhere(seed + 10).await;
            set.spawn(async move { books.journal_line(&moves(receipt, 400)).await.map(|_| "journal") });
        }
        let (books, again) = (town.elsewhere(90).await, number.clone());
        set.spawn(async move { books.record_return(&sent_back(&again, 400)).await.map(|_| "return") });
        let done = set.join_all().await;
        // A return is of money that is gone: it happens in any case, and what
        // it cannot find is a loss.
        let won: Vec<_> = done.iter().filter_map(|done| done.as_ref().ok()).collect();
        assert!(won.contains(&&"return") && (2..=3).contains(&won.len()), "{done:?}");
        for why in done.iter().filter_map(|done| done.as_ref().err()) {
            assert!(why.to_string().contains("is left of line 1"), "{why}");
        }
        let left = town.left(&number).await;
        assert!((0..=200).contains(&left[0]), "{left:?} of {won:?}");
        assert!(town.at("disputes").await <= 400);
        town.proved().await;
    }

    /// Approved and withdrawn, paid and failed, at the same moment: one of each
    /// pair happens, and the books know which.
    async fn of_opposite_news_one_is_true(url: &str) {
        let (town, _, number) = with_ten_pounds(url).await;
        let asked = town.approved(&asks(&number, 600)).await;
        let done = at_once(&town, move |books: Books| async move {
            let pay = books.record_refund(asked.id, &RefundNews::of(RefundEvent::Pay)).await;
            let fail = books.record_refund(asked.id, &RefundNews::of(RefundEvent::Fail)).await;
            (pay.is_ok(), fail.is_ok())
        });
        let done = done.await;
        assert!(done.iter().all(|(pay, _)| *pay), "a payment told of late counts: {done:?}");
        let (refund, _, _) = town.books.refund(asked.id).await.unwrap();
        assert_eq!(refund.state, "paid");
        assert_eq!((town.at("refunds-due").await, town.at("fund:CT").await), (0, -400));
        town.proved().await;
    }

    /// Closing against posting: each receipt counts in a day that its
    /// certificate has, or in the next; none is in a closed day unseen.
    async fn closing_and_posting_at_once_lose_nothing(url: &str) {
        let town = counter(url).await;
        let mut set = JoinSet::new();
        for seed in 100..104 {
            let books = town.elsewhere(seed).await;
            set.spawn(async move {
                for n in 0..4 {
                    books.take_receipt(&cash("CT", &ct(1), 100 + n)).await.unwrap();
                }
            });
        }
        let closing = town.elsewhere(110).await;
        set.spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            closing.close_day(april(20)).await.unwrap();
        });
        set.join_all().await;
        let closed = town.books.close_day(april(20)).await.unwrap();
        assert!(closed.before);
        assert_eq!(town.at("fund:CT").await, -(4 * (100 + 101 + 102 + 103)));
        let balances = town.books.balances_on(april(20)).await.unwrap();
        assert_eq!(balances, closed.balances, "the closed day is not as its certificate says");
        town.proved().await;
    }

    /// One writes, many read: each reader sees books that balance, at one moment.
    async fn readers_see_whole_moments_while_somebody_writes(url: &str) {
        let town = counter(url).await;
        let writer = town.elsewhere(120).await;
        let writing = tokio::spawn(async move {
            for n in 1..13_u32 {
                let text = statement(n, (i64::from(n) - 1) * 700, 20, &[(700, "NOBODY KNOWS")]);
                writer.import_file(file(&format!("s{n}.sta"), &text)).await.unwrap();
                writer.take_receipt(&cash("CT", &ct(1), 100)).await.unwrap();
            }
        });
        let mut readers = JoinSet::new();
        for seed in 130..136 {
            let books = town.elsewhere(seed).await;
            readers.spawn(async move {
                let mut last = 0;
                for _ in 0..12 {
                    let all = books.balances_on(april(30)).await.unwrap();
                    let sum: i64 = all.iter().map(|(_, balance)| balance.get()).sum();
                    assert_eq!(sum, 0, "{all:?}");
                    let bank = all.iter().find(|(account, _)| account.to_string() == "bank:main");
                    let bank = bank.map_or(0, |(_, balance)| balance.get());
                    assert!(bank >= last, "it went back from {last} to {bank}");
                    last = bank;
                }
            });
        }
        readers.join_all().await;
        writing.await.unwrap();
        assert_eq!((town.at("bank:main").await, town.at("fund:CT").await), (8_400, -1_200));
        town.proved().await;
    }
}
