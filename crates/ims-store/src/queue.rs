//! Those who wait for their rows to last, in the order they came.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::{Addition, Result, StoreError};

/// One caller's rows, and where it waits for the answer.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) addition: Addition,
    answer: oneshot::Sender<Result<()>>,
}

impl Caller {
    /// Tells it what came of its rows.
    pub(crate) fn told(self, answer: Result<()>) {
        // Whoever asked may have gone away.
        let _gone = self.answer.send(answer);
    }
}

/// The queue, and how many are busy with what stood in it.
#[derive(Debug)]
pub(crate) struct Queue {
    line: Mutex<Line>,
    servers_max: usize,
}

#[derive(Debug, Default)]
struct Line {
    callers: VecDeque<Caller>,
    servers: usize,
}

impl Queue {
    /// A queue that at most so many serve at once.
    pub(crate) fn of(servers_max: usize) -> Self {
        Self { line: Mutex::default(), servers_max }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the queue. Gives where the answer will be, and whether nobody else
    /// will see to it: then the caller has one more server start.
    pub(crate) fn join(&self, addition: Addition) -> (oneshot::Receiver<Result<()>>, bool) {
        let (answer, answered) = oneshot::channel();
        let mut line = self.line();
        line.callers.push_back(Caller { addition, answer });
        let is_needed = line.servers < self.servers_max;
        if is_needed {
            line.servers = line.servers.saturating_add(1);
        }
        (answered, is_needed)
    }

    /// The first in the queue, up to `most` of them.
    pub(crate) fn next(&self, most: usize) -> Vec<Caller> {
        let mut line = self.line();
        let most = line.callers.len().min(most);
        line.callers.drain(..most).collect()
    }

    /// A server goes, unless somebody has come meanwhile.
    pub(crate) fn may_go(&self) -> bool {
        let mut line = self.line();
        if !line.callers.is_empty() {
            return false;
        }
        line.servers = line.servers.saturating_sub(1);
        true
    }

    /// A server was lost: those who wait are told so, rather than nothing.
    pub(crate) fn lost(&self) {
        let callers = {
            let mut line = self.line();
            line.servers = line.servers.saturating_sub(1);
            if line.servers > 0 {
                return;
            }
            std::mem::take(&mut line.callers)
        };
        drop(callers);
    }
}

/// The answer, or that there will be none.
pub(crate) async fn answer(answered: oneshot::Receiver<Result<()>>) -> Result<()> {
    answered.await.unwrap_or_else(|_| Err(closed()))
}

pub(crate) fn closed() -> StoreError {
    StoreError::Database("the database was closed".to_owned())
}

/// The same answer for each of those it concerns.
pub(crate) fn like(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        StoreError::DiskFull => StoreError::DiskFull,
        StoreError::ReadOnly => StoreError::ReadOnly,
        StoreError::Unreachable { place, why } => {
            StoreError::Unreachable { place: place.clone(), why: why.clone() }
        }
        other => StoreError::Database(other.to_string()),
    }
}
