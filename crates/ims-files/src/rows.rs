//! The rows of a delimited file: quotes, quoted line ends, and the line each
//! row began on.

mod unquoting;

use std::{collections::VecDeque, io::BufRead, ops::Range};

use crate::{
    COLUMNS_MAX, Confidence, QUOTED_LINES_MAX, RECORD_BYTES_MAX, amounts::clipped, lines::Lines,
    verdict::Faults,
};
use unquoting::{Quote, Unquoting};

/// Reads rows. One buffer serves all of them.
pub(crate) struct Rows<'i> {
    lines: Lines<'i>,
    /// `None` until the first line shows it.
    delimiter: Option<u8>,
    /// Whether a quote is a quote.
    quoted: bool,
    /// Lines read ahead for a quote that turned out never to close.
    ahead: VecDeque<(u64, String)>,
    faults: Faults,
    row: Row,
}

/// One row: its fields without quotes and without blanks around them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// The line it began on.
    pub(crate) line: u64,
    text: String,
    fields: Vec<Range<usize>>,
}

impl Row {
    /// The field in that column, from 0; empty where the row is shorter.
    pub(crate) fn get(&self, column: usize) -> &str {
        let field = self.fields.get(column).and_then(|range| self.text.get(range.clone()));
        trimmed(field.unwrap_or_default())
    }

    /// Adds a field at the end.
    pub(crate) fn push(&mut self, field: &str) {
        let start = self.text.len();
        self.text.push_str(field);
        self.fields.push(start..self.text.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    /// The columns together, without their quotes.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How many columns there are, without blank ones at the end.
    pub(crate) fn filled(&self) -> usize {
        (0..self.len()).rev().find(|at| !self.get(*at).is_empty()).map_or(0, |at| at + 1)
    }

    /// Whether it has so many columns; blank ones beyond them are tolerated.
    pub(crate) fn fits(&self, width: usize) -> bool {
        self.len() >= width && self.filled() <= width
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|column| self.get(column))
    }

    pub(crate) fn is_blank(&self) -> bool {
        self.iter().all(str::is_empty)
    }
}

/// The text without blanks around it; nearly every field has none.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [only] if only.is_ascii_graphic() => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

impl<'i> Rows<'i> {
    pub(crate) fn new(input: &'i mut dyn BufRead) -> Self {
        Self {
            lines: Lines::new(input),
            delimiter: None,
            quoted: true,
            ahead: VecDeque::new(),
            faults: Faults::default(),
            row: Row::default(),
        }
    }

    /// What parts the columns, if it is known, and whether a quote is a quote.
    pub(crate) fn parted_by(&mut self, delimiter: Option<u8>, quoted: bool) {
        (self.delimiter, self.quoted) = (delimiter, quoted);
    }

    /// The next row that is not blank.
    pub(crate) fn next(&mut self) -> Option<&Row> {
        loop {
            self.read()?;
            if !self.row.is_blank() {
                return Some(&self.row);
            }
        }
    }

    /// Looks at the next line again for what separates its fields: the last one
    /// was no header.
    pub(crate) fn forget_delimiter(&mut self) {
        self.delimiter = None;
    }

    fn read(&mut self) -> Option<()> {
        self.row.text.clear();
        self.row.fields.clear();
        if let Some((number, line)) = self.ahead.pop_front() {
            self.row.line = number;
            self.row.text.push_str(&line);
        } else {
            let line = self.lines.next()?;
            self.row.text.push_str(&line);
            self.row.line = self.lines.number();
        }
        if self.delimiter.is_none() && !self.row.text.trim().is_empty() {
            self.delimiter = Some(delimiter_of(&self.row.text));
        }
        let delimiter = self.delimiter.unwrap_or(b',');
        if !self.quoted || memchr::memchr(b'"', self.row.text.as_bytes()).is_none() {
            self.split_plainly(delimiter);
        } else {
            self.read_quoted(delimiter);
        }
        if self.row.fields.len() > COLUMNS_MAX {
            let line = self.row.line;
            self.faults.error(
                line,
                format!("the row has more than {COLUMNS_MAX} columns; the rest was skipped"),
            );
            self.row.fields.truncate(COLUMNS_MAX);
        }
        Some(())
    }

