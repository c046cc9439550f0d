use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Crockford's base 32: no I, L, O or U to be misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 12;

/// What a payer is given: 60 random bits as twelve characters and a check
/// character, in groups that can be read out over the telephone. It cannot be
/// guessed from another, and one wrong character is noticed.
///
/// ```
/// use ims_ledger::ReceiptNumber;
///
/// let number = ReceiptNumber::from_random(0x0123_4567_89AB_CDEF);
/// let said_aloud = number.to_string().to_lowercase().replace('-', " ");
/// assert_eq!(said_aloud.parse(), Ok(number));
/// assert!("0000-0000-0000-1".parse::<ReceiptNumber>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReceiptNumber(u64);

/// A text that is no receipt number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not a receipt number: thirteen letters and digits, the last a check on the others"
)]
pub struct BadReceiptNumber(pub String);

impl ReceiptNumber {
    /// A number of the lower 60 of `random` bits.
    #[must_use]
    pub const fn from_random(random: u64) -> Self {
        Self(random & 0x0FFF_FFFF_FFFF_FFFF)
    }

    fn values(self) -> [u8; DIGITS] {
        let mut values = [0; DIGITS];
        let mut rest = self.0;
        for value in values.iter_mut().rev() {
            *value = u8::try_from(rest & 31).unwrap_or_default();
            rest >>= 5;
        }
        values
    }
}

/// Luhn's check for 32 characters: any one wrong character and nearly every
/// swap of neighbours is noticed.
fn check(values: &[u8]) -> u8 {
    let sum = values.iter().rev().enumerate().fold(0_u32, |sum, (at, value)| {
        let factor = if at.is_multiple_of(2) { 2 } else { 1 };
        let product = u32::from(*value).saturating_mul(factor);
        let folded = (product >> 5).saturating_add(product & 31);
        sum.saturating_add(folded)
    });
    let rest = sum & 31;
    u8::try_from(32_u32.saturating_sub(rest) & 31).unwrap_or_default()
}

fn letter(value: u8) -> char {
    ALPHABET.get(usize::from(value)).copied().map_or('0', char::from)
}

fn value(letter: char) -> Option<u8> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = ALPHABET.iter().position(|known| char::from(*known) == letter)?;
    u8::try_from(at).ok()
}

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = self.values();
        let mut text = String::with_capacity(16);
        for (at, value) in values.iter().enumerate() {
            if at > 0 && at.is_multiple_of(4) {
                text.push('-');
            }
            text.push(letter(*value));
        }
        text.push('-');
        text.push(letter(check(&values)));
        f.pad(&text)
    }
}

impl FromStr for ReceiptNumber {
    type Err = BadReceiptNumber;

    fn from_str(text: &str) -> Result<Self, BadReceiptNumber> {
        let bad = || BadReceiptNumber(text.to_owned());
        let kept = text.chars().filter(|c| !matches!(c, '-' | ' '));
        let values = kept.map(value).collect::<Option<Vec<_>>>().ok_or_else(bad)?;
        match values.split_last() {
            Some((last, rest)) if rest.len() == DIGITS && *last == check(rest) => {
                Ok(Self(rest.iter().fold(0, |number, value| (number << 5) | u64::from(*value))))
            }
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for ReceiptNumber {
    type Error = BadReceiptNumber;

    fn try_from(text: String) -> Result<Self, BadReceiptNumber> {
        text.parse()
    }
}

impl From<ReceiptNumber> for String {
    fn from(number: ReceiptNumber) -> Self {
        number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn prints_and_parses_back(random: u64) {
            let number = ReceiptNumber::from_random(random);
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn one_wrong_character_is_noticed(random: u64, at in 0_usize..13, by in 1_u8..32) {
            let text = ReceiptNumber::from_random(random).to_string().replace('-', "");
            let wrong: String = text
                .chars()
                .enumerate()
                .map(|(i, c)| if i == at { letter((value(c).unwrap() + by) % 32) } else { c })
                .collect();
            prop_assert!(wrong.parse::<ReceiptNumber>().is_err(), "{} {}", text, wrong);
        }
    }
}
