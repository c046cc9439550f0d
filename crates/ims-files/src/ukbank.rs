//! The CSV files that UK banks let one download.

mod barclays;
mod book;
mod chain;
mod hsbc;
mod lloyds;
mod midata;
mod monzo;
mod nationwide;
mod natwest;
mod preamble;
mod santander;
mod santander_txt;
mod starling;

use std::{borrow::Cow, io::BufRead};

use chrono::NaiveDate;
use ims_money::Amount;

use crate::{
    Confidence, Format, Head, Record, Verdict,
    amounts::sterling,
    dates,
    out::Out,
    rows::{Header, Row, Rows, first_rows, plain_name},
    verdict::Faults,
};
pub(crate) use barclays::BARCLAYS;
use book::Book;
pub(crate) use hsbc::HSBC;
pub(crate) use lloyds::LLOYDS;
pub(crate) use midata::MIDATA;
pub(crate) use monzo::MONZO;
pub(crate) use nationwide::NATIONWIDE;
pub(crate) use natwest::NATWEST;
use preamble::Preamble;
pub(crate) use santander::SANTANDER;
pub(crate) use santander_txt::SantanderTxt;
pub(crate) use starling::STARLING;

/// How far down the header may be.
const PREAMBLE_ROWS_MAX: usize = 10;

/// One bank's CSV.
pub(crate) struct UkBank {
    name: &'static str,
    title: &'static str,
    page: &'static str,
    /// The columns in words, for who has others.
    shape: &'static str,
    /// The names of the columns that must be there, `|` between those that mean
    /// the same and `?` before one that may be missing; empty where the bank
    /// writes no header.
    header: &'static [&'static str],
    /// Another header, of an older or newer file, in the same order.
    other: &'static [&'static str],
    /// Reads a row whose columns stand where `header` says, in its order.
    row: for<'r> fn(&'r Row, &[usize]) -> Result<BankRow<'r>, String>,
    /// What a row may have more or less of than the header.
    width: Width,
}

/// How a row's columns are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    /// As many as the header: one more is an unquoted comma, and what stands behind
    /// it would be taken for what it is not.
    AsHeader,
    /// Text in the last column may hold commas, or be missing.
    LastIsText,
}

/// Where the columns are that a reader wants.
#[derive(Debug, Default)]
struct Columns {
    at: Vec<usize>,
    /// How many columns the header names.
    named: usize,
    /// How many it has, with blank ones at its end.
    all: usize,
    /// What its amounts are in, where the header says so; in capitals.
    currency: String,
}

impl Columns {
    /// That no cell of the row slipped.
    fn check(&self, row: &Row) -> Result<(), String> {
        let slipped = || {
            let (has, wants) = (row.len(), self.named);
            Err(format!("{has} columns; the header has {wants}; quote a text with a comma in it"))
        };
        if !row.fits(self.named) {
            return slipped();
        }
        // Where the last cell is blank, nothing shows whether the cells moved by one.
        let last_is_blank = row.get(self.named.saturating_sub(1)).is_empty();
        if row.len() > self.all && last_is_blank { slipped() } else { Ok(()) }
    }
}

/// A row of any of the banks.
#[derive(Debug, Default)]
struct BankRow<'r> {
    /// Sort code and number as the row writes them; the first may be blank.
    account: (&'r str, &'r str),
    date: NaiveDate,
    amount: Amount,
    /// ISO 4217; blank means sterling.
    currency: &'r str,
    /// The balance after it.
    balance: Option<Amount>,
    code: &'r str,
    reference: &'r str,
    bank_reference: &'r str,
    /// The name of the other side.
    counterparty: &'r str,
    narrative: Cow<'r, str>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Account {
    sort_code: Option<String>,
    number: String,
}

impl UkBank {
    /// Where the columns are, if `row` is the header.
    fn columns(&self, row: &Row) -> Option<Columns> {
        [self.header, self.other].iter().find_map(|names| Self::columns_of(names, row))
    }

