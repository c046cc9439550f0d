//! B2: matching in the books: open lines and open money read from the database,
//! explained, and every match, pair and posting written back.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    time::{Duration, Instant},
};

use chrono::{DateTime, Days};
use ims_app::{Actor, App, Books, Store};
use ims_ledger::id::{CouncilId, EntryId, ExpectedId, ImportId, LineId, StatementId};
use ims_money::Pence;
use ims_reconcile::{BankLine, Expected, Rules, reconcile};
use ims_store::{ExpectedRow, LineRow, StatementRow};
use ims_testkit::{
    Engine,
    dirty::{BankRow, Dirty, Knobs, LedgerRow, make},
};
use uuid::Uuid;

use super::{
    child::world,
    machine::{ratio, span},
    place::Place,
    report::Section,
    wanted::Wanted,
};
use crate::Result;

const SIZES: [u64; 2] = [100_000, 1_000_000];
const SEED: u64 = 42;
/// Rows written at once while the books are made ready.
pub(super) const AT_ONCE: usize = 20_000;
const HEADS: [&str; 7] =
    ["engine", "rows", "lines", "whole run", "a row", "times the size before", "lines explained"];

pub(crate) async fn run(wanted: &Wanted) -> Result<Section> {
    let mut section = Section::new("match-books", "B2: matching in the books", &HEADS);
    let sizes = wanted.rows.map_or(SIZES, |rows| [rows / 10, rows]);
    for engine in &wanted.engines {
        let place = Place::of(*engine);
        let mut before: Option<Duration> = None;
        for rows in sizes {
            let made = make(&Knobs::plain(usize::try_from(rows)?, SEED));
            let took = one(&mut section, &place, *engine, &made, before).await?;
            before = Some(took);
        }
    }
    section.note("To reach: not slower than SQL on both engines, at most 12 times as long for ten times the rows.");
    section.note(
        "Ours: `Books::reconcile`, permission and all: everything open is read, matched by the careful rules, \
         and matches, pairs, postings with their hashes and an audit event are written in one transaction. \
         The data is the plain set of `ims_testkit::dirty`, seed 42.",
    );
    section.note("Checked: as many lines are explained as by the engine alone, and the others are still open.");
    Ok(section)
}

async fn one(
    section: &mut Section,
    place: &Place,
    engine: Engine,
    made: &Dirty,
    before: Option<Duration>,
) -> Result<Duration> {
    let fresh = place.fresh()?;
    let books = filled(&fresh.url, made).await?;
    let began = Instant::now();
    let done = books.reconcile().await?;
    let took = began.elapsed();
    let alone = explained_by_engine(made);
    let left = books.app().store().snapshot().await?.open_lines(books.council().id).await?.len();
    if done.explained != u64::try_from(alone)? || left + alone != made.bank.len() {
        return Err(format!(
            "{} lines explained, {left} left; the engine explains {alone}",
            done.explained
        )
        .into());
    }
    let rows = u32::try_from(made.ledger.len())?;
    let growth = before.map_or_else(String::new, |before| ratio(took, before));
    section.row([
        engine.to_string(),
        rows.to_string(),
        made.bank.len().to_string(),
        span(took),
        span(took / rows.max(1)),
        growth,
        done.explained.to_string(),
    ]);
    Ok(took)
}

pub(super) fn id(kind: u128, number: u64) -> Uuid {
    Uuid::from_u128((0x0188 << 112) | (kind << 96) | u128::from(number))
}

/// Books in which the ledger's rows are expected and the bank's lines are open.
pub(super) async fn filled(url: &str, made: &Dirty) -> Result<Books> {
    let first = made.ledger.iter().map(|row| row.date).min().ok_or("there are no rows")?;
    let app = App::new(Store::open(url).await?, world(first + Days::new(1_000)));
    let books = app.init(&council(made)?, Actor::system("bench")).await?;
    let council = books.council().id;
    for rows in made.ledger.chunks(AT_ONCE) {
        let rows: Vec<_> = rows.iter().map(expected).collect();
        let mut tx = app.store().begin().await?;
        tx.add_expected(council, &rows).await?;
        tx.commit().await?;
    }
    for (number, lines) in (1_i64..).zip(made.bank.chunks(AT_ONCE)) {
        add_lines(&app, council, number, lines).await?;
    }
    Ok(books)
}

