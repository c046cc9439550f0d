//! What a program asks for.

use ims_app::{NewPayment, PaymentLine};
use ims_gateway::AskFor;
use ims_ledger::Through;
use ims_money::Pence;
use ims_pay::{Channel, Language};
use serde::Deserialize;

use super::super::{
    bad,
    taken::{Person, refuse_cards},
};
use crate::fault::Fault;

/// The most characters of what the payer reads of what it is for.
const DESCRIPTION_MAX: usize = 100;

/// The longest address to come back to.
const ADDRESS_MAX: usize = 500;

/// A payment to be started.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Asked {
    method: String,
    lines: Vec<Line>,
    description: String,
    return_url: String,
    #[serde(default)]
    through: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    payer: Option<Person>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    fund: String,
    reference: String,
    amount_pence: i64,
    #[serde(default)]
    vat: Option<String>,
}

impl Asked {
    /// What is asked for, of an account that is still to be found, and how.
    pub(super) fn read(self, key: &str) -> Result<(NewPayment, AskFor), Fault> {
        let payer = self.payer.iter().flat_map(Person::texts);
        let references = self.lines.iter().map(|line| &line.reference);
        refuse_cards(references.chain([&self.description, &self.return_url]).chain(payer))?;
        if !(1..=DESCRIPTION_MAX).contains(&self.description.trim().chars().count()) {
            return Err(bad(format!("`description` has 1 to {DESCRIPTION_MAX} characters")));
        }
        if self.return_url.len() > ADDRESS_MAX {
            return Err(bad(format!("`return_url` has at most {ADDRESS_MAX} characters")));
        }
        let (through, channel) = match self.through.as_deref().unwrap_or("portal") {
            "portal" => (Through::Portal, Channel::Online),
            "phone" => (Through::Phone, Channel::Staff),
            _ => return Err(bad("`through` is portal or phone")),
        };
        let (language, code) = match self.language.as_deref().unwrap_or("en") {
            "en" => (Language::English, "en"),
            "cy" => (Language::Welsh, "cy"),
            _ => return Err(bad("`language` is en or cy")),
        };
        let description = self.description.trim();
        let ask = AskFor { language, channel, ..AskFor::new(description, &self.return_url) };
        let line = |line: Line| PaymentLine {
            fund: line.fund,
            reference: line.reference,
            amount: Pence::new(line.amount_pence),
            vat_code: line.vat,
        };
        let new = NewPayment {
            provider: String::new(),
            method: self.method,
            through,
            payer: self.payer.map(Person::into_payer),
            mail: None,
            links: Vec::new(),
            asked_with: format!("{code} {} {description}", self.return_url),
            lines: self.lines.into_iter().map(line).collect(),
            key: Some(key.to_owned()),
        };
        Ok((new, ask))
    }
}
