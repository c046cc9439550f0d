//! What clearing accounts wait for, summed by the database, and the oldest of it.

use chrono::NaiveDate;
use ims_ledger::id::{CouncilId, ExpectedId};
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

/// What the bank is to show, of days until `$2`; more conditions and what follows.
macro_rules! waits {
    ($columns:literal, $and:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM open_expected o
             JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
             WHERE o.council_id = $1 AND e.happened_on <= $2
                AND NOT EXISTS (SELECT 1 FROM till_receipt t WHERE t.council_id = o.council_id AND t.expected_id = o.expected_id) ",
            $and
        )
    };
}

statements! {
    DAYS = Sql::both(waits!(
        "e.channel, e.happened_on, COUNT(*), CAST(SUM(e.amount_pence) AS BIGINT)",
        "GROUP BY e.channel, e.happened_on ORDER BY e.channel, e.happened_on"));
    OLDEST = Sql::each(
        waits!("e.expected_id, e.channel, e.happened_on, e.amount_pence",
            "AND e.channel IN (SELECT value FROM json_each($3)) ORDER BY e.happened_on, e.expected_id LIMIT $4"),
        waits!("e.expected_id, e.channel, e.happened_on, e.amount_pence",
            "AND e.channel = ANY($3) ORDER BY e.happened_on, e.expected_id LIMIT $4"));
    // By what made each row wait; what lies in a till has no kind but that.
    KINDS = Sql::both(
        "SELECT x.channel, x.kind, COUNT(*), CAST(SUM(x.amount_pence) AS BIGINT), MIN(x.happened_on) FROM (
            SELECT e.channel, e.amount_pence, e.happened_on,
                CASE WHEN EXISTS (SELECT 1 FROM till_receipt t WHERE t.council_id = o.council_id AND t.expected_id = o.expected_id)
                    THEN '' ELSE n.kind END AS kind
            FROM open_expected o
            JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
            JOIN entry n ON n.council_id = e.council_id AND n.entry_id = e.entry_id
            WHERE o.council_id = $1) x
         GROUP BY x.channel, x.kind ORDER BY x.channel, x.kind");
    REFUNDS = Sql::both(
        "SELECT s.state, COUNT(*), CAST(SUM(f.amount_pence) AS BIGINT) FROM refund_state s
         JOIN refund f ON f.council_id = s.council_id AND f.refund_id = s.refund_id
         WHERE s.council_id = $1 AND s.state IN ('approved', 'sent', 'unknown', 'bounced')
         GROUP BY s.state ORDER BY s.state");
    DISPUTES = Sql::both(
        "SELECT COUNT(*), CAST(COALESCE(SUM(d.amount_pence - d.suspense_pence), 0) AS BIGINT) FROM dispute d WHERE d.council_id = $1
            AND NOT EXISTS (SELECT 1 FROM dispute_end e WHERE e.council_id = d.council_id AND e.dispute_id = d.dispute_id)");
}

/// What a channel waits for of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitsKind {
    /// The channel it comes through.
    pub channel: String,
    /// The kind of the entries that made it wait; empty for what lies in a till.
    pub kind: String,
    /// How many rows.
    pub count: u64,
    /// Their signed sum.
    pub amount: Pence,
    /// The day of the oldest.
    pub since: NaiveDate,
}

/// What a channel waits for of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitsDay {
    /// The channel it comes through.
    pub channel: String,
    /// The day the payers paid.
    pub happened_on: NaiveDate,
    /// How many rows.
    pub count: u64,
    /// Their signed sum.
    pub amount: Pence,
}

/// A row that a channel waits for, with no word of whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitsRow {
    /// Its id.
    pub id: ExpectedId,
    /// The channel it comes through.
    pub channel: String,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// For us positive.
    pub amount: Pence,
}

impl Tx {
    /// What the bank is to show, by channel and day, of days until one or of all; what lies in
    /// a till is left out.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn waits_by_day(
        &mut self,
        council: CouncilId,
        until: Option<NaiveDate>,
    ) -> Result<Vec<WaitsDay>> {
        let until = until.or(NaiveDate::from_ymd_opt(9_999, 12, 31)).unwrap_or_default();
        let read = |row: Row| {
            Ok(WaitsDay {
                channel: row.text(0)?,
                happened_on: row.day(1)?,
                count: u64::try_from(row.int(2)?).unwrap_or_default(),
                amount: row.pence(3)?,
            })
        };
        self.all(DAYS, args![council, until], read).await
    }

    /// The oldest rows that these channels wait for, of days until `day`: at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn oldest_waits(
        &mut self,
        council: CouncilId,
        day: NaiveDate,
        channels: Vec<String>,
        limit: i64,
    ) -> Result<Vec<WaitsRow>> {
        let read = |row: Row| {
            Ok(WaitsRow {
                id: row.id(0, ExpectedId::new)?,
                channel: row.text(1)?,
                happened_on: row.day(2)?,
                amount: row.pence(3)?,
            })
        };
        self.all(OLDEST, args![council, day, channels, limit], read).await
    }

    /// All that channels wait for, by the kind of the entries that made it wait; what lies in a
    /// till is a kind of its own.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn waits_by_kind(&mut self, council: CouncilId) -> Result<Vec<WaitsKind>> {
        let read = |row: Row| {
            Ok(WaitsKind {
                channel: row.text(0)?,
                kind: row.text(1)?,
                count: u64::try_from(row.int(2)?).unwrap_or_default(),
                amount: row.pence(3)?,
                since: row.day(4)?,
            })
        };
        self.all(KINDS, args![council], read).await
    }

    /// Refunds that are agreed and not paid yet, by their state: how many, and how much.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds_by_state(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<(String, i64, Pence)>> {
        let read = |row: Row| Ok((row.text(0)?, row.int(1)?, row.pence(2)?));
        self.all(REFUNDS, args![council], read).await
    }

    /// Disputes that have not ended: how many, and how much of accounts' money they hold.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_disputes(&mut self, council: CouncilId) -> Result<(i64, Pence)> {
        self.one(DISPUTES, args![council], |row| Ok((row.int(0)?, row.pence(1)?))).await
    }
}
