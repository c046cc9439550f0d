//! The whole ledger in memory: every account's balance from a file of postings.
//!
//! `cargo run --release -p ims-files --example balances [FILE.csv]` adds the
//! file up; without one, a million made-up postings of a thousand accounts. It
//! says how long reading, checking that each entry balances, and adding took.

#![allow(clippy::disallowed_types, clippy::float_arithmetic, reason = "a stop watch")]

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufRead, BufReader},
    time::Instant,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const ENTRIES: u64 = 500_000;
const PAYERS: u64 = 1_000;
const FUNDS: u64 = 20;

fn main() -> Result<()> {
    let made;
    let mut input: Box<dyn BufRead + '_> = match std::env::args().nth(1) {
        Some(path) => Box::new(BufReader::with_capacity(256 << 10, File::open(path)?)),
        None => {
            made = made_up()?;
            Box::new(made.as_bytes())
        }
    };
    let began = Instant::now();
    let (ledger, verdict) = ims_files::add_up(&mut input);
    let totals = ledger.totals();
    let seconds = began.elapsed().as_secs_f64();
    let count = verdict.totals.map_or(0, |totals| totals.count);
    println!("{count} postings of {} accounts in {seconds:.3} s", totals.len());
    for fault in verdict.faults.iter().take(10) {
        println!("  line {}: {}", fault.line.unwrap_or(0), fault.message);
    }
    if verdict.is_read_whole() && ledger.is_balanced() {
        return Ok(());
    }
    Err("the postings are not a ledger".into())
}

/// Payments of many payers to a few funds, the same each time.
fn made_up() -> Result<String> {
    let mut text = "entry,account,side,amount\n".to_owned();
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for entry in 0..ENTRIES {
        let (payer, fund, pence) = (next(PAYERS), next(FUNDS), 100 + next(250_000));
        let amount = format!("{}.{:02}", pence / 100, pence % 100);
        writeln!(text, "{entry},clearing:a{payer:05},debit,{amount}")?;
        writeln!(text, "{entry},fund:f{fund:02},credit,{amount}")?;
    }
    Ok(text)
}
