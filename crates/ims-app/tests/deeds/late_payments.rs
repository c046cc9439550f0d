//! A payout that is read before the payments it is made of.

use ims_app::{Imported, NewFile};
use ims_testkit::{Engine, on_both};

use super::{
    files::{paid, receipts, settlement, statement},
    suspense::to_first,
    town::{Town, ct, file},
};

const PAYOUT: [(&str, &str, &str, &str, &str); 3] = [
    ("pay_1", "payment", "100.00", "1.20", "98.80"),
    ("pay_2", "payment", "50.00", "0.60", "49.40"),
    ("ref_2", "refund", "-20.00", "0.00", "-20.00"),
];

/// The payments; the last is in another payout.
fn payments() -> String {
    receipts(&[
        paid("CT", &ct(1), "CARD", "100.00").source("pay_1"),
        paid("CT", &ct(2), "CARD", "50.00").source("pay_2"),
        paid("CT", &ct(2), "CARD", "-20.00").source("ref_2"),
        paid("CT", &ct(3), "CARD", "30.00").source("pay_3"),
    ])
}

impl Town {
    async fn settled(&self) {
        self.took("settled.csv", &settlement("PO778899", 20, &PAYOUT)).await;
    }

    async fn payments(&self) {
        self.took("monday.csv", &payments()).await;
    }

    async fn shown(&self) {
        self.took("s1.sta", &statement(1, 0, 20, &[(12_820, "PAYBRIDGE PO778899")])).await;
    }
}

on_both! {
    /// In whatever order the three files come, and reconciled after each: the
    /// accounts have the money, and nobody waits for it twice.
    async fn any_order_comes_to_the_same(url: &str) {
        for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0], [0, 2, 1], [2, 0, 1], [2, 1, 0]] {
            let engine = if url.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
            let fresh = engine.fresh();
            let town = Town::of(&fresh.url).await;
            for step in order {
                match step {
                    0 => town.payments().await,
                    1 => town.settled().await,
                    _ => town.shown().await,
                }
                town.books.reconcile().await.unwrap();
                town.proved().await;
            }
            let accounts = ["fund:CT", "suspense", "clearing:card", "unmatched:main", "fees:card"];
            let mut stands = Vec::new();
            for account in accounts {
                stands.push(town.at(account).await);
            }
            assert_eq!(stands, [-16_000, 0, 3_000, 0, 180], "{order:?}");
            assert_eq!(town.suspense().await.len(), 0, "{order:?}");
        }
    }

    /// What a person has put somewhere meanwhile stays there, and a file that names the money
    /// waits for a person.
    async fn what_somebody_placed_is_left_to_people(url: &str) {
        let town = Town::of(url).await;
        town.settled().await;
        let item = town.suspense().await.into_iter().find(|item| item.amount.get() == 10_000);
        town.books.allocate_suspense(item.unwrap().id, &to_first(Some(4_000))).await.unwrap();
        let kept = town.books.import_file(file("monday.csv", &payments())).await.unwrap();
        let Imported::Quarantined { reason } = kept else { panic!("{kept:?}") };
        assert!(reason.starts_with("1 of its rows (line 1) are in the books"), "{reason}");
        assert!(reason.contains("pay_1 of 100.00 was told of in settled.csv of 2026-04-20 and is not whole in suspense"), "{reason}");
        let text = payments();
        let new = NewFile { accept: Some("both are theirs"), ..file("monday.csv", &text) };
        let done = town.books.import_file(new).await.unwrap();
        assert!(matches!(done, Imported::Now(_)), "{done:?}");
        town.books.reconcile().await.unwrap();
        // The other payment's is settled; of this one both stay in sight.
        assert_eq!(town.at("suspense").await, -6_000);
        assert_eq!(town.at("fund:CT").await, -20_000);
        town.proved().await;
    }
}
