//! Direct debits: collected today, credited in one sum; one of yesterday's comes
//! back.

use crate::{
    day::Fault,
    income::Income,
    line::{Kind, Line},
    making::{Making, names},
    payers::{Mix, Payment},
    receipts::{FundColumn, Receipts, Row},
    writing::{ddmm, negated, sum, yymmdd},
};

const MIX: &Mix = &[
    (Income::CouncilTax, 62),
    (Income::BusinessRates, 5),
    (Income::Rents, 18),
    (Income::Leisure, 10),
    (Income::Care, 3),
    (Income::Debtors, 2),
];
const PER_MILLE: u64 = 250;

/// The council's service user number.
const SERVICE_USER: &str = "299104";

/// Adds the collection and its credit; gives the payment that will come back
/// the next day.
pub(crate) fn make(making: &mut Making<'_>) -> Option<Payment> {
    let taxes = making.taxes.clone();
    let (date, count) = (making.today.date, making.today.per_mille(PER_MILLE));
    let day = yymmdd(date);
    let mut receipts = Receipts::new(&taxes, date, count, making.random.nth(3));
    let mut amounts = Vec::new();
    let mut returning = None;
    for number in 0..count {
        let payment = making.payers.next(MIX);
        let own = format!("DD{day}{number:06}");
        receipts.row(&Row {
            own: &own,
            slip: "",
            provider_ref: "",
            office: "BACS",
            user: 0,
            reference: &payment.reference,
            fund: FundColumn::Known(payment.income),
            method: "DD",
            amount: payment.amount,
            narrative: "",
        });
        amounts.push(payment.amount);
        if payment.income == Income::CouncilTax {
            returning = Some(payment);
        }
    }
    let about = "Direct debits collected today";
    making.file(names::DIRECT_DEBITS, "receipts-csv", about, receipts.into_bytes());
    making.main.push(Line {
        kind: Kind::BankGiro,
        amount: sum(amounts),
        payer: "BACS DD COLLECTION".to_owned(),
        written: format!("{SERVICE_USER} {}", ddmm(date)),
    });
    returning
}

/// Adds the bank debit of a direct debit that comes back: one collected the
/// day before, or before the books were taken over.
pub(crate) fn come_back(making: &mut Making<'_>, before: Option<Payment>) {
    let payment = match before {
        Some(payment) => payment,
        None => making.payers.next(&[(Income::CouncilTax, 1)]),
    };
    let amount = negated(payment.amount);
    let says = format!(
        "A direct debit of £{} for {} comes back unpaid; it waits for its advice.",
        payment.amount, payment.reference
    );
    making.plant(Fault::ReturnedDebit, names::MAIN, &payment.reference, amount, says);
    making.main.push(Line {
        kind: Kind::Returned,
        amount,
        payer: "UNPAID DD".to_owned(),
        written: payment.reference,
    });
}
