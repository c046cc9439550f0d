//! Many payments in bad weather, with the server killed at random points: in the
//! end the provider and the books agree to the penny, and until then each
//! difference is on a list. `IMS_TEST_LONG` makes them a thousand.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{Books, FindPayments, PaymentRow};
use ims_gateway::AskFor;
use ims_money::Pence;
use ims_pay::{Ask, Order, Provider as _, Secret};
use ims_providers::GovUkPay;
use ims_store::{Crash, Faults};
use ims_testkit::{
    govuk_pay::{API_KEY, Weather},
    on_both,
};

use super::town::{GOOD, Town, basket};

const DECLINED: &str = "4000000000000002";
const LANES: u64 = 4;
const EACH: u64 = 5;

const BAD: Weather = Weather {
    drop: 3,
    double: 4,
    reorder: 5,
    delay: std::time::Duration::ZERO,
    silent: 23,
    busy: 13,
    down: 19,
    search_lags: 2,
    search_breaks: false,
    disputes_break: false,
};

/// The same throws each time.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % sides
    }
}

/// A server that may be killed at any moment, and starts again at once.
struct Server<'t> {
    town: &'t Town,
    books: Books,
    faults: Faults,
}

impl Server<'_> {
    /// Once in four times the server is killed while it is at it.
    fn maybe_killed(&self, dice: &mut Dice) {
        if dice.throw(4) == 0 {
            let how = if dice.throw(2) == 0 { Crash::Before } else { Crash::AnswerToo };
            self.faults.crash_at(u32::try_from(dice.throw(25)).unwrap(), how);
        }
    }

    fn starts_again(&self) {
        let _ = self.faults.mend();
    }

    /// A payer comes, pays or not, comes back or not; then the post comes.
    async fn life(&self, dice: &mut Dice, key: &str) {
        let ask = AskFor::new("Council tax", "https://pay.mill.example/back/{reference}");
        let new = basket(key, i64::try_from(100 + dice.throw(90_000)).unwrap());
        let mut begun = None;
        for _ in 0..3 {
            self.maybe_killed(dice);
            let asked = self.town.gateways.pay(&self.books, &new, &ask).await;
            self.starts_again();
            if let Ok(paying) = asked
                && paying.next.is_some()
            {
                begun = Some(paying.view.payment);
                break;
            }
        }
        if let Some(payment) = begun {
            let name = payment.provider_ref.unwrap();
            match dice.throw(8) {
                0 => {}
                1 => self.town.stub.pay(&name, DECLINED),
                _ => self.town.stub.pay(&name, GOOD),
            }
            if dice.throw(2) == 0 {
                self.maybe_killed(dice);
                let _ = self.town.gateways.look(&self.books, payment.id).await;
                self.starts_again();
            }
        }
        for delivery in self.town.stub.notices() {
            for _ in 0..3 {
                self.maybe_killed(dice);
                let taken = self.town.gateways.notice(&self.books, "pay", &delivery).await;
                self.starts_again();
                if taken.is_ok() {
                    break;
                }
            }
        }
    }
}

/// Every payment of ours, by our reference.
async fn ours(books: &Books) -> BTreeMap<String, PaymentRow> {
    let (from, to) = (DateTime::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
    let to = to.min(books.app().world().now() + TimeDelta::days(1));
    let find = FindPayments { from, to, provider: "pay".to_owned(), status: String::new() };
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let rows = books.payments(&find, after, 50).await.unwrap();
        let Some(last) = rows.last() else { return all };
        after = Some(last.id);
        all.extend(rows.into_iter().map(|row| (row.reference.clone(), row)));
    }
}

