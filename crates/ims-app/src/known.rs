//! What was last seen of a council, so that taking money need not ask for it
//! each time.
//!
//! Never trusted: whoever goes by it has the store look again in the step that
//! adds the rows, and asks anew when it is not so any more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::NaiveDate;
use ims_ledger::id::CouncilId;

use crate::Settings;

/// What was seen of a council.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The day it was seen on.
    pub(crate) today: NaiveDate,
    /// The configuration in force that day.
    pub(crate) settings: Arc<Settings>,
    /// The last closed day.
    pub(crate) closed_through: Option<NaiveDate>,
}

/// What was last seen of each council. Cheap to clone: clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<Mutex<HashMap<CouncilId, Seen>>>);

impl Known {
    /// What was seen of `council` on `today`.
    pub(crate) fn of(&self, council: CouncilId, today: NaiveDate) -> Option<Seen> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&council).filter(|seen| seen.today == today).cloned()
    }

    /// Keeps what was seen.
    pub(crate) fn keep(&self, council: CouncilId, seen: Seen) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(council, seen);
    }
}
