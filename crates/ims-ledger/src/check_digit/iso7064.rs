//! The check characters of ISO/IEC 7064.

use super::digits;

/// MOD 97-10: the two digits that make the whole number leave 1 when divided
/// by 97. Letters count as 10 to 35; what is neither is left out.
pub(super) fn mod_97_10(body: &str) -> Option<String> {
    let mut remainder = 0_u32;
    for value in body.chars().filter_map(|c| c.to_digit(36)) {
        let shift = if value < 10 { 10 } else { 100 };
        remainder = remainder.checked_mul(shift)?.checked_add(value)?.checked_rem(97)?;
    }
    let left = remainder.checked_mul(100)?.checked_rem(97)?;
    Some(format!("{:02}", 98_u32.checked_sub(left)?))
}

/// MOD 11,10: digits only; what is none is left out.
pub(super) fn mod_11_10(body: &str) -> Option<String> {
    let mut product = 10_u32;
    for digit in digits(body) {
        let sum = product.checked_add(digit)?.checked_rem(10)?;
        let sum = if sum == 0 { 10 } else { sum };
        product = sum.checked_mul(2)?.checked_rem(11)?;
    }
    Some(11_u32.checked_sub(product)?.checked_rem(10)?.to_string())
}
