//! Whether a file is like those its sender sent before: its value, its number of
//! rows and its day, judged by the figures of earlier files alone.
//!
//! ```
//! use chrono::NaiveDate;
//! use ims_files::band::{Figures, Judgement, judge};
//! use ims_money::Pence;
//!
//! let day = |day| NaiveDate::from_ymd_opt(2026, 4, day).unwrap();
//! let past: Vec<Figures> = (1..=8)
//!     .map(|n| Figures { date: day(n), rows: 100 + u64::from(n), sum: Pence::new(500_000) })
//!     .collect();
//! let usual = Figures { date: day(9), rows: 104, sum: Pence::new(510_000) };
//! assert_eq!(judge(&past, &usual), Judgement::Usual);
//!
//! let odd = Figures { sum: Pence::new(51_000_000), ..usual };
//! assert_eq!(
//!     judge(&past, &odd).words(),
//!     ["its value 510000.00 is out of the 1250.00 to 8750.00 that 8 earlier files make usual"],
//! );
//! ```

use chrono::{Datelike, NaiveDate};
use ims_money::Pence;

/// How many earlier files are needed before anything is out of the usual.
pub const PAST_MIN: usize = 5;

/// How many of the latest files are looked at.
pub const PAST_MAX: usize = 100;

/// What is looked at of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The day the file is of.
    pub date: NaiveDate,
    /// How many rows of money it has.
    pub rows: u64,
    /// What they add up to.
    pub sum: Pence,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Judgement {
    /// There are fewer than [`PAST_MIN`] earlier files: nothing can be said.
    TooFew,
    /// As the earlier ones.
    Usual,
    /// Out of the usual, each in words.
    Unusual(Vec<Unusual>),
}

impl Judgement {
    /// What is out of the usual, for a cashier.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::TooFew | Self::Usual => Vec::new(),
            Self::Unusual(all) => all.iter().map(|unusual| unusual.words.as_str()).collect(),
        }
    }
}

/// One thing out of the usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusual {
    /// What it is about.
    pub what: What,
    /// What is usual and what is not.
    pub words: String,
}

/// What may be out of the usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The sum.
    Value,
    /// The number of rows.
    Count,
    /// The day.
    Date,
}

/// Compares a file with the earlier ones of its sender, in whatever order these come.
///
/// The middle half of the latest [`PAST_MAX`] says what is usual; a value is out of it
/// when it lies further away than three times the width of that half, or of a
/// quarter of the middle value where the files hardly differ. A day is out of the usual when it
/// is not after the last file's, comes after more than twice the longest wait before,
/// or falls on a day of the week that no earlier file did.
#[must_use]
pub fn judge(past: &[Figures], now: &Figures) -> Judgement {
    let mut past = past.to_vec();
    past.sort_by_key(|figures| figures.date);
    let latest = past.split_off(past.len().saturating_sub(PAST_MAX));
    if latest.len() < PAST_MIN {
        return Judgement::TooFew;
    }
    let mut found = Vec::new();
    let sums = latest.iter().map(|figures| i128::from(figures.sum.get())).collect();
    found.extend(out_of(sums, i128::from(now.sum.get())).map(|(low, high)| Unusual {
        what: What::Value,
        words: format!(
            "its value {} is out of the {} to {} that {} earlier files make usual",
            now.sum,
            pence(low),
            pence(high),
            latest.len()
        ),
    }));
    let rows = latest.iter().map(|figures| i128::from(figures.rows)).collect();
    found.extend(out_of(rows, i128::from(now.rows)).map(|(low, high)| Unusual {
        what: What::Count,
        words: format!(
            "its {} rows are out of the {} to {high} that {} earlier files make usual",
            now.rows,
            low.max(0),
            latest.len()
        ),
    }));
    let day = day_words(&latest, now.date);
    found.extend(day.map(|words| Unusual { what: What::Date, words }));
    if found.is_empty() { Judgement::Usual } else { Judgement::Unusual(found) }
}

fn pence(pence: i128) -> Pence {
    let end = if pence < 0 { i64::MIN } else { i64::MAX };
    Pence::new(i64::try_from(pence).unwrap_or(end))
}

