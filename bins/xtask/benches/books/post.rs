//! B5: payments one at a time, each lasting before it is answered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate};
use ims_ledger::{
    Draft,
    id::{CouncilId, EntryId, EventId, ExpectedId, ReceiptId},
    seal::ContentHash,
};
use ims_money::Pence;
use ims_store::{Addition, AuditRow, EntryRow, ExpectedRow, ReceiptLineRow, ReceiptRow, Store};
use ims_testkit::Engine;
use uuid::Uuid;

use super::{floor, machine::median, place::Place, report::Section, wanted::Wanted};
use crate::Result;

/// How long each measurement lasts.
const EACH: Duration = Duration::from_secs(3);
const CASES: [(u64, u64); 3] = [(1, 500), (8, 500), (8, 1)];
const ACCOUNTS: u64 = 10_000;

const HEADS: [&str; 6] =
    ["engine", "callers", "funds", "ours, a second", "floor, a second", "ours / floor"];

pub(crate) async fn run(wanted: &Wanted) -> Result<Section> {
    let mut section = Section::new("post", "B5: posting one at a time", &HEADS);
    for engine in &wanted.engines {
        let place = Place::of(*engine);
        let (ours, bare) = (place.fresh()?, place.fresh()?);
        let store = Store::open(&ours.url).await?;
        let mut tx = store.begin().await?;
        let council = tx.add_council("POST", "Postborough", DateTime::UNIX_EPOCH).await?.id;
        tx.commit().await?;
        let mut floor = Floor::open(*engine, &bare.url).await?;
        let mut from = 0_u64;
        for (callers, funds) in CASES {
            let (mut fast, mut faster) = (Vec::new(), Vec::new());
            for _ in 0..wanted.rounds.unwrap_or(3) {
                from = from.saturating_add(100_000_000);
                fast.push(posted(&store, council, callers, funds, from).await?);
                faster.push(floor.posted(&bare.url, callers, funds, from).await?);
            }
            let (ours, floor) = (median(&fast)?, median(&faster)?);
            let hundredths = ours.saturating_mul(100) / floor.max(1);
            section.row([
                engine.to_string(),
                callers.to_string(),
                funds.to_string(),
                ours.to_string(),
                floor.to_string(),
                format!("{}.{:02}", hundredths / 100, hundredths % 100),
            ]);
        }
        let posted = store.snapshot().await?.count_unsealed(council).await?;
        if posted == 0 || posted % 2 != 0 {
            return Err(format!("{posted} entries and audit events wait to be sealed").into());
        }
    }
    section.note("To reach: half the floor or more, one fund as fast as many (0.8).");
    section.note(
        "Ours (`Store::append`): entry with its hash and its key, two postings, receipt, line, what \
         the bank will show, audit event with its hash, two places in the queue to be sealed. Floor: \
         a header with three indexes, two postings, two balances kept at once; on SQLite by one \
         caller, whoever else there is.",
    );
    Ok(section)
}

/// So many a second.
fn rate(count: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    count.saturating_mul(1_000) / millis
}

async fn posted(
    store: &Store,
    council: CouncilId,
    callers: u64,
    funds: u64,
    from: u64,
) -> Result<u64> {
    let (store, start) = (Arc::new(store.clone()), Instant::now());
    let post = |caller: u64| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let mut count = 0_u64;
            while start.elapsed() < EACH {
                let number =
                    from.saturating_add(caller.saturating_mul(10_000_000)).saturating_add(count);
                store.append(payment(council, number, funds)?).await?;
                count = count.saturating_add(1);
            }
            Result::Ok(count)
        })
    };
    let tasks: Vec<_> = (0..callers).map(post).collect();
    let mut count = 0_u64;
    for task in tasks {
        count = count.saturating_add(task.await??);
    }
    Ok(rate(count, start.elapsed()))
}

enum Floor {
    Sqlite(floor::Sqlite),
    Postgres,
}

impl Floor {
    async fn open(engine: Engine, url: &str) -> Result<Self> {
        Ok(match engine {
            Engine::Sqlite => {
                Self::Sqlite(floor::Sqlite::open(url.strip_prefix("sqlite:").unwrap_or(url))?)
            }
            Engine::Postgres => {
                floor::Postgres::open(url).await?;
                Self::Postgres
            }
        })
    }