    fn split_plainly(&mut self, delimiter: u8) {
        let Row { text, fields, .. } = &mut self.row;
        let mut start = 0;
        // Fields are short: eight bytes at a time beat a search begun anew for each.
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        let pattern = u64::from_le_bytes([delimiter; 8]);
        let mut base = 0;
        for word in words {
            let mut found = zero_bytes(u64::from_le_bytes(*word) ^ pattern);
            while found != 0 {
                let end = base + usize::try_from(found.trailing_zeros() / 8).unwrap_or(0);
                fields.push(start..end);
                start = end + 1;
                found &= found - 1;
            }
            base += 8;
        }
        for (at, byte) in rest.iter().enumerate() {
            if *byte == delimiter {
                fields.push(start..base + at);
                start = base + at + 1;
            }
        }
        fields.push(start..text.len());
    }

    /// A row with a quote in it: joined with the lines after it until every
    /// quote has closed.
    fn read_quoted(&mut self, delimiter: u8) {
        let first = std::mem::take(&mut self.row.text);
        let mut raw = first.clone();
        let mut later: Vec<(u64, String)> = Vec::new();
        let mut unquoting = Unquoting::default();
        loop {
            match unquoting.go_on(&raw, delimiter) {
                Quote::Closed => {
                    self.row.text = unquoting.text;
                    self.row.fields = unquoting.fields;
                    return;
                }
                Quote::Astray => break,
                Quote::Open => {}
            }
            let taken = u64::try_from(later.len()).unwrap_or(u64::MAX);
            if taken + 1 >= QUOTED_LINES_MAX || raw.len() > RECORD_BYTES_MAX {
                break;
            }
            let next = match self.ahead.pop_front() {
                Some(next) => next,
                None => match self.lines.next() {
                    Some(line) => {
                        let line = line.into_owned();
                        (self.lines.number(), line)
                    }
                    None => break,
                },
            };
            raw.push('\n');
            raw.push_str(&next.1);
            later.push(next);
        }
        // The quote never closes, or another opens before it has. The lines after it
        // are rows of their own.
        for line in later.into_iter().rev() {
            self.ahead.push_front(line);
        }
        let line = self.row.line;
        self.faults.error(
            line,
            format!("a quote opens and never closes: `{}`; close it or double it", clipped(&first)),
        );
        self.row.text = first.replace('"', "");
        self.split_plainly(delimiter);
    }

    pub(crate) fn finish(self, faults: &mut Faults) {
        faults.absorb(self.faults);
        self.lines.finish(faults);
    }
}

/// The highest bit of every byte that is nought, exactly.
fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    !(((word & LOW) + LOW) | word | LOW)
}

/// The columns of a header by name, whatever their case, blanks and underscores.
#[derive(Debug, Default)]
pub(crate) struct Header {
    names: Vec<String>,
}

impl Header {
    pub(crate) fn of(row: &Row) -> Self {
        Self { names: row.iter().map(plain_name).collect() }
    }

    /// The column of the first of `names` that there is.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.names.iter().position(|held| held == name))
    }
}

impl Header {
    /// The one column of that name with a currency behind it, `Amount (EUR)`, and the
    /// currency in capitals.
    pub(crate) fn with_currency(&self, name: &str) -> Option<(usize, String)> {
        let mut found = self.names.iter().enumerate().filter_map(|(at, held)| {
            let currency = held.strip_prefix(name)?;
            let is_one = currency.len() == 3 && currency.bytes().all(|c| c.is_ascii_alphabetic());
            is_one.then(|| (at, currency.to_ascii_uppercase()))
        });
        found.next().filter(|_| found.next().is_none())
    }
}

/// `Transaction  Date` and `transaction_date` are one name: `transactiondate`.
pub(crate) fn plain_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Whichever of comma, semicolon, tab and bar the line has most of.
fn delimiter_of(line: &str) -> u8 {
    let count = |wanted: u8| line.bytes().filter(|byte| *byte == wanted).count();
    // Of equals the last wins: the comma.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|wanted| count(*wanted)).unwrap_or(b',')
}

/// Whether the first line of a file is the header that `columns` knows.
pub(crate) fn headed<C>(head: &[u8], columns: fn(&Row) -> Option<C>) -> Confidence {
    let fits = first_rows(head, 1).first().is_some_and(|row| columns(row).is_some());
    if fits { Confidence::Sure } else { Confidence::No }
}

