//! Import rules: what rows are changed into before they are placed.

use ims_ledger::{Council, ImportRules, IncomingReceipt};

use super::Part;
use crate::{AppError, Result};

/// The rules of `council` for a format, ready: once for a whole import.
pub(crate) fn rules_of<'a>(council: &'a Council, format: &str) -> Result<ImportRules<'a>> {
    ImportRules::of(council, format).map_err(AppError::BadInput)
}

impl Part<'_> {
    /// Changes rows by the rules. A dry run says which rule changed what.
    pub(super) fn change(&mut self, rules: &ImportRules<'_>, rows: &mut [IncomingReceipt]) {
        if !self.reading.file.dry_run {
            rows.iter_mut().for_each(|row| rules.apply(row));
            return;
        }
        for row in rows {
            for change in rules.traced(row) {
                self.tally.remark(format!("line {}: {change}", row.line));
            }
        }
    }
}
