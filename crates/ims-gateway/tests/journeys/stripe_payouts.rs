//! Payouts that Stripe names, each told on several pages and of several days.

use std::sync::{Arc, Mutex};

use chrono::{Days, NaiveDate, NaiveTime};
use ims_app::{PaymentNews, Word};
use ims_gateway::{Gateways, PaidOut};
use ims_pay::{Paying, Said, Saying};
use ims_providers::Stripe;
use ims_testkit::on_both;
use serde_json::{Value, json};

use super::{
    adapters::FarEnd,
    town::{Town, basket},
};

/// A line of a payout: its intent, the day the money can be paid out, amount and fee.
type Moved = (&'static str, NaiveDate, i64, i64);

/// What Stripe has: a payout, and its lines page by page.
#[derive(Default)]
struct Account {
    pages: Vec<Vec<Moved>>,
}

impl Account {
    /// What it answers to the last that was asked.
    fn answer(&self, asked: &str) -> String {
        let line = asked.lines().next().unwrap_or_default();
        if line.contains("/payouts?") {
            let payout =
                json!({ "id": "po_1", "object": "payout", "status": "paid", "automatic": true });
            return json!({ "object": "list", "has_more": false, "data": [payout] }).to_string();
        }
        if line.contains("/disputes?") {
            return json!({ "object": "list", "has_more": false, "data": [] }).to_string();
        }
        assert!(line.contains("/balance_transactions?payout=po_1"), "{line}");
        // A page is asked for by the last line of the one before.
        let first = |page: &[Moved]| page.last().map(|moved| txn(moved.0)).unwrap_or_default();
        let before = self
            .pages
            .iter()
            .position(|page| line.contains(&format!("starting_after={}", first(page))));
        let at = before.map_or(0, |before| before + 1);
        let data: Vec<Value> = self.pages[at].iter().map(row).collect();
        let has_more = at + 1 < self.pages.len();
        json!({ "object": "list", "has_more": has_more, "data": data }).to_string()
    }
}

fn txn(intent: &str) -> String {
    format!("txn_of_{intent}")
}

fn row((intent, day, amount, fee): &Moved) -> Value {
    let seconds = day.and_time(NaiveTime::MIN).and_utc().timestamp();
    json!({
        "id": txn(intent), "object": "balance_transaction", "type": "charge",
        "reporting_category": "charge", "currency": "gbp", "created": seconds,
        "available_on": seconds, "amount": amount, "fee": fee, "net": amount - fee,
        "source": { "id": "ch_1", "object": "charge", "payment_intent": intent },
    })
}

impl Town {
    /// The town with one account at Stripe, and what Stripe has.
    async fn at_stripe(&self) -> (Gateways, Arc<Mutex<Account>>) {
        let account = Arc::new(Mutex::new(Account::default()));
        let told = Arc::clone(&account);
        let far = FarEnd::answering(move |heard| {
            told.lock().unwrap().answer(heard.last().map(String::as_str).unwrap_or_default())
        })
        .await;
        self.with_one("stripe", "stripe-here").await;
        let gateways = self.gateways.clone().with_kind("stripe-here", move |told| {
            Ok(Arc::new(Stripe::checkout(told.needed("key")?).at(&far.url)?))
        });
        (gateways, account)
    }

    /// A payment that was taken, whose money Stripe calls `intent`.
    async fn taken_as(&self, intent: &str, pence: i64) {
        let view = self.books.start_payment(&basket(intent, pence)).await.unwrap();
        let paying = Paying { transaction: Some(intent.to_owned()), ..Paying::default() };
        let said = Said::new(format!("cs_of_{intent}"), Saying::Paid(paying))
            .about(view.payment.reference)
            .for_amount(view.payment.amount, "GBP");
        let (provider, channel) = ("pay".to_owned(), "card".to_owned());
        let word = Word::Said(Box::new(said));
        let news = PaymentNews { provider, channel, payment: None, id: None, word };
        self.books.record_payment(&news).await.unwrap();
    }

    async fn settled_by(&self, gateways: &Gateways) -> PaidOut {
        let today = self.books.app().world().today();
        gateways.settle(&self.books, today).await.unwrap().remove(0)
    }
}

on_both! {
    /// Three pages, of two days: taken in once, whole.
    async fn a_payout_of_two_days_and_three_pages_is_one(url: &str) {
        let town = Town::of(url).await;
        let (gateways, account) = town.at_stripe().await;
        for (intent, pence) in [("pi_1", 700), ("pi_2", 900), ("pi_3", 1_100)] {
            town.taken_as(intent, pence).await;
        }
        let today = town.books.app().world().today();
        let (first, second) = (today - Days::new(3), today - Days::new(2));
        account.lock().unwrap().pages = vec![
            vec![("pi_1", first, 700, 20)],
            vec![("pi_2", second, 900, 20)],
            vec![("pi_3", second, 1_100, 30)],
        ];
        for payouts in [1, 0] {
            let paid = town.settled_by(&gateways).await;
            assert_eq!((paid.payouts, paid.failed), (payouts, None));
            assert_eq!(town.taken().await, 2_700 - 70);
            let told = town.books.payouts(first, today).await.unwrap();
            let told: Vec<_> = told.iter().map(|it| (it.payout.as_str(), it.lines, it.taken.get())).collect();
            assert_eq!(told, [("po_1", 3, 2_700)]);
        }
        town.proved().await;
    }

    /// One of its lines is due only today: nothing of it is taken in before that is over.
    async fn a_payout_waits_for_the_last_of_its_lines(url: &str) {
        let town = Town::of(url).await;
        let (gateways, account) = town.at_stripe().await;
        town.taken_as("pi_1", 700).await;
        town.taken_as("pi_2", 900).await;
        let today = town.books.app().world().today();
        account.lock().unwrap().pages =
            vec![vec![("pi_1", today - Days::new(3), 700, 20)], vec![("pi_2", today, 900, 20)]];
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.failed, town.taken().await), (0, None, 1_600));
        town.forward(chrono::TimeDelta::days(1));
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.failed, town.taken().await), (1, None, 1_560));
        town.proved().await;
    }
}
