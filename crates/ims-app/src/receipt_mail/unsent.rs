//! Letters that certainly were not sent, though the database may not say so.
//!
//! A mail server says later, and the database is away when that is to be written
//! down: this server heard it and may send the letter again. Any other, and this one
//! once it was started anew, can only take it for one that may have been sent.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use uuid::Uuid;

/// Those of this server, by their ids. Cheap to clone: clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unsent(Arc<Mutex<HashSet<Uuid>>>);

impl Unsent {
    /// It certainly was not sent.
    pub(super) fn keep(&self, letter: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(letter);
    }

    /// The database says it, or it is about to be sent.
    pub(super) fn forget(&self, letter: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&letter);
    }

    /// Whether it certainly was not sent.
    pub(super) fn has(&self, letter: Uuid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&letter)
    }
}
