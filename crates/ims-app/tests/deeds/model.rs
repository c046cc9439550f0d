//! Any sequence of deeds leaves every invariant true.
//!
//! Sequences of steps are generated, lived through by a council of their own,
//! and shadowed by books of our own making: after each step the funds, the VAT
//! and the bank stand where the shadow says, and at the end the books prove
//! themselves. A step a rule refuses must have changed nothing. A sequence that
//! fails is shrunk to the shortest that still does.
//!
//! `IMS_SEQUENCES` says how many; with `IMS_TEST_LONG` set they are 10,000 on
//! SQLite and 1,000 on PostgreSQL.

use std::{
    collections::BTreeMap,
    env,
    sync::atomic::{AtomicU32, Ordering},
};

use ims_app::{Actor, App};
use ims_testkit::on_both;
use proptest::test_runner::{Config, TestCaseError, TestCaseResult, TestRunner};

use super::town::{Town, holders, settings};

mod given_back;
mod live;
mod shadow;
mod step;

use shadow::Shadow;
use step::Step;

/// How many sequences are lived through.
fn sequences(url: &str) -> u32 {
    let is_sqlite = url.starts_with("sqlite:");
    let quick = if is_sqlite { 192 } else { 64 };
    let long = if is_sqlite { 10_000 } else { 1_000 };
    let usual = if env::var_os("IMS_TEST_LONG").is_some() { long } else { quick };
    let said = env::var_os("IMS_SEQUENCES");
    said.and_then(|said| said.to_str()?.parse().ok()).unwrap_or(usual)
}

/// A council that lives through one sequence.
struct Life {
    town: Town,
    shadow: Shadow,
}

/// Codes of councils, so that all sequences share one database.
static NEXT: AtomicU32 = AtomicU32::new(1);

impl Life {
    async fn begin(app: &App, town: &Town) -> Self {
        let code = format!("M{}", NEXT.fetch_add(1, Ordering::Relaxed));
        town.clock.to_april(1);
        let books = app.init(&settings(&code), Actor::system("model")).await.unwrap();
        let town =
            Town { app: app.clone(), books, clock: town.clock.clone(), url: town.url.clone() };
        town.took("holders.csv", &holders()).await;
        Self { town, shadow: Shadow::default() }
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

    /// What must hold at the end of any life.
    async fn end(&self) -> TestCaseResult {
        let verified = self.town.books.verify(None).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
        if !verified.ok {
            return Err(TestCaseError::fail(format!("{wrong:#?}")));
        }
        self.accounts_add_up().await?;
        self.exports_have_each_posting_once().await
    }
}

async fn lived(app: &App, town: &Town, steps: &[Step]) -> TestCaseResult {
    let mut life = Life::begin(app, town).await;
    for (number, step) in (1..).zip(steps) {
        life.live(step).await;
        let at =
            |error: TestCaseError| TestCaseError::fail(format!("step {number}, {step:?}: {error}"));
        life.compare().await.map_err(at)?;
    }
    life.end().await
}

on_both! {
    fn any_sequence_of_deeds_leaves_every_invariant_true(url: &str) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let town = runtime.block_on(Town::of(url));
        let config = Config {
            cases: sequences(url),
            failure_persistence: None,
            max_shrink_iters: 400,
            ..Config::default()
        };
        let mut runner = TestRunner::new(config);
        let lives = runner.run(&step::sequence(), |steps| {
            runtime.block_on(lived(&town.app, &town, &steps))
        });
        if let Err(error) = lives {
            panic!("{error}");
        }
    }
}
