//! Tables, on the screen and in docs/benchmarks.md.

use std::{fmt::Write as _, fs, path::PathBuf};

use super::machine;
use crate::Result;

/// What one benchmark came to.
#[derive(Debug)]
pub(crate) struct Section {
    name: &'static str,
    title: &'static str,
    table: String,
    notes: Vec<String>,
}

impl Section {
    /// An empty table with its heads.
    pub(crate) fn new(name: &'static str, title: &'static str, heads: &[&str]) -> Self {
        let mut section = Self { name, title, table: String::new(), notes: Vec::new() };
        section.row(heads.iter().map(|&head| head.to_owned()));
        section.row(heads.iter().map(|_| "---".to_owned()));
        section
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<_> = cells.into_iter().collect();
        let _ = writeln!(self.table, "| {} |", cells.join(" | "));
    }

    /// A remark below the table: what was left out, what was checked.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// As it stands in the page.
    pub(crate) fn text(&self) -> String {
        let day = ims_edge::world().today();
        let mut text = format!(
            "## {}\n\n`cargo xtask bench {}`, {day}, {}, load {}.\n\n{}",
            self.title,
            self.name,
            machine::about(),
            machine::load(),
            self.table,
        );
        for note in &self.notes {
            let _ = write!(text, "\n- {note}");
        }
        text
    }
}

const HEAD: &str = "# Benchmarks

Written by `cargo xtask bench`; a benchmark that is run again replaces its own
part. *Ours* is the whole way a council's money goes, in the released build.
*Floor* is the barest code we can write that does the unavoidable on the same
engine: plain rows, a plain SELECT. Both run in turns on the same data, and the
middle of the rounds is shown. Machines differ and are busy: read the ratios.
Durability is on: `synchronous = FULL`, `fsync`.
";

/// Puts the sections into docs/benchmarks.md, in place of their former selves.
pub(crate) fn write(sections: &[Section]) -> Result<()> {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/benchmarks.md"));
    let before = fs::read_to_string(&file).unwrap_or_default();
    let mut parts: Vec<(String, String)> = before
        .split("\n<!-- bench ")
        .skip(1)
        .filter_map(|part| part.split_once(" -->\n"))
        .map(|(name, text)| (name.to_owned(), text.trim().to_owned()))
        .collect();
    for section in sections {
        let text = section.text();
        match parts.iter_mut().find(|(name, _)| name == section.name) {
            Some((_, part)) => *part = text,
            None => parts.push((section.name.to_owned(), text)),
        }
    }
    let mut page = HEAD.to_owned();
    for (name, text) in parts {
        let _ = write!(page, "\n<!-- bench {name} -->\n{text}\n");
    }
    fs::write(&file, page)?;
    eprintln!("bench: written to docs/benchmarks.md");
    Ok(())
}
