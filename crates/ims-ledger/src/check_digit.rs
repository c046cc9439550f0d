//! The check digits of council references.
//!
//! Both algorithms of LocalGov IMS exactly: a weighted sum, and the one Dynix
//! used for library cards. Neither is a textbook algorithm in every setting, so
//! they are kept as they are: the references are already on the bills.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckDigit {
    /// Which algorithm.
    pub algorithm: CheckAlgorithm,
    /// What the sum is divided by: 10 or 11 as a rule.
    pub modulus: u32,
    /// Written over the reference's first characters before it is summed, so
    /// that letters count as these digits. Weighted sum only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// One weight a character, from the left; nought for what does not count,
    /// the check digit itself among it.
    pub weights: Vec<u32>,
    /// What is written for a result that is no single digit: `10` → `A`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<String, String>,
    /// Whether the remainder is taken from the modulus. Weighted sum only; the
    /// library card always does.
    #[serde(default)]
    pub subtract: bool,
}

/// The algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckAlgorithm {
    /// Digits times weights, summed.
    WeightedSum,
    /// The library card of Dynix, which is Luhn's for weights of 2.
    Dynix,
}

impl CheckDigit {
    /// The check character for the whole reference `text` (its check character
    /// included, where it does not count), or `None` if it cannot be worked out:
    /// more digits than weights, or no weights at all.
    #[must_use]
    pub fn expected(&self, text: &str) -> Option<String> {
        let remainder = match self.algorithm {
            CheckAlgorithm::WeightedSum => self.weighted_sum(text)?,
            CheckAlgorithm::Dynix => self.dynix(text)?,
        };
        let written = remainder.to_string();
        Some(self.results.get(&written).cloned().unwrap_or(written))
    }

    /// Whether `check` is the check character of `text`.
    #[must_use]
    pub fn holds(&self, text: &str, check: char) -> bool {
        let mut buffer = [0; 4];
        self.expected(text).is_some_and(|expected| expected == *check.encode_utf8(&mut buffer))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(
        algorithm: CheckAlgorithm,
        modulus: u32,
        prefix: &str,
        weights: &[u32],
        subtract: bool,
        result: (&str, &str),
    ) -> CheckDigit {
        CheckDigit {
            algorithm,
            modulus,
            prefix: prefix.to_owned(),
            weights: weights.to_vec(),
            results: [(result.0.to_owned(), result.1.to_owned())].into(),
            subtract,
        }
    }

    fn check(rule: &CheckDigit, rows: &[(&str, bool)]) {
        for (text, valid) in rows {
            let last = text.chars().last().unwrap();
            assert_eq!(rule.holds(text, last), *valid, "{text}");
        }
    }

    const DOWN: [u32; 11] = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0];

    #[test]
    fn weighted_sums_as_the_councils_use_them() {
        use CheckAlgorithm::WeightedSum;
        check(
            &rule(WeightedSum, 10, "98", &[2, 0, 3, 0, 4, 0, 5, 0, 0, 0], true, ("10", "Z")),
            &[("AB1234562", true), ("AB1234566", false)],
        );
        check(
            &rule(WeightedSum, 10, "", &DOWN, true, ("10", "Z")),
            &[("963456138Z", true), ("9634561384", false)],
        );
        check(
            &rule(WeightedSum, 10, "", &DOWN, false, ("10", "Z")),
            &[("9634561380", true), ("9634561381", false)],
        );
        check(
            &rule(WeightedSum, 11, "12", &DOWN[..10], false, ("10", "A")),
            &[
                ("FP20000050", true),
                ("FP2000012A", true),
                ("FP20352091", true),
                ("FP20000061", true),
                ("FP20000083", true),
                ("FP20000108", true),
                ("FP20000119", true),
                ("FP20000607", true),
                ("FP2000101A", true),
                ("FP20000051", false),
            ],
        );
        check(
            &rule(WeightedSum, 11, "05", &DOWN[..10], false, ("10", "A")),
            &[("BJ99518409", true), ("BJ99514805", true), ("BJ9951434A", true)],
        );
        check(
            &rule(WeightedSum, 10, "", &[0, 0, 9, 7, 1, 4, 6, 3, 2, 8, 0], true, ("10", "0")),
            &[("61100513680", true), ("61100513681", false)],
        );
        check(
            &rule(WeightedSum, 10, "", &[3, 7, 1, 3, 7, 1, 3, 7, 0], true, ("10", "0")),
            &[("774952620", true), ("123456780", true), ("100000007", true), ("100000008", false)],
        );
    }

    #[test]
    fn library_cards_as_dynix_checks_them() {
        use CheckAlgorithm::Dynix;
        check(
            &rule(Dynix, 10, "", &[2, 0, 3, 0, 4, 0, 5, 0, 6], true, ("10", "Z")),
            &[("AB1234567", true), ("AB1234566", false)],
        );
        check(
            &rule(Dynix, 10, "", &DOWN[..10], true, ("10", "Z")),
            &[("963456138Z", true), ("9634561384", false)],
        );
        let luhn: Vec<u32> = (0..14).map(|at| if at % 2 == 0 { 2 } else { 0 }).collect();
        check(
            &rule(Dynix, 10, "", &luhn, true, ("10", "0")),
            &[("29876000123455", true), ("21376000234566", true), ("29876000123456", false)],
        );
    }

    #[test]
    fn what_cannot_be_summed_never_holds() {
        let short = rule(CheckAlgorithm::WeightedSum, 10, "", &[1, 2], false, ("10", "0"));
        check(&short, &[("123", false)]);
        let none = rule(CheckAlgorithm::WeightedSum, 10, "", &[], false, ("10", "0"));
        check(&none, &[("0", false)]);
        let nought = rule(CheckAlgorithm::WeightedSum, 0, "", &[1], false, ("10", "0"));
        check(&nought, &[("0", false)]);
        // Two digits without a mapping can match no single character.
        let bare = rule(CheckAlgorithm::WeightedSum, 11, "", &[10, 0], false, ("11", "A"));
        check(&bare, &[("11", false), ("10", false)]);
    }
}
