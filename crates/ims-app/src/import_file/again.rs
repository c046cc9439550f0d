//! An archived file read once more, and placed as a configuration would place
//! it now. Nothing is posted.

use std::io::Read as _;

use chrono::NaiveDate;
use flate2::read::DeflateDecoder;
use ims_files::Contents;
use ims_ledger::{Council, IncomingReceipt, Method, Redirect, id::CouncilId};
use ims_money::Pence;
use ims_store::{ImportRow, Tx};

use super::{
    NewFile,
    place::{Placed, funds_of, place_with},
    read_whole,
    receipts::{method, unknown_method, wanted, within_limit},
    recognised,
    reread::ROWS_AT_ONCE,
    rules::rules_of,
    schedules,
};
use crate::{AppError, Result, layouts::OwnFormat, posting::vat_held};

/// A file that was read once more.
pub(crate) struct ReadAgain {
    contents: Contents,
    format: String,
    /// The day it came in.
    day: NaiveDate,
}

/// A row of it, and where it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    pub(crate) line: i64,
    pub(crate) date: NaiveDate,
    pub(crate) amount: Pence,
    pub(crate) outcome: Outcome,
}

/// Where a row goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// To an account, with the VAT held in it.
    Account { fund: String, reference: String, vat: Option<(String, i64, Pence)> },
    /// To suspense, for this reason.
    Suspense(String),
}

impl ReadAgain {
    /// Reads the archived bytes of an import.
    pub(crate) fn of(
        row: &ImportRow,
        deflated: &[u8],
        day: NaiveDate,
        own: &[OwnFormat],
    ) -> Result<Self> {
        let bytes = inflated(&row.file_name, deflated)?;
        let file = NewFile {
            name: &row.file_name,
            bytes: &bytes,
            format: Some(&row.format),
            accept: None,
            dry_run: true,
        };
        let (contents, _) = read_whole(&file, recognised(&file, own)?)?;
        Ok(Self { contents, format: row.format.clone(), day })
    }

    /// The items of a Bacs report.
    pub(crate) fn into_advices(self) -> Vec<ims_ledger::Advice> {
        self.contents.advices
    }

    /// The settlements of a provider.
    pub(crate) fn into_settlements(self) -> Vec<ims_files::Settlement> {
        self.contents.settlements
    }

    /// Whether it holds rows that rules and references place.
    pub(crate) fn has_rows(&self) -> bool {
        !(self.contents.receipts.is_empty() && self.contents.schedules.is_empty())
    }

    /// The row of a line as the rules of `council` leave it.
    pub(crate) fn row(&self, council: &Council, line: i64) -> Result<Option<IncomingReceipt>> {
        let mut rows = self.changed(council)?.unwrap_or_default().into_iter();
        Ok(rows.find(|row| i64::try_from(row.line) == Ok(line)))
    }

    /// The rows as the rules of `council` leave them.
    fn changed(&self, council: &Council) -> Result<Result<Vec<IncomingReceipt>, String>> {
        let mut rows = match self.rows(council) {
            Ok(rows) => rows,
            Err(why) => return Ok(Err(why)),
        };
        if !self.contents.receipts.is_empty() {
            let rules = rules_of(council, &self.format)?;
            rows.iter_mut().for_each(|row| rules.apply(row));
        }
        Ok(Ok(rows))
    }

    /// Where `council` would put each row, in the file's order, as if there
    /// were the redirect that is `tried`; in words why it would refuse the
    /// whole file.
    pub(crate) async fn placed(
        &self,
        tx: &mut Tx,
        id: CouncilId,
        council: &Council,
        tried: Option<&Redirect>,
    ) -> Result<Result<Vec<Again>, String>> {
        let rows = match self.changed(council)? {
            Ok(rows) => rows,
            Err(why) => return Ok(Err(why)),
        };
        let funds = funds_of(council)?;
        let mut all = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(ROWS_AT_ONCE) {
            let wanted: Vec<_> = chunk.iter().map(wanted).collect();
            let placed = place_with(tx, id, &funds, &wanted, tried).await?;
            all.extend(chunk.iter().zip(placed).map(|(row, placed)| again(council, row, placed)));
        }
        all.retain(|again| !again.amount.is_zero());
        Ok(Ok(all))
    }

    fn rows(&self, council: &Council) -> Result<Vec<IncomingReceipt>, String> {
        let mut rows = self.contents.receipts.clone();
        for schedule in &self.contents.schedules {
            let method = method_of(council, &schedule.head.sender)?;
            let day = schedules::day_of(schedule).unwrap_or(self.day);
            rows.extend(schedules::rows_of(schedule, method, day));
        }
        Ok(rows)
    }
}

/// The bytes that were archived of a file of this name.
pub(super) fn inflated(name: &str, deflated: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let kept = DeflateDecoder::new(deflated).read_to_end(&mut bytes);
    kept.map_err(|error| AppError::BadInput(format!("{name} is not kept whole: {error}")))?;
    Ok(bytes)
}

/// The method that a sender's schedules come by.
fn method_of<'a>(council: &'a Council, sender: &str) -> Result<&'a Method, String> {
    let named = |channel: &&ims_ledger::Channel| channel.sender.eq_ignore_ascii_case(sender);
    let channel = council.channel.iter().find(named);
    let channel =
        channel.ok_or_else(|| format!("it comes from `{sender}`, which no channel names"))?;
    let goes = |method: &&Method| method.channel == channel.code && !method.disabled;
    let method = council.method.iter().find(goes);
    method.ok_or_else(|| format!("no method of payment goes through channel {}", channel.code))
}

fn again(council: &Council, row: &IncomingReceipt, placed: Placed<'_>) -> Again {
    let is_known = row.method.as_deref().and_then(|code| method(council, code)).is_some();
    let placed = if is_known { placed } else { Placed::Nobody(unknown_method(row)) };
    let outcome = match within_limit(row, placed) {
        Placed::Account { fund, reference, .. } => {
            let code = row.vat_code.as_deref();
            match vat_held(council, fund, code, row.amount, row.date, row.vat) {
                Ok(vat) => {
                    let vat = vat.map(|held| {
                        (held.vat.code.to_string(), i64::from(held.basis_points.get()), held.held)
                    });
                    Outcome::Account { fund: fund.code.to_string(), reference, vat }
                }
                Err(bad) => Outcome::Suspense(bad.to_string()),
            }
        }
        Placed::Nobody(reason) => Outcome::Suspense(reason),
    };
    Again {
        line: i64::try_from(row.line).unwrap_or(i64::MAX),
        date: row.date,
        amount: row.amount,
        outcome,
    }
}
