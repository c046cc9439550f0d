//! Patterns of dates (`%d/%m/%Y`) and of texts (`##/##/####`).

use chrono::NaiveDate;

use crate::{
    amounts::clipped,
    dates::{century, month_named},
};

/// What may stand behind a `%`.
const KNOWN: &str = "%d, %m, %b, %y, %Y and %j are known, to read also %H, %M and %S";

/// Days only, so that a layout depends on nothing but the date; what is read may
/// have a time, which is dropped.
pub(super) fn check(pattern: &str, reads: bool) -> Result<(), String> {
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            continue;
        }
        match characters.next() {
            Some('d' | 'm' | 'b' | 'y' | 'Y' | 'j') => {}
            Some('H' | 'M' | 'S') if reads => {}
            _ => return Err(format!("date_format `{pattern}`; {KNOWN}")),
        }
    }
    Ok(())
}

/// Whether a pattern says which day it is: it can be read.
pub(super) fn is_whole(pattern: &str) -> bool {
    let has = |part: &str| pattern.contains(part);
    let year = has("%y") || has("%Y");
    year && (has("%j") || (has("%d") && (has("%m") || has("%b"))))
}

/// What a pattern that says no day was probably meant to be.
pub(super) fn meant(pattern: &str) -> Option<String> {
    let right = if pattern.contains('%') {
        // The minute for the month.
        pattern.replace("%M", "%m").replace("%D", "%d")
    } else {
        let plain = pattern.to_ascii_uppercase();
        ["YYYY %Y", "YY %y", "MMM %b", "MM %m", "DDD %j", "DD %d"].iter().fold(
            plain,
            |text, pair| {
                let (letters, part) = pair.split_once(' ').unwrap_or_default();
                text.replace(letters, part)
            },
        )
    };
    (right != pattern && is_whole(&right)).then_some(right)
}

/// A date by its pattern.
pub(super) fn shown(date: NaiveDate, pattern: &str) -> String {
    date.and_time(chrono::NaiveTime::MIN).format(pattern).to_string()
}

/// Reads a date by its pattern. A time is checked and dropped.
pub(super) fn date(text: &str, pattern: &str) -> Result<NaiveDate, String> {
    let wrong = || {
        let example = NaiveDate::from_ymd_opt(2026, 4, 30).map(|date| shown(date, pattern));
        format!(
            "`{}` is not a date as {pattern}; {} would be",
            clipped(text),
            example.unwrap_or_default()
        )
    };
    let parts = parts(text, pattern).ok_or_else(wrong)?;
    let year = parts.year.ok_or_else(wrong)?;
    let date = match (parts.of_year, parts.month, parts.day) {
        (Some(day), None, None) => NaiveDate::from_yo_opt(year, day),
        // In another order perhaps.
        (None, Some(month), Some(day)) if month > 12 || day > 31 => return Err(wrong()),
        (None, Some(month), Some(day)) => NaiveDate::from_ymd_opt(year, month, day),
        _ => return Err(wrong()),
    };
    date.ok_or_else(|| {
        format!("`{}` does not exist in the calendar; give the day it happened", clipped(text))
    })
}

#[derive(Default)]
struct Parts {
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
    of_year: Option<u32>,
}

fn parts(text: &str, pattern: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let mut rest = text;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' {
            rest = rest.strip_prefix(character)?;
            continue;
        }
        let what = characters.next()?;
        // Before a separator, or at the end, a leading nought may be left out.
        let loose = characters.peek().is_none_or(|next| *next != '%' && !next.is_ascii_digit());
        let mut digits = |width: usize, loose: bool| -> Option<u32> {
            let run = rest.bytes().take(width).take_while(u8::is_ascii_digit).count();
            if run == 0 || (run < width && !loose) {
                return None;
            }
            let (number, after) = rest.split_at_checked(run)?;
            rest = after;
            number.parse().ok()
        };
        match what {
            'd' => parts.day = Some(digits(2, loose)?),
            'm' => parts.month = Some(digits(2, loose)?),
            'j' => parts.of_year = Some(digits(3, false)?),
            'Y' => parts.year = Some(i32::try_from(digits(4, false)?).ok()?),
            'y' => parts.year = Some(century(digits(2, false)?)?),
            'b' => {
                parts.month = Some(month_named(rest)?);
                rest = rest.get(3..)?;
            }
            'H' => within(digits(2, loose)?, 24)?,
            'M' => within(digits(2, loose)?, 60)?,
            'S' => within(digits(2, loose)?, 61)?,
            _ => return None,
        }
    }
    rest.is_empty().then_some(parts)
}

fn within(number: u32, limit: u32) -> Option<()> {
    (number < limit).then_some(())
}

