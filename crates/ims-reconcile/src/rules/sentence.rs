//! A reason with blanks to fill in.

use std::fmt::Write as _;

use ims_money::Pence;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{BankLine, Expected};

/// A sentence in which these blanks are filled from the match:
///
/// `{reference}` `{batch}` `{merchant}` of the first row, `{quoted}` by the first line,
/// `{amount}` of the lines together, `{sum}` of the rows together, `{difference}` between the
/// two, `{lines}` and `{rows}` their numbers, `{date}` of the first row, and `{when}`: "the
/// same day", "2 days later", "1 day earlier".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sentence(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Blank(Blank),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blank {
    Reference,
    Batch,
    Merchant,
    Quoted,
    Amount,
    Sum,
    Difference,
    Lines,
    Rows,
    Date,
    When,
}

const BLANKS: [(&str, Blank); 11] = [
    ("reference", Blank::Reference),
    ("batch", Blank::Batch),
    ("merchant", Blank::Merchant),
    ("quoted", Blank::Quoted),
    ("amount", Blank::Amount),
    ("sum", Blank::Sum),
    ("difference", Blank::Difference),
    ("lines", Blank::Lines),
    ("rows", Blank::Rows),
    ("date", Blank::Date),
    ("when", Blank::When),
];

/// A sentence with a blank that cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadSentence {
    /// No such blank.
    #[error(
        "`{{{0}}}` is not one of reference, batch, merchant, quoted, amount, sum, difference, lines, rows, date, when"
    )]
    UnknownBlank(String),
    /// An opening brace without its closing one.
    #[error("`{{` without `}}` in `{0}`")]
    Unclosed(String),
}

impl TryFrom<String> for Sentence {
    type Error = BadSentence;

    fn try_from(text: String) -> Result<Self, BadSentence> {
        text.parse()
    }
}

impl std::str::FromStr for Sentence {
    type Err = BadSentence;

    fn from_str(text: &str) -> Result<Self, BadSentence> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) =
                after.split_once('}').ok_or_else(|| BadSentence::Unclosed(text.to_owned()))?;
            let blank = BLANKS.iter().find(|(known, _)| *known == name);
            let (_, blank) = blank.ok_or_else(|| BadSentence::UnknownBlank(name.to_owned()))?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Blank(*blank));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }
}

impl From<Sentence> for String {
    fn from(sentence: Sentence) -> Self {
        let mut text = Self::new();
        for piece in sentence.0 {
            match piece {
                Piece::Text(words) => text.push_str(&words),
                Piece::Blank(blank) => {
                    let name = BLANKS.iter().find(|(_, known)| *known == blank);
                    text.extend(["{", name.map_or("", |(name, _)| name), "}"]);
                }
            }
        }
        text
    }
}

impl Sentence {
    /// Appends the sentence to `text`, filled in for these `lines` and `rows`.
    pub(crate) fn write(
        &self,
        text: &mut String,
        lines: &[u32],
        rows: &[u32],
        difference: Pence,
        expected: &[Expected<'_>],
        bank: &[BankLine<'_>],
    ) {
        let row = |index: &u32| expected.get(*index as usize);
        let line = |index: &u32| bank.get(*index as usize);
        let first_row = rows.first().and_then(row);
        let first_line = lines.first().and_then(line);
        for piece in &self.0 {
            let blank = match piece {
                Piece::Text(words) => {
                    text.push_str(words);
                    continue;
                }
                Piece::Blank(blank) => blank,
            };
            match blank {
                Blank::Reference => text.push_str(first_row.map_or("", |row| row.reference)),
                Blank::Batch => text.push_str(first_row.map_or("", |row| row.batch)),
                Blank::Merchant => text.push_str(first_row.map_or("", |row| row.merchant)),
                Blank::Quoted => text.push_str(first_line.map_or("", said)),
                Blank::Amount => amount(text, lines.iter().filter_map(line).map(|x| x.amount)),
                Blank::Sum => amount(text, rows.iter().filter_map(row).map(|x| x.amount)),
                Blank::Difference => amount(text, std::iter::once(difference)),
                Blank::Lines => count(text, lines.len()),
                Blank::Rows => count(text, rows.len()),
                Blank::Date => {
                    if let Some(row) = first_row {
                        let _ = write!(text, "{}", row.date);
                    }
                }
                Blank::When => {
                    if let (Some(row), Some(line)) = (first_row, first_line) {
                        when(text, line.date.signed_duration_since(row.date).num_days());
                    }
                }
            }
        }
    }
}

/// What a line says first.
fn said<'a>(line: &BankLine<'a>) -> &'a str {
    if line.reference.is_empty() { line.narrative } else { line.reference }
}

fn count(text: &mut String, count: usize) {
    let _ = write!(text, "{count}");
}

fn amount(text: &mut String, amounts: impl Iterator<Item = Pence>) {
    let pence: i128 = amounts.map(|amount| i128::from(amount.get())).sum();
    let sign = if pence < 0 { "-" } else { "" };
    let pence = pence.unsigned_abs();
    let _ = write!(text, "{sign}{}.{:02}", pence / 100, pence % 100);
}

fn when(text: &mut String, days: i64) {
    match days {
        0 => text.push_str("the same day"),
        1 => text.push_str("1 day later"),
        -1 => text.push_str("1 day earlier"),
        2.. => {
            let _ = write!(text, "{days} days later");
        }
        _ => {
            let _ = write!(text, "{} days earlier", days.unsigned_abs());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{line, row};

    #[test]
    fn blanks_are_filled() {
        let rows = [row(1, 1, 500, "A1"), row(2, 3, -20, "B2")];
        let rows = [Expected { merchant: "SHOP", batch: "po_7", ..rows[0] }, rows[1]];
        let lines = [line(8, 3, 400, "X"), BankLine { narrative: "Y", ..line(9, 3, 70, "") }];
        for (sentence, said) in [
            ("{reference} {merchant} {batch}", "A1 SHOP po_7"),
            ("{quoted}: {amount} of {sum}, {difference}", "X: 4.70 of 4.80, 0.10"),
            (
                "{lines} lines, {rows} rows, {date} {when}",
                "2 lines, 2 rows, 2026-04-01 2 days later",
            ),
            ("plain", "plain"),
        ] {
            let sentence: Sentence = sentence.parse().unwrap();
            let mut text = String::new();
            sentence.write(&mut text, &[0, 1], &[0, 1], Pence::new(10), &rows, &lines);
            assert_eq!(text, said);
        }
        for (lines, rows, said) in
            [([0], [0], "2 days later"), ([1], [1], "the same day"), ([9], [9], "")]
        {
            let lines = if rows == [1] { [1] } else { lines };
            let sentence: Sentence = "{when}".parse().unwrap();
            let mut text = String::new();
            let bank = [line(8, 3, 1, ""), line(9, 3, 1, "")];
            let expected = [row(1, 1, 1, ""), row(2, 3, 1, "")];
            sentence.write(&mut text, &lines, &rows, Pence::ZERO, &expected, &bank);
            assert_eq!(text, said);
        }
    }

    #[test]
    fn what_is_no_blank_is_refused() {
        for (text, fault) in [
            ("{sun}", BadSentence::UnknownBlank("sun".to_owned())),
            ("a {sum", BadSentence::Unclosed("a {sum".to_owned())),
        ] {
            assert_eq!(text.parse::<Sentence>(), Err(fault));
        }
    }

    #[test]
    fn a_sentence_is_written_as_it_was_read() {
        let text = "a {sum} b{when}{rows}";
        let sentence: Sentence = text.parse().unwrap();
        assert_eq!(String::from(sentence), text);
    }
}
