use std::str::FromStr;

use chrono::{Days, NaiveDate};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    Sheets,
    letters::column,
    parts::{Shown, Styles},
    strings::Strings,
};
use crate::{
    COLUMNS_MAX, RECORD_BYTES_MAX,
    amounts::clipped,
    rows::Row,
    verdict::Faults,
    xml::{Step, Visitor},
};

/// What a cell's value is looked up in.
#[derive(Clone, Copy)]
pub(super) struct Look<'l> {
    pub(super) strings: &'l Strings,
    pub(super) styles: &'l Styles,
    pub(super) from_1904: bool,
}

/// Reads the cells of a sheet into rows.
pub(super) struct Reading<'l, 's> {
    look: Look<'l>,
    sheets: &'s mut dyn Sheets,
    row: Row,
    /// The columns the row has, in order.
    filled: usize,
    line: u64,
    cell: Option<Cell>,
    /// How many elements of the cell are open.
    inside: u32,
    /// In `v` or in a text of its own.
    in_value: bool,
    /// How deep the reading aid of an Asian text began; 0 outside one.
    aid: u32,
    bytes: usize,
    faults: Faults,
}

struct Cell {
    column: usize,
    kind: String,
    style: usize,
    text: String,
}

impl<'l, 's> Reading<'l, 's> {
    pub(super) fn new(look: Look<'l>, sheets: &'s mut dyn Sheets) -> Self {
        Self {
            look,
            sheets,
            row: Row::default(),
            filled: 0,
            line: 0,
            cell: None,
            inside: 0,
            in_value: false,
            aid: 0,
            bytes: 0,
            faults: Faults::default(),
        }
    }

    pub(super) fn finish(mut self, faults: &mut Faults) {
        self.hand_on();
        faults.absorb(self.faults);
    }

    fn hand_on(&mut self) {
        if !self.row.is_blank() {
            self.sheets.row(&self.row);
        }
        self.row = Row::default();
        self.filled = 0;
        self.bytes = 0;
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        let text = self.shown(&cell);
        if text.trim().is_empty() {
            return;
        }
        if cell.column >= COLUMNS_MAX {
            self.faults.error(
                self.line,
                format!("the row has more than {COLUMNS_MAX} columns; the rest was skipped"),
            );
            return;
        }
        self.bytes = self.bytes.saturating_add(text.len());
        if self.bytes > RECORD_BYTES_MAX {
            self.faults.error(
                self.line,
                format!("the row is longer than {RECORD_BYTES_MAX} bytes; its rest was skipped"),
            );
            return;
        }
        if cell.column < self.filled {
            self.faults.error(self.line, "a cell stands after one to its right");
            return;
        }
        while self.filled < cell.column {
            self.row.push("");
            self.filled += 1;
        }
        self.row.push(&text);
        self.filled += 1;
    }

    /// The cell as a person sees it.
    fn shown(&mut self, cell: &Cell) -> String {
        match cell.kind.as_str() {
            "s" => {
                let at = cell.text.trim().parse().ok();
                let text = at.and_then(|at| self.look.strings.get(at));
                if text.is_none() {
                    self.faults.error(self.line, "a cell's text is not in the file");
                }
                text.unwrap_or_default().to_owned()
            }
            "str" | "inlineStr" | "b" | "d" => cell.text.clone(),
            "e" => {
                let what = clipped(&cell.text);
                self.wrong(cell, format!("a cell holds the error `{what}`"));
                String::new()
            }
            _ => self.number(cell),
        }
    }

    /// What is in the cell is nothing that can be read.
    fn wrong(&mut self, cell: &Cell, message: String) {
        if self.sheets.reads(cell.column) {
            self.faults.error(self.line, message);
        }
    }

    fn number(&mut self, cell: &Cell) -> String {
        let text = cell.text.trim();
        if text.is_empty() {
            return String::new();
        }
        let Some(number) = decimal(text) else {
            let what = clipped(text);
            self.wrong(cell, format!("a cell holds `{what}`, which is no number"));
            return String::new();
        };
        match self.look.styles.of(cell.style) {
            Shown::AsDate => {}
            Shown::Padded(digits) => return padded(number, digits),
            Shown::Plainly => return number.to_string(),
        }
        match day(number, self.look.from_1904) {
            Some(date) => date.to_string(),
            None => {
                self.wrong(cell, format!("a cell's date `{number}` is none"));
                String::new()
            }
        }
    }
}

