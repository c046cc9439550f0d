//! Any sequence of deeds leaves every invariant true.
//!
//! Sequences of steps are generated, lived through by a council of their own,
//! and shadowed by books of our own making: the shadow says what each deed
//! comes to, whether it is refused, and after each step what the funds, the
//! VAT, the bank, refunds, disputes, write-offs and differences stand at. At
//! the end the books prove themselves, each account and each line has what the
//! shadow says, and every closed day is in exactly one journal. A step a rule
//! refuses must have changed nothing. A sequence that fails is shrunk to the
//! shortest that still does.
//!
//! `IMS_SEQUENCES` says how many; with `IMS_TEST_LONG` set they are 10,000 on
//! SQLite and 1,000 on PostgreSQL. `IMS_STEPS` says how long the longest is,
//! `IMS_SEED` begins with another one.

use std::{
    collections::BTreeMap,
    env,
    sync::atomic::{AtomicU32, Ordering},
};

use ims_app::{Actor, App, Books, Role};
use ims_testkit::{Engine, Fresh};
use proptest::test_runner::{
    Config, RngAlgorithm, TestCaseError, TestCaseResult, TestRng, TestRunner,
};

use super::town::{Hands, Town, holders, server, settings};

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
const MORE: &str = include_str!("model/more.toml");

/// How many lives share a database, so that no list grows long.
const LIVES_A_DATABASE: u32 = 100;

fn said(name: &str) -> Option<u32> {
    env::var_os(name).and_then(|said| said.to_str()?.parse().ok())
}

/// How many sequences are lived through.
fn sequences(engine: Engine) -> u32 {
    let (quick, long) = match engine {
        Engine::Sqlite => (192, 10_000),
        Engine::Postgres => (64, 1_000),
    };
    let usual = if env::var_os("IMS_TEST_LONG").is_some() { long } else { quick };
    said("IMS_SEQUENCES").unwrap_or(usual)
}

/// A council that lives through one sequence.
struct Life {
    town: Town,
    manager: Books,
    cashier: Books,
    shadow: Shadow,
    crashes: Option<Crashes>,
}

/// Codes of councils, so that many lives share one database.
static NEXT: AtomicU32 = AtomicU32::new(1);

impl Life {
    async fn begin(app: &App, clock: &std::sync::Arc<Hands>, url: &str) -> Self {
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
        Self { town, manager, cashier, shadow, crashes: None }
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
        let verified = self.town.books.verify(None).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
        if !verified.ok {
            return Err(TestCaseError::fail(format!("{wrong:#?}")));
        }
        Ok(())
    }
}

/// A server that lives are lived on, and the database it is on.
struct Place {
    app: App,
    clock: std::sync::Arc<Hands>,
    fresh: Fresh,
    lives: u32,
}

impl Place {
    async fn new(engine: Engine) -> Self {
        let fresh = engine.fresh();
        let clock = std::sync::Arc::new(Hands::default());
        let app = server(&fresh.url, &clock, 1).await;
        Self { app, clock, fresh, lives: 0 }
    }
}

fn lives(engine: Engine) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let place = std::cell::RefCell::new(runtime.block_on(Place::new(engine)));
    let config = Config {
        cases: sequences(engine),
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
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
                *place = Place::new(engine).await;
            }
            place.lives += 1;
            let mut life = Life::begin(&place.app, &place.clock, &place.fresh.url).await;
            life.steps(&steps).await?;
            life.end().await
        })
    });
    if let Err(error) = lived {
        panic!("{error}");
    }
}

mod any_sequence_of_deeds_leaves_every_invariant_true {
    use super::{Engine, lives};

    #[test]
    fn sqlite() {
        lives(Engine::Sqlite);
    }

    #[test]
    fn postgres() {
        lives(Engine::Postgres);
    }
}
