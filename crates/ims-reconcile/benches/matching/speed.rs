//! The engine beside other programs, in turns, on the same files.

use std::{
    num::NonZeroUsize,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use chrono::NaiveDate;
use ims_money::Pence;
use ims_reconcile::{BankLine, Expected, Rules, reconcile_on};
use ims_testkit::dirty::{Knobs, make};

use super::{
    machine,
    page::{Page, part, ratio, span},
};
use crate::Wanted;

type MakeKnobs = fn(usize, u64) -> Knobs;

/// One run.
#[derive(Clone, Debug, Default)]
struct Run {
    micros: u64,
    kib: u64,
    pairs: Vec<(u64, u64)>,
}

pub(crate) fn run(wanted: &Wanted, page: &mut Page) {
    let most = wanted.rows.unwrap_or(1_000_000);
    let heads =
        ["set", "rows", "program", "matching", "beside ours", "peak MiB", "precision", "recall"];
    let table = page.table("speed", &heads);
    table.note(format!(
        "Seed 42; {} rounds, everything in turns, the median; {}, load {}. Matching \
         only, reading the files left out; ours on one thread and on two, and the rest as they \
         come. Ours includes the proposals; the peak is of the whole process.",
        wanted.rounds,
        machine::about(),
        machine::load(),
    ));
    let sets: [(&str, MakeKnobs, usize); 3] = [
        ("plain", Knobs::plain, most / 10),
        ("hard", Knobs::hard, most / 10),
        ("plain", Knobs::plain, most),
    ];
    for (set, knobs, rows) in sets {
        let folder = std::env::temp_dir().join(format!("ims-bench-match-{set}-{rows}"));
        let made = make(&knobs(rows, 42));
        made.write(&folder).expect("the folder for temporary files takes some");
        let peers: Vec<_> =
            wanted.peers.iter().filter(|peer| rows < most || !peer.is_small).collect();
        let mut names = vec!["ours".to_owned(), "ours, 2 threads".to_owned()];
        names.extend(peers.iter().map(|peer| peer.name.clone()));
        let mut runs: Vec<Vec<Run>> = vec![Vec::new(); names.len()];
        for _ in 0..wanted.rounds {
            for (place, runs) in runs.iter_mut().enumerate() {
                runs.push(match place {
                    0 | 1 => ours(&folder, place + 1),
                    _ => peer(&peers[place - 2].command, &folder),
                });
            }
        }
        let median = |runs: &[Run], of: fn(&Run) -> u64| {
            let mut all: Vec<u64> = runs.iter().map(of).collect();
            all.sort_unstable();
            all[all.len() / 2]
        };
        let first = median(&runs[0], |run| run.micros);
        for (name, runs) in names.iter().zip(&runs) {
            let micros = median(runs, |run| run.micros);
            let score = made.score(runs[0].pairs.iter().copied());
            table.row([
                set.to_owned(),
                rows.to_string(),
                name.clone(),
                span(micros),
                ratio(micros, first),
                (median(runs, |run| run.kib) / 1024).to_string(),
                part(score.precision()),
                part(score.recall()),
            ]);
        }
        drop(std::fs::remove_dir_all(&folder));
    }
}

/// Ours in a process of its own, so that its peak is nobody else's.
fn ours(folder: &Path, threads: usize) -> Run {
    let child = Command::new(std::env::current_exe().expect("a program has a name"))
        .args(["child", &folder.display().to_string()])
        .env("IMS_BENCH_THREADS", threads.to_string())
        .stderr(Stdio::inherit())
        .output()
        .expect("this program starts again");
    assert!(child.status.success(), "the child failed");
    said(&String::from_utf8_lossy(&child.stdout), folder)
}

fn peer(command: &str, folder: &Path) -> Run {
    let words: Vec<&str> = command.split(' ').collect();
    let pairs = folder.join("pairs.csv");
    let child = Command::new(words[0])
        .args(&words[1..])
        .arg(folder)
        .arg("--out")
        .arg(&pairs)
        .stderr(Stdio::inherit())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|fault| panic!("{command}: {fault}"));
    let (out, kib) = machine::watched(child);
    Run { kib, ..said(&out, folder) }
}

/// Reads `"match_s": 0.0123`, perhaps a peak, and the pairs.
fn said(out: &str, folder: &Path) -> Run {
    let number = |key: &str| {
        let (_, after) = out.split_once(&format!("\"{key}\":"))?;
        let end = after.find([',', '}']).unwrap_or(after.len());
        Some(after[..end].trim().to_owned())
    };
    let seconds = number("match_s").unwrap_or_else(|| panic!("no match_s in {out}"));
    let (whole, fraction) = seconds.split_once('.').unwrap_or((&seconds, "0"));
    let micros = format!("{fraction:0<6}");
    let micros = whole.parse::<u64>().unwrap() * 1_000_000 + micros[..6].parse::<u64>().unwrap();
    let kib = number("kib").map_or(0, |kib| kib.parse().unwrap());
    let pairs = std::fs::read_to_string(folder.join("pairs.csv")).unwrap();
    let pair = |line: &str| {
        let mut ids = line.split(',').map(|id| id.parse().unwrap());
        (ids.next().unwrap(), ids.next().unwrap())
    };
    Run { micros, kib, pairs: pairs.lines().skip(1).map(pair).collect() }
}

/// The child: reads the files, matches, says how long that took.
pub(crate) fn child(folder: &str) {
    #[allow(clippy::disallowed_methods, reason = "a benchmark hands its child a number")]
    let threads = std::env::var("IMS_BENCH_THREADS").ok().and_then(|text| text.parse().ok());
    let threads = NonZeroUsize::new(threads.unwrap_or(1)).unwrap();
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let (ledger, bank) = (read("ledger.csv"), read("bank.csv"));
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let pence = |text: &str| Pence::new(text.parse().unwrap());
    let rows: Vec<Expected<'_>> = fields(&ledger)
        .map(|f| Expected {
            id: f[0].parse().unwrap(),
            date: date(f[1]),
            amount: pence(f[2]),
            reference: f[3],
            merchant: f[5],
            batch: f[6],
        })
        .collect();
    let lines: Vec<BankLine<'_>> = fields(&bank)
        .map(|f| BankLine {
            id: f[0].parse().unwrap(),
            date: date(f[1]),
            amount: pence(f[2]),
            reference: f[3],
            narrative: f.get(5).copied().unwrap_or_default(),
            kind: f[4],
        })
        .collect();
    let rules = Rules::default();
    let begun = Instant::now();
    let outcome = reconcile_on(threads, &rows, &lines, &rules);
    let micros = begun.elapsed().as_micros();
    let mut pairs = "bank_id,ledger_id\n".to_owned();
    for found in &outcome.matches {
        for line in found.bank.iter() {
            for row in found.expected.iter() {
                let (line, row) = (lines[*line as usize].id, rows[*row as usize].id);
                pairs.push_str(&format!("{line},{row}\n"));
            }
        }
    }
    std::fs::write(format!("{folder}/pairs.csv"), pairs).unwrap();
    let (seconds, rest) = (micros / 1_000_000, micros % 1_000_000);
    println!("{{\"match_s\": {seconds}.{rest:06}, \"kib\": {}}}", machine::peak_kib("self"));
}

fn fields(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.split(',').collect())
}
