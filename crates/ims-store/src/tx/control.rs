//! Control: what days came to by fund, what was moved since, and the
//! certificates of comparisons.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{id::CouncilId, seal::ContentHash};
use ims_money::Pence;

use super::{Difference, Tx};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    FUND_DAYS = Sql::both(
        "SELECT r.accounting_day, l.fund, COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM receipt r
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND r.accounting_day BETWEEN $2 AND $3
         GROUP BY r.accounting_day, l.fund ORDER BY r.accounting_day, l.fund");
    MOVED_SINCE = Sql::both(
        "SELECT r.accounting_day, l.fund, CAST(COALESCE(SUM(u.amount_pence), 0) AS BIGINT) FROM line_use u
         JOIN receipt r ON r.council_id = u.council_id AND r.receipt_id = u.receipt_id
         JOIN receipt_line l ON l.council_id = u.council_id AND l.receipt_id = u.receipt_id AND l.line_no = u.line_no
         WHERE u.council_id = $1 AND u.purpose = 'transfer' AND r.accounting_day BETWEEN $2 AND $3
         GROUP BY r.accounting_day, l.fund HAVING SUM(u.amount_pence) <> 0 ORDER BY r.accounting_day, l.fund");
    LAST_CONTROL = Sql::both("SELECT COALESCE(MAX(number), 0) FROM control_certificate WHERE council_id = $1");
    ADD_CONTROL = Sql::both(
        "INSERT INTO control_certificate
            (council_id, number, from_day, through_day, differences, head, content_hash, certificate, made_by, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    CONTROLS = Sql::both(
        "SELECT number, from_day, through_day, differences, head, content_hash, certificate, made_by, made_at
         FROM control_certificate WHERE council_id = $1 ORDER BY number DESC LIMIT $2");
    CONTROL = Sql::both(
        "SELECT number, from_day, through_day, differences, head, content_hash, certificate, made_by, made_at
         FROM control_certificate WHERE council_id = $1 AND number = $2");
    CONTROLS_WITH_GAPS = Sql::both(
        "SELECT 'control certificates', MAX(number), COUNT(*) FROM control_certificate WHERE council_id = $1
         GROUP BY council_id HAVING MAX(number) <> COUNT(*)");
}

/// What a fund's receipt lines came to on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundDay {
    /// The accounting day.
    pub day: NaiveDate,
    /// The fund's code.
    pub fund: String,
    /// How many lines.
    pub lines: i64,
    /// Their sum, gross.
    pub amount: Pence,
}

/// What of a day's receipt lines of a fund was moved elsewhere since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedSince {
    /// The accounting day of the receipts it was moved from.
    pub day: NaiveDate,
    /// Their fund.
    pub fund: String,
    /// How much, gross.
    pub amount: Pence,
}

/// A certificate of the books compared with what others say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlRow {
    /// Counted from 1, without gaps.
    pub number: i64,
    /// The first accounting day compared.
    pub from: NaiveDate,
    /// The last.
    pub through: NaiveDate,
    /// How many differences there are, by day.
    pub differences: i64,
    /// The newest block then.
    pub head: ContentHash,
    /// The hash of the certificate.
    pub content_hash: ContentHash,
    /// What was compared and what came of it, as JSON.
    pub certificate: String,
    /// By whom.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

fn control(row: Row) -> Result<ControlRow> {
    Ok(ControlRow {
        number: row.int(0)?,
        from: row.day(1)?,
        through: row.day(2)?,
        differences: row.int(3)?,
        head: row.hash(4)?,
        content_hash: row.hash(5)?,
        certificate: row.text(6)?,
        made_by: row.text(7)?,
        made_at: row.time(8)?,
    })
}

impl Tx {
    /// What each fund's receipt lines came to, a day at a time, both days included.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn fund_days(
        &mut self,
        council: CouncilId,
        from: NaiveDate,
        through: NaiveDate,
    ) -> Result<Vec<FundDay>> {
        self.all(FUND_DAYS, args![council, from, through], |row| {
            Ok(FundDay {
                day: row.day(0)?,
                fund: row.text(1)?,
                lines: row.int(2)?,
                amount: row.pence(3)?,
            })
        })
        .await
    }

    /// What of those days' receipt lines has been moved by journal or transfer.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn moved_since(
        &mut self,
        council: CouncilId,
        from: NaiveDate,
        through: NaiveDate,
    ) -> Result<Vec<MovedSince>> {
        self.all(MOVED_SINCE, args![council, from, through], |row| {
            Ok(MovedSince { day: row.day(0)?, fund: row.text(1)?, amount: row.pence(2)? })
        })
        .await
    }

    /// The number of the last certificate; 0 before the first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn last_control(&mut self, council: CouncilId) -> Result<i64> {
        self.one(LAST_CONTROL, args![council], |row| row.int(0)).await
    }

    /// Keeps a certificate.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when somebody
    /// else took the number a moment before.
    pub async fn add_control(&mut self, council: CouncilId, row: &ControlRow) -> Result<()> {
        let args = args![
            council,
            row.number,
            row.from,
            row.through,
            row.differences,
            row.head,
            row.content_hash,
            &row.certificate,
            &row.made_by,
            row.made_at
        ];
        self.execute(ADD_CONTROL, args).await?;
        Ok(())
    }

    /// The newest certificates.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn controls(&mut self, council: CouncilId, limit: i64) -> Result<Vec<ControlRow>> {
        self.all(CONTROLS, args![council, limit], control).await
    }

    /// One certificate.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn control(&mut self, council: CouncilId, number: i64) -> Result<Option<ControlRow>> {
        self.first(CONTROL, args![council, number], control).await
    }

    /// Whether a certificate's number is missing.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn controls_with_gaps(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(CONTROLS_WITH_GAPS, args![council], Difference::of).await
    }
}
