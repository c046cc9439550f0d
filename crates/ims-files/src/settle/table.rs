//! A provider's report as CSV: columns by their names, in whatever order.

use std::io::BufRead;

use crate::{
    Confidence, Format, Head, Record, Verdict,
    out::Out,
    rows::{Header, Row, Rows, plain_name},
    verdict::Faults,
};

use super::book::Book;

/// How many rows may come before the header.
const PREAMBLE_ROWS_MAX: usize = 10;

/// One provider's report.
pub(crate) struct Report {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) page: &'static str,
    /// As the settlements name it.
    pub(super) provider: &'static str,
    pub(super) columns: &'static [Column],
    /// A header that would be right, for a message.
    pub(super) shape: &'static str,
    /// Columns whose names hold this hold texts of ours, under names of our own.
    pub(super) ours: Option<&'static str>,
    pub(super) row: fn(&Cells<'_>, &mut Book<'_>) -> Result<(), String>,
}

/// A column that a report has or may have.
pub(super) struct Column {
    /// What it is called, in small letters and digits only; the first found is it.
    names: &'static [&'static str],
    needed: bool,
}

/// A column without which it is another file.
pub(super) const fn needed(names: &'static [&'static str]) -> Column {
    Column { names, needed: true }
}

/// A column that may be missing.
pub(super) const fn may(names: &'static [&'static str]) -> Column {
    Column { names, needed: false }
}

/// A row by its columns, counted as in [`Report::columns`].
pub(super) struct Cells<'r> {
    row: &'r Row,
    at: &'r [Option<usize>],
    ours: &'r [(String, usize)],
}

impl Cells<'_> {
    /// What is in the column, without the apostrophe that keeps a spreadsheet
    /// from counting with it; empty where the file has no such column.
    pub(super) fn get(&self, column: usize) -> &str {
        let at = self.at.get(column).copied().flatten();
        let text = at.map_or("", |at| self.row.get(at));
        text.strip_prefix('\'').unwrap_or(text).trim()
    }

    pub(super) fn given(&self, column: usize) -> Option<String> {
        let text = self.get(column);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The first of the columns that has something in it.
    pub(super) fn first_of(&self, columns: &[usize]) -> &str {
        columns.iter().map(|column| self.get(*column)).find(|text| !text.is_empty()).unwrap_or("")
    }

    /// What is filled in of the columns of our own, with their names.
    pub(super) fn ours(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.ours.iter().map(|(name, at)| (name.as_str(), self.row.get(*at)));
        all.filter(|(_, text)| !text.is_empty())
    }

    pub(super) fn line(&self) -> u64 {
        self.row.line
    }
}

struct Found {
    at: Vec<Option<usize>>,
    ours: Vec<(String, usize)>,
    width: usize,
}

impl Report {
    fn columns(&self, row: &Row) -> Option<Found> {
        let header = Header::of(row);
        let mut at = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            let place = header.column(column.names);
            if column.needed && place.is_none() {
                return None;
            }
            at.push(place);
        }
        let width = row.iter().zip(1..).filter(|(name, _)| !name.is_empty()).map(|(_, n)| n).max();
        let is_ours = |name: &str| self.ours.is_some_and(|word| plain_name(name).contains(word));
        let ours = row.iter().enumerate().filter(|(_, name)| is_ours(name));
        let ours = ours.map(|(at, name)| (name.to_owned(), at)).collect();
        Some(Found { at, ours, width: width.unwrap_or(0) })
    }

    fn find_header(&self, rows: &mut Rows<'_>) -> Result<Found, u64> {
        let mut first = None;
        for _ in 0..PREAMBLE_ROWS_MAX {
            let Some(row) = rows.next() else { break };
            if let Some(found) = self.columns(row) {
                return Ok(found);
            }
            first = first.or(Some(row.line));
            rows.forget_delimiter();
        }
        Err(first.unwrap_or(1))
    }
}

impl Format for Report {
    fn name(&self) -> &'static str {
        self.name
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn page(&self) -> &'static str {
        self.page
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let mut bytes = head.bytes;
        let found = self.find_header(&mut Rows::new(&mut bytes)).is_ok();
        if found { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut rows = Rows::new(input);
        let mut faults = Faults::default();
        let mut book = Book::new(self.provider, Out::new(sink));
        match self.find_header(&mut rows) {
            Ok(found) => {
                while let Some(row) = rows.next() {
                    let cells = Cells { row, at: &found.at, ours: &found.ours };
                    let taken =
                        check_width(row, found.width).and_then(|()| (self.row)(&cells, &mut book));
                    if let Err(message) = taken {
                        if self.columns(row).is_some() {
                            faults.warning(row.line, "the header again, in the middle of the file");
                        } else {
                            faults.error(row.line, message);
                        }
                    }
                }
            }
            Err(line) => faults.error(line, format!("no header; `{}` would be right", self.shape)),
        }
        rows.finish(&mut faults);
        let totals = book.finish(&mut faults);
        faults.verdict(None, totals)
    }
}

/// That no cell slipped. Empty cells beyond the header are tolerated.
fn check_width(row: &Row, width: usize) -> Result<(), String> {
    if !row.fits(width) {
        return Err(format!("{} columns; the header has {width}", row.len()));
    }
    Ok(())
}
