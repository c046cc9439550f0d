//! As it stood: whatever is corrected later, an evening stays what it was.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{NewAllocation, Stand, StoodOpen};
use ims_ledger::{Account, id::SuspenseId};
use ims_money::Pence;
use ims_store::AccountStood;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    suspense::to_first,
    town::{Town, april, ct, file},
};

/// All that is looked at of an evening.
#[derive(Debug, PartialEq)]
struct Evening {
    balances: Vec<(Account, Pence)>,
    suspense: BTreeMap<SuspenseId, Pence>,
    /// How many items, and what was left of them.
    left: (i64, Pence),
    open: StoodOpen,
    account: AccountStood,
}

/// The evening as it is now, from what is kept at hand.
async fn now(town: &Town) -> Evening {
    let all = chrono::NaiveDate::from_ymd_opt(9999, 1, 1).unwrap();
    let seen = town.books.dashboard(None).await.unwrap();
    let mut lines: BTreeMap<String, (i64, Pence)> = BTreeMap::new();
    for line in town.books.open_lines().await.unwrap() {
        let sum = lines.entry(line.bank).or_insert((0, Pence::ZERO));
        *sum = (sum.0 + 1, sum.1.checked_add(line.amount).unwrap());
    }
    let suspense = town.suspense().await;
    Evening {
        balances: town.books.balances_on(all).await.unwrap(),
        open: StoodOpen {
            expected: seen
                .expected
                .into_iter()
                .map(|(channel, count, sum, _)| (channel, count, sum))
                .collect(),
            lines: lines.into_iter().map(|(bank, (count, sum))| (bank, count, sum)).collect(),
        },
        left: (
            i64::try_from(suspense.len()).unwrap(),
            Pence::checked_sum(suspense.iter().map(|item| item.remaining)).unwrap(),
        ),
        suspense: suspense.into_iter().map(|item| (item.id, item.remaining)).collect(),
        account: town.books.account_stood("CT", &ct(1), Stand::Day(all)).await.unwrap(),
    }
}

/// The same rebuilt from the rows, as at an instant.
async fn stood(town: &Town, at: DateTime<Utc>) -> Evening {
    let suspense = town.books.suspense_stood(at, None, 500).await.unwrap();
    Evening {
        balances: town.books.balances_at(Stand::Instant(at)).await.unwrap(),
        open: town.books.open_stood(at).await.unwrap(),
        left: (suspense.count, suspense.remaining),
        suspense: suspense.items.into_iter().map(|item| (item.id, item.remaining)).collect(),
        account: town.books.account_stood("CT", &ct(1), Stand::Instant(at)).await.unwrap(),
    }
}

