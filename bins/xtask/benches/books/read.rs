//! B7: what accounts stand at, and their pages, as the books grow.

use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate};
use ims_app::{Actor, App, Books, Stand, Store};
use ims_ledger::{
    Account, Draft,
    id::{CouncilId, EntryId},
};
use ims_money::Pence;
use ims_store::EntryRow;
use ims_testkit::Engine;
use uuid::Uuid;

use super::{
    child::world,
    floor,
    machine::{median, ratio, span},
    place::Place,
    report::Section,
    wanted::Wanted,
};
use crate::Result;

/// Entries of two postings, each year; and how many years.
const A_YEAR: u64 = 500_000;
const YEARS: [u64; 2] = [1, 5];
const FUNDS: u64 = 60;
const AT_ONCE: u64 = 5_000;
/// What one page shows.
const PAGE: i64 = 100;

const HEADS: [&str; 7] = [
    "engine",
    "postings",
    "balance: ours / floor",
    "page of 100: ours / floor",
    "trial balance now: ours / floor",
    "as at a day in the middle",
    "with 1,000 not sealed: balance, trial balance",
];

pub(crate) async fn run(wanted: &Wanted) -> Result<Section> {
    let mut section = Section::new("read", "B7: reading balances", &HEADS);
    let a_year = wanted.rows.map_or(A_YEAR, |rows| rows / 10);
    for engine in &wanted.engines {
        let place = Place::of(*engine);
        let (ours, bare) = (place.fresh()?, place.fresh()?);
        let mut ledger = Ledger::make(&ours.url, a_year).await?;
        let mut floor = Floor::open(*engine, &bare.url).await?;
        let mut lived = 0;
        for years in YEARS {
            while lived < years {
                ledger.live_a_year().await?;
                lived = lived.saturating_add(1);
            }
            floor.fill(i64::try_from(ledger.made)?).await?;
            section.row(line(*engine, &mut ledger, &mut floor).await?);
        }
    }
    section.note(
        "To reach: a balance at 1.5 × the floor; a page in 3 ms (PostgreSQL), 0.2 ms (SQLite); \
         a trial balance in 5 ms; none slower as the books grow.",
    );
    section.note(format!(
        "{FUNDS} funds and one clearing account, each with postings on each of 365 days a year. \
         Ours: `Books::balance`, `Books::postings_of`, `Books::balances_at`, permission and all. Floor: \
         one SELECT on tables of three columns by a connection that does nothing else.",
    ));
    section.note(
        "Checked: each balance against the sum of its postings, the trial balance against nothing.",
    );
    Ok(section)
}

/// The middle of many times.
macro_rules! middle_of {
    ($times:expr, $number:ident => $deed:expr) => {{
        let mut times = Vec::new();
        for $number in 0_u64..$times {
            let began = Instant::now();
            $deed;
            times.push(began.elapsed());
        }
        median(&times)?
    }};
}

async fn line(engine: Engine, ledger: &mut Ledger, floor: &mut Floor) -> Result<Vec<String>> {
    let books = ledger.books().await?;
    let both = |ours: Duration, floor: Duration| {
        format!("{} / {} = {}", span(ours), span(floor), ratio(ours, floor))
    };
    let accounts: Vec<Account> = (0..FUNDS).map(fund).collect::<Result<_>>()?;
    let account = |number: u64| {
        let at = usize::try_from(number % FUNDS).unwrap_or_default();
        accounts.get(at).ok_or("an account is missing")
    };
    let balance = middle_of!(2_000, number => books.balance(account(number)?).await?);
    let bare = middle_of!(2_000, number => floor.balance(i64::try_from(number % FUNDS)?).await?);
    let page = middle_of!(200, number => books.postings_of(account(number)?, None, PAGE).await?);
    let bare_page = middle_of!(200, number => floor.page(i64::try_from(number % FUNDS)?).await?);
    let last = ledger.day;
    let trial = middle_of!(50, _number => books.balances_at(Stand::Day(last)).await?);
    let bare_trial = middle_of!(50, _number => floor.trial().await?);
    let middle = first_day() + Days::new(u64::try_from((last - first_day()).num_days())? / 2);
    let then = middle_of!(20, _number => books.balances_at(Stand::Day(middle)).await?);
    check(&books, ledger).await?;
    let postings = ledger.made.saturating_mul(2);
    ledger.add(1_000, last).await?;
    let fresh = middle_of!(200, number => books.balance(account(number)?).await?);
    let fresh_trial = middle_of!(20, _number => books.balances_at(Stand::Day(last)).await?);
    check(&books, ledger).await?;
    books.seal().await?;
    Ok(vec![
        engine.to_string(),
        postings.to_string(),
        both(balance, bare),
        both(page, bare_page),
        both(trial, bare_trial),
        span(then),
        format!("{}, {}", span(fresh), span(fresh_trial)),
    ])
}

