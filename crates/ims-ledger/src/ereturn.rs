//! E-returns: a site's takings, declared on a template.
//!
//! *Takings* are the document: rows of income, and what was counted for them in
//! notes and coins, cheques and totals of card machines. [`Takings::faults`]
//! names everything that stands against keeping it, and
//! [`Takings::faults_to_submit`] everything that stands against handing it in;
//! the two sides must agree, or the difference be stated with its reason.
//! [`EReturnStatus::after`] is the whole life of an e-return.

use chrono::NaiveDate;
use ims_money::Pence;
use serde::{Deserialize, Serialize};

mod cash;
mod check;
mod row;
mod status;

pub use cash::{Cash, CashLine, Denomination};
pub use check::EReturnFault;
pub(crate) use check::{Faults, ITEMS_MAX, card_faults, cash_faults};
pub use row::{BadRowReference, check_row_reference};
pub use status::{EReturnStatus, EReturnStep, OutOfTurn};

use crate::EReturnTemplate;

/// What a site declares. Amounts are pence, none of them negative but what is
/// short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Takings {
    /// The day they were taken.
    pub taken_on: NaiveDate,
    /// The rows of income.
    #[serde(default)]
    pub rows: Vec<TakingsRow>,
    /// Notes and coins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<Cash>,
    /// Cheques.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cheques: Vec<Cheque>,
    /// Totals of card machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub card_machines: Vec<CardMachine>,
    /// By how much what was counted differs from the rows, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_short: Option<OverShort>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub narrative: String,
}

/// One row of income.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakingsRow {
    /// Which row of the template, from 1.
    pub row: usize,
    /// The account reference.
    pub reference: String,
    /// What it is for.
    pub description: String,
    /// The VAT code.
    pub vat: String,
    /// Gross. A row of nothing is kept, and not held to its template.
    #[serde(rename = "amount_pence")]
    pub amount: Pence,
}

/// A cheque.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cheque {
    /// Its place in the list on the slip, from 1.
    pub item: u32,
    /// Whose it is.
    pub name: String,
    /// How much.
    #[serde(rename = "amount_pence")]
    pub amount: Pence,
}

/// What a card machine says it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardMachine {
    /// Which machine.
    pub terminal: String,
    /// The number of its batch.
    pub batch: String,
    /// How much.
    #[serde(rename = "amount_pence")]
    pub amount: Pence,
}

/// What was counted over the rows, or (negative) short of them. The amount is
/// stated with its reason, so that a later change of a figure does not borrow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverShort {
    /// Over positive, short negative.
    #[serde(rename = "amount_pence")]
    pub amount: Pence,
    /// Why.
    pub reason: String,
}

/// What takings add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakingsTotals {
    /// The rows.
    pub rows: Pence,
    /// Notes and coins.
    pub cash: Pence,
    /// Cheques.
    pub cheques: Pence,
    /// Card machines.
    pub card_machines: Pence,
    /// All that was counted.
    pub counted: Pence,
    /// What was counted above the rows; negative when it is short.
    pub over: Pence,
}

impl Takings {
    /// The rows of `template`, each of nothing yet.
    #[must_use]
    pub fn blank(template: &EReturnTemplate, taken_on: NaiveDate) -> Self {
        let row = |(row, number): (&crate::TemplateRow, usize)| TakingsRow {
            row: number,
            reference: row.reference.clone(),
            description: row.description.clone(),
            vat: row.vat.to_string(),
            amount: Pence::ZERO,
        };
        Self {
            taken_on,
            rows: template.row.iter().zip(1..).map(row).collect(),
            cash: None,
            cheques: Vec::new(),
            card_machines: Vec::new(),
            over_short: None,
            narrative: String::new(),
        }
    }

    /// What it adds up to, or `None` when a sum is too large, or a denomination
    /// is stated that cannot be valued.
    #[must_use]
    pub fn totals(&self) -> Option<TakingsTotals> {
        let rows = Pence::checked_sum(self.rows.iter().map(|row| row.amount))?;
        let cash = self.cash.as_ref().map_or(Some(Pence::ZERO), Cash::total)?;
        let cheques = Pence::checked_sum(self.cheques.iter().map(|cheque| cheque.amount))?;
        let card_machines = Pence::checked_sum(self.card_machines.iter().map(|card| card.amount))?;
        let counted = Pence::checked_sum([cash, cheques, card_machines])?;
        let over = counted.checked_sub(rows)?;
        Some(TakingsTotals { rows, cash, cheques, card_machines, counted, over })
    }

    /// Whether `self` differs from `before` in amounts alone: each of its rows
    /// with an amount stands in `before`, or in the template, as it is.
    #[must_use]
    pub fn differs_in_amounts_alone(&self, before: &Self, template: &EReturnTemplate) -> bool {
        let blank = Self::blank(template, before.taken_on);
        let same = |row: &TakingsRow, other: &TakingsRow| {
            (row.row, &row.reference, &row.description, &row.vat)
                == (other.row, &other.reference, &other.description, &other.vat)
        };
        let stands =
            |row: &TakingsRow| before.rows.iter().chain(&blank.rows).any(|other| same(row, other));
        self.taken_on == before.taken_on
            && self.rows.iter().filter(|row| !row.amount.is_zero()).all(stands)
    }
}
