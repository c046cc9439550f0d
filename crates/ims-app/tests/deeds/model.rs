//! Any sequence of deeds leaves every invariant true.
//!
//! Sequences of steps are generated, lived through by a council of their own,
//! and shadowed by books of our own making: the shadow says what each deed
//! comes to, whether it is refused, and after each step what the funds, the
//! VAT, the bank, refunds, disputes, write-offs and differences stand at. At
//! the end the books prove themselves, now and as at an evening in the middle,
//! each account and each line has what the
//! shadow says, and every closed day is in exactly one journal. A step a rule
//! refuses must have changed nothing. A sequence that fails is shrunk to the
//! shortest that still does.
//!
//! `IMS_SEQUENCES` says how many; with `IMS_TEST_LONG` set they are 10,000 on
//! SQLite and 1,000 on PostgreSQL, one in ten of hundreds of steps. `IMS_STEPS`
//! says how long the longest is, `IMS_SEED` begins with another one.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, Utc};
use ims_app::{Actor, App, Books, Role};
use ims_store::Faults;
use ims_testkit::{Engine, Fresh, on_both};
use proptest::test_runner::{
    Config, RngAlgorithm, TestCaseError, TestCaseResult, TestRng, TestRunner,
};

use super::town::{Hands, Town, holders, server_with_faults, settings};

mod came_back;
mod choice;
mod closed;
mod counter;
mod crashes;
mod declared;
mod doing;
mod given_back;
mod lines;
mod live;
mod moved;
mod shadow;
mod step;
mod unclaimed;

use doing::Crashes;
use shadow::Shadow;
use step::Step;

/// What a model's council has beside the town's: a telephone, a stop, e-returns.
pub(super) const MORE: &str = include_str!("model/more.toml");

/// How many lives share a database, so that no list grows long.
const LIVES_A_DATABASE: u32 = 100;

/// So many sequences have every deed in them, whatever the chances.
const CASES_WITH_EVERY_DEED: u32 = 1_000;

/// What is done in some life or other, as the audit trail calls it.
const DEEDS: [&str; 46] = [
    "allocate suspense",
    "approve e-return",
    "approved refund",
    "approved reopen-day",
    "approved reopen-period",
    "approved suspense-return",
    "approved write-off",
    "charge fee",
    "close day",
    "close period",
    "create e-return",
    "dispute lost",
    "dispute won",
    "export",
    "export accepted",
    "export again",
    "export rejected",
    "import",
    "journal line",
    "open dispute",
    "put account holder",
    "reconcile",
    "record refund",
    "record return",
    "redirect reference",
    "refused refund",
    "refused reopen-day",
    "refused suspense-return",
    "refused write-off",
    "release account holder",
    "reopen day",
    "reopen period",
    "return e-return",
    "return suspense",
    "reverse import",
    "save e-return",
    "stop account holder",
    "submit e-return",
    "take receipt",
    "transfer",
    "undo allocation",
    "undo journal",
    "undo match",
    "undo transfer",
    "void e-return",
    "write off suspense",
];

const NONE: [&str; 0] = [];

fn never_done(deeds: &BTreeSet<String>) -> Vec<&'static str> {
    DEEDS.into_iter().filter(|deed| !deeds.contains(*deed)).collect()
}

fn said(name: &str) -> Option<u32> {
    env::var_os(name).and_then(|said| said.to_str()?.parse().ok())
}

/// How many sequences are lived through, and how.
#[derive(Clone, Copy)]
struct Lives {
    quick: u32,
    long: u32,
    /// With a crash at each statement of each deed.
    crash: bool,
}

impl Lives {
    fn cases(self) -> u32 {
        let usual = if env::var_os("IMS_TEST_LONG").is_some() { self.long } else { self.quick };
        said("IMS_SEQUENCES").filter(|_| !self.crash).unwrap_or(usual)
    }
}

/// A council that lives through one sequence.
struct Life {
    town: Town,
    manager: Books,
    cashier: Books,
    shadow: Shadow,
    /// What all accounts stood at when a day was over.
    evenings: Vec<(DateTime<Utc>, BTreeMap<String, i64>)>,
    crashes: Option<Crashes>,
    /// How much of the open money has no keys; all of it, if it is not said.
    newest: Option<u64>,
}

/// Codes of councils, so that many lives share one database.
static NEXT: AtomicU32 = AtomicU32::new(1);

