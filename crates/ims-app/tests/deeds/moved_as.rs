//! A provider that is asked about a payment by one name and tells of its refunds,
//! disputes and payouts by another: that of the movement of money.

use ims_app::{NewRefund, PaymentView, RefundNews};
use ims_ledger::{RefundEvent, RefundWay};
use ims_money::Pence;
use ims_pay::{DisputeState, Paying, RefundSaying, SaidDispute, SaidRefund, Saying};
use ims_testkit::{Engine, on_both};

use super::{
    files::{settlement, statement},
    payments::{basket, heard, of},
    raw::count,
    town::{Town, april, ct},
};

impl Town {
    /// A payment of 10.00 that the provider calls `cs_N`, and its money `moved`.
    async fn moved_as(&self, nth: u32, moved: &str) -> PaymentView {
        let view = self.books.start_payment(&basket(&[("CT", &ct(nth), 1_000)])).await.unwrap();
        let paying = Paying { transaction: Some(moved.to_owned()), ..Paying::default() };
        heard(&self.books, &of(&view, &format!("cs_{nth}"), Saying::Paid(paying))).await.view
    }

    /// An approved refund of 4.00 of it that was sent.
    async fn given_back(&self, view: &PaymentView) -> ims_ledger::id::RefundId {
        let new = NewRefund {
            payee: None,
            receipt: view.receipt.clone().unwrap(),
            lines: vec![(1, Some(Pence::new(400)))],
            way: RefundWay::Source,
            reason: "paid for another".to_owned(),
            key: None,
        };
        let id = self.approved(&new).await.id;
        self.books.record_refund(id, &RefundNews::of(RefundEvent::Send)).await.unwrap();
        id
    }

    async fn listed(&self) -> usize {
        self.books.payment_exceptions(None, 99).await.unwrap().len()
    }
}

fn dispute(of: &str, state: DisputeState) -> SaidDispute {
    SaidDispute {
        dispute_ref: "du_1".to_owned(),
        provider_ref: of.to_owned(),
        reference: None,
        amount: (Pence::new(1_000), "gbp".to_owned()),
        fee: None,
        reason: "fraudulent".to_owned(),
        evidence_due: None,
        state,
    }
}

fn refund(of: &str) -> SaidRefund {
    SaidRefund {
        refund_ref: Some("re_1".to_owned()),
        provider_ref: Some(of.to_owned()),
        reference: None,
        amount: Some((Pence::new(400), "gbp".to_owned())),
        saying: RefundSaying::Paid,
    }
}

