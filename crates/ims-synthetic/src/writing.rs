//! Amounts and days as files write them.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};
use ims_money::Pence;

/// Pounds and pence with `point` between them, the sign left off: `1250.75`.
pub(crate) fn push_size(text: &mut String, amount: Pence, point: char) {
    let size = amount.get().unsigned_abs();
    let _ = write!(text, "{}{point}{:02}", size / 100, size % 100);
}

/// Pounds and pence: `-1250.75`.
pub(crate) fn push_pounds(text: &mut String, amount: Pence) {
    if amount.is_negative() {
        text.push('-');
    }
    push_size(text, amount, '.');
}

/// As [`push_pounds`], as a text of its own.
pub(crate) fn pounds(amount: Pence) -> String {
    let mut text = String::new();
    push_pounds(&mut text, amount);
    text
}

/// `17/03/2026`.
pub(crate) fn slashed(date: NaiveDate) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// `260317`.
pub(crate) fn yymmdd(date: NaiveDate) -> String {
    format!("{:02}{:02}{:02}", date.year().rem_euclid(100), date.month(), date.day())
}

/// `1703`.
pub(crate) fn ddmm(date: NaiveDate) -> String {
    format!("{:02}{:02}", date.day(), date.month())
}

/// The sum of amounts of one day. A day has at most [`ROWS_MAX`](crate::ROWS_MAX)
/// rows of a few thousand pounds, so it is far from where it would stop.
pub(crate) fn sum(amounts: impl IntoIterator<Item = Pence>) -> Pence {
    let add = |sum: i64, amount: Pence| sum.saturating_add(amount.get());
    Pence::new(amounts.into_iter().fold(0, add))
}

/// `amount` as money that goes the other way.
pub(crate) fn negated(amount: Pence) -> Pence {
    Pence::new(amount.get().saturating_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_days() {
        for (pence, written) in [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (-123_456, "-1234.56")] {
            assert_eq!(pounds(Pence::new(pence)), written);
        }
        let day = NaiveDate::from_ymd_opt(2026, 3, 7).unwrap();
        assert_eq!(
            [slashed(day), yymmdd(day), ddmm(day)],
            ["07/03/2026".to_owned(), "260307".to_owned(), "0703".to_owned()]
        );
    }
}
