//! The three days of a Bacs payment.

use chrono::{Days, NaiveDate};
use ims_ledger::WorkingDays;
use thiserror::Error;

/// How many days before its processing day a payment may be sent, at most.
pub const DAYS_AHEAD_MAX: u64 = 30;

/// A payment's days: it is sent in, processed on the next working day, and
/// entered in the accounts on the one after that.
///
/// ```
/// use chrono::NaiveDate;
/// use ims_files::bacs::Cycle;
/// use ims_ledger::WorkingDays;
///
/// let working = WorkingDays::england_and_wales();
/// let wednesday = NaiveDate::from_ymd_opt(2026, 4, 1).ok_or("a day")?;
/// let cycle = Cycle::of_input(wednesday, &working);
/// assert_eq!(cycle.processing.to_string(), "2026-04-02");
/// assert_eq!(cycle.entry.to_string(), "2026-04-07"); // Easter lies between
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The last day to send it in.
    pub input: NaiveDate,
    /// The day the banks work through it, which the file names.
    pub processing: NaiveDate,
    /// The day it is in the accounts.
    pub entry: NaiveDate,
}

/// A day on which Bacs would not process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotProcessed {
    /// It is a weekend or a bank holiday.
    #[error("{day} is no working day in England and Wales; {next} is the next")]
    NoWorkingDay {
        /// The day asked for.
        day: NaiveDate,
        /// The first that would do.
        next: NaiveDate,
    },
    /// It cannot be reached any more.
    #[error("{day} is too early for what is sent on {sent}; {first} is the first day")]
    TooEarly {
        /// The day asked for.
        day: NaiveDate,
        /// When it would be sent.
        sent: NaiveDate,
        /// The first that would do.
        first: NaiveDate,
    },
    /// It lies too far ahead.
    #[error("{day} is more than {DAYS_AHEAD_MAX} days after {sent}; {last} is the last day")]
    TooLate {
        /// The day asked for.
        day: NaiveDate,
        /// When it would be sent.
        sent: NaiveDate,
        /// The last that would do.
        last: NaiveDate,
    },
}

impl Cycle {
    /// Of what is sent in on `day`, or on the next working day.
    #[must_use]
    pub fn of_input(day: NaiveDate, working: &WorkingDays) -> Self {
        let input = working.on_or_after(day);
        let processing = working.after(input);
        Self { input, processing, entry: working.after(processing) }
    }

    /// Of what is to be processed on `day`.
    ///
    /// # Errors
    ///
    /// When `day` is not worked.
    pub fn of_processing(day: NaiveDate, working: &WorkingDays) -> Result<Self, NotProcessed> {
        if !working.is_working(day) {
            return Err(NotProcessed::NoWorkingDay { day, next: working.on_or_after(day) });
        }
        Ok(Self { input: working.before(day), processing: day, entry: working.after(day) })
    }

    /// Of what is to be in the accounts on `day`, or before it when it is not
    /// worked.
    #[must_use]
    pub fn of_entry(day: NaiveDate, working: &WorkingDays) -> Self {
        let entry = working.on_or_before(day);
        let processing = working.before(entry);
        Self { input: working.before(processing), processing, entry }
    }

    /// Of what is sent on `sent`, to be processed on `day`.
    ///
    /// # Errors
    ///
    /// When `day` is not worked, too early or too late.
    pub fn between(
        sent: NaiveDate,
        day: NaiveDate,
        working: &WorkingDays,
    ) -> Result<Self, NotProcessed> {
        let cycle = Self::of_processing(day, working)?;
        let first = Self::of_input(sent, working).processing;
        let last = sent.checked_add_days(Days::new(DAYS_AHEAD_MAX)).unwrap_or(day);
        if day < first {
            return Err(NotProcessed::TooEarly { day, sent, first });
        }
        if day > last {
            let last = working.on_or_before(last);
            return Err(NotProcessed::TooLate { day, sent, last });
        }
        Ok(cycle)
    }

    /// The day by which the payer's bank must have sent it back, if it does: the
    /// fifth of the cycle.
    #[must_use]
    pub fn returned_by(&self, working: &WorkingDays) -> NaiveDate {
        working.add(self.entry, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn shown(cycle: Cycle) -> String {
        format!("{} {} {}", cycle.input, cycle.processing, cycle.entry)
    }

    #[test]
    fn the_days_follow_each_other_from_any_of_them() {
        let working = WorkingDays::england_and_wales();
        for (given, days) in [
            ("2026-11-20", "2026-11-20 2026-11-23 2026-11-24"),
            ("2026-11-22", "2026-11-23 2026-11-24 2026-11-25"),
            ("2026-12-24", "2026-12-24 2026-12-29 2026-12-30"),
        ] {
            let cycle = Cycle::of_input(day(given), &working);
            assert_eq!(shown(cycle), days, "{given}");
            assert_eq!(Cycle::of_entry(cycle.entry, &working), cycle);
            assert_eq!(Cycle::of_processing(cycle.processing, &working), Ok(cycle));
        }
        // A Saturday: what is to be there by then is there on Friday.
        assert_eq!(
            shown(Cycle::of_entry(day("2026-11-21"), &working)),
            "2026-11-18 2026-11-19 2026-11-20"
        );
        let cycle = Cycle::of_input(day("2026-11-18"), &working);
        assert_eq!(cycle.returned_by(&working), day("2026-11-24"));
    }

    #[test]
    fn a_day_that_cannot_be_is_refused_with_one_that_can() {
        let working = WorkingDays::england_and_wales();
        let asked = |processing| {
            Cycle::between(day("2026-11-20"), day(processing), &working)
                .map(shown)
                .unwrap_or_else(|not| not.to_string())
        };
        assert_eq!(asked("2026-11-23"), "2026-11-20 2026-11-23 2026-11-24");
        assert_eq!(
            asked("2026-11-22"),
            "2026-11-22 is no working day in England and Wales; 2026-11-23 is the next"
        );
        assert_eq!(
            asked("2026-11-20"),
            "2026-11-20 is too early for what is sent on 2026-11-20; 2026-11-23 is the first day"
        );
        assert_eq!(asked("2026-12-18"), "2026-12-17 2026-12-18 2026-12-21");
        assert_eq!(
            asked("2026-12-21"),
            "2026-12-21 is more than 30 days after 2026-11-20; 2026-12-18 is the last day"
        );
    }
}
