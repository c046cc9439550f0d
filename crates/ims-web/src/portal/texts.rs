//! What the portal says, in English and in Welsh: one file of texts for each.

use std::{collections::BTreeMap, sync::LazyLock};

use askama::{Template, filters::HtmlSafe};
use chrono::{Datelike as _, NaiveDate};
use ims_ledger::Words;

type Texts = BTreeMap<String, String>;

static ENGLISH: LazyLock<Texts> =
    LazyLock::new(|| read(include_str!("../../texts/portal.en.json")));
static WELSH: LazyLock<Texts> = LazyLock::new(|| read(include_str!("../../texts/portal.cy.json")));

/// A file that does not read is caught by a test; no page falls over for it.
fn read(file: &str) -> Texts {
    serde_json::from_str(file).unwrap_or_default()
}

/// A language of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Welsh,
}

impl Language {
    /// The language of an address: Welsh lies under `/cy`.
    pub(super) fn of(path: &str) -> Self {
        match path.strip_prefix("/cy") {
            Some("") => Self::Welsh,
            Some(rest) if rest.starts_with('/') => Self::Welsh,
            _ => Self::English,
        }
    }

    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Welsh => "cy",
        }
    }

    /// What a payment provider calls it.
    pub(super) const fn for_provider(self) -> ims_pay::Language {
        match self {
            Self::English => ims_pay::Language::English,
            Self::Welsh => ims_pay::Language::Welsh,
        }
    }

    /// What its addresses begin with.
    pub(super) const fn prefix(self) -> &'static str {
        match self {
            Self::English => "",
            Self::Welsh => "/cy",
        }
    }

    /// Its front page.
    pub(super) const fn home(self) -> &'static str {
        match self {
            Self::English => "/",
            Self::Welsh => "/cy",
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::English => Self::Welsh,
            Self::Welsh => Self::English,
        }
    }

    /// What it calls itself.
    pub(super) const fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Welsh => "Cymraeg",
        }
    }

    fn texts(self) -> &'static Texts {
        match self {
            Self::English => &ENGLISH,
            Self::Welsh => &WELSH,
        }
    }

    /// A text without places.
    pub(super) fn say(self, key: &'static str) -> &'static str {
        self.texts().get(key).map_or(key, String::as_str)
    }

    /// A text, with what stands in its places: `{name}`.
    pub(super) fn with(self, key: &'static str, places: &[(&str, &str)]) -> String {
        places.iter().fold(self.say(key).to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
    }

    /// `2 March 2026`, `2 Mawrth 2026`.
    pub(super) fn day(self, day: NaiveDate) -> String {
        let at = usize::try_from(day.month0()).unwrap_or_default();
        let month = self.say("months").split(',').nth(at).unwrap_or_default();
        format!("{} {month} {}", day.day(), day.year())
    }

    /// One or many of something: keys `what.one` and `what.many`.
    pub(super) fn many(self, one: &'static str, many: &'static str, number: usize) -> String {
        let key = if number == 1 { one } else { many };
        self.with(key, &[("number", &number.to_string())])
    }

    /// Words that there are in English only.
    pub(super) fn english(self, text: impl Into<String>) -> Said {
        Said { text: text.into(), is_english: self == Self::Welsh }
    }

    /// The council's own words.
    pub(super) fn of_words(self, words: &Words) -> Said {
        let own = match self {
            Self::English => &words.en,
            Self::Welsh => &words.cy,
        };
        match own.as_str() {
            "" => Said { text: words.en.clone(), is_english: self == Self::Welsh },
            own => Said { text: own.to_owned(), is_english: false },
        }
    }
}

/// Words of the council's; English on a Welsh page is said to be English, so that
/// a screen reader speaks it right.
#[derive(Clone, Debug, Default, Template)]
#[template(
    source = r#"{% if is_english %}<span lang="en">{{ text }}</span>{% else %}{{ text }}{% endif %}"#,
    ext = "html"
)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) is_english: bool,
}

impl HtmlSafe for Said {}

impl Said {
    pub(super) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// As it stands inside a sentence: `council tax account number`, but `PCN number`.
    pub(super) fn inside(&self) -> String {
        let mut letters = self.text.chars();
        match (letters.next(), letters.next()) {
            (Some(first), Some(second)) if second.is_lowercase() => {
                first.to_lowercase().chain([second]).chain(letters).collect()
            }
            _ => self.text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    use super::*;

    /// The places of a text.
    fn places(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name)
            .collect()
    }

    #[test]
    fn both_languages_say_the_same_things_with_the_same_places() {
        let keys = |texts: &'static Texts| texts.keys().collect::<Vec<_>>();
        assert!(ENGLISH.len() > 50, "the file of texts does not read");
        assert_eq!(keys(&ENGLISH), keys(&WELSH));
        for (key, english) in ENGLISH.iter() {
            let welsh = &WELSH[key];
            assert_eq!(places(english), places(welsh), "{key}");
            assert!(!english.trim().is_empty() && !welsh.trim().is_empty(), "{key}");
        }
    }

    /// Every quoted word of the portal's sources and templates that is shaped like
    /// a key is one, and every key is used.
    #[test]
    fn every_text_is_used_and_every_text_used_is_there() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = std::fs::read_to_string(here.join("src/portal.rs")).unwrap();
        for folder in ["src/portal", "templates/portal"] {
            for entry in std::fs::read_dir(here.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if !path.ends_with("texts.rs") {
                    sources += &std::fs::read_to_string(path).unwrap();
                }
            }
        }
        let unused: Vec<_> = ENGLISH
            .keys()
            .filter(|key| *key != "months" && !sources.contains(&format!("\"{key}\"")))
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
        let groups: BTreeSet<_> = ENGLISH.keys().filter_map(|key| key.split_once('.')).collect();
        let groups: BTreeSet<_> = groups.into_iter().map(|(group, _)| group).collect();
        for quoted in sources.split('"').skip(1).step_by(2) {
            let is_key = quoted.split_once('.').is_some_and(|(group, rest)| {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
                groups.contains(group) && rest.chars().all(is_plain)
            });
            assert!(!is_key || ENGLISH.contains_key(quoted), "there is no text `{quoted}`");
        }
    }

    #[test]
    fn welsh_lies_under_its_own_addresses() {
        for (path, code) in [("/", "en"), ("/cycling", "en"), ("/cy", "cy"), ("/cy/basket", "cy")] {
            assert_eq!(Language::of(path).code(), code, "{path}");
        }
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        assert_eq!(Language::Welsh.day(day), "2 Mawrth 2026");
        assert_eq!(Language::English.day(day), "2 March 2026");
    }

    #[test]
    fn english_on_a_welsh_page_says_that_it_is_english() {
        let words = Words { en: "PCN <number>".to_owned(), cy: String::new() };
        let said = Language::Welsh.of_words(&words);
        assert_eq!(said.render().unwrap(), "<span lang=\"en\">PCN &#60;number&#62;</span>");
        assert_eq!(said.inside(), "PCN <number>");
        let words = Words { en: "Account number".to_owned(), cy: "Rhif cyfrif".to_owned() };
        assert_eq!(Language::Welsh.of_words(&words).inside(), "rhif cyfrif");
        assert_eq!(Language::English.of_words(&words).render().unwrap(), "Account number");
    }
}
