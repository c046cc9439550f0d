//! What only the whole file shows: its faults and its totals.

use ims_money::Amount;
use serde::Serialize;

use crate::FAULTS_MAX;

/// What a reader says once the file has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The version of the format, where the file names one: `053.001.08`.
    pub version: Option<String>,
    /// The faults by line, at most [`FAULTS_MAX`] of each severity.
    pub faults: Vec<Fault>,
    /// All errors, also those not kept in `faults`.
    pub errors: u64,
    /// All warnings, also those not kept in `faults`.
    pub warnings: u64,
    /// How many rows of money there were and what they add up to. `None` for a
    /// file without money, of several currencies, or whose sum is too large.
    pub totals: Option<Totals>,
}

impl Verdict {
    /// True when nothing of the file was wrong or unreadable; warnings do not
    /// count.
    #[must_use]
    pub const fn is_read_whole(&self) -> bool {
        self.errors == 0
    }

    /// Adds what was found by somebody else.
    pub(crate) fn add(&mut self, found: Faults) {
        self.errors = self.errors.saturating_add(found.errors);
        self.warnings = self.warnings.saturating_add(found.warnings);
        if !found.kept.is_empty() {
            self.faults.extend(found.kept);
            self.faults.sort_by_key(|fault| fault.line.unwrap_or(u64::MAX));
        }
    }

    /// How many faults were counted but not kept.
    #[must_use]
    pub fn faults_left_out(&self) -> u64 {
        let kept = u64::try_from(self.faults.len()).unwrap_or(u64::MAX);
        self.errors.saturating_add(self.warnings).saturating_sub(kept)
    }
}

/// The rows of money of a file, as read. Where a file states totals of its own
/// and they disagree, that is a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Statement lines, receipts, schedule or settlement lines.
    pub count: u64,
    /// Their sum, credits positive.
    pub sum: Amount,
}

/// Something wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line, from 1; `None` when it is about the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Whether something is missing or wrong in what was read.
    pub severity: Severity,
    /// What is wrong and what would be right.
    pub message: String,
}

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something could not be read, or contradicts the file's own totals.
    Error,
    /// Read whole, but a person may want to know.
    Warning,
}

/// Gathers faults while a file is read.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    kept: Vec<Fault>,
    errors: u64,
    warnings: u64,
}

impl Faults {
    pub(crate) fn error(&mut self, line: impl Into<Option<u64>>, message: impl Into<String>) {
        self.errors = self.errors.saturating_add(1);
        self.keep(self.errors, line.into(), Severity::Error, message.into());
    }

    pub(crate) fn warning(&mut self, line: impl Into<Option<u64>>, message: impl Into<String>) {
        self.warnings = self.warnings.saturating_add(1);
        self.keep(self.warnings, line.into(), Severity::Warning, message.into());
    }

    fn keep(&mut self, nth: u64, line: Option<u64>, severity: Severity, message: String) {
        if nth <= FAULTS_MAX {
            self.kept.push(Fault { line, severity, message });
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.errors == 0
    }

    /// Takes over what another gathered.
    pub(crate) fn absorb(&mut self, other: Self) {
        let held = u64::try_from(other.kept.len()).unwrap_or(u64::MAX);
        for fault in other.kept {
            match fault.severity {
                Severity::Error => self.error(fault.line, fault.message),
                Severity::Warning => self.warning(fault.line, fault.message),
            }
        }
        let left_out = other.errors.saturating_add(other.warnings).saturating_sub(held);
        self.errors = self.errors.saturating_add(left_out);
    }

    /// The verdict, faults in the order of the file, those without a line last.
    pub(crate) fn verdict(mut self, version: Option<String>, totals: Option<Totals>) -> Verdict {
        self.kept.sort_by_key(|fault| fault.line.unwrap_or(u64::MAX));
        let Self { kept, errors, warnings } = self;
        Verdict { version, faults: kept, errors, warnings, totals }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_so_many_faults_and_counts_the_rest() {
        let mut faults = Faults::default();
        for line in 0..FAULTS_MAX + 7 {
            faults.warning(line, "odd");
        }
        faults.error(3, "wrong");
        let verdict = faults.verdict(None, None);
        assert_eq!(u64::try_from(verdict.faults.len()), Ok(FAULTS_MAX + 1));
        assert_eq!(verdict.faults_left_out(), 7);
        assert!(!verdict.is_read_whole());
    }
}