impl Life {
    async fn begin(app: &App, clock: &Arc<Hands>, url: &str) -> Self {
        let code = format!("M{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let shadow = Shadow::new();
        clock.set(shadow.today().and_hms_opt(9, 0, 0).unwrap().and_utc());
        let document = settings(&code) + MORE;
        let books = app.init(&document, Actor::system("model")).await.unwrap();
        let town = Town { app: app.clone(), books, clock: clock.clone(), url: url.to_owned() };
        town.took("holders.csv", &holders()).await;
        let hands = async |name: &str, role: Role| {
            let actor = Actor::person(name, &[role.name().to_owned()]);
            app.books(Some(&code), actor).await.unwrap()
        };
        let manager = hands("mia", Role::IncomeManager).await;
        let cashier = hands("cas", Role::Cashier).await;
        Self { town, manager, cashier, shadow, evenings: Vec::new(), crashes: None, newest: None }
    }

    /// Whether the books stand where the shadow says.
    async fn compare(&self) -> TestCaseResult {
        let ours = self.shadow.balances();
        let theirs: BTreeMap<_, _> = self
            .town
            .balances()
            .await
            .into_iter()
            .filter(|(account, _)| Shadow::follows(account))
            .collect();
        if ours == theirs {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("the shadow says {ours:?}, the books {theirs:?}")))
    }

    async fn steps(&mut self, steps: &[Step]) -> TestCaseResult {
        for (number, step) in (1..).zip(steps) {
            if let Some(newest) = self.newest {
                self.town.books.index_expected(newest).await.unwrap();
            }
            self.live(step).await;
            let at = |error: TestCaseError| {
                TestCaseError::fail(format!("step {number}, {step:?}: {error}"))
            };
            self.compare().await.map_err(at)?;
        }
        Ok(())
    }

    /// What must hold at the end of any life.
    async fn end(&mut self) -> TestCaseResult {
        self.accounts_add_up().await?;
        self.lines_have_left().await?;
        self.exports_have_each_posting_once().await?;
        self.an_evening_stands().await?;
        let verified = self.town.books.verify(None).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
        if !verified.ok {
            return Err(TestCaseError::fail(format!("{wrong:#?}")));
        }
        Ok(())
    }

    /// Every deed that was done in it, as the audit trail calls them.
    async fn deeds(&self) -> BTreeSet<String> {
        let events =
            self.town.books.find_events(&ims_app::FindEvents::default(), None, 500).await.unwrap();
        events.into_iter().map(|event| event.deed).collect()
    }
}

/// A server that lives are lived on, and the database it is on.
struct Place {
    app: App,
    faults: Faults,
    clock: Arc<Hands>,
    url: String,
    _fresh: Option<Fresh>,
    lives: u32,
}

impl Place {
    async fn on(url: String, fresh: Option<Fresh>) -> Self {
        let clock = Arc::new(Hands::default());
        let (app, faults) = server_with_faults(&url, &clock, 1).await;
        Self { app, faults, clock, url, _fresh: fresh, lives: 0 }
    }

    /// Another of the same engine.
    async fn another(url: &str) -> Self {
        let is_sqlite = url.starts_with("sqlite:");
        let fresh = if is_sqlite { Engine::Sqlite } else { Engine::Postgres }.fresh();
        Self::on(fresh.url.clone(), Some(fresh)).await
    }
}

fn lives(url: &str, how: Lives) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let place = RefCell::new(runtime.block_on(Place::on(url.to_owned(), None)));
    let deeds = RefCell::new(BTreeSet::new());
    let cases = how.cases();
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let mut runner = match said("IMS_SEED") {
        None => TestRunner::new(config),
        Some(seed) => {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&seed.to_be_bytes());
            TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
        }
    };
    let lived = runner.run(&choice::sequence(), |steps| {
        let mut place = place.borrow_mut();
        let place = &mut *place;
        runtime.block_on(async {
            if place.lives == LIVES_A_DATABASE {
                place.app.store().close().await;
                *place = Place::another(url).await;
            }
            place.lives += 1;
            let mut life = Life::begin(&place.app, &place.clock, &place.url).await;
            if how.crash {
                life.crashes = Some(Crashes::of(place.faults.clone(), &place.url));
            }
            // Whether runs read what is open or ask for it changes nothing.
            life.newest = [None, Some(0), Some(2)][place.lives as usize % 3];
            life.steps(&steps).await?;
            life.end().await?;
            let done = life.deeds().await;
            deeds.borrow_mut().extend(done);
            Ok(())
        })
    });
    if let Err(error) = lived {
        panic!("{error}");
    }
    if cases >= CASES_WITH_EVERY_DEED {
        assert_eq!(never_done(&deeds.into_inner()), NONE);
    }
}

on_both! {
    fn any_sequence_of_deeds_leaves_every_invariant_true(url: &str) {
        let [quick, long] = if url.starts_with("sqlite:") { [192, 10_000] } else { [64, 1_000] };
        lives(url, Lives { quick, long, crash: false });
    }
}
