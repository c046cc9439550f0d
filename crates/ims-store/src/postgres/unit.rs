//! A transaction, and the insert that may go on behind in it.

use sqlx::{PgConnection, Postgres, Transaction, pool::PoolConnection};
use tokio::task::JoinHandle;

use crate::{Result, StoreError, batch::Batch};

/// Inserts of as many rows go on behind: whoever adds them makes the next
/// meanwhile.
pub(super) const BEHIND_ROWS: usize = 512;

type Begun = Transaction<'static, Postgres>;

/// Where the transaction is.
#[derive(Debug)]
pub(super) enum Unit {
    /// Nothing is being done.
    Here(Begun),
    /// An insert goes on behind, and brings it back.
    Behind(JoinHandle<(Begun, Result<u64>)>),
    /// There is none: each statement is one of its own.
    Alone(PoolConnection<Postgres>),
    /// Whoever waited for it went away.
    Gone,
}

impl Unit {
    /// Takes the transaction out, when all that went on behind is done. An
    /// insert that failed is said here: nothing is done after it, and nothing
    /// can last without this.
    pub(super) async fn take(&mut self) -> Result<Begun> {
        match std::mem::replace(self, Self::Gone) {
            Self::Here(unit) => Ok(unit),
            Self::Behind(insert) => {
                let (unit, done) = insert.await.map_err(|_| StoreError::Abandoned)?;
                done.map(|_| unit)
            }
            Self::Alone(_) | Self::Gone => Err(StoreError::Abandoned),
        }
    }

    /// The connection, when all that went on behind is done.
    pub(super) async fn here(&mut self) -> Result<&mut PgConnection> {
        if matches!(self, Self::Behind(_)) {
            *self = Self::Here(self.take().await?);
        }
        match self {
            Self::Here(unit) => Ok(unit),
            Self::Alone(connection) => Ok(connection),
            Self::Behind(_) | Self::Gone => Err(StoreError::Abandoned),
        }
    }

    /// Has a batch inserted behind, after what went on before.
    pub(super) async fn go_on_behind(&mut self, batch: Batch) -> Result<()> {
        let mut unit = self.take().await?;
        *self = Self::Behind(tokio::spawn(async move {
            let done = super::insert(&mut unit, batch).await;
            (unit, done)
        }));
        Ok(())
    }
}
