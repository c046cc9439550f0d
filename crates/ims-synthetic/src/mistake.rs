//! References with a mistake in them.

use crate::{accounts::Accounts, payers::Payment, random::Random};

/// Some changes leave the check digit right; never so many in a row.
const TRIES: u64 = 100;

/// The payment's reference with one figure wrong, so that it fails its check
/// digit.
pub(crate) fn mistyped(payment: &Payment, accounts: &Accounts, random: &mut Random) -> String {
    // The first two characters may be fixed by the fund's mask, and the last is
    // the check digit itself, which may be a letter.
    let room = payment.reference.len().saturating_sub(3);
    let room = u64::try_from(room).unwrap_or_default();
    for _ in 0..TRIES {
        let at = usize::try_from(random.below(room)).unwrap_or_default().saturating_add(2);
        let more = random.between(1, 9);
        let wrong: String = payment
            .reference
            .chars()
            .enumerate()
            .map(|(place, c)| if place == at { turned(c, more) } else { c })
            .collect();
        if !accounts.checks(payment.income, &wrong) {
            return wrong;
        }
    }
    // A fund without a check digit: a character is left out instead.
    let mut wrong = payment.reference.clone();
    wrong.pop();
    wrong
}

/// The figure `more` further on, after 9 again 0.
fn turned(figure: char, more: u64) -> char {
    let turned = figure.to_digit(10).map(|digit| (u64::from(digit) + more) % 10);
    turned
        .and_then(|digit| u32::try_from(digit).ok())
        .and_then(|digit| char::from_digit(digit, 10))
        .unwrap_or(figure)
}
