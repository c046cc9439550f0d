//! A new configuration over what came in before: which receipts would have gone
//! elsewhere. Nothing is posted, nothing is kept.
//!
//! A row counts as moved only when the new configuration puts it elsewhere than
//! the books have it *and* elsewhere than its own configuration would put it
//! today. What differs for both has another cause, such as account holders who
//! came later, and is counted apart.

use std::collections::HashMap;

use chrono::{Days, Months, NaiveDate, NaiveTime};
use ims_ledger::{
    Council, Funds, Redirect,
    id::{ImportId, ReceiptId},
    london_day,
};
use ims_money::Pence;
use ims_store::{ImportRow, LineWithoutFile, Tx};

use super::read;
use crate::{
    AppError, Books, Permission, ROWS_MAX, Result,
    books::last_day,
    import_file::{Again, Outcome, Placed, ReadAgain, Wanted, funds_of, place_with},
    layouts,
    posting::vat_held,
    redirect_reference::{NewRedirect, meant},
};

mod report;

pub use report::{Cause, Moved, Pair, Replayed, Spot};

/// The days whose files and receipts are looked at: files by the day they came
/// in, receipts without a file by their accounting day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub through: NaiveDate,
    /// The most moved receipts that are named one by one; all are counted.
    pub limit: usize,
}

impl Window {
    /// The thirteen months to a day: a year's instalments, and one to compare.
    #[must_use]
    pub fn of_months_to(through: NaiveDate, limit: usize) -> Self {
        let from = through.checked_sub_months(Months::new(MONTHS_BACK)).unwrap_or(through);
        Self { from, through, limit }
    }
}

/// Months that a rule is tried on.
const MONTHS_BACK: u32 = 13;

/// Called with how many steps of how many are done.
type Progress<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// What one replay works with.
struct Replay<'a> {
    books: &'a Books,
    tx: Tx,
    new: &'a Council,
    /// A redirect that is tried with it.
    tried: Option<&'a Redirect>,
    /// Earlier configurations by version; `None` when one no longer reads.
    versions: HashMap<i64, Option<Council>>,
    report: Replayed,
}

impl Books {
    /// What `document` would have made of what came in within `window`.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when it has faults, or for a window that ends
    /// before it begins.
    pub async fn replay(
        &self,
        document: &str,
        window: Window,
        progress: Progress<'_>,
    ) -> Result<Replayed> {
        self.actor().needs(Permission::Configure)?;
        let new = self.read_own(document)?;
        self.replayed(&new, None, window, progress).await
    }

    /// What a redirect would have made of what came in within `window`, had it
    /// stood from the first of its days on, under the configuration of today.
    /// The lines of bank statements are not among it: they are matched, not placed.
    ///
    /// # Errors
    ///
    /// As [`Books::replay`], and [`AppError::BadInput`] when the new reference
    /// is none of its fund.
    pub async fn replay_redirect(
        &self,
        new: &NewRedirect,
        window: Window,
        progress: Progress<'_>,
    ) -> Result<Replayed> {
        self.actor().needs(Permission::ManageHolders)?;
        self.needs_whole("try a redirect on the past")?;
        let council = self.settings().await?.council;
        let redirect = Redirect { from: window.from, ..meant(new, &council)? };
        self.replayed(&council, Some(&redirect), window, progress).await
    }

    async fn replayed(
        &self,
        new: &Council,
        tried: Option<&Redirect>,
        window: Window,
        progress: Progress<'_>,
    ) -> Result<Replayed> {
        if window.through < window.from {
            let (from, through) = (window.from, window.through);
            return Err(AppError::BadInput(format!("{through} lies before {from}")));
        }
        let mut replay = Replay {
            books: self,
            tx: self.store().snapshot().await?,
            new,
            tried,
            versions: HashMap::new(),
            report: Replayed::of(window),
        };
        let imports = replay.imports(window).await?;
        let steps = u64::try_from(imports.len()).unwrap_or(u64::MAX).saturating_add(1);
        for (done, id) in (0..).zip(imports) {
            progress(done, steps);
            replay.import(id).await?;
        }
        progress(steps.saturating_sub(1), steps);
        replay.lines_without_file(window).await?;
        progress(steps, steps);
        Ok(replay.report)
    }
}

