use chrono::NaiveDate;
use ims_money::Amount;

use crate::{
    amounts::{clipped, unsigned},
    dates,
};

/// `20260401`, with or without a time and a zone behind it, which say nothing but that
/// 23:00 by UTC is midnight in a London summer, and so of the next day.
pub(super) fn date(text: &str) -> Result<NaiveDate, String> {
    let wrong = || format!("`{}` is not a date; 20260401 would be", clipped(text));
    if has_six_digits(text) {
        return of_six(text);
    }
    let (day, rest) = text.split_at_checked(8).ok_or_else(wrong)?;
    let follows = rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit() || c == '[');
    if !follows || !day.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number = |from: usize, to: usize| day.get(from..to)?.parse::<u32>().ok();
    let (year, month, day) = (number(0, 4), number(4, 6), number(6, 8));
    let date = match (year.and_then(|year| i32::try_from(year).ok()), month, day) {
        // `260401120000` is of no year 2604.
        (Some(year), Some(month), Some(day)) if (1900..2200).contains(&year) => {
            NaiveDate::from_ymd_opt(year, month, day)
        }
        _ => None,
    };
    let midnight = |date: NaiveDate| date.and_hms_opt(23, 0, 0).filter(|_| is_23_by_utc(rest));
    let date =
        date.map(|date| midnight(date).map_or(date, |at| ims_ledger::london_day(at.and_utc())));
    date.ok_or_else(|| format!("`{}` does not exist in the calendar", clipped(text)))
}

/// Whether a date has no more than six digits before its zone.
pub(super) fn has_six_digits(text: &str) -> bool {
    let digits = text.split('[').next().unwrap_or_default().trim_end();
    digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `260401`, where it cannot be a month of four digits' year: `200910` may be the tenth of
/// September 2020 or October 2009.
fn of_six(text: &str) -> Result<NaiveDate, String> {
    let digits = text.get(..6).unwrap_or_default();
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|text| text.parse().ok());
    let (year, month): (Option<u32>, Option<u32>) = (number(0, 4), number(4, 6));
    let is_month = year.is_some_and(|year| (1980..2080).contains(&year))
        && month.is_some_and(|month| (1..=12).contains(&month));
    let shown = clipped(text);
    match (dates::yymmdd(digits), is_month) {
        (Some(date), false) => Ok(date),
        (Some(date), true) => {
            Err(format!("`{shown}` may be {date} or a month without its day; give eight digits"))
        }
        (None, true) => Err(format!("`{shown}` is a month without its day; 20260401 would be")),
        (None, false) => Err(format!("`{shown}` is not a date; 20260401 would be")),
    }
}

/// `230000.000[0:GMT]`.
fn is_23_by_utc(rest: &str) -> bool {
    let Some((time, zone)) = rest.split_once('[') else { return false };
    let hours =
        zone.split([':', ']', '.']).next().unwrap_or_default().trim_start_matches(['+', '-']);
    time.split('.').next() == Some("230000") && matches!(hours, "0" | "00")
}

/// An amount with a sign. The decimal sign is a point or a comma, whichever
/// comes last; the other may stand between thousands, as may blanks.
pub(super) fn amount(text: &str, decimals: u32) -> Result<Amount, String> {
    if decimals < 3 && may_be_thousands(text) {
        return Err(format!(
            "the comma in `{}` may part thousands or pence; 1500.00 would be certain",
            clipped(text)
        ));
    }
    parsed(text, decimals)
        .ok_or_else(|| format!("`{}` is not an amount; -1234.50 would be", clipped(text)))
}

/// `1,500`: one comma and three digits behind it, which no pence have; but `0,500`
/// can be no thousands.
fn may_be_thousands(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.trim().trim_start_matches(['-', '+']).trim_start();
    unsigned.split_once(',').is_some_and(|(whole, rest)| {
        let groups = (1..=3).contains(&whole.len()) && rest.len() == 3;
        groups && whole != "0" && digits(whole) && digits(rest)
    })
}

