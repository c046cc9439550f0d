//! Payments that nobody told of and nobody can be asked about: given up, and on a list
//! until it is known what became of them.

use ims_app::{PaymentNews, PaymentView, Word};
use ims_pay::Saying;
use ims_testkit::on_both;

use super::{
    files::settlement,
    payments::{basket, heard, of, paid, told},
    town::{Town, ct},
};

/// What is on the list: what it is about, how much, and why.
async fn listed(town: &Town) -> Vec<(String, i64, String)> {
    let rows = town.books.payment_exceptions(None, 9).await.unwrap();
    let pence = |amount: Option<ims_money::Pence>| amount.map_or(0, ims_money::Pence::get);
    rows.into_iter().map(|row| (row.kind, pence(row.amount), row.why)).collect()
}

/// A payment of this account that its provider named, and that was given up.
async fn given_up(town: &Town, account: u32) -> PaymentView {
    let pence = 100 * i64::from(account);
    let view = town.books.start_payment(&basket(&[("CT", &ct(account), pence)])).await.unwrap();
    let name = format!("p-{account}");
    heard(&town.books, &of(&view, &name, Saying::Accepted { next: None })).await;
    give_up(town, &view).await
}

async fn give_up(town: &Town, view: &PaymentView) -> PaymentView {
    let news = PaymentNews { payment: Some(view.payment.id), ..told(Word::GivenUp) };
    let view = heard(&town.books, &news).await.view;
    assert_eq!(view.payment.status, "expired");
    view
}

on_both! {
    async fn a_payment_that_was_given_up_is_listed_until_it_is_heard_of(url: &str) {
        let town = Town::of(url).await;
        let views = [given_up(&town, 1).await, given_up(&town, 2).await, given_up(&town, 3).await];
        let rows = listed(&town).await;
        assert_eq!(rows.iter().map(|row| row.1).collect::<Vec<_>>(), [100, 200, 300]);
        assert!(rows.iter().all(|row| row.0 == "unreadable" && row.2.contains("nobody can be asked")), "{rows:?}");
        // Nothing is said of it by what is no end: it stays there.
        heard(&town.books, &of(&views[0], "p-1", Saying::Waiting)).await;
        give_up(&town, &views[0]).await;
        assert_eq!(listed(&town).await, rows);
        // Taken after all, or not: either says what became of it.
        let taken = heard(&town.books, &of(&views[0], "p-1", paid())).await.view;
        assert_eq!((taken.payment.status.as_str(), town.at("clearing:card").await), ("captured", 100));
        heard(&town.books, &of(&views[1], "p-2", Saying::Cancelled)).await;
        assert_eq!(listed(&town).await, rows[2..]);
        // Somebody looked there: nothing brings it back but what is heard.
        let one = town.books.payment_exceptions(None, 9).await.unwrap().remove(0);
        town.books.end_payment_exception(one.id, "not paid, their page says").await.unwrap();
        give_up(&town, &views[2]).await;
        assert_eq!(listed(&town).await, []);
        town.proved().await;
    }

    /// A payer is sent on only once the provider has named the payment.
    async fn what_no_payer_was_sent_to_pay_is_not_listed(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
        give_up(&town, &view).await;
        assert_eq!(listed(&town).await, []);
        town.proved().await;
    }

    /// Its money is in a payout, and so in suspense: that is known by our reference.
    async fn a_settlement_says_what_became_of_one_too(url: &str) {
        let town = Town::of(url).await;
        let (one, _) = (given_up(&town, 1).await, given_up(&town, 2).await);
        let lines = [
            (one.payment.reference.as_str(), "payment", "1.00", "0.02", "0.98"),
            ("p-9", "payment", "7.00", "0.20", "6.80"),
        ];
        town.took("settled.csv", &settlement("PO1", 20, &lines)).await;
        assert_eq!(listed(&town).await.iter().map(|row| row.1).collect::<Vec<_>>(), [200]);
        assert_eq!(town.suspense().await.len(), 2);
        town.proved().await;
    }
}
