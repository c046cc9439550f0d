//! A made-up council lives a month, through the same deeds as production, and
//! its books add up every evening.
//!
//! With `IMS_TEST_LONG` set, ten times the receipts a day.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Days, NaiveDate, Utc};
use ims_app::{
    Actor, App, Books, Certificate, Clock, Imported, NewFile, OpeningItem, ROWS_MAX, Random, Store,
    World,
};
use ims_ledger::Account;
use ims_money::Pence;
use ims_synthetic::{Borough, Day, Fault, Planted, working_day_after};
use ims_testkit::on_both;

#[path = "simulate/storm.rs"]
mod storm;

/// Working days of the month.
const DAYS: usize = 20;

/// A clock that stands still until somebody sets it.
struct Hands(Mutex<DateTime<Utc>>);

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Randomness that is the same each time.
struct Dice(AtomicU64);

impl Random for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut x = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&(x ^ (x >> 31)).to_be_bytes()[..chunk.len()]);
        }
    }
}

/// What an evening leaves behind.
struct Evening {
    certificate: Certificate,
    exported: (Pence, Pence),
}

async fn council(url: &str, borough: &Borough, clock: &Arc<Hands>) -> Books {
    let store = Store::open(url).await.unwrap();
    let app = App::new(store, World::new(clock.clone(), Arc::new(Dice(AtomicU64::new(20)))));
    let settings = toml::to_string(borough.council()).unwrap();
    app.init(&settings, Actor::system("simulation")).await.unwrap()
}

async fn take_over(books: &Books, day: &Day) {
    let items = day.opening.iter().map(|item| OpeningItem {
        account: item.account.clone(),
        amount: item.amount,
        date: item.date,
        reference: item.reference.clone(),
        narrative: item.narrative.clone(),
    });
    books.open_books(&items.collect::<Vec<_>>()).await.unwrap();
}

/// One working day: files in, reconciled, closed, exported, proved.
async fn live(books: &Books, day: &Day) -> Evening {
    for file in &day.files {
        let new = NewFile {
            name: &file.name,
            bytes: &file.bytes,
            format: None,
            accept: None,
            dry_run: false,
        };
        let came = books.import_file(new).await.unwrap();
        let is_twice = day
            .planted
            .iter()
            .any(|planted| planted.kind == Fault::DuplicateFile && planted.file == file.name);
        assert_eq!(matches!(came, Imported::Before(_)), is_twice, "{}: {came:?}", file.name);
        assert!(!matches!(came, Imported::Quarantined { .. }), "{}: {came:?}", file.name);
    }
    books.reconcile().await.unwrap();
    let certificate = books.close_day(day.date).await.unwrap();
    let mut exported = (Pence::ZERO, Pence::ZERO);
    for kind in books.export_kinds().await.unwrap() {
        let made = books.make_export(&kind).await.unwrap().unwrap();
        assert_eq!(made.row.through_day, day.date);
        if kind == ims_app::ExportKind::LedgerJournal {
            exported = (made.row.debit, made.row.credit);
        }
        assert!(books.make_export(&kind).await.unwrap().is_none());
    }
    assert_eq!(exported.0, exported.1, "the journal of {} does not balance", day.date);
    let verified = books.verify(Some(&certificate.head)).await.unwrap();
    let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
    assert!(verified.ok, "{}: {wrong:#?}", day.date);
    Evening { certificate, exported }
}

/// All open suspense: amount, reason, and what it quotes.
async fn suspense(books: &Books) -> Vec<(Pence, String, String)> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = books.open_suspense(after, ROWS_MAX).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = Some(last.id);
        all.extend(page.into_iter().map(|item| {
            (item.amount, item.reason, format!("{} {}", item.reference, item.narrative))
        }));
    }
}

