//! Money that only the provider knew, and what its processor calls it: in suspense once,
//! whoever was faster; and disputes that the processor's payout took first.

use chrono::TimeDelta;
use ims_app::{AppError, PaymentHeard, PaymentNews, Word};
use ims_ledger::id::ExceptionId;
use ims_money::Pence;
use ims_pay::{DisputeState, Paying, Said, SaidDispute, Saying};
use ims_testkit::on_both;

use super::{
    payments::told,
    processors::{paid, stripe},
    raw::count,
    suspense::to_first,
    town::Town,
};

/// What GOV.UK Pay says of a payment of 10.00 that nobody here asked for.
fn stranger(saying: Saying) -> PaymentNews {
    let said = Said::new("gp_9", saying).about("none of ours").for_amount(Pence::new(1_000), "GBP");
    told(Word::Said(Box::new(said)))
}

const REPORT: [(&str, &str, i64, i64); 1] = [("pi_9", "charge", 1_000, 0)];

impl Town {
    async fn hears(&self, news: &PaymentNews) -> Option<ExceptionId> {
        match self.books.record_payment(news).await.unwrap() {
            PaymentHeard::Exception(row) => Some(row.id),
            PaymentHeard::Nothing => None,
            PaymentHeard::Of(heeded) => panic!("{heeded:?}"),
        }
    }

    /// How many are on the list.
    async fn on_the_list(&self) -> usize {
        self.books.payment_exceptions(None, 9).await.unwrap().len()
    }

    /// A payment of 10.00 of which 12.00 was taken, and the exception that makes.
    async fn took_more(&self, paying: Paying) -> ExceptionId {
        let view = self.asked(1).await;
        let said = Said::new("gp_1", Saying::Paid(paying))
            .about(view.payment.reference)
            .for_amount(Pence::new(1_200), "GBP");
        self.hears(&told(Word::Said(Box::new(said)))).await.unwrap()
    }
}

fn through(processor: &str) -> Paying {
    Paying { processor: Some(processor.to_owned()), ..Paying::default() }
}

fn disputed(payment: &str) -> SaidDispute {
    SaidDispute {
        dispute_ref: "gd_1".to_owned(),
        provider_ref: payment.to_owned(),
        reference: None,
        amount: (Pence::new(1_000), "GBP".to_owned()),
        fee: None,
        reason: "fraudulent".to_owned(),
        evidence_due: None,
        state: DisputeState::Opened,
    }
}

