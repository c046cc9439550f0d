//! Many payments in bad weather on two servers (SQLite: on one), killed at random points:
//! in the end the provider and the books agree to the penny, and until then each
//! difference is on a list, which is looked at again and again while it goes on.
//! `IMS_TEST_LONG` makes them a thousand, `IMS_SEED` other ones.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::Ordering,
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{Books, FindPayments, PaymentRow};
use ims_pay::StatusName;
use ims_testkit::{govuk_pay::Weather, on_both};

use self::servers::{Dice, Servers, stranger};
use super::town::Town;

#[path = "fault_run/servers.rs"]
mod servers;

const LANES: u64 = 4;
const EACH: u64 = 5;

const BAD: Weather = Weather {
    drop: 3,
    double: 4,
    reorder: 5,
    delay: std::time::Duration::ZERO,
    silent: 23,
    quota: None,
    busy: 13,
    down: 19,
    search_lags: 2,
    search_breaks: false,
    disputes_break: false,
};

/// The statuses of what is not over: what `ims payment list --status` shows of them.
const OPEN: [StatusName; 5] = [
    StatusName::Created,
    StatusName::Unknown,
    StatusName::Started,
    StatusName::Pending,
    StatusName::Authorised,
];

/// The references of the payments that are somebody else's begin so.
const STRANGE: &str = "none-of-ours";

/// Payments of ours of a status, or all, by our reference.
async fn ours(books: &Books, status: &str) -> BTreeMap<String, PaymentRow> {
    let to = books.app().world().now() + TimeDelta::days(1);
    let (from, provider) = (DateTime::<Utc>::UNIX_EPOCH, "pay".to_owned());
    let find = FindPayments { from, to, provider, status: status.to_owned() };
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let rows = books.payments(&find, after, 200).await.unwrap();
        let Some(last) = rows.last() else { return all };
        after = Some(last.id);
        all.extend(rows.into_iter().map(|row| (row.reference.clone(), row)));
    }
}

/// What was looked at, all in all.
#[derive(Debug, Default)]
struct Looked {
    pauses: u32,
    /// Differences that were on a list, each time they were.
    listed: u32,
    /// The most money that they were about at once, in pence.
    most: i64,
    sweeps: u32,
}

/// Whatever the provider has taken is booked, or on a list: ours as not over, somebody
/// else's as an exception; and nothing is booked that the provider has not. The
/// provider's total is the books' and what is on the lists, to the penny. Of somebody
/// else's payment nobody knows before its notice or the night: those that no night
/// has listed yet are `unheard`.
async fn each_difference_is_listed(town: &Town, unheard: &BTreeSet<String>, looked: &mut Looked) {
    let all = ours(&town.books, "").await;
    let mut open = BTreeMap::new();
    for status in OPEN {
        open.extend(ours(&town.books, status.as_str()).await);
    }
    let exceptions = town.books.payment_exceptions(None, 200).await.unwrap();
    let named = exceptions.iter().filter(|row| row.kind == "unknown" && row.suspense.is_some());
    let named: BTreeSet<_> = named.filter_map(|row| row.reference.clone()).collect();
    let (mut listed, mut unknown) = ((0, 0), 0);
    let theirs = town.stub.books().payments().to_vec();
    for theirs in theirs {
        let (name, pence) = (&theirs.reference, theirs.amount);
        if name.starts_with(STRANGE) {
            if theirs.status == "success" && !named.contains(name) {
                assert!(unheard.contains(name), "{name} was not listed by the night");
                unknown += pence;
            }
            continue;
        }
        let row = all.get(name).unwrap();
        match (theirs.status, row.status.as_str()) {
            ("success", "captured") => {}
            ("success", here) => {
                assert!(open.contains_key(name), "{name} is paid, and {here} here");
                listed = (listed.0 + 1, listed.1 + pence);
            }
            (_, here) => assert_ne!(here, "captured", "{name}"),
        }
    }
    let total = town.stub.books().total();
    assert_eq!(total, town.taken().await + listed.1 + unknown, "what is on no list");
    looked.pauses += 1;
    looked.listed += listed.0;
    looked.most = looked.most.max(listed.1 + unknown);
}

