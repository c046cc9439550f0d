//! What a payment provider says it will pay, net of refunds, fees and disputes.

use chrono::NaiveDate;
use ims_money::Pence;
use serde::{Deserialize, Serialize};

/// What a settlement says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementHead {
    /// The provider: `govuk-pay`, `stripe`.
    pub provider: String,
    /// The provider's name for the payout, which its bank line quotes.
    pub payout: Option<String>,
    /// The day of the payout, when it says.
    pub date: Option<NaiveDate>,
    /// Its currency, when that is not the pound: `EUR`. Amounts are then
    /// hundredths of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What the file says was paid out, which its lines should make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Pence>,
}

/// What a settlement line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettlementKind {
    /// A payment being paid out.
    Payment,
    /// A refund taken off.
    Refund,
    /// A charge that belongs to no single payment.
    Fee,
    /// A dispute taken off, or given back.
    Dispute,
    /// Money held back, moved or put right that belongs to no payment: a
    /// reserve, a transfer between accounts.
    Adjustment,
}

/// One line of a settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementLine {
    /// The line of the file, from 1.
    pub line: u64,
    /// Our reference for the payment, when the file gives it.
    pub reference: Option<String>,
    /// The provider's own reference.
    pub provider_ref: String,
    /// What it is for.
    pub kind: SettlementKind,
    /// The day of the payment.
    pub date: NaiveDate,
    /// Before fees; a refund or a dispute taken off is negative, one that was
    /// given back is positive.
    pub gross: Pence,
    /// The fee withheld: positive; a fee given back is negative.
    pub fee: Pence,
    /// What is paid out for it: gross less fee.
    pub net: Pence,
}