on_both! {
    async fn the_processors_payout_finds_what_a_sweep_found(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        // The name may come with the second telling.
        for processors in [None, Some("pi_9"), Some("pi_9")] {
            town.hears(&stranger(paid(processors))).await.unwrap();
            assert_eq!(town.cards_and_suspense().await, (1_000, -1_000));
        }
        let done = town.took("payout.csv", &stripe(&REPORT)).await;
        assert_eq!((done.suspense, town.cards_and_suspense().await), (0, (1_000, -1_000)));
        town.books.reconcile().await.unwrap();
        assert_eq!((town.cards_and_suspense().await, count(url, "suspense_item")), ((1_000, -1_000), 1));
        let told = town.books.payouts(super::town::april(20), super::town::april(20)).await.unwrap();
        assert_eq!((told.not_ours, told.not_paid), (vec![], vec![]));
        town.proved().await;
    }

    /// It is in suspense from the payout, or was placed from there: it is not taken again.
    async fn what_the_processors_payout_took_is_not_a_sweeps_too(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        assert_eq!(town.took("payout.csv", &stripe(&REPORT)).await.suspense, 1);
        let id = town.hears(&stranger(paid(Some("pi_9")))).await.unwrap();
        assert_eq!((town.cards_and_suspense().await, town.on_the_list().await), ((1_000, -1_000), 1));
        town.books.allocate_suspense(town.suspense().await[0].id, &to_first(None)).await.unwrap();
        assert_eq!(town.hears(&stranger(paid(Some("pi_9")))).await, Some(id));
        // Off the list it stays off it, however often it is told.
        town.books.end_payment_exception(id, "it was the payout's").await.unwrap();
        for _ in 0..2 {
            town.clock.forward(TimeDelta::days(2));
            town.hears(&stranger(paid(Some("pi_9")))).await;
            town.books.reconcile().await.unwrap();
            assert_eq!((town.cards_and_suspense().await, town.on_the_list().await), ((1_000, 0), 0));
        }
        assert_eq!(count(url, "suspense_item"), 1);
        town.proved().await;
    }

    /// Under one name for both it is the same.
    async fn what_a_payout_took_under_the_providers_name_is_not_a_sweeps_too(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        town.took("payout.csv", &stripe(&[("gp_9", "charge", 1_000, 0)])).await;
        town.hears(&stranger(paid(None))).await.unwrap();
        assert_eq!((town.cards_and_suspense().await, count(url, "suspense_item")), ((1_000, -1_000), 1));
        town.proved().await;
    }

    async fn the_processors_payout_finds_what_a_person_booked(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        let id = town.took_more(through("pi_1")).await;
        town.books.book_payment_exception(id, "a tip, says the payer").await.unwrap();
        assert_eq!(town.cards_and_suspense().await, (1_200, -1_200));
        let done = town.took("payout.csv", &stripe(&[("pi_1", "charge", 1_200, 0)])).await;
        assert_eq!((done.suspense, town.cards_and_suspense().await), (0, (1_200, -1_200)));
        town.proved().await;
    }

    async fn what_the_processors_payout_took_no_person_books(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        let id = town.took_more(through("pi_1")).await;
        let done = town.took("payout.csv", &stripe(&[("pi_1", "charge", 1_200, 0)])).await;
        assert_eq!((done.suspense, town.cards_and_suspense().await), (1, (1_200, -1_200)));
        let why = town.books.book_payment_exception(id, "a tip").await;
        assert!(matches!(&why, Err(AppError::Refused(why)) if why.contains("a payout told of it")), "{why:?}");
        assert_eq!(town.cards_and_suspense().await, (1_200, -1_200));
        town.proved().await;
    }

    /// The processor's payout names the payment that is disputed, and was faster.
    async fn a_dispute_that_the_processors_payout_took_is_not_kept_back_again(url: &str) {
        let town = Town::paid_out_by(url, "stripe").await;
        let view = town.asked(1).await;
        let view = town.was_told(&view, 1, Some("pi_1")).await;
        let report = stripe(&[("pi_1", "charge", 1_000, 0), ("pi_1", "dispute", -1_000, 0), ("pi_7", "charge", 100, 0)]);
        let import = town.took("payout.csv", &report).await;
        let before = (town.cards_and_suspense().await, town.at("disputes").await);
        assert_eq!(before, ((100, 900), 0));
        let odd = town.books.hear_of_dispute("sandbox", &disputed("gp_1")).await.unwrap().unwrap();
        assert!(odd.why.contains("po_778899") && odd.why.contains("pi_1"), "{}", odd.why);
        // Nor does a person who records it by hand.
        let by_hand = ims_app::NewDispute {
            receipt: view.receipt.unwrap(),
            lines: Vec::new(),
            reference: "gd_1".to_owned(),
            reason: "fraudulent".to_owned(),
            happened_on: None,
        };
        let why = town.books.open_dispute(&by_hand).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("pi_1"), "{why}");
        assert_eq!((town.cards_and_suspense().await, town.at("disputes").await), before);
        // What it says to do instead works.
        town.books.reverse_import(import.id, "to be read again").await.unwrap();
        assert_eq!(town.books.hear_of_dispute("sandbox", &disputed("gp_1")).await.unwrap(), None);
        town.took("again.csv", &report).await;
        assert_eq!((town.cards_and_suspense().await, town.at("disputes").await), ((100, -100), 1_000));
        town.proved().await;
    }
}
