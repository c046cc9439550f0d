//! Periods: months closed, and opened again. A month is written `2026-04`.

use chrono::{DateTime, Utc};
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
    PERIOD_GENERATION = Sql::both("SELECT COUNT(*) FROM period_reopen WHERE council_id = $1 AND period = $2");
    CLOSE_PERIOD = Sql::both(
        "INSERT INTO period_close (council_id, period, generation, closed_at, closed_by, head, certificate)
         VALUES ($1, $2, $3, $4, $5, $6, $7)");
    REOPEN_PERIOD = Sql::both(
        "INSERT INTO period_reopen (council_id, period, generation, approval_id, asked_by, reopened_by, reopened_at, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    PERIODS = Sql::both(
        "SELECT c.period, c.generation, c.closed_at, c.closed_by, c.head, c.certificate, r.reopened_at
         FROM period_close c
         LEFT JOIN period_reopen r ON r.council_id = c.council_id AND r.period = c.period AND r.generation = c.generation
         WHERE c.council_id = $1 ORDER BY c.period DESC, c.generation DESC LIMIT $2");
    STANDING_FROM = Sql::both(
        "SELECT c.period, c.generation, c.closed_at, c.closed_by, c.head, c.certificate, r.reopened_at
         FROM period_close c
         LEFT JOIN period_reopen r ON r.council_id = c.council_id AND r.period = c.period AND r.generation = c.generation
         WHERE c.council_id = $1 AND c.period >= $2 AND r.period IS NULL ORDER BY c.period");
}

/// A month closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodCloseRow {
    /// The month: `2026-04`.
    pub period: String,
    /// How often it had been opened again before.
    pub generation: i64,
    /// When.
    pub closed_at: DateTime<Utc>,
    /// By whom.
    pub closed_by: String,
    /// The newest block then.
    pub head: ContentHash,
    /// What the month came to, as JSON.
    pub certificate: String,
    /// When it was opened again; as read, never written.
    pub reopened_at: Option<DateTime<Utc>>,
}

/// A month opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodReopenRow {
    /// The month.
    pub period: String,
    /// Which of its closes it undoes.
    pub generation: i64,
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

fn period(row: Row) -> Result<PeriodCloseRow> {
    Ok(PeriodCloseRow {
        period: row.text(0)?,
        generation: row.int(1)?,
        closed_at: row.time(2)?,
        closed_by: row.text(3)?,
        head: row.hash(4)?,
        certificate: row.text(5)?,
        reopened_at: row.opt_time(6)?,
    })
}

impl Tx {
    /// How often a month has been opened again.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn period_generation(&mut self, council: CouncilId, of: &str) -> Result<i64> {
        self.one(PERIOD_GENERATION, args![council, of], |row| row.int(0)).await
    }

    /// Closes a month.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it is closed.
    pub async fn close_period(&mut self, council: CouncilId, row: &PeriodCloseRow) -> Result<()> {
        let args = args![
            council,
            &row.period,
            row.generation,
            row.closed_at,
            &row.closed_by,
            row.head,
            &row.certificate
        ];
        self.execute(CLOSE_PERIOD, args).await?;
        Ok(())
    }

    /// Opens a month again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it is open again.
    pub async fn reopen_period(&mut self, council: CouncilId, row: &PeriodReopenRow) -> Result<()> {
        let args = args![
            council,
            &row.period,
            row.generation,
            row.approval,
            &row.asked_by,
            &row.reopened_by,
            row.reopened_at,
            &row.reason
        ];
        self.execute(REOPEN_PERIOD, args).await?;
        Ok(())
    }

    /// The newest months closed, those opened again since among them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn periods(&mut self, council: CouncilId, limit: i64) -> Result<Vec<PeriodCloseRow>> {
        self.all(PERIODS, args![council, limit], period).await
    }

    /// The months that are closed now, that one and those after it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn closed_periods_from(
        &mut self,
        council: CouncilId,
        from: &str,
    ) -> Result<Vec<PeriodCloseRow>> {
        self.all(STANDING_FROM, args![council, from], period).await
    }
}
