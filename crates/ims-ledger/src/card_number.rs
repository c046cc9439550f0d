//! Card numbers in text: in a range that is issued, of a length that goes with it,
//! with a right check digit.

use std::ops::Range;

/// The fewest and the most digits of a card number.
const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;

/// How card numbers are written in groups.
const GROUPS: &[&[usize]] = &[
    &[4, 4, 4, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 4, 4, 1],
    &[4, 4, 5],
    &[4, 4, 4, 2],
    &[4, 4, 4, 3],
    &[8, 8],
    &[6, 13],
    &[6, 10],
];

/// The text with its card numbers masked to their last four digits; `None` where
/// there is none. Blanks, hyphens, dots and slashes between the usual groups of
/// digits are tolerated. An IBAN is none, whatever its digits.
///
/// ```
/// use ims_ledger::card_number::masked;
///
/// assert_eq!(masked("CARD 5555-5555-5555-4444 THX").as_deref(), Some("CARD ****-****-****-4444 THX"));
/// assert_eq!(masked("order 4111111111111112"), None); // its check digit is wrong
/// ```
#[must_use]
pub fn masked(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if !may_hold_one(bytes) {
        return None;
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    for chain in chains(bytes) {
        look(bytes, &chain, &mut found);
    }
    if found.is_empty() { None } else { Some(hide(text, &found)) }
}

/// Whether there are enough digits close together. Nearly every text is done here.
fn may_hold_one(bytes: &[u8]) -> bool {
    if bytes.len() < DIGITS_MIN
        || bytes.iter().filter(|byte| byte.is_ascii_digit()).count() < DIGITS_MIN
    {
        return false;
    }
    let (mut digits, mut between) = (0, 0);
    for byte in bytes {
        if byte.is_ascii_digit() {
            digits += 1;
            between = 0;
            if digits >= DIGITS_MIN {
                return true;
            }
        } else {
            between += 1;
            let parts = matches!(byte, b' ' | b'-' | b'.' | b'/' | 0xC2 | 0xA0);
            if !parts || between > 2 {
                digits = 0;
            }
        }
    }
    false
}

/// Runs of digits with one separator between each and the next.
fn chains(bytes: &[u8]) -> Vec<Vec<Range<usize>>> {
    let mut chains: Vec<Vec<Range<usize>>> = Vec::new();
    let mut at = 0;
    while let Some(start) = next_digit(bytes, at) {
        let run = bytes.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count();
        let group = start..start + run;
        let joined = chains.last().and_then(|chain| chain.last()).is_some_and(|last| {
            let between = bytes.get(last.end..start).unwrap_or_default();
            matches!(between, [b' ' | b'-' | b'.' | b'/'] | [b' ', b' '] | [0xC2, 0xA0])
        });
        match chains.last_mut() {
            Some(chain) if joined => chain.push(group),
            Some(_) | None => chains.push(vec![group]),
        }
        at = start + run;
    }
    chains
}

fn next_digit(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    Some(from + rest.iter().position(u8::is_ascii_digit)?)
}

/// Finds the card numbers among the groups of a chain.
fn look(bytes: &[u8], chain: &[Range<usize>], found: &mut Vec<Range<usize>>) {
    let mut first = 0;
    while let Some(group) = chain.get(first) {
        let whole = (DIGITS_MIN..=DIGITS_MAX).contains(&group.len());
        if whole && is_card(bytes, std::slice::from_ref(group)) {
            found.push(group.clone());
            first += 1;
            continue;
        }
        let fits = GROUPS.iter().find_map(|lengths| {
            let window = chain.get(first..first.checked_add(lengths.len())?)?;
            let same = window.iter().zip(*lengths).all(|(group, length)| group.len() == *length);
            (same && is_card(bytes, window)).then_some(window)
        });
        match fits {
            Some(window) => {
                found
                    .extend(window.first().zip(window.last()).map(|(from, to)| from.start..to.end));
                first += window.len();
            }
            None => first += 1,
        }
    }
}

fn is_card(bytes: &[u8], groups: &[Range<usize>]) -> bool {
    let digits: Vec<u8> = groups
        .iter()
        .flat_map(|group| bytes.get(group.clone()).unwrap_or_default())
        .copied()
        .collect();
    let start = groups.first().map_or(0, |group| group.start);
    is_issued(&digits) && has_check_digit(&digits) && !is_iban(bytes, start, &digits)
}

/// Whether a scheme issues numbers that begin so with that many digits.
fn is_issued(digits: &[u8]) -> bool {
    let prefix = digits.iter().take(6).fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    let length = digits.len();
    match prefix {
        // Visa
        400_000..=499_999 => matches!(length, 13 | 16 | 19),
        // Mastercard
        510_000..=559_999 | 222_100..=272_099 => length == 16,
        // American Express
        340_000..=349_999 | 370_000..=379_999 => length == 15,
        // Diners Club
        300_000..=305_999 | 309_500..=309_599 | 360_000..=369_999 | 380_000..=399_999 => {
            matches!(length, 14 | 16)
        }
        // JCB
        352_800..=358_999 => (16..=19).contains(&length),
        // Discover
        601_100..=601_199 | 644_000..=659_999 => (16..=19).contains(&length),
        // UnionPay
        620_000..=629_999 | 810_000..=817_199 => (16..=19).contains(&length),
        // Maestro, in Britain and elsewhere
        675_900..=675_999 | 676_770..=676_774 => matches!(length, 16 | 18 | 19),
        501_800..=501_899
        | 502_000..=502_099
        | 503_800..=503_899
        | 589_300..=589_399
        | 630_400..=630_499
        | 676_100..=676_399 => (15..=19).contains(&length),
        _ => false,
    }
}

/// Luhn's check digit.
fn has_check_digit(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(digit, times)| {
            let product = u32::from(digit - b'0') * times;
            product / 10 + product % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether the digits, with two letters before them, are an IBAN of digits only, as
/// Belgian, Danish, Finnish and Austrian ones are.
fn is_iban(bytes: &[u8], start: usize, digits: &[u8]) -> bool {
    let before = start.checked_sub(2).and_then(|from| bytes.get(from..start));
    let Some(&[first, second]) = before else { return false };
    let Some((check, account)) = digits.split_at_checked(2) else { return false };
    if !first.is_ascii_uppercase() || !second.is_ascii_uppercase() {
        return false;
    }
    let letter = |byte: u8| u32::from(byte - b'A') + 10;
    let mut rest = account.iter().fold(0, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    for value in [letter(first), letter(second)] {
        rest = (rest * 100 + value) % 97;
    }
    rest = check.iter().fold(rest, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    rest == 1
}

/// Stars for all digits of each place but its last four. The places are in order.
fn hide(text: &str, found: &[Range<usize>]) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut from = 0;
    for place in found {
        hidden.push_str(text.get(from..place.start).unwrap_or_default());
        let number = text.get(place.clone()).unwrap_or_default();
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let mut nth = 0;
        for letter in number.chars() {
            let is_hidden = letter.is_ascii_digit() && nth + 4 < digits;
            nth += usize::from(letter.is_ascii_digit());
            hidden.push(if is_hidden { '*' } else { letter });
        }
        from = place.end;
    }
    hidden.push_str(text.get(from..).unwrap_or_default());
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_scheme_are_masked() {
        for number in [
            "4111111111111111",
            "4222222222222",
            "4000000000000000006",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "30569309025904",
            "38520000023237",
            "3530111333300000",
            "6011111111111117",
            "6200000000000005",
            "6759649826438453",
        ] {
            let text = format!("CARD{number} paid");
            let masked = masked(&text).unwrap_or_else(|| panic!("{number} was not found"));
            assert!(!masked.contains(&number[..8]), "{masked}");
            assert!(
                masked.ends_with(&format!("*{} paid", &number[number.len() - 4..])),
                "{masked}"
            );
        }
    }

    #[test]
    fn separators_are_tolerated_and_kept() {
        for (text, wanted) in [
            ("4111 1111 1111 1111", "**** **** **** 1111"),
            ("4111-1111-1111-1111", "****-****-****-1111"),
            ("4111.1111.1111.1111", "****.****.****.1111"),
            ("4111  1111  1111  1111", "****  ****  ****  1111"),
            ("3782 822463 10005", "**** ****** *0005"),
            ("ref 12 4111 1111 1111 1111 05/27", "ref 12 **** **** **** 1111 05/27"),
            ("é 41111111 11111111", "é ******** ****1111"),
        ] {
            assert_eq!(masked(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn a_long_text_full_of_them_takes_no_longer_than_its_length() {
        let text = "nr. 4111111111111111 ".repeat(50_000);
        let masked = masked(&text).unwrap();
        assert_eq!(masked.matches("************1111").count(), 50_000);
        assert_eq!(masked.len(), text.len());
    }

    #[test]
    fn two_in_one_text_are_both_masked() {
        let both = masked("4111111111111111,5555555555554444");
        assert_eq!(both.as_deref(), Some("************1111,************4444"));
    }

    #[test]
    fn other_numbers_are_left_as_they_are() {
        for text in [
            "",
            "80012345",
            "4111111111111112",
            "41111111111111111111",
            "9826123412341234567",
            "20260704235827",
            "200000 12345678",
            "01/04/2026 12345678 4000",
            "pi_3LZb81Hj08j2jFuB0tfeGdeSDf",
            "BE68539007547034",
            "FR76 3000 6000 0112 3456 7890 189",
            "74500006091000000000001",
            "XXXXXXXXXXXX1111",
            "444433******1111",
        ] {
            assert_eq!(masked(text), None, "{text}");
        }
    }

    #[test]
    fn an_iban_whose_digits_look_like_a_card_is_left() {
        // Found by trying: in range, right by Luhn, and right as an IBAN.
        let mut found = 0;
        for account in 0..400_000_u64 {
            let account = format!("{:014}", 40_000_000_000_000 + account * 97);
            for check in 2..98 {
                let digits = format!("{check:02}{account}");
                let text = format!("FI{digits}");
                if is_iban(text.as_bytes(), 2, digits.as_bytes())
                    && is_issued(digits.as_bytes())
                    && has_check_digit(digits.as_bytes())
                {
                    assert_eq!(masked(&text), None, "{text}");
                    assert!(masked(&digits).is_some(), "{digits}");
                    found += 1;
                }
            }
            if found > 3 {
                return;
            }
        }
        panic!("none was found");
    }
}