    fn columns_of(names: &[&str], row: &Row) -> Option<Columns> {
        if names.is_empty() {
            return None;
        }
        let header = Header::of(row);
        let mut currency = String::new();
        let mut column = |name: &&str| {
            if let Some(name) = name.strip_suffix('*') {
                let (at, of) = header.with_currency(name)?;
                // All of one currency, or it is no header of theirs.
                if !currency.is_empty() && currency != of {
                    return None;
                }
                currency = of;
                return Some(at);
            }
            let (names, may_be_missing) = match name.strip_prefix('?') {
                Some(names) => (names, true),
                None => (*name, false),
            };
            let found = names.split('|').find_map(|name| header.column(&[name]));
            if may_be_missing { Some(found.unwrap_or(usize::MAX)) } else { found }
        };
        let at = names.iter().map(&mut column).collect::<Option<_>>()?;
        Some(Columns { at, named: row.filled(), all: row.len(), currency })
    }

    /// Whether a row names the columns of a file that has no header from this bank.
    fn is_heading(&self, row: &Row) -> bool {
        let names: Vec<String> = self.shape.split(',').map(plain_name).collect();
        let likely = |(name, cell): (&String, &str)| {
            name == "ddmmyyyy" && plain_name(cell).ends_with("date") || plain_name(cell) == *name
        };
        row.len() == names.len() && names.iter().zip(row.iter()).all(likely)
    }

    fn read_row<'r>(&self, row: &'r Row, columns: &Columns) -> Result<BankRow<'r>, String> {
        if !self.header.is_empty() && self.width == Width::AsHeader {
            columns.check(row)?;
        }
        (self.row)(row, &columns.at)
    }

    /// Reads on to the header. Its columns and what stood above, or what is wrong.
    fn find_header(&self, rows: &mut Rows<'_>) -> Result<(Columns, Preamble), (u64, String)> {
        let mut preamble = Preamble::default();
        if self.header.is_empty() {
            return Ok((Columns::default(), preamble));
        }
        let mut first = 0;
        for _ in 0..PREAMBLE_ROWS_MAX {
            let Some(row) = rows.next() else { break };
            if let Some(columns) = self.columns(row) {
                return Ok((columns, preamble));
            }
            preamble.take(row);
            first = if first == 0 { row.line } else { first };
            rows.forget_delimiter();
        }
        Err((first.max(1), format!("no header; `{}` would be right", self.shape)))
    }
}

impl Format for UkBank {
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
        if self.header.is_empty() {
            let rows = first_rows(head.bytes, 5);
            // Columns with names are another bank's: a card's may hold what was spent as
            // positive. Whoever says which bank it is has it read.
            let is_named = rows.first().is_some_and(|row| self.is_heading(row));
            let fits = !is_named && rows.iter().any(|row| (self.row)(row, &[]).is_ok());
            return if fits { Confidence::Maybe } else { Confidence::No };
        }
        let mut bytes = head.bytes;
        let found = self.find_header(&mut Rows::new(&mut bytes)).is_ok();
        if found { Confidence::Sure } else { Confidence::No }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut rows = Rows::new(input);
        let mut faults = Faults::default();
        let mut book = Book::new(Out::new(sink));
        match self.find_header(&mut rows) {
            Ok((columns, preamble)) => {
                book.unnamed(preamble.account);
                book.in_currency(&columns.currency);
                let mut first = true;
                while let Some(row) = rows.next() {
                    if std::mem::take(&mut first) && columns.at.is_empty() && self.is_heading(row) {
                        continue;
                    }
                    match self.read_row(row, &columns) {
                        Ok(read) => book.take(read, row.line, &mut faults),
                        Err(_) if !columns.at.is_empty() && self.columns(row).is_some() => {
                            faults.warning(row.line, "the header again, in the middle of the file");
                        }
                        Err(_) if preamble::is_trailer(row) => {}
                        Err(message) => match preamble::opening(row) {
                            Some(balance) if !columns.at.is_empty() => book.opens_with(balance),
                            Some(_) | None => {
                                book.broken();
                                faults.error(row.line, message);
                            }
                        },
                    }
                }
            }
            Err((line, message)) => faults.error(line, message),
        }
        rows.finish(&mut faults);
        let totals = book.finish(&mut faults);
        faults.verdict(None, totals)
    }
}

