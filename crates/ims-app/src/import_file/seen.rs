//! Whether a file's rows came before in another, and whether it is like those that
//! its sender sent before.

use ims_files::{
    band::{self, Figures},
    fingerprint::{RowPrints, Rows, Sketch},
};
use ims_ledger::id::ImportId;
use ims_store::{PrintRow, Tx};

use super::{Reading, Tally};
use crate::{Books, Result};

/// The most earlier files that rows are looked for in.
const FILES_MAX: i64 = 200;

/// How many rows must all have come before for a file to be kept aside: of one row
/// it cannot be told from a payer who pays the same twice.
const ROWS_MIN: u64 = 2;

impl Books {
    /// Compares a file with those before it: remarks on what is odd, and gives why it
    /// is kept aside, if it is.
    pub(super) async fn compare_with_earlier(
        &self,
        tx: &mut Tx,
        reading: &Reading<'_>,
        tally: &mut Tally,
    ) -> Result<Option<String>> {
        let Some((row, prints)) = self.print_of(reading, ImportId::new(uuid::Uuid::nil())) else {
            return Ok(None);
        };
        let days = (row.first_day, row.last_day);
        for earlier in tx.prints_of_days(self.id(), &row.kind, days, FILES_MAX).await? {
            let Some(kept) = RowPrints::kept(&earlier.prints) else { continue };
            let shared = prints.compare(&kept);
            let came = format!("{} of {}", earlier.file_name, earlier.imported_at.date_naive());
            if shared.rows >= ROWS_MIN && shared.rows == shared.of {
                if reading.file.accept.is_none() {
                    return Ok(Some(format!(
                        "each of its rows came before in {came}: is it the same money once more?"
                    )));
                }
                tally.remark(format!("each of its rows came before in {came}; accepted"));
            } else if shared.rows > 0 {
                tally.remark(format!(
                    "{} of {} rows compared came before in {came}: are they the same money?",
                    shared.rows, shared.of
                ));
            }
        }
        self.judge(tx, &row, tally).await?;
        Ok(None)
    }

    /// Says what is out of the usual for this sender.
    async fn judge(&self, tx: &mut Tx, row: &PrintRow, tally: &mut Tally) -> Result<()> {
        let most = i64::try_from(band::PAST_MAX).unwrap_or(i64::MAX);
        let past = tx.figures_of_sender(self.id(), &row.sender, most).await?;
        let figures = |(date, rows, sum)| {
            let rows: i64 = rows;
            Figures { date, rows: u64::try_from(rows).unwrap_or_default(), sum }
        };
        let past: Vec<Figures> = past.into_iter().map(figures).collect();
        let now = figures((row.last_day, row.rows, row.total));
        for words in band::judge(&past, &now).words() {
            tally.remark(format!("unlike the files before it: {words}"));
        }
        Ok(())
    }

    /// Keeps by what later files are compared with this one.
    pub(super) async fn keep_print(
        &self,
        tx: &mut Tx,
        reading: &Reading<'_>,
        id: ImportId,
    ) -> Result<()> {
        if let Some((row, _)) = self.print_of(reading, id) {
            tx.add_print(self.id(), &row).await?;
        }
        Ok(())
    }

    fn print_of<'a>(
        &self,
        reading: &'a Reading<'_>,
        import: ImportId,
    ) -> Option<(PrintRow, &'a RowPrints)> {
        let Sketch { kind, sender, days, rows, sum, prints, .. } = &reading.sketch;
        let kind: Rows = (*kind)?;
        // A file without any day is of the day it came.
        let today = self.world().today();
        let (first_day, last_day) = days.unwrap_or((today, today));
        let row = PrintRow {
            import,
            kind: kind.as_str().to_owned(),
            sender: format!("{} {sender}", reading.format.name()).trim_end().to_owned(),
            first_day,
            last_day,
            rows: i64::try_from(*rows).unwrap_or(i64::MAX),
            total: *sum,
            prints: prints.bytes(),
        };
        Some((row, prints))
    }
}
