//! One unit of work on SQLite.

use std::collections::VecDeque;

use async_trait::async_trait;
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, mpsc};

use super::{
    readers::Readers,
    thread::{Answer, Thread, answer},
    values,
};
use crate::{
    Result, StoreError, arg::Arg, batch::Batch, engine::Engine, queue::closed, row::Row, sql::Sql,
};

/// Rows come from SQLite's thread in lots: the fewer turns of the two, the better.
const LOT: usize = 512;

/// Inserts of as many rows go on behind: whoever adds them makes the next
/// meanwhile.
const BEHIND_ROWS: usize = 512;

/// How many inserts may go on behind at once.
const BEHIND_MAX: usize = 12;

/// A connection in somebody's hands.
#[derive(Debug)]
pub(super) enum Held {
    /// The one that writes.
    Writer(OwnedMutexGuard<Option<Thread>>),
    /// One that reads; it goes back when it is let go.
    Reader { thread: Option<Thread>, home: Readers, _turn: OwnedSemaphorePermit },
}

impl Held {
    fn thread(&self) -> Result<&Thread> {
        match self {
            Self::Writer(thread) => thread.as_ref(),
            Self::Reader { thread, .. } => thread.as_ref(),
        }
        .ok_or_else(closed)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Self::Reader { thread, home, .. } = self
            && let Some(thread) = thread.take()
        {
            home.put_back(thread);
        }
    }
}

/// A transaction. Dropped without a commit it is rolled back before anybody
/// else's work begins, because a thread does its work in order.
#[derive(Debug)]
pub(crate) struct SqliteTx {
    held: Held,
    is_done: bool,
    /// Inserts that go on behind, the oldest first.
    behind: VecDeque<Answer<u64>>,
}

impl SqliteTx {
    pub(super) async fn begin(held: Held, how: &'static str) -> Result<Self> {
        // Made before it has begun: whoever goes away meanwhile rolls it back.
        let unit = Self { held, is_done: false, behind: VecDeque::new() };
        unit.held.thread()?.run(move |connection| Ok(connection.execute_batch(how)?)).await?;
        Ok(unit)
    }

    /// Waits until no more than `left` inserts go on behind. One that failed is
    /// said here: nothing is done after it, and nothing can last without this.
    async fn catch_up(&mut self, left: usize) -> Result<()> {
        while self.behind.len() > left {
            if let Some(oldest) = self.behind.pop_front() {
                answer(oldest).await?;
            }
        }
        Ok(())
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        if let Ok(thread) = self.held.thread() {
            let _nobody_waits = thread.start(|connection| {
                // A full disk ends a transaction by itself.
                if connection.is_autocommit() {
                    return Ok(());
                }
                Ok(connection.execute_batch("ROLLBACK")?)
            });
        }
    }
}

#[async_trait]
impl Engine for SqliteTx {
    async fn execute(&mut self, sql: Sql, args: &[Arg]) -> Result<u64> {
        self.catch_up(0).await?;
        let args = args.to_vec();
        let work = move |connection: &mut rusqlite::Connection| {
            let mut statement = connection.prepare_cached(sql.sqlite)?;
            values::bind(&mut statement, &args)?;
            if statement.column_count() == 0 {
                return Ok(u64::try_from(statement.raw_execute()?).unwrap_or(u64::MAX));
            }
            // A query asked for its effect: nobody reads its rows.
            let (mut rows, mut count) = (statement.raw_query(), 0_u64);
            while rows.next()?.is_some() {
                count = count.saturating_add(1);
            }
            Ok(count)
        };
        self.held.thread()?.run(work).await
    }

    async fn each(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Row) -> Result<()> + Send),
    ) -> Result<()> {
        self.catch_up(0).await?;
        let args = args.to_vec();
        let (lots, mut coming) = mpsc::channel::<Vec<Row>>(2);
        let work = move |connection: &mut rusqlite::Connection| {
            let mut statement = connection.prepare_cached(sql.sqlite)?;
            values::bind(&mut statement, &args)?;
            let columns = statement.column_count();
            let mut found = statement.raw_query();
            let mut lot = Vec::new();
            while let Some(row) = found.next()? {
                lot.push(values::read(row, columns)?);
                if lot.len() == LOT && lots.blocking_send(std::mem::take(&mut lot)).is_err() {
                    break;
                }
            }
            Ok(lot)
        };
        let rest = self.held.thread()?.start(work);
        while let Some(lot) = coming.recv().await {
            lot.into_iter().try_for_each(&mut *each)?;
        }
        answer(rest).await?.into_iter().try_for_each(each)
    }

    async fn insert(&mut self, batch: Batch) -> Result<u64> {
        let rows = batch.rows;
        let work = move |connection: &mut rusqlite::Connection| {
            // A full disk ends a transaction by itself: what comes after must not last.
            if connection.is_autocommit() {
                return Err(StoreError::Abandoned);
            }
            values::insert(connection, &batch)
        };
        if rows < BEHIND_ROWS {
            self.catch_up(0).await?;
            return self.held.thread()?.run(work).await;
        }
        self.catch_up(BEHIND_MAX).await?;
        let insert = self.held.thread()?.start(work);
        self.behind.push_back(insert);
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }

    async fn insert_all(&mut self, batches: Vec<Batch>) -> Result<()> {
        self.catch_up(0).await?;
        let work = move |connection: &mut rusqlite::Connection| {
            // As in `insert`.
            if connection.is_autocommit() {
                return Err(StoreError::Abandoned);
            }
            batches.iter().try_for_each(|batch| values::insert(connection, batch).map(drop))
        };
        self.held.thread()?.run(work).await
    }

    async fn prepare(&mut self, sql: Sql) -> Result<()> {
        self.catch_up(0).await?;
        let work = move |connection: &mut rusqlite::Connection| {
            connection.prepare(sql.sqlite)?;
            Ok(())
        };
        self.held.thread()?.run(work).await
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.catch_up(0).await?;
        let committing =
            self.held.thread()?.run(|connection| Ok(connection.execute_batch("COMMIT")?));
        committing.await?;
        self.is_done = true;
        Ok(())
    }
}
