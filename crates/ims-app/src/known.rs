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
use ims_ledger::{Council, id::CouncilId};

use crate::{Result, Settings, configuration};

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
pub(crate) struct Known(Arc<Mutex<HashMap<CouncilId, Seen>>>, Arc<Mutex<Documents>>);

/// The configuration of each council that was read last, and what it says.
type Documents = HashMap<CouncilId, (String, Arc<Council>)>;

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

    /// What a configuration says. The same document is read once: every page and
    /// every deed goes by it.
    pub(crate) fn read(&self, council: CouncilId, document: &str) -> Result<Arc<Council>> {
        let mut known = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, read)) = known.get(&council).filter(|(kept, _)| kept == document) {
            return Ok(Arc::clone(read));
        }
        let read = Arc::new(configuration::read(document)?);
        known.insert(council, (document.to_owned(), Arc::clone(&read)));
        Ok(read)
    }
}
