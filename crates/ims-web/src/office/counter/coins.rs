//! Notes and coins, counted into a field each.

use ims_ledger::{Cash, CashLine, Denomination};

use super::typed::Typed;
use crate::form::{Errors, Input};

/// The least value of a note, in pence.
const NOTE_PENCE: i64 = 500;

fn field(of: Denomination) -> String {
    format!("coins-{}", of.value().get())
}

/// `£20 notes`, `£2 coins`, `50p coins`.
fn label(of: Denomination) -> String {
    let pence = of.value().get();
    let what = if pence >= NOTE_PENCE { "notes" } else { "coins" };
    match pence.checked_div(100) {
        Some(pounds) if pounds > 0 => format!("£{pounds} {what}"),
        _ => format!("{pence}p {what}"),
    }
}

/// A field for each note and coin: how many there are.
pub(super) fn fields(typed: &Typed, errors: &Errors) -> Vec<Input> {
    let input = |of| Input {
        inputmode: "numeric",
        ..typed.input(field(of), label(of), "govuk-input--width-4", errors)
    };
    Denomination::ALL.into_iter().map(input).collect()
}

/// What was counted, in a bag of this number; a blank field means none.
pub(super) fn read(typed: &Typed, bag: &str, errors: &mut Errors) -> Cash {
    let mut lines = Vec::new();
    for denomination in Denomination::ALL {
        let field = field(denomination);
        match typed.of(&field) {
            "" => {}
            text => match text.parse::<u32>() {
                Ok(0) => {}
                Ok(count) => lines.push(CashLine { denomination, count: Some(count), value: None }),
                Err(_) => {
                    let what = label(denomination);
                    let words = format!("Number of {what} must be a whole number, like 12");
                    errors.add(field, words);
                }
            },
        }
    }
    Cash { bag: bag.to_owned(), lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_and_coins_are_named_as_people_name_them() {
        let labels: Vec<_> = Denomination::ALL.into_iter().map(label).collect();
        let expected = [
            "£50 notes",
            "£20 notes",
            "£10 notes",
            "£5 notes",
            "£2 coins",
            "£1 coins",
            "50p coins",
            "20p coins",
            "10p coins",
            "5p coins",
            "2p coins",
            "1p coins",
        ];
        assert_eq!(labels, expected);
    }
}
