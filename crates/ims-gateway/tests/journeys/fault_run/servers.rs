//! Servers that may be killed at any moment, and the lives of payments on them.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use chrono::DateTime;
use ims_app::Books;
use ims_gateway::AskFor;
use ims_money::Pence;
use ims_pay::{Ask, Delivery, Order, Provider as _, Secret};
use ims_providers::GovUkPay;
use ims_store::{Crash, Faults};
use ims_testkit::govuk_pay::API_KEY;

use super::super::town::{GOOD, Town, basket};

const DECLINED: &str = "4000000000000002";

/// The same throws each time.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `sides`.
    pub(super) fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (x ^ (x >> 31)) % sides
    }
}

/// A server that may be killed at any moment, and starts again at once.
pub(super) struct Server {
    pub(super) books: Books,
    faults: Faults,
}

/// All servers of one database, and what happened to them.
pub(super) struct Servers<'t> {
    pub(super) town: &'t Town,
    pub(super) all: Vec<Server>,
    /// Notices that are long under way.
    late: Mutex<Vec<Delivery>>,
    pub(super) kills: AtomicU64,
    pub(super) delayed: AtomicU64,
    pub(super) told_both: AtomicU64,
}

impl<'t> Servers<'t> {
    /// So many servers, each with connections of its own.
    pub(super) async fn of(town: &'t Town, url: &str, many: usize) -> Self {
        let mut all = Vec::new();
        for _ in 0..many {
            let (books, faults) = town.with_faults(url).await;
            all.push(Server { books, faults });
        }
        let (late, [kills, delayed, told_both]) = (Mutex::default(), Default::default());
        Self { town, all, late, kills, delayed, told_both }
    }

    /// One of them.
    pub(super) fn any(&self, dice: &mut Dice) -> &Server {
        let at = dice.throw(u64::try_from(self.all.len()).unwrap());
        &self.all[usize::try_from(at).unwrap()]
    }

    /// Once in four times the server is killed while it is at it, before a statement or
    /// after a commit of which nobody is told.
    pub(super) fn maybe_killed(&self, server: &Server, dice: &mut Dice) {
        if dice.throw(4) == 0 {
            let how = if dice.throw(2) == 0 { Crash::Before } else { Crash::AnswerToo };
            server.faults.crash_at(u32::try_from(dice.throw(25)).unwrap(), how);
        }
    }

    pub(super) fn starts_again(&self, server: &Server) {
        self.kills.fetch_add(server.faults.mend().into(), Ordering::Relaxed);
    }

    /// A payer comes, pays or not, comes back or not; then the post comes.
    pub(super) async fn life(&self, dice: &mut Dice, key: &str) {
        let ask = AskFor::new("Council tax", "https://pay.mill.example/back/{reference}");
        let new = basket(key, i64::try_from(100 + dice.throw(90_000)).unwrap());
        let mut begun = None;
        for _ in 0..3 {
            let server = self.any(dice);
            self.maybe_killed(server, dice);
            let asked = self.town.gateways.pay(&server.books, &new, &ask).await;
            self.starts_again(server);
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
                let server = self.any(dice);
                self.maybe_killed(server, dice);
                let _ = self.town.gateways.look(&server.books, payment.id).await;
                self.starts_again(server);
            }
        }
        for delivery in self.town.stub.notices() {
            if dice.throw(6) == 0 {
                self.delayed.fetch_add(1, Ordering::Relaxed);
                self.late.lock().unwrap().push(delivery);
            } else {
                self.deliver(dice, &delivery).await;
            }
        }
    }

    /// Tells a server, or all of them at once, until one has taken it or the provider
    /// gives up.
    async fn deliver(&self, dice: &mut Dice, delivery: &Delivery) {
        for _ in 0..3 {
            let server = self.any(dice);
            self.maybe_killed(server, dice);
            let told = self.town.gateways.notice(&server.books, "pay", delivery);
            let taken = if dice.throw(4) == 0 {
                self.told_both.fetch_add(1, Ordering::Relaxed);
                let [first, last] = [&self.all[0], self.all.last().unwrap()];
                let (one, other, third) = tokio::join!(
                    told,
                    self.town.gateways.notice(&first.books, "pay", delivery),
                    self.town.gateways.notice(&last.books, "pay", delivery),
                );
                one.is_ok() || other.is_ok() || third.is_ok()
            } else {
                told.await.is_ok()
            };
            self.starts_again(server);
            if taken {
                break;
            }
        }
    }

    /// What was long under way comes, in whatever order.
    pub(super) async fn late_post_comes(&self, dice: &mut Dice) {
        let mut late = std::mem::take(&mut *self.late.lock().unwrap());
        while !late.is_empty() {
            let at = dice.throw(u64::try_from(late.len()).unwrap());
            let delivery = late.swap_remove(usize::try_from(at).unwrap());
            self.deliver(dice, &delivery).await;
        }
    }

    /// Each server polls, all at the same time, killed or not.
    pub(super) async fn poll(&self, dice: &mut Dice) {
        let each = self.all.iter().map(|server| {
            self.maybe_killed(server, dice);
            self.town.gateways.poll(&server.books)
        });
        let each: Vec<_> = each.collect();
        for done in futures_at_once(each).await {
            drop(done);
        }
        self.all.iter().for_each(|server| self.starts_again(server));
    }

    /// Each server goes through the night's list, all at the same time, killed or not.
    /// Whether one of them came to the list's end, which lags by so many. Whoever asks about
    /// each payment of ours besides hardly comes to an end in such weather.
    pub(super) async fn sweep(&self, dice: &mut Dice, lags: usize) -> bool {
        let today = self.town.books.app().world().today();
        let each = self.all.iter().map(|server| {
            self.maybe_killed(server, dice);
            self.town.gateways.sweep(&server.books, today)
        });
        let each: Vec<_> = each.collect();
        let mut is_whole = false;
        for done in futures_at_once(each).await {
            let there = self.town.stub.books().payments().len();
            let whole = |all: Vec<ims_gateway::Swept>| {
                all.iter().any(|one| one.account == "pay" && one.listed + lags >= there)
            };
            is_whole |= done.is_ok_and(whole);
        }
        self.all.iter().for_each(|server| self.starts_again(server));
        is_whole
    }
}

/// Waits for one or two things at the same time.
async fn futures_at_once<T>(each: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut each = each.into_iter();
    match (each.next(), each.next(), each.next()) {
        (Some(one), Some(other), None) => {
            let (one, other) = tokio::join!(one, other);
            vec![one, other]
        }
        (Some(one), None, None) => vec![one.await],
        _ => panic!("one server, or two"),
    }
}

/// Somebody else's program takes money with our key, under this reference.
pub(super) async fn stranger(town: &Town, reference: &str, pence: i64) {
    let pay = GovUkPay::new(Secret::new(API_KEY)).at(&town.stub.url).unwrap();
    let back = "https://elsewhere.example/";
    let order = Order::of(reference, Pence::new(pence), "?", back).unwrap();
    let Ask::Send(request) = pay.ask(&order, DateTime::UNIX_EPOCH).unwrap() else { panic!() };
    // In whatever weather: its own key makes it one payment.
    for _ in 0..20 {
        let carrier = ims_gateway::Carrier::new().unwrap();
        let carrier = carrier.waiting_at_most(std::time::Duration::from_millis(500));
        if let Some(reply) = carrier.carry(&request).await
            && let Ok(said) = pay.asked(&reply)
        {
            town.stub.pay(said.provider_ref().unwrap(), GOOD);
            return;
        }
    }
    panic!("the stub never answered");
}
