//! Accounting days.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{id::CouncilId, seal::ContentHash};

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    CLOSED_THROUGH = Sql::both("SELECT MAX(day) FROM day_close WHERE council_id = $1");
    CLOSE_DAY = Sql::both(
        "INSERT INTO day_close (council_id, day, closed_at, closed_by, head, certificate) VALUES ($1, $2, $3, $4, $5, $6)");
    DAYS = Sql::both(
        "SELECT day, closed_at, closed_by, head, certificate FROM day_close WHERE council_id = $1 ORDER BY day DESC LIMIT $2");
}

/// A closed day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayCloseRow {
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
}

fn day(row: Row) -> Result<DayCloseRow> {
    Ok(DayCloseRow {
        day: row.day(0)?,
        closed_at: row.time(1)?,
        closed_by: row.text(2)?,
        head: row.hash(3)?,
        certificate: row.text(4)?,
    })
}

impl Tx {
    /// The last closed day.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn closed_through(&mut self, council: CouncilId) -> Result<Option<NaiveDate>> {
        self.one(CLOSED_THROUGH, args![council], |row| row.opt_day(0)).await
    }

    /// Closes a day.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it is closed.
    pub async fn close_day(&mut self, council: CouncilId, row: &DayCloseRow) -> Result<()> {
        let args =
            args![council, row.day, row.closed_at, &row.closed_by, row.head, &row.certificate];
        self.execute(CLOSE_DAY, args).await?;
        Ok(())
    }

    /// The newest closed days.
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
}
