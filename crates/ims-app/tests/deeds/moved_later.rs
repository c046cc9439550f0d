//! A provider that says only after it took the money what it calls the movement of it.

use ims_app::{PaymentHeard, PaymentView, Word};
use ims_ledger::id::MatchId;
use ims_pay::{Paying, Said, Saying};
use ims_testkit::on_both;

use super::{
    files::{settlement, statement},
    payments::{basket, heard, of, told},
    raw::{count, sql},
    town::{Town, ct},
};

const PAID: [(&str, &str, &str, &str, &str); 1] = [("psp_1", "payment", "10.00", "0.00", "10.00")];

impl Town {
    /// A payment of 10.00 by the link `PL1`, of which it is known that it was paid.
    async fn paid_by_link(&self) -> PaymentView {
        let view = self.books.start_payment(&basket(&[("CT", &ct(1), 1_000)])).await.unwrap();
        heard(&self.books, &of(&view, "PL1", Saying::paid(None))).await.view
    }

    /// The notice of it, which names the movement of money and not the link.
    async fn told_that_it_moved_as(&self, view: &PaymentView, moved: &str) -> PaymentView {
        match self.heard_that_it_moved_as(view, moved).await {
            PaymentHeard::Of(view) => view.view,
            other => panic!("{other:?}"),
        }
    }

    async fn heard_that_it_moved_as(&self, view: &PaymentView, moved: &str) -> PaymentHeard {
        let paying = Paying { transaction: Some(moved.to_owned()), ..Paying::default() };
        let said = Said::unnamed(Saying::Paid(paying))
            .about(view.payment.reference.clone())
            .for_amount(view.payment.amount, "GBP");
        self.books.record_payment(&told(Word::Said(Box::new(said)))).await.unwrap()
    }

    async fn cards_stand(&self) -> (i64, i64, i64) {
        (self.at("clearing:card").await, self.at("suspense").await, self.at("fund:CT").await)
    }
}

on_both! {
    async fn its_payout_finds_it_by_the_later_name(url: &str) {
        let town = Town::of(url).await;
        let view = town.paid_by_link().await;
        for _ in 0..2 {
            let view = town.told_that_it_moved_as(&view, "psp_1").await;
            assert_eq!(view.payment.transaction.as_deref(), Some("psp_1"));
            assert_eq!((view.payment.status.as_str(), view.receipt.is_some()), ("captured", true));
            // One thing is waited for, and the books have the money once.
            assert_eq!((count(url, "open_expected"), count(url, "expected")), (1, 3));
            assert_eq!(town.cards_stand().await, (1_000, 0, -1_000));
        }
        town.took("settled.csv", &settlement("PO1", 20, &PAID)).await;
        assert_eq!(town.cards_stand().await, (1_000, 0, -1_000));
        town.took("s1.sta", &statement(1, 0, 20, &[(1_000, "PAYBRIDGE PO1")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!(town.cards_stand().await, (0, 0, -1_000));
        assert_eq!((town.at("unmatched:main").await, count(url, "open_expected")), (0, 0));
        town.proved().await;
    }

    /// The payout was faster than the notice, and put it into suspense.
    async fn a_payout_before_its_name_is_found_in_suspense(url: &str) {
        let town = Town::of(url).await;
        let view = town.paid_by_link().await;
        town.took("settled.csv", &settlement("PO1", 20, &PAID)).await;
        town.books.reconcile().await.unwrap();
        assert_eq!(town.cards_stand().await, (2_000, -1_000, -1_000));
        town.told_that_it_moved_as(&view, "psp_1").await;
        town.books.reconcile().await.unwrap();
        assert_eq!(town.cards_stand().await, (1_000, 0, -1_000));
        town.took("s1.sta", &statement(1, 0, 20, &[(1_000, "PAYBRIDGE PO1")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!((town.cards_stand().await, count(url, "open_expected")), ((0, 0, -1_000), 0));
        town.proved().await;
    }

    /// A payout that goes by the link has it, and nothing waits under another name.
    async fn what_a_payout_has_already_stays_as_it_is(url: &str) {
        let town = Town::of(url).await;
        let view = town.paid_by_link().await;
        let line = [("PL1", "payment", "10.00", "0.00", "10.00")];
        town.took("settled.csv", &settlement("PO1", 20, &line)).await;
        let view = town.told_that_it_moved_as(&view, "psp_1").await;
        assert_eq!(view.payment.transaction.as_deref(), Some("psp_1"));
        assert_eq!((count(url, "open_expected"), count(url, "expected")), (1, 1));
        // A name that it has is not taken from it: other money is another payment.
        let other = town.heard_that_it_moved_as(&view, "psp_2").await;
        assert!(matches!(other, PaymentHeard::Exception(_)), "{other:?}");
        let kept = town.books.payment(view.payment.id).await.unwrap();
        assert_eq!(kept.payment.transaction.as_deref(), Some("psp_1"));
        assert_eq!(town.cards_stand().await, (2_000, -1_000, -1_000));
        town.proved().await;
    }

    /// Nobody can make the old name be waited for again.
    async fn the_new_name_is_not_taken_back(url: &str) {
        let town = Town::of(url).await;
        let view = town.paid_by_link().await;
        town.told_that_it_moved_as(&view, "psp_1").await;
        let id = if url.starts_with("sqlite:") { "hex(match_id)" } else { "match_id" };
        let id = sql(url, &format!("SELECT {id} FROM match_set"));
        let id = MatchId::new(id.trim().parse().unwrap());
        let refused = town.books.undo_match(id, "a slip").await.unwrap_err().to_string();
        assert!(refused.contains("calls that money by another name"), "{refused}");
        town.books.reconcile().await.unwrap();
        assert_eq!((count(url, "open_expected"), town.cards_stand().await), (1, (1_000, 0, -1_000)));
        town.proved().await;
    }
}
