use chrono::NaiveDate;

use crate::{amounts::clipped, dates};

/// Which of day and month stands first in a file's dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

/// A date with two numbers before its year, whichever is the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    first: u32,
    second: u32,
    year: i32,
    /// Two digits behind an apostrophe, which some programs write for years of this
    /// century only, were taken for one of the last.
    pub(super) is_old: bool,
}

impl Written {
    /// The order that this date can only have, if it is not open.
    pub(super) fn order(self) -> Option<Order> {
        match (self.first > 12, self.second > 12) {
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            (true, true) | (false, false) => None,
        }
    }

    pub(super) fn day(self, order: Order) -> Option<NaiveDate> {
        let (day, month) = match order {
            Order::DayFirst => (self.first, self.second),
            Order::MonthFirst => (self.second, self.first),
        };
        NaiveDate::from_ymd_opt(self.year, month, day)
    }
}

/// A date as it is written: `31/12/2025`, `31/12'25`, `12.31.1998`, `1/ 5' 4`;
/// or one that says itself what it is: `2025-12-31`, `20251231`, `31 Dec 2025`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Certain(NaiveDate),
    Open(Written),
}

pub(super) fn read(text: &str) -> Result<Found, String> {
    if let Some(date) = dates::iso(text) {
        return Ok(Found::Certain(date));
    }
    if let Some(date) = eight_digits(text.trim()) {
        return Ok(Found::Certain(date));
    }
    if let Some(written) = written(text) {
        return Ok(Found::Open(written));
    }
    match dates::uk(text) {
        Ok(date) => Ok(Found::Certain(date)),
        Err(_) => Err(format!("`{}` is not a date; 31/12/2025 would be", clipped(text))),
    }
}

/// `20260401`, of this century or the last.
fn eight_digits(text: &str) -> Option<NaiveDate> {
    let (year, month_and_day) = text.split_at_checked(4)?;
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (month, day) = month_and_day.split_at_checked(2)?;
    let year = year.parse().ok().filter(|year| digits && (1980..2080).contains(year))?;
    NaiveDate::from_ymd_opt(year, month.parse().ok()?, day.parse().ok()?)
}

fn written(text: &str) -> Option<Written> {
    let mut numbers = [(0_u32, 0_usize); 3];
    let mut at = 0_usize;
    let mut apostrophe = false;
    for c in text.trim().chars() {
        match c {
            '/' | '.' | '-' | '\'' => {
                apostrophe |= c == '\'';
                at = at.checked_add(1)?;
            }
            ' ' => {}
            _ => {
                let digit = c.to_digit(10)?;
                let (value, digits) = numbers.get_mut(at)?;
                *value = value.checked_mul(10)?.checked_add(digit)?;
                *digits += 1;
            }
        }
    }
    let [(first, a @ 1..=2), (second, b @ 1..=2), (year, digits)] = numbers else { return None };
    let _ = (a, b);
    let year = match digits {
        4 => i32::try_from(year).ok()?,
        1 if apostrophe => dates::century(year)?,
        2 => dates::century(year)?,
        _ => return None,
    };
    (at == 2).then_some(Written { first, second, year, is_old: apostrophe && year < 2000 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_in_either_order() {
        for (text, day_first, month_first, order) in [
            ("31/12/2025", "2025-12-31", "-", Some(Order::DayFirst)),
            ("12/29/10", "-", "2010-12-29", Some(Order::MonthFirst)),
            ("1/ 5'98", "1998-05-01", "1998-01-05", None),
            ("1/ 5'79", "2079-05-01", "2079-01-05", None),
            ("6/1/94", "1994-01-06", "1994-06-01", None),
            ("31.12.2025", "2025-12-31", "-", Some(Order::DayFirst)),
            ("1/ 1' 5", "2005-01-01", "2005-01-01", None),
        ] {
            let Ok(Found::Open(written)) = read(text) else { panic!("{text}") };
            let shown = |order| written.day(order).map_or("-".to_owned(), |day| day.to_string());
            assert_eq!(shown(Order::DayFirst), day_first, "{text}");
            assert_eq!(shown(Order::MonthFirst), month_first, "{text}");
            assert_eq!(written.order(), order, "{text}");
        }
        assert!(matches!(read("2022-09-23"), Ok(Found::Certain(_))));
        assert!(matches!(read("02 Apr 2026"), Ok(Found::Certain(_))));
        assert_eq!(
            read("20260401"),
            Ok(Found::Certain(NaiveDate::from_ymd_opt(2026, 4, 1).unwrap()))
        );
        for text in [
            "",
            "1/2",
            "1/2/3/4",
            "1/2/026",
            "99999999999/1/2020",
            "x",
            "01042026",
            "20261301",
            "26040101",
            "2026040",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
