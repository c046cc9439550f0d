//! How well and how fast matching works, on made-up data whose answers are known.
//! `cargo xtask bench match --help`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark fails by panicking"
)]

mod matching {
    pub(crate) mod lookup;
    pub(crate) mod machine;
    pub(crate) mod page;
    pub(crate) mod quality;
    pub(crate) mod sides;
    pub(crate) mod speed;
}

use matching::{lookup, page::Page, quality, speed};

const HELP: &str = "cargo xtask bench match [quality] [speed] [lookup] [OPTION…]

  quality   precision, recall, kinds, proposals, calibration
  speed     the engine beside other programs on the same files
  lookup    15,000 bank lines against very many open rows

  --rows N        rows of a set (100000), of the largest file (1000000), of the
                  index (10000000)
  --seeds A,B,…   seeds of the sets (11,12,13,14,15)
  --rounds N      rounds of the speeds (5)
  --peer NAME=COMMAND   another program: run as `COMMAND FOLDER --out PAIRS.csv`,
                  it prints {\"match_s\": …, …} and writes bank_id,ledger_id
  --small-peer NAME=COMMAND   the same, not on the largest file

Without a name, all of them. Run without --rows, the results go into
docs/benchmark-reconciliation.md.";

/// What the command line asks for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    names: Vec<String>,
    rows: Option<usize>,
    seeds: Vec<u64>,
    rounds: usize,
    peers: Vec<Peer>,
}

/// Another program that matches.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    name: String,
    command: String,
    /// Whether the largest file is too much for it.
    is_small: bool,
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    if let [first, folder] = given.as_slice()
        && first == "child"
    {
        return speed::child(folder);
    }
    // `cargo test --all-targets` runs benchmarks too, without saying so.
    if !given.iter().any(|word| word == "--bench") {
        return;
    }
    let Some(wanted) = wanted(&given) else {
        println!("{HELP}");
        return;
    };
    let mut page = Page::default();
    for name in &wanted.names {
        eprintln!("bench: {name}");
        match name.as_str() {
            "quality" => quality::run(&wanted, &mut page),
            "speed" => speed::run(&wanted, &mut page),
            _ => lookup::run(&wanted, &mut page),
        }
    }
    println!("{}", page.text());
    if wanted.rows.is_none() {
        page.keep();
    }
}

fn wanted(given: &[String]) -> Option<Wanted> {
    let mut wanted = Wanted {
        names: Vec::new(),
        rows: None,
        seeds: vec![11, 12, 13, 14, 15],
        rounds: 5,
        peers: Vec::new(),
    };
    let mut words = given.iter().map(String::as_str).filter(|word| *word != "--bench");
    while let Some(word) = words.next() {
        match word {
            "quality" | "speed" | "lookup" => wanted.names.push(word.to_owned()),
            "--rows" => wanted.rows = Some(words.next()?.parse().ok()?),
            "--rounds" => wanted.rounds = words.next()?.parse().ok()?,
            "--seeds" => {
                let seeds = words.next()?.split(',').map(str::parse);
                wanted.seeds = seeds.collect::<Result<_, _>>().ok()?;
            }
            "--peer" | "--small-peer" => {
                let (name, command) = words.next()?.split_once('=')?;
                let (name, command) = (name.to_owned(), command.to_owned());
                wanted.peers.push(Peer { name, command, is_small: word == "--small-peer" });
            }
            _ => return None,
        }
    }
    if wanted.names.is_empty() {
        wanted.names = ["quality", "speed", "lookup"].map(str::to_owned).to_vec();
    }
    Some(wanted)
}