    async fn posted(&mut self, url: &str, callers: u64, funds: u64, from: u64) -> Result<u64> {
        let start = Instant::now();
        let of = move |number: u64| -> Result<(i64, i64, i64, i64)> {
            let account = number % ACCOUNTS;
            let fund = ACCOUNTS.saturating_add(number % funds.max(1));
            let pence = i64::try_from(number % 250_000)?.saturating_add(100);
            Ok((i64::try_from(number)?, i64::try_from(account)?, i64::try_from(fund)?, pence))
        };
        let mut count = 0_u64;
        if let Self::Sqlite(books) = self {
            while start.elapsed() < EACH {
                let (id, account, fund, pence) = of(from.saturating_add(count))?;
                books.post(id, account, fund, pence)?;
                count = count.saturating_add(1);
            }
            return Ok(rate(count, start.elapsed()));
        }
        let mut tasks = Vec::new();
        for caller in 0..callers {
            let mut books = floor::Postgres::join(url).await?;
            let from = from.saturating_add(caller.saturating_mul(10_000_000));
            tasks.push(tokio::spawn(async move {
                let mut count = 0_u64;
                while start.elapsed() < EACH {
                    let (id, account, fund, pence) = of(from.saturating_add(count))?;
                    books.post(id, account, fund, pence).await?;
                    count = count.saturating_add(1);
                }
                Result::Ok(count)
            }));
        }
        for task in tasks {
            count = count.saturating_add(task.await??);
        }
        Ok(rate(count, start.elapsed()))
    }
}

fn payment(council: CouncilId, number: u64, funds: u64) -> Result<Addition> {
    let id = |kind: u128| Uuid::from_u128((0x0199 << 112) | (u128::from(number) << 32) | kind);
    let now = DateTime::from_timestamp(1_780_000_000, 0).unwrap_or_default();
    let day = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap_or_default();
    let amount = Pence::new(i64::try_from(number % 250_000)?.saturating_add(100));
    let fund = format!("F{}", number % funds.max(1));
    let postings = Draft::new()
        .debit("clearing:card".parse()?, amount)
        .credit(format!("fund:{fund}").parse()?, amount)
        .balance()?;
    let reference = format!("A{}", number % ACCOUNTS);
    let entry = EntryRow {
        id: EntryId::new(id(1)),
        kind: "receipt",
        happened_on: day,
        accounting_day: day,
        posted_at: now,
        actor: "bench".to_owned(),
        key: Some(format!("key-{number}")),
        about: format!("receipt {number} {fund}/{reference}"),
        import: None,
        detail: None,
        postings,
    };
    let receipt = ReceiptRow {
        id: ReceiptId::new(id(2)),
        number: format!("R{number}"),
        method: "10".to_owned(),
        office: None,
        happened_on: day,
        accounting_day: day,
        posted_at: now,
        total: amount,
        entry: entry.id,
        import: None,
        source_ref: None,
        reverses: None,
        lines: vec![ReceiptLineRow {
            fund,
            reference,
            amount,
            vat_code: None,
            vat_basis_points: None,
            vat: Pence::ZERO,
        }],
    };
    let expected = ExpectedRow {
        id: ExpectedId::new(id(3)),
        channel: "card".to_owned(),
        happened_on: day,
        amount,
        reference: receipt.number.clone(),
        batch_ref: String::new(),
        source_ref: format!("PSP{number}"),
        entry: entry.id,
        receipt: Some(receipt.id),
        import: None,
        created_at: now,
        is_payers: true,
    };
    let event = AuditRow {
        id: EventId::new(id(4)),
        at: now,
        actor: "bench".to_owned(),
        origin: "bench".to_owned(),
        deed: "take receipt".to_owned(),
        subject: receipt.number.clone(),
        data: "{}".to_owned(),
        hash: ContentHash::GENESIS,
    };
    Ok(Addition::new(council)
        .entries(std::slice::from_ref(&entry))
        .receipts(std::slice::from_ref(&receipt))
        .expected(std::slice::from_ref(&expected))
        .event(&event))
}
