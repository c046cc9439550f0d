//! A day's bank lines among very many open rows: what the books read that no line has to
//! do with, in time and memory.

use std::time::{Duration, Instant};

use chrono::{DateTime, Days, NaiveDate};
use ims_app::Books;
use ims_ledger::id::{EntryId, ExpectedId};
use ims_money::Pence;
use ims_store::ExpectedRow;
use ims_testkit::{
    Engine,
    dirty::{Dirty, Knobs, Shapes, make},
};

use super::{
    machine::{forget_peak, peak_kib, ratio, span},
    matching::{AT_ONCE, explained_by_engine, filled, id},
    place::Place,
    report::Section,
    wanted::Wanted,
};
use crate::Result;

const SIZES: [u64; 2] = [100_000, 1_000_000];
/// Rows that the lines are of, and the seed: 15,435 lines.
const ROWS: usize = 19_600;
const SEED: u64 = 21;
const YEARS_DAYS: u64 = 7 * 365;
/// Ids and accounts that the lines know nothing of.
const FAR: u64 = 1_000_000_000;
/// What a run reads whole.
const READ_WHOLE: u64 = 200_000;
/// The channel of rows that no line is about.
const OTHERS: &str = "others";
const HEADS: [&str; 9] = [
    "engine",
    "open rows",
    "with keys",
    "given keys in",
    "lines",
    "whole run",
    "times the size before",
    "peak",
    "lines explained",
];

pub(crate) async fn run(wanted: &Wanted) -> Result<Section> {
    let mut section = Section::new("match-among", "Matching among many open rows", &HEADS);
    let sizes = wanted.rows.map_or(SIZES, |rows| [rows / 10, rows]);
    let made = make(&Knobs::harder(ROWS, SEED));
    for engine in &wanted.engines {
        let place = Place::of(*engine);
        let mut before = None;
        for others in sizes {
            before = Some(one(&mut section, &place, *engine, (&made, others), before).await?);
        }
    }
    section.note(
        "`Books::reconcile`, as B2, of the harder set (seed 21), its rows among so many others of seven years \
         with the same amounts, nine to an account, that no line quotes. All but the newest 200,000 rows were given keys before, as the \
         next run would have done once. The peak, of both, is of this process, without PostgreSQL's.",
    );
    section.note("Checked: none of the other rows is taken, and no more lines are explained than without them.");
    Ok(section)
}

async fn one(
    section: &mut Section,
    place: &Place,
    engine: Engine,
    (made, others): (&Dirty, u64),
    before: Option<Duration>,
) -> Result<Duration> {
    let fresh = place.fresh()?;
    let books = filled(&fresh.url, made).await?;
    add_others(&books, made, others).await?;
    forget_peak();
    let began = Instant::now();
    // The next run would do it first.
    let keyed = books.index_expected(READ_WHOLE).await?;
    let keying = began.elapsed();
    let began = Instant::now();
    let done = books.reconcile().await?;
    let (took, peak) = (began.elapsed(), peak_kib());
    let mut tx = books.app().store().snapshot().await?;
    let totals = tx.open_expected_totals(books.council().id).await?;
    let open: i64 = totals.iter().map(|(_, rows, ..)| rows).sum();
    let left = totals.iter().find(|(channel, ..)| channel == OTHERS);
    let left = u64::try_from(left.map_or(0, |(_, rows, ..)| *rows))?;
    let alone = u64::try_from(explained_by_engine(made))?;
    if left != others || done.explained > alone {
        let explained = done.explained;
        return Err(format!("{left} of {others} others open; {explained} of {alone} lines").into());
    }
    section.row([
        engine.to_string(),
        (u64::try_from(open)? + done.explained).to_string(),
        keyed.to_string(),
        span(keying),
        made.bank.len().to_string(),
        span(took),
        before.map_or_else(String::new, |before| ratio(took, before)),
        format!("{} MiB", peak / 1_024),
        format!("{} of {alone}", done.explained),
    ]);
    Ok(took)
}

async fn add_others(books: &Books, made: &Dirty, count: u64) -> Result<()> {
    let last = made.bank.iter().map(|line| line.date).max().ok_or("there are no lines")?;
    let amounts: Vec<i64> = made.ledger.iter().map(|row| row.amount.abs()).collect();
    let shapes = Shapes::familiar();
    let numbers: Vec<u64> = (0..count).collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let rows = numbers.iter().map(|at| other(*at, last, &amounts, &shapes));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let mut tx = books.app().store().begin().await?;
        tx.add_expected(books.council().id, &rows).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn other(at: u64, last: NaiveDate, amounts: &[i64], shapes: &Shapes) -> Result<ExpectedRow> {
    let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let amount = amounts.get(usize::try_from(mixed)? % amounts.len().max(1));
    Ok(ExpectedRow {
        id: ExpectedId::new(id(1, FAR + at)),
        channel: OTHERS.to_owned(),
        happened_on: last - Days::new((mixed >> 13) % YEARS_DAYS),
        amount: Pence::new(*amount.ok_or("there are no amounts")?),
        reference: shapes.reference(FAR + at / 9 * 5),
        batch_ref: String::new(),
        source_ref: String::new(),
        entry: EntryId::new(id(2, FAR + at)),
        receipt: None,
        import: None,
        created_at: DateTime::UNIX_EPOCH,
        is_payers: true,
    })
}
