//! Opayo's notice and the payer, who comes back at the same moment, or to another server:
//! a payment is booked once, and only what Opayo denies is an exception, once.

use std::time::Duration;

use chrono::TimeDelta;
use ims_app::{Actor, App, Books, Store, World};
use ims_pay::{Channel, Delivery};
use ims_testkit::on_both;

use super::{
    adapters::{FarEnd, Mill},
    opayo::{opayo, registered, told_as},
};

const KEY: &str = "IK776BWNHN";

/// A payment that was asked for, our reference for it, and the books on a second server.
async fn begun(url: &str) -> (Mill, String, ims_ledger::id::PaymentId, Books) {
    let far = FarEnd::answering(registered).await;
    let mill = Mill::with(url, &opayo(&far.url)).await;
    let payment = mill.pay(Channel::Online).await.unwrap().view.payment;
    let world = World::new(mill.clock.clone(), std::sync::Arc::new(ims_edge::SystemRandom));
    let app = App::new(Store::open(url).await.unwrap(), world);
    let other = app.books(Some("MILL"), Actor::system("other")).await.unwrap();
    (mill, payment.reference, payment.id, other)
}

impl Mill {
    /// The payment's status, what the cards hold, and the kinds of what is listed.
    async fn came_to(&self, id: ims_ledger::id::PaymentId) -> (String, i64, Vec<String>) {
        let status = self.books.payment(id).await.unwrap().payment.status;
        let listed = self.books.payment_exceptions(None, 9).await.unwrap();
        (status, self.taken().await, listed.into_iter().map(|row| row.kind).collect())
    }

    async fn noticed(&self, books: &Books, delivery: &Delivery) {
        self.gateways.notice(books, "pay", delivery).await.unwrap();
    }
}

on_both! {
    /// The payer's return reads the payment before the notice has booked it, and is
    /// recorded after: it denies nothing, before the payment ran out nor after.
    async fn a_return_that_is_slower_than_the_notice_denies_nothing(url: &str) {
        for hours in [0, 5] {
            let engine =
                if url.starts_with("sqlite:") { ims_testkit::Engine::Sqlite } else { ims_testkit::Engine::Postgres };
            let fresh = engine.fresh();
            let (mill, reference, id, _) = begun(&fresh.url).await;
            mill.clock.forward(TimeDelta::hours(hours));
            // Somebody holds the payment: the notice waits for it, then the return does.
            let mut tx = mill.books.app().store().begin().await.unwrap();
            tx.hold_payment(mill.books.council().id, id).await.unwrap();
            let ok = told_as("OK", &reference, KEY);
            let pause = |millis| tokio::time::sleep(Duration::from_millis(millis));
            tokio::join!(
                mill.noticed(&mill.books, &ok),
                async {
                    pause(300).await;
                    mill.gateways.look(&mill.books, id).await.unwrap();
                },
                async {
                    pause(600).await;
                    tx.commit().await.unwrap();
                },
            );
            let came = mill.came_to(id).await;
            assert_eq!(came, ("captured".to_owned(), 4_500, vec![]), "after {hours} hours");
        }
    }

    /// Two servers hear of it at once, and the payer is back at both.
    async fn two_servers_and_two_returns_are_one_payment(url: &str) {
        let (mill, reference, id, other) = begun(url).await;
        let ok = told_as("OK", &reference, KEY);
        for _ in 0..3 {
            let (one, two) = tokio::join!(
                mill.gateways.look(&mill.books, id),
                mill.gateways.look(&other, id),
            );
            one.unwrap();
            two.unwrap();
            tokio::join!(mill.noticed(&mill.books, &ok), mill.noticed(&other, &ok));
            assert_eq!(mill.came_to(id).await, ("captured".to_owned(), 4_500, vec![]));
        }
    }

    /// What Opayo denies after it took it is one exception, told to both at once as well.
    async fn what_two_servers_hear_denied_at_once_is_listed_once(url: &str) {
        let (mill, reference, id, other) = begun(url).await;
        mill.noticed(&mill.books, &told_as("OK", &reference, KEY)).await;
        let denied = told_as("ABORT", &reference, KEY);
        for _ in 0..3 {
            let (_, _, back, there) = tokio::join!(
                mill.noticed(&mill.books, &denied),
                mill.noticed(&other, &denied),
                mill.gateways.look(&mill.books, id),
                mill.gateways.look(&other, id),
            );
            back.unwrap();
            there.unwrap();
            let came = mill.came_to(id).await;
            assert_eq!(came, ("captured".to_owned(), 4_500, vec!["out-of-turn".to_owned()]));
        }
        // Somebody took it off the list: it comes back once, when it is heard again.
        let one = mill.books.payment_exceptions(None, 9).await.unwrap().remove(0);
        mill.books.end_payment_exception(one.id, "asked Opayo").await.unwrap();
        mill.clock.forward(TimeDelta::days(2));
        tokio::join!(mill.noticed(&mill.books, &denied), mill.noticed(&other, &denied));
        assert_eq!(mill.came_to(id).await.2, ["out-of-turn"]);
    }
}
