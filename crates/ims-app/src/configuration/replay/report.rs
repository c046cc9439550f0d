//! What a replay found.

use std::fmt;

use chrono::NaiveDate;
use ims_money::Pence;
use ims_store::ImportRow;

use super::Window;
use crate::{AppError, Result, import_file::Outcome};

/// What a new configuration would have made of what came in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The days that were looked at.
    pub window: Window,
    /// Files whose rows were placed anew.
    pub files: u64,
    /// Files that hold no rows to place: statements, settlements, account holders.
    pub others: u64,
    /// Rows and lines compared.
    pub rows: u64,
    /// What they come to, as posted.
    pub total: Pence,
    /// How many would have gone elsewhere.
    pub moved: u64,
    /// The first of them, at most as many as were asked for.
    pub moves: Vec<Moved>,
    /// All of them, by where they went and where they would have gone.
    pub pairs: Vec<Pair>,
    /// Rows in suspense that would have been placed, and what they come to.
    pub found: (u64, Pence),
    /// Rows that were placed and would have gone to suspense.
    pub lost: (u64, Pence),
    /// Rows that would go elsewhere today under their own configuration too.
    pub other_causes: u64,
    /// Files that could not be placed anew, each with why.
    pub skipped: Vec<(String, String)>,
}

/// Why a row would go elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The configuration that is tried.
    Configuration,
    /// Something else that changed since, such as account holders.
    Other,
}

/// A receipt that would have gone elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The file it came in; none if it came in by no file.
    pub file: Option<String>,
    /// Its line of the file, or of the receipt.
    pub line: i64,
    /// The receipt's number; none in suspense.
    pub receipt: Option<String>,
    /// The day the payer paid.
    pub date: NaiveDate,
    /// Where the books have it.
    pub from: Spot,
    /// Where it would have gone.
    pub to: Spot,
}

/// Where money is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The fund's code; none in suspense.
    pub fund: Option<String>,
    /// The reference in the fund; in suspense, the reason.
    pub reference: String,
    /// Gross.
    pub amount: Pence,
    /// The VAT code, the rate in hundredths of a per cent, and the VAT held.
    pub vat: Option<(String, i64, Pence)>,
}

impl Spot {
    pub(super) fn of(outcome: &Outcome, amount: Pence) -> Self {
        match outcome {
            Outcome::Account { fund, reference, vat } => Self {
                fund: Some(fund.clone()),
                reference: reference.clone(),
                amount,
                vat: vat.clone(),
            },
            Outcome::Suspense(reason) => {
                Self { fund: None, reference: reason.clone(), amount, vat: None }
            }
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fund {
            Some(fund) => write!(f, "{fund} {}", self.reference)?,
            None => write!(f, "suspense ({})", self.reference)?,
        }
        match &self.vat {
            Some((code, _, held)) => write!(f, ", VAT {code} {held}"),
            None => Ok(()),
        }
    }
}

/// How many receipts would have gone from one place to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Where the books have them: a fund, suspense, a VAT code.
    pub from: String,
    /// Where they would have gone.
    pub to: String,
    /// How many.
    pub count: u64,
    /// What they come to, as posted.
    pub total: Pence,
}

impl Replayed {
    pub(super) const fn of(window: Window) -> Self {
        Self {
            window,
            files: 0,
            others: 0,
            rows: 0,
            total: Pence::ZERO,
            moved: 0,
            moves: Vec::new(),
            pairs: Vec::new(),
            found: (0, Pence::ZERO),
            lost: (0, Pence::ZERO),
            other_causes: 0,
            skipped: Vec::new(),
        }
    }

    pub(super) fn skip(&mut self, row: &ImportRow, why: &str) {
        self.skipped.push((row.file_name.clone(), why.to_owned()));
    }

    /// Counts a row of `amount` that was compared.
    pub(super) fn row(&mut self, amount: Pence, moved: Moved, cause: Option<Cause>) -> Result<()> {
        self.rows = self.rows.saturating_add(1);
        self.total = self.total.checked_add(amount).ok_or(AppError::Overflow)?;
        match cause {
            None => return Ok(()),
            Some(Cause::Other) => {
                self.other_causes = self.other_causes.saturating_add(1);
                return Ok(());
            }
            Some(Cause::Configuration) => {}
        }
        self.moved = self.moved.saturating_add(1);
        match (&moved.from.fund, &moved.to.fund) {
            (None, Some(_)) => add(&mut self.found, amount)?,
            (Some(_), None) => add(&mut self.lost, amount)?,
            (Some(_), Some(_)) | (None, None) => {}
        }
        let (from, to) = labels(&moved);
        match self.pairs.iter_mut().find(|pair| pair.from == from && pair.to == to) {
            Some(pair) => {
                pair.count = pair.count.saturating_add(1);
                pair.total = pair.total.checked_add(amount).ok_or(AppError::Overflow)?;
            }
            None => self.pairs.push(Pair { from, to, count: 1, total: amount }),
        }
        self.pairs.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        if self.moves.len() < self.window.limit {
            self.moves.push(moved);
        }
        Ok(())
    }
}

fn add(sum: &mut (u64, Pence), amount: Pence) -> Result<()> {
    sum.0 = sum.0.saturating_add(1);
    sum.1 = sum.1.checked_add(amount).ok_or(AppError::Overflow)?;
    Ok(())
}

/// The two places in a few words: only what differs between them.
fn labels(moved: &Moved) -> (String, String) {
    let (from, to) = (&moved.from, &moved.to);
    let fund = |spot: &Spot| spot.fund.clone().unwrap_or_else(|| "suspense".to_owned());
    if from.fund != to.fund {
        return (fund(from), fund(to));
    }
    if from.amount != to.amount {
        let sign = |spot: &Spot| if spot.amount.is_negative() { "out" } else { "in" };
        return (format!("{} {}", fund(from), sign(from)), format!("{} {}", fund(to), sign(to)));
    }
    if from.reference != to.reference {
        return (fund(from), format!("{}, another reference", fund(to)));
    }
    let vat = |spot: &Spot| match &spot.vat {
        Some((code, points, _)) => {
            let rate = u16::try_from(*points).ok().and_then(ims_money::vat::BasisPoints::new);
            let rate = rate.map(|rate| format!(" {rate}")).unwrap_or_default();
            format!("{}, VAT {code}{rate}", fund(spot))
        }
        None => format!("{}, no VAT", fund(spot)),
    };
    (vat(from), vat(to))
}
