//! Money that staff take: what a program says of it, and what is answered.

use axum::{http::StatusCode, response::IntoResponse as _, response::Response};
use chrono::NaiveDate;
use ims_app::{Cheque, NewReceipt, NewReceiptLine, Payer, TakenAtTill, TakenReceipt, Tender};
use ims_ledger::{Through, card_number};
use ims_money::Pence;
use serde::{Deserialize, Serialize};

use super::{bad, json, posted::Posted};
use crate::fault::Fault;

/// Money to be taken.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    method: String,
    lines: Vec<Line>,
    #[serde(default)]
    through: Option<String>,
    #[serde(default)]
    office: Option<String>,
    #[serde(default)]
    happened_on: Option<NaiveDate>,
    #[serde(default)]
    payer: Option<Person>,
    #[serde(default)]
    cheque: Option<Paper>,
    #[serde(default)]
    tendered_pence: Option<i64>,
    #[serde(default)]
    card_machine: Option<Machine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    fund: String,
    reference: String,
    amount_pence: i64,
    #[serde(default)]
    vat: Option<String>,
    #[serde(default)]
    narrative: Option<String>,
}

/// Who pays.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Person {
    name: String,
    line1: String,
    line2: String,
    town: String,
    postcode: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    sort_code: String,
    account: String,
    number: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    terminal: String,
    batch: String,
}

#[derive(Serialize)]
struct Taken {
    receipt: String,
    total_pence: i64,
    overpaid_pence: i64,
    warnings: Vec<String>,
    before: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    tendered_pence: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change_pence: Option<i64>,
}

/// Takes money that goes into no till.
pub(super) async fn take(sent: Posted<Asked>) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    if body.tendered_pence.is_some() || body.card_machine.is_some() {
        let words = "`tendered_pence` and `card_machine` are of a till: take it there, at \
                     /api/v1/tills/{number}/receipts";
        return Err(bad(words));
    }
    let done = desk.books.take_receipt(&body.read(key)?).await?;
    Ok(told(done, None))
}

impl Asked {
    /// What is asked for.
    fn read(self, key: String) -> Result<NewReceipt, Fault> {
        self.holds_no_card()?;
        let through = match self.through.as_deref().unwrap_or("staff") {
            "portal" => None,
            word => Through::named(word),
        };
        let through = through.ok_or_else(|| bad("`through` is staff, post or phone"))?;
        let line = |line: Line| NewReceiptLine {
            fund: line.fund,
            reference: line.reference,
            amount: Pence::new(line.amount_pence),
            vat_code: line.vat,
            narrative: line.narrative,
        };
        Ok(NewReceipt {
            method: self.method,
            office: self.office,
            happened_on: self.happened_on,
            through,
            payer: self.payer.map(Person::into_payer),
            cheque: self.cheque.map(|Paper { sort_code, account, number, name }| Cheque {
                sort_code,
                account,
                number,
                name,
            }),
            lines: self.lines.into_iter().map(line).collect(),
            key: Some(key),
        })
    }

    /// The same, into a till: today, at its office.
    pub(super) fn at_till(self, key: String) -> Result<(NewReceipt, Tender), Fault> {
        if self.office.is_some() || self.happened_on.is_some() {
            let words = "a till takes money today and at its own office: leave `office` and \
                         `happened_on` out";
            return Err(bad(words));
        }
        let tender = match (self.tendered_pence, &self.card_machine) {
            (Some(_), Some(_)) => return Err(bad("no change is given of a card")),
            (Some(pence), None) => Tender::Cash(Pence::new(pence)),
            (None, Some(Machine { terminal, batch })) => {
                Tender::Card { terminal: terminal.clone(), batch: batch.clone() }
            }
            (None, None) => Tender::Exact,
        };
        Ok((self.read(key)?, tender))
    }

    /// Refuses a card's number, wherever it stands.
    fn holds_no_card(&self) -> Result<(), Fault> {
        let of_lines = self.lines.iter().flat_map(|line| {
            [Some(&line.reference), line.narrative.as_ref()].into_iter().flatten()
        });
        let of_payer = self.payer.iter().flat_map(Person::texts);
        let of_cheque = self.cheque.iter().map(|cheque| &cheque.name);
        refuse_cards(of_lines.chain(of_payer).chain(of_cheque))
    }
}

impl Person {
    /// Everything that is said of them.
    pub(super) fn texts(&self) -> [&String; 5] {
        [&self.name, &self.line1, &self.line2, &self.town, &self.postcode]
    }

    pub(super) fn into_payer(self) -> Payer {
        let Self { name, line1, line2, town, postcode } = self;
        Payer { name, line1, line2, town, postcode }
    }
}

/// Refuses texts of which one looks like a card's number.
pub(super) fn refuse_cards<'a>(mut texts: impl Iterator<Item = &'a String>) -> Result<(), Fault> {
    match texts.find(|text| card_number::masked(text).is_some()) {
        None => Ok(()),
        Some(_) => Err(bad("a text looks like a card number: never send one")),
    }
}

/// What was taken; `into` a till, with what is given back.
fn told(done: TakenReceipt, into: Option<(Pence, Pence)>) -> Response {
    let status = if done.before { StatusCode::OK } else { StatusCode::CREATED };
    let taken = Taken {
        receipt: done.receipt,
        total_pence: done.total.get(),
        overpaid_pence: done.overpaid.get(),
        warnings: done.warnings,
        before: done.before,
        tendered_pence: into.map(|(tendered, _)| tendered.get()),
        change_pence: into.map(|(_, change)| change.get()),
    };
    (status, json(&taken)).into_response()
}

/// What was taken into a till.
pub(super) fn told_at_till(done: TakenAtTill) -> Response {
    told(done.receipt, Some((done.tendered, done.change)))
}
