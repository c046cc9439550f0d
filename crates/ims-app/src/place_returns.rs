//! Bacs reports of payments that came back: each item finds the payment it is
//! of, by reference, amount and day, and is recorded as returned. What cannot be
//! placed stays open, with its reason, until it can or a person records it.
//!
//! What an ARUCS report says came back is a refund of ours, known by reference,
//! amount and day of the file it was sent in.
//!
//! Nothing is kept of an open item but the file it came in: it is open while no
//! return bears its reference.

mod credits;

use std::collections::BTreeSet;

use chrono::Days;
use ims_ledger::{
    Advice, Council, Funds, MethodKind,
    id::{ImportId, ReceiptId},
};
use ims_money::Pence;
use ims_store::{FindReceipts, ImportRow, LineUseRow, ReceiptView, Tx, Within};

use crate::{
    AppError, Books, NewReturn, Permission, Result, ReturnKind, ReturnOf, import_file::ReadAgain,
};

/// Formats whose items are payments that came back.
const FORMATS: [&str; 2] = ["bacs-returns", "ddica"];

/// Working days a payment's date may lie from the processing day its return
/// names: collections are booked on the day they are sent in, processed or
/// entered. Weekly payments are five apart, so none is taken for its neighbour.
const DAYS_APART_MAX: usize = 2;

/// Days after which the items of a report are listed no more.
const DAYS_OPEN: u64 = 400;

/// Days that can hold no more than so few working days, Christmas and Easter with
/// them.
const DAYS_LOOKED_AT: i64 = 10;

/// Receipts looked through for one item.
const FOUND_MAX: i64 = 200;

/// Imports looked through at once.
const IMPORTS_AT_ONCE: i64 = 500;

/// An item of a report that is not recorded yet, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAdvice {
    /// The report's import.
    pub import: ImportId,
    /// The report's file.
    pub file_name: String,
    /// The item.
    pub advice: Advice,
    /// Why no payment was found, or why it cannot be taken back.
    pub reason: String,
}

/// What became of the items of reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlacedReturns {
    /// How many were recorded now.
    pub recorded: u64,
    /// What they come to.
    pub amount: Pence,
    /// What stays open.
    pub open: Vec<OpenAdvice>,
}

/// Whether a format's items are payments that came back.
pub(crate) fn is_report(format: &str) -> bool {
    FORMATS.contains(&format)
}

