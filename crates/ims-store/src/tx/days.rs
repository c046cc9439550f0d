//! Accounting days: closed, and opened again.
//!
//! Closes and reopenings are rows that are only added. A close knows how many
//! reopenings came before it, its generation; the days through which the books
//! are closed are the last close since the last reopening, or what that
//! reopening left closed.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    id::{ApprovalId, CouncilId},
    seal::ContentHash,
};

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    CLOSED_THROUGH = Sql::both(
        "SELECT MAX(x.day) FROM (
            SELECT MAX(c.day) AS day FROM day_close c WHERE c.council_id = $1 AND c.generation =
                (SELECT COALESCE(MAX(r.number), 0) FROM day_reopen r WHERE r.council_id = $1)
            UNION ALL
            SELECT r.closed_through AS day FROM day_reopen r WHERE r.council_id = $1 AND r.number =
                (SELECT MAX(l.number) FROM day_reopen l WHERE l.council_id = $1)) x");
    // SQLite has one writer, who needs no lock.
    SHARE_DAYS = Sql::each(
        "SELECT $1",
        "SELECT pg_advisory_xact_lock_shared(1768780800, CAST($1 AS INTEGER))");
    HOLD_DAYS = Sql::each(
        "SELECT $1",
        "SELECT pg_advisory_xact_lock(1768780800, CAST($1 AS INTEGER))");
    GENERATION = Sql::both("SELECT COALESCE(MAX(number), 0) FROM day_reopen WHERE council_id = $1");
    CLOSE_DAY = Sql::both(
        "INSERT INTO day_close (council_id, generation, day, closed_at, closed_by, head, certificate) VALUES ($1, $2, $3, $4, $5, $6, $7)");
    DAYS = Sql::both(
        "SELECT c.generation, c.day, c.closed_at, c.closed_by, c.head, c.certificate,
            (SELECT MIN(r.reopened_at) FROM day_reopen r
             WHERE r.council_id = c.council_id AND r.number > c.generation AND r.closed_through < c.day)
         FROM day_close c WHERE c.council_id = $1 ORDER BY c.day DESC, c.generation DESC LIMIT $2");
    CLOSES_OF = Sql::both(
        "SELECT c.generation, c.day, c.closed_at, c.closed_by, c.head, c.certificate,
            (SELECT MIN(r.reopened_at) FROM day_reopen r
             WHERE r.council_id = c.council_id AND r.number > c.generation AND r.closed_through < c.day)
         FROM day_close c WHERE c.council_id = $1 AND c.day = $2 ORDER BY c.generation DESC");
    REOPEN_DAYS = Sql::both(
        "INSERT INTO day_reopen (council_id, number, closed_through, approval_id, asked_by, reopened_by, reopened_at, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    REOPENS = Sql::both(
        "SELECT number, closed_through, approval_id, asked_by, reopened_by, reopened_at, reason
         FROM day_reopen WHERE council_id = $1 ORDER BY number DESC LIMIT $2");
}

/// Through which day a council's books are closed.
#[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "a function on PostgreSQL"))]
pub(crate) const fn closed_through() -> Sql {
    CLOSED_THROUGH
}

/// A closed day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCloseRow {
    /// How often days had been opened again before.
    pub generation: i64,
    /// The day; every day before it is closed too.
    pub day: NaiveDate,
    /// When.
    pub closed_at: DateTime<Utc>,
    /// By whom.
    pub closed_by: String,
    /// The newest block then.
    pub head: ContentHash,
    /// What the day came to, as JSON.
    pub certificate: String,
    /// When it was opened again; as read, never written.
    pub reopened_at: Option<DateTime<Utc>>,
}

/// Days opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayReopenRow {
    /// Counted from 1.
    pub number: i64,
    /// The last day that stays closed; those after it are open again.
    pub closed_through: NaiveDate,
    /// What was asked and approved.
    pub approval: ApprovalId,
    /// Who asked.
    pub asked_by: String,
    /// Who approved, another.
    pub reopened_by: String,
    /// When.
    pub reopened_at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

fn day(row: Row) -> Result<DayCloseRow> {
    Ok(DayCloseRow {
        generation: row.int(0)?,
        day: row.day(1)?,
        closed_at: row.time(2)?,
        closed_by: row.text(3)?,
        head: row.hash(4)?,
        certificate: row.text(5)?,
        reopened_at: row.opt_time(6)?,
    })
}

impl Tx {
    /// The last closed day. A unit of work that may write keeps days from being
    /// closed or opened until it ends: what it posts by the answer stays right.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn closed_through(&mut self, council: CouncilId) -> Result<Option<NaiveDate>> {
        if !self.only_reads {
            self.execute(SHARE_DAYS, args![council]).await?;
        }
        self.one(CLOSED_THROUGH, args![council], |row| row.opt_day(0)).await
    }

    /// Waits until nobody posts, and keeps everybody from posting until this
    /// unit of work ends: for who closes days or opens them again, before
    /// anything else.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`](crate::StoreError::Busy) when somebody waits for us.
    pub async fn hold_days(&mut self, council: CouncilId) -> Result<()> {
        self.execute(HOLD_DAYS, args![council]).await?;
        Ok(())
    }

    /// How often days have been opened again.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn day_generation(&mut self, council: CouncilId) -> Result<i64> {
        self.one(GENERATION, args![council], |row| row.int(0)).await
    }

    /// Closes a day.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it is closed.
    pub async fn close_day(&mut self, council: CouncilId, row: &DayCloseRow) -> Result<()> {
        let by = &row.closed_by;
        let args =
            args![council, row.generation, row.day, row.closed_at, by, row.head, &row.certificate];
        self.execute(CLOSE_DAY, args).await?;
        Ok(())
    }

    /// The newest closed days, those opened again since among them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn closed_days(
        &mut self,
        council: CouncilId,
        limit: i64,
    ) -> Result<Vec<DayCloseRow>> {
        self.all(DAYS, args![council, limit], day).await
    }

    /// How often a day was closed by its own name, the newest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn closes_of(
        &mut self,
        council: CouncilId,
        of: NaiveDate,
    ) -> Result<Vec<DayCloseRow>> {
        self.all(CLOSES_OF, args![council, of], day).await
    }

    /// Opens days again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when somebody
    /// else did a moment before, or by the same approval.
    pub async fn reopen_days(&mut self, council: CouncilId, row: &DayReopenRow) -> Result<()> {
        let args = args![
            council,
            row.number,
            row.closed_through,
            row.approval,
            &row.asked_by,
            &row.reopened_by,
            row.reopened_at,
            &row.reason
        ];
        self.execute(REOPEN_DAYS, args).await?;
        Ok(())
    }

    /// The newest reopenings.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn day_reopens(
        &mut self,
        council: CouncilId,
        limit: i64,
    ) -> Result<Vec<DayReopenRow>> {
        self.all(REOPENS, args![council, limit], |row| {
            Ok(DayReopenRow {
                number: row.int(0)?,
                closed_through: row.day(1)?,
                approval: row.id(2, ApprovalId::new)?,
                asked_by: row.text(3)?,
                reopened_by: row.text(4)?,
                reopened_at: row.time(5)?,
                reason: row.text(6)?,
            })
        })
        .await
    }
}
