//! Rows that arrive in files before any rule of a fund is applied.

use chrono::NaiveDate;
use ims_money::Pence;
use serde::{Deserialize, Serialize};

/// One receipt as a file states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingReceipt {
    /// The line of the file, from 1.
    pub line: u64,
    /// The day the payer paid.
    pub date: NaiveDate,
    /// Gross; negative takes money back.
    pub amount: Pence,
    /// The payer's account reference.
    pub reference: String,
    /// The fund's code, when the file gives it.
    pub fund: Option<String>,
    /// The method of payment's code, when given.
    pub method: Option<String>,
    /// The office's code, when given.
    pub office: Option<String>,
    /// The VAT code, when given.
    pub vat_code: Option<String>,
    /// The VAT the file says is held in the amount, when given.
    pub vat: Option<Pence>,
    /// The narrative, when given.
    pub narrative: Option<String>,
    /// The sender's own reference for the payment (a provider's, an agent's).
    pub source_ref: Option<String>,
    /// What groups rows that were paid together: a basket, a payout batch.
    pub batch: Option<String>,
}

/// One account holder as a host system's extract states it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingHolder {
    /// The line of the file, from 1.
    pub line: u64,
    /// The fund's code.
    pub fund: String,
    /// The account reference inside the fund.
    pub reference: String,
    /// Who holds the account.
    pub name: String,
    /// Address lines and postcode, as given.
    pub address: Vec<String>,
    /// What they owe (positive) or are owed (negative), when given.
    pub balance: Option<Pence>,
    /// What they pay at a time, when given.
    pub instalment: Option<Pence>,
    /// The code of a stop message on the account, when there is one.
    pub stop: Option<String>,
}
