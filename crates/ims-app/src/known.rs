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
use ims_ledger::{Council, Readers, id::CouncilId, seal::ContentHash};

use crate::{AppError, Result, Settings, configuration};

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

/// The configuration of each council that was read last, by the hash of its document.
type Documents = HashMap<CouncilId, (ContentHash, Read)>;

/// A configuration that was read, and its funds' rules, ready to read references.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) council: Arc<Council>,
    pub(crate) readers: Arc<Readers>,
}

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

    /// What the configuration with this hash says, if it was read before: every page and every
    /// deed goes by it.
    pub(crate) fn configuration(&self, council: CouncilId, hash: ContentHash) -> Option<Read> {
        let known = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&council).filter(|(kept, _)| *kept == hash).map(|(_, read)| read.clone())
    }

    /// Reads a configuration, and keeps what it says.
    pub(crate) fn read(&self, council: CouncilId, document: &str) -> Result<Read> {
        let settled = configuration::read(document)?;
        let readers = Readers::of(&settled).map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let read = Read { council: Arc::new(settled), readers: Arc::new(readers) };
        let mut known = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(council, (ContentHash::of(document.as_bytes()), read.clone()));
        Ok(read)
    }
}
