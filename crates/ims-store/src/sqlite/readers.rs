//! The connections that read, beside the one that writes.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::{open, thread::Thread, unit::Held};
use crate::{Result, StoreError};

/// How many read at once.
const READERS_MAX: usize = 4;

/// The connections nobody is reading with, made when they are first needed.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    path: Arc<str>,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Thread>>>,
}

impl Readers {
    pub(super) fn of(path: &str) -> Self {
        Self {
            path: path.into(),
            turns: Arc::new(Semaphore::new(READERS_MAX)),
            idle: Arc::default(),
        }
    }

    pub(super) async fn take(&self) -> Result<Held> {
        let turn = tokio::time::timeout(super::BUSY_MAX, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(|_| crate::queue::closed())?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let thread = match idle {
            Some(thread) => thread,
            None => {
                let path = Arc::clone(&self.path);
                Thread::of(move || open::reader(&path)).await?
            }
        };
        Ok(Held::Reader { thread: Some(thread), home: self.clone(), _turn: turn })
    }

    pub(super) fn put_back(&self, thread: Thread) {
        if !self.turns.is_closed() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        }
    }

    pub(super) async fn close(&self) {
        self.turns.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in idle {
            thread.close().await;
        }
    }
}