/// The number that Excel shows: 15 digits, though it saves 17 of a binary fraction.
fn decimal(text: &str) -> Option<Decimal> {
    if text.len() > 40 {
        return None;
    }
    let number = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()?
    } else {
        Decimal::from_str(text).ok()?
    };
    Some(number.round_sf(15)?.normalize())
}

/// A whole number with noughts before it, as a reference has them.
fn padded(number: Decimal, digits: usize) -> String {
    if number.is_integer() && !number.is_sign_negative() {
        format!("{:0>digits$}", number.to_string())
    } else {
        number.to_string()
    }
}

/// The day that a count of days is. Excel counts a 29 February 1900, so that days
/// before March 1900 are not to be trusted.
fn day(number: Decimal, from_1904: bool) -> Option<NaiveDate> {
    let days = number.trunc().to_u64()?;
    let start = if from_1904 {
        NaiveDate::from_ymd_opt(1904, 1, 1)?
    } else if days > 60 {
        NaiveDate::from_ymd_opt(1899, 12, 30)?
    } else {
        return None;
    };
    // The year 9999 is the last that Excel knows.
    if days > 2_958_465 { None } else { start.checked_add_days(Days::new(days)) }
}

impl Visitor for Reading<'_, '_> {
    fn step(&mut self, step: Step<'_>, _: impl FnOnce() -> u64) {
        match step {
            Step::Begins("row", attributes) => {
                self.hand_on();
                let stated = attributes.get("r").and_then(|number| number.parse().ok());
                let next = self.line.saturating_add(1);
                self.line = stated.filter(|line| *line > self.line).unwrap_or(next);
                self.row.line = self.line;
            }
            Step::Begins("c", _) if self.line == 0 => {
                self.faults.error(None, "a cell stands outside the rows of its sheet");
            }
            Step::Begins("c", attributes) => {
                self.end_cell();
                (self.inside, self.aid, self.in_value) = (0, 0, false);
                let place = attributes.get("r").and_then(|place| column(&place));
                let style = attributes.get("s").and_then(|style| style.parse().ok());
                self.cell = Some(Cell {
                    column: place.unwrap_or(self.filled),
                    kind: attributes.get("t").unwrap_or_default(),
                    style: style.unwrap_or(0),
                    text: String::new(),
                });
            }
            Step::Begins(name, _) if self.cell.is_some() => {
                self.inside += 1;
                if name == "rPh" && self.aid == 0 {
                    self.aid = self.inside;
                }
                self.in_value = matches!(name, "v" | "t") && self.aid == 0;
            }
            Step::Begins(..) => {}
            Step::Text(text) => {
                if let Some(cell) = &mut self.cell
                    && self.in_value
                    && cell.text.len().saturating_add(text.len()) <= RECORD_BYTES_MAX
                {
                    cell.text.push_str(text);
                }
            }
            Step::Ends if self.cell.is_none() => {}
            Step::Ends if self.inside == 0 => self.end_cell(),
            Step::Ends => {
                self.in_value = false;
                self.inside -= 1;
                if self.inside < self.aid {
                    self.aid = 0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_excel_shows_them() {
        for (saved, shown) in [
            ("79.989999999999995", "79.99"),
            ("1.2300000000000001E2", "123"),
            ("100000000000", "100000000000"),
            ("-0.10000000000000001", "-0.1"),
            ("80", "80"),
        ] {
            assert_eq!(decimal(saved).map(|n| n.to_string()).as_deref(), Some(shown), "{saved}");
        }
        assert_eq!(decimal("1E400"), None);
        assert_eq!(decimal("ten"), None);
    }

    #[test]
    fn references_keep_the_noughts_that_their_format_shows() {
        for (saved, shown) in [
            ("12345", "00012345"),
            ("123456789", "123456789"),
            ("0", "00000000"),
            ("1.5", "1.5"),
            ("-5", "-5"),
        ] {
            assert_eq!(padded(decimal(saved).unwrap(), 8), shown, "{saved}");
        }
    }

    #[test]
    fn days_are_counted_from_1900_or_1904() {
        let at = |days: i64, from_1904| day(Decimal::from(days), from_1904).map(|d| d.to_string());
        assert_eq!(at(46_209, false).as_deref(), Some("2026-07-06"));
        assert_eq!(at(44_747, true).as_deref(), Some("2026-07-06"));
        assert_eq!(at(61, false).as_deref(), Some("1900-03-01"));
        assert_eq!(at(60, false), None);
        assert_eq!(at(9_999_999, false), None);
    }
}