/// The field in the `nth` of the columns, without the apostrophe that keeps a
/// spreadsheet from counting with it.
fn field<'r>(row: &'r Row, columns: &[usize], nth: usize) -> &'r str {
    let text = columns.get(nth).map_or("", |column| row.get(*column));
    match text.strip_prefix('\'') {
        Some(text) => text.trim(),
        None => text,
    }
}

fn money(name: &str, text: &str) -> Result<Amount, String> {
    sterling(text).map_err(|message| format!("{name}: {message}"))
}

/// The amount of a row that has a column for each direction: both hold positive
/// amounts, and one of them is blank.
fn in_or_out(
    (out_name, out): (&str, &str),
    (in_name, paid_in): (&str, &str),
) -> Result<Amount, String> {
    let positive = |name: &str, text: &str| {
        let amount = money(name, text)?;
        if amount.is_negative() {
            return Err(format!("{name}: {amount} is negative; the column says the direction"));
        }
        Ok(amount)
    };
    match (out, paid_in) {
        ("", "") => Err(format!("neither {out_name} nor {in_name}; a row has one")),
        (out, "") => Ok(positive(out_name, out)?.negated()),
        ("", paid_in) => positive(in_name, paid_in),
        (out, paid_in) => {
            let out = positive(out_name, out)?;
            let paid_in = positive(in_name, paid_in)?;
            if !out.is_zero() && !paid_in.is_zero() {
                return Err(format!("both {out_name} and {in_name}; a row has one"));
            }
            if out.is_zero() { Ok(paid_in) } else { Ok(out.negated()) }
        }
    }
}

fn day(name: &str, text: &str) -> Result<NaiveDate, String> {
    dates::uk(text).map_err(|message| format!("{name}: {message}"))
}

/// The text with every run of blanks as one.
fn squeezed(text: &str) -> Cow<'_, str> {
    let mut after_blank = true;
    let is_squeezed = text.bytes().all(|byte| {
        let blank = byte == b' ';
        let fits = byte.is_ascii_graphic() || (blank && !after_blank);
        after_blank = blank;
        fits
    });
    if is_squeezed && !after_blank {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_says_the_bank_has_named_columns_read() {
        let file = b"Date,Description,Amount\n01/04/2026,SMITH J,120.50\nDate,Description,Amount\n";
        let head = Head { bytes: file, file_name: "statement.csv" };
        assert_eq!(HSBC.recognise(&head), Confidence::No);
        let verdict = HSBC.read(&mut &file[..], &mut |_| {});
        let errors: Vec<_> =
            verdict.faults.iter().filter(|f| f.severity == crate::Severity::Error).collect();
        assert_eq!(verdict.totals.unwrap().count, 1);
        // Only above the first row are they names.
        assert_eq!((errors.len(), errors[0].line), (1, Some(3)));
    }

    #[test]
    fn columns_of_two_currencies_are_no_header() {
        for (header, fits) in [
            ("Date,Counter Party,Reference,Type,Amount (EUR),Balance (EUR)", true),
            ("Date,Counter Party,Reference,Type,Amount (EUR),Balance (GBP)", false),
            ("Date,Counter Party,Reference,Type,Amount (EUR),Amount (GBP),Balance (EUR)", false),
        ] {
            let head = Head { bytes: header.as_bytes(), file_name: "" };
            assert_eq!(STARLING.recognise(&head) == Confidence::Sure, fits, "{header}");
        }
    }
}
