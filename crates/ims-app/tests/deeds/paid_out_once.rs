//! Payments of which several rows are as large and go by one name, some of them waited for
//! no more: which of them a payout is of.

use ims_app::{Imported, NewFile, NewMatch, Role};
use ims_testkit::{Engine, on_both};

use super::{
    files::{paid, receipts, settlement, statement},
    suspense::to_first,
    town::{Town, april, ct},
};

const LINE: (&str, &str, &str, &str, &str) = ("pay_1", "payment", "10.00", "0.20", "9.80");

impl Town {
    /// The payment as its sender told it once more, for another account.
    async fn told(&self, file: &str, n: u32) {
        let row = paid("CT", &ct(n), "CARD", "10.00").source("pay_1");
        self.took(file, &receipts(&[row])).await;
    }

    /// The only line of so much, matched with the only card money of so much.
    async fn matched_alone(&self, pence: i64) {
        let waits = self.books.waited_for(Some("card")).await.unwrap();
        let is_it = |it: &&ims_store::OpenExpected| it.amount.get() == pence;
        let set = NewMatch {
            lines: vec![self.open_line(pence).await.id],
            items: Vec::new(),
            expected: waits.iter().filter(is_it).map(|it| it.id).collect(),
            reason: "the bank says so".to_owned(),
        };
        self.books.match_lines(&set).await.unwrap();
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
        // What was written off is at no bank: the payout's own line is.
        town.took("s1.sta", &statement(1, 0, 20, &[(980, "PAYBRIDGE PO1")])).await;
        let told = town.books.payouts(april(20), april(20)).await.unwrap();
        let one = &told.payouts[0];
        assert_eq!((one.has_arrived, one.bank.len(), one.paid.get()), (true, 1, 980));
        assert_eq!((one.unexplained.get(), told.bank_left.len()), (0, 0));
        town.proved().await;
    }

    /// Of a payout that is matched in part, the rest is looked for; of one told of by two
    /// files, each has its own.
    async fn a_payout_in_parts_has_all_that_came(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CARD", "10.00").source("pay_1"),
            paid("CT", &ct(2), "CARD", "7.00").source("pay_2"),
        ];
        town.took("one.csv", &receipts(&rows)).await;
        let line = |name, amount| (name, "payment", amount, "0.00", amount);
        town.took("a.csv", &settlement("PO1", 20, &[line("pay_1", "10.00")])).await;
        town.took("b.csv", &settlement("PO1", 20, &[line("pay_2", "7.00")])).await;
        let first = [(1_000, "BY ITSELF"), (700, "PAYBRIDGE PO1")];
        town.took("s1.sta", &statement(1, 0, 20, &first)).await;
        let shown = async || {
            let told = town.books.payouts(april(20), april(20)).await.unwrap();
            let one = |it: &ims_app::PayoutExplained| {
                (it.has_arrived, it.paid.get(), it.unexplained.get(), it.bank.len())
            };
            let mut all: Vec<_> = told.payouts.iter().map(one).collect();
            all.sort_by_key(|it| it.1);
            all
        };
        town.matched_alone(1_000).await;
        assert_eq!(shown().await, [(true, 700, 0, 1), (true, 1_000, 0, 1)]);
        town.proved().await;
        // One file of both, of which one is matched.
        let both = settlement("PO2", 21, &[line("pay_3", "10.00"), line("pay_4", "7.00")]);
        town.took("c.csv", &both).await;
        town.took("s2.sta", &statement(2, 1_700, 21, &[(1_000, "BY ITSELF")])).await;
        town.matched_alone(1_000).await;
        let told = town.books.payouts(april(21), april(21)).await.unwrap();
        let one = told.payouts.iter().find(|it| it.payout == "PO2").unwrap();
        assert_eq!((one.has_arrived, one.paid.get(), one.bank.len(), one.unexplained.get()), (false, 1_700, 1, 0));
        town.took("s3.sta", &statement(3, 2_700, 21, &[(700, "PAYBRIDGE PO2")])).await;
        let told = town.books.payouts(april(21), april(21)).await.unwrap();
        let one = told.payouts.iter().find(|it| it.payout == "PO2").unwrap();
        assert_eq!((one.has_arrived, one.paid.get(), one.bank.len(), one.unexplained.get()), (true, 1_700, 2, 0));
        town.proved().await;
    }

    /// A payment and its surcharge, of which the payment had been told for another account
    /// before, are what is waited for.
    async fn what_waits_is_paid_out_together(url: &str) {
        let town = Town::of(url).await;
        town.told("one.csv", 1).await;
        town.comes_no_more(1).await;
        let rows = [(2, "10.00"), (3, "2.00")];
        let rows = rows.map(|(n, amount)| paid("CT", &ct(n), "CARD", amount).source("pay_1"));
        town.took("two.csv", &receipts(&rows)).await;
        let line = ("pay_1", "payment", "12.00", "0.00", "12.00");
        let told = town.took("payout.csv", &settlement("PO1", 20, &[line])).await;
        assert_eq!((told.suspense, told.remarks), (0, vec![]));
        town.took("s1.sta", &statement(1, 0, 20, &[(1_200, "PAYBRIDGE PO1")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules.len(), left), (1, Vec::<String>::new()));
        assert_eq!(town.books.waited_for(Some("card")).await.unwrap(), []);
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
        let why = town.refused("again.csv", &other).await;
        assert!(why.contains("settles a payment that another settlement settled before"), "{why}");
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
        let why = "1 of its rows (line 1) are in the books by their sender's reference: pay_1 of 10.00 was told of in payout.csv of 2026-04-20 and is not whole in suspense any more";
        assert!(reason.starts_with(why), "{reason}");
        assert_eq!(town.at("fund:CT").await, -1_000);
        let let_in = town.books.import_file(NewFile { accept: Some("another's"), ..new }).await.unwrap();
        let Imported::Now(done) = let_in else { panic!("{let_in:?}") };
        assert!(done.remarks.iter().any(|remark| remark.starts_with(why) && remark.ends_with("; accepted")), "{:?}", done.remarks);
        assert_eq!(town.at("fund:CT").await, -2_000);
        town.proved().await;
    }
}
