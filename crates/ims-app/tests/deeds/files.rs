//! The texts that banks, tills and agents send.

use chrono::NaiveDate;

use super::town::{april, ct};

/// A row of a receipts file.
#[derive(Clone)]
pub(super) struct Paid {
    fund: String,
    reference: String,
    method: &'static str,
    amount: String,
    day: NaiveDate,
    batch: String,
    source: String,
    vat: (String, String),
}

/// A row of today: fund, reference, method, amount in pounds.
pub(super) fn paid(fund: &str, reference: &str, method: &'static str, amount: &str) -> Paid {
    Paid {
        fund: fund.to_owned(),
        reference: reference.to_owned(),
        method,
        amount: amount.to_owned(),
        day: april(20),
        batch: String::new(),
        source: String::new(),
        vat: (String::new(), String::new()),
    }
}

impl Paid {
    pub(super) fn on(mut self, day: NaiveDate) -> Self {
        self.day = day;
        self
    }

    pub(super) fn batch(mut self, batch: &str) -> Self {
        batch.clone_into(&mut self.batch);
        self
    }

    pub(super) fn source(mut self, source: &str) -> Self {
        source.clone_into(&mut self.source);
        self
    }

    pub(super) fn vat(mut self, code: &str, amount: &str) -> Self {
        self.vat = (code.to_owned(), amount.to_owned());
        self
    }
}

/// The fifteen-column file of these rows.
pub(super) fn receipts(rows: &[Paid]) -> String {
    let mut file = String::new();
    for (n, row) in (1..).zip(rows) {
        let day = row.day.format("%d/%m/%Y");
        let (code, vat) = &row.vat;
        let rate = if code.is_empty() { "" } else { "0.2" };
        file += &format!(
            "R{n},{},{},WEB,{day},{day},{},1,{},{},{},{code},{rate},{vat},Payment {n} of somebody\n",
            row.batch, row.source, row.reference, row.fund, row.method, row.amount,
        );
    }
    file
}

/// Council tax of the first account holder, by card: 120.50.
pub(super) fn one_receipt() -> String {
    receipts(&[paid("CT", &ct(1), "CARD", "120.50")])
}

/// A line of a statement: its signed pence, and what it says.
pub(super) type Shown<'a> = (i64, &'a str);

/// A statement of the main account for one day of April.
pub(super) fn statement(number: u32, opening: i64, day: u32, lines: &[Shown<'_>]) -> String {
    statement_of("12345678", number, opening, day, lines)
}

/// A statement of one day of April of any account.
pub(super) fn statement_of(
    account: &str,
    number: u32,
    opening: i64,
    day: u32,
    lines: &[Shown<'_>],
) -> String {
    let closing = opening + lines.iter().map(|(pence, _)| pence).sum::<i64>();
    stated(account, number, (opening, closing), day, lines)
}

/// A statement that says what it is told to of its balances.
pub(super) fn stated(
    account: &str,
    number: u32,
    (opening, closing): (i64, i64),
    day: u32,
    lines: &[Shown<'_>],
) -> String {
    stated_on(account, number, (opening, closing), april(day), lines)
}

/// The same of any day.
pub(super) fn stated_on(
    account: &str,
    number: u32,
    (opening, closing): (i64, i64),
    day: NaiveDate,
    lines: &[Shown<'_>],
) -> String {
    let date = day.format("%y%m%d").to_string();
    let mut text = format!(":20:STMT{number}\n:25:200000{account}\n:28C:{number}/1\n");
    text += &format!(":60F:{}\n", balance(&date, opening));
    for (n, (pence, says)) in (1..).zip(lines) {
        let side = if *pence < 0 { 'D' } else { 'C' };
        let size = pounds(*pence);
        text += &format!(":61:{date}{}{side}{size}NTRFNONREF//B{number}N{n}\n", &date[2..]);
        text += &format!(":86:{says}\n");
    }
    text + format!(":62F:{}\n-\n", balance(&date, closing)).as_str()
}

fn balance(date: &str, pence: i64) -> String {
    format!("{}{date}GBP{}", if pence < 0 { 'D' } else { 'C' }, pounds(pence))
}

fn pounds(pence: i64) -> String {
    format!("{},{:02}", pence.abs() / 100, pence.abs() % 100)
}

/// A schedule of the agent: what its credit quotes, and its lines.
pub(super) fn schedule(credit: &str, day: u32, lines: &[(&str, &str)]) -> String {
    let mut file = "sender,date,credit_reference,reference,name,amount,paid_on\n".to_owned();
    for (reference, amount) in lines {
        file += &format!("allpay,{day:02}/04/2026,{credit},{reference},Somebody,{amount},\n");
    }
    file
}

/// A settlement of the card provider: provider's reference, kind, gross, fee, net.
pub(super) fn settlement(
    payout: &str,
    day: u32,
    lines: &[(&str, &str, &str, &str, &str)],
) -> String {
    let mut file = "provider,payout,date,reference,provider_ref,kind,gross,fee,net\n".to_owned();
    for (provider_ref, kind, gross, fee, net) in lines {
        file += &format!(
            "paybridge,{payout},{day:02}/04/2026,,{provider_ref},{kind},{gross},{fee},{net}\n"
        );
    }
    file
}
