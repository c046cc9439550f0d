//! What the command line asks for.

use ims_testkit::Engine;

use crate::Result;

/// Every benchmark, in the order they are run.
const NAMES: [&str; 7] =
    ["import", "post", "read", "match-books", "match-among", "http", "balances"];

/// What is to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) names: Vec<String>,
    pub(crate) engines: Vec<Engine>,
    /// The largest size, when another than the benchmark's own.
    pub(crate) rows: Option<u64>,
    pub(crate) rounds: Option<u32>,
    /// Whether docs/benchmarks.md is written: only what was measured at full size is.
    pub(crate) is_kept: bool,
}

impl Wanted {
    /// Reads the words of a command; `None` when only help is wanted.
    pub(crate) fn read(words: &[String]) -> Result<Option<Self>> {
        let mut wanted = Self {
            names: Vec::new(),
            engines: ims_testkit::both().to_vec(),
            rows: None,
            rounds: None,
            is_kept: true,
        };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} wants a value"));
            match word {
                "--bench" => {}
                "--help" | "-h" => return Ok(None),
                "--rows" => wanted.rows = Some(value()?.parse()?),
                "--rounds" => wanted.rounds = Some(value()?.parse()?),
                "--engine" => {
                    let name = value()?;
                    wanted.engines.retain(|engine| engine.to_string() == name);
                }
                name if NAMES.contains(&name) => wanted.names.push(name.to_owned()),
                other => return Err(format!("`{other}` is no benchmark and no option").into()),
            }
        }
        if wanted.engines.is_empty() {
            return Err("--engine is sqlite or postgres".into());
        }
        if wanted.names.is_empty() {
            wanted.names = NAMES.iter().map(|&name| name.to_owned()).collect();
        }
        wanted.is_kept = wanted.rows.is_none() && wanted.engines.len() == 2;
        Ok(Some(wanted))
    }
}
