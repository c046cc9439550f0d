//! Layouts of files we write, described as data.
//!
//! A finance or host system wants its file its own way. A [`Layout`] is that way
//! as a page of TOML (`docs/formats/layouts.md`): a header, a detail and a
//! trailer record of fields, delimited or of fixed width. Writing is
//! reproducible byte for byte, and what does not fit is a fault, never cut.
//!
//! ```
//! use chrono::NaiveDate;
//! use ims_files::layout::{Batch, Layout, Row, Value};
//! use ims_money::Pence;
//!
//! let layout = Layout::parse(r#"
//!     name = "cash"
//!     title = "Cash to the rents system"
//!     kind = "delimited"
//!
//!     [[detail.field]]
//!     name = "reference"
//!     from = "reference"
//!
//!     [[detail.field]]
//!     name = "amount"
//!     from = "amount"
//!     as = "pounds"
//! "#)?;
//! let rows = [Row::new()
//!     .with("reference", Value::Text("80012345".to_owned()))
//!     .with("amount", Value::Pence(Pence::new(12_050)))];
//! let date = NaiveDate::from_ymd_opt(2026, 4, 1).ok_or("a date")?;
//! let mut file = Vec::new();
//! let control = layout.write(&Batch { number: 7, date, rows: &rows }, &mut file)?;
//! assert_eq!(file, b"80012345,120.50\r\n");
//! assert_eq!(control.rows, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod field;
mod parse;
mod write;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_money::Pence;
use thiserror::Error;

use field::Field;
pub use write::{CannotWrite, RowFault};

/// A file format described as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    name: String,
    title: String,
    kind: Kind,
    encoding: Encoding,
    line_end: &'static str,
    header: Vec<Field>,
    detail: Vec<Field>,
    trailer: Vec<Field>,
}

/// How fields follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Each has its width.
    Fixed,
    /// A character between them.
    Delimited { delimiter: char, quote: Quote, guard_formulas: bool },
}

/// Which fields of a delimited record are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Quote {
    /// Those that hold the delimiter, a quote or a line end.
    Needed,
    /// All.
    Always,
    /// None: a field that would need it is a fault.
    Never,
}

/// The bytes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
enum Encoding {
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "windows-1252")]
    Windows1252,
    #[serde(rename = "ascii")]
    Ascii,
}

impl Layout {
    /// Reads a layout from its TOML and checks all of it.
    ///
    /// # Errors
    ///
    /// [`LayoutFault`], with its line, for the first thing that is wrong.
    pub fn parse(toml: &str) -> Result<Self, LayoutFault> {
        parse::parse(toml)
    }

    /// Its name: what a configuration calls it by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name for people.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The names of the values that rows must or may have.
    #[must_use]
    pub fn values(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.detail.iter().filter_map(Field::row_value).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Adds the file to the end of `file` and says what it holds.
    ///
    /// # Errors
    ///
    /// [`CannotWrite`], with every row that does not fit; `file` is then as it
    /// was.
    pub fn write(&self, batch: &Batch<'_>, file: &mut Vec<u8>) -> Result<Control, CannotWrite> {
        write::write(self, batch, file)
    }
}

/// The layouts that come with the crate, as TOML to be used or changed.
#[must_use]
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    &[
        ("ledger-journal", include_str!("../layouts/ledger-journal.toml")),
        ("host-cash", include_str!("../layouts/host-cash.toml")),
    ]
}

/// What is written at once: one numbered file.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The file's number in its series.
    pub number: u64,
    /// The day it is for.
    pub date: NaiveDate,
    /// Its rows, in the order they are written.
    pub rows: &'a [Row],
}

/// One row: named values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(BTreeMap<String, Value>);

impl Row {
    /// A row without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The row with one value more; the last of a name counts.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        self.0.insert(name.into(), value);
        self
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Words.
    Text(String),
    /// Money.
    Pence(Pence),
    /// A day.
    Date(NaiveDate),
    /// A number that is no money.
    Int(i64),
}

/// What a written file holds: for the register of exports, and to compare with
/// what the other side says it took in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Detail records.
    pub rows: u64,
    /// All records, header and trailer included.
    pub records: u64,
    /// The sum of every value that is money, by its name.
    pub sums: BTreeMap<String, Pence>,
}

/// Why a text is no layout.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{message}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct LayoutFault {
    /// The line of the TOML, from 1.
    pub line: Option<usize>,
    /// What is wrong and what would be right.
    pub message: String,
}