/// Whatever the provider has taken is booked, or ours is listed as unfinished;
/// and nothing is booked that the provider has not.
async fn each_difference_is_listed(town: &Town) {
    let ours = ours(&town.books).await;
    let books = town.stub.books();
    let mut differences = 0;
    for theirs in books.payments() {
        let row = ours.get(&theirs.reference).unwrap();
        match (theirs.status, row.status.as_str()) {
            ("success", "captured") => {}
            ("success", "created" | "unknown" | "started" | "pending") => differences += 1,
            ("success", other) => panic!("{} is paid, and {other} here", theirs.reference),
            (_, here) => assert_ne!(here, "captured", "{}", theirs.reference),
        }
    }
    println!("{} payments at the provider, {differences} not yet booked", books.payments().len());
}

/// Somebody else's program takes money with our key.
async fn stranger(town: &Town, pence: i64) {
    let pay = GovUkPay::new(Secret::new(API_KEY)).at(&town.stub.url).unwrap();
    let back = "https://elsewhere.example/";
    let order = Order::of("none-of-ours", Pence::new(pence), "?", back).unwrap();
    let Ask::Send(request) = pay.ask(&order, DateTime::UNIX_EPOCH).unwrap() else { panic!() };
    let reply = ims_gateway::Carrier::new().unwrap().carry(&request).await.unwrap();
    town.stub.pay(pay.asked(&reply).unwrap().provider_ref().unwrap(), GOOD);
}

on_both! {
    async fn no_paid_payment_is_lost_and_no_unpaid_one_is_booked(url: &str) {
        let is_long = std::env::var_os("IMS_TEST_LONG").is_some();
        let rounds = if is_long { 50 } else { 5 };
        let town = Town::of(url).await;
        let (books, faults) = town.with_faults(url).await;
        let server = Server { town: &town, books, faults };
        town.stub.books().set_weather(BAD);
        for round in 0..rounds {
            let lane = async |lane: u64| {
                let mut dice = Dice(round * LANES + lane);
                for nth in 0..EACH {
                    server.life(&mut dice, &format!("{round}/{lane}/{nth}")).await;
                }
            };
            tokio::join!(lane(0), lane(1), lane(2), lane(3));
            each_difference_is_listed(&town).await;
            // The minute's poll, killed or not.
            town.forward(TimeDelta::minutes(2));
            server.maybe_killed(&mut Dice(round));
            let _ = town.gateways.poll(&server.books).await;
            server.starts_again();
            each_difference_is_listed(&town).await;
        }
        town.stub.books().set_weather(Weather::default());
        stranger(&town, 4_321).await;
        let _ = town.stub.notices();
        town.stub.books().expire();
        for _ in 0..4 {
            town.forward(TimeDelta::hours(2));
            town.gateways.poll(&town.books).await.unwrap();
        }
        let today = town.books.app().world().today();
        for swept in town.gateways.sweep(&town.books, today).await.unwrap() {
            assert_eq!(swept.failed.is_none(), swept.account == "pay", "{swept:?}");
        }
        let total = town.stub.books().total();
        assert_eq!(town.taken().await, total);
        let suspense = town.books.balance(&"suspense".parse().unwrap()).await.unwrap();
        assert_eq!(suspense.get(), -4_321);
        let exceptions = town.books.payment_exceptions(None, 100).await.unwrap();
        let kinds: Vec<_> = exceptions.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(kinds, ["unknown"]);
        let ours = ours(&town.books).await;
        // Of a few the server was killed at every try, before anything was written.
        let (begun, meant) = (ours.len() as u64, rounds * LANES * EACH);
        assert!(begun <= meant && begun >= meant * 3 / 4, "{begun} of {meant} began");
        let (mut captured, mut open) = (0, 0);
        for row in ours.values() {
            let name: ims_pay::StatusName = row.status.parse().unwrap();
            open += usize::from(name.is_open());
            captured += if row.status == "captured" { row.amount.get() } else { 0 };
        }
        assert_eq!((captured, open), (total - 4_321, 0));
        // All of it again changes nothing.
        town.gateways.sweep(&town.books, today).await.unwrap();
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!(town.taken().await, total);
        town.proved().await;
    }
}
