//! Luhn, Damm and Verhoeff: one decimal check digit. What is no digit is left out.

use super::digits;

/// Every second digit from the right doubled, its own digits summed.
pub(super) fn luhn(body: &str) -> Option<String> {
    let mut sum = 0_u32;
    for (at, digit) in digits(body).rev().enumerate() {
        let counts = if at.is_multiple_of(2) {
            let double = digit.checked_mul(2)?;
            if double > 9 { double.checked_sub(9)? } else { double }
        } else {
            digit
        };
        sum = sum.checked_add(counts)?;
    }
    let over = sum.checked_rem(10)?;
    Some(10_u32.checked_sub(over)?.checked_rem(10)?.to_string())
}

/// Damm's quasigroup of order 10: nought on the diagonal, so that the digit
/// the body leads to is its own check digit.
const DAMM: [[u32; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

pub(super) fn damm(body: &str) -> Option<String> {
    digits(body).try_fold(0, |state, digit| cell(&DAMM, state, digit)).map(|end| end.to_string())
}

/// The multiplication table of the dihedral group D5.
const D5: [[u32; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/// What stands for a digit, by its place from the right, in turns of eight.
const PERMUTED: [[u32; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

pub(super) fn verhoeff(body: &str) -> Option<String> {
    // The check digit itself is place 0.
    let places = (0_u32..8).cycle().skip(1);
    let end = digits(body).rev().zip(places).try_fold(0, |state, (digit, place)| {
        let permuted = cell(&PERMUTED, place, digit)?;
        cell(&D5, state, permuted)
    })?;
    let inverse = D5.get(usize::try_from(end).ok()?)?.iter().position(|product| *product == 0)?;
    Some(inverse.to_string())
}

fn cell(table: &[[u32; 10]], row: u32, column: u32) -> Option<u32> {
    table.get(usize::try_from(row).ok()?)?.get(usize::try_from(column).ok()?).copied()
}
