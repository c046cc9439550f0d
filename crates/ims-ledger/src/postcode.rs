use std::fmt;

use thiserror::Error;

/// The letters that stand in no inward code.
const NEVER_INWARD: &str = "CIKMOV";

/// A postcode of the United Kingdom, written as Royal Mail writes it.
///
/// Only its shape is known here: whether anybody lives there, a list of addresses says.
///
/// ```
/// use ims_ledger::Postcode;
///
/// let postcode: Postcode = " sw1a1aa ".parse()?;
/// assert_eq!(postcode.as_str(), "SW1A 1AA");
/// assert!("SW1A".parse::<Postcode>().is_err());
/// # Ok::<(), ims_ledger::BadPostcode>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Postcode(String);

/// Why a text is no postcode. It does not hold the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadPostcode {
    /// Nothing was written.
    #[error("a postcode is missing")]
    Empty,
    /// It has the first half only, like `SW1A`.
    #[error("only the first half of a postcode is there; a whole one looks like SW1A 1AA")]
    Half,
    /// It is written otherwise than postcodes are.
    #[error("that is no postcode of the United Kingdom; one looks like SW1A 1AA")]
    Shape,
}

impl Postcode {
    /// As Royal Mail writes it: `SW1A 1AA`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// It says roughly where somebody lives, so it is not printed.
impl fmt::Debug for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postcode(..)")
    }
}

impl std::str::FromStr for Postcode {
    type Err = BadPostcode;

    /// Spaces, hyphens and stops do not count, nor does the case.
    fn from_str(text: &str) -> Result<Self, BadPostcode> {
        let is_between = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '\u{2010}');
        let plain: String =
            text.chars().filter(|c| !is_between(*c)).map(|c| c.to_ascii_uppercase()).collect();
        if plain.is_empty() {
            return Err(BadPostcode::Empty);
        }
        // The one postcode that is made unlike all others.
        let is_girobank = plain == "GIR0AA";
        let halves = plain.len().checked_sub(3).and_then(|at| plain.split_at_checked(at));
        match halves {
            Some((outward, inward))
                if is_girobank || (is_outward(outward) && is_inward(inward)) =>
            {
                Ok(Self(format!("{outward} {inward}")))
            }
            _ if is_outward(&plain) => Err(BadPostcode::Half),
            _ => Err(BadPostcode::Shape),
        }
    }
}

/// `A9`, `A99`, `AA9`, `AA99`, `A9A` or `AA9A`.
fn is_outward(text: &str) -> bool {
    let kinds: String = text
        .chars()
        .map(|c| match c {
            'A'..='Z' => 'A',
            '0'..='9' => '9',
            _ => '?',
        })
        .collect();
    matches!(kinds.as_str(), "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A")
}

/// `9AA`.
fn is_inward(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_uppercase() && !NEVER_INWARD.contains(c);
    let mut letters = text.chars();
    letters.next().is_some_and(|c| c.is_ascii_digit())
        && letters.clone().count() == 2
        && letters.all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_a_postcode_is_written_one_way() {
        for (typed, written) in [
            ("m1 1ae", "M1 1AE"),
            ("B338TH", "B33 8TH"),
            ("cr2-6xh", "CR2 6XH"),
            ("DN55  1PT", "DN55 1PT"),
            ("W1A\u{a0}0AX", "W1A 0AX"),
            (" ec1a 1bb. ", "EC1A 1BB"),
            ("gir 0aa", "GIR 0AA"),
        ] {
            let read = typed.parse::<Postcode>();
            assert_eq!(read.as_ref().map(Postcode::as_str), Ok(written), "{typed}");
            assert_eq!(written.parse::<Postcode>(), read, "{written}");
        }
    }

    #[test]
    fn what_is_no_postcode_says_why() {
        for (typed, why) in [
            ("", BadPostcode::Empty),
            (" - ", BadPostcode::Empty),
            ("SW1A", BadPostcode::Half),
            ("b33", BadPostcode::Half),
            ("SW1A 1A", BadPostcode::Shape),
            ("SW1A IAA", BadPostcode::Shape),
            ("SW1A 1CA", BadPostcode::Shape),
            ("SW1A 1AAA", BadPostcode::Shape),
            ("75001", BadPostcode::Shape),
            ("M1 1ÄE", BadPostcode::Shape),
            ("Ünderwood Lane 1AA", BadPostcode::Shape),
        ] {
            assert_eq!(typed.parse::<Postcode>(), Err(why), "{typed}");
        }
        assert_eq!(format!("{:?}", "M1 1AE".parse::<Postcode>()), "Ok(Postcode(..))");
    }
}
