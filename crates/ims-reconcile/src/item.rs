//! What is given: money that was expected, and lines that the bank shows.

use chrono::NaiveDate;
use ims_money::Pence;

/// Something that is waited for: a receipt, a payout's part, a slip, a refund (negative).
///
/// A text that is not known is empty. Spaces, punctuation and the case of letters do not
/// count when texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected<'a> {
    /// The caller's stable key, different for each row: it decides between twins, so that
    /// the outcome does not depend on the order in which the rows are given.
    pub id: u64,
    /// The day it happened.
    pub date: NaiveDate,
    /// What should come in; negative for what should go out.
    pub amount: Pence,
    /// The payer's reference.
    pub reference: &'a str,
    /// Under which name the acquirer or agent pays it out.
    pub merchant: &'a str,
    /// The payout it belongs to, when that is known.
    pub batch: &'a str,
}

/// One line of a bank statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BankLine<'a> {
    /// The caller's stable key, different for each line: it decides between twins.
    pub id: u64,
    /// The day the bank booked it.
    pub date: NaiveDate,
    /// Credits positive, debits negative.
    pub amount: Pence,
    /// What the payer quoted.
    pub reference: &'a str,
    /// Everything else that the line says.
    pub narrative: &'a str,
    /// The bank's own code for the line. The engine only compares it, when it looks for twins.
    pub kind: &'a str,
}