/// The band, where the value lies outside it.
fn out_of(mut past: Vec<i128>, now: i128) -> Option<(i128, i128)> {
    past.sort_unstable();
    let at = |quarters: usize| past.get((past.len() - 1) * quarters / 4).copied();
    let (low, middle, high) = (at(1)?, at(2)?, at(3)?);
    let width = (high - low).max(middle.abs() / 4).max(1);
    let mut band = (low - 3 * width, high + 3 * width);
    // Where nothing was ever below nought, a quarter of the middle is the least.
    if past.first().is_some_and(|least| *least >= 0) {
        band.0 = band.0.max(middle / 4);
        band.0 = band.0.min(past.first().copied().unwrap_or(0));
    }
    (now < band.0 || now > band.1).then_some(band)
}

fn day_words(past: &[Figures], now: NaiveDate) -> Option<String> {
    let last = past.last()?.date;
    let waits: Vec<i64> = past
        .windows(2)
        .filter_map(|pair| Some((pair.last()?.date - pair.first()?.date).num_days()))
        .collect();
    let longest = waits.iter().copied().max()?;
    let wait = (now - last).num_days();
    let often_same_day = waits.contains(&0);
    if wait < 0 || (wait == 0 && !often_same_day) {
        return Some(format!("it is of {now}, but the last file was of {last}"));
    }
    if wait > longest.saturating_mul(2).max(longest + 3) {
        return Some(format!(
            "it comes {wait} days after the last file; the longest wait so far was {longest}"
        ));
    }
    let weekday = now.weekday();
    let never = past.iter().all(|figures| figures.date.weekday() != weekday);
    // A few files say nothing of a week's days.
    (never && past.len() >= 2 * PAST_MIN).then(|| {
        format!("it is of a {}, as none of {} earlier files was", long_name(weekday), past.len())
    })
}

const fn long_name(day: chrono::Weekday) -> &'static str {
    match day {
        chrono::Weekday::Mon => "Monday",
        chrono::Weekday::Tue => "Tuesday",
        chrono::Weekday::Wed => "Wednesday",
        chrono::Weekday::Thu => "Thursday",
        chrono::Weekday::Fri => "Friday",
        chrono::Weekday::Sat => "Saturday",
        chrono::Weekday::Sun => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(days: u64) -> NaiveDate {
        // A Monday.
        NaiveDate::from_ymd_opt(2026, 4, 6).unwrap() + chrono::Days::new(days)
    }

    fn file(days: u64, rows: u64, sum: i64) -> Figures {
        Figures { date: day(days), rows, sum: Pence::new(sum) }
    }

    /// Twelve weekly files, a little different each time.
    fn weekly() -> Vec<Figures> {
        (0..12_u8)
            .map(|n| file(u64::from(n) * 7, 90 + u64::from(n), 900_000 + 10_000 * i64::from(n)))
            .collect()
    }

    fn whats(judgement: &Judgement) -> Vec<What> {
        match judgement {
            Judgement::TooFew | Judgement::Usual => Vec::new(),
            Judgement::Unusual(all) => all.iter().map(|unusual| unusual.what).collect(),
        }
    }

    #[test]
    fn the_same_again_is_usual() {
        assert_eq!(judge(&weekly(), &file(84, 95, 960_000)), Judgement::Usual);
        assert_eq!(judge(&weekly()[..4], &file(84, 1, 1)), Judgement::TooFew);
    }

    #[test]
    fn value_count_and_day_are_judged_each() {
        for (now, wanted) in [
            (file(84, 95, 96_000_000), vec![What::Value]),
            (file(84, 95, 9_600), vec![What::Value]),
            (file(84, 95, -960_000), vec![What::Value]),
            (file(84, 9_500, 960_000), vec![What::Count]),
            (file(84, 2, 960_000), vec![What::Count]),
            (file(70, 95, 960_000), vec![What::Date]),
            (file(77, 95, 960_000), vec![What::Date]),
            (file(84 + 14, 95, 960_000), vec![What::Date]),
            (file(86, 95, 960_000), vec![What::Date]),
            (file(86, 0, 0), vec![What::Value, What::Count, What::Date]),
        ] {
            let judgement = judge(&weekly(), &now);
            assert_eq!(whats(&judgement), wanted, "{now:?}: {judgement:?}");
        }
    }

    #[test]
    fn the_order_of_the_past_does_not_matter() {
        let mut turned = weekly();
        turned.reverse();
        let now = file(84, 95, 96_000_000);
        assert_eq!(judge(&turned, &now), judge(&weekly(), &now));
    }

    #[test]
    fn sums_at_the_end_of_the_scale_are_borne() {
        let past: Vec<Figures> = (0..10).map(|n| file(n * 7, u64::MAX, i64::MIN)).collect();
        assert_eq!(whats(&judge(&past, &file(70, 0, i64::MAX))), [What::Value, What::Count]);
    }
}