on_both! {
    async fn a_balance_is_rebuilt_as_it_stood(url: &str) {
        let town = Town::of(url).await;
        let done = town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let item = town.suspense().await[0].id;
        let monday = town.app.world().now();
        town.clock.to_april(21);
        town.books.allocate_suspense(item, &to_first(Some(400))).await.unwrap();
        let tuesday = town.app.world().now();
        town.clock.to_april(22);
        town.books.allocate_suspense(item, &to_first(None)).await.unwrap();
        for (at, left, credited) in [(monday, 1_000, 0), (tuesday, 600, 400), (town.app.world().now(), 0, 1_000)] {
            let then = stood(&town, at).await;
            assert_eq!((then.left.1.get(), then.account.amount.get()), (left, credited), "{at}");
            assert_eq!(then.suspense.get(&item).map_or(0, |pence| pence.get()), left);
            assert_eq!(then.left.0, i64::from(left > 0));
        }
        let income = town.books.income_stood(april(21), monday).await.unwrap();
        assert!(income.is_empty());
        assert_eq!(town.books.income_stood(april(21), tuesday).await.unwrap()[0].amount.get(), 400);
        // By accounting day both allocations count in the days they were made in.
        let on = town.books.account_stood("CT", &ct(1), Stand::Day(april(21))).await.unwrap();
        assert_eq!((on.lines, on.amount.get()), (1, 400));
        assert_eq!(Stand::at_end_of(april(21)).unwrap(), Stand::Instant("2026-04-21T22:59:59.999999Z".parse().unwrap()));
        assert!(town.books.import_shown(done.id).await.is_ok());
        town.proved().await;
    }

    /// Whatever is done in whichever order, every evening is rebuilt as it was
    /// seen, and its invariants held.
    async fn every_evening_is_rebuilt_as_it_was_seen(url: &str) {
        let town = Town::of(url).await;
        let mut dice = 0x2545_F491_4F6C_DD1D_u64;
        let mut throw = |sides: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % sides
        };
        let (mut evenings, mut imports) = (Vec::new(), Vec::new());
        let (mut number, mut balance) = (0, 0);
        let mut done: BTreeMap<&str, u32> = BTreeMap::new();
        for step in 0..120_u64 {
            town.clock.forward(TimeDelta::minutes(10));
            let today = town.app.world().today();
            let deed = match throw(12) {
                0..=3 => {
                    let known = throw(3) > 0;
                    let reference = ct(u32::try_from(throw(3)).unwrap() + 1);
                    let method = if throw(2) == 0 { "CARD" } else { "BANK" };
                    let (fund, reference) = if known { ("CT", reference) } else { ("XX", "9".to_owned()) };
                    let amount = format!("{}.{:02}", throw(9) + 1, step % 100);
                    let text = receipts(&[paid(fund, &reference, method, &amount).on(today)]);
                    if let Ok(ims_app::Imported::Now(new)) = town.books.import_file(file("r.csv", &text)).await {
                        imports.push(new.id);
                    }
                    "receipts"
                }
                4 | 5 => {
                    number += 1;
                    let pence = i64::try_from(throw(2_000)).unwrap() + 1;
                    let says = if throw(2) == 0 { format!("FPI {}", ct(2)) } else { "WHO".to_owned() };
                    let day = chrono::Datelike::day(&today);
                    let text = statement(number, balance, day, &[(pence, &says)]);
                    balance += pence;
                    town.took("s.sta", &text).await;
                    "statement"
                }
                6 => {
                    town.books.reconcile().await.unwrap();
                    "reconciled"
                }
                7 | 8 => match town.suspense().await.first() {
                    Some(item) => {
                        let half = Pence::new(item.remaining.get() / 2);
                        let amount = (!half.is_zero() && throw(2) == 0).then_some(half);
                        let to = NewAllocation { amount, ..to_first(None) };
                        town.books.allocate_suspense(item.id, &to).await.unwrap();
                        "allocated"
                    }
                    None => "nothing to allocate",
                },
                9 => match imports.pop() {
                    Some(import) => match town.books.reverse_import(import, "wrong").await {
                        Ok(_) => "reversed",
                        Err(_) => "not reversed",
                    },
                    None => "nothing to reverse",
                },
                10 => {
                    let _ = town.books.close_day(today - TimeDelta::days(1)).await;
                    "closed"
                }
                _ => {
                    evenings.push((town.app.world().now(), now(&town).await));
                    town.clock.forward(TimeDelta::hours(9));
                    "evening"
                }
            };
            *done.entry(deed).or_default() += 1;
        }
        for deed in ["receipts", "statement", "allocated", "reversed", "closed", "evening"] {
            assert!(done.contains_key(deed), "{deed}: {done:?}");
        }
        assert!(evenings.len() > 4);
        for (at, seen) in &evenings {
            assert_eq!(stood(&town, *at).await, *seen, "{at}");
            let (checks, balances) = town.books.verify_as_at(*at).await.unwrap();
            let wrong: Vec<_> = checks.iter().filter(|check| !check.ok).collect();
            assert!(wrong.is_empty(), "{at}: {wrong:?}");
            assert_eq!(balances, seen.balances);
        }
        town.proved().await;
    }

    /// An evening whose rows were changed since does not hold.
    async fn an_evening_that_was_changed_does_not_hold(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let at = town.app.world().now();
        super::raw::tamper(url, "UPDATE suspense_item SET amount_pence = amount_pence + 1");
        let (checks, _) = town.books.verify_as_at(at).await.unwrap();
        let wrong: Vec<_> = checks.iter().filter(|check| !check.ok).map(|check| check.name).collect();
        assert_eq!(wrong, ["as it stood: suspense is what was left of its items"]);
    }

    /// A list that is cut tells of all there were.
    async fn suspense_is_counted_whole_however_few_are_listed(url: &str) {
        let town = Town::of(url).await;
        let rows = ["1.00", "2.00", "4.00"].map(|pounds| paid("XX", "1", "CARD", pounds));
        town.took("monday.csv", &receipts(&rows)).await;
        let at = town.app.world().now();
        let one = town.books.suspense_stood(at, None, 1).await.unwrap();
        assert_eq!((one.count, one.remaining.get(), one.items.len()), (3, 700, 1));
        let rest = town.books.suspense_stood(at, Some(one.items[0].id), 9).await.unwrap();
        assert_eq!((rest.count, rest.remaining.get(), rest.items.len()), (3, 700, 2));
    }
}
