//! The checks themselves, with all their exceptions.

use super::{
    Checked, Digits,
    table::{Method, WeightTable, Weights},
};

/// Exception 2, where `a` is not 0 and `g` is not 9.
const WEIGHTS_2: [i32; 14] = [0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1];
/// Exception 2, where `a` is not 0 and `g` is 9.
const WEIGHTS_2_G9: [i32; 14] = [0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1];
/// Exception 8 checks as if this were the sort code.
const SORT_CODE_8: u32 = 90_126;
/// Exception 9 checks as if this were the sort code.
const SORT_CODE_9: u32 = 309_634;

/// One account under check.
struct Account<'t> {
    table: &'t WeightTable,
    digits: Digits,
}

pub(super) fn check(table: &WeightTable, digits: &Digits) -> Checked {
    let account = Account { table, digits: *digits };
    let rows: Vec<&Weights> = table.of(account.sort_code()).collect();
    let Some(first) = rows.first() else { return Checked::NotListed };
    let of = |exception| rows.iter().any(|row| row.exception == exception);
    let [_, _, _, _, _, _, a, .., g, h] = account.digits;
    if of(6) && (4..=8).contains(&a) && g == h {
        return Checked::ForeignCurrency;
    }
    let passes = match rows.get(1) {
        None => account.passes(first),
        Some(second) => {
            let either = matches!(
                (first.exception, second.exception),
                (2, 9) | (10, 11) | (11, 10) | (12, 13) | (13, 12)
            );
            if either {
                account.passes(first) || account.passes(second)
            } else {
                account.passes(first) && account.passes(second)
            }
        }
    };
    if passes { Checked::Valid } else { Checked::Invalid }
}

impl Account<'_> {
    fn sort_code(&self) -> u32 {
        self.digits.iter().take(6).fold(0, |number, digit| number * 10 + u32::from(*digit))
    }

    fn passes(&self, row: &Weights) -> bool {
        let [.., c, _, _, _, g, h] = self.digits;
        let [_, _, _, _, _, _, a, b, ..] = self.digits;
        let mut digits = self.digits;
        let mut weights = row.weights;
        match row.exception {
            2 if a != 0 => weights = if g == 9 { WEIGHTS_2_G9 } else { WEIGHTS_2 },
            // The second check is not made.
            3 if c == 6 || c == 9 => return true,
            5 => digits = with_sort_code(&digits, self.table.substituted(self.sort_code())),
            7 if g == 9 => without_sort_code(&mut weights),
            8 => digits = with_sort_code(&digits, SORT_CODE_8),
            9 => digits = with_sort_code(&digits, SORT_CODE_9),
            10 if (a == 0 || a == 9) && b == 9 && g == 9 => without_sort_code(&mut weights),
            _ => {}
        }
        let extra = if row.exception == 1 { 27 } else { 0 };
        let remainder = |digits: &Digits| remainder(row.method, digits, &weights, extra);
        let left = remainder(&digits);
        match (row.exception, row.method) {
            (4, _) => left == i32::from(g) * 10 + i32::from(h),
            (5, Method::DoubleAlternate) => left == (10 - i32::from(h)) % 10,
            // A remainder of 1 would need 10 as its check digit.
            (5, _) => left != 1 && left == (11 - i32::from(g)) % 11,
            (14, _) if left != 0 && matches!(h, 0 | 1 | 9) => remainder(&shifted(&digits)) == 0,
            _ => left == 0,
        }
    }
}

/// What the weighted digits leave.
fn remainder(method: Method, digits: &Digits, weights: &[i32; 14], extra: i32) -> i32 {
    let products = digits.iter().zip(weights).map(|(digit, weight)| i32::from(*digit) * weight);
    match method {
        Method::Mod10 => (products.sum::<i32>() + extra).rem_euclid(10),
        Method::Mod11 => (products.sum::<i32>() + extra).rem_euclid(11),
        Method::DoubleAlternate => (products.map(digit_sum).sum::<i32>() + extra).rem_euclid(10),
    }
}

fn digit_sum(mut number: i32) -> i32 {
    let mut sum = 0;
    while number != 0 {
        sum += number % 10;
        number /= 10;
    }
    sum
}

fn with_sort_code(digits: &Digits, sort_code: u32) -> Digits {
    let mut digits = *digits;
    let mut rest = sort_code;
    for digit in digits.iter_mut().take(6).rev() {
        *digit = u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    digits
}

/// The weights of the sort code and of `a` and `b` count for nothing.
fn without_sort_code(weights: &mut [i32; 14]) {
    weights.iter_mut().take(8).for_each(|weight| *weight = 0);
}

/// The account without its last digit, and a nought in front.
fn shifted(digits: &Digits) -> Digits {
    let [u, v, w, x, y, z, a, b, c, d, e, f, g, _] = *digits;
    [u, v, w, x, y, z, 0, a, b, c, d, e, f, g]
}
