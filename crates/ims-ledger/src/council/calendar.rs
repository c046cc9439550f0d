//! Which days count as working days: the rule of a nation, and what was proclaimed since.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council};
use crate::{Nation, WorkingDays, working_days::is_weekend};

/// The most days of a list.
const DAYS_MAX: usize = 1_000;

/// The years that a day of a list may be of.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

/// The working days that files, money and ages are counted by, and those of Bacs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarSettings {
    /// Whose bank holidays.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub nation: Nation,
    /// Bank holidays that no rule gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<NaiveDate>,
    /// Bank holidays of the rule that were moved, and are worked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<NaiveDate>,
    /// Days on which only Bacs does not work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bacs_closed: Vec<NaiveDate>,
    /// Days on which only Bacs works.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bacs_open: Vec<NaiveDate>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_usual(nation: &Nation) -> bool {
    *nation == Nation::default()
}

impl CalendarSettings {
    /// Whether nothing is said of it.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What Bacs has before its own lists: the clearings keep the holidays of England and
    /// Wales, and those alone.
    fn bacs_before(&self) -> WorkingDays {
        match self.nation {
            Nation::EnglandAndWales => self.working_days(),
            Nation::Scotland | Nation::NorthernIreland => WorkingDays::england_and_wales(),
        }
    }

    fn working_days(&self) -> WorkingDays {
        with(WorkingDays::of(self.nation), &self.closed, &self.open)
    }
}

fn with(mut days: WorkingDays, closed: &[NaiveDate], open: &[NaiveDate]) -> WorkingDays {
    closed.iter().for_each(|day| days.close(*day));
    open.iter().for_each(|day| days.open(*day));
    days
}

impl Council {
    /// The days by which files are due, money is late and open items are aged.
    ///
    /// ```
    /// # let day = |text: &str| text.parse::<chrono::NaiveDate>();
    /// let council: ims_ledger::Council = toml::from_str(
    ///     "code = \"T\"\nname = \"T\"\n[calendar]\nclosed = [\"2027-06-03\"]\n",
    /// )?;
    /// assert_eq!(council.working_days().after(day("2027-06-02")?), day("2027-06-04")?);
    /// assert_eq!(council.bacs_days().after(day("2027-06-02")?), day("2027-06-04")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn working_days(&self) -> WorkingDays {
        self.calendar.working_days()
    }

    /// The days on which Bacs works: those of England and Wales, whatever nation the council
    /// is in.
    #[must_use]
    pub fn bacs_days(&self) -> WorkingDays {
        let calendar = &self.calendar;
        with(calendar.bacs_before(), &calendar.bacs_closed, &calendar.bacs_open)
    }

    /// The days of the calendar that say nothing, each with its words: no fault of one that was
    /// applied before, as a holiday that was proclaimed since may be of the rule by now.
    #[must_use]
    pub fn idle_days(&self) -> Vec<ConfigurationFault> {
        let calendar = &self.calendar;
        let (usual, bacs) = (WorkingDays::of(calendar.nation), calendar.bacs_before());
        let whose = calendar.nation.words();
        let lists = [
            ("closed", &calendar.closed, &usual, whose, false),
            ("open", &calendar.open, &usual, whose, true),
            ("bacs_closed", &calendar.bacs_closed, &bacs, "Bacs", false),
            ("bacs_open", &calendar.bacs_open, &bacs, "Bacs", true),
        ];
        let mut found = Vec::new();
        for (name, days, usual, whose, is_worked) in lists {
            for day in days.iter().filter(|day| usual.is_working(**day) == is_worked) {
                let none = if is_worked { "a" } else { "no" };
                found.push(fault(format!(
                    "{name}: {day} is {none} working day of {whose} anyway: take it out, or put the day that is meant"
                )));
            }
        }
        found
    }
}

fn fault(what: String) -> ConfigurationFault {
    ConfigurationFault { place: "calendar".to_owned(), what }
}

/// Everything wrong with the calendar of `council`.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let calendar = &council.calendar;
    let mut found = Vec::new();
    let mut add = |what: String| found.push(fault(what));
    let lists = [("closed", &calendar.closed), ("open", &calendar.open)];
    look(lists, &mut add);
    let lists = [("bacs_closed", &calendar.bacs_closed), ("bacs_open", &calendar.bacs_open)];
    look(lists, &mut add);
    found
}

