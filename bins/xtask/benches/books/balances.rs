//! B11: a file of postings to all balances, in memory.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    child::{Said, Watch, ask},
    machine::{median, peak_kib, peak_kib_of, ratio, span},
    report::Section,
    wanted::Wanted,
};
use crate::Result;

/// A million postings.
const ENTRIES: u64 = 500_000;
const PAYERS: u64 = 1_000;
const FUNDS: u64 = 20;

const HEADS: [&str; 6] = ["postings", "what", "took", "processor", "peak", "ours / it"];

pub(crate) fn run(wanted: &Wanted) -> Result<Section> {
    let mut section = Section::new("balances", "B11: the ledger in memory", &HEADS);
    let entries = wanted.rows.map_or(ENTRIES, |rows| rows / 2);
    let folder = tempfile::Builder::new().prefix("ims-bench-data-").tempdir()?;
    let (postings, journal) = (folder.path().join("postings.csv"), folder.path().join("j.journal"));
    let sum = make(entries, &postings, &journal)?;
    let words = [postings.display().to_string()];
    let (mut ours, mut floor, mut ledger) = (Vec::new(), Vec::new(), Vec::new());
    let has_ledger = Command::new("ledger").arg("--version").stdout(Stdio::null()).status().is_ok();
    for _ in 0..wanted.rounds.unwrap_or(5) {
        ours.push(ask("balances", &words)?);
        floor.push(ask("balances-floor", &words)?);
        if has_ledger {
            ledger.push(ledger_cli(&journal)?);
        }
    }
    let count = i64::try_from(entries.saturating_mul(2))?;
    for said in ours.iter().chain(&floor) {
        if (said.number("count")?, said.number("sum")?) != (count, sum) {
            return Err(format!("{said:?} is not {count} postings of {sum} pence").into());
        }
    }
    let took = middle(&ours)?;
    for (what, all) in [("ours", &ours), ("floor: split lines, one hash map", &floor)] {
        let worked: Result<Vec<_>> = all.iter().map(|said| Ok(said.step("all")?.cpu)).collect();
        let peaks: Result<Vec<_>> = all.iter().map(|said| said.number("peak")).collect();
        let it = middle(all)?;
        section.row([
            count.to_string(),
            what.to_owned(),
            span(it),
            span(median(&worked?)?),
            format!("{} MiB", median(&peaks?)? / 1_024),
            ratio(took, it),
        ]);
    }
    if has_ledger {
        let times: Vec<_> = ledger.iter().map(|(time, _)| *time).collect();
        let peaks: Vec<_> = ledger.iter().map(|(_, peak)| *peak).collect();
        let (it, peak) = (median(&times)?, format!("{} MiB", median(&peaks)? / 1_024));
        let what = "ledger-cli (`ledger balance`)".to_owned();
        section.row([count.to_string(), what, span(it), "".to_owned(), peak, ratio(took, it)]);
    } else {
        section.note("ledger-cli was not there to compare with: `apt-get install ledger`.");
    }
    section.note("To reach: a fifth of ledger-cli, 300 MiB.");
    section.note(
        "Ours: `ims_files::add_up`: every row read and checked, every entry balanced, exact pence, \
         faults with their lines. The time is of the whole file; starting the process is not in it, \
         but is in ledger-cli's (a few milliseconds).",
    );
    Ok(section)
}

fn middle(all: &[Said]) -> Result<Duration> {
    let times: Result<Vec<_>> = all.iter().map(|said| Ok(said.step("all")?.wall)).collect();
    median(&times?)
}

