//! Payouts that Stripe names, each told on several pages and of several days.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use ims_app::{GoneThrough, PaymentNews, Word};
use ims_gateway::{Gateways, PaidOut};
use ims_ledger::london_end;
use ims_pay::{Paying, Said, Saying};
use ims_providers::Stripe;
use ims_testkit::on_both;
use serde_json::{Value, json};

use super::{
    adapters::FarEnd,
    town::{Town, basket},
};

#[path = "stripe_payouts/killed.rs"]
mod killed;

/// A line of a payout: its intent, the day the money can be paid out, amount and fee.
type Moved = (&'static str, NaiveDate, i64, i64);

/// What Stripe has.
#[derive(Default)]
struct Account {
    /// The payouts, each with its lines page by page.
    payouts: Vec<(&'static str, Vec<Vec<Moved>>)>,
    /// How many payouts are on a page of its list; all of them if 0.
    at_once: usize,
    /// The payout whose lines are answered with what does not read.
    muddled: &'static str,
    /// The payout after which the list is.
    broken: &'static str,
    /// The payout of which a penny more was paid out than its lines make.
    more: &'static str,
}

impl Account {
    /// What it answers to the last that was asked.
    fn answer(&self, asked: &str) -> String {
        let line = asked.lines().next().unwrap_or_default();
        if line.contains("/payouts?") {
            return self.listed(line);
        }
        if line.contains("/disputes?") {
            return json!({ "object": "list", "has_more": false, "data": [] }).to_string();
        }
        let is_it =
            |of: &&(&str, _)| line.contains(&format!("/balance_transactions?payout={}&", of.0));
        let (name, pages) = self.payouts.iter().find(is_it).unwrap_or_else(|| panic!("{line}"));
        if *name == self.muddled {
            return "<html>".to_owned();
        }
        // A page is asked for by the last line of the one before.
        let last = |page: &[Moved]| page.last().map(|moved| txn(moved.0)).unwrap_or_default();
        let is_before =
            |page: &Vec<Moved>| line.contains(&format!("starting_after={}", last(page)));
        let at = pages.iter().position(is_before).map_or(0, |before| before + 1);
        let data: Vec<Value> = pages[at].iter().map(row).collect();
        json!({ "object": "list", "has_more": at + 1 < pages.len(), "data": data }).to_string()
    }

    /// A page of those that arrive on the days that are asked for.
    fn listed(&self, line: &str) -> String {
        let of = |name: &str| -> i64 {
            let said = line.split(['&', '?', ' ']).find_map(|pair| pair.strip_prefix(name));
            said.unwrap_or_else(|| panic!("{line}")).parse().unwrap()
        };
        let (from, to) = (of("arrival_date%5Bgte%5D="), of("arrival_date%5Blte%5D="));
        let arrives =
            |pages: &[Vec<Moved>]| pages.iter().flatten().map(|moved| seconds(moved.1)).min();
        let is_due = |it: &&(&str, Vec<Vec<Moved>>)| {
            arrives(&it.1).is_some_and(|at| (from..=to).contains(&at))
        };
        let due: Vec<_> = self.payouts.iter().filter(is_due).map(|(name, _)| *name).collect();
        let total = |id: &str| -> i64 {
            let lines = self.payouts.iter().filter(|it| it.0 == id).flat_map(|it| it.1.iter());
            let nets = lines.flatten().map(|moved| moved.2 - moved.3);
            nets.sum::<i64>() + i64::from(id == self.more)
        };
        let is_before = |name: &&str| line.contains(&format!("starting_after={name} "));
        let at = due.iter().position(is_before).map_or(0, |before| before + 1);
        if at > 0 && due[at - 1] == self.broken {
            return "<html>".to_owned();
        }
        let many = if self.at_once == 0 { due.len() } else { self.at_once };
        let shown = due.iter().skip(at).take(many);
        let data: Vec<_> = shown
            .map(|id| {
                json!({
                    "id": id, "object": "payout", "status": "paid", "automatic": true,
                    "amount": total(id),
                })
            })
            .collect();
        json!({ "object": "list", "has_more": at + many < due.len(), "data": data }).to_string()
    }
}

fn seconds(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp()
}

fn txn(intent: &str) -> String {
    format!("txn_of_{intent}")
}

fn row((intent, day, amount, fee): &Moved) -> Value {
    let seconds = seconds(*day);
    json!({
        "id": txn(intent), "object": "balance_transaction", "type": "charge",
        "reporting_category": "charge", "currency": "gbp", "created": seconds,
        "available_on": seconds, "amount": amount, "fee": fee, "net": amount - fee,
        "source": { "id": "ch_1", "object": "charge", "payment_intent": intent },
    })
}

/// The same that reach Stripe there.
fn reaching(gateways: Gateways, url: String) -> Gateways {
    gateways.with_kind("stripe-here", move |told| {
        Ok(Arc::new(Stripe::checkout(told.needed("key")?).at(&url)?))
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
        (reaching(self.gateways.clone(), far.url), account)
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

    /// Four payments of 10.00, each in a payout of its own, three days old and older.
    async fn of_four_payouts(&self, account: &Mutex<Account>) {
        let today = self.books.app().world().today();
        for (name, intent, days) in
            [("po_1", "pi_1", 3), ("po_2", "pi_2", 4), ("po_3", "pi_3", 5), ("po_4", "pi_4", 6)]
        {
            self.taken_as(intent, 1_000).await;
            let lines = vec![vec![(intent, today - Days::new(days), 1_000, 10)]];
            account.lock().unwrap().payouts.push((name, lines));
        }
    }

    /// Up to when the account's payouts were gone through.
    async fn through(&self) -> Option<DateTime<Utc>> {
        self.books.gone_through("pay", GoneThrough::Payouts).await.unwrap()
    }

    /// Why what is listed for people is.
    async fn listed(&self) -> Vec<String> {
        let listed = self.books.payment_exceptions(None, 9).await.unwrap();
        listed.into_iter().map(|row| row.why).collect()
    }

    /// What the day before today ends with.
    fn yesterday(&self) -> Option<DateTime<Utc>> {
        london_end(self.books.app().world().today().pred_opt().unwrap())
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
        let pages = vec![
            vec![("pi_1", first, 700, 20)],
            vec![("pi_2", second, 900, 20)],
            vec![("pi_3", second, 1_100, 30)],
        ];
        account.lock().unwrap().payouts.push(("po_1", pages));
        for payouts in [1, 0] {
            let paid = town.settled_by(&gateways).await;
            assert_eq!((paid.payouts, paid.failed), (payouts, None));
            assert_eq!(town.taken().await, 2_700 - 70);
            let told = town.books.payouts(first, today).await.unwrap().payouts;
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
        let pages =
            vec![vec![("pi_1", today - Days::new(3), 700, 20)], vec![("pi_2", today, 900, 20)]];
        account.lock().unwrap().payouts.push(("po_1", pages));
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.failed, town.taken().await), (0, None, 1_600));
        town.forward(chrono::TimeDelta::days(1));
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.failed, town.taken().await), (1, None, 1_560));
        town.proved().await;
    }

    /// More payouts than are on a page of their list.
    async fn a_list_of_payouts_is_followed_to_its_end(url: &str) {
        let town = Town::of(url).await;
        let (gateways, account) = town.at_stripe().await;
        town.of_four_payouts(&account).await;
        for (at_once, payouts) in [(3, 4), (1, 0), (2, 0)] {
            account.lock().unwrap().at_once = at_once;
            let paid = town.settled_by(&gateways).await;
            assert_eq!((paid.payouts, paid.failed, town.taken().await), (payouts, None, 3_960));
        }
        town.proved().await;
    }

    /// It is listed and asked for again each night, however many nights; the others are not
    /// kept from the books, nor taken in again.
    async fn a_payout_that_does_not_read_is_asked_for_again(url: &str) {
        let town = Town::of(url).await;
        let (gateways, account) = town.at_stripe().await;
        town.of_four_payouts(&account).await;
        let begin = london_end(town.books.app().world().today() - Days::new(11));
        account.lock().unwrap().muddled = "po_2";
        for payouts in [3, 0, 0] {
            let paid = town.settled_by(&gateways).await;
            let why = "payout po_2: the provider's answer does not read: it is no JSON";
            assert_eq!((paid.payouts, paid.exceptions, paid.failed.as_deref()), (payouts, 1, Some(why)));
            assert_eq!((town.listed().await, town.taken().await), (vec![why.to_owned()], 3_970));
            assert_eq!(town.through().await, begin);
            town.forward(TimeDelta::days(9));
        }
        account.lock().unwrap().muddled = "";
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.failed, town.taken().await), (1, None, 3_960));
        assert_eq!(town.through().await, town.yesterday());
        town.proved().await;
    }

    /// Once a person has taken it off the list the nights go on without it.
    /// A penny that no line explains is not posted, and keeps no other payout from it.
    async fn a_payout_whose_lines_do_not_make_it_is_listed(url: &str) {
        let town = Town::of(url).await;
        let (gateways, account) = town.at_stripe().await;
        town.of_four_payouts(&account).await;
        account.lock().unwrap().more = "po_2";
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.exceptions), (3, 1), "{paid:?}");
        let listed = town.listed().await;
        assert!(listed.len() == 1 && listed[0].contains("payout po_2"), "{listed:?}");
        assert!(listed[0].contains("was paid out"), "{listed:?}");
        account.lock().unwrap().more = "";
        assert_eq!((town.settled_by(&gateways).await.payouts, town.taken().await), (1, 3_960));
        town.proved().await;
    }

    async fn a_payout_that_does_not_read_is_passed_when_a_person_says_so(url: &str) {
        let town = Town::of(url).await;
        let (gateways, account) = town.at_stripe().await;
        town.of_four_payouts(&account).await;
        account.lock().unwrap().muddled = "po_4";
        assert_eq!(town.settled_by(&gateways).await.exceptions, 1);
        assert!(town.through().await < town.yesterday());
        let one = town.books.payment_exceptions(None, 9).await.unwrap().remove(0);
        town.books.end_payment_exception(one.id, "its file is taken in").await.unwrap();
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.exceptions, paid.failed.is_some()), (0, true));
        assert_eq!((town.through().await, town.taken().await), (town.yesterday(), 3_970));
    }

    /// What is in the books is no person's; that it does not read is said.
    async fn a_payout_in_the_books_that_does_not_read_is_not_listed(url: &str) {
        let town = Town::of(url).await;
        let (gateways, account) = town.at_stripe().await;
        town.of_four_payouts(&account).await;
        assert_eq!(town.settled_by(&gateways).await.payouts, 4);
        account.lock().unwrap().muddled = "po_1";
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.exceptions, town.taken().await), (0, 0, 3_960));
        assert!(paid.failed.unwrap().starts_with("payout po_1, which is in the books: "));
        assert_eq!(town.through().await, town.yesterday());
    }

    /// What was told before it broke off is in the books; the rest is the next night's.
    async fn a_list_that_breaks_off_is_gone_on_with(url: &str) {
        let town = Town::of(url).await;
        let (gateways, account) = town.at_stripe().await;
        town.of_four_payouts(&account).await;
        account.lock().unwrap().at_once = 2;
        account.lock().unwrap().broken = "po_2";
        let begin = london_end(town.books.app().world().today() - Days::new(11));
        let paid = town.settled_by(&gateways).await;
        assert!(paid.failed.is_some());
        assert_eq!((paid.payouts, town.taken().await, town.through().await), (2, 3_980, begin));
        town.forward(TimeDelta::days(20));
        account.lock().unwrap().broken = "";
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.failed, town.taken().await), (2, None, 3_960));
        town.proved().await;
    }
}
