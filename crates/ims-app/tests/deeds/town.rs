//! A small council, a clock that can be set, and books to look into.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use ims_app::{
    Actor, App, Books, Clock, ImportSummary, Imported, NewFile, OpenLine, OpenSuspense, Random,
    Role, Store, World,
};
use ims_money::Pence;

/// Its configuration, but for code and name.
const SETTINGS: &str = include_str!("town.toml");

/// A clock that stands still until somebody sets it.
pub(super) struct Hands(Mutex<DateTime<Utc>>);

impl Default for Hands {
    fn default() -> Self {
        Self(Mutex::new(DateTime::UNIX_EPOCH))
    }
}

impl Hands {
    pub(super) fn set(&self, at: DateTime<Utc>) {
        *self.0.lock().unwrap() = at;
    }

    pub(super) fn forward(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }

    /// Ten in the morning of that day of April 2026.
    pub(super) fn to_april(&self, day: u32) {
        self.set(Utc.with_ymd_and_hms(2026, 4, day, 9, 0, 0).unwrap());
    }
}

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

/// A council with a few account holders, on the 20th of April 2026, a Monday.
pub(super) struct Town {
    pub(super) app: App,
    pub(super) books: Books,
    pub(super) clock: Arc<Hands>,
    pub(super) url: String,
}

/// A day of April 2026.
pub(super) fn april(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, day).unwrap()
}

/// The configuration of the council with `code`.
pub(super) fn settings(code: &str) -> String {
    format!("code = \"{code}\"\nname = \"{code} Council\"\n{SETTINGS}")
}

/// The council tax reference of the `n`th account holder.
pub(super) fn ct(n: u32) -> String {
    let digits = format!("{:08}", 70_000_000 + n);
    let weights = [3, 7, 1, 3, 7, 1, 3, 7];
    let sum: u32 = digits.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// Account holders 1 to 9 of council tax.
pub(super) fn holders() -> String {
    let mut file = "fund,reference,name,address1,postcode,balance\n".to_owned();
    for n in 1..10 {
        file += &format!("CT,{},Holder {n},{n} Mill Lane,ZZ1 1ZZ,100.00\n", ct(n));
    }
    file
}

/// A file to be taken in, nothing said about it.
pub(super) fn file<'a>(name: &'a str, text: &'a str) -> NewFile<'a> {
    NewFile { name, bytes: text.as_bytes(), format: None, accept: None, dry_run: false }
}

impl Town {
    /// The council in a new database.
    pub(super) async fn of(url: &str) -> Self {
        let clock = Arc::new(Hands(Mutex::new(DateTime::UNIX_EPOCH)));
        clock.to_april(20);
        let app = server(url, &clock, 1).await;
        let books = app.init(&settings("MILL"), Actor::system("test")).await.unwrap();
        let town = Self { app, books, clock, url: url.to_owned() };
        town.took("holders.csv", &holders()).await;
        town
    }

    /// The same books, on another server.
    pub(super) async fn elsewhere(&self, seed: u64) -> Books {
        let app = server(&self.url, &self.clock, seed).await;
        app.books(Some("MILL"), Actor::system("elsewhere")).await.unwrap()
    }

    /// The books in the hands of somebody with this role.
    pub(super) async fn hands_of(&self, role: Role) -> Books {
        let actor = Actor::person(role.name(), &[role.name().to_owned()]);
        self.app.books(Some("MILL"), actor).await.unwrap()
    }

    /// Takes a file in that is new.
    pub(super) async fn took(&self, name: &str, text: &str) -> ImportSummary {
        match self.books.import_file(file(name, text)).await {
            Ok(Imported::Now(summary)) => summary,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// Has a file refused, and gives the sentence.
    pub(super) async fn refused(&self, name: &str, text: &str) -> String {
        match self.books.import_file(file(name, text)).await {
            Err(error) if error.is_bad_input() => error.to_string(),
            other => panic!("{name}: {other:?}"),
        }
    }

    /// The books prove themselves.
    pub(super) async fn proved(&self) {
        proved(&self.books).await;
    }

    /// Every account's balance in pence, debit positive; those at nothing left out.
    pub(super) async fn balances(&self) -> BTreeMap<String, i64> {
        let all = self.books.balances_on(NaiveDate::from_ymd_opt(9999, 1, 1).unwrap()).await;
        let all = all.unwrap().into_iter();
        all.map(|(account, balance)| (account.to_string(), balance.get()))
            .filter(|(_, balance)| *balance != 0)
            .collect()
    }

    /// What one account stands at, in pence, debit positive.
    pub(super) async fn at(&self, account: &str) -> i64 {
        self.books.balance(&account.parse().unwrap()).await.unwrap().get()
    }

    pub(super) async fn suspense(&self) -> Vec<OpenSuspense> {
        self.books.open_suspense(None, 500).await.unwrap()
    }

    /// Reconciles; the rules that explained something, each with its lines, and
    /// why the lines that are left are left.
    pub(super) async fn reconciled(&self) -> (Vec<(String, u64)>, Vec<String>) {
        let done = self.books.reconcile().await.unwrap();
        let rules = done.by_rule.into_iter().map(|(rule, (lines, _))| (rule, lines)).collect();
        (rules, done.left.into_iter().map(|left| left.why).collect())
    }

    /// The line of that amount, open or not.
    pub(super) async fn open_line(&self, pence: i64) -> OpenLine {
        let lines = self.books.open_lines().await.unwrap();
        let found = lines.into_iter().find(|line| line.amount == Pence::new(pence));
        found.unwrap_or_else(|| panic!("no open line of {pence}"))
    }
}

/// The books prove themselves, whoever's they are.
pub(super) async fn proved(books: &Books) {
    let verified = books.verify(None).await.unwrap();
    let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
    assert!(verified.ok && wrong.is_empty(), "{wrong:#?}");
    // What is listed of each account over which money comes adds up to what it stands at.
    let mut listed = books.still_to_come().await.unwrap();
    listed.retain(|one| !one.difference.is_zero());
    assert_eq!(listed, []);
}

/// A server of its own on the database.
pub(super) async fn server(url: &str, clock: &Arc<Hands>, seed: u64) -> App {
    server_on(Store::open(url).await.unwrap(), clock, seed)
}

/// A server of its own, and how to make its connections go.
pub(super) async fn server_with_faults(
    url: &str,
    clock: &Arc<Hands>,
    seed: u64,
) -> (App, ims_store::Faults) {
    let (store, faults) = Store::open(url).await.unwrap().with_faults();
    (server_on(store, clock, seed), faults)
}

fn server_on(store: Store, clock: &Arc<Hands>, seed: u64) -> App {
    let dice = Dice(AtomicU64::new(seed.wrapping_mul(0x0123_4567_89AB_CDEF)));
    App::new(store, World::new(clock.clone(), Arc::new(dice)))
}
