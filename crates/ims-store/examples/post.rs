//! How many payments a second can be posted one at a time, each lasting before
//! it is answered.
//!
//! `cargo run --release -p ims-store --example post [postgres://…]` posts
//! receipts by one caller and by eight, into many funds and into one: entry, two
//! sides, receipt, line, what is expected, audit event, and two places in the
//! queue to be sealed. It says what a posting took of this program's processor
//! time and how many commits there were, and checks that what was acknowledged
//! is there, to the penny.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    Draft,
    id::{CouncilId, EntryId, EventId, ExpectedId, ReceiptId},
    seal::ContentHash,
};
use ims_money::Pence;
use ims_store::{Addition, AuditRow, EntryRow, ExpectedRow, ReceiptLineRow, ReceiptRow, Store};
use sqlx::Connection as _;
use uuid::Uuid;

type Failed = Box<dyn std::error::Error + Send + Sync>;

const EACH: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("post.db");
    let url = std::env::args().nth(1).unwrap_or_else(|| format!("sqlite:{}", file.display()));
    let store = Store::open(&url).await?;
    let mut tx = store.begin().await?;
    let code = format!("P{:x}", Uuid::from_u128(u128::from(began())).as_u128());
    let council = tx.add_council(&code, "Postborough", DateTime::UNIX_EPOCH).await?.id;
    tx.commit().await?;
    // What is met for the first time is not measured.
    let mut all = posted(&store, council, 8, 500, 0, Duration::from_millis(200)).await?;
    for (callers, funds, from) in [(1, 500, 1), (8, 500, 2), (8, 1, 3)] {
        let (cpu, commits) = (cpu_micros()?, commits(&url, &file).await?);
        let done = posted(&store, council, callers, funds, from, EACH).await?;
        let cpu = cpu_micros()?.saturating_sub(cpu) / done.count.max(1);
        let commits = self::commits(&url, &file).await?.saturating_sub(commits);
        let millis = u64::try_from(done.took.as_millis())?.max(1);
        println!(
            "{}: {callers} callers, {funds} funds: {} a second, {cpu} us of our processor time and {} thousandths of a commit each",
            store.engine(),
            done.count * 1_000 / millis,
            commits * 1_000 / done.count.max(1),
        );
        all.count += done.count;
        all.pence += done.pence;
    }
    let mut tx = store.snapshot().await?;
    let sum = tx.balance_now(council, &"clearing:card".parse()?).await?;
    let waiting = u64::try_from(tx.count_unsealed(council).await?)?;
    if (sum.get(), waiting) != (all.pence, all.count * 2) {
        return Err(format!("{} were acknowledged, and {sum} of {waiting} kept", all.count).into());
    }
    Ok(())
}

/// So many, that come to so much, in so long.
struct Done {
    count: u64,
    pence: i64,
    took: Duration,
}

/// When we began, for names that differ from run to run.
fn began() -> u64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or_default()
}

/// The processor time that this program used so far.
fn cpu_micros() -> Result<u64, Failed> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, rest) = stat.rsplit_once(')').ok_or("no /proc/self/stat")?;
    let mut ticks = 0_u64;
    for field in rest.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<u64>()?;
    }
    Ok(ticks * 10_000)
}

/// How many writing transactions there were so far.
async fn commits(url: &str, file: &Path) -> Result<u64, Failed> {
    if url.starts_with("sqlite") {
        // The header of the index of the log counts them.
        let index = std::fs::read(format!("{}-shm", file.display()))?;
        let count = index.get(8..12).ok_or("no index of the log")?;
        return Ok(u32::from_ne_bytes(count.try_into()?).into());
    }
    let mut connection = sqlx::PgConnection::connect(url).await?;
    let number: i64 =
        sqlx::query_scalar("SELECT txid_current()").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(u64::try_from(number)?)
}

async fn posted(
    store: &Store,
    council: CouncilId,
    callers: u64,
    funds: u64,
    from: u64,
    long: Duration,
) -> Result<Done, Failed> {
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut count, mut pence) = (0_u64, 0_i64);
                while start.elapsed() < long {
                    let n = from * 10_000_000 + caller * 1_000_000 + count;
                    let amount = i64::try_from(n % 250_000)? + 100;
                    store.append(payment(council, n, amount, funds)?).await?;
                    count += 1;
                    pence += amount;
                }
                Ok::<_, Failed>((count, pence))
            })
        })
        .collect();
    let mut done = Done { count: 0, pence: 0, took: Duration::ZERO };
    for task in tasks {
        let (count, pence) = task.await??;
        done.count += count;
        done.pence += pence;
    }
    done.took = start.elapsed();
    Ok(done)
}

fn payment(council: CouncilId, n: u64, amount: i64, funds: u64) -> Result<Addition, Failed> {
    let id = |kind: u128| Uuid::from_u128((0x0199 << 112) | (u128::from(n) << 32) | kind);
    let now: DateTime<Utc> = DateTime::from_timestamp(1_780_000_000, 0).unwrap_or_default();
    let day = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap_or_default();
    let amount = Pence::new(amount);
    // Numbers that are given at random, as real ones are.
    let random = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let fund = format!("F{}", n % funds);
    let postings = Draft::new()
        .debit("clearing:card".parse()?, amount)
        .credit(format!("fund:{fund}").parse()?, amount)
        .balance()?;
    let entry = EntryRow {
        id: EntryId::new(id(1)),
        kind: "receipt",
        happened_on: day,
        accounting_day: day,
        posted_at: now,
        actor: "bench".to_owned(),
        key: Some(format!("key-{random:016x}")),
        about: format!("receipt {n} {fund}/A{}", n % 10_000),
        import: None,
        detail: None,
        postings,
    };
    let line = ReceiptLineRow {
        fund,
        reference: format!("A{}", n % 10_000),
        amount,
        vat_code: None,
        vat_basis_points: None,
        vat: Pence::ZERO,
    };
    let receipt = ReceiptRow {
        id: ReceiptId::new(id(2)),
        number: format!("R{random:016x}"),
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
        lines: vec![line],
    };
    let expected = ExpectedRow {
        id: ExpectedId::new(id(3)),
        channel: "card".to_owned(),
        happened_on: day,
        amount,
        reference: receipt.number.clone(),
        batch_ref: String::new(),
        source_ref: format!("PSP{random:016x}"),
        entry: entry.id,
        receipt: Some(receipt.id),
        import: None,
        created_at: now,
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