impl Books {
    /// Records every open item of the reports imported whose payment is found;
    /// gives what stays open. Once more changes nothing.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn place_returns(&self) -> Result<PlacedReturns> {
        self.actor().needs(Permission::RecordReturn)?;
        self.needs_whole("record what reports of Bacs sent back")?;
        let mut done = PlacedReturns::default();
        for report in self.reports().await? {
            self.place_report(&report, &mut done).await?;
        }
        Ok(done)
    }

    /// The items of one report, as [`place_returns`](Self::place_returns).
    pub(crate) async fn place_import(&self, id: ImportId) -> Result<PlacedReturns> {
        let mut tx = self.store().snapshot().await?;
        let row = tx.import(self.id(), id).await?;
        drop(tx);
        let mut done = PlacedReturns::default();
        if let Some(row) = row {
            self.place_report(&row, &mut done).await?;
        }
        Ok(done)
    }

    /// Items of reports that are not recorded, the newest report first. Nothing
    /// is changed.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn open_advices(&self) -> Result<Vec<OpenAdvice>> {
        self.actor().needs(Permission::SeeIncome)?;
        self.needs_whole("see what reports of Bacs sent back")?;
        let mut open = Vec::new();
        let council = self.settings().await?.council;
        for report in self.reports().await? {
            let mut tx = self.store().snapshot().await?;
            for advice in self.unrecorded(&mut tx, &report).await? {
                let reason = if is_credit(&advice) {
                    self.open_credit(&mut tx, &advice).await?
                } else {
                    match self.payment_of(&mut tx, &council, &advice).await? {
                        Ok(_) => "its payment is there; it can be recorded now".to_owned(),
                        Err(reason) => reason,
                    }
                };
                open.push(open_advice(&report, advice, reason));
            }
        }
        Ok(open)
    }

    /// How many items of this report are recorded.
    pub(crate) async fn returns_of(&self, tx: &mut Tx, report: &ImportRow) -> Result<usize> {
        let all = self.advices_of(tx, report).await?.len();
        Ok(all.saturating_sub(self.unrecorded(tx, report).await?.len()))
    }

    async fn place_report(&self, report: &ImportRow, done: &mut PlacedReturns) -> Result<()> {
        let council = self.settings().await?.council;
        let mut tx = self.store().snapshot().await?;
        let advices = self.unrecorded(&mut tx, report).await?;
        drop(tx);
        for advice in advices {
            let recorded = if is_credit(&advice) {
                self.place_credit(&advice).await?
            } else {
                self.place_debit(&council, &advice).await?
            };
            match recorded {
                Ok(amount) => {
                    done.recorded = done.recorded.saturating_add(1);
                    done.amount = done.amount.checked_add(amount).ok_or(AppError::Overflow)?;
                }
                Err(reason) => done.open.push(open_advice(report, advice, reason)),
            }
        }
        Ok(())
    }

    /// Records the payment an item is of as returned; gives how much, or why it
    /// cannot be recorded.
    async fn place_debit(
        &self,
        council: &Council,
        advice: &Advice,
    ) -> Result<std::result::Result<Pence, String>> {
        let mut tx = self.store().snapshot().await?;
        let found = self.payment_of(&mut tx, council, advice).await?;
        drop(tx);
        let new = match found {
            Ok(new) => new,
            Err(reason) => return Ok(Err(reason)),
        };
        match self.record_return(&new).await {
            Ok(returned) => Ok(Ok(returned.returned.amount)),
            Err(error) if error.is_refusal() || error.is_bad_input() => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// The reports that stand, the newest first.
    async fn reports(&self) -> Result<Vec<ImportRow>> {
        let since = self.world().today().checked_sub_days(Days::new(DAYS_OPEN));
        let mut tx = self.store().snapshot().await?;
        let (mut reports, mut before) = (Vec::new(), None);
        loop {
            let page = tx.imports(self.id(), before, IMPORTS_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(reports) };
            before = Some(last.id);
            let is_old = since.is_some_and(|since| last.imported_at.date_naive() < since);
            let stands = |row: &ImportRow| row.reversed_at.is_none() && is_report(&row.format);
            reports.extend(page.into_iter().filter(stands));
            if is_old {
                return Ok(reports);
            }
        }
    }

    async fn advices_of(&self, tx: &mut Tx, report: &ImportRow) -> Result<Vec<Advice>> {
        let Some(deflated) = tx.archived(self.id(), report.content_hash).await? else {
            return Ok(Vec::new());
        };
        let day = report.imported_at.date_naive();
        // No layout of a council's own is read as a report of Bacs.
        Ok(ReadAgain::of(report, &deflated, day, &[])?.into_advices())
    }

    async fn unrecorded(&self, tx: &mut Tx, report: &ImportRow) -> Result<Vec<Advice>> {
        let mut open = Vec::new();
        for advice in self.advices_of(tx, report).await? {
            let known = match advice.advice_reference.as_deref() {
                _ if is_credit(&advice) => self.is_credit_back(tx, &advice).await?,
                Some(own) => tx.return_by_advice(self.id(), own).await?.is_some(),
                None => false,
            };
            if !known {
                open.push(advice);
            }
        }
        Ok(open)
    }

    /// The payment an item is of, as a return to be recorded, or why there is
    /// none to be sure of.
    async fn payment_of(
        &self,
        tx: &mut Tx,
        council: &Council,
        advice: &Advice,
    ) -> Result<std::result::Result<NewReturn, String>> {
        let kind = match advice.kind.as_str() {
            "ARUDD" => ReturnKind::DirectDebit,
            "DDICA" => ReturnKind::Indemnity,
            other => return Ok(Err(format!("{other} is of no payment to us; see to it by hand"))),
        };
        let amount = advice.amount.and_then(|amount| amount.pence());
        let Some(amount) = amount.filter(|amount| amount.is_positive()) else {
            return Ok(Err(
                "a claim taken back: the payment stands again; see to it by hand".to_owned()
            ));
        };
        let Some(own) = advice.advice_reference.clone() else {
            return Ok(Err("it has no reference of its own to be known again by".to_owned()));
        };
        let fitting = self.fitting(tx, council, advice, amount).await?;
        let one = match fitting.as_slice() {
            [] => return Ok(Err(nothing_found(advice, amount))),
            all if all.iter().all(|line| line.is_back) => {
                return Ok(Err("the direct debit it names is back already".to_owned()));
            }
            [one] => one,
            several => {
                let count = several.len();
                return Ok(Err(format!("{count} direct debits fit; say which by hand")));
            }
        };
        let today = self.world().today();
        Ok(Ok(NewReturn {
            of: ReturnOf::Receipt { number: one.receipt.clone(), line: Some(one.line) },
            amount: Some(amount),
            kind,
            code: advice.code.clone(),
            advice: own,
            channel: None,
            // A claim names the day its debit is still to come.
            happened_on: Some(advice.date.min(today)),
            note: advice.meaning.clone(),
        }))
    }

    /// The lines that may be meant: of those near enough the nearest, whether
    /// they are back already or not.
    async fn fitting(
        &self,
        tx: &mut Tx,
        council: &Council,
        advice: &Advice,
        amount: Pence,
    ) -> Result<Vec<Fitting>> {
        let mut lines: Vec<Fitting> = Vec::new();
        let mut seen: BTreeSet<ReceiptId> = BTreeSet::new();
        for reference in references(council, &advice.reference)? {
            let find = FindReceipts {
                reference: Some(reference.clone()),
                amount: Some(amount),
                ..FindReceipts::default()
            };
            for view in
                tx.find_receipts(self.id(), &Within::default(), &find, None, FOUND_MAX).await?
            {
                let Some(apart) = apart(council, advice, &view) else { continue };
                if !seen.insert(view.id) {
                    continue;
                }
                let Some(receipt) = tx.receipt(self.id(), view.id).await? else { continue };
                let uses = tx.line_uses(self.id(), view.id).await?;
                for (line, nth) in receipt.lines.iter().zip(1_i64..) {
                    if line.reference == reference && line.amount == amount {
                        let takes = |used: &LineUseRow| {
                            used.of.line == nth
                                && matches!(used.purpose.as_str(), "return" | "reversal")
                        };
                        let is_back = uses.iter().any(takes);
                        let receipt = receipt.number.clone();
                        lines.push(Fitting { receipt, line: nth, apart, is_back });
                    }
                }
            }
        }
        let nearest = lines.iter().map(|line| line.apart).min();
        lines.retain(|line| Some(line.apart) == nearest);
        Ok(lines)
    }
}

/// Whether an item is of a payment of ours, and not of one to us.
fn is_credit(advice: &Advice) -> bool {
    advice.kind == "ARUCS"
}

/// A line of a payment that an item may be of.
struct Fitting {
    receipt: String,
    line: i64,
    /// Working days between the two.
    apart: usize,
    is_back: bool,
}

/// The references that a report's may stand for: itself, and the account
/// references found in it.
fn references(council: &Council, text: &str) -> Result<BTreeSet<String>> {
    let funds = Funds::of(council).map_err(|error| AppError::BadInput(error.to_string()))?;
    let mut all: BTreeSet<String> =
        funds.found_in(text).into_iter().map(|place| place.reference.to_string()).collect();
    all.insert(text.trim().to_ascii_uppercase());
    Ok(all)
}

/// Working days between a direct debit and the day that is named; `None` when it
/// is none or lies too far off.
fn apart(council: &Council, advice: &Advice, view: &ReceiptView) -> Option<usize> {
    let mut methods = council.method.iter();
    let is_debit = methods.any(|method| {
        method.code.as_str() == view.method && method.kind == MethodKind::DirectDebit
    });
    let Some(day) = advice.original_date else { return is_debit.then_some(0) };
    let (first, last) = (day.min(view.happened_on), day.max(view.happened_on));
    let is_near = last.signed_duration_since(first).num_days() <= DAYS_LOOKED_AT;
    // A direct debit is of the days that Bacs works.
    let days = || council.bacs_days().between(first, last);
    (is_debit && is_near).then(days).filter(|days| *days <= DAYS_APART_MAX)
}

fn nothing_found(advice: &Advice, amount: Pence) -> String {
    let reference = &advice.reference;
    match advice.original_date {
        Some(day) => format!(
            "no direct debit of {amount} for {reference} within {DAYS_APART_MAX} working days of {day}"
        ),
        None => format!("no direct debit of {amount} for {reference}"),
    }
}

fn open_advice(report: &ImportRow, advice: Advice, reason: String) -> OpenAdvice {
    OpenAdvice { import: report.id, file_name: report.file_name.clone(), advice, reason }
}