fn parsed(text: &str, decimals: u32) -> Option<Amount> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text).trim_start()),
    };
    let plain = unsigned(digits, b'.', decimals);
    let size = match plain {
        Some(size) => size,
        None => grouped(digits, decimals)?,
    };
    Some(if negative { size.negated() } else { size })
}

fn grouped(digits: &str, decimals: u32) -> Option<Amount> {
    let last = digits.rfind(['.', ','])?;
    let (whole, rest) = digits.split_at_checked(last)?;
    let (sign, fraction) = rest.split_at_checked(1)?;
    let count = digits.matches(sign).count();
    // Several of one sign stand between thousands.
    let (whole, fraction) = if count > 1 { (digits, "") } else { (whole, fraction) };
    let mut groups = whole.split(['.', ',', ' ', '\u{a0}']);
    let mut joined = groups.next()?.to_owned();
    for group in groups {
        if group.len() != 3 || joined.is_empty() {
            return None;
        }
        joined.push_str(group);
    }
    if joined.len() > 3 && whole.len() != joined.len() && !first_fits(whole) {
        return None;
    }
    unsigned(&format!("{joined}.{fraction}"), b'.', decimals)
}

/// Whether at most three digits stand before the first sign.
fn first_fits(whole: &str) -> bool {
    whole.find(['.', ',', ' ', '\u{a0}']).is_some_and(|at| (1..=3).contains(&at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_every_habit() {
        for (text, wanted) in [
            ("-12.34", "-12.34"),
            ("+5", "5.00"),
            ("-200,00", "-200.00"),
            (" 1,234.50 ", "1234.50"),
            ("1.234,50", "1234.50"),
            ("1 234,5", "1234.50"),
            ("1,234,567", "1234567.00"),
            ("0,123", "0.123"),
            ("1,500", "-"),
            ("-999,000", "-"),
            ("1,50", "1.50"),
            ("1500,000", "1500.00"),
            ("1,500.00", "1500.00"),
            ("-3.95E1", "-"),
            ("$120", "-"),
            ("1,23,456.00", "-"),
            ("1234,567.00", "-"),
            (",.", "-"),
            ("", "-"),
            ("--1", "-"),
        ] {
            let shown =
                amount(text, 2).map_or_else(|_| "-".to_owned(), |amount| amount.to_string());
            assert_eq!(shown, wanted, "{text}");
        }
    }

    #[test]
    fn three_decimals_are_those_of_a_currency_that_has_them() {
        assert_eq!(amount("1,500", 3).unwrap().to_string(), "1.500");
        let why = amount("1,500", 2).unwrap_err();
        assert_eq!(
            why,
            "the comma in `1,500` may part thousands or pence; 1500.00 would be certain"
        );
        assert!(amount("1,500", 0).is_err());
    }

    #[test]
    fn dates_with_times_and_zones() {
        for (text, wanted) in [
            ("20260401", "2026-04-01"),
            ("20260401120000.000[-8:PST]", "2026-04-01"),
            ("20260401[0:GMT]", "2026-04-01"),
            ("20260331230000[0:GMT]", "2026-04-01"),
            ("20260331230000.000[+0.00:UTC]", "2026-04-01"),
            ("20260131230000[0:GMT]", "2026-01-31"),
            ("20260331225959[0:GMT]", "2026-03-31"),
            ("20260331230000[-5:EST]", "2026-03-31"),
            ("20260331230000", "2026-03-31"),
            ("20260230", "-"),
            ("00000000", "-"),
            ("260401", "2026-04-01"),
            ("260401[0:GMT]", "2026-04-01"),
            // The tenth of September 2020, or October 2009?
            ("200910", "-"),
            ("202604", "-"),
            ("000000", "-"),
            ("260401120000", "-"),
            ("2026-04-01", "-"),
            ("", "-"),
        ] {
            let shown = date(text).map_or_else(|_| "-".to_owned(), |date| date.to_string());
            assert_eq!(shown, wanted, "{text}");
        }
    }
}
