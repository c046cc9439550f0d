//! Files described as data, in both directions.
//!
//! A [`Layout`] is a page of TOML (`docs/formats/layouts.md`): the kinds of
//! record of a file and their fields, delimited or of fixed width. One that
//! `reads` is a [`Format`](crate::Format) like any other; one that `writes` takes
//! rows. Writing is reproducible byte for byte, and what does not fit is a fault,
//! never cut.
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

mod charset;
mod diff;
mod expr;
mod field;
mod format;
mod parse;
mod part;
mod pattern;
mod read;
mod recognise;
mod shipped;
mod text;
mod write;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_money::Pence;
use serde::Deserialize;
use thiserror::Error;

use charset::Encoding;
pub use diff::Difference;
use field::Place;
use part::{Part, Role};
use recognise::Recognise;
pub(crate) use shipped::{
    ALLPAY, DWP_SHEET, EXPORT_RESULTS, ORACLE_IMPORT_RESULTS, ORACLE_INVOICE_STATUS, PAYPOINT_CSV,
    PAYPOINT_FIXED, POST_OFFICE_CSV, POST_OFFICE_FIXED, RECEIPTS_BY_NAME,
};
pub use shipped::{named, shipped};
use text::LineEnd;
pub use write::{CannotWrite, RowFault, is_formula, no_formula};

/// A file format described as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    name: String,
    title: String,
    page: String,
    version: Option<String>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    becomes: Option<Becomes>,
    feed: Option<Feed>,
    kind: Kind,
    encoding: Encoding,
    line_end: LineEnd,
    /// How long each record is, where it is said or nothing ends them.
    record_length: Option<usize>,
    /// Whether the first row names the columns.
    header_row: bool,
    /// The sheet of a workbook that is read; the first without it.
    sheet: Option<String>,
    /// The first row of a sheet that is read, from 1.
    first_row: u64,
    set: BTreeMap<String, String>,
    /// What of it nobody but the council knows.
    must_set: Vec<String>,
    tables: BTreeMap<String, BTreeMap<String, String>>,
    recognise: Recognise,
    parts: Vec<Part>,
}

/// How fields follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Each has its width.
    Fixed,
    /// A character between them; `None` is whichever a file has most of.
    Delimited { delimiter: Option<char>, quote: Quote, formulas: Formulas },
    /// Cells of a spreadsheet, or of a CSV read as one.
    Sheet,
}

/// Which fields of a delimited record are quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Quote {
    /// Those that hold the delimiter, a quote or a line end.
    Needed,
    /// All.
    Always,
    /// None: a field that would need it is a fault.
    Never,
}

/// What becomes of a text that a spreadsheet would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Formulas {
    /// An apostrophe before it; taken off again when it is read.
    Neutralise,
    /// It is a fault.
    Refuse,
    /// It is written as it is: for a system that is no spreadsheet.
    Allow,
}

/// What a file that is read becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Becomes {
    Receipts,
    Schedule,
    Statement,
    Settlement,
    /// What a system that took a file of ours says of it.
    Acknowledgement,
}

impl Becomes {
    const fn words(self) -> &'static str {
        match self {
            Self::Receipts => "a receipt",
            Self::Schedule => "a schedule",
            Self::Statement => "a statement",
            Self::Settlement => "a settlement",
            Self::Acknowledgement => "an acknowledgement",
        }
    }

    /// Everything it may say.
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Receipts => &[
                "date",
                "amount",
                "reference",
                "fund",
                "method",
                "office",
                "vat_code",
                "vat",
                "narrative",
                "source_ref",
                "batch",
            ],
            Self::Schedule => &[
                "sender",
                "date",
                "credit_reference",
                "reference",
                "name",
                "amount",
                "paid_on",
                "kind",
            ],
            Self::Statement => &[
                "account",
                "sort_code",
                "currency",
                "number",
                "opening",
                "opening_date",
                "closing",
                "closing_date",
                "booked",
                "value",
                "amount",
                "code",
                "reference",
                "bank_reference",
                "narrative",
                "name",
                "their_sort_code",
                "their_account",
                "their_iban",
                "status",
            ],
            Self::Settlement => &[
                "provider",
                "payout",
                "payout_date",
                "currency",
                "paid",
                "reference",
                "provider_ref",
                "kind",
                "date",
                "gross",
                "fee",
                "net",
            ],
            Self::Acknowledgement => {
                &["export", "their_reference", "reference", "outcome", "message", "amount"]
            }
        }
    }

    /// What it cannot do without.
    const fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Receipts => &["date", "amount", "reference"],
            Self::Schedule => &["sender", "reference", "amount"],
            Self::Statement => &["account", "booked", "amount"],
            Self::Settlement => &["provider", "provider_ref", "kind", "date", "gross"],
            Self::Acknowledgement => &["reference", "outcome"],
        }
    }
}

