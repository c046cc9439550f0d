//! A row's reference against that of its template, place by place.

use thiserror::Error;

/// Why a row's reference is not what its template allows.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadRowReference {
    /// Nothing, or only spaces.
    #[error("the reference is blank")]
    Blank,
    /// It may not be changed.
    #[error("the reference must be `{expected}`: it may not be changed")]
    Fixed {
        /// The template's.
        expected: String,
    },
    /// Longer or shorter than the template's.
    #[error("`{text}` has {found} characters, `{pattern}` has {expected}")]
    Length {
        /// What was given.
        text: String,
        /// The template's.
        pattern: String,
        /// Its length.
        found: usize,
        /// The template's length.
        expected: usize,
    },
    /// Some of its characters are not the template's.
    #[error("`{text}` does not fit `{pattern}`: {}", places(.differs, .digits))]
    Differs {
        /// What was given.
        text: String,
        /// The template's.
        pattern: String,
        /// Where another character stands, from 1.
        differs: Vec<usize>,
        /// Where a digit is needed, from 1.
        digits: Vec<usize>,
    },
}

fn places(differs: &[usize], digits: &[usize]) -> String {
    let list = |at: &[usize]| at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match (differs, digits) {
        (differs, []) => format!("another character stands at {}", list(differs)),
        ([], digits) => format!("a digit is needed at {}", list(digits)),
        (differs, digits) => format!(
            "another character stands at {}, a digit is needed at {}",
            list(differs),
            list(digits)
        ),
    }
}

/// Whether `given` may stand where the template has `pattern`: as long as it,
/// `*` for any digit, everything else as it is; `may_change` says whether it may
/// differ at all.
///
/// # Errors
///
/// [`BadRowReference`] with every place that differs.
pub fn check_row_reference(
    pattern: &str,
    may_change: bool,
    given: &str,
) -> Result<(), BadRowReference> {
    if given.trim().is_empty() {
        return Err(BadRowReference::Blank);
    }
    if !may_change && given != pattern {
        return Err(BadRowReference::Fixed { expected: pattern.to_owned() });
    }
    let (found, expected) = (given.chars().count(), pattern.chars().count());
    if found != expected {
        let (text, pattern) = (given.to_owned(), pattern.to_owned());
        return Err(BadRowReference::Length { text, pattern, found, expected });
    }
    let (mut differs, mut digits) = (Vec::new(), Vec::new());
    for ((wanted, c), at) in pattern.chars().zip(given.chars()).zip(1..) {
        if wanted == '*' && !c.is_ascii_digit() {
            digits.push(at);
        } else if wanted != '*' && wanted != c {
            differs.push(at);
        }
    }
    if differs.is_empty() && digits.is_empty() {
        return Ok(());
    }
    let (text, pattern) = (given.to_owned(), pattern.to_owned());
    Err(BadRowReference::Differs { text, pattern, differs, digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Appendix (g), "E-return reference" (R-VAL-12): equal length, and every
    /// place named, counted from 1.
    #[test]
    fn a_rows_reference_is_the_templates_place_by_place() {
        let blank = "the reference is blank";
        let fixed = "the reference must be `12345678901`: it may not be changed";
        for (pattern, may_change, given, expected) in [
            ("12345678901", true, "", Err(blank)),
            ("12345678901", true, " ", Err(blank)),
            ("12345678901", false, "12345678901", Ok(())),
            ("12345678901", false, "12345678902", Err(fixed)),
            ("12345678901", false, "1234567890", Err(fixed)),
            ("12345678901", true, "12345678901", Ok(())),
            ("1234567****", true, "12345670000", Ok(())),
            ("***********", true, "99999999999", Ok(())),
            (
                "12345678901",
                true,
                "92345678901",
                Err("`92345678901` does not fit `12345678901`: another character stands at 1"),
            ),
            (
                "12345678901",
                true,
                "12945678901",
                Err("`12945678901` does not fit `12345678901`: another character stands at 3"),
            ),
            (
                "12345678901",
                true,
                "12349678901",
                Err("`12349678901` does not fit `12345678901`: another character stands at 5"),
            ),
            (
                "12345678901",
                true,
                "92945678901",
                Err("`92945678901` does not fit `12345678901`: another character stands at 1, 3"),
            ),
            (
                "*2*45678901",
                true,
                "A2-45678901",
                Err("`A2-45678901` does not fit `*2*45678901`: a digit is needed at 1, 3"),
            ),
            (
                "*2*45678901",
                true,
                "*9145678901",
                Err(
                    "`*9145678901` does not fit `*2*45678901`: another character stands at 2, a digit is needed at 1",
                ),
            ),
            // The reference let these two pass, or fell over.
            (
                "1234567****",
                true,
                "123456700001",
                Err("`123456700001` has 12 characters, `1234567****` has 11"),
            ),
            (
                "1234567****",
                true,
                "1234567000",
                Err("`1234567000` has 10 characters, `1234567****` has 11"),
            ),
        ] {
            let came = check_row_reference(pattern, may_change, given);
            assert_eq!(came.map_err(|bad| bad.to_string()), expected.map_err(str::to_owned));
        }
    }
}