on_both! {
    async fn a_dispute_of_the_movement_of_money_is_booked(url: &str) {
        let town = Town::of(url).await;
        town.moved_as(1, "pi_1").await;
        for _ in 0..2 {
            let said = dispute("pi_1", DisputeState::Opened);
            assert_eq!(town.books.hear_of_dispute("sandbox", &said).await.unwrap(), None);
            assert_eq!((town.at("disputes").await, town.at("clearing:card").await), (1_000, 0));
        }
        // Another account's, and a name that two payments have, are nobody's.
        town.moved_as(2, "pi_2").await;
        town.moved_as(3, "pi_2").await;
        for (provider, name) in [("other", "pi_1"), ("sandbox", "pi_2"), ("sandbox", "pi_9")] {
            let said = dispute(name, DisputeState::Opened);
            let odd = town.books.hear_of_dispute(provider, &said).await.unwrap();
            assert!(odd.is_some_and(|odd| odd.payment.is_none()), "{provider} {name}");
        }
        assert_eq!(town.at("disputes").await, 1_000);
        town.proved().await;
    }

    /// A payout that was faster has taken it, by the payment's name or its own: it is
    /// not kept back once more, but listed, once.
    async fn a_dispute_that_a_payout_took_before_is_listed(url: &str) {
        for (kind, name) in [("dispute", "pi_1"), ("dispute", "du_1"), ("adjustment", "pi_1")] {
            let engine = if url.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
            let fresh = engine.fresh();
            let town = Town::of(&fresh.url).await;
            town.moved_as(1, "pi_1").await;
            let lines = [
                ("pi_1", "payment", "10.00", "0.00", "10.00"),
                (name, kind, "-10.00", "0.00", "-10.00"),
            ];
            let import = town.took("first.csv", &settlement("PO1", 20, &lines)).await;
            assert_eq!(town.at("suspense").await, 1_000);
            let said = dispute("pi_1", DisputeState::Opened);
            let odd = town.books.hear_of_dispute("sandbox", &said).await.unwrap().unwrap();
            assert!(odd.why.contains("payout PO1") && odd.why.contains(name), "{}", odd.why);
            assert_eq!((town.at("disputes").await, town.listed().await), (0, 1), "{kind} {name}");
            let why = "placed from suspense";
            town.books.end_payment_exception(odd.id, why).await.unwrap();
            assert_eq!(town.books.hear_of_dispute("sandbox", &said).await.unwrap(), None);
            assert_eq!((town.at("disputes").await, town.listed().await), (0, 0), "{kind} {name}");
            // What it says to do instead works: the dispute, then the payout anew.
            town.books.reverse_import(import.id, "to be read again").await.unwrap();
            assert_eq!(town.books.hear_of_dispute("sandbox", &said).await.unwrap(), None);
            assert_eq!((town.at("disputes").await, town.at("suspense").await), (1_000, 0));
            town.took("again.csv", &settlement("PO1", 20, &lines)).await;
            assert_eq!((town.at("disputes").await, town.at("suspense").await), (1_000, 0));
            town.proved().await;
        }
    }

    /// What was given back by itself, or of another amount, is not the dispute.
    async fn what_is_no_dispute_does_not_stand_for_one(url: &str) {
        let town = Town::of(url).await;
        town.moved_as(1, "pi_1").await;
        let lines = [
            ("pi_1", "payment", "10.00", "0.00", "10.00"),
            ("pi_1", "refund", "-10.00", "0.00", "-10.00"),
            ("pi_1", "dispute", "-9.99", "0.00", "-9.99"),
        ];
        town.took("first.csv", &settlement("PO1", 20, &lines)).await;
        let said = dispute("pi_1", DisputeState::Opened);
        assert_eq!(town.books.hear_of_dispute("sandbox", &said).await.unwrap(), None);
        assert_eq!(town.at("disputes").await, 1_000);
        town.proved().await;
    }

    /// An inquiry that is over ends what was taken for a dispute, and is nothing else.
    async fn a_closed_inquiry_ends_what_was_booked_of_it(url: &str) {
        let town = Town::of(url).await;
        town.moved_as(1, "pi_1").await;
        let hear = async |of: &str, state| {
            town.books.hear_of_dispute("sandbox", &dispute(of, state)).await.unwrap()
        };
        for of in ["pi_1", "pi_9"] {
            assert_eq!(hear(of, DisputeState::Closed).await, None);
            assert_eq!((town.at("disputes").await, count(url, "dispute")), (0, 0), "{of}");
        }
        assert_eq!(hear("pi_1", DisputeState::Opened).await, None);
        assert_eq!((town.at("disputes").await, town.at("clearing:card").await), (1_000, 0));
        for _ in 0..2 {
            assert_eq!(hear("pi_1", DisputeState::Closed).await, None);
            assert_eq!((town.at("disputes").await, town.at("clearing:card").await), (0, 1_000));
        }
        assert_eq!((town.listed().await, count(url, "dispute_end")), (0, 1));
        town.proved().await;
    }

    /// Our own name for the payment is as good.
    async fn a_dispute_may_name_the_payment_as_we_do(url: &str) {
        let town = Town::of(url).await;
        let view = town.moved_as(1, "pi_1").await;
        let reference = Some(view.payment.reference);
        let said = SaidDispute { reference, ..dispute("ch_1", DisputeState::Lost) };
        assert_eq!(town.books.hear_of_dispute("sandbox", &said).await.unwrap(), None);
        assert_eq!((town.at("disputes").await, town.at("clearing:card").await), (0, 0));
        town.proved().await;
    }

    async fn a_refund_of_the_movement_of_money_is_ours(url: &str) {
        let town = Town::of(url).await;
        let view = town.moved_as(1, "pi_1").await;
        let id = town.given_back(&view).await;
        for _ in 0..2 {
            assert_eq!(town.books.hear_of_refund("sandbox", None, &refund("pi_1")).await.unwrap(), None);
        }
        assert_eq!(town.books.refund(id).await.unwrap().0.state, "paid");
        assert_eq!((town.at("clearing:card").await, town.listed().await), (600, 0));
        town.proved().await;
    }

    /// Its payouts name what was given back by the payment.
    async fn a_payout_finds_what_was_given_back_of_a_payment(url: &str) {
        let town = Town::of(url).await;
        let view = town.moved_as(1, "pi_1").await;
        town.given_back(&view).await;
        town.books.hear_of_refund("sandbox", None, &refund("pi_1")).await.unwrap();
        town.moved_as(2, "pi_2").await;
        for state in [DisputeState::Opened, DisputeState::Won] {
            let said = dispute("pi_2", state);
            assert_eq!(town.books.hear_of_dispute("sandbox", &said).await.unwrap(), None);
        }
        assert_eq!((town.at("clearing:card").await, town.at("disputes").await), (1_600, 0));
        let first = [
            ("pi_1", "payment", "10.00", "0.00", "10.00"),
            ("pi_1", "refund", "-4.00", "0.00", "-4.00"),
            ("pi_2", "payment", "10.00", "0.00", "10.00"),
            ("pi_2", "dispute", "-10.00", "0.00", "-10.00"),
        ];
        town.took("first.csv", &settlement("PO1", 20, &first)).await;
        let won = [("pi_2", "dispute", "10.00", "0.00", "10.00")];
        town.took("second.csv", &settlement("PO2", 21, &won)).await;
        // Nothing of it was unknown, so that the two lines at the bank are all of it.
        assert_eq!((town.at("clearing:card").await, count(url, "suspense_item")), (1_600, 0));
        town.took("s1.sta", &statement(1, 0, 20, &[(600, "PAYBRIDGE PO1")])).await;
        town.took("s2.sta", &statement(2, 600, 21, &[(1_000, "PAYBRIDGE PO2")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("unmatched:main").await), (0, 0));
        for one in town.books.payouts(april(20), april(21)).await.unwrap().payouts {
            assert!(one.unexplained.is_zero(), "{one:?}");
        }
        town.proved().await;
    }

    /// A payout that was faster named it by the payment, and it went to suspense.
    async fn a_refund_heard_after_its_payout_is_found_in_suspense(url: &str) {
        let town = Town::of(url).await;
        let view = town.moved_as(1, "pi_1").await;
        town.given_back(&view).await;
        let lines = [
            ("pi_1", "payment", "10.00", "0.00", "10.00"),
            ("pi_1", "refund", "-4.00", "0.00", "-4.00"),
        ];
        town.took("first.csv", &settlement("PO1", 20, &lines)).await;
        town.books.reconcile().await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (600, 400));
        town.books.hear_of_refund("sandbox", None, &refund("pi_1")).await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (200, 400));
        for _ in 0..2 {
            town.books.reconcile().await.unwrap();
            assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (600, 0));
        }
        town.took("s1.sta", &statement(1, 0, 20, &[(600, "PAYBRIDGE PO1")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("unmatched:main").await), (0, 0));
        assert_eq!(count(url, "open_expected"), 0);
        town.proved().await;
    }

    /// Two of a payment, as large as each other, and as many lines of payouts.
    async fn equal_refunds_of_a_payment_are_found_in_suspense(url: &str) {
        let town = Town::of(url).await;
        let view = town.moved_as(1, "pi_1").await;
        let line = ("pi_1", "refund", "-4.00", "0.00", "-4.00");
        let first = [("pi_1", "payment", "10.00", "0.00", "10.00"), line];
        town.took("first.csv", &settlement("PO1", 20, &first)).await;
        town.took("second.csv", &settlement("PO2", 21, &[line])).await;
        for (name, suspense) in [("re_1", 800), ("re_2", 0)] {
            town.given_back(&view).await;
            let said = SaidRefund { refund_ref: Some(name.to_owned()), ..refund("pi_1") };
            town.books.hear_of_refund("sandbox", None, &said).await.unwrap();
            // Of one, nobody knows yet which line it is.
            town.books.reconcile().await.unwrap();
            assert_eq!(town.at("suspense").await, suspense, "{name}");
        }
        assert_eq!(town.at("clearing:card").await, 200);
        assert_eq!(count(url, "match_set WHERE rule = 'payment after its payout'"), 2);
        town.took("s1.sta", &statement(1, 0, 20, &[(600, "PAYBRIDGE PO1")])).await;
        town.took("s2.sta", &statement(2, 600, 21, &[(-400, "PAYBRIDGE PO2")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("unmatched:main").await), (0, 0));
        assert_eq!(count(url, "open_expected"), 0);
        town.proved().await;
    }

    /// Two payments that their provider calls by one name: a person says which is which.
    async fn equal_refunds_of_two_payments_are_left_to_a_person(url: &str) {
        let town = Town::of(url).await;
        let back = [("pi_1", "refund", "-4.00", "0.00", "-4.00"); 2];
        town.took("first.csv", &settlement("PO1", 20, &back)).await;
        for nth in [1, 2] {
            let view = town.moved_as(nth, "pi_1").await;
            let id = town.given_back(&view).await;
            town.books.record_refund(id, &RefundNews::of(RefundEvent::Pay)).await.unwrap();
        }
        town.books.reconcile().await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (400, 800));
        town.proved().await;
    }

    /// Of two of a payment that are as large, either may be the payout's.
    async fn of_two_refunds_neither_is_taken_for_a_payouts(url: &str) {
        let town = Town::of(url).await;
        let view = town.moved_as(1, "pi_1").await;
        let back = [("pi_1", "refund", "-4.00", "0.00", "-4.00")];
        town.took("first.csv", &settlement("PO1", 20, &back)).await;
        for name in ["re_1", "re_2"] {
            town.given_back(&view).await;
            let said = SaidRefund { refund_ref: Some(name.to_owned()), ..refund("pi_1") };
            town.books.hear_of_refund("sandbox", None, &said).await.unwrap();
        }
        town.books.reconcile().await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (-200, 400));
        town.proved().await;
    }

    /// Of two refunds of a payment as large as each other, one is ours.
    async fn a_refund_that_is_not_ours_stays_unknown(url: &str) {
        let town = Town::of(url).await;
        let view = town.moved_as(1, "pi_1").await;
        town.given_back(&view).await;
        town.books.hear_of_refund("sandbox", None, &refund("pi_1")).await.unwrap();
        let back = [("pi_1", "refund", "-4.00", "0.00", "-4.00"); 2];
        town.took("first.csv", &settlement("PO1", 20, &back)).await;
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (200, 400));
        town.proved().await;
    }

    /// Nor is what is of another kind, or of another amount.
    async fn what_is_of_another_kind_is_no_refund(url: &str) {
        let town = Town::of(url).await;
        let view = town.moved_as(1, "pi_1").await;
        town.given_back(&view).await;
        town.books.hear_of_refund("sandbox", None, &refund("pi_1")).await.unwrap();
        let dispute = [("pi_1", "dispute", "-4.00", "0.00", "-4.00")];
        town.took("first.csv", &settlement("PO1", 20, &dispute)).await;
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (200, 400));
        let refunds = [
            ("pi_1", "refund", "-3.00", "0.00", "-3.00"),
            ("pi_1", "refund", "-4.00", "0.00", "-4.00"),
        ];
        town.took("second.csv", &settlement("PO2", 21, &refunds)).await;
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (-100, 700));
        town.proved().await;
    }
}
