//! What a database must do for us. Everything above is written once.

use async_trait::async_trait;

use crate::{Result, arg::Arg, batch::Batch, row::Row, sql::Sql};

/// One unit of work on one database.
#[async_trait]
pub(crate) trait Engine: Send {
    /// Runs a statement and says how many rows it touched.
    async fn execute(&mut self, sql: Sql, args: &[Arg]) -> Result<u64>;

    /// Hands every row of a query to `each`, as they come.
    async fn each(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Row) -> Result<()> + Send),
    ) -> Result<()>;

    /// Inserts many rows; rows whose key is there already are an error.
    async fn insert(&mut self, batch: Batch) -> Result<u64>;

    /// Inserts the rows of several batches, in one round trip if they are few.
    async fn insert_all(&mut self, batches: Vec<Batch>) -> Result<()>;

    /// Asks the database whether it understands a statement.
    async fn prepare(&mut self, sql: Sql) -> Result<()>;

    /// Makes all of it last.
    async fn commit(self: Box<Self>) -> Result<()>;
}
