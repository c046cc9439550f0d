//! The rules, as data: in which order what is tried, how far dates may lie apart, and the
//! sentence each rule gives as its reason.

mod how;
mod preset;
mod sentence;
mod text;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use how::{Days, How};
pub use preset::PRESETS;
pub use sentence::{BadSentence, Sentence};
pub use text::BadRulesText;

use crate::{BankLine, Expected, Match, Proposal};

/// The place of a rule in [`Rules::rule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub(crate) u16);

/// What comes of a rule that holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// It is a match.
    #[default]
    Match,
    /// It is put to a person.
    Propose,
}

/// One rule: what has to agree, what then happens, and what it says for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A short name, as it appears in reports.
    pub name: String,
    /// What has to agree.
    pub how: How,
    /// A match, or only a proposal.
    #[serde(default)]
    pub then: Then,
    /// The reason it gives.
    pub says: Sentence,
}

/// The rules in the order in which they are tried: strict ones first, because what one rule
/// has matched the next does not see.
///
/// [`Rules::default`] is what a council can start with; a file of rules replaces it whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The rules, first tried first.
    pub rule: Vec<Rule>,
}

/// Rules that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadRules {
    /// Amount and date are not enough to post by.
    #[error(
        "rule `{0}` may only propose: an amount and a date are no reason to match; write then = \"propose\""
    )]
    MayOnlyPropose(String),
    /// Two rules with one name.
    #[error("two rules are called `{0}`; give each its own name")]
    SameName(String),
    /// More rules than can be numbered.
    #[error("{0} rules are too many; the most is 1000")]
    TooMany(usize),
    /// A rule without a name.
    #[error("a rule has no name; give each its own, as it is to appear in reports")]
    NoName,
    /// A window or a count beyond what a rule can do.
    #[error("rule `{name}`: {what}")]
    OutOfBounds {
        /// The rule.
        name: String,
        /// What, and from where to where it may go.
        what: String,
    },
    /// A fee is known from a settlement, not from a difference.
    #[error(
        "rule `{0}` may only propose: a fee is posted from the settlement that names it, never from a difference; write then = \"propose\", below the rules that match"
    )]
    FeeOnlyProposed(String),
    /// A text that is too short to tell people apart.
    #[error(
        "rule `{name}` may only propose: length_min = {length_min} is too little for a match, because so short a text is near the references of many; write length_min = {least} or more, or then = \"propose\", below the rules that match"
    )]
    TooShort {
        /// The rule.
        name: String,
        /// What it says.
        length_min: u8,
        /// The least that would do for a match.
        least: u8,
    },
    /// A rule that matches after one that only proposes.
    #[error(
        "rule `{name}` matches but stands below `{looser}`, which only proposes; put the strict rules first"
    )]
    OutOfOrder {
        /// The rule that matches.
        name: String,
        /// The looser one above it.
        looser: String,
    },
}

impl BadRules {
    /// The rule at fault, if it is one.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::MayOnlyPropose(name)
            | Self::FeeOnlyProposed(name)
            | Self::SameName(name)
            | Self::OutOfBounds { name, .. }
            | Self::TooShort { name, .. }
            | Self::OutOfOrder { name, .. } => Some(name),
            Self::TooMany(_) | Self::NoName => None,
        }
    }
}

impl Rules {
    /// Looks for what a file of rules may have wrong that its shape does not show.
    ///
    /// # Errors
    /// When a rule that goes by amount alone may match, two rules share a name, a number is out
    /// of its bounds, or a rule that matches stands below one that only proposes.
    pub fn check(&self) -> Result<(), BadRules> {
        if self.rule.len() > 1000 {
            return Err(BadRules::TooMany(self.rule.len()));
        }
        let mut looser: Option<&Rule> = None;
        for (place, rule) in self.rule.iter().enumerate() {
            let name = || rule.name.clone();
            if rule.name.trim().is_empty() {
                return Err(BadRules::NoName);
            }
            if let Some(what) = rule.how.out_of_bounds() {
                return Err(BadRules::OutOfBounds { name: name(), what });
            }
            match (rule.then, looser) {
                (Then::Propose, None) => looser = Some(rule),
                (Then::Propose, Some(_)) | (Then::Match, None) => {}
                (Then::Match, Some(_)) if rule.how.only_proposes() => {}
                (Then::Match, Some(looser)) => {
                    let looser = looser.name.clone();
                    return Err(BadRules::OutOfOrder { name: name(), looser });
                }
            }
            if rule.how.only_proposes() && rule.then == Then::Match {
                return Err(BadRules::MayOnlyPropose(rule.name.clone()));
            }
            if self.rule.iter().take(place).any(|before| before.name == rule.name) {
                return Err(BadRules::SameName(rule.name.clone()));
            }
        }
        Ok(())
    }