/// Where somebody who looks finds what was planted; nowhere is a defect.
async fn is_seen(books: &Books, day: &Day, planted: &Planted) -> bool {
    let by_rule = async |rule: &str| {
        let banks = books.bank_status(Some(day.date)).await.unwrap();
        let lines = banks.into_iter().flat_map(|bank| bank.by_rule);
        lines.into_iter().any(|(name, _, sum)| name == rule && sum == planted.amount)
    };
    let open = suspense(books).await;
    let quoted = |text: &str| text.contains(&planted.reference);
    match planted.kind {
        Fault::DuplicateFile => books.imports(None, 50).await.unwrap().iter().all(|import| {
            import.file_name != planted.file || import.imported_at.date_naive() != day.date
        }),
        Fault::Sweep => by_rule("Overnight sweep").await,
        Fault::ReturnedDebit => by_rule("Returned direct debit").await,
        Fault::LateSchedule => open.iter().all(|(_, _, text)| !quoted(text)),
        Fault::ShortPayout => {
            let says = format!("short by {}", planted.amount.checked_abs().unwrap());
            open.iter().any(|(_, reason, _)| reason.contains(&says))
        }
        Fault::MistypedReference
        | Fault::NameOnly
        | Fault::CreditWaiting
        | Fault::UnknownFund
        | Fault::BadReference => {
            open.iter().any(|(amount, _, text)| *amount == planted.amount && quoted(text))
        }
    }
}

fn movements(evenings: &[Evening]) -> BTreeMap<Account, Pence> {
    let mut sums: BTreeMap<Account, Pence> = BTreeMap::new();
    let mut before: BTreeMap<Account, Pence> = BTreeMap::new();
    for evening in evenings {
        let now: BTreeMap<_, _> = evening.certificate.balances.iter().cloned().collect();
        for (account, balance) in &now {
            let moved = before.get(account).copied().unwrap_or_default();
            let moved = balance.checked_sub(moved).unwrap();
            let sum = sums.entry(account.clone()).or_default();
            *sum = sum.checked_add(moved).unwrap();
        }
        assert!(before.keys().all(|account| now.contains_key(account)));
        before = now;
    }
    sums
}

/// What the books say at the end is what the evenings add up to.
async fn adds_up(books: &Books, first: NaiveDate, evenings: &[Evening]) {
    let end = books.balances_on(NaiveDate::from_ymd_opt(9999, 1, 1).unwrap()).await.unwrap();
    assert_eq!(movements(evenings), end.into_iter().collect());
    for evening in evenings {
        let certificate = &evening.certificate;
        let again = books.balances_on(certificate.day).await.unwrap();
        assert_eq!(again, certificate.balances, "{} is not as it stood", certificate.day);
    }
    let last = evenings.last().unwrap().certificate.day;
    let from = first.checked_sub_days(Days::new(60)).unwrap();
    let income = books.income(from, last).await.unwrap();
    let income = Pence::checked_sum(income.iter().map(|total| total.amount)).unwrap();
    let certified = evenings.iter().map(|evening| evening.certificate.receipts_pence);
    assert_eq!(Pence::checked_sum(certified), Some(income));
    assert!(evenings.iter().all(|evening| evening.exported.0.is_positive()));
}

on_both! {
    async fn a_month_adds_up_every_evening(url: &str) {
        let is_long = std::env::var_os("IMS_TEST_LONG").is_some();
        let mut borough = Borough::new(2026, if is_long { 3_000 } else { 300 });
        let clock = Arc::new(Hands(Mutex::new(DateTime::UNIX_EPOCH)));
        let first = borough.first_day();
        *clock.0.lock().unwrap() = first.and_hms_opt(16, 30, 0).unwrap().and_utc();
        let books = council(url, &borough, &clock).await;
        let mut evenings = Vec::new();
        let mut date = first;
        for number in 0..DAYS {
            let day = borough.day(date);
            *clock.0.lock().unwrap() = date.and_hms_opt(16, 30, 0).unwrap().and_utc();
            if number == 0 {
                take_over(&books, &day).await;
            }
            evenings.push(live(&books, &day).await);
            for planted in &day.planted {
                assert!(is_seen(&books, &day, planted).await, "{date}: not seen: {planted:?}");
            }
            date = working_day_after(date);
        }
        let banks = books.bank_status(None).await.unwrap();
        let lines: i64 = banks.iter().map(|bank| bank.lines).sum();
        let explained: i64 = banks.iter().map(|bank| bank.explained).sum();
        let per_mille = explained * 1_000 / lines;
        assert!((900..=970).contains(&per_mille), "{explained} of {lines} lines explained");
        adds_up(&books, first, &evenings).await;
    }
}
