//! Crashes on purpose: what is left when a program ends between two statements.
//!
//! A [`Store`](crate::Store) with faults counts every moment at which a program
//! could end: before each statement, before a commit, and after it, when all of
//! it lasts and nobody was told. At the moment chosen its connection is gone,
//! what was not committed with it, and nothing more is done until
//! [`Faults::mend`].

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{Result, StoreError, arg::Arg, batch::Batch, engine::Engine, row::Row, sql::Sql};

/// When a store crashes, and whether it has. Clones tell of the same store.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Moments that still pass; none while no crash is wanted.
    left: Option<u32>,
    has_crashed: bool,
    loses_answers: bool,
}

/// How a store crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Before a statement or a commit: what was not committed is lost.
    Before,
    /// After a commit as well: it lasts, and nobody was told.
    AnswerToo,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.state(), f)
    }
}

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Crashes at the `moment`th moment from now, counted from 0.
    pub fn crash_at(&self, moment: u32, how: Crash) {
        let loses_answers = how == Crash::AnswerToo;
        *self.state() = State { left: Some(moment), has_crashed: false, loses_answers };
    }

    /// How many moments still pass before the crash that is wanted: what there are fewer of
    /// after a deed are the statements it made, and its commits.
    #[must_use]
    pub fn moments_left(&self) -> Option<u32> {
        self.state().left
    }

    /// Starts again: nothing crashes from now on. Says whether it had.
    #[must_use]
    pub fn mend(&self) -> bool {
        std::mem::take(&mut *self.state()).has_crashed
    }

    /// A moment passes, or the connection is gone.
    pub(crate) fn pass(&self) -> Result<()> {
        let mut state = self.state();
        if !state.has_crashed {
            match state.left {
                None => return Ok(()),
                Some(0) => state.has_crashed = true,
                Some(left) => {
                    state.left = Some(left.saturating_sub(1));
                    return Ok(());
                }
            }
        }
        Err(lost())
    }

    /// The moment after a commit.
    pub(crate) fn pass_after_commit(&self) -> Result<()> {
        let loses_answers = self.state().loses_answers;
        if loses_answers { self.pass() } else { Ok(()) }
    }
}

fn lost() -> StoreError {
    let why = "the connection was lost, on purpose".to_owned();
    StoreError::Unreachable { place: "the books".to_owned(), why }
}

/// A unit of work whose connection may go.
pub(crate) struct Faulty {
    inner: Option<Box<dyn Engine>>,
    faults: Faults,
}

impl Faulty {
    pub(crate) fn of(inner: Box<dyn Engine>, faults: Faults) -> Self {
        Self { inner: Some(inner), faults }
    }

    /// The unit of work, if it is still there.
    fn still(&mut self) -> Result<&mut Box<dyn Engine>> {
        if let Err(gone) = self.faults.pass() {
            self.inner = None;
            return Err(gone);
        }
        self.inner.as_mut().ok_or_else(lost)
    }
}

#[async_trait]
impl Engine for Faulty {
    async fn execute(&mut self, sql: Sql, args: &[Arg]) -> Result<u64> {
        self.still()?.execute(sql, args).await
    }

    async fn each(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Row) -> Result<()> + Send),
    ) -> Result<()> {
        self.still()?.each(sql, args, each).await
    }

    async fn insert(&mut self, batch: Batch) -> Result<u64> {
        self.still()?.insert(batch).await
    }

    async fn insert_all(&mut self, batches: Vec<Batch>) -> Result<()> {
        self.still()?.insert_all(batches).await
    }

    async fn prepare(&mut self, sql: Sql) -> Result<()> {
        self.still()?.prepare(sql).await
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.still()?;
        self.inner.take().ok_or_else(lost)?.commit().await?;
        self.faults.pass_after_commit()
    }
}
