//! One question, answered where it is asked.
//!
//! A kept figure is a page or two of the file away; handing the question to
//! another thread and the answer back takes ten times as long. A reader in WAL
//! mode waits for nobody.

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::OwnedSemaphorePermit,
    task::block_in_place,
};

use super::{readers::Readers, values};
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
    /// for this thread, another takes them on. To call that other takes longer than a brief look.
    fn here<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let connection = self.connection.as_ref().ok_or_else(closed)?;
        if self.is_brief {
            return work(connection);
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
        self.here(|connection| {
            let mut statement = connection.prepare_cached(sql.sqlite)?;
            values::bind(&mut statement, args)?;
            let columns = statement.column_count();
            let mut found = statement.raw_query();
            while let Some(row) = found.next()? {
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