/// The same payments as our file and as a journal; gives the sum of their debits.
fn make(entries: u64, postings: &Path, journal: &Path) -> Result<i64> {
    let mut csv = BufWriter::new(File::create(postings)?);
    let mut text = BufWriter::new(File::create(journal)?);
    writeln!(csv, "entry,account,side,amount")?;
    let (mut state, mut sum) = (7_u64, 0_i64);
    let mut next = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below.max(1)
    };
    for entry in 0..entries {
        let (payer, fund, pence) = (next(PAYERS), next(FUNDS), next(250_000).saturating_add(100));
        let (amount, day) = (format!("{}.{:02}", pence / 100, pence % 100), entry % 28);
        writeln!(csv, "{entry},clearing:a{payer:05},debit,{amount}")?;
        writeln!(csv, "{entry},fund:f{fund:02},credit,{amount}")?;
        writeln!(text, "2026-04-{:02} Payment {entry:07}", day.saturating_add(1))?;
        writeln!(text, "    Clearing:A{payer:05}  GBP {amount}")?;
        writeln!(text, "    Fund:F{fund:02}  GBP -{amount}\n")?;
        sum = sum.saturating_add(i64::try_from(pence)?);
    }
    csv.flush()?;
    text.flush()?;
    Ok(sum)
}

/// The child that is ours.
pub(crate) fn ours(words: &[String]) -> Result<Value> {
    let path = words.first().ok_or("which file?")?;
    let running = Watch(0).start();
    let mut input = BufReader::with_capacity(256 << 10, File::open(path)?);
    let (ledger, verdict) = ims_files::add_up(&mut input);
    let totals = ledger.totals();
    let all = running.stop();
    if !verdict.is_read_whole() || !ledger.is_balanced() || totals.is_empty() {
        return Err("the postings are not a ledger".into());
    }
    let found = verdict.totals.ok_or("the file was not counted")?;
    let sum = found.sum.pence().ok_or("a sum is no whole pence")?.get();
    Ok(json!({ "all": all, "count": found.count, "sum": sum, "peak": peak_kib() }))
}

/// The child that is the floor.
pub(crate) fn floor(words: &[String]) -> Result<Value> {
    let path = words.first().ok_or("which file?")?;
    let running = Watch(0).start();
    let mut input = BufReader::with_capacity(256 << 10, File::open(path)?);
    let (mut sums, mut line) = (HashMap::<Vec<u8>, i64>::new(), Vec::new());
    let (mut count, mut debits) = (0_u64, 0_i64);
    input.read_until(b'\n', &mut line)?;
    line.clear();
    while input.read_until(b'\n', &mut line)? > 0 {
        let mut fields = line.trim_ascii_end().split(|byte| *byte == b',').skip(1);
        let (account, side, amount) = (fields.next(), fields.next(), fields.next());
        let (Some(account), Some(side), Some(amount)) = (account, side, amount) else {
            return Err("a line is too short".into());
        };
        let pence = amount
            .iter()
            .filter(|byte| byte.is_ascii_digit())
            .fold(0_i64, |sum, digit| sum.wrapping_mul(10).wrapping_add(i64::from(digit & 15)));
        let pence = if side == b"debit" { pence } else { pence.wrapping_neg() };
        debits = debits.wrapping_add(pence.max(0));
        match sums.get_mut(account) {
            Some(sum) => *sum = sum.wrapping_add(pence),
            None => drop(sums.insert(account.to_owned(), pence)),
        }
        count = count.wrapping_add(1);
        line.clear();
    }
    let all = running.stop();
    if sums.values().sum::<i64>() != 0 {
        return Err("the postings are not a ledger".into());
    }
    Ok(json!({ "all": all, "count": count, "sum": debits, "peak": peak_kib() }))
}

/// How long ledger-cli takes, and its peak in KiB.
fn ledger_cli(journal: &Path) -> Result<(Duration, u64)> {
    let out = journal.with_extension("out");
    let began = Instant::now();
    let mut child = Command::new("ledger")
        .arg("-f")
        .arg(journal)
        .arg("balance")
        .stdin(Stdio::null())
        .stdout(File::create(&out)?)
        .spawn()?;
    let mut peak = 0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = peak_kib_of(child.id()).max(peak);
        std::thread::sleep(Duration::from_millis(2));
    };
    let took = began.elapsed();
    let printed = fs::read_to_string(&out)?;
    if !status.success() || !printed.trim_end().ends_with('0') {
        return Err("ledger-cli does not find the books balanced".into());
    }
    Ok((took, peak))
}
