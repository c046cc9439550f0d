//! Working days: the days on which banks clear, by the bank holidays of a nation.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How far a search for a working day goes before it gives up. Nothing closes
/// the banks for a month.
const DAYS_SEARCHED: usize = 31;

/// Whose bank holidays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nation {
    /// England and Wales: Bacs and the other clearings keep these, wherever the payer lives.
    #[default]
    EnglandAndWales,
    /// Scotland: 2 January, the first Monday of August and St Andrew's Day, but no Easter
    /// Monday and no Monday at the end of August.
    Scotland,
    /// Northern Ireland: those of England and Wales, St Patrick's Day and 12 July.
    NorthernIreland,
}

impl Nation {
    /// Its name for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::EnglandAndWales => "England and Wales",
            Self::Scotland => "Scotland",
            Self::NorthernIreland => "Northern Ireland",
        }
    }
}

/// Which days banks work.
///
/// Saturdays, Sundays and the ordinary bank holidays follow from a rule, those
/// by proclamation up to 2023 are known; what comes later is data.
///
/// ```
/// use chrono::NaiveDate;
/// use ims_ledger::WorkingDays;
///
/// let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).ok_or("a day");
/// let mut working = WorkingDays::england_and_wales();
/// assert_eq!(working.after(day(4, 2)?), day(4, 7)?); // over Easter
/// assert_eq!(working.add(day(12, 24)?, 2), day(12, 30)?);
///
/// working.close(day(6, 12)?); // a holiday proclaimed for once
/// assert_eq!(working.after(day(6, 11)?), day(6, 15)?);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays {
    nation: Nation,
    closed: BTreeSet<NaiveDate>,
    open: BTreeSet<NaiveDate>,
}

/// A line of a list of bank holidays that names no day.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "line {line}: `{text}` is no day; `2027-06-03 name` closes one, `not 2027-05-31` opens one"
)]
pub struct BadHoliday {
    /// The line, from 1.
    pub line: usize,
    /// What it says.
    pub text: String,
}

impl WorkingDays {
    /// By the rule of England and Wales alone.
    #[must_use]
    pub fn england_and_wales() -> Self {
        Self::default()
    }

    /// By the rule of a nation alone.
    #[must_use]
    pub fn of(nation: Nation) -> Self {
        Self { nation, ..Self::default() }
    }

    /// By the rule of England and Wales, and a list: one day a line, `2027-06-03` and whatever name
    /// for a holiday, `not 2027-05-31` for a day that is worked though the rule
    /// has it a holiday; blank lines and those that begin with `#` say nothing.
    ///
    /// # Errors
    ///
    /// The first line that names no day.
    pub fn parse(list: &str) -> Result<Self, BadHoliday> {
        let mut working = Self::default();
        for (line, text) in (1..).zip(list.lines()) {
            let words = text.trim();
            if words.is_empty() || words.starts_with('#') {
                continue;
            }
            let (is_open, rest) = match words.strip_prefix("not ") {
                Some(rest) => (true, rest.trim_start()),
                None => (false, words),
            };
            let first = rest.split([' ', ',', '\t']).next().unwrap_or_default();
            let day = first.parse().map_err(|_| BadHoliday { line, text: words.to_owned() })?;
            if is_open {
                working.open(day);
            } else {
                working.close(day);
            }
        }
        Ok(working)
    }

    /// Makes it a bank holiday.
    pub fn close(&mut self, day: NaiveDate) {
        self.open.remove(&day);
        self.closed.insert(day);
    }

    /// Makes it a working day, whatever the rule says.
    pub fn open(&mut self, day: NaiveDate) {
        self.closed.remove(&day);
        self.open.insert(day);
    }

    /// Whether banks clear on that day.
    #[must_use]
    pub fn is_working(&self, day: NaiveDate) -> bool {
        if self.open.contains(&day) {
            return true;
        }
        !is_weekend(day) && !self.closed.contains(&day) && !is_bank_holiday(self.nation, day)
    }

    /// That day, or the first working day after it.
    #[must_use]
    pub fn on_or_after(&self, day: NaiveDate) -> NaiveDate {
        if self.is_working(day) { day } else { self.after(day) }
    }

    /// That day, or the last working day before it.
    #[must_use]
    pub fn on_or_before(&self, day: NaiveDate) -> NaiveDate {
        if self.is_working(day) { day } else { self.before(day) }
    }

    /// The first working day after it.
    #[must_use]
    pub fn after(&self, day: NaiveDate) -> NaiveDate {
        self.found(day, NaiveDate::succ_opt)
    }

    /// The last working day before it.
    #[must_use]
    pub fn before(&self, day: NaiveDate) -> NaiveDate {
        self.found(day, NaiveDate::pred_opt)
    }

