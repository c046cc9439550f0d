//! An import reversed leaves every balance as before it; while anything stands
//! on it, it stands.

use ims_app::{ImportSummary, Imported};
use ims_ledger::id::ImportId;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, schedule, settlement, statement},
    suspense::to_first,
    town::{Town, april, ct, file, holders},
};

impl Town {
    /// Takes a file in, reverses it, and takes it in again.
    async fn there_and_back(&self, name: &str, text: &str) -> ImportSummary {
        let before = self.balances().await;
        let first = self.took(name, text).await;
        let with = self.balances().await;
        assert_ne!(before, with);
        let done = self.books.reverse_import(first.id, "sent in error").await.unwrap();
        assert!(done.entries > 0);
        assert_eq!(self.balances().await, before);
        self.proved().await;
        let again = self.books.reverse_import(first.id, "sent in error").await.unwrap();
        assert_eq!(again, done, "the same again is answered as before");
        let why = self.books.reverse_import(first.id, "sent twice").await.unwrap_err();
        assert!(why.to_string().contains("was reversed already"), "{why}");
        let again = self.books.import_file(file(name, text)).await.unwrap();
        let Imported::Now(again) = again else { panic!("{again:?}") };
        assert_ne!(again.id, first.id);
        assert_eq!(self.balances().await, with);
        self.proved().await;
        again
    }

    async fn reversal_refused(&self, id: ImportId) -> String {
        let why = self.books.reverse_import(id, "sent in error").await.unwrap_err();
        assert!(why.is_refusal(), "{why:?}");
        why.to_string()
    }
}

on_both! {
    async fn receipts_there_and_back(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CARD", "10.00"),
            paid("LE", "LM000001", "CASH", "12.00").vat("S", "1.99"),
            paid("XX", "1", "CARD", "3.00"),
            paid("XX", "2", "CARD", "-1.00"),
        ];
        town.there_and_back("monday.csv", &receipts(&rows)).await;
    }

    /// More rows than are undone at once, some of them with no account.
    async fn a_file_of_several_pages_there_and_back(url: &str) {
        let town = Town::of(url).await;
        let row = |n: u32| match n % 1_000 {
            7 => paid("XX", "1", "CARD", "3.00"),
            _ => paid("CT", &ct(1 + n % 9), "CARD", "1.20"),
        };
        let rows: Vec<_> = (0..10_050).map(row).collect();
        let text = receipts(&rows);
        let before = town.balances().await;
        let done = town.took("large.csv", &text).await;
        let back = town.books.reverse_import(done.id, "sent in error").await.unwrap();
        assert_eq!((back.entries, back.receipts, back.suspense), (10_050, 10_039, 11));
        assert_eq!(town.balances().await, before);
        assert_eq!(town.at("clearing:card").await, 0);
        town.proved().await;
    }

    async fn a_schedule_there_and_back(url: &str) {
        let town = Town::of(url).await;
        let lines = [(&*ct(1), "10.00"), (&*ct(2), "-4.00"), ("nobody", "5.00")];
        town.there_and_back("allpay.csv", &schedule("AP20260420", 20, &lines)).await;
    }

    async fn a_settlement_there_and_back(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CARD", "100.00").source("pay_1")];
        town.took("monday.csv", &receipts(&rows)).await;
        let lines = [
            ("pay_1", "payment", "100.00", "1.20", "98.80"),
            ("ref_9", "refund", "-20.00", "0.00", "-20.00"),
        ];
        town.there_and_back("settled.csv", &settlement("PO778899", 20, &lines)).await;
    }

    async fn a_statement_there_and_back(url: &str) {
        let town = Town::of(url).await;
        let lines = [(700, "NOBODY KNOWS"), (-30, "NOBODY EITHER")];
        town.there_and_back("s1.sta", &statement(1, 100, 20, &lines)).await;
        town.there_and_back("s2.sta", &statement(2, 770, 20, &lines)).await;
        town.took("s3.sta", &statement(3, 1_440, 20, &[])).await;
        town.proved().await;
    }

    /// The day it was posted in stays as it was certified.
    async fn what_is_reversed_after_its_day_closed_counts_today(url: &str) {
        let town = Town::of(url).await;
        let done = town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "10.00")])).await;
        let closed = town.books.close_day(april(20)).await.unwrap();
        town.clock.to_april(22);
        town.books.reverse_import(done.id, "sent in error").await.unwrap();
        assert_eq!(town.books.balances_on(april(20)).await.unwrap(), closed.balances);
        assert_eq!(town.books.balances_on(april(21)).await.unwrap(), closed.balances);
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    async fn a_matched_receipt_stands(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CASH", "10.00").batch("SLIP0042")];
        let taken = town.took("monday.csv", &receipts(&rows)).await;
        let shown = town.took("s1.sta", &statement(1, 0, 20, &[(1_000, "CR SLIP0042")])).await;
        let line = town.open_line(1_000).await.id;
        town.books.reconcile().await.unwrap();
        let before = town.balances().await;
        let why = town.reversal_refused(taken.id).await;
        assert!(why.contains("1 matches with bank lines"), "{why}");
        let why = town.reversal_refused(shown.id).await;
        assert!(why.contains("1 explained bank lines"), "{why}");
        assert_eq!(town.balances().await, before);
        town.proved().await;
        let matched = town.standing(line).await;
        town.books.undo_match(matched, "the wrong one").await.unwrap();
        town.books.reverse_import(taken.id, "sent in error").await.unwrap();
        town.books.reverse_import(shown.id, "sent in error").await.unwrap();
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    async fn allocated_suspense_stands(url: &str) {
        let town = Town::of(url).await;
        let taken = town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        town.books.allocate_suspense(id, &to_first(Some(1))).await.unwrap();
        let why = town.reversal_refused(taken.id).await;
        assert!(why.contains("1 allocations of suspense"), "{why}");
        town.proved().await;
    }

    async fn only_an_accounts_last_statement_is_reversed(url: &str) {
        let town = Town::of(url).await;
        let first = town.took("s1.sta", &statement(1, 0, 20, &[(700, "A")])).await;
        let second = town.took("s2.sta", &statement(2, 700, 20, &[(5, "B")])).await;
        let why = town.reversal_refused(first.id).await;
        assert!(why.contains("a later statement of main"), "{why}");
        town.books.reverse_import(second.id, "sent in error").await.unwrap();
        town.books.reverse_import(first.id, "sent in error").await.unwrap();
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    async fn what_cannot_be_reversed_says_so(url: &str) {
        let town = Town::of(url).await;
        let taken = town.took("h2.csv", &holders().replace("Holder 1", "Renamed")).await;
        let why = town.reversal_refused(taken.id).await;
        assert!(why.contains("replaced by the next one"), "{why}");
        let money = town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "1.00")])).await;
        assert!(town.books.reverse_import(money.id, " ").await.unwrap_err().is_bad_input());
        let other = ImportId::new(town.app.world().id());
        assert!(town.books.reverse_import(other, "why").await.unwrap_err().is_bad_input());
        town.proved().await;
    }
}
