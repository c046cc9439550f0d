//! A Bacs report item: a debit returned, an instruction amended.

use chrono::NaiveDate;
use ims_money::Amount;
use serde::{Deserialize, Serialize};

/// One item of a Bacs report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Which report: `ARUDD`, `ADDACS`, `AUDDIS`, `AWACS`, `DDICA`.
    pub kind: String,
    /// The day it takes effect.
    pub date: NaiveDate,
    /// Our reference for the payer.
    pub reference: String,
    /// The reason code as sent.
    pub code: String,
    /// The reason in words.
    pub meaning: String,
    /// The amount returned or claimed, when money moves.
    pub amount: Option<Amount>,
    /// The payer's sort code, when given.
    pub sort_code: Option<String>,
    /// The payer's account, when given.
    pub account: Option<String>,
}
