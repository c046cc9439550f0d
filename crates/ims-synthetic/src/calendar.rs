//! Working days of England and Wales, as far as the made-up council lives.

use chrono::{Datelike, NaiveDate, Weekday};

/// Bank holidays of 2026 and 2027: year, month, day.
const HOLIDAYS: [(i32, u32, u32); 16] = [
    (2026, 1, 1),
    (2026, 4, 3),
    (2026, 4, 6),
    (2026, 5, 4),
    (2026, 5, 25),
    (2026, 8, 31),
    (2026, 12, 25),
    (2026, 12, 28),
    (2027, 1, 1),
    (2027, 3, 26),
    (2027, 3, 29),
    (2027, 5, 3),
    (2027, 5, 31),
    (2027, 8, 30),
    (2027, 12, 27),
    (2027, 12, 28),
];

/// The first working day after `date`: no weekend, and no bank holiday of
/// England and Wales in 2026 and 2027, the years that a borough lives in.
///
/// ```
/// use chrono::NaiveDate;
/// let maundy_thursday = NaiveDate::from_ymd_opt(2026, 4, 2).ok_or("a day")?;
/// let after = ims_synthetic::working_day_after(maundy_thursday);
/// assert_eq!(after.to_string(), "2026-04-07");
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn working_day_after(date: NaiveDate) -> NaiveDate {
    step(date, |day| day.succ_opt())
}

/// The last working day before `date`.
pub(crate) fn working_day_before(date: NaiveDate) -> NaiveDate {
    step(date, |day| day.pred_opt())
}

fn step(date: NaiveDate, next: impl Fn(&NaiveDate) -> Option<NaiveDate>) -> NaiveDate {
    std::iter::successors(Some(date), next).skip(1).find(is_working).unwrap_or(date)
}

fn is_working(date: &NaiveDate) -> bool {
    let holiday = HOLIDAYS.contains(&(date.year(), date.month(), date.day()));
    !holiday && !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}
