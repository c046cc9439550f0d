//! What is taken over is taken over once.

use ims_app::{Books, OpeningItem};
use ims_testkit::on_both;
use tokio::task::JoinSet;

use super::{
    files::statement,
    raw::counts,
    town::{Town, april, file},
};

fn item(account: &str, pence: i64, narrative: &str) -> OpeningItem {
    OpeningItem {
        account: account.parse().unwrap(),
        amount: ims_money::Pence::new(pence),
        date: april(1),
        reference: "OLD 1".to_owned(),
        narrative: narrative.to_owned(),
    }
}

fn list() -> Vec<OpeningItem> {
    vec![
        item("bank:main", 100_000, ""),
        item("clearing:till", 3_000, ""),
        item("suspense", -5_000, "an envelope"),
        item("suspense", -5_000, "another"),
    ]
}

async fn opened(books: &Books, items: &[OpeningItem]) -> usize {
    books.open_books(items).await.unwrap()
}

on_both! {
    async fn the_same_list_again_changes_nothing(url: &str) {
        let town = Town::of(url).await;
        assert_eq!(opened(&town.books, &list()).await, 4);
        let before = counts(url);
        assert_eq!(opened(&town.books, &list()).await, 4);
        let mut other_way: Vec<_> = list();
        other_way.reverse();
        assert_eq!(opened(&town.books, &other_way).await, 4);
        assert_eq!((counts(url), town.suspense().await.len()), (before, 2));
        town.proved().await;
        // What is more is taken over too.
        let third = [item("suspense", -5_000, "a third")];
        assert_eq!(opened(&town.books, &third).await, 1);
        assert_eq!(town.at("suspense").await, -15_000);
        let why = town.books.open_books(&[item("bank:main", 1, "")]).await.unwrap_err();
        assert_eq!(why.to_string(), "bank:main has begun already");
        town.proved().await;
    }

    async fn a_list_given_by_many_at_once_is_taken_over_once(url: &str) {
        let town = Town::of(url).await;
        let mut servers = JoinSet::new();
        for seed in 2..6 {
            let books = town.elsewhere(seed).await;
            servers.spawn(async move { opened(&books, &list()).await });
        }
        assert_eq!(servers.join_all().await, [4; 4]);
        assert_eq!((town.at("suspense").await, town.at("bank:main").await), (-10_000, 100_000));
        town.proved().await;
    }

    /// A list, and the account's first statement: one of them opens it.
    async fn a_list_and_a_first_statement_at_once_open_an_account_once(url: &str) {
        let town = Town::of(url).await;
        let (one, other) = (town.elsewhere(2).await, town.elsewhere(3).await);
        let text = statement(1, 100_000, 20, &[(500, "BGC")]);
        let list = [item("bank:main", 100_000, "")];
        let (opened, shown) =
            tokio::join!(one.open_books(&list), other.import_file(file("s1.sta", &text)));
        assert!(opened.is_ok() || shown.is_ok(), "{opened:?} {shown:?}");
        assert_eq!(town.at("opening").await, -100_000);
        town.proved().await;
    }

    /// A first statement that was reversed opens the account again.
    async fn an_account_whose_first_statement_was_reversed_is_opened_again(url: &str) {
        let town = Town::of(url).await;
        let text = statement(1, 100_000, 20, &[(500, "BGC")]);
        let first = town.took("s1.sta", &text).await;
        town.books.reverse_import(first.id, "of another bank").await.unwrap();
        assert_eq!(town.at("bank:main").await, 0);
        town.took("s1.sta", &text).await;
        assert_eq!((town.at("opening").await, town.at("bank:main").await), (-100_000, 100_500));
        town.proved().await;
    }

    /// What the old books had agreed to pay back, and the bank has not shown.
    async fn a_refund_on_its_way_is_taken_over(url: &str) {
        let town = Town::of(url).await;
        for (account, instead) in [("refunds-due", "below nothing"), ("unmatched:main", "suspense"), ("fund:CT", "suspense")] {
            let why = town.books.open_books(&[item(account, -700, "")]).await.unwrap_err().to_string();
            assert!(why.starts_with(&format!("{account} is not taken over")) && why.contains(instead), "{why}");
        }
        let due = OpeningItem { reference: "RFD000123".to_owned(), ..item("clearing:bank", -700, "") };
        opened(&town.books, &[due]).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(-700, "BACS RFD000123")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules.len(), left.len()), (1, 0), "{rules:?}");
        assert_eq!((town.at("clearing:bank").await, town.at("opening").await), (0, 700));
        town.proved().await;
    }
}
