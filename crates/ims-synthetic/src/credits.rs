//! Credits that payers send themselves, quoting what they think is right.

use crate::{
    accounts::Accounts,
    day::Fault,
    income::Income,
    line::{Kind, Line},
    making::{Making, names},
    mistake::mistyped,
    payers::{Mix, Payment},
    random::Random,
};

const MIX: &Mix = &[
    (Income::CouncilTax, 55),
    (Income::BusinessRates, 8),
    (Income::Rents, 20),
    (Income::Debtors, 10),
    (Income::Parking, 5),
    (Income::Care, 2),
];
const PER_MILLE: u64 = 220;

/// One credit in so many quotes something that names no account.
const WRONG_ONE_IN: u64 = 29;
/// Of those, one in so many quotes a name only.
const NAME_ONE_IN: u64 = 4;

/// What a credit quotes.
enum Quotes {
    Its,
    NameOnly,
    Mistyped,
}

/// Adds the credits: rents to the housing account, all else to the main one.
pub(crate) fn make(making: &mut Making<'_>) {
    let mut random = making.random.nth(5);
    for number in 0..making.today.per_mille(PER_MILLE) {
        let payment = making.payers.next(MIX);
        let to_housing = payment.income == Income::Rents;
        let file = if to_housing { names::HOUSING } else { names::MAIN };
        let written = match quotes(number) {
            Quotes::Its => written(&payment, &mut random),
            Quotes::NameOnly => name_only(making, &payment, file),
            Quotes::Mistyped => wrong(making, &payment, file, &mut random),
        };
        let kind = match random.below(4) {
            0 => Kind::BankGiro,
            1 => Kind::StandingOrder,
            _ => Kind::FasterPayment,
        };
        let (amount, payer) = (payment.amount, payment.payer.at_the_bank());
        let lines = if to_housing { &mut making.housing } else { &mut making.main };
        lines.push(Line { kind, amount, payer, written });
    }
}

/// What the `number`th credit of a day quotes.
const fn quotes(number: u64) -> Quotes {
    if number % WRONG_ONE_IN != 7 {
        Quotes::Its
    } else if number / WRONG_ONE_IN % NAME_ONE_IN == 1 {
        Quotes::NameOnly
    } else {
        Quotes::Mistyped
    }
}

fn name_only(making: &mut Making<'_>, payment: &Payment, file: &str) -> String {
    let written = format!("{} {}", payment.income.spoken(), payment.payer.signed());
    let says = format!(
        "£{} came from {} without a reference; it is for {} {}.",
        payment.amount,
        payment.payer.in_full(),
        payment.income.code(),
        payment.reference
    );
    making.plant(Fault::NameOnly, file, &written, payment.amount, says);
    written
}

fn wrong(making: &mut Making<'_>, payment: &Payment, file: &str, random: &mut Random) -> String {
    let wrong = mistyped(payment, making.accounts, random);
    let says = format!(
        "£{} came from {} for {wrong}, which fails its check digit; it is for {} {}.",
        payment.amount,
        payment.payer.in_full(),
        payment.income.code(),
        payment.reference
    );
    making.plant(Fault::MistypedReference, file, &wrong, payment.amount, says);
    wrong
}

/// The payment's reference as people write them.
fn written(payment: &Payment, random: &mut Random) -> String {
    let (reference, spoken) = (&payment.reference, payment.income.spoken());
    match random.below(12) {
        0 => format!("{spoken} {reference} {}", payment.payer.signed()),
        1 => format!("{spoken} {reference}"),
        2 => grouped(reference, ' '),
        3 => grouped(reference, '-'),
        4 => format!("{spoken} {reference}").to_lowercase(),
        5 => format!("REF.{reference}"),
        6 => format!("{reference} {}", payment.payer.signed()),
        _ => reference.clone(),
    }
}

/// A reference in three groups, as it is printed on bills: `774 952 620`.
fn grouped(reference: &str, between: char) -> String {
    let third = reference.len() / 3;
    let mut text = String::with_capacity(reference.len() + 2);
    for (place, c) in reference.chars().enumerate() {
        // A group without a figure would not be read as part of a reference.
        if place > 0 && (place == third || place == 2 * third) {
            text.push(between);
        }
        text.push(c);
    }
    text
}

/// A credit of which nobody knows whose it is, as an old one in suspense.
pub(crate) fn unknown(
    payment: &Payment,
    accounts: &Accounts,
    random: &mut Random,
) -> (String, String) {
    let reference = mistyped(payment, accounts, random);
    let narrative = format!("FPI {} {reference}", payment.payer.at_the_bank());
    (reference, narrative)
}
