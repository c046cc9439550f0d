//! Dates as files write them. A day that does not exist is refused, never moved.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};

use crate::amounts::clipped;

/// `YYMMDD`: years 80 to 99 are of the last century.
pub(crate) fn yymmdd(text: &str) -> Option<NaiveDate> {
    let [year, month, day] = pairs::<3>(text)?;
    NaiveDate::from_ymd_opt(century(year)?, month, day)
}

/// The year of two digits: 80 to 99 are of the last century.
pub(crate) fn century(year: u32) -> Option<i32> {
    i32::try_from(if year >= 80 { 1900 + year } else { 2000 + year }).ok()
}

/// `MMDD` in whichever year brings it nearest to `near`.
pub(crate) fn mmdd_near(text: &str, near: NaiveDate) -> Option<NaiveDate> {
    let [month, day] = pairs::<2>(text)?;
    let year = near.year();
    let away = |date: NaiveDate| (date - near).num_days().abs();
    if let Some(date) = NaiveDate::from_ymd_opt(year, month, day)
        && away(date) < 180
    {
        return Some(date);
    }
    [year, year - 1, year + 1]
        .into_iter()
        .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day))
        .min_by_key(|date| away(*date))
}

fn pairs<const N: usize>(text: &str) -> Option<[u32; N]> {
    let bytes = text.as_bytes();
    if bytes.len() != N * 2 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut values = [0; N];
    for (value, pair) in values.iter_mut().zip(bytes.chunks_exact(2)) {
        *value = pair.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    }
    Some(values)
}

/// `YYYY-MM-DD`, with or without a time and a zone behind it.
pub(crate) fn iso(text: &str) -> Option<NaiveDate> {
    let (date, rest) = text.split_at_checked(10)?;
    let bytes = date.as_bytes();
    let dashed = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let follows = rest.is_empty() || rest.starts_with(['T', ' ', 'Z', '+', '-']);
    if !dashed || !follows {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = date.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)
}

/// As [`iso`], and a time with a zone as the day it is in London: `23:00Z` of the
/// last of March is the first of April. Midnight stands for its day, whatever the zone.
pub(crate) fn iso_in_london(text: &str) -> Option<NaiveDate> {
    match DateTime::parse_from_rfc3339(text) {
        Ok(at) if at.time() != NaiveTime::MIN => Some(ims_ledger::london_day(at.to_utc())),
        Ok(_) | Err(_) => iso(text),
    }
}

/// A date as UK files write it: day before month, `dd/mm/yyyy`, `d-m-yy`,
/// `01 Sep 2026`; or ISO. A time behind it is checked and dropped.
pub(crate) fn uk(text: &str) -> Result<NaiveDate, String> {
    let text = text.trim();
    if let Some(date) = plain_uk(text) {
        return Ok(date);
    }
    let wrong = || format!("`{}` is not a date; dd/mm/yyyy would be", clipped(text));
    if let Some(date) = iso(text) {
        return Ok(date);
    }
    let (date, time) = split_time(text);
    if time.is_some_and(|time| !is_time(time)) {
        return Err(wrong());
    }
    let mut parts = date.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty());
    let (Some(day), Some(month), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(wrong());
    };
    let month = number(month, 2).or_else(|| month_named(month)).ok_or_else(wrong)?;
    let day = number(day, 2).ok_or_else(wrong)?;
    let year = match year.len() {
        4 => number(year, 4),
        2 => number(year, 2).map(|year| if year >= 80 { 1900 + year } else { 2000 + year }),
        _ => None,
    }
    .and_then(|year| i32::try_from(year).ok())
    .ok_or_else(wrong)?;
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| {
        format!("`{}` does not exist in the calendar; give the day it happened", clipped(text))
    })
}

/// Just `dd/mm/yyyy`, which is nearly every date there is.
fn plain_uk(text: &str) -> Option<NaiveDate> {
    let &[d, e, b'/', m, n, b'/', y1, y2, y3, y4] = text.as_bytes() else { return None };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'))
        })
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[m, n])?, number(&[d, e])?)
}

/// The date and, where the last word has a colon, the time.
fn split_time(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once([' ', 'T']) {
        Some((date, time)) if time.contains(':') => (date.trim_end(), Some(time)),
        _ => (text, None),
    }
}

fn is_time(text: &str) -> bool {
    let text = text.split('.').next().unwrap_or(text);
    let limits = [24, 60, 61];
    let parts: Vec<&str> = text.split(':').collect();
    (2..=3).contains(&parts.len())
        && parts.iter().zip(limits).all(|(part, limit)| number(part, 2).is_some_and(|n| n < limit))
}

fn number(text: &str, digits_max: usize) -> Option<u32> {
    let fits = !text.is_empty() && text.len() <= digits_max;
    (fits && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

pub(crate) fn month_named(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = text.get(..3)?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|month| *month == start)?;
    u32::try_from(month + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(date: Option<NaiveDate>) -> String {
        date.map_or_else(|| "-".to_owned(), |date| date.to_string())
    }

    #[test]
    fn swift_dates() {
        assert_eq!(shown(yymmdd("260228")), "2026-02-28");
        assert_eq!(shown(yymmdd("800101")), "1980-01-01");
        for text in ["160230", "26022", "2602280", "26o228", "", "261301"] {
            assert_eq!(yymmdd(text), None, "{text}");
        }
        let near = |date: &str, text: &str| shown(mmdd_near(text, yymmdd(date).unwrap()));
        assert_eq!(near("141224", "0102"), "2015-01-02");
        assert_eq!(near("140102", "1230"), "2013-12-30");
        assert_eq!(near("160301", "0229"), "2016-02-29");
        assert_eq!(near("160301", "0230"), "-");
    }

    #[test]
    fn times_are_of_the_day_in_london() {
        for (text, date) in [
            ("2026-03-31T23:00:00Z", "2026-04-01"),
            ("2026-03-31T23:00:00.000+00:00", "2026-04-01"),
            ("2026-04-01T00:30:00+01:00", "2026-04-01"),
            ("2026-04-01T00:30:00+02:00", "2026-03-31"),
            ("2026-01-31T23:00:00Z", "2026-01-31"),
            ("2026-04-01T00:00:00+02:00", "2026-04-01"),
            ("2026-03-31T23:00:00", "2026-03-31"),
            ("2026-03-31+02:00", "2026-03-31"),
            ("2026-03-31", "2026-03-31"),
            ("2026-02-30T12:00:00Z", "-"),
        ] {
            assert_eq!(shown(iso_in_london(text)), date, "{text}");
        }
    }

    #[test]
    fn uk_dates() {
        for (text, date) in [
            ("01/02/2026", "2026-02-01"),
            ("1/2/26", "2026-02-01"),
            ("01 Sep 2026", "2026-09-01"),
            ("01-SEPT-2026", "2026-09-01"),
            ("2026-09-01", "2026-09-01"),
            ("2026-09-01T10:11:12Z", "2026-09-01"),
            ("31/12/2025 23:59", "2025-12-31"),
            ("31/12/2025 23:59:59", "2025-12-31"),
        ] {
            assert_eq!(shown(uk(text).ok()), date, "{text}");
        }
        for text in [
            "",
            "31/06/2022",
            "1/13/2026",
            "01/02/026",
            "today",
            "1/2",
            "01/01/2026 25:00",
            "01/01/2026 x:y",
            "2026-02-30",
        ] {
            assert!(uk(text).is_err(), "{text}");
        }
        assert!(uk("31/06/2022").unwrap_err().contains("does not exist in the calendar"));
    }
}
