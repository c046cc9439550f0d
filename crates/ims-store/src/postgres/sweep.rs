//! Tidying up after much was done at once.
//!
//! PostgreSQL tidies up by itself, within a minute or two. Until then a queue
//! that was emptied is read past all that had been in it, and a table that was
//! filled is thought to be empty.

use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use crate::Result;

/// The tables of the books that are asked most, and grow most.
const BOOKS: [&str; 7] =
    ["posting", "entry", "receipt", "receipt_line", "detail", "expected", "block_item"];

/// Sweeps the queue of what was sealed, and has the books counted if nobody
/// has yet, or only while they were being filled. A login that does not own the tables is warned by the database,
/// and no more: then its owner's own tidying does it later.
pub(super) async fn sweep(owner: &mut PgConnection) -> Result<()> {
    owner.execute("VACUUM (ANALYZE, SKIP_LOCKED) unsealed").await?;
    for table in BOOKS {
        // Fewer rows than pages: what was counted was not there yet for others.
        let is_counted = "SELECT reltuples >= relpages FROM pg_class WHERE oid = to_regclass($1)";
        let is_counted = sqlx::query_scalar::<_, bool>(is_counted).bind(table);
        if !is_counted.fetch_one(&mut *owner).await? {
            owner.execute(AssertSqlSafe(format!("ANALYZE (SKIP_LOCKED) {table}"))).await?;
        }
    }
    Ok(())
}
