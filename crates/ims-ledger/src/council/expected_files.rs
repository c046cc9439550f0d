//! The files a council waits for: which, from whom, of which days, and by when.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

use super::{ConfigurationFault, Council};
use crate::WorkingDays;

/// By when a file is due where nothing else is said: noon in London.
const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};

/// A file that somebody sends.
///
/// ```
/// use ims_ledger::{ExpectedFile, WorkingDays};
///
/// let file: ExpectedFile = toml::from_str(
///     "name = \"bank statement\"\nfrom = \"the bank\"\nformats = [\"mt940\"]\nby = \"09:30:00\"",
/// )?;
/// let thursday = chrono::NaiveDate::from_ymd_opt(2026, 4, 2).ok_or("a day")?;
/// // Its statement is there on the first working morning after Easter.
/// let due = file.due(thursday, &WorkingDays::england_and_wales());
/// assert_eq!(due.to_string(), "2026-04-07 09:30:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedFile {
    /// What the council calls it.
    pub name: String,
    /// Who sends it: whom to ring.
    pub from: String,
    /// The formats it may be in.
    pub formats: Vec<String>,
    /// What its name is like, `*` for anything; any name if empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file_name: String,
    /// Of which sender, as the file names it, or of which bank account, by its
    /// code; of any if empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sender: String,
    /// The days of the week it is of; without them it is of every working day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// The day of each month it is of, the month's last where there is none
    /// such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month_day: Option<u32>,
    /// How many working days after the day it is of it is due.
    #[serde(default = "one")]
    pub after_days: u32,
    /// By what time of that day, in London.
    #[serde(default = "noon")]
    pub by: NaiveTime,
    /// How many working days more it may take before it is late.
    #[serde(default, skip_serializing_if = "is_none")]
    pub tolerance_days: u32,
    /// With fewer rows it is short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_min: Option<u32>,
    /// Whether it may have no rows at all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_empty: bool,
    /// The first day it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
}

const fn one() -> u32 {
    1
}

