//! The accounting day: the London day an entry counts in.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Europe::London;

/// The day it is in London at `at`.
///
/// ```
/// use chrono::{NaiveDate, TimeZone, Utc};
/// use ims_ledger::london_day;
///
/// // Half past eleven at night by UTC is already tomorrow in a London summer.
/// let at = Utc.with_ymd_and_hms(2026, 7, 1, 23, 30, 0).single().ok_or("a real time")?;
/// assert_eq!(Some(london_day(at)), NaiveDate::from_ymd_opt(2026, 7, 2));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn london_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&London).date_naive()
}

/// The time it is in London at `at`.
#[must_use]
pub fn london_time(at: DateTime<Utc>) -> NaiveDateTime {
    at.with_timezone(&London).naive_local()
}

/// The last microsecond of a day in London; `None` beyond every calendar.
#[must_use]
pub fn london_end(day: NaiveDate) -> Option<DateTime<Utc>> {
    let next = day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN).and_utc();
    let hour_before = next.checked_sub_signed(TimeDelta::hours(1))?;
    // In summer London's midnight is at 23:00 UTC.
    let midnight = if london_day(hour_before) == day { next } else { hour_before };
    midnight.checked_sub_signed(TimeDelta::microseconds(1))
}

/// The day an entry counts in: the day it happened if that is open, else the
/// first open day. Closing a day closes every day before it.
#[must_use]
pub fn accounting_day(happened_on: NaiveDate, closed_through: Option<NaiveDate>) -> NaiveDate {
    match closed_through {
        Some(closed) if happened_on <= closed => {
            closed.checked_add_days(Days::new(1)).unwrap_or(closed)
        }
        Some(_) | None => happened_on,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_london() {
        for (day, end) in [
            ("2026-01-15", "2026-01-15T23:59:59.999999Z"),
            ("2026-07-15", "2026-07-15T22:59:59.999999Z"),
            ("2026-03-28", "2026-03-28T23:59:59.999999Z"),
            ("2026-03-29", "2026-03-29T22:59:59.999999Z"),
            ("2026-10-24", "2026-10-24T22:59:59.999999Z"),
            ("2026-10-25", "2026-10-25T23:59:59.999999Z"),
        ] {
            let end: DateTime<Utc> = end.parse().unwrap();
            assert_eq!(london_end(day.parse().unwrap()), Some(end), "{day}");
            assert_eq!(london_day(end).to_string(), day);
        }
    }

    #[test]
    fn a_closed_day_passes_to_the_next_open_one() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 4, d).unwrap();
        for (happened, closed, counts) in
            [(5, None, 5), (5, Some(4), 5), (5, Some(5), 6), (1, Some(5), 6)]
        {
            assert_eq!(accounting_day(day(happened), closed.map(day)), day(counts));
        }
    }
}