/// Looks at what is closed and what is opened.
fn look(
    [(closed_as, closed), (open_as, open)]: [(&str, &Vec<NaiveDate>); 2],
    add: &mut impl FnMut(String),
) {
    for (name, days) in [(closed_as, closed), (open_as, open)] {
        if days.len() > DAYS_MAX {
            add(format!("{name} has {} days; it may have {DAYS_MAX}", days.len()));
            return;
        }
        for (at, day) in days.iter().enumerate() {
            let is_closing = name == closed_as;
            if days.iter().take(at).any(|earlier| earlier == day) {
                add(format!("{name} has {day} twice"));
            } else if !YEARS.contains(&day.year()) {
                let (first, last) = (YEARS.start(), YEARS.end());
                add(format!("{name}: {day} is of no year from {first} to {last}"));
            } else if is_weekend(*day) {
                let weekday = day.format("%A");
                add(format!(
                    "{name}: {day} is a {weekday}, which is never worked; a holiday at a weekend is kept on a day after it"
                ));
            } else if !is_closing && closed.contains(day) {
                add(format!("{day} is in {closed_as} and in {open_as}; a day is one of the two"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn council(calendar: &str) -> Council {
        let toml = format!("code = \"T\"\nname = \"T\"\n[calendar]\n{calendar}");
        let council: Council = toml::from_str(&toml).unwrap();
        let again: Council = toml::from_str(&toml::to_string(&council).unwrap()).unwrap();
        assert_eq!(again, council);
        council
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn is_worked(council: &Council, on: &str) -> (bool, bool) {
        (council.working_days().is_working(day(on)), council.bacs_days().is_working(day(on)))
    }

    #[test]
    fn a_proclaimed_holiday_is_the_councils_and_the_clearings() {
        let usual = council("");
        assert!(usual.calendar.is_default());
        assert_eq!(is_worked(&usual, "2027-06-03"), (true, true));
        let moved = council("closed = [\"2027-06-03\"]\nopen = [\"2027-05-31\"]\n");
        assert_eq!(moved.faults(), []);
        assert_eq!(is_worked(&moved, "2027-06-03"), (false, false));
        assert_eq!(is_worked(&moved, "2027-05-31"), (true, true));
        // Bacs alone.
        let own = council(
            "closed = [\"2027-06-03\"]\nbacs_closed = [\"2027-06-04\"]\nbacs_open = [\"2027-06-03\"]\n",
        );
        assert_eq!(own.faults(), []);
        assert_eq!(is_worked(&own, "2027-06-03"), (false, true));
        assert_eq!(is_worked(&own, "2027-06-04"), (true, false));
    }

    #[test]
    fn bacs_keeps_the_holidays_of_england_and_wales() {
        let scottish = council("nation = \"scotland\"\nclosed = [\"2026-06-15\"]\n");
        assert_eq!(scottish.faults(), []);
        // St Andrew's Day, a day of its own, Easter Monday.
        assert_eq!(is_worked(&scottish, "2026-11-30"), (false, true));
        assert_eq!(is_worked(&scottish, "2026-06-15"), (false, true));
        assert_eq!(is_worked(&scottish, "2026-04-06"), (true, false));
        let irish = council("nation = \"northern-ireland\"\nbacs_closed = [\"2026-07-14\"]\n");
        assert_eq!(is_worked(&irish, "2026-07-13"), (false, true));
        assert_eq!(is_worked(&irish, "2026-07-14"), (true, false));
    }

    #[test]
    fn a_day_that_is_none_to_close_or_open_is_told() {
        for (calendar, what) in [
            (
                "closed = [\"2027-06-05\"]",
                "closed: 2027-06-05 is a Saturday, which is never worked; a holiday at a weekend is kept on a day after it",
            ),
            ("closed = [\"2027-06-03\", \"2027-06-03\"]", "closed has 2027-06-03 twice"),
            ("closed = [\"0207-06-03\"]", "closed: 0207-06-03 is of no year from 2000 to 2099"),
            (
                "closed = [\"2027-05-31\"]",
                "closed: 2027-05-31 is no working day of England and Wales anyway: take it out, or put the day that is meant",
            ),
            (
                "open = [\"2027-06-03\"]",
                "open: 2027-06-03 is a working day of England and Wales anyway: take it out, or put the day that is meant",
            ),
            (
                "closed = [\"2027-06-03\"]\nopen = [\"2027-06-03\"]",
                "2027-06-03 is in closed and in open; a day is one of the two",
            ),
            (
                "bacs_open = [\"2027-06-03\"]",
                "bacs_open: 2027-06-03 is a working day of Bacs anyway: take it out, or put the day that is meant",
            ),
            (
                "closed = [\"2027-06-03\"]\nbacs_closed = [\"2027-06-03\"]",
                "bacs_closed: 2027-06-03 is no working day of Bacs anyway: take it out, or put the day that is meant",
            ),
            (
                "nation = \"scotland\"\nopen = [\"2026-04-06\"]",
                "open: 2026-04-06 is a working day of Scotland anyway: take it out, or put the day that is meant",
            ),
        ] {
            let council = council(calendar);
            let (mut faults, idle) = (council.faults(), council.idle_days());
            assert_eq!(faults.is_empty(), what.ends_with("the day that is meant"), "{calendar}");
            faults.extend(idle);
            assert_eq!(faults[0].to_string(), format!("calendar: {what}"));
        }
        assert_eq!(council("closed = [\"2027-06-03\"]").idle_days(), []);
        let days: Vec<_> = day("2001-01-01").iter_days().take(DAYS_MAX + 1).collect();
        let mut many = council("");
        many.calendar.closed = days;
        let faults: Vec<_> = many.faults().iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["calendar: closed has 1001 days; it may have 1000"]);
        for wrong in ["closed = [\"2027-13-01\"]", "nation = \"wales\"", "shut = []"] {
            let toml = format!("code = \"T\"\nname = \"T\"\n[calendar]\n{wrong}");
            assert!(toml::from_str::<Council>(&toml).is_err(), "{wrong}");
        }
    }
}