impl Replay<'_> {
    /// The imports of the window, the oldest first.
    async fn imports(&mut self, window: Window) -> Result<Vec<ImportId>> {
        // A London day begins up to an hour before the day of UTC.
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let from = midnight(window.from.checked_sub_days(Days::new(1)).unwrap_or(window.from));
        let before = midnight(window.through.checked_add_days(Days::new(2)).unwrap_or(last_day()));
        let mut all: Vec<ImportId> = Vec::new();
        loop {
            let council = self.books.id();
            let page =
                self.tx.imports_that_stand(council, all.last().copied(), from, before, ROWS_MAX);
            let page = page.await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    async fn import(&mut self, id: ImportId) -> Result<()> {
        let council = self.books.id();
        let Some(row) = self.tx.import(council, id).await? else { return Ok(()) };
        let day = london_day(row.imported_at);
        let window = self.report.window;
        if day < window.from || day > window.through {
            return Ok(());
        }
        let Some(deflated) = self.tx.archived(council, row.content_hash).await? else {
            self.report.skip(&row, "its bytes are not kept");
            return Ok(());
        };
        self.version(row.config_version).await?;
        let own = self.versions.get(&row.config_version).and_then(Option::as_ref);
        let own = own.map(|council| layouts::readers(council, day)).unwrap_or_default();
        let file = match ReadAgain::of(&row, &deflated, day, &own) {
            Ok(file) => file,
            Err(error) => {
                self.report.skip(&row, &error.to_string());
                return Ok(());
            }
        };
        if !file.has_rows() {
            self.report.others = self.report.others.saturating_add(1);
            return Ok(());
        }
        let before = match self.versions.get(&row.config_version) {
            Some(Some(own)) => {
                file.placed(&mut self.tx, council, own, None).await?.unwrap_or_default()
            }
            Some(None) | None => Vec::new(),
        };
        let new = match file.placed(&mut self.tx, council, self.new, self.tried).await? {
            Ok(new) => new,
            Err(why) => {
                self.report.skip(&row, &format!("it would be refused: {why}"));
                return Ok(());
            }
        };
        let posted = self.posted(id).await?;
        let before: HashMap<i64, Again> = before.into_iter().map(|row| (row.line, row)).collect();
        self.report.files = self.report.files.saturating_add(1);
        for again in new {
            self.compare(&row, &posted, before.get(&again.line), again)?;
        }
        Ok(())
    }

    /// Reads the configuration an import was taken in under, once.
    async fn version(&mut self, version: i64) -> Result<()> {
        if self.versions.contains_key(&version) {
            return Ok(());
        }
        let after = version.saturating_sub(1);
        let rows = self.tx.configurations(self.books.id(), after, 1).await?;
        let own = rows.first().filter(|row| row.version == version);
        self.versions.insert(version, own.and_then(|row| read(&row.document).ok()));
        Ok(())
    }

    /// What the books have of an import, by line.
    async fn posted(&mut self, id: ImportId) -> Result<HashMap<i64, Posted>> {
        let council = self.books.id();
        let mut posted = HashMap::new();
        for receipt in self.tx.receipts_of_import(council, id).await? {
            let (Some((_, line)), [only]) = (receipt.import, receipt.lines.as_slice()) else {
                continue;
            };
            let vat = (only.vat_code.clone())
                .map(|code| (code, only.vat_basis_points.unwrap_or_default(), only.vat));
            let (fund, reference) = (only.fund.clone(), only.reference.clone());
            let outcome = Outcome::Account { fund, reference, vat };
            let number = Some(receipt.number);
            posted.insert(line, Posted { number, amount: only.amount, outcome });
        }
        for (line, amount, reason) in self.tx.suspense_lines(council, id).await? {
            let outcome = Outcome::Suspense(reason);
            posted.insert(line, Posted { number: None, amount, outcome });
        }
        Ok(posted)
    }

    fn compare(
        &mut self,
        row: &ImportRow,
        posted: &HashMap<i64, Posted>,
        before: Option<&Again>,
        new: Again,
    ) -> Result<()> {
        let Some(posted) = posted.get(&new.line) else { return Ok(()) };
        let is_same = |outcome: &Outcome, amount: Pence| {
            amount == new.amount && is_same_place(outcome, &new.outcome)
        };
        let moved = Moved {
            file: Some(row.file_name.clone()),
            line: new.line,
            receipt: posted.number.clone(),
            date: new.date,
            from: Spot::of(&posted.outcome, posted.amount),
            to: Spot::of(&new.outcome, new.amount),
        };
        let cause = if is_same(&posted.outcome, posted.amount) {
            None
        } else if before.is_some_and(|before| is_same(&before.outcome, before.amount)) {
            Some(Cause::Other)
        } else {
            Some(Cause::Configuration)
        };
        self.report.row(posted.amount, moved, cause)
    }

    /// Receipts that came in by no file: their own fund and reference, read anew.
    async fn lines_without_file(&mut self, window: Window) -> Result<()> {
        let council = self.books.id();
        let own = self.books.settings_in(&mut self.tx).await?.council;
        let mut after: Option<(ReceiptId, i64)> = None;
        loop {
            let days = (window.from, window.through);
            let page = self.tx.lines_without_file(council, days, after, ROWS_MAX).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some((last.receipt, last.line));
            let before = self.read_lines(&own, (&own, None), &page).await?;
            let new = self.read_lines(&own, (self.new, self.tried), &page).await?;
            for ((line, before), new) in page.iter().zip(before).zip(new) {
                let posted = posted_line(line);
                let moved = Moved {
                    file: None,
                    line: line.line,
                    receipt: Some(line.number.clone()),
                    date: line.happened_on,
                    from: Spot::of(&posted, line.amount),
                    to: Spot::of(&new, line.amount),
                };
                let cause = if is_same_place(&posted, &new) {
                    None
                } else if is_same_place(&before, &new) {
                    Some(Cause::Other)
                } else {
                    Some(Cause::Configuration)
                };
                self.report.row(line.amount, moved, cause)?;
            }
        }
    }

    /// Lines under `council`. A VAT code that was not their fund's in `own` was
    /// somebody's choice and stays.
    async fn read_lines(
        &mut self,
        own: &Council,
        (council, tried): (&Council, Option<&Redirect>),
        lines: &[LineWithoutFile],
    ) -> Result<Vec<Outcome>> {
        let funds: Funds<'_> = funds_of(council)?;
        let wanted: Vec<_> = lines
            .iter()
            .map(|line| Wanted {
                fund: Some(&line.fund),
                reference: &line.reference,
                on: line.happened_on,
            })
            .collect();
        let placed = place_with(&mut self.tx, self.books.id(), &funds, &wanted, tried).await?;
        let read = lines.iter().zip(placed).map(|(line, placed)| match placed {
            Placed::Nobody(reason) => Outcome::Suspense(reason),
            Placed::Account { fund, reference, .. } => {
                let usual = own.fund.iter().find(|known| known.code.as_str() == line.fund);
                let usual = usual.and_then(|fund| fund.vat.as_ref()).map(|code| code.as_str());
                let chosen = line.vat_code.as_deref().filter(|code| Some(*code) != usual);
                match vat_held(council, fund, chosen, line.amount, line.happened_on, None) {
                    Ok(vat) => {
                        let vat = vat.map(|held| {
                            let rate = i64::from(held.basis_points.get());
                            (held.vat.code.to_string(), rate, held.held)
                        });
                        Outcome::Account { fund: fund.code.to_string(), reference, vat }
                    }
                    Err(bad) => Outcome::Suspense(bad.to_string()),
                }
            }
        });
        Ok(read.collect())
    }
}

/// What the books have of a row.
struct Posted {
    number: Option<String>,
    amount: Pence,
    outcome: Outcome,
}

fn posted_line(line: &LineWithoutFile) -> Outcome {
    let vat = line
        .vat_code
        .clone()
        .map(|code| (code, line.vat_basis_points.unwrap_or_default(), line.vat));
    Outcome::Account { fund: line.fund.clone(), reference: line.reference.clone(), vat }
}

/// Suspense is one place, whatever the reason.
fn is_same_place(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Suspense(_), Outcome::Suspense(_)) => true,
        (one, other) => one == other,
    }
}
