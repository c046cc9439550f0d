//! Tables, on the screen and in docs/benchmark-reconciliation.md.

use std::{fmt::Write as _, fs, path::PathBuf};

/// The tables of a run, by name.
#[derive(Debug, Default)]
pub(crate) struct Page(Vec<(&'static str, Table)>);

#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: String,
    notes: Vec<String>,
}

impl Table {
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cells: Vec<String> = cells.into_iter().collect();
        let _ = writeln!(self.rows, "| {} |", cells.join(" | "));
    }

    pub(crate) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    fn text(&self) -> String {
        format!("{}\n\n{}", self.notes.join("\n"), self.rows)
    }
}

impl Page {
    pub(crate) fn table(&mut self, name: &'static str, heads: &[&str]) -> &mut Table {
        let mut table = Table::default();
        table.row(heads.iter().map(|head| (*head).to_owned()));
        table.row(heads.iter().map(|_| "---".to_owned()));
        self.0.push((name, table));
        &mut self.0.last_mut().expect("one was pushed").1
    }

    pub(crate) fn text(&self) -> String {
        let table = |(name, table): &(&str, Table)| format!("## {name}\n\n{}", table.text());
        self.0.iter().map(table).collect::<Vec<_>>().join("\n")
    }

    /// Puts each table between its marks in the page.
    pub(crate) fn keep(&self) {
        const PAGE: &str = "../../docs/benchmark-reconciliation.md";
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(PAGE);
        let mut page = fs::read_to_string(&file).expect("the page is there");
        for (name, table) in &self.0 {
            let (mark, end) = (format!("<!-- bench {name} -->\n"), "<!-- end -->");
            let (before, rest) = page.split_once(&mark).expect("the page has a place for each");
            let (_, after) = rest.split_once(end).expect("each place has an end");
            page = format!("{before}{mark}{}{end}{after}", table.text());
        }
        fs::write(&file, page).expect("the page can be written");
        eprintln!("bench: written to docs/benchmark-reconciliation.md");
    }
}

/// `.99994`, from millionths.
pub(crate) fn part(millionths: u64) -> String {
    match millionths {
        1_000_000.. => "1".to_owned(),
        _ => format!(".{:05}", millionths / 10),
    }
}

/// `1.53`
pub(crate) fn ratio(one: u64, other: u64) -> String {
    let hundredths = one * 100 / other.max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// `12.3 ms`
pub(crate) fn span(micros: u64) -> String {
    match micros {
        0..1_000_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{}.{:02} s", micros / 1_000_000, micros % 1_000_000 / 10_000),
    }
}
