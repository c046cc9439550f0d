//! Forms: what was typed, what is wrong with it, and the parts they are made of.

use std::borrow::Cow;

use askama::{Template, filters::HtmlSafe};
use chrono::NaiveDate;
use ims_money::Pence;

use crate::page::ERROR;

/// The most characters of a field of one line.
pub(crate) const FIELD_LENGTH_MAX: usize = 100;

/// What stands in a list where nothing is chosen.
pub(crate) const CHOOSE: &str = "Choose";

/// The most characters of a note.
pub(crate) const NOTE_LENGTH_MAX: usize = 500;

/// What is wrong with a form, by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Errors(Vec<(Cow<'static, str>, String)>);

impl Errors {
    pub(crate) fn add(&mut self, field: impl Into<Cow<'static, str>>, words: impl Into<String>) {
        self.0.push((field.into(), words.into()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with one field.
    pub(crate) fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|(of, _)| *of == field).map(|(_, words)| words.clone())
    }

    /// Everything, for the head of the page.
    pub(crate) fn summary(&self) -> Summary<'_> {
        self.summary_under("There is a problem")
    }

    /// The same under another title.
    pub(crate) fn summary_under(&self, title: &'static str) -> Summary<'_> {
        Summary { title, errors: &self.0 }
    }
}

/// The box at the head of a page that lists what is wrong.
#[derive(Template)]
#[template(path = "parts/summary.html")]
pub(crate) struct Summary<'a> {
    title: &'static str,
    errors: &'a [(Cow<'static, str>, String)],
}

impl HtmlSafe for Summary<'_> {}

/// A field of one line with its label.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/input.html")]
pub(crate) struct Input {
    pub(crate) id: Cow<'static, str>,
    pub(crate) label: Cow<'static, str>,
    pub(crate) hint: String,
    pub(crate) value: String,
    pub(crate) error: Option<String>,
    /// `text`, unless it is another.
    pub(crate) kind: &'static str,
    /// The class that says how wide it is.
    pub(crate) width: &'static str,
    pub(crate) autocomplete: &'static str,
    /// An amount of money, with the sign before it.
    pub(crate) is_money: bool,
    /// What keys a telephone shows, if not those of text.
    pub(crate) inputmode: &'static str,
    /// What stands before its error.
    pub(crate) error_word: &'static str,
}

impl Default for Input {
    fn default() -> Self {
        Self {
            id: Cow::Borrowed(""),
            label: Cow::Borrowed(""),
            hint: String::new(),
            value: String::new(),
            error: None,
            kind: "",
            width: "",
            autocomplete: "",
            is_money: false,
            inputmode: "",
            error_word: ERROR,
        }
    }
}

impl HtmlSafe for Input {}

impl Input {
    /// A field for a day. Not the browser's own, which writes days in the order
    /// of its own language: 2 March must not become 3 February.
    pub(crate) fn day(label: &'static str, day: Option<NaiveDate>, error: Option<String>) -> Self {
        Self {
            id: "day".into(),
            label: label.into(),
            hint: "For example, 27/3/2026".to_owned(),
            value: day.map(crate::show::short_day).unwrap_or_default(),
            error,
            width: "govuk-input--width-10",
            ..Self::default()
        }
    }
}

/// A field that is chosen from a list: value and words.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/select.html")]
pub(crate) struct Select {
    pub(crate) id: Cow<'static, str>,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) value: String,
    pub(crate) error: Option<String>,
    /// What stands where nothing is chosen.
    pub(crate) blank: &'static str,
    pub(crate) choices: Vec<(String, String)>,
}

impl HtmlSafe for Select {}

/// A field of several lines with its label.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/area.html")]
pub(crate) struct Area {
    pub(crate) id: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) value: String,
    pub(crate) error: Option<String>,
}

impl HtmlSafe for Area {}

/// The link to what follows in a list.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/further.html")]
pub(crate) struct Further {
    /// To the head of the list, when this is not it.
    pub(crate) first: Option<String>,
    pub(crate) next: Option<String>,
}

impl HtmlSafe for Further {}

/// A day as people write it: `1/4/2026`, `1 April 2026`; or as programs do: `2026-04-01`.
pub(crate) fn read_day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let read = |format| NaiveDate::parse_from_str(text, format).ok();
    let day = read("%Y-%m-%d").or_else(|| read("%d/%m/%Y")).or_else(|| read("%d %B %Y"))?;
    let years = (1900, 2199);
    (years.0..=years.1).contains(&chrono::Datelike::year(&day)).then_some(day)
}

/// An amount of more than nothing as people write it: `£1,234.50`.
pub(crate) fn read_amount(text: &str) -> Result<Pence, String> {
    let words = |bad| match bad {
        BadAmount::Nothing => "Amount must be more than nothing",
        BadAmount::FractionOfAPenny => "Amount must be in whole pence, like 120.50",
        BadAmount::TooLarge => "Amount is larger than any amount can be",
        BadAmount::NotANumber => "Amount must be a number of pounds and pence, like 120.50",
    };
    amount_of(text).map_err(|bad| words(bad).to_owned())
}

/// Why a text is no amount of more than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadAmount {
    Nothing,
    FractionOfAPenny,
    TooLarge,
    NotANumber,
}

/// The same amount, or what is wrong with it, for whoever has other words.
pub(crate) fn amount_of(text: &str) -> Result<Pence, BadAmount> {
    let plain = text.trim().trim_start_matches('£').replace([',', ' '], "");
    match plain.parse::<Pence>() {
        Ok(amount) if amount.is_positive() => Ok(amount),
        Ok(_) => Err(BadAmount::Nothing),
        Err(ims_money::ParsePenceError::FractionOfAPenny(_)) => Err(BadAmount::FractionOfAPenny),
        Err(ims_money::ParsePenceError::TooLarge(_)) => Err(BadAmount::TooLarge),
        Err(_) => Err(BadAmount::NotANumber),
    }
}

/// `text` so that it can stand as a value in an address.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&hex::encode_upper([byte]));
        }
    }
    encoded
}

/// `base` with those of `pairs` that have a value.
pub(crate) fn address(base: &str, pairs: &[(&str, &str)]) -> String {
    let mut address = base.to_owned();
    let mut sign = '?';
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        address.push(sign);
        address.push_str(name);
        address.push('=');
        address.push_str(&percent_encoded(value));
        sign = '&';
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_and_programs_write_them() {
        let day = NaiveDate::from_ymd_opt(2026, 4, 1);
        for (text, read) in [
            ("2026-04-01", day),
            ("1/4/2026", day),
            (" 1 April 2026 ", day),
            ("31/2/2026", None),
            ("4/2026", None),
            ("1/4/26", None),
            ("", None),
        ] {
            assert_eq!(read_day(text), read, "{text}");
        }
    }

    #[test]
    fn amounts_are_read_or_said_to_be_none() {
        assert_eq!(read_amount(" £1,234.50 "), Ok(Pence::new(123_450)));
        for (text, words) in [
            ("0", "more than nothing"),
            ("-5", "more than nothing"),
            ("1.005", "whole pence"),
            ("five", "number of pounds"),
            ("", "number of pounds"),
        ] {
            let refused = read_amount(text).unwrap_err();
            assert!(refused.contains(words), "{text}: {refused}");
        }
    }

    #[test]
    fn a_value_stays_one_value_in_an_address() {
        assert_eq!(
            address("/x", &[("a", "1&b=2"), ("none", ""), ("c", "£ /")]),
            "/x?a=1%26b%3D2&c=%C2%A3%20%2F"
        );
    }
}
