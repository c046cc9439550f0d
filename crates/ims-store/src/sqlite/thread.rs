//! A connection on a thread of its own, as SQLite waits where it works.

use std::{
    sync::mpsc::{Sender, channel},
    thread::JoinHandle,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{Result, StoreError, queue::closed};

/// Something the thread is to do.
pub(super) type Work = Box<dyn FnOnce(&mut Connection) + Send>;

/// The thread: it does what it is handed, in that order, and ends with its handle.
#[derive(Debug)]
pub(super) struct Thread {
    work: Sender<Work>,
    ends: JoinHandle<()>,
}

/// Where the answer to work that was handed over will be.
pub(super) type Answer<T> = oneshot::Receiver<Result<T>>;

/// The answer, or that there will be none.
pub(super) async fn answer<T>(answer: Answer<T>) -> Result<T> {
    answer.await.unwrap_or_else(|_| Err(closed()))
}

impl Thread {
    /// Opens a connection by `open`, on a new thread.
    pub(super) async fn of(
        open: impl FnOnce() -> Result<Connection> + Send + 'static,
    ) -> Result<Self> {
        let (work, queue) = channel::<Work>();
        let (opened, opening) = oneshot::channel();
        let run = move || {
            let mut connection = match open() {
                Ok(connection) => connection,
                Err(error) => return drop(opened.send(Err(error))),
            };
            if opened.send(Ok(())).is_err() {
                return;
            }
            while let Ok(work) = queue.recv() {
                work(&mut connection);
            }
        };
        let spawned = std::thread::Builder::new().name("ims-sqlite".to_owned()).spawn(run);
        let ends = spawned.map_err(|error| StoreError::Database(error.to_string()))?;
        answer(opening).await?;
        Ok(Self { work, ends })
    }

    /// Where work can be handed over.
    pub(super) fn work(&self) -> Sender<Work> {
        self.work.clone()
    }

    /// Hands work over; its answer can be waited for, or not.
    pub(super) fn start<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Answer<T> {
        let (answer, answered) = oneshot::channel();
        let work = move |connection: &mut Connection| {
            // Whoever asked may have gone away.
            let _gone = answer.send(work(connection));
        };
        // A thread that has ended drops the work, and with it the answer.
        let _ended = self.work.send(Box::new(work));
        answered
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        answer(self.start(work)).await
    }

    /// Closes the connection, and waits until it is.
    pub(super) async fn close(self) {
        drop(self.work);
        // A thread that panicked has closed its connection too.
        let _ended = tokio::task::spawn_blocking(move || self.ends.join()).await;
    }
}
