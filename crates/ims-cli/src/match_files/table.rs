//! A CSV file in memory, whose fields are read where they lie.

use std::borrow::Cow;

use thiserror::Error;

/// What is wrong with a CSV file, and on which line of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {fault}")]
pub struct BadTable {
    /// The line, counted from 1.
    pub line: u64,
    /// What is wrong there, and what would be right.
    pub fault: String,
}

impl BadTable {
    pub(super) fn new(line: u64, fault: impl Into<String>) -> Self {
        Self { line, fault: fault.into() }
    }
}

/// The records of a CSV file.
///
/// A file with quotes in it is taken apart by the `csv` crate first and kept with two control
/// characters for separators; all others are read as they are.
pub(super) struct Table {
    text: String,
    field: char,
    record: char,
    /// The line on which each record starts, heading included; `None` if each has one line.
    lines: Option<Vec<u64>>,
}

const FIELD: char = '\u{1f}';
const RECORD: char = '\u{1e}';

impl Table {
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, BadTable> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.as_bytes().get(..error.utf8_error().valid_up_to());
            let line = valid.map_or(0, |valid| valid.iter().filter(|byte| **byte == b'\n').count());
            BadTable::new(line as u64 + 1, "not UTF-8 text; save the file as CSV UTF-8")
        })?;
        if !text.contains('"') {
            return Ok(Self { text, field: ',', record: '\n', lines: None });
        }
        Self::unquoted(text.strip_prefix('\u{feff}').unwrap_or(&text))
    }

    fn unquoted(quoted: &str) -> Result<Self, BadTable> {
        if let Some(at) = quoted.find([FIELD, RECORD]) {
            let line = quoted.get(..at).map_or(0, |before| before.matches('\n').count());
            return Err(BadTable::new(
                line as u64 + 1,
                "holds a control character; take it out of the file",
            ));
        }
        let (mut text, mut lines) = (String::with_capacity(quoted.len()), Vec::new());
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(quoted.as_bytes());
        let mut record = csv::StringRecord::new();
        loop {
            let line = reader.position().line();
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Err(BadTable::new(line, error.to_string())),
            }
            lines.push(record.position().map_or(line, csv::Position::line));
            for (place, field) in record.iter().enumerate() {
                if place > 0 {
                    text.push(FIELD);
                }
                text.push_str(field);
            }
            text.push(RECORD);
        }
        Ok(Self { text, field: FIELD, record: RECORD, lines: Some(lines) })
    }

    /// The heading's columns and the records after it.
    pub(super) fn records(&self) -> Result<(Columns<'_>, Records<'_>), BadTable> {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        let mut records =
            Records { table: self, rest: text, next_line: 1, next_record: 0, columns: 0 };
        let mut names = Vec::new();
        let heading = records.next_into(&mut names)?;
        let line =
            heading.ok_or_else(|| BadTable::new(1, "the file is empty; it needs a heading"))?;
        let names: Vec<Cow<'_, str>> =
            names.iter().map(|name| Cow::Owned(name.trim().to_ascii_lowercase())).collect();
        records.columns = names.len();
        Ok((Columns { names, line }, records))
    }
}

/// The heading.
pub(super) struct Columns<'t> {
    names: Vec<Cow<'t, str>>,
    line: u64,
}

impl Columns<'_> {
    /// The place of a column that may be absent.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// The place of a column that must be there.
    pub(super) fn need(&self, name: &str) -> Result<usize, BadTable> {
        self.find(name).ok_or_else(|| {
            let known = self.names.join(", ");
            BadTable::new(self.line, format!("no column `{name}` in the heading, only {known}"))
        })
    }
}

/// The records that are still to be read.
pub(super) struct Records<'t> {
    table: &'t Table,
    rest: &'t str,
    next_line: u64,
    next_record: usize,
    columns: usize,
}

impl<'t> Records<'t> {
    /// The bytes that are still to be read.
    pub(super) fn bytes_left(&self) -> usize {
        self.rest.len()
    }

    /// Reads the next record into `fields` and gives its line; `None` at the end. Empty lines
    /// are passed over.
    pub(super) fn next_into(&mut self, fields: &mut Vec<&'t str>) -> Result<Option<u64>, BadTable> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let (record, rest) = self.rest.split_once(self.table.record).unwrap_or((self.rest, ""));
            self.rest = rest;
            let line = match &self.table.lines {
                Some(lines) => lines.get(self.next_record).copied().unwrap_or(0),
                None => self.next_line,
            };
            self.next_line += 1;
            self.next_record += 1;
            let record = match self.table.lines {
                Some(_) => record,
                None => record.strip_suffix('\r').unwrap_or(record),
            };
            if record.is_empty() {
                continue;
            }
            fields.clear();
            fields.extend(record.split(self.table.field));
            if self.columns > 0 && fields.len() != self.columns {
                return Err(BadTable::new(
                    line,
                    format!("{} columns, but the heading has {}", fields.len(), self.columns),
                ));
            }
            return Ok(Some(line));
        }
    }
}