/// Reads a file whose first line is a header, a row at a time. A row that is not
/// taken is an error at its line, with `take`'s message; without a header it is
/// said that the first line must name what is `wanted`.
pub(crate) fn read_headed<C>(
    input: &mut dyn BufRead,
    columns: fn(&Row) -> Option<C>,
    wanted: &str,
    mut take: impl FnMut(&C, &Row) -> Result<(), String>,
) -> Faults {
    let mut rows = Rows::new(input);
    let mut faults = Faults::default();
    match rows.next().map(|row| (row.line, columns(row))) {
        Some((_, Some(columns))) => {
            while let Some(row) = rows.next() {
                if let Err(message) = take(&columns, row) {
                    faults.error(row.line, message);
                }
            }
        }
        Some((line, None)) => {
            faults.error(line, format!("no header; the first line must name {wanted}"));
        }
        None => faults.error(None, "the file is empty"),
    }
    rows.finish(&mut faults);
    faults
}

/// The first rows of a head, at most `count`. A row that the end of the head
/// cuts in two may be among them.
pub(crate) fn first_rows(head: &[u8], count: usize) -> Vec<Row> {
    let mut bytes = head;
    let mut rows = Rows::new(&mut bytes);
    let mut found = Vec::new();
    while found.len() < count && rows.next().is_some() {
        found.push(std::mem::take(&mut rows.row));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> (Vec<(u64, Vec<String>)>, Vec<String>) {
        let mut bytes = text.as_bytes();
        let mut rows = Rows::new(&mut bytes);
        let mut found = Vec::new();
        while let Some(row) = rows.next() {
            found.push((row.line, row.iter().map(str::to_owned).collect()));
        }
        let mut faults = Faults::default();
        rows.finish(&mut faults);
        let faults = faults.verdict(None, None).faults;
        (
            found,
            faults.into_iter().map(|f| format!("{}: {}", f.line.unwrap_or(0), f.message)).collect(),
        )
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>) {
        (line, fields.iter().map(|field| (*field).to_owned()).collect())
    }

    #[test]
    fn quotes_hold_commas_line_ends_and_quotes() {
        let (found, faults) =
            rows("a, b ,c\n\n\"x,1\",\"two\nlines\",\"say \"\"hi\"\"\"\n12\" pipe,y\n");
        assert_eq!(
            found,
            [
                row(1, &["a", "b", "c"]),
                row(3, &["x,1", "two\nlines", "say \"hi\""]),
                row(5, &["12\" pipe", "y"]),
            ]
        );
        assert_eq!(faults, Vec::<String>::new());
    }

    #[test]
    fn quotes_close_lines_later_as_in_one() {
        for (text, wanted) in [
            ("\"a\nb\"\"\nc\",d\n", vec!["a\nb\"\nc", "d"]),
            ("\"a\n\n\n\",\"b\n\"\n", vec!["a", "b"]),
            ("x,\"a\n\"\"\",y\n", vec!["x", "a\n\"", "y"]),
            ("\"a\" b,\"c\"\n", vec!["a b", "c"]),
        ] {
            let (found, faults) = rows(text);
            assert_eq!(found, [row(1, &wanted)], "{text:?}");
            assert_eq!(faults, Vec::<String>::new());
        }
    }

    #[test]
    fn two_open_quotes_do_not_swallow_the_rows_between_them() {
        let (found, faults) = rows(
            "01/04/2026,\"SMITH J,120.50\n02/04/2026,WATER,-15.00\n03/04/2026,\"JONES A,10.00\n04/04/2026,\"X\nY\" ,1\n",
        );
        assert_eq!(
            found,
            [
                row(1, &["01/04/2026", "SMITH J", "120.50"]),
                row(2, &["02/04/2026", "WATER", "-15.00"]),
                row(3, &["03/04/2026", "JONES A", "10.00"]),
                row(4, &["04/04/2026", "X\nY", "1"]),
            ]
        );
        let lines: Vec<_> = faults.iter().map(|fault| fault.split_once(':').unwrap().0).collect();
        assert_eq!(lines, ["1", "3"], "{faults:?}");
        // Every field quoted, one of them not to its end.
        let (found, faults) = rows("\"a\",\"b,c\n\"d\",\"e\"\n\"f\",\"g\"\n");
        assert_eq!(found[1..], [row(2, &["d", "e"]), row(3, &["f", "g"])]);
        assert_eq!(faults.len(), 1, "{faults:?}");
    }

    #[test]
    fn an_open_quote_does_not_swallow_the_rows_after_it() {
        let (found, faults) = rows("1,\"open,x\n2,b\n3,c\n");
        assert_eq!(found, [row(1, &["1", "open", "x"]), row(2, &["2", "b"]), row(3, &["3", "c"])]);
        assert_eq!(
            faults,
            ["1: a quote opens and never closes: `1,\"open,x`; close it or double it"]
        );
    }
}
