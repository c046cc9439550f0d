//! What must still be so when rows are added.

use chrono::NaiveDate;
use ims_ledger::id::CouncilId;

/// What rows were made by. Looked at again in the very step that adds them, so
/// that nobody has to keep others from changing it meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    /// The day through which a council's books are closed.
    pub(crate) days: Vec<(CouncilId, Option<NaiveDate>)>,
    /// The version of a council's configuration that is in force on a day.
    pub(crate) configurations: Vec<(CouncilId, NaiveDate, i64)>,
    /// Accounts as money is mostly taken for: no other reference leads there or
    /// away, no stop.
    pub(crate) accounts: Vec<PlainAccount>,
}

/// An account with nothing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlainAccount {
    pub(crate) council: CouncilId,
    pub(crate) fund: String,
    pub(crate) reference: String,
    /// Whether somebody must hold it.
    pub(crate) must_exist: bool,
}

impl Guard {
    pub(crate) const NONE: Self =
        Self { days: Vec::new(), configurations: Vec::new(), accounts: Vec::new() };

    pub(crate) const fn is_none(&self) -> bool {
        self.days.is_empty() && self.configurations.is_empty() && self.accounts.is_empty()
    }
}
