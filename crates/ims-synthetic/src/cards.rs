//! Cards: on the web and by phone, settled by the provider's file; at the desks,
//! settled by a bank line a day that quotes the merchant number.

use std::fmt::Write as _;

use ims_money::Pence;

use crate::{
    day::Fault,
    income::Income,
    line::{Kind, Line},
    making::{Making, names},
    mistake::mistyped,
    payers::{Mix, Payment},
    receipts::{FundColumn, Receipts, Row},
    writing::{ddmm, negated, push_pounds, slashed, sum, yymmdd},
};

const WEB: &Mix = &[
    (Income::CouncilTax, 45),
    (Income::BusinessRates, 3),
    (Income::Rents, 12),
    (Income::Debtors, 10),
    (Income::Parking, 16),
    (Income::Planning, 4),
    (Income::Leisure, 8),
    (Income::Care, 2),
];
const CIVIC: &Mix = &[
    (Income::CouncilTax, 50),
    (Income::Rents, 20),
    (Income::Debtors, 15),
    (Income::Parking, 10),
    (Income::Care, 5),
];
const GATE: &Mix = &[(Income::Leisure, 1)];

/// What a short payout lacks.
const SHORT_BY: Pence = Pence::new(1_234);

/// A desk with card machines.
struct Desk {
    merchant: &'static str,
    office: &'static str,
    method: &'static str,
    mix: &'static Mix,
    per_mille: u64,
}

const DESKS: [Desk; 2] = [
    Desk { merchant: "5200114", office: "CIVIC", method: "DESK", mix: CIVIC, per_mille: 60 },
    Desk { merchant: "5200121", office: "LEIS", method: "GATE", mix: GATE, per_mille: 30 },
];
const WEB_PER_MILLE: u64 = 310;

/// Adds the card receipts, their settlement, and the bank lines that pay both.
pub(crate) fn make(making: &mut Making<'_>) {
    let taxes = making.taxes.clone();
    let today = making.today;
    let times = making.random.nth(1);
    let mut receipts = Receipts::new(&taxes, today.eve, today.per_mille(400), times);
    let settlement = web(making, &mut receipts);
    for desk in &DESKS {
        desk_day(making, &mut receipts, desk);
    }
    let about = "Card receipts of the website, the phone line and the desks, with their VAT";
    making.file(names::CARDS, "receipts-csv", about, receipts.into_bytes());
    let about = "What the card provider pays out: payments, refunds and fees";
    making.file(names::SETTLEMENT, "settlement-csv", about, settlement);
}

/// A settlement being written.
struct Settlement {
    text: String,
    head: String,
    day: String,
    nets: Vec<Pence>,
}

impl Settlement {
    fn row(&mut self, own: &str, provider_ref: &str, kind: &str, gross: Pence, fee: Pence) {
        let net = sum([gross, negated(fee)]);
        let _ = write!(self.text, "{},{},{own},{provider_ref},{kind}", self.head, self.day);
        for amount in [gross, fee, net] {
            self.text.push(',');
            push_pounds(&mut self.text, amount);
        }
        self.text.push_str("\r\n");
        self.nets.push(net);
    }
}

fn web(making: &mut Making<'_>, receipts: &mut Receipts<'_>) -> Vec<u8> {
    let (eve, count) = (yymmdd(making.today.eve), making.today.per_mille(WEB_PER_MILLE));
    let payout = format!("PBP{}01", yymmdd(making.today.date));
    let mut settlement = Settlement {
        text: "provider,payout,date,reference,provider_ref,kind,gross,fee,net\r\n".to_owned(),
        head: format!("paybridge,{payout}"),
        day: slashed(making.today.eve),
        nets: Vec::new(),
    };
    for number in 0..count {
        let payment = making.payers.next(WEB);
        let (own, provider_ref) = (format!("W{eve}{number:06}"), format!("PB{eve}X{number:07}"));
        let fund = FundColumn::Known(payment.income);
        let method = if making.random.once_in(6) { "PHONE" } else { "WEB" };
        let mut row = Row {
            own: &own,
            slip: "",
            provider_ref: &provider_ref,
            office: "WEB",
            user: 0,
            reference: &payment.reference,
            fund,
            method,
            amount: payment.amount,
            narrative: "",
        };
        receipts.row(&row);
        settlement.row(&own, &provider_ref, "payment", payment.amount, fee(payment.amount));
        if number % 197 == 11 {
            // A refund of the payment, whole, on the same day.
            let (own, provider_ref) = (format!("{own}R"), format!("{provider_ref}R"));
            (row.own, row.provider_ref) = (&own, &provider_ref);
            (row.amount, row.narrative) = (negated(payment.amount), "Refund");
            receipts.row(&row);
            settlement.row(&own, &provider_ref, "refund", row.amount, Pence::ZERO);
        }
    }
    let monthly = Pence::new(2_500);
    settlement.row("", &format!("PBF{eve}"), "fee", Pence::ZERO, monthly);
    making.main.push(Line {
        kind: Kind::BankGiro,
        amount: sum(settlement.nets),
        payer: "PAYBRIDGE".to_owned(),
        written: payout,
    });
    settlement.text.into_bytes()
}

/// Twelve pence and 0.8%, the fraction of a penny dropped.
fn fee(gross: Pence) -> Pence {
    Pence::new(gross.get() * 8 / 1_000 + 12)
}

fn desk_day(making: &mut Making<'_>, receipts: &mut Receipts<'_>, desk: &Desk) {
    let (today, eve) = (making.today, yymmdd(making.today.eve));
    // Tiny days still have a card at each desk.
    let count = today.per_mille(desk.per_mille).max(1);
    let mistaken = (desk.method == "DESK" && today.plants_every(3)).then_some(count / 2);
    let mut taken = Vec::new();
    for number in 0..count {
        let mut payment = making.payers.next(desk.mix);
        if mistaken == Some(number) {
            mistake(making, &mut payment);
        }
        let own = format!("{}{eve}{number:06}", desk.method);
        receipts.row(&Row {
            own: &own,
            slip: "",
            provider_ref: &own,
            office: desk.office,
            user: 20 + number % 4,
            reference: &payment.reference,
            fund: FundColumn::Known(payment.income),
            method: desk.method,
            amount: payment.amount,
            narrative: "",
        });
        taken.push(payment.amount);
    }
    paid_out(making, desk, sum(taken));
}

/// Puts a figure wrong in the reference of a payment at a desk.
fn mistake(making: &mut Making<'_>, payment: &mut Payment) {
    let wrong = mistyped(payment, making.accounts, &mut making.random.nth(2));
    let right = std::mem::replace(&mut payment.reference, wrong.clone());
    let says = format!(
        "A card receipt of £{} quotes {wrong}, which fails its check digit; {right} was meant.",
        payment.amount
    );
    making.plant(Fault::BadReference, names::CARDS, &wrong, payment.amount, says);
}

/// The bank line of a desk's day.
fn paid_out(making: &mut Making<'_>, desk: &Desk, taken: Pence) {
    let written = format!("{} {}", desk.merchant, ddmm(making.today.eve));
    let mut amount = taken;
    if desk.method == "DESK" && making.today.plants_every(5) {
        amount = sum([taken, negated(SHORT_BY)]);
        let says = format!(
            "The card machines took £{taken} and the bank paid £{amount}: £{SHORT_BY} is missing."
        );
        making.plant(Fault::ShortPayout, names::MAIN, &written, SHORT_BY, says);
    }
    making.main.push(Line { kind: Kind::BankGiro, amount, payer: "CARDNET".to_owned(), written });
}
