//! Exports: what they are made from, and which were made.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    Account,
    id::{CouncilId, ExportId},
    seal::ContentHash,
};
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    EXPORTS = Sql::both(
        "SELECT export_id, kind, number, after_day, through_day, content_hash, file_name, rows, debit_pence, credit_pence, head, made_by, made_at
         FROM export WHERE council_id = $1 ORDER BY made_at DESC, export_id DESC LIMIT $2");
    EXPORT = Sql::both(
        "SELECT export_id, kind, number, after_day, through_day, content_hash, file_name, rows, debit_pence, credit_pence, head, made_by, made_at
         FROM export WHERE council_id = $1 AND export_id = $2");
    ACCOUNT_TOTALS = Sql::both(
        "SELECT accounting_day, account, side, COUNT(*), CAST(COALESCE(SUM(amount_pence), 0) AS BIGINT) FROM posting
         WHERE council_id = $1 AND accounting_day > $2 AND accounting_day <= $3
         GROUP BY accounting_day, account, side ORDER BY accounting_day, account, side");
    CASH_LINES = Sql::both(
        "SELECT r.number, r.accounting_day, r.happened_on, r.method, l.reference, l.amount_pence FROM receipt r
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND l.fund = $2 AND r.accounting_day > $3 AND r.accounting_day <= $4
         ORDER BY r.accounting_day, r.receipt_id, l.line_no");
}

/// An export that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRow {
    /// Its id.
    pub id: ExportId,
    /// Which series: `ledger-journal`, `host:CT`.
    pub kind: String,
    /// Its number in the series, without gaps.
    pub number: i64,
    /// The last day that was exported before it.
    pub after_day: Option<NaiveDate>,
    /// The last day in it.
    pub through_day: NaiveDate,
    /// The hash of its bytes.
    pub content_hash: ContentHash,
    /// What the file is called.
    pub file_name: String,
    /// How many lines.
    pub rows: i64,
    /// The sum of debits (of money in, for a host system).
    pub debit: Pence,
    /// The sum of credits (of money taken back, for a host system).
    pub credit: Pence,
    /// The newest block then.
    pub head: ContentHash,
    /// By whom.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

/// What an account came to on a day, on one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTotal {
    /// The accounting day.
    pub day: NaiveDate,
    /// The account.
    pub account: Account,
    /// Whether these are its debits.
    pub is_debit: bool,
    /// How many postings.
    pub postings: i64,
    /// Their sum.
    pub amount: Pence,
}

/// A line of income for a host system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CashLine {
    /// The receipt's number.
    pub number: String,
    /// The day it counts in.
    pub accounting_day: NaiveDate,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// The method of payment's code.
    pub method: String,
    /// The account reference.
    pub reference: String,
    /// Gross.
    pub amount: Pence,
}

pub(super) fn export(row: Row) -> Result<ExportRow> {
    Ok(ExportRow {
        id: row.id(0, ExportId::new)?,
        kind: row.text(1)?,
        number: row.int(2)?,
        after_day: row.opt_day(3)?,
        through_day: row.day(4)?,
        content_hash: row.hash(5)?,
        file_name: row.text(6)?,
        rows: row.int(7)?,
        debit: row.pence(8)?,
        credit: row.pence(9)?,
        head: row.hash(10)?,
        made_by: row.text(11)?,
        made_at: row.time(12)?,
    })
}

impl Tx {
    /// The newest exports.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn exports(&mut self, council: CouncilId, limit: i64) -> Result<Vec<ExportRow>> {
        self.all(EXPORTS, args![council, limit], export).await
    }

    /// One export.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn export(&mut self, council: CouncilId, id: ExportId) -> Result<Option<ExportRow>> {
        self.first(EXPORT, args![council, id], export).await
    }

    /// Records an export.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when somebody
    /// else made the same one a moment before.
    pub async fn add_export(&mut self, council: CouncilId, row: &ExportRow) -> Result<()> {
        let batch = Batch::new("export", 1)
            .council(council)
            .uuids("export_id", [row.id.get()].into_iter())
            .texts("kind", [row.kind.as_str()].into_iter())
            .ints("number", [row.number].into_iter())
            .opt_days("after_day", [row.after_day].into_iter())
            .days("through_day", [row.through_day].into_iter())
            .bytes("content_hash", [row.content_hash.0.as_slice()].into_iter())
            .texts("file_name", [row.file_name.as_str()].into_iter())
            .ints("rows", [row.rows].into_iter())
            .ints("debit_pence", [row.debit.get()].into_iter())
            .ints("credit_pence", [row.credit.get()].into_iter())
            .bytes("head", [row.head.0.as_slice()].into_iter())
            .texts("made_by", [row.made_by.as_str()].into_iter())
            .times("made_at", [row.made_at].into_iter());
        self.insert(batch).await?;
        Ok(())
    }

    /// What every account came to, a day and a side at a time, after one day
    /// and through another.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn account_totals(
        &mut self,
        council: CouncilId,
        after: NaiveDate,
        through: NaiveDate,
    ) -> Result<Vec<AccountTotal>> {
        self.all(ACCOUNT_TOTALS, args![council, after, through], |row| {
            Ok(AccountTotal {
                day: row.day(0)?,
                account: row.account(1)?,
                is_debit: row.text(2)? == ims_ledger::Side::Debit.as_str(),
                postings: row.int(3)?,
                amount: row.pence(4)?,
            })
        })
        .await
    }

    /// The income of a fund after one day and through another.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn cash_lines(
        &mut self,
        council: CouncilId,
        fund: &str,
        after: NaiveDate,
        through: NaiveDate,
    ) -> Result<Vec<CashLine>> {
        self.all(CASH_LINES, args![council, fund, after, through], |row| {
            Ok(CashLine {
                number: row.text(0)?,
                accounting_day: row.day(1)?,
                happened_on: row.day(2)?,
                method: row.text(3)?,
                reference: row.text(4)?,
                amount: row.pence(5)?,
            })
        })
        .await
    }
}
