//! Working days of the made-up council: those of England and Wales.

use chrono::NaiveDate;
use ims_ledger::WorkingDays;

/// The first working day after `date`: no weekend, and no bank holiday of
/// England and Wales.
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
    WorkingDays::england_and_wales().after(date)
}

/// The last working day before `date`.
pub(crate) fn working_day_before(date: NaiveDate) -> NaiveDate {
    WorkingDays::england_and_wales().before(date)
}
