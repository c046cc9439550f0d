//! A closed day is certified and stays as it is.

use ims_testkit::on_both;

use super::{
    files::{one_receipt, paid, receipts, statement},
    raw::{count, counts},
    town::{Town, april, ct},
};

on_both! {
    async fn what_is_left_goes_to_suspense_with_its_reason(url: &str) {
        let town = Town::of(url).await;
        let says = format!("FPI {}", ct(4));
        let lines = [(700, "NOBODY KNOWS"), (-30, "NOBODY EITHER"), (55, &*says)];
        town.took("s1.sta", &statement(1, 100, 20, &lines)).await;
        let closed = town.books.close_day(april(20)).await.unwrap();
        assert!(!closed.before);
        assert_eq!((closed.to_suspense, closed.to_suspense_pence.get()), (2, 670));
        assert_eq!((closed.receipts, closed.receipts_pence.get()), (1, 55));
        let items = town.suspense().await;
        let item = items.iter().find(|item| item.amount.get() == 700).unwrap();
        assert!(item.reason.contains("it quotes no reference"), "{}", item.reason);
        assert_eq!(item.narrative, "NOBODY KNOWS");
        let line = town.books.explain_line(item.line.unwrap()).await.unwrap();
        assert_eq!(line.explanations[0].set.rule, "day close: to suspense");
        assert!(town.books.open_lines().await.unwrap().is_empty());
        assert_eq!(town.at("unmatched:main").await, 0);
        town.proved().await;
    }

    async fn the_certificate_tells_every_balance_of_its_day(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        let closed = town.books.close_day(april(20)).await.unwrap();
        let balances: Vec<_> =
            closed.balances.iter().map(|(account, sum)| (account.to_string(), sum.get())).collect();
        let expected = [("clearing:card", 12_050), ("fund:CT", -12_050)];
        assert_eq!(balances, expected.map(|(account, pence)| (account.to_owned(), pence)));
        town.clock.to_april(21);
        town.took("tuesday.csv", &receipts(&[paid("CT", &ct(2), "CARD", "1.00").on(april(21))])).await;
        assert_eq!(town.books.balances_on(april(20)).await.unwrap(), closed.balances);
        assert!(town.books.verify(Some(&closed.head)).await.unwrap().ok);
        town.proved().await;
    }

    async fn what_comes_after_the_close_counts_in_the_next_day(url: &str) {
        let town = Town::of(url).await;
        town.books.close_day(april(20)).await.unwrap();
        let done = town.took("late.csv", &one_receipt()).await;
        let (_, kept, _) = town.books.import_shown(done.id).await.unwrap();
        assert_eq!((kept[0].happened_on, kept[0].accounting_day), (april(20), april(21)));
        let balances = town.books.balances_on(april(20)).await.unwrap();
        assert!(balances.iter().all(|(_, balance)| balance.is_zero()), "{balances:?}");
        assert_eq!(town.at("fund:CT").await, -12_050);
        town.proved().await;
    }

    /// Closing Monday closes the weekend with it: no receipt is in no certificate.
    async fn the_certificate_counts_the_days_closed_with_it(url: &str) {
        let town = Town::of(url).await;
        let rows = [17, 18, 19, 20].map(|day| paid("CT", &ct(1), "CARD", "1.00").on(april(day)));
        town.took("friday.csv", &receipts(&rows[..1])).await;
        let friday = town.books.close_day(april(17)).await.unwrap();
        assert_eq!((friday.receipts, friday.receipts_pence.get()), (1, 100));
        town.took("weekend.csv", &receipts(&rows[1..])).await;
        let monday = town.books.close_day(april(20)).await.unwrap();
        assert_eq!((monday.receipts, monday.receipts_pence.get()), (3, 300));
        town.proved().await;
    }

    async fn closing_again_gives_the_same_certificate(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 100, 20, &[(700, "NOBODY KNOWS")])).await;
        let first = town.books.close_day(april(20)).await.unwrap();
        town.took("late.csv", &one_receipt()).await;
        let before = counts(url);
        let again = town.books.close_day(april(20)).await.unwrap();
        assert!(again.before);
        assert_eq!(ims_app::Certificate { before: false, ..again }, first);
        assert_eq!(counts(url), before);
        assert_eq!(town.books.closed_days(10).await.unwrap().len(), 1);
        town.proved().await;
    }

    async fn a_day_to_come_is_not_closed(url: &str) {
        let town = Town::of(url).await;
        let why = town.books.close_day(april(21)).await.unwrap_err();
        assert!(why.is_refusal(), "{why:?}");
        assert_eq!(why.to_string(), "2026-04-21 cannot be closed: today is 2026-04-20");
        assert_eq!(count(url, "day_close"), 0);
        town.proved().await;
    }

    async fn a_day_before_a_closed_one_is_closed_with_it(url: &str) {
        let town = Town::of(url).await;
        town.books.close_day(april(20)).await.unwrap();
        let why = town.books.close_day(april(17)).await.unwrap_err();
        assert_eq!(why.to_string(), "2026-04-17 is closed with 2026-04-20, a later day");
        town.proved().await;
    }

    /// A line of a later day is not this day's to place.
    async fn lines_of_later_days_stay_open(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(700, "NOBODY KNOWS")])).await;
        let closed = town.books.close_day(april(19)).await.unwrap();
        assert_eq!(closed.to_suspense, 0);
        assert_eq!(town.books.open_lines().await.unwrap().len(), 1);
        town.proved().await;
    }
}
