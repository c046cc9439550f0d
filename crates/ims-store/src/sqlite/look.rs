//! One question, answered where it is asked.
//!
//! A kept figure is a page or two of the file away; handing the question to
//! another thread and the answer back takes ten times as long. A reader in WAL
//! mode waits for nobody.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::OwnedSemaphorePermit,
    task::block_in_place,
};

use super::{BUSY_MAX, readers::Readers, values};
use crate::{
    Result, StoreError, arg::Arg, batch::Batch, engine::Engine, queue::closed, row::Row, sql::Sql,
};

/// A connection that reads, in the hands of whoever asks.
#[derive(Debug)]
pub(crate) struct Look {
    connection: Option<Connection>,
    home: Readers,
    is_brief: bool,
    _turn: OwnedSemaphorePermit,
}

impl Look {
    pub(super) fn of(connection: Connection, home: Readers, turn: OwnedSemaphorePermit) -> Self {
        Self { connection: Some(connection), home, is_brief: false, _turn: turn }
    }

    /// For a few rows that are asked for all the time: nobody waits for the disk.
    pub(super) fn brief(mut self) -> Self {
        self.is_brief = true;
        self
    }

    /// Does something that waits for the disk at most; where other tasks wait
    /// for this thread, another takes them on. To call that other takes longer than a brief look,
    /// which calls it only where it would have to wait.
    fn here<T>(&self, mut work: impl FnMut(&Connection) -> Result<T>) -> Result<T> {
        let connection = self.connection.as_ref().ok_or_else(closed)?;
        if self.is_brief {
            connection.busy_timeout(Duration::ZERO)?;
            let done = work(connection);
            connection.busy_timeout(BUSY_MAX)?;
            match done {
                Err(StoreError::Busy) => {}
                done => return done,
            }
        }
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => block_in_place(|| work(connection)),
            _ => work(connection),
        }
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.put_back_looking(connection);
        }
    }
}

#[async_trait]
impl Engine for Look {
    async fn execute(&mut self, _sql: Sql, _args: &[Arg]) -> Result<u64> {
        Err(StoreError::Abandoned)
    }

    async fn each(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Row) -> Result<()> + Send),
    ) -> Result<()> {
        let mut is_begun = false;
        self.here(|connection| {
            if is_begun {
                // Rows that were told are not told again.
                return Err(StoreError::Abandoned);
            }
            let mut statement = connection.prepare_cached(sql.sqlite)?;
            values::bind(&mut statement, args)?;
            let columns = statement.column_count();
            let mut found = statement.raw_query();
            while let Some(row) = found.next()? {
                is_begun = true;
                each(values::read(row, columns)?)?;
            }
            Ok(())
        })
    }

    async fn insert(&mut self, _batch: Batch) -> Result<u64> {
        Err(StoreError::Abandoned)
    }

    async fn insert_all(&mut self, _batches: Vec<Batch>) -> Result<()> {
        Err(StoreError::Abandoned)
    }

    async fn prepare(&mut self, sql: Sql) -> Result<()> {
        self.here(|connection| {
            connection.prepare(sql.sqlite)?;
            Ok(())
        })
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is busy is waited for where nobody else waits for it, and only then.
    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_brief_look_that_would_wait_lets_others_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let readers = Readers::of(path.to_str().unwrap());
        let waits = |connection: &Connection| {
            let read = connection.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, i64>(0));
            Ok::<_, StoreError>(read?)
        };
        tokio::spawn(async move {
            let brief = readers.look().await.unwrap().brief();
            assert_eq!(brief.here(waits).unwrap(), 0);
            let mut asked = Vec::new();
            let found = brief.here(|connection| {
                asked.push(waits(connection)?);
                if asked.len() == 1 { Err(StoreError::Busy) } else { Ok("it") }
            });
            assert_eq!((found.unwrap(), asked), ("it", vec![0, 30_000]));
            drop(brief);
            assert_eq!(readers.look().await.unwrap().here(waits).unwrap(), 30_000);
        })
        .await
        .unwrap();
    }
}