/// The defaults, and a channel for each merchant.
fn council(made: &Dirty) -> Result<String> {
    let mut document = ims_app::configuration::defaults("MATCH", "Matchborough")?;
    document.push_str("\n[[bank_account]]\ncode = \"main\"\nname = \"Main\"\nsort_code = \"000000\"\nnumber = \"00000000\"\n");
    let merchants: BTreeSet<&str> = made.ledger.iter().map(|row| row.merchant.as_str()).collect();
    for merchant in merchants.into_iter().filter(|merchant| !merchant.is_empty()) {
        let code = merchant.to_lowercase();
        write!(
            document,
            "\n[[channel]]\ncode = \"{code}\"\nname = \"{merchant}\"\nmerchant = \"{merchant}\"\n"
        )?;
    }
    Ok(document)
}

fn expected(row: &LedgerRow) -> ExpectedRow {
    let channel =
        if row.merchant.is_empty() { "bank".to_owned() } else { row.merchant.to_lowercase() };
    ExpectedRow {
        id: ExpectedId::new(id(1, row.id)),
        channel,
        happened_on: row.date,
        amount: Pence::new(row.amount),
        reference: row.reference.clone(),
        batch_ref: row.batch.clone(),
        source_ref: String::new(),
        entry: EntryId::new(id(2, row.id)),
        receipt: None,
        import: None,
        created_at: DateTime::UNIX_EPOCH,
        is_payers: true,
    }
}

async fn add_lines(app: &App, council: CouncilId, number: i64, lines: &[BankRow]) -> Result<()> {
    let of = StatementId::new(id(3, u64::try_from(number)?));
    let statement = StatementRow {
        id: of,
        import: ImportId::new(id(4, u64::try_from(number)?)),
        bank: "main".to_owned(),
        sequence: number,
        number: None,
        opening: Pence::ZERO,
        closing: Pence::ZERO,
        first_day: lines.iter().map(|line| line.date).min(),
        last_day: lines.iter().map(|line| line.date).max(),
        lines: i64::try_from(lines.len())?,
        proof: "accepted".to_owned(),
        posted_at: DateTime::UNIX_EPOCH,
    };
    let rows: Vec<LineRow> = (1_i64..)
        .zip(lines)
        .map(|(number, line)| LineRow {
            id: LineId::new(id(5, line.id)),
            statement: of,
            number,
            booked_on: line.date,
            value_on: None,
            amount: Pence::new(line.amount),
            code: line.kind.to_owned(),
            reference: line.reference.clone(),
            bank_reference: String::new(),
            fingerprint: line.id.to_be_bytes().to_vec(),
            entry: Some(EntryId::new(id(6, line.id))),
        })
        .collect();
    let mut tx = app.store().begin().await?;
    tx.add_statement(council, &statement, &rows).await?;
    Ok(tx.commit().await?)
}

/// How many lines the engine alone explains, with the rules the books use.
pub(super) fn explained_by_engine(made: &Dirty) -> usize {
    let rows: Vec<Expected<'_>> = made
        .ledger
        .iter()
        .map(|row| Expected {
            id: row.id,
            date: row.date,
            amount: Pence::new(row.amount),
            reference: &row.reference,
            merchant: &row.merchant,
            batch: &row.batch,
        })
        .collect();
    let lines: Vec<BankLine<'_>> = made
        .bank
        .iter()
        .map(|line| BankLine {
            id: line.id,
            date: line.date,
            amount: Pence::new(line.amount),
            reference: &line.reference,
            narrative: &line.narrative,
            kind: line.kind,
        })
        .collect();
    let outcome = reconcile(&rows, &lines, &Rules::careful());
    outcome.matches.iter().map(|found| found.bank.len()).sum()
}
