//! How fast a year's largest file goes into the books.
//!
//! `cargo run --release -p ims-store --example bulk [postgres://…]` posts
//! 110,000 receipts, each with an entry of two sides, a line, what is expected
//! for it and its place in the queue to be sealed, in one unit of work, into a
//! new SQLite file or the empty PostgreSQL database named; then it checks every
//! entry as `verify` does.

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate};
use ims_ledger::{
    Draft,
    id::{CouncilId, EntryId, ExpectedId, ReceiptId},
};
use ims_money::Pence;
use ims_store::{EntryRow, ExpectedRow, ReceiptLineRow, ReceiptRow, Store};
use uuid::Uuid;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const RECEIPTS: u64 = 110_000;
const AT_ONCE: u64 = 5_000;
/// entry, two postings, unsealed, receipt, line, expected, `open_expected`.
const ROWS_OF_ONE: u64 = 8;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite:{}", folder.path().join("bulk.db").display());
    let url = std::env::args().nth(1).unwrap_or(file);
    let store = Store::open(&url).await?;
    let mut tx = store.begin().await?;
    let council = tx.add_council("BULK", "Bulkborough", DateTime::UNIX_EPOCH).await?.id;
    tx.commit().await?;

    let start = Instant::now();
    let mut tx = store.begin().await?;
    for from in (0..RECEIPTS).step_by(5_000) {
        let (entries, receipts, expected) = made(from..from.saturating_add(AT_ONCE))?;
        tx.post_many(council, &entries).await?;
        tx.add_receipts(council, &receipts).await?;
        tx.add_expected(council, &expected).await?;
    }
    tx.commit().await?;
    say(&store, "rows posted", RECEIPTS.saturating_mul(ROWS_OF_ONE), start.elapsed());

    let start = Instant::now();
    let (count, faults) = check(&store, council).await?;
    say(&store, "entries checked", count, start.elapsed());
    if count == RECEIPTS && faults == 0 { Ok(()) } else { Err("the books are not whole".into()) }
}

async fn check(store: &Store, council: CouncilId) -> Result<(u64, usize)> {
    let (count, faults) =
        store.snapshot().await?.check_entries(council, 10, &mut |_, _| {}).await?;
    Ok((count, faults.len()))
}

fn made(
    numbers: std::ops::Range<u64>,
) -> Result<(Vec<EntryRow>, Vec<ReceiptRow>, Vec<ExpectedRow>)> {
    let day = NaiveDate::from_ymd_opt(2026, 4, 1).ok_or("no such day")?;
    let at = DateTime::UNIX_EPOCH;
    let (mut entries, mut receipts, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for number in numbers {
        let id = Uuid::from_u128(u128::from(number).saturating_add(1 << 100));
        let amount = Pence::new(i64::try_from(number % 50_000)?.saturating_add(1));
        let reference = format!("{:010}", number.wrapping_mul(7_919) % 10_000_000_000);
        entries.push(EntryRow {
            id: EntryId::new(id),
            kind: "receipt",
            happened_on: day,
            accounting_day: day,
            posted_at: at,
            actor: "system:bulk".to_owned(),
            key: None,
            about: format!("file import line {number}"),
            import: None,
            detail: None,
            postings: Draft::new()
                .debit("clearing:card-web".parse()?, amount)
                .credit("fund:CT".parse()?, amount)
                .balance()?,
        });
        receipts.push(ReceiptRow {
            id: ReceiptId::new(id),
            number: format!("R-{:016x}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            method: "web".to_owned(),
            office: None,
            happened_on: day,
            accounting_day: day,
            posted_at: at,
            total: amount,
            entry: EntryId::new(id),
            import: None,
            source_ref: Some(format!("SRC{number}")),
            reverses: None,
            lines: vec![ReceiptLineRow {
                fund: "CT".to_owned(),
                reference: reference.clone(),
                amount,
                vat_code: None,
                vat_basis_points: None,
                vat: Pence::ZERO,
            }],
        });
        expected.push(ExpectedRow {
            id: ExpectedId::new(id),
            channel: "card-web".to_owned(),
            happened_on: day,
            amount,
            reference,
            batch_ref: String::new(),
            source_ref: format!("SRC{number}"),
            entry: EntryId::new(id),
            receipt: Some(ReceiptId::new(id)),
            import: None,
            created_at: at,
            is_payers: true,
        });
    }
    Ok((entries, receipts, expected))
}

fn say(store: &Store, what: &str, count: u64, took: Duration) {
    let micros = took.as_micros().max(1);
    let each_second = u128::from(count).saturating_mul(1_000_000) / micros;
    println!("{}: {count} {what} in {} ms, {each_second}/s", store.engine(), micros / 1_000);
}