/// Whether a text has that shape: `#` a digit, `@` a letter, `?` any character,
/// `*` any run of them; all else is itself.
pub(super) fn matches(text: &str, shape: &str) -> bool {
    // Nearly every text is ASCII: then a byte is a character.
    if text.is_ascii() && shape.is_ascii() {
        return fits(text.as_bytes(), shape.as_bytes(), u8::is_ascii_alphabetic);
    }
    let text: Vec<char> = text.chars().collect();
    let shape: Vec<char> = shape.chars().collect();
    fits(&text, &shape, |letter| letter.is_alphabetic())
}

fn fits<C: Copy + PartialEq + Into<char>>(
    text: &[C],
    shape: &[C],
    is_letter: impl Fn(&C) -> bool,
) -> bool {
    let one = |held: &C, wanted: &C| match (*wanted).into() {
        '#' => (*held).into().is_ascii_digit(),
        '@' => is_letter(held),
        '?' => true,
        _ => held == wanted,
    };
    let is_star = |wanted: &C| (*wanted).into() == '*';
    let (mut at, mut to) = (0_usize, 0_usize);
    // Where the last `*` stands, and up to where it has run.
    let mut star: Option<(usize, usize)> = None;
    while let Some(held) = text.get(at) {
        match shape.get(to) {
            Some(wanted) if is_star(wanted) => {
                star = Some((to, at));
                to += 1;
            }
            Some(wanted) if one(held, wanted) => (at, to) = (at + 1, to + 1),
            Some(_) | None => {
                let Some((stands, ran)) = star else { return false };
                star = Some((stands, ran + 1));
                (at, to) = (ran + 1, stands + 1);
            }
        }
    }
    shape.get(to..).unwrap_or_default().iter().all(is_star)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_by_pattern() {
        for (text, pattern, wanted) in [
            ("01042026", "%d%m%Y", "2026-04-01"),
            ("26091", "%y%j", "2026-04-01"),
            ("260401", "%y%m%d", "2026-04-01"),
            ("1/4/2026", "%d/%m/%Y", "2026-04-01"),
            ("01-APR-26", "%d-%b-%y", "2026-04-01"),
            ("2026-04-01T23:59:59", "%Y-%m-%dT%H:%M:%S", "2026-04-01"),
            ("80366", "%y%j", "1980-12-31"),
        ] {
            assert_eq!(date(text, pattern).unwrap().to_string(), wanted, "{text}");
        }
        for (text, pattern, words) in [
            ("31062026", "%d%m%Y", "does not exist"),
            ("01042026", "%Y%m%d", "20260430 would be"),
            ("26366", "%y%j", "does not exist"),
            ("1042026", "%d%m%Y", "30042026 would be"),
            ("01/04/2026x", "%d/%m/%Y", "is not a date as"),
            ("2026-04-01T24:00:00", "%Y-%m-%dT%H:%M:%S", "is not a date as"),
            ("", "%y%j", "26120 would be"),
        ] {
            let error = date(text, pattern).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
        assert!(check("%d%Q", true).is_err() && check("%", true).is_err());
        assert!(check("%d.%m.%y", false).is_ok() && check("%H", false).is_err());
        assert!(is_whole("%y%j") && is_whole("%d%b%Y") && !is_whole("%Y%m") && !is_whole("%d%m"));
    }

    #[test]
    fn a_pattern_in_letters_is_told_how_it_is_written() {
        for (pattern, wanted) in [
            ("YYYYMMDD", Some("%Y%m%d")),
            ("dd/mm/yyyy", Some("%d/%m/%Y")),
            ("DD-MMM-YY", Some("%d-%b-%y")),
            ("YYDDD", Some("%y%j")),
            ("%Y%M%d", Some("%Y%m%d")),
            ("%Y%m", None),
            ("day", None),
        ] {
            assert_eq!(meant(pattern).as_deref(), wanted, "{pattern}");
        }
    }

    #[test]
    fn shapes_of_texts() {
        for (text, shape, wanted) in [
            ("01/04/2026", "##/##/####", true),
            ("01/04/202", "##/##/####", false),
            ("allpay_20260401.txt", "allpay_*.txt", true),
            ("allpay_20260401.csv", "allpay_*.txt", false),
            ("AB12", "@@##", true),
            ("", "*", true),
            ("", "", true),
            ("a", "", false),
            ("aXbXc", "a*X?", true),
        ] {
            assert_eq!(matches(text, shape), wanted, "{text} {shape}");
        }
        // Many stars do not take for ever.
        assert!(!matches(&"a".repeat(2_000), &"*a".repeat(50).replace("*a*a", "*a*ab")));
    }
}
