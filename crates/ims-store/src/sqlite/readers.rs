//! The connections that read, beside the one that writes.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use rusqlite::Connection;

use super::{look::Look, open, thread::Thread, unit::Held};
use crate::{Result, StoreError};

/// How many read at once; and as many look beside them.
const READERS_MAX: usize = 4;

/// The connections nobody is reading with, made when they are first needed.
#[derive(Clone, Debug)]
pub(super) struct Readers {
    path: Arc<str>,
    turns: Arc<Semaphore>,
    /// Turns of their own, so that who asks one question waits for no page that asks many.
    looks: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Thread>>>,
    looking: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn of(path: &str) -> Self {
        Self {
            path: path.into(),
            turns: Arc::new(Semaphore::new(READERS_MAX)),
            looks: Arc::new(Semaphore::new(READERS_MAX)),
            idle: Arc::default(),
            looking: Arc::default(),
        }
    }

    async fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
        // Mostly there is one, and no clock is asked.
        if let Ok(turn) = Arc::clone(turns).try_acquire_owned() {
            return Ok(turn);
        }
        tokio::time::timeout(super::BUSY_MAX, Arc::clone(turns).acquire_owned())
            .await
            .map_err(|_| StoreError::Busy)?
            .map_err(|_| crate::queue::closed())
    }

    /// For one question.
    pub(super) async fn look(&self) -> Result<Look> {
        let turn = Self::turn(&self.looks).await?;
        let idle = self.looking.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open::reader(&self.path)?,
        };
        Ok(Look::of(connection, self.clone(), turn))
    }

    pub(super) fn put_back_looking(&self, connection: Connection) {
        if !self.turns.is_closed() {
            self.looking.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }

    pub(super) async fn take(&self) -> Result<Held> {
        let turn = Self::turn(&self.turns).await?;
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
        self.looks.close();
        self.looking.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in idle {
            thread.close().await;
        }
    }
}
