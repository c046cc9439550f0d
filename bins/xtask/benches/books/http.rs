//! B8: payments taken and looked up over HTTP, by 32 connections at once.

use std::time::Duration;

use ims_app::{Actor, App, Store};
use ims_testkit::Engine;

use super::{
    machine::{self, median},
    place::{Fresh, Place},
    report::Section,
    wanted::Wanted,
};
use crate::Result;

mod load;
mod serve;

pub(crate) use serve::{bare, ours};

use load::{Answered, Asked};
use serve::Serving;

const HEADS: [&str; 9] = [
    "engine",
    "asked",
    "ours, a second",
    "p50",
    "p99",
    "µs of processor each",
    "of the database's",
    "bare axum, a second",
    "ours / bare",
];

/// A round on one server.
#[derive(Clone, Copy, Debug)]
struct Round {
    answered: Answered,
    /// Processor time of the server, and of its database, for each answer.
    cpu: Duration,
    database: Duration,
}

pub(crate) async fn run(wanted: &Wanted) -> Result<Section> {
    let mut section = Section::new("http", "B8: payments over HTTP", &HEADS);
    for engine in &wanted.engines {
        let place = Place::of(*engine);
        let rounds = wanted.rounds.unwrap_or(3);
        let (mut took, mut looked, mut bare) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            let fresh = place.fresh()?;
            let (taking, looking) = ours_once(&place, &fresh).await?;
            took.push(taking);
            looked.push(looking);
            bare.push(bare_once(&place).await?);
        }
        let floor = median(&bare.iter().map(|it| it.answered.rate).collect::<Vec<_>>())?;
        section.row(cells(*engine, "take a payment", &took, Some(floor))?);
        section.row(cells(*engine, "look it up", &looked, None)?);
    }
    section.note(
        "To reach: 15,000 a second on SQLite, 13,000 on PostgreSQL, p99 6 ms, 60 µs; a bare axum \
         came to 33,100 and 19,000 where that was set.",
    );
    section.note(
        "Ours: `POST /api/v1/receipts` of a signed-in cashier (session, role and scope looked up, \
         JSON read, fund, method and reference checked, idempotency key, receipt with its postings, \
         audit event with its hash), each lasting before it is answered; then `GET /api/v1/receipts`. \
         Bare: the header, two postings and two balances behind one axum handler; on SQLite one \
         writer commits for all who wait. The 32 connections are driven from the same machine, by \
         this program: what they take of the processor is not the server's.",
    );
    section.note(
        "Checked: each key was answered 201 once, and what was taken is in the books to the penny.",
    );
    Ok(section)
}

fn cells(engine: Engine, asked: &str, rounds: &[Round], bare: Option<u64>) -> Result<[String; 9]> {
    let of = |what: fn(&Round) -> Duration| -> Result<Duration> {
        median(&rounds.iter().map(what).collect::<Vec<_>>())
    };
    let rate = median(&rounds.iter().map(|it| it.answered.rate).collect::<Vec<_>>())?;
    let hundredths = bare.map(|bare| rate.saturating_mul(100) / bare.max(1));
    Ok([
        engine.to_string(),
        asked.to_owned(),
        rate.to_string(),
        machine::span(of(|it| it.answered.p50)?),
        machine::span(of(|it| it.answered.p99)?),
        of(|it| it.cpu)?.as_micros().to_string(),
        of(|it| it.database)?.as_micros().to_string(),
        bare.map_or_else(String::new, |bare| bare.to_string()),
        hundredths.map_or_else(String::new, |it| format!("{}.{:02}", it / 100, it % 100)),
    ])
}

/// Takes payments, looks them up, and adds the books up.
async fn ours_once(place: &Place, fresh: &Fresh) -> Result<(Round, Round)> {
    let serving = Serving::start("http-ours", &fresh.url)?;
    let taking = measured(place, &serving, Asked::Take).await?;
    let looking = measured(place, &serving, Asked::Look).await?;
    serving.stop()?;
    let app = App::new(Store::open(&fresh.url).await?, ims_edge::world());
    let books = app.books(None, Actor::system("bench")).await?;
    books.seal().await?;
    let mut waits = 0;
    for (account, balance) in books.balances_on(app.world().today()).await? {
        if account.to_string().starts_with("clearing:") {
            waits += balance.get();
        }
    }
    let told = i64::try_from(taking.answered.good)? * load::PENCE;
    // The server was warmed by some that were not counted.
    if waits < told || (waits - told) % load::PENCE != 0 {
        return Err(format!("{told} pence were answered for, the books have {waits}").into());
    }
    let verified = books.verify(None).await?;
    if !verified.ok {
        return Err(format!("the books do not verify: {:?}", verified.checks).into());
    }
    app.store().close().await;
    Ok((taking, looking))
}

async fn bare_once(place: &Place) -> Result<Round> {
    let fresh = place.fresh()?;
    let serving = Serving::start("http-bare", &fresh.url)?;
    let round = measured(place, &serving, Asked::Bare).await?;
    serving.stop()?;
    Ok(round)
}

async fn measured(place: &Place, serving: &Serving, asked: Asked) -> Result<Round> {
    load::warm(serving, asked).await?;
    let used = || {
        let database = place.server.map_or(Duration::ZERO, machine::cpu_of_family);
        (machine::cpu_of_family(serving.process()), database)
    };
    let before = used();
    let answered = load::run(serving, asked).await?;
    let after = used();
    let each = |time: Duration| time / u32::try_from(answered.good).unwrap_or(u32::MAX).max(1);
    let cpu = each(after.0.saturating_sub(before.0));
    Ok(Round { answered, cpu, database: each(after.1.saturating_sub(before.1)) })
}
