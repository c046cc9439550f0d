//! How many payments a second can be posted one at a time, each lasting before
//! it is answered.
//!
//! `cargo run --release -p ims-store --example post [postgres://…]` posts
//! receipts by one caller and by eight: entry, two sides, receipt, line, what is
//! expected, audit event, and two places in the queue to be sealed. Beside it,
//! the floor: a header, two postings and two balances, by the barest SQL.

use std::{
    sync::Arc,
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
use uuid::Uuid;

type Failed = Box<dyn std::error::Error + Send + Sync>;

const EACH: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:{}", folder.path().join("post.db").display());
    let url = std::env::args().nth(1).unwrap_or(file);
    let store = Store::open(&url).await?;
    let mut tx = store.begin().await?;
    let council = tx.add_council("POST", "Postborough", DateTime::UNIX_EPOCH).await?.id;
    tx.commit().await?;
    let mut from = 0;
    for (callers, funds) in [(1, 500), (8, 500), (8, 1)] {
        let done = posted(&store, council, callers, funds, from).await?;
        from += 10_000_000;
        let rate = done.as_secs_f64_rate();
        println!("{}: {callers} callers, {funds} funds: {rate} a second", store.engine());
    }
    Ok(())
}

/// So many in so long.
struct Done(u64, Duration);

impl Done {
    fn as_secs_f64_rate(&self) -> u64 {
        let millis = u64::try_from(self.1.as_millis()).unwrap_or(u64::MAX).max(1);
        self.0.saturating_mul(1_000) / millis
    }
}

async fn posted(
    store: &Store,
    council: CouncilId,
    callers: u64,
    funds: u64,
    from: u64,
) -> Result<Done, Failed> {
    let store = Arc::new(store.clone());
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut count = 0_u64;
                while start.elapsed() < EACH {
                    let n = from + caller * 1_000_000 + count;
                    store.append(payment(council, n, funds)?).await?;
                    count += 1;
                }
                Ok::<u64, Failed>(count)
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await??;
    }
    Ok(Done(count, start.elapsed()))
}

fn payment(council: CouncilId, n: u64, funds: u64) -> Result<Addition, Failed> {
    let id = |kind: u128| Uuid::from_u128((0x0199 << 112) | (u128::from(n) << 32) | kind);
    let now: DateTime<Utc> = DateTime::from_timestamp(1_780_000_000, 0).unwrap_or_default();
    let day = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap_or_default();
    let amount = Pence::new(i64::try_from(n % 250_000)? + 100);
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
        key: Some(format!("key-{n}")),
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
        number: format!("R{n}"),
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
        source_ref: format!("PSP{n}"),
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