const fn noon() -> NaiveTime {
    NOON
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_none(days: &u32) -> bool {
    *days == 0
}

impl ExpectedFile {
    /// The days between two, both included, that there is one of, in order.
    #[must_use]
    pub fn days(&self, from: NaiveDate, to: NaiveDate, working: &WorkingDays) -> Vec<NaiveDate> {
        let from = self.since.map_or(from, |since| since.max(from));
        let days = from.iter_days().take_while(|day| *day <= to);
        days.filter(|day| self.is_of(*day, working)).collect()
    }

    fn is_of(&self, day: NaiveDate, working: &WorkingDays) -> bool {
        if let Some(wanted) = self.month_day {
            let is_last = day.succ_opt().is_none_or(|next| next.month() != day.month());
            return day.day() == wanted || (is_last && day.day() < wanted);
        }
        if self.weekdays.is_empty() {
            return working.is_working(day);
        }
        self.weekdays.contains(&day.weekday())
    }

    /// When the file of a day is due, London time.
    #[must_use]
    pub fn due(&self, day: NaiveDate, working: &WorkingDays) -> NaiveDateTime {
        working.add(day, self.after_days).and_time(self.by)
    }

    /// After when it is late, London time.
    #[must_use]
    pub fn late_after(&self, day: NaiveDate, working: &WorkingDays) -> NaiveDateTime {
        let due = working.add(day, self.after_days);
        working.add(due, self.tolerance_days).and_time(self.by)
    }

    /// Whether a file that came is one of these, by its format, its name and
    /// who sent it.
    #[must_use]
    pub fn is_it(&self, format: &str, file_name: &str, sender: &str) -> bool {
        self.formats.iter().any(|it| it == format)
            && (self.sender.is_empty() || self.sender.eq_ignore_ascii_case(sender))
            && (self.file_name.is_empty() || is_like(&self.file_name, file_name))
    }
}

/// Whether a name is like a pattern with `*` for anything, whatever its case.
fn is_like(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part).filter(|_| !part.is_empty()) else {
            if part.is_empty() {
                continue;
            }
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

/// Everything wrong with the files that `council` waits for.
pub(super) fn faults(council: &Council) -> Vec<ConfigurationFault> {
    let mut found = Vec::new();
    for file in &council.expected_file {
        let mut add = |what: &str| {
            let place = format!("expected_file {}", file.name);
            found.push(ConfigurationFault { place, what: what.to_owned() });
        };
        if file.name.trim().is_empty() {
            add("has no name");
        }
        if file.formats.is_empty() {
            add("names no format; `ims file formats` lists them");
        }
        if file.month_day.is_some() && !file.weekdays.is_empty() {
            add("is of days of the week and of a day of the month; say one");
        }
        if file.month_day.is_some_and(|day| !(1..=31).contains(&day)) {
            add("is of a day that no month has; 1 to 31 is right");
        }
        if file.after_days > DAYS_MAX || file.tolerance_days > DAYS_MAX {
            add("is due more than 60 working days after the day it is of");
        }
    }
    found
}

/// The most working days a file may take.
const DAYS_MAX: u32 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn file(more: &str) -> ExpectedFile {
        let head = "name = \"f\"\nfrom = \"them\"\nformats = [\"mt940\", \"camt053\"]\n";
        toml::from_str(&format!("{head}{more}")).unwrap()
    }

    fn april(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 4, day).unwrap()
    }

    fn of(file: &ExpectedFile) -> Vec<u32> {
        let working = WorkingDays::england_and_wales();
        file.days(april(1), april(14), &working).iter().map(Datelike::day).collect()
    }

    #[test]
    fn it_is_of_working_days_weekdays_or_a_day_of_the_month() {
        // Good Friday and Easter Monday are the 3rd and the 6th.
        assert_eq!(of(&file("")), [1, 2, 7, 8, 9, 10, 13, 14]);
        assert_eq!(of(&file("weekdays = [\"Mon\", \"Fri\"]")), [3, 6, 10, 13]);
        assert_eq!(of(&file("month_day = 9")), [9]);
        assert_eq!(of(&file("since = \"2026-04-09\"")), [9, 10, 13, 14]);
        let last = file("month_day = 31");
        let working = WorkingDays::england_and_wales();
        assert_eq!(last.days(april(20), april(30), &working), [april(30)]);
    }

    #[test]
    fn it_is_due_on_a_working_day_and_late_after_its_tolerance() {
        let working = WorkingDays::england_and_wales();
        let weekly = file("weekdays = [\"Sat\"]\ntolerance_days = 1\nby = \"17:00:00\"");
        assert_eq!(weekly.due(april(11), &working).to_string(), "2026-04-14 17:00:00");
        assert_eq!(weekly.late_after(april(11), &working).to_string(), "2026-04-15 17:00:00");
        let same_day = file("after_days = 0");
        assert_eq!(same_day.due(april(1), &working).to_string(), "2026-04-01 12:00:00");
    }

    #[test]
    fn it_is_known_by_format_name_and_sender() {
        let any = file("");
        assert!(any.is_it("mt940", "x.sta", "main") && !any.is_it("bai2", "x.sta", "main"));
        let one = file("file_name = \"STMT*main*.sta\"\nsender = \"main\"");
        for (name, sender, is_it) in [
            ("stmt-main-0420.sta", "main", true),
            ("STMTmain.sta", "MAIN", true),
            ("stmt-0420.sta", "main", false),
            ("stmt-main.sta.txt", "main", false),
            ("my-stmt-main.sta", "main", false),
            ("stmt-main-0420.sta", "savings", false),
        ] {
            assert_eq!(one.is_it("mt940", name, sender), is_it, "{name} of {sender}");
        }
        assert!(is_like("a.csv", "A.CSV") && !is_like("a.csv", "a.csv2") && is_like("*", "x"));
        assert!(!is_like("ab*ba", "aba"));
    }
}