    fn found(&self, day: NaiveDate, next: impl Fn(&NaiveDate) -> Option<NaiveDate>) -> NaiveDate {
        let days = std::iter::successors(Some(day), |day| next(day));
        days.skip(1).take(DAYS_SEARCHED).find(|day| self.is_working(*day)).unwrap_or(day)
    }

    /// The working day so many after it; `0` is the day itself or the next that
    /// is worked.
    #[must_use]
    pub fn add(&self, day: NaiveDate, count: u32) -> NaiveDate {
        let first = self.on_or_after(day);
        // From a day that is not worked, the first that is counts as none.
        (0..count).fold(first, |day, _| self.after(day))
    }

    /// How many working days lie after `from` and up to `to`; none when `to` is
    /// not later.
    #[must_use]
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> usize {
        let days = from.iter_days().skip(1).take_while(|day| *day <= to);
        days.filter(|day| self.is_working(*day)).count()
    }
}

pub(crate) fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Holidays by proclamation, which no rule gives.
const PROCLAIMED: [(i32, u32, u32); 9] = [
    (1981, 7, 29),
    (1995, 5, 8),
    (1999, 12, 31),
    (2011, 4, 29),
    (2020, 5, 8),
    (2022, 9, 19),
    (2023, 5, 8),
    (2002, 6, 3),
    (2012, 6, 5),
];

/// The late May holiday, where it was moved: year, then the days it became.
const SPRING_MOVED: [(i32, &[(u32, u32)]); 3] =
    [(2002, &[(6, 3), (6, 4)]), (2012, &[(6, 4), (6, 5)]), (2022, &[(6, 2), (6, 3)])];

/// Whether the ordinary rule of a nation has it a bank holiday; of days at weekends it
/// may say either.
fn is_bank_holiday(nation: Nation, day: NaiveDate) -> bool {
    let (year, month, of_month) = (day.year(), day.month(), day.day());
    let is_monday = day.weekday() == Weekday::Mon;
    if PROCLAIMED.contains(&(year, month, of_month)) {
        return true;
    }
    if let Some((_, moved)) = SPRING_MOVED.iter().find(|(moved, _)| *moved == year)
        && (month == 6 || (month == 5 && of_month > 24))
    {
        return moved.contains(&(month, of_month));
    }
    let is_scotland = nation == Nation::Scotland;
    match month {
        // The first two days of the year that are at no weekend.
        1 if is_scotland => of_month <= 4 && days_worked_before(day) < 2,
        1 => of_month == 1 || (is_monday && of_month <= 3),
        3 if nation == Nation::NorthernIreland && is_instead_of(day, 17) => true,
        3 | 4 if is_easter(day) => !(is_scotland && is_monday),
        // Moved to Victory in Europe Day in 1995 and 2020.
        5 if is_monday && of_month <= 7 => !matches!(year, 1995 | 2020),
        7 => nation == Nation::NorthernIreland && is_instead_of(day, 12),
        8 if is_scotland => is_monday && of_month <= 7,
        5 | 8 => is_monday && of_month > 24,
        // St Andrew's Day, by an Act of 2007; after a weekend it is in December.
        11 => is_scotland && of_month == 30 && year >= 2007,
        12 if is_scotland && is_monday && of_month <= 2 => year >= 2007,
        12 => is_christmas(day),
        _ => false,
    }
}

/// How many days of the year before that one are at no weekend.
fn days_worked_before(day: NaiveDate) -> usize {
    let earlier = std::iter::successors(day.pred_opt(), NaiveDate::pred_opt);
    earlier.take_while(|it| it.year() == day.year()).filter(|it| !is_weekend(*it)).count()
}

/// Whether it is that day of its month, or the Monday after a weekend that has it.
fn is_instead_of(day: NaiveDate, of_month: u32) -> bool {
    let later = day.day().checked_sub(of_month);
    later == Some(0) || (day.weekday() == Weekday::Mon && matches!(later, Some(1 | 2)))
}

/// Christmas and Boxing Day, and the days instead of them after a weekend.
fn is_christmas(day: NaiveDate) -> bool {
    match (day.day(), day.weekday()) {
        (25 | 26, _) | (27, Weekday::Mon | Weekday::Tue) => true,
        (28, weekday) => matches!(weekday, Weekday::Mon | Weekday::Tue),
        _ => false,
    }
}

/// Good Friday or Easter Monday.
fn is_easter(day: NaiveDate) -> bool {
    let Some(sunday) = easter(day.year()) else { return false };
    sunday.checked_sub_days(Days::new(2)) == Some(day) || sunday.succ_opt() == Some(day)
}

