//! One credit explained by many lines, whoever sends it: an agent such as
//! allpay, the DWP, an employer.

use chrono::NaiveDate;
use ims_money::Pence;
use serde::{Deserialize, Serialize};

/// What a schedule says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleHead {
    /// Who sent it: `allpay`, `DWP`, an employer's name.
    pub sender: String,
    /// The day it is for, when it says.
    pub date: Option<NaiveDate>,
    /// The reference that its credit will quote at the bank, when it says.
    pub reference: Option<String>,
}

/// One payment of a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleLine {
    /// The line of the file, from 1.
    pub line: u64,
    /// The payer's account reference.
    pub reference: String,
    /// The payer's name, when given.
    pub name: Option<String>,
    /// Money for us positive, taken back negative.
    pub amount: Pence,
    /// When the payer paid, when given.
    pub date: Option<NaiveDate>,
    /// The sender's kind of line: `T` PayPoint, `P` Post Office, `Q` returned cheque.
    pub kind: Option<String>,
}