    /// As [`check`](Self::check), for whoever posts what is matched.
    ///
    /// # Errors
    /// As [`check`](Self::check), and when a rule that takes a difference for a fee, or goes by
    /// a text too short to tell people apart, may match.
    pub fn check_to_post(&self) -> Result<(), BadRules> {
        self.check()?;
        for rule in self.rule.iter().filter(|rule| rule.then == Then::Match) {
            let name = || rule.name.clone();
            if matches!(rule.how, How::NetOfFee { .. }) {
                return Err(BadRules::FeeOnlyProposed(name()));
            }
            if let Some((length_min, least)) = rule.how.too_short_to_post() {
                return Err(BadRules::TooShort { name: name(), length_min, least });
            }
        }
        Ok(())
    }

    /// The rule that a match, a proposal or an ambiguity names; `None` if it came from other rules.
    #[must_use]
    pub fn get(&self, rule: RuleId) -> Option<&Rule> {
        self.rule.get(usize::from(rule.0))
    }

    /// The rule's name.
    #[must_use]
    pub fn name(&self, rule: RuleId) -> &str {
        self.get(rule).map_or("", |rule| &rule.name)
    }

    /// Why `found` is a match, in one sentence, for people.
    #[must_use]
    pub fn reason(
        &self,
        found: &Match,
        expected: &[Expected<'_>],
        bank: &[BankLine<'_>],
    ) -> String {
        let mut text = String::new();
        self.write_reason(&mut text, found, expected, bank);
        text
    }

    /// As [`reason`](Self::reason), appended to `text`: for many matches.
    pub fn write_reason(
        &self,
        text: &mut String,
        found: &Match,
        expected: &[Expected<'_>],
        bank: &[BankLine<'_>],
    ) {
        if let Some(rule) = self.get(found.rule) {
            rule.says.write(text, &found.bank, &found.expected, found.fee, expected, bank);
        }
    }

    /// Why `found` is proposed, in one sentence.
    #[must_use]
    pub fn proposal_reason(
        &self,
        found: &Proposal,
        expected: &[Expected<'_>],
        bank: &[BankLine<'_>],
    ) -> String {
        let mut text = String::new();
        if let Some(rule) = self.get(found.rule) {
            let (lines, rows) = (&found.bank, &found.expected);
            rule.says.write(&mut text, lines, rows, found.difference, expected, bank);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of one rule by whoever posts; nothing if it may be used.
    fn to_post(how: &str, then: &str) -> String {
        let text = format!("[[rule]]\nname = \"r\"\nsays = \"x\"\nthen = \"{then}\"\nhow.{how}");
        let rules = Rules::read(&text).unwrap_or_else(|fault| panic!("{text}, {fault}"));
        let fault = rules.check_to_post().err();
        assert_eq!(fault.as_ref().and_then(BadRules::rule), fault.as_ref().map(|_| "r"), "{text}");
        fault.map(|fault| fault.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_short_text_is_no_reason_to_post() {
        for (how, is, least) in [
            ("typo = { edits = 1, ", 4, Some(6)),
            ("typo = { edits = 1, ", 5, Some(6)),
            ("typo = { edits = 1, ", 6, None),
            ("typo = { edits = 2, ", 4, Some(7)),
            ("typo = { edits = 2, ", 6, Some(7)),
            ("typo = { edits = 2, ", 7, None),
            ("quoted = { ", 1, Some(6)),
            ("quoted = { ", 5, Some(6)),
            ("quoted = { ", 6, None),
            ("quoted = { ", 36, None),
        ] {
            let how = format!("{how}days = {{ after = 5 }}, length_min = {is} }}");
            let said = least.map_or(String::new(), |least| {
                format!(
                    "rule `r` may only propose: length_min = {is} is too little for a match, because \
                     so short a text is near the references of many; write length_min = {least} or \
                     more, or then = \"propose\", below the rules that match"
                )
            });
            assert_eq!(to_post(&how, "match"), said, "{how}");
            assert_eq!(to_post(&how, "propose"), "", "{how}");
        }
    }
}
