//! References inside a fund: read under the fund's rule, or refused with a reason.

use std::fmt;

use regex::Regex;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{CheckDigit, Stands, mask};

mod consistency;
mod pattern;

/// The longest reference there is, in characters.
pub const REFERENCE_LENGTH_MAX: usize = 36;

/// What a fund demands of its references. Everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReferenceRule {
    /// Fewest characters; nought for no limit.
    pub min_length: usize,
    /// Most characters; nought for [`REFERENCE_LENGTH_MAX`].
    pub max_length: usize,
    /// Which characters may occur.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub characters: Option<Characters>,
    /// A pattern that must be found in the reference as it was given; anchor it
    /// with `^` and `$` to hold the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// `$` a letter, `#` a digit, `?` either, `*` either or a space, `/` or `-`,
    /// `@` the check digit, anything else itself. Compared in upper case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<String>,
    /// How the check digit at `@` is worked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check_digit: Option<CheckDigit>,
}

/// Fewer characters than this may stand anywhere, whatever letters are among them.
const TELLING_MIN: usize = 6;

impl ReferenceRule {
    /// Whether a date, an amount or an account number may look like one of its references: it
    /// has no check digit, and no mask of at least six characters with two letters of its own.
    pub(crate) fn may_be_chance(&self) -> bool {
        let mask = self.mask.as_deref().unwrap_or_default();
        let letters = mask
            .chars()
            .filter(|c| matches!(Stands::of(*c), Stands::Itself(c) if c.is_alphabetic()));
        let has_letters = letters.count() >= 2 && mask.chars().count() >= TELLING_MIN;
        let has_check = self.check_digit.is_some() && mask.contains('@');
        !has_letters && !has_check
    }
}

/// Classes of characters, all of them ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Characters {
    /// Letters.
    Alpha,
    /// Letters and spaces.
    AlphaSpace,
    /// Digits.
    Numeric,
    /// Digits and spaces.
    NumericSpace,
    /// Letters and digits.
    AlphaNumeric,
    /// Letters, digits and spaces.
    AlphaNumericSpace,
}

impl Characters {
    /// Whether `text` is of this class: at least one character, all of them
    /// allowed. A blank is of none; a space is of those with spaces.
    #[must_use]
    pub fn accepts(self, text: &str) -> bool {
        !text.is_empty() && text.chars().all(|c| self.allows(c))
    }

    fn allows(self, c: char) -> bool {
        match self {
            Self::Alpha => c.is_ascii_alphabetic(),
            Self::AlphaSpace => c.is_ascii_alphabetic() || c.is_ascii_whitespace(),
            Self::Numeric => c.is_ascii_digit(),
            Self::NumericSpace => c.is_ascii_digit() || c.is_ascii_whitespace(),
            Self::AlphaNumeric => c.is_ascii_alphanumeric(),
            Self::AlphaNumericSpace => c.is_ascii_alphanumeric() || c.is_ascii_whitespace(),
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Alpha => "letters",
            Self::AlphaSpace => "letters and spaces",
            Self::Numeric => "digits",
            Self::NumericSpace => "digits and spaces",
            Self::AlphaNumeric => "letters and digits",
            Self::AlphaNumericSpace => "letters, digits and spaces",
        }
    }
}

/// A reference that its fund accepts, in upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountRef(String);

impl AccountRef {
    /// The reference as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Why a fund refuses a reference.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadReference {
    /// Nothing, or only spaces.
    #[error("the reference is blank")]
    Blank,
    /// Too short or too long.
    #[error(
        "`{text}` has {found} character{}, this fund's references have {expected}",
        if *found == 1 { "" } else { "s" }
    )]
    Length {
        /// The text given.
        text: String,
        /// Its length.
        found: usize,
        /// The right length, in words.
        expected: String,
    },
    /// A character of another class.
    #[error("`{text}` may have only {expected}")]
    Characters {
        /// The text given.
        text: String,
        /// The class, in words.
        expected: &'static str,
    },
    /// The pattern is not found.
    #[error("`{text}` does not look like this fund's references (`{pattern}`)")]
    Pattern {
        /// The text given.
        text: String,
        /// The fund's pattern.
        pattern: String,
    },
    /// A character differs from the mask.
    #[error("`{text}` should look like `{mask}`, but differs at character {at}")]
    Mask {
        /// The text given.
        text: String,
        /// The fund's mask.
        mask: String,
        /// Where, from 1.
        at: usize,
    },
    /// The check digit is wrong.
    #[error("`{0}` fails its check digit")]
    CheckDigit(String),
}

