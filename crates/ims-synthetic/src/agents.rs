//! Money that others collect and pay over in one sum, with a file that says for
//! whom: allpay, the DWP, an employer.

use std::fmt::Write as _;

use chrono::NaiveDate;
use ims_money::Pence;

use crate::{
    day::Fault,
    income::Income,
    line::{Kind, Line},
    making::{Making, names},
    payers::{Mix, Payment},
    writing::{ddmm, pounds, push_pounds, slashed, sum, yymmdd},
};

const ALLPAY: &Mix = &[(Income::Rents, 60), (Income::CouncilTax, 40)];
const ALLPAY_PER_MILLE: u64 = 60;
const DWP: &Mix = &[(Income::Rents, 1)];
const DWP_PER_MILLE: u64 = 35;
const EMPLOYER: &Mix = &[(Income::CouncilTax, 1)];
const EMPLOYER_PER_MILLE: u64 = 5;
/// An employer has so many of our payers at the most.
const EMPLOYEES_MAX: u64 = 60;

/// An employer's deductions of one pay day.
#[derive(Clone, Debug)]
pub(crate) struct Deductions {
    pub(crate) credit_reference: String,
    pub(crate) paid: NaiveDate,
    payments: Vec<Payment>,
}

impl Deductions {
    pub(crate) fn of(making: &mut Making<'_>, paid: NaiveDate) -> Self {
        let count = making.today.per_mille(EMPLOYER_PER_MILLE).clamp(3, EMPLOYEES_MAX);
        let payments = (0..count).map(|_| making.payers.next(EMPLOYER)).collect();
        Self { credit_reference: format!("AOE{}", yymmdd(paid)), paid, payments }
    }

    pub(crate) fn total(&self) -> Pence {
        sum(self.payments.iter().map(|payment| payment.amount))
    }

    /// The bank line that pays them.
    pub(crate) fn credit(&self) -> Line {
        Line {
            kind: Kind::BankGiro,
            amount: self.total(),
            payer: "TINDERMILL BAKERIES".to_owned(),
            written: self.credit_reference.clone(),
        }
    }
}

/// Adds allpay's file of yesterday's payments, and its credit.
pub(crate) fn allpay(making: &mut Making<'_>) {
    let eve = slashed(making.today.eve);
    let count = making.today.per_mille(ALLPAY_PER_MILLE).max(1);
    let mut text = String::new();
    let mut amounts = Vec::new();
    for _ in 0..count {
        let payment = making.payers.next(ALLPAY);
        let kind = making.random.one_of(&["T", "T", "P", "Z"]);
        let amount = pounds(payment.amount);
        let _ = write!(text, "3356107{:<16}{amount:>9}{kind}{eve}\r\n", payment.reference);
        amounts.push(payment.amount);
    }
    let total = sum(amounts);
    let _ = write!(text, "\r\nTotal Amount Updated onto System:{:>18}\r\n", pounds(total));
    let _ = write!(text, "Total Transactions updated onto System:{count:>18}\r\n");
    let about = "Payments at shops and post offices, from allpay";
    making.file(names::ALLPAY, "allpay", about, text.into_bytes());
    making.main.push(Line {
        kind: Kind::BankGiro,
        amount: total,
        payer: "ALLPAY LTD".to_owned(),
        written: format!("ALLPAY {}", ddmm(making.today.eve)),
    });
}

/// Adds the DWP's schedule of deductions for rent, and its credit.
pub(crate) fn dwp(making: &mut Making<'_>) {
    let date = making.today.date;
    let credit_reference = format!("TPP{}", yymmdd(date));
    let count = making.today.per_mille(DWP_PER_MILLE).max(1);
    let payments: Vec<Payment> = (0..count).map(|_| making.payers.next(DWP)).collect();
    let text = schedule("DWP", date, &credit_reference, date, &payments);
    let about = "Rent deducted from benefits, from the DWP";
    making.file(names::DWP, "schedule-csv", about, text);
    making.main.push(Line {
        kind: Kind::BankGiro,
        amount: sum(payments.iter().map(|payment| payment.amount)),
        payer: "DWP TPP".to_owned(),
        written: credit_reference,
    });
}

/// Adds the employer's schedule for `late`, a credit of the day before, and
/// today's credit, whose schedule will come the next day.
pub(crate) fn employer(making: &mut Making<'_>, late: &Deductions, waiting: &Deductions) {
    let (sender, reference) = ("Tindermill Bakeries", &late.credit_reference);
    let text = schedule(sender, late.paid, reference, late.paid, &late.payments);
    let about = "Attachments of earnings, from an employer, a day late";
    making.file(names::EMPLOYER, "schedule-csv", about, text);
    let says = format!(
        "The schedule for £{} of {sender} arrives; the credit {reference} came before it and waits in suspense.",
        late.total()
    );
    making.plant(Fault::LateSchedule, names::EMPLOYER, reference, late.total(), says);

    let (credit, reference) = (waiting.credit(), &waiting.credit_reference);
    let says = format!(
        "£{} of {sender} arrives as {reference}; the schedule that explains it comes the next day.",
        credit.amount
    );
    making.plant(Fault::CreditWaiting, names::MAIN, reference, credit.amount, says);
    making.main.push(credit);
}

fn schedule(
    sender: &str,
    date: NaiveDate,
    credit_reference: &str,
    paid: NaiveDate,
    payments: &[Payment],
) -> Vec<u8> {
    let (date, paid) = (slashed(date), slashed(paid));
    let mut text = "sender,date,credit_reference,reference,name,amount,paid_on\r\n".to_owned();
    for payment in payments {
        let (reference, name) = (&payment.reference, payment.payer.in_full());
        let _ = write!(text, "{sender},{date},{credit_reference},{reference},{name},");
        push_pounds(&mut text, payment.amount);
        let _ = write!(text, ",{paid}\r\n");
    }
    text.into_bytes()
}
