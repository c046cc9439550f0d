//! The check digits of council references.
//!
//! Both algorithms of LocalGov IMS exactly: a weighted sum, and the one Dynix
//! used for library cards. Neither is a textbook algorithm in every setting, so
//! they are kept as they are: the references are already on the bills. Beside
//! them the published ones, for references that are still to be given out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod iso7064;
mod mod10;

/// How a reference's check character is worked out.
///
/// ```
/// use ims_ledger::{CheckAlgorithm, CheckDigit};
///
/// // Council tax, nine digits, the last the check digit.
/// let rule = CheckDigit {
///     algorithm: CheckAlgorithm::WeightedSum,
///     modulus: 10,
///     prefix: String::new(),
///     weights: vec![3, 7, 1, 3, 7, 1, 3, 7, 0],
///     results: [("10".to_owned(), "0".to_owned())].into(),
///     subtract: true,
/// };
/// assert_eq!(rule.expected("774952620"), Some("0".to_owned()));
///
/// // A published algorithm needs no figures of its own.
/// let luhn = CheckDigit::published(CheckAlgorithm::Luhn);
/// assert_eq!(luhn.expected("79927398713"), Some("3".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckDigit {
    /// Which algorithm.
    pub algorithm: CheckAlgorithm,
    /// What the sum is divided by: 10 or 11 as a rule. Only for the weighted
    /// sum and the library card.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub modulus: u32,
    /// Written over the reference's first characters before it is summed, so
    /// that letters count as these digits. Weighted sum only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// One weight a character, from the left; nought for what does not count,
    /// the check digit itself among it. Only for the weighted sum and the
    /// library card.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<u32>,
    /// What is written for a result that is no single digit: `10` → `A`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<String, String>,
    /// Whether the remainder is taken from the modulus. Weighted sum only; the
    /// library card always does.
    #[serde(default)]
    pub subtract: bool,
}

fn is_nought(modulus: &u32) -> bool {
    *modulus == 0
}

/// The algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckAlgorithm {
    /// Digits times weights, summed.
    WeightedSum,
    /// The library card of Dynix, which is Luhn's for weights of 2.
    Dynix,
    /// ISO/IEC 7064, MOD 97-10: two check digits at the end; letters count as
    /// 10 to 35, as ISO 13616 and ISO 17442 (IBAN, LEI) count them. Finds every
    /// single wrong digit and every swap of two neighbours.
    Iso7064Mod97,
    /// ISO/IEC 7064, MOD 11,10 (hybrid): one digit at the end. Finds every
    /// single wrong digit and nearly every swap of neighbours.
    Iso7064Mod11,
    /// H. P. Luhn, US patent 2,950,048 (ISO/IEC 7812-1, annex B): one digit at
    /// the end. Finds every single wrong digit and every swap but 09 with 90.
    Luhn,
    /// H. M. Damm, "Total anti-symmetrische Quasigruppen" (Marburg, 2004): one
    /// digit at the end. Finds every single wrong digit and every swap.
    Damm,
    /// J. Verhoeff, "Error Detecting Decimal Codes" (Amsterdam, 1969): one digit
    /// at the end. Finds every single wrong digit and every swap.
    Verhoeff,
}

impl CheckAlgorithm {
    /// Whether the council gives its figures: modulus, weights, results.
    #[must_use]
    pub const fn has_figures(self) -> bool {
        match self {
            Self::WeightedSum | Self::Dynix => true,
            Self::Iso7064Mod97 | Self::Iso7064Mod11 | Self::Luhn | Self::Damm | Self::Verhoeff => {
                false
            }
        }
    }

    /// How many check characters there are.
    #[must_use]
    pub const fn characters(self) -> usize {
        match self {
            Self::Iso7064Mod97 => 2,
            Self::WeightedSum
            | Self::Dynix
            | Self::Iso7064Mod11
            | Self::Luhn
            | Self::Damm
            | Self::Verhoeff => 1,
        }
    }
}

impl CheckDigit {
    /// A published algorithm, which needs no figures of the council's.
    #[must_use]
    pub const fn published(algorithm: CheckAlgorithm) -> Self {
        Self {
            algorithm,
            modulus: 0,
            prefix: String::new(),
            weights: Vec::new(),
            results: BTreeMap::new(),
            subtract: false,
        }
    }

    /// The check characters for the whole reference `text` (its check character
    /// included, where it does not count), or `None` if they cannot be worked
    /// out: more digits than weights, or no weights at all.
    #[must_use]
    pub fn expected(&self, text: &str) -> Option<String> {
        let remainder = match self.algorithm {
            CheckAlgorithm::WeightedSum => self.weighted_sum(text)?,
            CheckAlgorithm::Dynix => self.dynix(text)?,
            CheckAlgorithm::Iso7064Mod97 => return iso7064::mod_97_10(body(text, 2)?),
            CheckAlgorithm::Iso7064Mod11 => return iso7064::mod_11_10(body(text, 1)?),
            CheckAlgorithm::Luhn => return mod10::luhn(body(text, 1)?),
            CheckAlgorithm::Damm => return mod10::damm(body(text, 1)?),
            CheckAlgorithm::Verhoeff => return mod10::verhoeff(body(text, 1)?),
        };
        let written = remainder.to_string();
        Some(self.results.get(&written).cloned().unwrap_or(written))
    }

    /// Whether `check` is the check character of `text`.
    #[must_use]
    pub fn holds(&self, text: &str, check: char) -> bool {
        self.hold(text, check.encode_utf8(&mut [0; 4]))
    }

    /// Whether `checks` are the check characters of `text`, as many as the
    /// algorithm has.
    #[must_use]
    pub fn hold(&self, text: &str, checks: &str) -> bool {
        self.expected(text).is_some_and(|expected| expected == checks)
    }

    fn weighted_sum(&self, text: &str) -> Option<u32> {
        if self.weights.is_empty() {
            return None;
        }
        let rest = text.chars().skip(self.prefix.chars().count());
        let overwritten = self.prefix.chars().chain(rest);
        let mut sum = 0_u32;
        for (at, character) in overwritten.enumerate() {
            if let Some(digit) = character.to_digit(10) {
                sum = sum.checked_add(digit.checked_mul(*self.weights.get(at)?)?)?;
            }
        }
        let remainder = sum.checked_rem(self.modulus)?;
        if self.subtract { self.modulus.checked_sub(remainder) } else { Some(remainder) }
    }

    fn dynix(&self, text: &str) -> Option<u32> {
        let length = text.chars().count().checked_sub(1)?;
        let mut sum = 0_u32;
        for (at, character) in text.chars().take(length).enumerate() {
            let Some(digit) = character.to_digit(10) else { continue };
            let add = if at.is_multiple_of(2) {
                let product = digit.checked_mul(*self.weights.get(at)?)?;
                let product = if product > 10 { product.checked_sub(10)? } else { product };
                product.checked_add(u32::from(digit > 4))?
            } else {
                digit
            };
            sum = sum.checked_add(add)?;
        }
        self.modulus.checked_sub(sum.checked_rem(self.modulus)?)
    }
}

/// `text` without its last `checks` characters; `None` if nothing is left.
fn body(text: &str, checks: usize) -> Option<&str> {
    let from_the_end = checks.checked_sub(1)?;
    let (end, _) = text.char_indices().rev().nth(from_the_end)?;
    text.get(..end).filter(|body| !body.is_empty())
}

/// The digits of `text`; other characters do not count.
fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> {
    text.chars().filter_map(|c| c.to_digit(10))
}

#[cfg(test)]
mod tests;
