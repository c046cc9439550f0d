//! What callers' keys were used for: the same key again is answered as before.

use chrono::{DateTime, Utc};
use ims_ledger::id::CouncilId;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    KEPT = Sql::both(
        "SELECT idempotency_key, deed, document, answer, done_by, done_at FROM deed_key
         WHERE council_id = $1 AND idempotency_key = $2");
}

/// What a key was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeedKeyRow {
    /// The caller's key.
    pub key: String,
    /// The deed.
    pub deed: String,
    /// What was asked, as JSON.
    pub document: String,
    /// What was answered, as JSON.
    pub answer: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

fn kept(row: Row) -> Result<DeedKeyRow> {
    Ok(DeedKeyRow {
        key: row.text(0)?,
        deed: row.text(1)?,
        document: row.text(2)?,
        answer: row.text(3)?,
        by: row.text(4)?,
        at: row.time(5)?,
    })
}

impl Tx {
    /// What `key` was used for.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn deed_key(&mut self, council: CouncilId, key: &str) -> Result<Option<DeedKeyRow>> {
        self.first(KEPT, args![council, key], kept).await
    }

    /// Keeps what a key was used for.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was used before.
    pub async fn keep_deed_key(&mut self, council: CouncilId, row: &DeedKeyRow) -> Result<()> {
        let rows = Batch::new("deed_key", 1)
            .council(council)
            .texts("idempotency_key", [row.key.as_str()].into_iter())
            .texts("deed", [row.deed.as_str()].into_iter())
            .texts("document", [row.document.as_str()].into_iter())
            .texts("answer", [row.answer.as_str()].into_iter())
            .texts("done_by", [row.by.as_str()].into_iter())
            .times("done_at", [row.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }
}
