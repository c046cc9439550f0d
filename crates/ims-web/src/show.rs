//! How amounts and days are written for people.

use std::borrow::Borrow;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Europe::London;
use ims_money::Pence;

/// `£1,234.56`, with a real minus sign before what is less than nothing.
pub(crate) fn money(amount: impl Borrow<Pence>) -> String {
    let text = amount.borrow().to_string();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", text.as_str()),
    };
    let (pounds, pence) = text.split_once('.').unwrap_or((text, "00"));
    format!("{sign}£{}.{pence}", thousands(pounds))
}

/// A whole number with its thousands parted.
pub(crate) fn count(number: impl Borrow<i64>) -> String {
    let text = number.borrow().to_string();
    match text.strip_prefix('-') {
        Some(digits) => format!("\u{2212}{}", thousands(digits)),
        None => thousands(&text),
    }
}

fn thousands(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 April 2026`.
pub(crate) fn day(day: impl Borrow<NaiveDate>) -> String {
    day.borrow().format("%-d %B %Y").to_string()
}

/// `1/4/2026`: as a day stands in a field.
pub(crate) fn short_day(day: impl Borrow<NaiveDate>) -> String {
    day.borrow().format("%-d/%-m/%Y").to_string()
}

/// `1 April 2026 at 14:05`, by the clocks of London.
pub(crate) fn moment(at: impl Borrow<DateTime<Utc>>) -> String {
    at.borrow().with_timezone(&London).format("%-d %B %Y at %H:%M").to_string()
}

/// `3 days`, `1 day`, `today`: how long ago `from` was.
pub(crate) fn age(from: impl Borrow<NaiveDate>, today: impl Borrow<NaiveDate>) -> String {
    match today.borrow().signed_duration_since(*from.borrow()).num_days() {
        ..=0 => "today".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{} days", count(days)),
    }
}

/// `1 receipt`, `2 receipts`.
pub(crate) fn many(number: impl Borrow<i64>, one: &str, several: &str) -> String {
    let number = *number.borrow();
    format!("{} {}", count(number), if number == 1 { one } else { several })
}

/// `part` of `whole` in per cent, cut after one place: 100% is only said of all.
pub(crate) fn share(part: impl Borrow<i64>, whole: impl Borrow<i64>) -> Option<String> {
    let tenths = part.borrow().checked_mul(1_000)?.checked_div(*whole.borrow())?;
    let (whole, tenth) = (tenths.checked_div(10)?, tenths.checked_rem(10)?);
    Some(if tenth == 0 { format!("{whole}%") } else { format!("{whole}.{tenth}%") })
}

/// Words with a capital letter at their head, and with quotes and days as people print
/// them: the app marks what somebody wrote by backticks, and writes days as programs do. Only
/// what stands between spaces is a day: what else has one in it is a file or a name.
pub(crate) fn upper(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let (mut printed, mut word, mut is_open) =
        (String::with_capacity(words.len()), String::new(), false);
    for letter in first.chars().chain(letters) {
        if letter.is_whitespace() || letter == '`' {
            print_word(&mut printed, &mut word, is_open);
        }
        match letter {
            '`' => {
                is_open = !is_open;
                printed.push(if is_open { '\u{2018}' } else { '\u{2019}' });
            }
            letter if letter.is_whitespace() => printed.push(letter),
            letter => word.push(letter),
        }
    }
    print_word(&mut printed, &mut word, is_open);
    printed
}

/// Moves a word to what is printed; a day is written out, unless somebody wrote it so.
fn print_word(printed: &mut String, word: &mut String, is_quoted: bool) {
    let bare = word.trim_start_matches('(').trim_end_matches([',', '.', ';', ':', '?', '!', ')']);
    let length = "2026-04-01".len();
    let as_day =
        || NaiveDate::parse_from_str(bare, "%Y-%m-%d").ok().filter(|_| bare.len() == length);
    match as_day().filter(|_| !is_quoted) {
        Some(on) => printed.push_str(&word.replacen(bare, &day(on), 1)),
        None => printed.push_str(word),
    }
    word.clear();
}

/// Words of an error as a sentence of a page.
pub(crate) fn sentence(words: &str) -> String {
    let end = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{end}", upper(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        for (pence, text) in [
            (0, "£0.00"),
            (5, "£0.05"),
            (-5, "\u{2212}£0.05"),
            (99_999, "£999.99"),
            (100_000, "£1,000.00"),
            (-123_456_789, "\u{2212}£1,234,567.89"),
            (i64::MAX, "£92,233,720,368,547,758.07"),
        ] {
            assert_eq!(money(Pence::new(pence)), text);
        }
    }

    #[test]
    fn days_moments_and_ages_are_written_out() {
        let on = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        assert_eq!((day(on), short_day(on)), ("1 April 2026".to_owned(), "1/4/2026".to_owned()));
        let at = on.and_hms_opt(23, 5, 0).unwrap().and_utc();
        assert_eq!(moment(at), "2 April 2026 at 00:05");
        for (days, text) in [(0, "today"), (1, "1 day"), (2, "2 days"), (1500, "1,500 days")] {
            assert_eq!(age(on, on + chrono::Days::new(days)), text);
        }
    }

    #[test]
    fn words_of_an_error_become_a_sentence() {
        assert_eq!(
            sentence("`x` is no fund, `y` is"),
            "\u{2018}x\u{2019} is no fund, \u{2018}y\u{2019} is."
        );
        assert_eq!(sentence("what now?"), "What now?");
        assert_eq!(
            sentence("`2026-03-02` came on 2026-03-02, not 2026-03-32 or 1-2026-03-02"),
            "\u{2018}2026-03-02\u{2019} came on 2 March 2026, not 2026-03-32 or 1-2026-03-02."
        );
        assert_eq!(
            sentence("(2026-03-02, 2026-03-03): 2026-03-04?"),
            "(2 March 2026, 3 March 2026): 4 March 2026?"
        );
        // A file, a batch and a command keep their names.
        for name in [
            "2026-03-02.csv",
            "till_2026-03-02.csv",
            "in/2026-03-02/x",
            "T1/17/2026-03-02",
            "--day=2026-03-02",
            "2026-03-02T10:00",
        ] {
            assert_eq!(sentence(&format!("it is {name} of")), format!("It is {name} of."));
        }
        assert_eq!(sentence(""), ".");
    }

    #[test]
    fn all_is_only_said_of_all() {
        for (part, whole, text) in [
            (0, 3, Some("0%")),
            (1, 3, Some("33.3%")),
            (9_999, 10_000, Some("99.9%")),
            (3, 3, Some("100%")),
            (0, 0, None),
        ] {
            assert_eq!(share(part, whole).as_deref(), text);
        }
    }
}
