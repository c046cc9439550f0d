//! Bank debits wait for their advices, and for nothing else.

use ims_app::{NewReturn, NewSuspenseItem, ReturnOf};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    refunds::number_of,
    returns::returned,
    town::{Town, april, ct},
};

impl Town {
    /// Money nobody can place, with no reference.
    async fn nameless(&self, pence: i64) -> SuspenseId {
        let new = NewSuspenseItem {
            channel: "dd".to_owned(),
            amount: Pence::new(pence),
            happened_on: april(20),
            reference: String::new(),
            narrative: String::new(),
            method: None,
            reason: "no name".to_owned(),
            key: None,
        };
        self.books.add_suspense_item(&new).await.unwrap()
    }

    /// How many things the channel waits for, and what it stands at.
    async fn waits(&self) -> (i64, i64) {
        let expected = self.books.dashboard(None).await.unwrap().expected;
        (expected.iter().map(|one| one.1).sum(), self.at("clearing:dd").await)
    }
}

on_both! {
    /// Another payer's money of the same amount is no debit that waits.
    async fn money_without_a_reference_is_no_debit_that_waits(url: &str) {
        let town = Town::of(url).await;
        town.nameless(3_000).await;
        let row = paid("CT", &ct(1), "DD", "30.00").batch("DDCOLL0420");
        town.took("dd.csv", &receipts(&[row])).await;
        let number = number_of(&town.books, &ct(1)).await;
        town.books.record_return(&returned(&number, "ARUDD 1")).await.unwrap();
        town.books.reconcile().await.unwrap();
        assert_eq!(town.waits().await, (3, 3_000));
        town.proved().await;
        // Its own debit is.
        town.took("s1.sta", &statement(1, 9_000, 20, &[(-3_000, "UNPAID DD")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!(town.waits().await, (2, 6_000));
        town.proved().await;
    }

    /// An advice without a reference closes with its debit.
    async fn suspense_without_a_reference_that_comes_back_is_an_advice(url: &str) {
        let town = Town::of(url).await;
        let id = town.nameless(1_000).await;
        town.took("s1.sta", &statement(1, 9_000, 20, &[(-1_000, "UNPAID DD")])).await;
        town.books.reconcile().await.unwrap();
        let channel = Some("dd".to_owned());
        let back = NewReturn { of: ReturnOf::Suspense(id), channel, ..returned("", "ARUDD 1") };
        town.books.record_return(&back).await.unwrap();
        assert_eq!(town.waits().await.0, 3);
        town.books.reconcile().await.unwrap();
        // The money itself is still to be banked.
        assert_eq!(town.waits().await, (1, 1_000));
        town.proved().await;
    }
}