/// A rule that could never be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadRule {
    /// The lengths exclude everything.
    #[error("the lengths {min} to {max} allow nothing; the longest reference has 36 characters")]
    Lengths {
        /// The shortest.
        min: usize,
        /// The longest.
        max: usize,
    },
    /// The pattern does not compile.
    #[error("the pattern `{pattern}` does not read: {why}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What the regular-expression compiler says.
        why: String,
    },
    /// A mask asks for a check digit, but none is described.
    #[error("the mask `{0}` has a check digit (`@`), but no check_digit says how it is worked out")]
    NoCheckDigit(String),
    /// A mask no reference of the class and length can satisfy.
    #[error("the mask `{mask}` cannot be met: {why}")]
    Contradiction {
        /// The mask.
        mask: String,
        /// What contradicts it.
        why: String,
    },
    /// A pattern that no reference of the lengths, characters and mask has.
    #[error(
        "the pattern `{0}` cannot be met: no reference of these lengths, characters and mask has it"
    )]
    Unmet(String),
    /// A check digit that does not suit its algorithm, or its mask.
    #[error("the check digit does not work: {0}")]
    CheckDigit(String),
}

/// A [`ReferenceRule`] ready to read references.
#[derive(Clone, Debug)]
pub struct ReferenceReader {
    rule: ReferenceRule,
    max_length: usize,
    regex: Option<Regex>,
}

impl ReferenceRule {
    /// The rule, ready to read.
    ///
    /// # Errors
    ///
    /// [`BadRule`] when no reference could ever satisfy it.
    ///
    /// ```
    /// use ims_ledger::{Characters, ReferenceRule};
    ///
    /// let rule = ReferenceRule {
    ///     min_length: 8,
    ///     max_length: 8,
    ///     characters: Some(Characters::Numeric),
    ///     ..ReferenceRule::default()
    /// };
    /// let reader = rule.reader()?;
    /// assert_eq!(reader.parse(" 12345678 ")?.as_str(), "12345678");
    /// assert_eq!(
    ///     reader.parse("1234").unwrap_err().to_string(),
    ///     "`1234` has 4 characters, this fund's references have 8"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reader(&self) -> Result<ReferenceReader, BadRule> {
        let max_length = if self.max_length == 0 { REFERENCE_LENGTH_MAX } else { self.max_length };
        if self.min_length > max_length || max_length > REFERENCE_LENGTH_MAX {
            return Err(BadRule::Lengths { min: self.min_length, max: max_length });
        }
        let regex = self.regex.as_deref().filter(|pattern| !pattern.is_empty());
        let regex = regex.map(Regex::new).transpose().map_err(|error| BadRule::Pattern {
            pattern: self.regex.clone().unwrap_or_default(),
            why: error.to_string(),
        })?;
        self.consistent(max_length)?;
        Ok(ReferenceReader { rule: self.clone(), max_length, regex })
    }
}

impl ReferenceReader {
    /// Whether it reads by this rule.
    pub(crate) fn is_of(&self, rule: &ReferenceRule) -> bool {
        self.rule == *rule
    }

    /// Reads `text` as a reference, spaces around it left off.
    ///
    /// # Errors
    ///
    /// [`BadReference`] names the first thing the fund's rule refuses.
    pub fn parse(&self, text: &str) -> Result<AccountRef, BadReference> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadReference::Blank);
        }
        if text.contains(char::is_control) {
            return Err(BadReference::Characters {
                text: text.replace(char::is_control, "?"),
                expected: "characters that can be printed",
            });
        }
        // A letter that is two in upper case counts as two: that is how it is kept.
        let found = if text.is_ascii() { text.len() } else { text.to_uppercase().chars().count() };
        if found < self.rule.min_length || found > self.max_length {
            return Err(BadReference::Length {
                text: text.to_owned(),
                found,
                expected: self.lengths(),
            });
        }
        if let Some(class) = self.rule.characters
            && !class.accepts(text)
        {
            return Err(BadReference::Characters {
                text: text.to_owned(),
                expected: class.in_words(),
            });
        }
        if let Some(regex) = &self.regex
            && !regex.is_match(text)
        {
            return Err(BadReference::Pattern {
                text: text.to_owned(),
                pattern: regex.as_str().to_owned(),
            });
        }
        let upper = text.to_uppercase();
        if let Some(mask) = &self.rule.mask {
            mask::fits(mask, &upper, self.rule.check_digit.as_ref())?;
        }
        Ok(AccountRef(upper))
    }

    /// The lengths allowed, in words: `8`, or `6 to 9`.
    #[must_use]
    pub fn lengths(&self) -> String {
        match (self.rule.min_length, self.max_length) {
            (min, max) if min == max => min.to_string(),
            (min, max) if min <= 1 => format!("at most {max}"),
            (min, max) => format!("{min} to {max}"),
        }
    }

    /// The shortest and the longest reference, in characters.
    #[must_use]
    pub fn length_range(&self) -> (usize, usize) {
        (self.rule.min_length.max(1), self.max_length)
    }
}

#[cfg(test)]
mod tests;
