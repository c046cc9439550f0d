//! The rows of a spreadsheet, whichever it is.

use std::io::BufRead;

use super::{
    confirmed::Confirmed,
    detect::{Detector, Next},
    role::Detected,
};
use crate::{
    rows::{Row, Rows},
    verdict::Faults,
    xlsx::{self, Sheets},
};

/// Whether a file that begins so may be CSV at all.
pub(crate) fn is_text(head: &[u8]) -> bool {
    let text = crate::lines::without_bom(head).trim_ascii_start();
    !text.is_empty() && !text.starts_with(b"<") && !text.starts_with(b"{")
}

/// Hands on the rows of an xlsx, or of a CSV as one sheet without a name.
pub(crate) fn read(input: &mut dyn BufRead, faults: &mut Faults, sheets: &mut dyn Sheets) {
    let zipped = loop {
        match input.fill_buf() {
            Ok(begin) => break begin.starts_with(b"P") && begin.get(1).is_none_or(|b| *b == b'K'),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                faults.error(None, format!("the file could not be read: {error}"));
                return;
            }
        }
    };
    if zipped {
        xlsx::read(input, faults, sheets);
        return;
    }
    if !sheets.begins("") {
        return;
    }
    let mut rows = Rows::new(input);
    let mut header_seen = false;
    while let Some(row) = rows.next() {
        sheets.row(row);
        // What separates the fields is only known at the headings.
        let is_header = row.len() > 2;
        header_seen |= is_header;
        if !header_seen {
            rows.forget_delimiter();
        }
    }
    rows.finish(faults);
}

/// Looks for the first sheet with headings.
#[derive(Default)]
pub(super) struct Finder<'d> {
    name: String,
    detector: Detector<'d>,
    done: bool,
}

/// The headings of the first sheet that has any, these known too, and who it says
/// it is from.
pub(super) fn headings(input: &mut dyn BufRead, sheets: &Confirmed) -> Option<(Row, String)> {
    let mut finder = Finder { detector: Detector::with(sheets), ..Finder::default() };
    read(input, &mut Faults::default(), &mut finder);
    Some((finder.detector.header()?.clone(), finder.detector.sender()))
}

impl Finder<'_> {
    pub(super) fn found(&self) -> Option<Detected> {
        self.detector.detected(&self.name)
    }
}

impl Sheets for Finder<'_> {
    fn begins(&mut self, name: &str) -> bool {
        if self.detector.has_header() {
            return false;
        }
        self.detector = self.detector.anew();
        name.clone_into(&mut self.name);
        true
    }

    fn row(&mut self, row: &Row) {
        if !self.done {
            self.done =
                matches!(self.detector.take(row), Next::Enough) && self.detector.has_header();
        }
    }
}
