//! Money of another amount than was asked for: a person puts it into suspense, once.

use chrono::TimeDelta;
use ims_app::{AppError, PaymentHeard, PaymentView, Word};
use ims_ledger::id::ExceptionId;
use ims_money::Pence;
use ims_pay::{Paying, Said, Saying};
use ims_testkit::on_both;

use super::{
    files::{settlement, statement},
    payments::{basket, told},
    raw::count,
    town::{Town, april, ct},
};

/// A payment of 10.00 that is said to be of this, and the exception that makes.
async fn listed(
    town: &Town,
    nth: u32,
    saying: Saying,
    (pence, currency): (i64, &str),
) -> (PaymentView, ExceptionId) {
    let view = town.books.start_payment(&basket(&[("CT", &ct(nth), 1_000)])).await.unwrap();
    let id = heard(town, &view, nth, saying, (pence, currency)).await.unwrap();
    (view, id)
}

/// What it makes to be told so of it: an exception, or none.
async fn heard(
    town: &Town,
    view: &PaymentView,
    nth: u32,
    saying: Saying,
    (pence, currency): (i64, &str),
) -> Option<ExceptionId> {
    let said = Said::new(format!("cs_{nth}"), saying)
        .about(view.payment.reference.clone())
        .for_amount(Pence::new(pence), currency);
    match town.books.record_payment(&told(Word::Said(Box::new(said)))).await.unwrap() {
        PaymentHeard::Exception(row) => Some(row.id),
        PaymentHeard::Of(_) | PaymentHeard::Nothing => None,
    }
}

fn paid(moved: &str) -> Saying {
    Saying::Paid(Paying { transaction: Some(moved.to_owned()), ..Paying::default() })
}