/// In good weather all is found, and all of it again changes nothing.
async fn all_is_found(town: &Town, strangers: &BTreeMap<String, i64>) {
    town.stub.books().set_weather(Weather::default());
    town.stub.books().expire();
    for _ in 0..4 {
        town.forward(TimeDelta::hours(2));
        town.gateways.poll(&town.books).await.unwrap();
    }
    let today = town.books.app().world().today();
    for swept in town.gateways.sweep(&town.books, today).await.unwrap() {
        assert_eq!(swept.failed.is_none(), swept.account == "pay", "{swept:?}");
    }
    let (total, strange) = (town.stub.books().total(), strangers.values().sum::<i64>());
    assert_eq!(town.taken().await, total);
    let suspense = town.books.balance(&"suspense".parse().unwrap()).await.unwrap();
    assert_eq!(suspense.get(), -strange);
    let exceptions = town.books.payment_exceptions(None, 200).await.unwrap();
    let told = exceptions.iter().map(|row| (row.reference.clone(), row.amount.map(|it| it.get())));
    let told: BTreeSet<_> = told.collect();
    let strangers: BTreeSet<_> =
        strangers.iter().map(|(name, pence)| (Some(name.clone()), Some(*pence))).collect();
    assert_eq!((told, exceptions.len()), (strangers.clone(), strangers.len()));
    let (mut captured, mut open) = (0, 0);
    for row in ours(&town.books, "").await.values() {
        let name: StatusName = row.status.parse().unwrap();
        open += usize::from(name.is_open());
        captured += if row.status == "captured" { row.amount.get() } else { 0 };
    }
    assert_eq!((captured, open), (total - strange, 0));
    town.gateways.sweep(&town.books, today).await.unwrap();
    town.gateways.poll(&town.books).await.unwrap();
    assert_eq!(town.taken().await, total);
    town.proved().await;
}

on_both! {
    async fn no_paid_payment_is_lost_and_no_unpaid_one_is_booked(url: &str) {
        let is_long = std::env::var_os("IMS_TEST_LONG").is_some();
        let seed = std::env::var_os("IMS_SEED");
        let seed: u64 = seed.map_or(0, |seed| seed.to_str().unwrap().parse().unwrap());
        let (wanted, nights) = if is_long { (1_000, 5) } else { (100, 2) };
        let (town, begun) = (Town::of(url).await, Instant::now());
        let many = if url.starts_with("sqlite:") { 1 } else { 2 };
        let servers = Servers::of(&town, url, many).await;
        let (mut looked, mut strangers) = (Looked::default(), BTreeMap::new());
        let mut unheard = BTreeSet::new();
        town.stub.books().set_weather(BAD);
        let mut round = 0;
        while ours(&town.books, "").await.len() < wanted {
            let lane = async |lane: u64| {
                let mut dice = Dice(seed.wrapping_mul(1_000_003) + round * LANES + lane);
                for nth in 0..EACH {
                    servers.life(&mut dice, &format!("{round}/{lane}/{nth}")).await;
                }
            };
            tokio::join!(lane(0), lane(1), lane(2), lane(3));
            let mut dice = Dice(!(seed.wrapping_mul(1_000_003) + round));
            each_difference_is_listed(&town, &unheard, &mut looked).await;
            servers.late_post_comes(&mut dice).await;
            each_difference_is_listed(&town, &unheard, &mut looked).await;
            // The minute's poll.
            town.forward(TimeDelta::minutes(2));
            servers.poll(&mut dice).await;
            each_difference_is_listed(&town, &unheard, &mut looked).await;
            // The night's sweep, which is tried again until it came to the list's end.
            if round % nights == nights - 1 {
                let tries = 30;
                let mut is_whole = false;
                for _ in 0..tries {
                    looked.sweeps += 1;
                    is_whole = servers.sweep(&mut dice, BAD.search_lags).await;
                    each_difference_is_listed(&town, &unheard, &mut looked).await;
                    if is_whole {
                        break;
                    }
                }
                assert!(is_whole, "no sweep of {tries} came to the end of the list");
                // Twenty payments came since the last of these: the list lags by two.
                unheard.clear();
                each_difference_is_listed(&town, &unheard, &mut looked).await;
                let (name, pence) = (format!("{STRANGE}-{round}"), 4_321 + i64::try_from(round).unwrap());
                stranger(&town, &name, pence).await;
                unheard.insert(name.clone());
                strangers.insert(name, pence);
            }
            round += 1;
        }
        all_is_found(&town, &strangers).await;
        let troubles = town.stub.books().troubles();
        let [kills, delayed, told_both] = [&servers.kills, &servers.delayed, &servers.told_both]
            .map(|count| count.load(Ordering::Relaxed));
        println!(
            "seed {seed}, {many} servers: {} payments, {} of strangers, {} pence in all, {} s\n\
             killed {kills} times, {delayed} notices delayed, {told_both} told to all at once\n\
             {troubles:?}\n{looked:?}",
            ours(&town.books, "").await.len(), strangers.len(), town.stub.books().total(),
            begun.elapsed().as_secs(),
        );
        // Nothing of it was fair weather.
        assert!(kills > 0 && delayed > 0 && told_both > 0 && looked.listed > 0 && !strangers.is_empty());
    }
}
