//! `kill -9` while payouts are read in pieces: each is taken in whole or not at all, and
//! asking again takes in the rest, once.
//!
//! The program killed is this one: started again with `IMS_TEST_LIVES` set it asks for
//! payouts, and says when it begins and when it is done.

use std::{
    env,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use ims_app::{Actor, App, Store, World};
use ims_edge::SystemRandom;
use ims_gateway::Carrier;

use super::*;
use crate::town::{Ahead, secrets};

const TEST: &str = "stripe_payouts::killed::payouts_survive_kill_9";

/// How many payouts there are, of how many pages with how many lines each.
const PAYOUTS: usize = 6;
const PAGES: usize = 3;
const LINES: usize = 2;

/// What a line is, and its fee.
const LINE: i64 = 1_000;
const FEE: i64 = 10;

/// Asks for payouts, and waits to be killed.
async fn lives(url: &str) {
    let world = World::new(Arc::new(Ahead::default()), Arc::new(SystemRandom));
    let app = App::new(Store::open(url).await.unwrap(), world);
    let books = app.books(Some("MILL"), Actor::system("payments")).await.unwrap();
    let gateways = Gateways::new(Carrier::new().unwrap(), Arc::new(secrets));
    let gateways = reaching(gateways, env::var("IMS_TEST_FAR").unwrap());
    tell("begins");
    let day = books.app().world().today();
    let paid = gateways.settle(&books, day).await.unwrap().remove(0);
    assert_eq!(paid.failed, None);
    tell("done");
    std::future::pending::<()>().await;
}

fn tell(word: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\ntold {word}").unwrap();
    out.flush().unwrap();
}

/// A program that has begun to ask for payouts, and what it tells from then on.
async fn begun(url: &str, far: &str) -> (Child, Receiver<String>) {
    let engine = if url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &format!("{TEST}::{engine}"), "--nocapture"]);
    if let (false, Some((server, _))) = (url.starts_with("sqlite:"), url.rsplit_once('/')) {
        // It needs no server of its own.
        command.env("IMS_TEST_PG_URL", server);
    }
    command.env("IMS_TEST_LIVES", url).env("IMS_TEST_FAR", far);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let printed = BufReader::new(child.stdout.take().unwrap());
    let (says, hears) = channel();
    std::thread::spawn(move || {
        for line in printed.lines().map_while(Result::ok) {
            if let Some(word) = line.strip_prefix("told ") {
                let _gone = says.send(word.to_owned());
            }
        }
    });
    assert_eq!(told(&hears, Duration::from_secs(60)).await.as_deref(), Some("begins"));
    (child, hears)
}

/// What it tells next, within that time. The far end answers meanwhile.
async fn told(hears: &Receiver<String>, within: Duration) -> Option<String> {
    let begun = Instant::now();
    loop {
        if let Ok(word) = hears.try_recv() {
            return Some(word);
        }
        if begun.elapsed() >= within {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

impl Town {
    /// Payouts of as many pages, three days old and older, whose payments were taken.
    async fn of_many_payouts(&self, account: &Mutex<Account>, lot: usize) {
        let today = self.books.app().world().today();
        for payout in 0..PAYOUTS {
            let day = today - Days::new(3 + u64::try_from(payout % 5).unwrap());
            let mut pages = Vec::new();
            for page in 0..PAGES {
                let mut lines = Vec::new();
                for line in 0..LINES {
                    let intent: &str = format!("pi_{lot}_{payout}_{page}_{line}").leak();
                    self.taken_as(intent, LINE).await;
                    lines.push((intent, day, LINE, FEE));
                }
                pages.push(lines);
            }
            account.lock().unwrap().payouts.push((format!("po_{lot}_{payout}").leak(), pages));
        }
    }

    /// How many payouts are in the books, each of which is whole.
    async fn whole_payouts(&self, lots: usize) -> usize {
        let today = self.books.app().world().today();
        let found = self.books.payouts(today - Days::new(20), today).await.unwrap().payouts;
        let whole = i64::try_from(PAGES * LINES).unwrap();
        for one in &found {
            assert_eq!(
                (one.lines, one.taken.get()),
                (PAGES * LINES, whole * LINE),
                "{}",
                one.payout
            );
        }
        let fees = i64::try_from(found.len()).unwrap() * whole * FEE;
        let taken = i64::try_from(lots * PAYOUTS).unwrap() * whole * LINE;
        assert_eq!(self.taken().await, taken - fees, "{} of {lots} lots", found.len());
        self.proved().await;
        found.len()
    }
}

async fn survives(url: &str) {
    let town = Town::of(url).await;
    let account = Arc::new(Mutex::new(Account::default()));
    let answers = Arc::clone(&account);
    let far = FarEnd::answering(move |heard| {
        answers.lock().unwrap().answer(heard.last().map(String::as_str).unwrap_or_default())
    })
    .await;
    town.with_one("stripe", "stripe-here").await;
    town.of_many_payouts(&account, 0).await;
    let (mut child, hears) = begun(url, &far.url).await;
    let start = Instant::now();
    assert_eq!(told(&hears, Duration::from_secs(60)).await.as_deref(), Some("done"));
    let took = start.elapsed();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(town.whole_payouts(1).await, PAYOUTS);
    let kills = if env::var_os("IMS_TEST_LONG").is_some() { 30_u32 } else { 4 };
    let (mut lots, mut landed) = (1, 0);
    for kill in 0..kills {
        // What the kill before left is taken in by this one, or the next.
        town.of_many_payouts(&account, lots).await;
        lots += 1;
        let thousandths =
            u32::try_from(RandomState::new().build_hasher().finish() % 1_000).unwrap();
        let (mut child, hears) = begun(url, &far.url).await;
        let is_done = told(&hears, took * (kill * 1_000 + thousandths) / (kills * 1_000)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        landed += u32::from(is_done.is_none());
        let there = town.whole_payouts(lots).await;
        assert!(is_done.is_none() || there == lots * PAYOUTS, "{there} of {lots} lots");
    }
    assert!(landed > 0, "none of {kills} kills came before the end");
    let gateways = reaching(town.gateways.clone(), far.url.clone());
    let left = lots * PAYOUTS - town.whole_payouts(lots).await;
    for payouts in [left, 0] {
        let paid = town.settled_by(&gateways).await;
        assert_eq!((paid.payouts, paid.failed), (payouts, None));
        assert_eq!(town.whole_payouts(lots).await, lots * PAYOUTS);
    }
}

on_both! {
    fn payouts_survive_kill_9(url: &str) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        if let Some(url) = env::var_os("IMS_TEST_LIVES") {
            return runtime.block_on(lives(url.to_str().unwrap()));
        }
        runtime.block_on(survives(url));
    }
}
