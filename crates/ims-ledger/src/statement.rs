//! A bank account's lines between two balances, as any bank writes them.

use chrono::NaiveDate;
use ims_money::Amount;
use serde::{Deserialize, Serialize};

/// What opens a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementHead {
    /// The account as the bank writes it: an account number, an IBAN, or what
    /// the file gives.
    pub account: String,
    /// Six digits, when the file gives them.
    pub sort_code: Option<String>,
    /// ISO 4217; `GBP` where a UK layout does not say.
    pub currency: String,
    /// The bank's number for this statement (and sheet), when there is one.
    pub number: Option<String>,
    /// What the sender calls it: `:20:`, `Stmt/Id`.
    #[serde(default)]
    pub id: Option<String>,
    /// The page of the statement, from 1; the first where several are joined.
    #[serde(default)]
    pub page: Option<u32>,
    /// The opening balance is what an earlier page came to (`:60M:`).
    #[serde(default)]
    pub continues: bool,
    /// The first day it is about, where it says so.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day it is about.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// The balance before the first line.
    pub opening: Option<Balance>,
    /// A report during the day (MT942, camt.052): shown, never posted.
    pub interim: bool,
}

/// What closes a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementClose {
    /// The opening balance, where a layout shows it only at the end (a CSV
    /// written newest first).
    pub opening: Option<Balance>,
    /// The balance after the last line.
    pub closing: Option<Balance>,
    /// The last page that was read of it.
    #[serde(default)]
    pub page: Option<u32>,
    /// More pages follow: the closing balance is only what they came to so far
    /// (`:62M:`).
    #[serde(default)]
    pub continued: bool,
}

/// A balance a bank states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The day it is for.
    pub date: NaiveDate,
    /// Credit positive, overdrawn negative.
    pub amount: Amount,
}

/// One line of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// The line of the file it starts on, from 1.
    pub line: u64,
    /// The day the bank booked it.
    pub booked: NaiveDate,
    /// The day it counts for interest, when stated.
    pub value: Option<NaiveDate>,
    /// Credit positive, debit negative.
    pub amount: Amount,
    /// ISO 4217, when it differs from the statement's.
    pub currency: Option<String>,
    /// The bank's kind of transaction: `BGC`, `NTRF`, `165`, `PMNT-RCDT-ESCT`.
    pub code: Option<String>,
    /// The payer's reference.
    pub reference: Option<String>,
    /// The bank's own reference.
    pub bank_reference: Option<String>,
    /// Everything else the bank says about it.
    pub narrative: String,
    /// Who paid or was paid.
    pub counterparty: Option<Counterparty>,
    /// Anything but booked: `PDNG`, `INFO`.
    pub status: Option<String>,
    /// It sends an earlier payment back: the reason as the bank gives it, empty
    /// when it gives none.
    #[serde(default)]
    pub returned: Option<String>,
    /// The payments of a batch, only if they add up to it.
    pub parts: Vec<StatementLine>,
}

/// The other side of a bank line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterparty {
    /// Their name.
    pub name: Option<String>,
    /// Six digits.
    pub sort_code: Option<String>,
    /// The account number.
    pub account: Option<String>,
    /// The international account number.
    pub iban: Option<String>,
}
