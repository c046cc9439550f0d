//! Card money three ways: our receipts, the provider's settlement, the bank's
//! line.

use ims_app::{ImportSummary, PayoutExplained};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, settlement, statement},
    town::{Town, april, ct, settings},
};

/// What makes a payout's residual: why, how much, at the provider.
fn parts(one: &PayoutExplained) -> Vec<(&str, i64, &str)> {
    let part = |part: &'_ ims_app::ResidualPart| part.amount.get();
    let of = one.parts.iter();
    of.map(|it| (it.why.as_str(), part(it), it.provider_ref.as_str())).collect()
}

impl Town {
    /// Three card payments, and a payout of two of them that also has its fees, a refund and
    /// a payment nobody here knows.
    pub(super) async fn settled_less_than_taken(&self) -> ImportSummary {
        let rows = [
            paid("CT", &ct(1), "CARD", "100.00").source("pay_1"),
            paid("CT", &ct(2), "CARD", "50.00").source("pay_2"),
            paid("CT", &ct(3), "CARD", "30.00").source("pay_3"),
        ];
        self.took("monday.csv", &receipts(&rows)).await;
        let lines = [
            ("pay_1", "payment", "100.00", "1.20", "98.80"),
            ("pay_2", "payment", "50.00", "0.60", "49.40"),
            ("ref_9", "refund", "-20.00", "0.00", "-20.00"),
            ("pay_x", "payment", "7.00", "0.20", "6.80"),
        ];
        self.took("settled.csv", &settlement("PO778899", 20, &lines)).await
    }
}

on_both! {
    async fn a_payouts_residual_is_explained_line_by_line(url: &str) {
        let town = Town::of(url).await;
        let told = town.settled_less_than_taken().await;
        let found = town.books.payouts(april(1), april(30)).await.unwrap();
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((&*one.payout, &*one.provider, one.import), ("PO778899", "paybridge", told.id));
        assert_eq!((one.taken.get(), one.paid.get(), one.residual.get()), (15_000, 13_500, 1_500));
        assert!(one.bank.is_none() && one.unexplained.is_zero());
        assert_eq!(
            parts(one),
            [
                ("fee withheld", 120, "pay_1"),
                ("fee withheld", 60, "pay_2"),
                ("refund taken off", 2_000, "ref_9"),
                ("paid at the provider, not known here", -700, "pay_x"),
                ("fee withheld", 20, "pay_x"),
            ]
        );
        let receipt = town.books.receipt(&one.parts[0].receipt).await.unwrap();
        assert_eq!(receipt.receipt.total.get(), 10_000);
        // The bank's line is found before it is matched, and known after.
        town.took("s1.sta", &statement(1, 0, 20, &[(13_500, "PAYBRIDGE PO778899")])).await;
        let line = town.open_line(13_500).await.id;
        for _ in 0..2 {
            let one = town.books.payouts(april(1), april(30)).await.unwrap().remove(0);
            assert_eq!((one.bank.unwrap().id, one.residual.get()), (line, 1_500));
            town.books.reconcile().await.unwrap();
        }
        assert!(town.books.open_lines().await.unwrap().is_empty());
        assert!(town.books.payouts(april(21), april(30)).await.unwrap().is_empty());
        town.books.undo_match(town.standing(line).await, "so that it can be reversed").await.unwrap();
        town.books.reverse_import(told.id, "the wrong file").await.unwrap();
        assert!(town.books.payouts(april(1), april(30)).await.unwrap().is_empty());
        town.proved().await;
    }

    async fn what_the_bank_shows_otherwise_is_named_as_unexplained(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "9.00").source("pay_1")])).await;
        let line = [("pay_1", "payment", "9.00", "0.10", "8.90")];
        town.took("settled.csv", &settlement("PO778899", 20, &line)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(800, "PAYBRIDGE PO778899")])).await;
        let one = town.books.payouts(april(20), april(20)).await.unwrap().remove(0);
        assert_eq!((one.residual.get(), one.unexplained.get()), (100, 90));
        let unexplained: Vec<_> = one.parts.iter().filter(|part| part.is_unexplained).collect();
        assert_eq!((unexplained.len(), unexplained[0].amount.get()), (1, 90));
        town.proved().await;
    }

    /// A payout is in two files, of which the second says more: its fees are
    /// withheld once.
    async fn a_payout_in_two_files_has_its_fees_once(url: &str) {
        let town = Town::of(url).await;
        let own = ("pay_x", "payment", "7.00", "0.20", "6.80");
        let charge = ("fee_1", "fee", "0.00", "0.30", "-0.30");
        for (payout, lines) in [("PO1", vec![own]), ("PO2", vec![charge])] {
            let first = settlement(payout, 20, &lines);
            let told = town.took(&format!("{payout}.csv"), &first).await;
            let fees = town.balances().await;
            let next = settlement("PO3", 20, &[("pay_y", "payment", "9.00", "0.10", "8.90")]);
            let both = format!("{first}{}", next.lines().nth(1).unwrap());
            let why = town.refused("both.csv", &both).await;
            let what = format!("has the fees of payout {payout}, which another settlement withheld before");
            assert!(why.contains(&what), "{why}");
            assert_eq!(town.balances().await, fees);
            town.proved().await;
            // Once that is reversed they are withheld again.
            town.books.reverse_import(told.id, "half of it").await.unwrap();
            let both = town.took("both.csv", &both).await;
            town.proved().await;
            assert!(town.at("fees:card").await > 0);
            town.books.reverse_import(both.id, "enough").await.unwrap();
            assert_eq!(town.at("fees:card").await, 0);
        }
    }

    /// During a change of provider two name their payments alike.
    async fn two_providers_at_once_are_told_apart(url: &str) {
        let town = Town::of(url).await;
        let other = "[[channel]]\ncode = \"newcard\"\nname = \"New cards\"\nmerchant = \"CARDCO\"\n\
            sender = \"cardco\"\n[[method]]\ncode = \"NEW\"\nname = \"New card\"\n\
            kind = \"card-online\"\nchannel = \"newcard\"\n";
        let both = format!("{}\n{other}", settings("MILL"));
        town.books.configure(&both, april(1)).await.unwrap();
        let rows = [
            paid("CT", &ct(1), "CARD", "10.00").source("1"),
            paid("CT", &ct(2), "NEW", "20.00").source("1"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        let old = settlement("OLD00001", 20, &[("1", "payment", "10.00", "0.10", "9.90")]);
        let new = settlement("NEW00001", 20, &[("1", "payment", "20.00", "0.30", "19.70")]);
        town.took("old.csv", &old).await;
        town.took("new.csv", &new.replace("paybridge", "cardco")).await;
        let lines = [(1_970, "CARDCO NEW00001"), (990, "PAYBRIDGE OLD00001")];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        town.books.reconcile().await.unwrap();
        let found = town.books.payouts(april(20), april(20)).await.unwrap();
        let shown: Vec<_> = found
            .iter()
            .map(|one| {
                let bank = one.bank.as_ref().map(|line| line.amount.get());
                (&*one.channel, one.taken.get(), bank, one.residual.get(), one.unexplained.get())
            })
            .collect();
        assert_eq!(shown, [("card", 1_000, Some(990), 10, 0), ("newcard", 2_000, Some(1_970), 30, 0)]);
        town.proved().await;
    }
}