/// What the rows are that a layout writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Feed {
    /// Lines of the ledger's journal: debits positive, credits negative.
    Journal,
    /// Receipts of one fund, for its own system.
    Cash,
    /// Payments back to payers.
    Refunds,
    /// Any values.
    Rows,
}

impl Feed {
    const fn words(self) -> &'static str {
        match self {
            Self::Journal => "a journal's row",
            Self::Cash => "a row of cash",
            Self::Refunds => "a refund",
            Self::Rows => "a row",
        }
    }

    /// The values its rows have; none where they may have any.
    const fn values(self) -> &'static [&'static str] {
        match self {
            Self::Journal => &["date", "account", "amount", "narrative", "reference"],
            Self::Cash => &["reference", "amount", "date", "method", "receipt", "fund"],
            Self::Refunds => &["reference", "amount", "date", "name", "sort_code", "account"],
            Self::Rows => &[],
        }
    }
}

impl Layout {
    /// Reads a layout from its TOML and checks all of it.
    ///
    /// # Errors
    ///
    /// [`LayoutFault`], with its line, for the first thing that is wrong.
    pub fn parse(toml: &str) -> Result<Self, LayoutFault> {
        Self::check(toml).map_err(|faults| {
            faults.into_iter().next().unwrap_or_else(|| LayoutFault {
                line: None,
                key: String::new(),
                message: "it is no layout".to_owned(),
            })
        })
    }

    /// Reads a layout from its TOML, or says everything that is wrong with it.
    ///
    /// # Errors
    ///
    /// Every [`LayoutFault`], by line.
    pub fn check(toml: &str) -> Result<Self, Vec<LayoutFault>> {
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

    /// The page that specifies it, from the repository's root.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }

    /// Whether files can be read by it.
    #[must_use]
    pub const fn reads(&self) -> bool {
        self.becomes.is_some()
    }

    /// Whether files can be written by it.
    #[must_use]
    pub const fn writes(&self) -> bool {
        self.feed.is_some() || self.becomes.is_none()
    }

    /// Whether it is in force on that day.
    #[must_use]
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// The layout with some of what it has `[set]` set otherwise.
    ///
    /// # Errors
    ///
    /// What it does not have, or what must be set and is blank, in words.
    pub fn with(mut self, set: &BTreeMap<String, String>) -> Result<Self, String> {
        for (name, value) in set {
            let Some(held) = self.set.get_mut(name) else {
                let names: Vec<_> = self.set.keys().map(String::as_str).collect();
                let there = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
                return Err(format!("`{name}` cannot be set in {}; {there} can", self.name));
            };
            held.clone_from(value);
        }
        let is_blank =
            |name: &&String| self.set.get(*name).is_none_or(|text| text.trim().is_empty());
        if let Some(name) = self.must_set.iter().find(is_blank) {
            return Err(format!(
                "{} needs `{name}`, which only the council knows; set = {{ {name} = \"…\" }} of the export says it",
                self.name
            ));
        }
        Ok(self)
    }

    /// The names of the values that rows must or may have.
    #[must_use]
    pub fn values(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.details().flat_map(Part::values).collect();
        if let Some(feed) = self.feed {
            names.extend(feed.values());
        }
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

    /// What a file of `new` has otherwise than one of this layout, in words;
    /// comments and the order of the TOML count for nothing.
    #[must_use]
    pub fn differences(&self, new: &Self) -> Vec<Difference> {
        diff::differences(self, new)
    }

    fn details(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.role == Role::Detail)
    }

    /// The columns that are found by their names.
    fn named_columns(&self) -> impl Iterator<Item = (&field::Field, &[String])> {
        self.details().flat_map(|part| &part.fields).filter_map(|field| match &field.place {
            Place::Named(names) => Some((field, names.as_slice())),
            Place::Span(..) | Place::After(_) | Place::Column(_) | Place::Cell(_) => None,
        })
    }
}

/// The one of several versions of a layout that is in force on a day.
#[must_use]
pub fn in_force<'l>(
    layouts: impl IntoIterator<Item = &'l Layout>,
    name: &str,
    day: NaiveDate,
) -> Option<&'l Layout> {
    let named = layouts.into_iter().filter(|layout| layout.name == name);
    named.filter(|layout| layout.is_in_force(day)).max_by_key(|layout| layout.from)
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
    /// The sum of every value that is money, by its name, over the detail records that
    /// were written; of one that no field is from, over the rows that made a record.
    pub sums: BTreeMap<String, Pence>,
    /// Rows that the file does not tell of: those that no record is for, and those with
    /// money that none of their records holds, though the layout has a field for it.
    pub left_out: u64,
    /// The first of them, from 1.
    pub first_left_out: Option<u64>,
}

/// Why a text is no layout.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}{}{message}", line.map(|line| format!("line {line}: ")).unwrap_or_default(), if key.is_empty() { String::new() } else { format!("{key}: ") })]
pub struct LayoutFault {
    /// The line of the TOML, from 1.
    pub line: Option<usize>,
    /// What of the layout it is about: `detail.field[2]`; empty for text that is
    /// no TOML.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}
