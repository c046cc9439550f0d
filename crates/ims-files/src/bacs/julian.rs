//! Days as Bacs writes them: a blank, two digits of the year, the day in it.

use chrono::{Datelike, NaiveDate};

/// ` 26152` is 1 June 2026. The blank may be missing or a nought; years 80 to 99
/// are of the last century.
pub(crate) fn parse(text: &str) -> Option<NaiveDate> {
    let digits = match text.as_bytes() {
        [b' ' | b'0', rest @ ..] if rest.len() == 5 => rest,
        rest => rest,
    };
    if digits.len() != 5 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |part: &[u8]| part.iter().fold(0_u32, |sum, d| sum * 10 + u32::from(d - b'0'));
    let (year, day) = digits.split_at_checked(2)?;
    let year = i32::try_from(number(year)).ok()?;
    let century = if year >= 80 { 1900 } else { 2000 };
    NaiveDate::from_yo_opt(century + year, number(day))
}

/// A day as six characters; `None` beyond the years that two digits tell apart.
pub(crate) fn written(day: NaiveDate) -> Option<String> {
    (1980..2080).contains(&day.year()).then(|| day.format(" %y%j").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_through_the_year() {
        for (text, day) in [
            (" 26152", "2026-06-01"),
            (" 26001", "2026-01-01"),
            (" 26365", "2026-12-31"),
            (" 24366", "2024-12-31"),
            (" 24060", "2024-02-29"),
            ("026152", "2026-06-01"),
            ("26152", "2026-06-01"),
            (" 99001", "1999-01-01"),
        ] {
            let found = parse(text).unwrap();
            assert_eq!(found.to_string(), day, "{text}");
            assert_eq!(parse(&written(found).unwrap()), Some(found));
        }
        for text in [" 26366", " 26000", " 2615", " 2615a", "126152", "", "      ", "  6152"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert_eq!(written(NaiveDate::from_ymd_opt(2080, 1, 1).unwrap()), None);
    }
}
