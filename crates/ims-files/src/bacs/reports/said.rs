//! What an element says in its attributes. Reports write the same thing as
//! `payer-sort-code`, `payerSortCode` and `sortCode`.

use chrono::NaiveDate;
use ims_money::Amount;

use crate::{accounts, amounts, dates, xml::Attributes};

/// Attributes by their names without capitals and dashes.
#[derive(Clone, Debug, Default)]
pub(super) struct Said(Vec<(String, String)>);

impl Said {
    pub(super) fn of(attributes: &Attributes<'_>) -> Self {
        let plain = |name: &str| -> String {
            name.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_lowercase())
                .collect()
        };
        let pairs = attributes.pairs().into_iter();
        Self(pairs.map(|(name, value)| (plain(&name), value.trim().to_owned())).collect())
    }

    /// The first of these attributes that is there and not blank.
    pub(super) fn get(&self, names: &[&str]) -> Option<&str> {
        let value = |name: &&str| {
            let found = self.0.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
        };
        names.iter().find_map(value)
    }

    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.get(names).map(str::to_owned)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    pub(super) fn day(&self, names: &[&str]) -> Result<Option<NaiveDate>, String> {
        self.get(names).map(day).transpose()
    }

    pub(super) fn amount(&self, names: &[&str]) -> Result<Option<Amount>, String> {
        self.get(names).map(pounds).transpose()
    }

    /// The sort code of the other side, or that which replaces it.
    pub(super) fn sort_code(&self, whose: Whose) -> Option<String> {
        self.ending("sortcode", whose).map(sort_code)
    }

    /// The account of the other side, or that which replaces it.
    pub(super) fn account(&self, whose: Whose) -> Option<String> {
        ["accountnumber", "account", "accountno"]
            .iter()
            .find_map(|name| self.ending(name, whose))
            .map(str::to_owned)
    }

    fn ending(&self, end: &str, whose: Whose) -> Option<&str> {
        let fits = |name: &str| {
            let Some(begin) = name.strip_suffix(end) else { return false };
            let is_new = begin.contains("new")
                || (begin.contains("correct") && !begin.contains("incorrect"));
            let is_ours =
                ["orig", "user", "serviceuser"].iter().any(|ours| begin.starts_with(ours));
            !is_ours && is_new == matches!(whose, Whose::New)
        };
        let mut found = self.0.iter().filter(|(name, value)| fits(name) && !value.is_empty());
        found.next().map(|(_, value)| value.as_str())
    }
}

/// Which of the payer's accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The one the item was for.
    Payer,
    /// The one to be used from now on.
    New,
}

/// `2026-06-01`, or as UK files write it, or without dashes.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        let found = NaiveDate::parse_from_str(text, "%Y%m%d").ok();
        return found.ok_or_else(|| format!("`{text}` does not exist in the calendar"));
    }
    dates::uk(text)
}

/// Pounds and pence.
pub(super) fn pounds(text: &str) -> Result<Amount, String> {
    amounts::pence(text.trim()).map(Amount::from)
}

/// Six digits where it is that, else as written.
pub(super) fn sort_code(text: &str) -> String {
    accounts::sort_code(text).unwrap_or_else(|| text.trim().to_owned())
}
