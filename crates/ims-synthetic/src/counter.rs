//! Cash and cheques at the counters, banked with paying-in slips.

use std::collections::BTreeMap;

use ims_money::Pence;

use crate::{
    day::Fault,
    income::Income,
    line::{Kind, Line},
    making::{Making, names},
    payers::Mix,
    receipts::{FundColumn, Receipts, Row},
    writing::{sum, yymmdd},
};

const MIX: &Mix =
    &[(Income::CouncilTax, 45), (Income::Rents, 25), (Income::Parking, 15), (Income::Debtors, 15)];
const PER_MILLE: u64 = 30;
/// A slip has so many receipts at the most.
const RECEIPTS_A_SLIP: u64 = 60;

/// Office, method, and the name of the counter at the bank.
const TILLS: [(&str, &str); 4] =
    [("CIVIC", "CASH"), ("CIVIC", "CHEQ"), ("HUB", "CASH"), ("HUB", "CHQ")];

/// Adds the takings of the counters and a bank line for each slip.
pub(crate) fn make(making: &mut Making<'_>) {
    let taxes = making.taxes.clone();
    let (eve, today) = (yymmdd(making.today.eve), making.today);
    let count = today.per_mille(PER_MILLE).max(1);
    let mut receipts = Receipts::new(&taxes, today.eve, count, making.random.nth(4));
    let mut slips: BTreeMap<String, Vec<Pence>> = BTreeMap::new();
    for number in 0..count {
        let payment = making.payers.next(MIX);
        let till = number % 4;
        let (office, method) = usize::try_from(till)
            .ok()
            .and_then(|till| TILLS.get(till))
            .copied()
            .unwrap_or_default();
        let slip = format!("PIS{eve}{:03}", number / (4 * RECEIPTS_A_SLIP) * 4 + till + 1);
        let own = format!("TILL{eve}{number:06}");
        let fund = fund(making, number, &payment.reference, payment.amount, payment.income);
        receipts.row(&Row {
            own: &own,
            slip: &slip,
            provider_ref: "",
            office,
            user: 30 + till,
            reference: &payment.reference,
            fund,
            method,
            amount: payment.amount,
            narrative: "",
        });
        slips.entry(slip).or_default().push(payment.amount);
    }
    let about = "Cash and cheques of the counters, by paying-in slip";
    making.file(names::COUNTER, "receipts-csv", about, receipts.into_bytes());
    making.main.extend(slips.into_iter().map(|(slip, amounts)| Line {
        kind: Kind::Counter,
        amount: sum(amounts),
        payer: "COUNTER CREDIT".to_owned(),
        written: slip,
    }));
}

/// The fund as the till writes it: the hub's still has an old code for council
/// tax, and sometimes somebody keys one that is none.
fn fund(
    making: &mut Making<'_>,
    number: u64,
    reference: &str,
    amount: Pence,
    income: Income,
) -> FundColumn {
    if number == 5 && making.today.plants_every(3) {
        let says = format!(
            "£{amount} was taken at the counter for the fund XX, which the council does not have; the reference {reference} may say what it is for."
        );
        making.plant(Fault::UnknownFund, names::COUNTER, reference, amount, says);
        return FundColumn::Unknown("XX");
    }
    if number % 4 >= 2 && income == Income::CouncilTax {
        return FundColumn::Old(income, "CTAX");
    }
    FundColumn::Known(income)
}
