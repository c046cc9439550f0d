//! Files that came in, by when they came and what days they are of; and what
//! clearing accounts wait for, with whose it is.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, ExpectedId, ImportId};
use ims_money::Pence;

use super::{OpenExpected, Tx, expected::open};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    ARRIVALS = Sql::both(
        "SELECT i.import_id, i.format, i.file_name, i.rows, i.total_pence, i.imported_at,
            COALESCE(p.sender, ''), COALESCE(s.bank, ''), COALESCE(p.last_day, s.last_day)
         FROM import i
         LEFT JOIN import_print p ON p.council_id = i.council_id AND p.import_id = i.import_id
         LEFT JOIN (SELECT t.council_id, t.import_id, t.bank, MAX(t.last_day) AS last_day FROM statement t
             WHERE t.council_id = $1 GROUP BY t.council_id, t.import_id, t.bank) s
            ON s.council_id = i.council_id AND s.import_id = i.import_id
         LEFT JOIN import_reversal r ON r.council_id = i.council_id AND r.import_id = i.import_id
         WHERE i.council_id = $1 AND i.imported_at >= $2 AND i.imported_at < $3 AND r.import_id IS NULL
         ORDER BY i.imported_at, i.import_id, s.bank LIMIT $4");
    AWAITED = Sql::both(
        "SELECT e.expected_id, e.channel, e.happened_on, e.amount_pence, e.reference, COALESCE(b.batch_ref, e.batch_ref), e.source_ref, e.is_payers,
            COALESCE(r.number, ''), COALESCE(l.fund, ''), COALESCE(l.reference, ''), n.kind
         FROM open_expected o
         JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
         JOIN entry n ON n.council_id = e.council_id AND n.entry_id = e.entry_id
         LEFT JOIN expected_batch b ON b.council_id = e.council_id AND b.expected_id = e.expected_id
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = b.council_id AND v.import_id = b.import_id)
         LEFT JOIN receipt r ON r.council_id = e.council_id AND r.receipt_id = e.receipt_id
         LEFT JOIN receipt_line l ON l.council_id = e.council_id AND l.receipt_id = e.receipt_id AND l.line_no = 1
         WHERE o.council_id = $1 AND ($2 = '' OR e.channel = $2) AND o.expected_id > $3
            AND NOT EXISTS (SELECT 1 FROM till_receipt t WHERE t.council_id = o.council_id AND t.expected_id = o.expected_id)
         ORDER BY o.expected_id LIMIT $4");
}

/// A file that came in and stands; once for each bank account it has a
/// statement of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivalRow {
    /// Its import.
    pub import: ImportId,
    /// The format it was read as.
    pub format: String,
    /// What it was called.
    pub file_name: String,
    /// How many rows it has.
    pub rows: i64,
    /// What they come to.
    pub total: Pence,
    /// When it came.
    pub imported_at: DateTime<Utc>,
    /// The format and who sent it, as its rows are known by; empty for others.
    pub sender: String,
    /// The bank account it has a statement of; empty for others.
    pub bank: String,
    /// The last day it is of, where it says.
    pub last_day: Option<NaiveDate>,
}

/// Something a clearing account waits for, and for which payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitedRow {
    /// What.
    pub item: OpenExpected,
    /// The number of the receipt it is for; empty where it is for none, or many.
    pub receipt: String,
    /// The fund of that receipt's first line.
    pub fund: String,
    /// The account of it.
    pub account: String,
    /// The kind of the entry that made it wait.
    pub kind: String,
}

fn arrival(row: Row) -> Result<ArrivalRow> {
    Ok(ArrivalRow {
        import: row.id(0, ImportId::new)?,
        format: row.text(1)?,
        file_name: row.text(2)?,
        rows: row.int(3)?,
        total: row.pence(4)?,
        imported_at: row.time(5)?,
        sender: row.text(6)?,
        bank: row.text(7)?,
        last_day: row.opt_day(8)?,
    })
}

fn awaited(row: Row) -> Result<AwaitedRow> {
    let (receipt, fund, account) = (row.text(8)?, row.text(9)?, row.text(10)?);
    let kind = row.text(11)?;
    Ok(AwaitedRow { item: open(row)?, receipt, fund, account, kind })
}

impl Tx {
    /// The files that came in from one time until before another and stand, in
    /// order of their coming: at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn arrivals(
        &mut self,
        council: CouncilId,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        limit: i64,
    ) -> Result<Vec<ArrivalRow>> {
        self.all(ARRIVALS, args![council, from, until, limit], arrival).await
    }

    /// What the bank is to show to clearing accounts, of one channel or of all, the
    /// oldest first (what lies in a till is at no bank): at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn awaited(
        &mut self,
        council: CouncilId,
        channel: Option<&str>,
        after: Option<ExpectedId>,
        limit: i64,
    ) -> Result<Vec<AwaitedRow>> {
        let after = after.map_or(uuid::Uuid::nil(), ExpectedId::get);
        let args = args![council, channel.unwrap_or_default(), after, limit];
        self.all(AWAITED, args, awaited).await
    }
}