/// Easter Sunday of the Gregorian calendar, by the anonymous rule of 1876.
#[allow(clippy::arithmetic_side_effects, reason = "every term is small and its divisor is not 0")]
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let days = u64::try_from(n % 31).ok()?;
    let months = u32::try_from(n / 31).ok()?.checked_sub(1)?;
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?.checked_add_months(Months::new(months))?;
    first.checked_add_days(Days::new(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The bank holidays of a year that fall on no weekend.
    fn holidays(nation: Nation, year: i32) -> Vec<String> {
        let working = WorkingDays::of(nation);
        let days = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().iter_days();
        days.take_while(|day| day.year() == year)
            .filter(|day| !is_weekend(*day) && !working.is_working(*day))
            .map(|day| day.format("%m-%d").to_string())
            .collect()
    }

    #[test]
    fn bank_holidays_are_those_that_were_announced() {
        for (year, wanted) in [
            (2002, "01-01 03-29 04-01 05-06 06-03 06-04 08-26 12-25 12-26"),
            (2011, "01-03 04-22 04-25 04-29 05-02 05-30 08-29 12-26 12-27"),
            (2012, "01-02 04-06 04-09 05-07 06-04 06-05 08-27 12-25 12-26"),
            (2019, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"),
            (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
            (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
            (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
            (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
            (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
            (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
            (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
            (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
            (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
        ] {
            assert_eq!(holidays(Nation::EnglandAndWales, year).join(" "), wanted, "{year}");
        }
    }

    #[test]
    fn other_nations_have_their_own() {
        for (year, wanted) in [
            (2006, "01-02 01-03 04-14 05-01 05-29 08-07 12-25 12-26"),
            (2017, "01-02 01-03 04-14 05-01 05-29 08-07 11-30 12-25 12-26"),
            (2018, "01-01 01-02 03-30 05-07 05-28 08-06 11-30 12-25 12-26"),
            (2020, "01-01 01-02 04-10 05-08 05-25 08-03 11-30 12-25 12-28"),
            (2021, "01-01 01-04 04-02 05-03 05-31 08-02 11-30 12-27 12-28"),
            (2022, "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27"),
            (2023, "01-02 01-03 04-07 05-01 05-08 05-29 08-07 11-30 12-25 12-26"),
            (2024, "01-01 01-02 03-29 05-06 05-27 08-05 12-02 12-25 12-26"),
            (2025, "01-01 01-02 04-18 05-05 05-26 08-04 12-01 12-25 12-26"),
        ] {
            assert_eq!(holidays(Nation::Scotland, year).join(" "), wanted, "{year}");
        }
        for (year, wanted) in [
            (2017, "01-02 03-17 04-14 04-17 05-01 05-29 07-12 08-28 12-25 12-26"),
            (2018, "01-01 03-19 03-30 04-02 05-07 05-28 07-12 08-27 12-25 12-26"),
            (2019, "01-01 03-18 04-19 04-22 05-06 05-27 07-12 08-26 12-25 12-26"),
            (2020, "01-01 03-17 04-10 04-13 05-08 05-25 07-13 08-31 12-25 12-28"),
            (2021, "01-01 03-17 04-02 04-05 05-03 05-31 07-12 08-30 12-27 12-28"),
        ] {
            assert_eq!(holidays(Nation::NorthernIreland, year).join(" "), wanted, "{year}");
        }
    }

    #[test]
    fn days_are_counted_over_weekends_and_holidays() {
        let working = WorkingDays::england_and_wales();
        for (from, count, to) in [
            ("2026-04-01", 2, "2026-04-07"),
            ("2026-04-04", 0, "2026-04-07"),
            ("2026-04-04", 1, "2026-04-08"),
            ("2026-12-24", 1, "2026-12-29"),
            ("2026-11-20", 3, "2026-11-25"),
        ] {
            assert_eq!(working.add(day(from), count), day(to), "{from} and {count}");
        }
        assert_eq!(working.before(day("2026-04-07")), day("2026-04-02"));
        assert_eq!(working.on_or_before(day("2026-04-06")), day("2026-04-02"));
        assert_eq!(working.between(day("2026-04-02"), day("2026-04-08")), 2);
        assert_eq!(working.between(day("2026-04-08"), day("2026-04-02")), 0);
    }

    #[test]
    fn a_list_closes_and_opens_days() {
        let list = "# of the operator\n\n2026-06-12 a jubilee\nnot 2026-05-25, moved\n";
        let working = WorkingDays::parse(list).unwrap();
        assert!(!working.is_working(day("2026-06-12")));
        assert!(working.is_working(day("2026-05-25")));
        assert!(!working.is_working(day("2026-05-04")));
        let bad = WorkingDays::parse("2026-06-12\n12/06/2026").unwrap_err();
        assert_eq!((bad.line, bad.text.as_str()), (2, "12/06/2026"));
    }
}