/// Every balance is what its postings come to, and all of them come to nothing.
async fn check(books: &Books, ledger: &Ledger) -> Result<()> {
    let mut all = 0_i64;
    let trial = books.balances_at(Stand::Day(ledger.day)).await?;
    for (account, balance) in &trial {
        all = all.saturating_add(balance.get());
        if books.balance(account).await? != *balance {
            return Err(format!("{account} stands at two balances").into());
        }
    }
    let summed = books.app().store().snapshot().await?.balance(ledger.council, &fund(7)?).await?;
    if all != 0 || trial.len() < 2 || books.balance(&fund(7)?).await? != summed {
        return Err(format!("the books are out by {all}, or fund 7 is not {summed}").into());
    }
    Ok(())
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, 1, 1).unwrap_or_default()
}

fn fund(number: u64) -> Result<Account> {
    Ok(format!("fund:F{}", number % FUNDS).parse()?)
}

/// Our books, a year after the other.
struct Ledger {
    app: App,
    council: CouncilId,
    a_year: u64,
    made: u64,
    day: NaiveDate,
}

impl Ledger {
    async fn make(url: &str, a_year: u64) -> Result<Self> {
        let app = App::new(Store::open(url).await?, world(first_day() + Days::new(4_000)));
        let document = ims_app::configuration::defaults("READ", "Readborough")?;
        let books = app.init(&document, Actor::system("bench")).await?;
        let council = books.council().id;
        Ok(Self { app, council, a_year, made: 0, day: first_day() })
    }

    async fn books(&self) -> Result<Books> {
        Ok(self.app.books(None, Actor::system("bench")).await?)
    }

    async fn live_a_year(&mut self) -> Result<()> {
        for day in 1..=365 {
            let due = self.a_year.saturating_mul(day) / 365;
            let before = self.a_year.saturating_mul(day.saturating_sub(1)) / 365;
            let today = self.day + Days::new(1);
            self.add(due.saturating_sub(before), today).await?;
            self.day = today;
        }
        self.books().await?.seal().await?;
        eprintln!("  {} entries", self.made);
        Ok(())
    }

    /// Posts so many entries of a day.
    async fn add(&mut self, count: u64, day: NaiveDate) -> Result<()> {
        let mut tx = self.app.store().begin().await?;
        let mut left = count;
        while left > 0 {
            let lot = left.min(AT_ONCE);
            let numbers = self.made..self.made.saturating_add(lot);
            let entries: Vec<_> =
                numbers.map(|number| entry(number, day)).collect::<Result<_>>()?;
            tx.post_many(self.council, &entries).await?;
            self.made = self.made.saturating_add(lot);
            left = left.saturating_sub(lot);
        }
        Ok(tx.commit().await?)
    }
}

fn entry(number: u64, day: NaiveDate) -> Result<EntryRow> {
    let amount = Pence::new(i64::try_from(number % 250_000)?.saturating_add(100));
    let id = (0x0188 << 112) | (u128::from(number) << 32);
    Ok(EntryRow {
        id: EntryId::new(Uuid::from_u128(id)),
        kind: "receipt",
        happened_on: day,
        accounting_day: day,
        posted_at: DateTime::from_timestamp(1_610_000_000, 0).unwrap_or_default(),
        actor: "bench".to_owned(),
        key: None,
        about: format!("receipt {number}"),
        import: None,
        detail: None,
        postings: Draft::new()
            .debit("clearing:card".parse()?, amount)
            .credit(fund(number)?, amount)
            .balance()?,
    })
}

enum Floor {
    Sqlite(floor::Sqlite),
    Postgres(floor::Postgres),
}

impl Floor {
    async fn open(engine: Engine, url: &str) -> Result<Self> {
        Ok(match engine {
            Engine::Sqlite => {
                Self::Sqlite(floor::Sqlite::open(url.strip_prefix("sqlite:").unwrap_or(url))?)
            }
            Engine::Postgres => Self::Postgres(floor::Postgres::open(url).await?),
        })
    }

    async fn fill(&mut self, to: i64) -> Result<()> {
        let funds = i64::try_from(FUNDS)?;
        match self {
            Self::Sqlite(books) => books.fill(to, funds),
            Self::Postgres(books) => books.fill(to, funds).await,
        }
    }

    async fn balance(&mut self, account: i64) -> Result<i64> {
        match self {
            Self::Sqlite(books) => books.balance(account),
            Self::Postgres(books) => books.balance(account).await,
        }
    }

    async fn page(&mut self, account: i64) -> Result<usize> {
        match self {
            Self::Sqlite(books) => books.page(account),
            Self::Postgres(books) => books.page(account).await,
        }
    }

    async fn trial(&mut self) -> Result<usize> {
        match self {
            Self::Sqlite(books) => books.trial(),
            Self::Postgres(books) => books.trial().await,
        }
    }
}
