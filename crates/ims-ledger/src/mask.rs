//! Masks: what each character of a reference has to be.

use crate::{BadReference, CheckDigit};

/// What may stand for one character of a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    /// `$`: a letter.
    Letter,
    /// `#`: a digit.
    Digit,
    /// `?`: a letter or a digit.
    Either,
    /// `*`: a letter, a digit, a space, `/` or `-`.
    Anything,
    /// `@`: a check character.
    Check,
    /// Itself.
    Itself(char),
}

impl Stands {
    /// What the character `c` of a mask means.
    pub(crate) const fn of(c: char) -> Self {
        match c {
            '$' => Self::Letter,
            '#' => Self::Digit,
            '?' => Self::Either,
            '*' => Self::Anything,
            '@' => Self::Check,
            other => Self::Itself(other),
        }
    }

    /// Whether an upper-case character may stand here. Any may be a check
    /// character, until it is compared.
    pub(crate) fn allows(self, c: char) -> bool {
        match self {
            Self::Letter => c.is_alphabetic(),
            Self::Digit => c.is_ascii_digit(),
            Self::Either => c.is_alphabetic() || c.is_ascii_digit(),
            Self::Anything => {
                c.is_alphabetic() || c.is_ascii_digit() || matches!(c, ' ' | '/' | '-')
            }
            Self::Check => true,
            Self::Itself(literal) => c == literal,
        }
    }
}

/// Compares an upper-case reference with a mask, character by character; the
/// check characters are compared when all the others are right. A reference
/// shorter than the mask passes here: lengths are the length rule's.
pub(crate) fn fits(
    mask: &str,
    upper: &str,
    check_digit: Option<&CheckDigit>,
) -> Result<(), BadReference> {
    let mut pattern = mask.chars();
    let mut check = String::new();
    for (c, at) in upper.chars().zip(1_usize..) {
        let differs = || BadReference::Mask { text: upper.to_owned(), mask: mask.to_owned(), at };
        let wanted = Stands::of(pattern.next().ok_or_else(differs)?);
        if !wanted.allows(c) {
            return Err(differs());
        }
        if wanted == Stands::Check {
            check.push(c);
        }
    }
    let holds = |rule: &CheckDigit| rule.hold(upper, &check);
    if check.is_empty() || check_digit.is_some_and(holds) {
        return Ok(());
    }
    Err(BadReference::CheckDigit(upper.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CheckAlgorithm;

    /// Each mask character against one character, and whole masks.
    #[test]
    fn each_mask_character_means_one_thing() {
        for (mask, text, good) in [
            ("$", "A", true),
            ("$", "1", false),
            ("$", "#", false),
            ("$", " ", false),
            ("#", "1", true),
            ("#", "A", false),
            ("#", "#", false),
            ("#", " ", false),
            ("?", "A", true),
            ("?", "1", true),
            ("?", "#", false),
            ("?", " ", false),
            ("*", "A", true),
            ("*", "1", true),
            ("*", " ", true),
            ("*", "/", true),
            ("*", "-", true),
            ("*", "#", false),
            ("*", "$", false),
            ("*", "%", false),
            ("*", "^", false),
            ("*", ".", false),
            ("A", "A", true),
            ("A", "B", false),
            ("A", "1", false),
            ("1", "1", true),
            ("1", "2", false),
            ("1", "A", false),
            ("@", "1", false),
            ("$$##", "AB12", true),
            ("$$##", "A112", false),
            ("$$##", "ABX2", false),
            ("??", "A1", true),
            ("??", "A-", false),
            ("****", "A1/-", true),
            ("* *", "A B", true),
            ("**", "A.", false),
            ("BJ##", "BJ12", true),
            ("BJ##", "BK12", false),
            ("###", "12", true),
            ("##", "123", false),
        ] {
            assert_eq!(fits(mask, text, None).is_ok(), good, "{mask} {text}");
        }
    }

    #[test]
    fn two_check_digits_are_compared_together() {
        let rule = CheckDigit::published(CheckAlgorithm::Iso7064Mod97);
        for (text, good) in [("79444", true), ("79445", false), ("79434", false), ("79544", false)]
        {
            assert_eq!(fits("###@@", text, Some(&rule)).is_ok(), good, "{text}");
        }
        assert!(
            fits("###@@", "79A44", Some(&rule)).unwrap_err().to_string().contains("character 3")
        );
    }

    #[test]
    fn the_check_digit_is_over_the_whole_reference() {
        let rule = CheckDigit {
            algorithm: CheckAlgorithm::WeightedSum,
            modulus: 11,
            prefix: "12".to_owned(),
            weights: vec![9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
            results: [("10".to_owned(), "A".to_owned())].into(),
            subtract: false,
        };
        let fits = |text| fits("FP#######@", text, Some(&rule)).map_err(|e| e.to_string());
        assert_eq!(fits("FP2000012A"), Ok(()));
        assert_eq!(fits("FP20000121"), Err("`FP20000121` fails its check digit".to_owned()));
        assert_eq!(
            fits("AB12345678"),
            Err("`AB12345678` should look like `FP#######@`, but differs at character 1".to_owned())
        );
    }
}
