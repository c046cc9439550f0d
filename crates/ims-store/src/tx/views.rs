//! What screens and reports ask.

use chrono::NaiveDate;
use ims_ledger::id::{CouncilId, ReceiptId};
use ims_money::Pence;
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    FUND_TOTALS = Sql::both(
        "SELECT l.fund, r.method, COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM receipt r
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND r.accounting_day BETWEEN $2 AND $3 GROUP BY l.fund, r.method ORDER BY l.fund, r.method");
    DAY_TOTALS = Sql::both(
        "SELECT accounting_day, COUNT(*), CAST(COALESCE(SUM(total_pence), 0) AS BIGINT) FROM receipt
         WHERE council_id = $1 GROUP BY accounting_day ORDER BY accounting_day DESC LIMIT $2");
    RECEIPT_BY_NUMBER = Sql::both(
        "SELECT r.receipt_id, r.number, r.happened_on, r.accounting_day, r.method, l.fund, l.reference, l.amount_pence, COALESCE(d.words, '')
         FROM (SELECT council_id, receipt_id FROM receipt WHERE council_id = $1 AND number = $2 AND receipt_id < $3 ORDER BY 2 DESC LIMIT $4) f
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         LEFT JOIN detail d ON d.council_id = r.council_id AND d.owner_id = r.receipt_id
         WHERE r.council_id = $1 ORDER BY r.receipt_id DESC, l.line_no");
    RECEIPTS_BY_REFERENCE = Sql::both(
        "SELECT r.receipt_id, r.number, r.happened_on, r.accounting_day, r.method, l.fund, l.reference, l.amount_pence, COALESCE(d.words, '')
         FROM (SELECT DISTINCT council_id, receipt_id FROM receipt_line WHERE council_id = $1 AND reference = $2 AND receipt_id < $3 ORDER BY 2 DESC LIMIT $4) f
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id AND l.reference = $2
         LEFT JOIN detail d ON d.council_id = r.council_id AND d.owner_id = r.receipt_id
         WHERE r.council_id = $1 ORDER BY r.receipt_id DESC, l.line_no");
    RECEIPTS_BY_DAY = Sql::both(
        "SELECT r.receipt_id, r.number, r.happened_on, r.accounting_day, r.method, l.fund, l.reference, l.amount_pence, COALESCE(d.words, '')
         FROM (SELECT council_id, receipt_id FROM receipt WHERE council_id = $1 AND accounting_day = $2 AND receipt_id < $3 ORDER BY 2 DESC LIMIT $4) f
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         LEFT JOIN detail d ON d.council_id = r.council_id AND d.owner_id = r.receipt_id
         WHERE r.council_id = $1 ORDER BY r.receipt_id DESC, l.line_no");
    RECEIPTS_BY_DAY_AND_AMOUNT = Sql::both(
        "SELECT r.receipt_id, r.number, r.happened_on, r.accounting_day, r.method, l.fund, l.reference, l.amount_pence, COALESCE(d.words, '')
         FROM (SELECT DISTINCT r.council_id, r.receipt_id FROM receipt r
            JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
            WHERE r.council_id = $1 AND r.accounting_day = $2 AND l.amount_pence = $5 AND r.receipt_id < $3 ORDER BY 2 DESC LIMIT $4) f
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id AND l.amount_pence = $5
         LEFT JOIN detail d ON d.council_id = r.council_id AND d.owner_id = r.receipt_id
         WHERE r.council_id = $1 ORDER BY r.receipt_id DESC, l.line_no");
}

/// Income of a fund by a method of payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundTotal {
    /// The fund's code.
    pub fund: String,
    /// The method of payment's code.
    pub method: String,
    /// How many receipt lines.
    pub lines: i64,
    /// Their sum.
    pub amount: Pence,
}

/// Receipts of one accounting day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayTotals {
    /// The day.
    pub day: NaiveDate,
    /// How many receipts.
    pub receipts: i64,
    /// Their sum.
    pub amount: Pence,
}

/// What receipts are looked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchReceipts {
    /// The number a payer was given.
    Number(String),
    /// An account reference, whole.
    Reference(String),
    /// An accounting day.
    Day(NaiveDate),
    /// An accounting day and the amount of a line.
    DayAndAmount(NaiveDate, Pence),
}

/// A receipt line as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptView {
    /// The receipt's id.
    pub id: ReceiptId,
    /// Its number.
    pub number: String,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// The day it counts in.
    pub accounting_day: NaiveDate,
    /// The method of payment's code.
    pub method: String,
    /// The fund's code.
    pub fund: String,
    /// The account reference.
    pub reference: String,
    /// Gross.
    pub amount: Pence,
    /// What came with it.
    pub narrative: String,
}

pub(super) fn fund_total(row: Row) -> Result<FundTotal> {
    Ok(FundTotal {
        fund: row.text(0)?,
        method: row.text(1)?,
        lines: row.int(2)?,
        amount: row.pence(3)?,
    })
}

pub(super) fn view(row: Row) -> Result<ReceiptView> {
    Ok(ReceiptView {
        id: row.id(0, ReceiptId::new)?,
        number: row.text(1)?,
        happened_on: row.day(2)?,
        accounting_day: row.day(3)?,
        method: row.text(4)?,
        fund: row.text(5)?,
        reference: row.text(6)?,
        amount: row.pence(7)?,
        narrative: row.text(8)?,
    })
}

impl Tx {
    /// Income by fund and method over accounting days.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn fund_totals(
        &mut self,
        council: CouncilId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<FundTotal>> {
        self.all(FUND_TOTALS, args![council, from, to], fund_total).await
    }

    /// The newest accounting days with receipts.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn day_totals(&mut self, council: CouncilId, limit: i64) -> Result<Vec<DayTotals>> {
        self.all(DAY_TOTALS, args![council, limit], |row| {
            Ok(DayTotals { day: row.day(0)?, receipts: row.int(1)?, amount: row.pence(2)? })
        })
        .await
    }

    /// Receipts looked for, the newest first: the lines sought of the `limit`
    /// receipts before `before`. A receipt is never cut in two, so a page may
    /// hold more lines than `limit`; the next begins before the last one's id.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn search_receipts(
        &mut self,
        council: CouncilId,
        search: &SearchReceipts,
        before: Option<ReceiptId>,
        limit: i64,
    ) -> Result<Vec<ReceiptView>> {
        let before = before.map_or(Uuid::max(), ReceiptId::get);
        match search {
            SearchReceipts::Number(number) => {
                self.all(RECEIPT_BY_NUMBER, args![council, number, before, limit], view).await
            }
            SearchReceipts::Reference(reference) => {
                self.all(RECEIPTS_BY_REFERENCE, args![council, reference, before, limit], view)
                    .await
            }
            SearchReceipts::Day(day) => {
                self.all(RECEIPTS_BY_DAY, args![council, *day, before, limit], view).await
            }
            SearchReceipts::DayAndAmount(day, amount) => {
                let args = args![council, *day, before, limit, *amount];
                self.all(RECEIPTS_BY_DAY_AND_AMOUNT, args, view).await
            }
        }
    }
}
