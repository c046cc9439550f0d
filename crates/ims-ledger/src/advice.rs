//! A Bacs report item: a debit returned, an instruction amended.

use chrono::NaiveDate;
use ims_money::Amount;
use serde::{Deserialize, Serialize};

/// One item of a Bacs report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// The line of the file, from 1.
    pub line: u64,
    /// Which report: `ARUDD`, `ARUCS`, `ADDACS`, `AUDDIS`, `AWACS`, `DDICA`,
    /// `INPUT`; `DDI` is an instruction that we send.
    pub kind: String,
    /// The day it takes effect.
    pub date: NaiveDate,
    /// Our reference for the payer.
    pub reference: String,
    /// The reason code as sent.
    pub code: String,
    /// The reason in words.
    pub meaning: String,
    /// The amount returned or claimed, when money moves; negative when a claim
    /// is taken back.
    pub amount: Option<Amount>,
    /// The payer's sort code, when given.
    pub sort_code: Option<String>,
    /// The payer's account, when given.
    pub account: Option<String>,
    /// The payer's name, when given.
    pub name: Option<String>,
    /// The processing day of the payment that comes back, when given.
    pub original_date: Option<NaiveDate>,
    /// The transaction code of the payment that comes back, when given.
    pub transaction_code: Option<String>,
    /// The report's or the bank's own reference, by which the same item is known
    /// again.
    pub advice_reference: Option<String>,
    /// The sort code to use from now on, when the payer's changed.
    pub new_sort_code: Option<String>,
    /// The account to use from now on, when the payer's changed.
    pub new_account: Option<String>,
}
