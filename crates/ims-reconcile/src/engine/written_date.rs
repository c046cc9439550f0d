//! Days written into a bank line: `0104`, `010425`, `250401`, `01/04/2025`, `2025-04-01`, `1 APR`.

use chrono::{Datelike, NaiveDate};

use super::{
    left::Left,
    spans::{Piece, Span},
};
use crate::rules::Days;

const MONTHS: [&[u8]; 12] = [
    b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC",
];

/// The days written in the line at this place, outside `except`, that lie in the window of
/// a line of `line_day`.
pub(crate) fn days(left: &Left, at: usize, except: Span, line_day: i32, window: Days) -> Vec<i32> {
    let outside = |piece: &&Piece| piece.end <= except.start || except.end <= piece.start;
    let pieces: Vec<(&[u8], bool)> = left
        .pieces(at)
        .iter()
        .filter(outside)
        .map(|piece| (left.said(piece.start, piece.end), piece.is_number))
        .collect();
    let mut found = Vec::new();
    for from in 0..pieces.len() {
        let readings = readings(pieces.get(from..).unwrap_or(&[]));
        found.extend(readings.into_iter().filter_map(|reading| reading.near(line_day, window)));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A day and month, perhaps with the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    day: u32,
    month: u32,
    year: Option<i32>,
}

impl Reading {
    fn near(self, line_day: i32, window: Days) -> Option<i32> {
        let this_year = NaiveDate::from_num_days_from_ce_opt(line_day)?.year();
        let years = match self.year {
            Some(year) => vec![year],
            None => vec![this_year.saturating_sub(1), this_year, this_year.saturating_add(1)],
        };
        let days = years.into_iter().filter_map(|year| {
            Some(NaiveDate::from_ymd_opt(year, self.month, self.day)?.num_days_from_ce())
        });
        days.into_iter().find(|day| window.hold(line_day.saturating_sub(*day)))
    }
}

/// What the first pieces may mean as a day.
fn readings(pieces: &[(&[u8], bool)]) -> Vec<Reading> {
    let digits = |at: usize, lengths: &[usize]| {
        let (said, is_number) = pieces.get(at).copied()?;
        let number = std::str::from_utf8(said).ok()?;
        if is_number && lengths.contains(&said.len()) { number.parse::<u32>().ok() } else { None }
    };
    let mut found = Vec::new();
    let mut add = |day: u32, month: u32, year: Option<u32>| {
        let year = year.and_then(|year| i32::try_from(year).ok());
        let year = year.map(|year| if year < 100 { year + 2000 } else { year });
        found.push(Reading { day, month, year });
    };
    if let Some(number) = digits(0, &[4]) {
        add(number / 100, number % 100, None);
    }
    if let Some(number) = digits(0, &[6]) {
        add(number / 10_000, number / 100 % 100, Some(number % 100));
        add(number % 100, number / 100 % 100, Some(number / 10_000));
    }
    if let Some(number) = digits(0, &[8]) {
        add(number / 1_000_000, number / 10_000 % 100, Some(number % 10_000));
        add(number % 100, number / 100 % 100, Some(number / 10_000));
    }
    if let (Some(one), Some(two)) = (digits(0, &[1, 2]), digits(1, &[1, 2])) {
        add(one, two, digits(2, &[2, 4]));
        if let Some(three) = digits(2, &[2]) {
            add(three, two, Some(one));
        }
    }
    if let (Some(year), Some(month), Some(day)) =
        (digits(0, &[4]), digits(1, &[2]), digits(2, &[2]))
    {
        add(day, month, Some(year));
    }
    if let (Some(day), Some((name, _))) = (digits(0, &[1, 2]), pieces.get(1)) {
        let month = (1_u32..).zip(MONTHS).find(|(_, known)| name.starts_with(known));
        if let Some((month, _)) = month {
            add(day, month, digits(2, &[2, 4]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::spans::Spans;

    fn read(text: &str) -> Vec<i32> {
        let mut spans = Spans::default();
        spans.push(text, "");
        let pieces: Vec<(&[u8], bool)> = spans
            .pieces(0)
            .iter()
            .map(|piece| (spans.said(piece.start, piece.end), piece.is_number))
            .collect();
        let line_day = NaiveDate::from_ymd_opt(2026, 1, 2).unwrap().num_days_from_ce();
        let readings = (0..pieces.len()).flat_map(|from| readings(&pieces[from..]));
        let mut days: Vec<i32> = readings
            .filter_map(|reading| reading.near(line_day, Days { before: 0, after: 7 }))
            .map(|day| line_day - day)
            .collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    #[test]
    fn a_day_is_read_however_it_is_written() {
        for (text, days) in [
            ("CARDS 3112", vec![2]),
            ("CARDS 311225", vec![2]),
            ("CARDS 251231", vec![2]),
            ("CARDS 31122025", vec![2]),
            ("CARDS 20251231", vec![2]),
            ("CARDS 31/12", vec![2]),
            ("CARDS 31-12-25", vec![2]),
            ("CARDS 2025-12-31", vec![2]),
            ("CARDS 31 DEC", vec![2]),
            ("CARDS 1JAN26", vec![1]),
            ("CARDS 3112 0101", vec![1, 2]),
            ("CARDS 3011", vec![]),
            ("CARDS 9999", vec![]),
            ("CARDS", vec![]),
        ] {
            assert_eq!(read(text), days, "{text}");
        }
    }
}
