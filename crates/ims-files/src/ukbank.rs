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
    rows::{Header, Row, Rows, first_rows},
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
    /// Reads a row whose columns stand where `header` says, in its order.
    row: for<'r> fn(&'r Row, &[usize]) -> Result<BankRow<'r>, String>,
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
    fn columns(&self, row: &Row) -> Option<Vec<usize>> {
        let header = Header::of(row);
        let column = |name: &&str| {
            let (names, may_be_missing) = match name.strip_prefix('?') {
                Some(names) => (names, true),
                None => (*name, false),
            };
            let found = names.split('|').find_map(|name| header.column(&[name]));
            if may_be_missing { Some(found.unwrap_or(usize::MAX)) } else { found }
        };
        self.header.iter().map(column).collect()
    }

    /// Reads on to the header. Its columns and what stood above, or what is wrong.
    fn find_header(&self, rows: &mut Rows<'_>) -> Result<(Vec<usize>, Preamble), (u64, String)> {
        let mut preamble = Preamble::default();
        if self.header.is_empty() {
            return Ok((Vec::new(), preamble));
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
            let fits = rows.iter().any(|row| (self.row)(row, &[]).is_ok());
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
                while let Some(row) = rows.next() {
                    match (self.row)(row, &columns) {
                        Ok(read) => book.take(read, row.line, &mut faults),
                        Err(_) if !columns.is_empty() && self.columns(row).is_some() => {
                            faults.warning(row.line, "the header again, in the middle of the file");
                        }
                        Err(_) if preamble::is_trailer(row) => {}
                        Err(message) => match preamble::opening(row) {
                            Some(balance) if !columns.is_empty() => book.opens_with(balance),
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
