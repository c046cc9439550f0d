//! Receipt files, fifteen columns and no header.

use std::fmt::Write as _;

use chrono::NaiveDate;
use ims_money::Pence;

use crate::{
    council::Taxes,
    income::Income,
    random::Random,
    writing::{push_pounds, slashed},
};

/// A receipt file being written.
#[derive(Debug)]
pub(crate) struct Receipts<'a> {
    text: String,
    taxes: &'a Taxes,
    day: String,
    times: Random,
}

/// One receipt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// The council's own reference for the payment.
    pub(crate) own: &'a str,
    /// What it was banked with: the paying-in slip.
    pub(crate) slip: &'a str,
    /// The provider's reference for it.
    pub(crate) provider_ref: &'a str,
    pub(crate) office: &'a str,
    pub(crate) user: u64,
    pub(crate) reference: &'a str,
    pub(crate) fund: FundColumn,
    pub(crate) method: &'a str,
    pub(crate) amount: Pence,
    pub(crate) narrative: &'a str,
}

/// What the fund's column says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FundColumn {
    /// A fund of the council, by its code.
    Known(Income),
    /// The fund by a code that an import rule knows.
    Old(Income, &'static str),
    /// No fund of the council.
    Unknown(&'static str),
}

impl<'a> Receipts<'a> {
    /// A file of about `rows` receipts of `day`.
    pub(crate) fn new(taxes: &'a Taxes, day: NaiveDate, rows: u64, times: Random) -> Self {
        let bytes = usize::try_from(rows.saturating_mul(160)).unwrap_or_default();
        Self { text: String::with_capacity(bytes), taxes, day: slashed(day), times }
    }

    pub(crate) fn row(&mut self, row: &Row<'_>) {
        let Row { own, slip, provider_ref, office, user, reference, method, .. } = *row;
        let (income, fund) = match row.fund {
            FundColumn::Known(income) => (Some(income), income.code()),
            FundColumn::Old(income, code) => (Some(income), code),
            FundColumn::Unknown(code) => (None, code),
        };
        let second = self.times.between(8 * 3_600, 20 * 3_600 - 1);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        let text = &mut self.text;
        let _ = write!(text, "{own},{slip},{provider_ref},{office},");
        for _ in 0..2 {
            let _ = write!(text, "{} {hour:02}:{minute:02}:{second:02},", self.day);
        }
        let _ = write!(text, "{reference},{user},{fund},{method},");
        push_pounds(text, row.amount);
        match income.and_then(|income| self.taxes.of(income)) {
            Some(tax) => {
                let _ = write!(text, ",{},{},", tax.code, tax.rate);
                push_pounds(text, tax.held_in(row.amount));
            }
            None => text.push_str(",,,"),
        }
        let _ = write!(text, ",{}\r\n", row.narrative);
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}
