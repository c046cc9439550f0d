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
    /// References that lead nowhere else, whatever the day.
    pub(crate) references: Vec<(CouncilId, String)>,
    /// Accounts without a stop.
    pub(crate) accounts: Vec<FreeAccount>,
}

/// An account without a stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FreeAccount {
    pub(crate) council: CouncilId,
    pub(crate) fund: String,
    pub(crate) reference: String,
    /// Whether somebody must hold it.
    pub(crate) must_exist: bool,
}

impl Guard {
    pub(crate) const fn is_none(&self) -> bool {
        self.days.is_empty()
            && self.configurations.is_empty()
            && self.references.is_empty()
            && self.accounts.is_empty()
    }

    /// Everything that any of `guards` says, what they have in common once.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite looks one by one"))]
    pub(crate) fn all_of<'a>(guards: impl Iterator<Item = &'a Self>) -> Self {
        fn join<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
            for one in more {
                if !all.contains(one) {
                    all.push(one.clone());
                }
            }
        }
        let mut all = Self::default();
        for guard in guards {
            join(&mut all.days, &guard.days);
            join(&mut all.configurations, &guard.configurations);
            join(&mut all.references, &guard.references);
            join(&mut all.accounts, &guard.accounts);
        }
        all
    }
}
