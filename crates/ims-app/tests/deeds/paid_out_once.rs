//! Payments of which several rows are as large and go by one name, some of them waited for
//! no more: which of them a payout is of.

use ims_app::{Imported, NewFile, Role};
use ims_testkit::{Engine, on_both};

use super::{
    files::{paid, receipts, settlement, statement},
    suspense::to_first,
    town::{Town, ct},
};

const LINE: (&str, &str, &str, &str, &str) = ("pay_1", "payment", "10.00", "0.20", "9.80");

impl Town {
    /// The payment as its sender told it once more, for another account.
    async fn told(&self, file: &str, n: u32) {
        let row = paid("CT", &ct(n), "CARD", "10.00").source("pay_1");
        self.took(file, &receipts(&[row])).await;
    }

    /// The card money of the n-th account comes no more.
    async fn comes_no_more(&self, n: u32) {
        let waits = self.books.waited_for(Some("card")).await.unwrap();
        let item = waits.into_iter().find(|item| item.reference == ct(n)).unwrap().id;
        let why = "told for the wrong account";
        let asks = self.hands_of(Role::IncomeOfficer).await;
        let id = asks.accept_difference(item, why, None).await.unwrap();
        let approves = self.hands_of(Role::IncomeManager).await;
        approves.approve_difference(id, "seen").await.unwrap();
    }
}

on_both! {
    /// Whichever of two was told first, the payout is of the one that is waited for.
    async fn a_payout_is_of_what_is_waited_for(url: &str) {
        let engine = if url.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
        for gone in [1, 2] {
            let fresh = engine.fresh();
            let town = Town::of(&fresh.url).await;
            town.told("one.csv", 1).await;
            town.told("two.csv", 2).await;
            town.comes_no_more(gone).await;
            let told = town.took("payout.csv", &settlement("PO1", 20, &[LINE])).await;
            assert_eq!(told.remarks, [""; 0], "{gone}");
            town.took("s1.sta", &statement(1, 0, 20, &[(980, "PAYBRIDGE PO1")])).await;
            let (rules, left) = town.reconciled().await;
            assert_eq!((rules.len(), left), (1, Vec::<String>::new()), "{gone}");
            assert_eq!(town.books.waited_for(Some("card")).await.unwrap(), [], "{gone}");
            town.proved().await;
        }
    }

    /// A payout of what is waited for no more is taken, and says so: the bank will show more
    /// than is waited for.
    async fn a_payout_of_what_is_waited_for_no_more_says_so(url: &str) {
        let town = Town::of(url).await;
        town.told("one.csv", 1).await;
        town.comes_no_more(1).await;
        let told = town.took("payout.csv", &settlement("PO1", 20, &[LINE])).await;
        assert_eq!(told.remarks, [
            "10.00 of payout PO1 (line 2) was matched before: the payout waits only for the rest",
        ]);
        assert_eq!(town.suspense().await, []);
        town.proved().await;
    }

    /// A payment that came after its payout is paid out already: another payout of it is as
    /// wrong as before it came.
    async fn what_came_after_its_payout_is_paid_out(url: &str) {
        let town = Town::of(url).await;
        let line = ("pay_1", "payment", "10.00", "0.00", "10.00");
        town.took("payout.csv", &settlement("PO1", 20, &[line])).await;
        let other = settlement("PO2", 21, &[line]);
        let why = town.refused("again.csv", &other).await;
        assert!(why.contains("settles a payment that another settlement settled before"), "{why}");
        town.told("one.csv", 1).await;
        let (rules, _) = town.reconciled().await;
        assert_eq!(rules, []);
        assert_eq!(town.suspense().await, []);
        let why = town.refused("again.csv", &other).await;
        assert!(why.contains("settles a payment that another settlement settled before"), "{why}");
        town.proved().await;
    }

    /// Money that a payout told of and that a person placed from suspense is in the books: a
    /// file that names it waits for a person.
    async fn what_was_placed_from_a_payout_comes_in_no_file(url: &str) {
        let town = Town::of(url).await;
        town.took("payout.csv", &settlement("PO1", 20, &[LINE])).await;
        let item = town.suspense().await.remove(0).id;
        town.books.allocate_suspense(item, &to_first(None)).await.unwrap();
        assert_eq!(town.at("fund:CT").await, -1_000);
        let text = receipts(&[paid("CT", &ct(1), "CARD", "10.00").source("pay_1")]);
        let new = NewFile { name: "monday.csv", bytes: text.as_bytes(), format: None, accept: None, dry_run: false };
        let kept = town.books.import_file(new).await.unwrap();
        let Imported::Quarantined { reason } = kept else { panic!("{kept:?}") };
        let why = "1 of its rows (line 1) are in the books by their sender's reference: pay_1 of 10.00 was told of in payout.csv of 2026-04-20 and placed from suspense";
        assert!(reason.starts_with(why), "{reason}");
        assert_eq!(town.at("fund:CT").await, -1_000);
        let let_in = town.books.import_file(NewFile { accept: Some("another's"), ..new }).await.unwrap();
        let Imported::Now(done) = let_in else { panic!("{let_in:?}") };
        assert!(done.remarks.iter().any(|remark| remark.starts_with(why) && remark.ends_with("; accepted")), "{:?}", done.remarks);
        assert_eq!(town.at("fund:CT").await, -2_000);
        town.proved().await;
    }
}