async fn refused(town: &Town, id: ExceptionId) -> String {
    match town.books.book_payment_exception(id, "the provider says so").await {
        Err(AppError::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

impl Town {
    /// What the cards hold, what is in suspense, how many are on the list.
    async fn money(&self) -> (i64, i64, usize) {
        let listed = self.books.payment_exceptions(None, 99).await.unwrap().len();
        (self.at("clearing:card").await, self.at("suspense").await, listed)
    }
}

on_both! {
    async fn money_of_another_amount_is_put_into_suspense_once(url: &str) {
        let town = Town::of(url).await;
        let (view, id) = listed(&town, 1, paid("pi_1"), (1_200, "GBP")).await;
        assert_eq!(town.money().await, (0, 0, 1));
        let blank = town.books.book_payment_exception(id, " ").await.unwrap_err();
        assert!(matches!(blank, AppError::BadInput(_)), "{blank}");
        let item = town.books.book_payment_exception(id, "a tip, says the payer").await.unwrap();
        for _ in 0..2 {
            assert_eq!(town.books.book_payment_exception(id, "a tip, says the payer").await.unwrap(), item);
            assert_eq!(town.money().await, (1_200, -1_200, 0));
        }
        let shown = town.suspense().await.remove(0);
        assert_eq!((shown.id, shown.reference.as_str()), (item, view.payment.reference.as_str()));
        // Told again, days later too, it stays off the list; and what is in the books
        // is not booked again as what was asked for.
        for _ in 0..2 {
            assert_eq!(heard(&town, &view, 1, paid("pi_1"), (1_200, "GBP")).await, Some(id));
            assert_eq!(town.money().await, (1_200, -1_200, 0));
            town.clock.forward(TimeDelta::days(2));
        }
        assert!(heard(&town, &view, 1, paid("pi_1"), (1_000, "GBP")).await.is_some_and(|it| it != id));
        assert_eq!(town.money().await, (1_200, -1_200, 1));
        town.proved().await;
    }

    /// A notice that names the payment as we do is the same notice days later, when the
    /// money of it is in suspense under the provider's name.
    async fn a_notice_without_a_name_stays_off_the_list(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 1_000)])).await.unwrap();
        heard(&town, &view, 1, Saying::Accepted { next: None }, (1_000, "GBP")).await;
        let again = async || {
            let said = Said::unnamed(paid("pi_1"))
                .about(view.payment.reference.clone())
                .for_amount(Pence::new(1_200), "GBP");
            match town.books.record_payment(&told(Word::Said(Box::new(said)))).await.unwrap() {
                PaymentHeard::Exception(row) => row.id,
                other => panic!("{other:?}"),
            }
        };
        let id = again().await;
        town.books.book_payment_exception(id, "a tip, says the payer").await.unwrap();
        for _ in 0..2 {
            town.clock.forward(TimeDelta::days(2));
            assert_eq!(again().await, id);
            assert_eq!(town.money().await, (1_200, -1_200, 0));
        }
        town.proved().await;
    }

    /// The payout tells of it by its movement of money, and finds it.
    async fn its_payout_finds_it(url: &str) {
        let town = Town::of(url).await;
        let (_, id) = listed(&town, 1, paid("pi_1"), (1_200, "GBP")).await;
        town.books.book_payment_exception(id, "a tip").await.unwrap();
        let line = [("pi_1", "payment", "12.00", "0.00", "12.00")];
        town.took("settled.csv", &settlement("PO1", 20, &line)).await;
        assert_eq!((town.money().await, count(url, "suspense_item")), ((1_200, -1_200, 0), 1));
        town.took("s1.sta", &statement(1, 0, 20, &[(1_200, "PAYBRIDGE PO1")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("unmatched:main").await), (0, 0));
        assert!(town.books.payouts(april(20), april(20)).await.unwrap().payouts[0].unexplained.is_zero());
        town.proved().await;
    }

    /// A payout that was faster has put it into suspense itself.
    async fn what_a_payout_told_of_is_not_booked_again(url: &str) {
        let town = Town::of(url).await;
        let (_, id) = listed(&town, 1, paid("pi_1"), (1_200, "GBP")).await;
        let line = [("pi_1", "payment", "12.00", "0.00", "12.00")];
        town.took("settled.csv", &settlement("PO1", 20, &line)).await;
        assert_eq!(town.money().await, (1_200, -1_200, 1));
        assert!(refused(&town, id).await.contains("a payout told of it"));
        assert_eq!(town.money().await, (1_200, -1_200, 1));
        town.proved().await;
    }

    /// What nobody said was taken in pounds is no money of ours.
    async fn what_is_no_money_is_refused(url: &str) {
        let town = Town::of(url).await;
        for (nth, saying, amount) in [
            (1, Saying::Accepted { next: None }, (1_200, "GBP")),
            (2, Saying::Authorised { transaction: None }, (1_200, "GBP")),
            (3, paid("pi_3"), (1_200, "EUR")),
            (4, paid("pi_4"), (-1_200, "GBP")),
            (5, Saying::Paid(Paying { surcharge: Some(Pence::new(5)), ..Paying::default() }), (1_200, "GBP")),
        ] {
            let (_, id) = listed(&town, nth, saying, amount).await;
            assert!(refused(&town, id).await.contains("that the provider says it took"), "{nth}");
        }
        let (_, id) = listed(&town, 6, paid("pi_6"), (1_200, "GBP")).await;
        town.books.end_payment_exception(id, "given back there").await.unwrap();
        assert!(refused(&town, id).await.contains("somebody took it off the list"));
        assert_eq!(town.money().await, (0, 0, 5));
        let none = ExceptionId::new(uuid::Uuid::nil());
        let absent = town.books.book_payment_exception(none, "x").await.unwrap_err();
        assert!(matches!(absent, AppError::NotFound { .. }), "{absent}");
        town.proved().await;
    }

    /// A payout would not find it under the name of a link, and bring it again.
    async fn what_its_payout_would_not_find_is_not_booked(url: &str) {
        let town = Town::of(url).await;
        for (nth, saying) in [(1, Saying::paid(None)), (2, paid("psp_2"))] {
            let view = town.books.start_payment(&basket(&[("CT", &ct(nth), 1_000)])).await.unwrap();
            let said = Said::new(format!("PL{nth}"), saying)
                .about(view.payment.reference.clone())
                .for_amount(Pence::new(1_200), "GBP")
                .moved_apart();
            let heard = town.books.record_payment(&told(Word::Said(Box::new(said)))).await.unwrap();
            let PaymentHeard::Exception(row) = heard else { panic!("{heard:?}") };
            if nth == 1 {
                let why = refused(&town, row.id).await;
                assert!(why.contains("wait for its notice or its payout"), "{why}");
                assert_eq!(town.money().await, (0, 0, 1));
            } else {
                town.books.book_payment_exception(row.id, "a tip").await.unwrap();
                assert_eq!(town.money().await, (1_200, -1_200, 1));
            }
        }
        town.proved().await;
    }

    /// Somebody who takes it off the list while it is booked is heeded.
    async fn what_is_taken_off_the_list_meanwhile_is_not_booked(url: &str) {
        let town = Town::of(url).await;
        let (_, id) = listed(&town, 1, paid("pi_1"), (1_200, "GBP")).await;
        let mut tx = town.app.store().begin().await.unwrap();
        let by = ("given back there", "jo", town.books.app().world().now());
        assert!(tx.end_payment_exception(town.books.council().id, id, by).await.unwrap());
        let meanwhile = async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            tx.commit().await.unwrap();
        };
        let (why, ()) = tokio::join!(refused(&town, id), meanwhile);
        assert!(why.contains("somebody took it off the list"), "{why}");
        assert_eq!((town.money().await, count(url, "suspense_item")), ((0, 0, 0), 0));
        town.proved().await;
    }

    /// Two people at once put it there once.
    async fn two_people_put_it_there_once(url: &str) {
        let town = Town::of(url).await;
        let (_, id) = listed(&town, 1, paid("pi_1"), (1_200, "GBP")).await;
        let (one, two) = tokio::join!(
            town.books.book_payment_exception(id, "seen"),
            town.books.book_payment_exception(id, "seen too"),
        );
        assert_eq!(one.unwrap(), two.unwrap());
        assert_eq!((town.money().await, count(url, "suspense_item")), ((1_200, -1_200, 0), 1));
        town.proved().await;
    }
}
