//! What came in before, to be looked at under another configuration.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, ImportId, ReceiptId};
use ims_money::Pence;

use super::{ConfigurationRow, Tx, councils::configuration};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    CONFIGURATIONS = Sql::both(
        "SELECT version, from_day, document, made_by, made_at FROM configuration
         WHERE council_id = $1 AND version > $2 ORDER BY version LIMIT $3");
    IMPORTS_THAT_STAND = Sql::both(
        "SELECT i.import_id FROM import i
         WHERE i.council_id = $1 AND i.import_id > $2 AND i.imported_at >= $3 AND i.imported_at < $4
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = i.council_id AND v.import_id = i.import_id)
         ORDER BY i.import_id LIMIT $5");
    SUSPENSE_LINES = Sql::both(
        "SELECT import_line, amount_pence, reason FROM suspense_item
         WHERE council_id = $1 AND import_id = $2 AND import_line IS NOT NULL ORDER BY import_line");
    LINES_WITHOUT_FILE = Sql::both(
        "SELECT r.receipt_id, r.number, r.happened_on, l.line_no, l.fund, l.reference, l.amount_pence, l.vat_code,
            l.vat_basis_points, l.vat_pence
         FROM receipt r
         JOIN entry e ON e.council_id = r.council_id AND e.entry_id = r.entry_id AND e.kind = 'receipt'
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND r.accounting_day >= $2 AND r.accounting_day <= $3
            AND r.import_id IS NULL AND r.reverses IS NULL
            AND NOT EXISTS (SELECT 1 FROM receipt u WHERE u.council_id = r.council_id AND u.reverses = r.receipt_id)
            AND (r.receipt_id > $4 OR (r.receipt_id = $4 AND l.line_no > $5))
         ORDER BY r.receipt_id, l.line_no LIMIT $6");
    RECEIPTS_BY_METHOD = Sql::both(
        "SELECT COUNT(*) FROM (
            SELECT 1 FROM receipt WHERE council_id = $1 AND accounting_day >= $2 AND method = $3 LIMIT $4) AS used");
}

/// A line of a receipt that came in by no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineWithoutFile {
    /// The receipt.
    pub receipt: ReceiptId,
    /// Its number.
    pub number: String,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// Which line, from 1.
    pub line: i64,
    /// The fund's code.
    pub fund: String,
    /// The account reference.
    pub reference: String,
    /// Gross.
    pub amount: Pence,
    /// The VAT code.
    pub vat_code: Option<String>,
    /// The rate that was used, in hundredths of a per cent.
    pub vat_basis_points: Option<i64>,
    /// The VAT held in the amount.
    pub vat: Pence,
}

fn line_without_file(row: Row) -> Result<LineWithoutFile> {
    Ok(LineWithoutFile {
        receipt: row.id(0, ReceiptId::new)?,
        number: row.text(1)?,
        happened_on: row.day(2)?,
        line: row.int(3)?,
        fund: row.text(4)?,
        reference: row.text(5)?,
        amount: row.pence(6)?,
        vat_code: row.opt_text(7)?,
        vat_basis_points: row.opt_int(8)?,
        vat: row.pence(9)?,
    })
}

impl Tx {
    /// The versions of a council's configuration after `after`, in the order
    /// they were made.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn configurations(
        &mut self,
        council: CouncilId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ConfigurationRow>> {
        self.all(CONFIGURATIONS, args![council, after, limit], configuration).await
    }

    /// The imports taken in from `from` to before `before` that nobody
    /// reversed, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn imports_that_stand(
        &mut self,
        council: CouncilId,
        after: Option<ImportId>,
        from: DateTime<Utc>,
        before: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<ImportId>> {
        let after = after.map_or(uuid::Uuid::nil(), ImportId::get);
        let args = args![council, after, from, before, limit];
        self.all(IMPORTS_THAT_STAND, args, |row| row.id(0, ImportId::new)).await
    }

    /// The rows of an import that went to suspense: line, amount and reason.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_lines(
        &mut self,
        council: CouncilId,
        import: ImportId,
    ) -> Result<Vec<(i64, Pence, String)>> {
        self.all(SUSPENSE_LINES, args![council, import], |row| {
            Ok((row.int(0)?, row.pence(1)?, row.text(2)?))
        })
        .await
    }

    /// The lines of receipts of these accounting days that came in by no file
    /// and stand: taken by hand, or named by a bank line. Those after `after`,
    /// a receipt and a line of it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lines_without_file(
        &mut self,
        council: CouncilId,
        (from, through): (NaiveDate, NaiveDate),
        after: Option<(ReceiptId, i64)>,
        limit: i64,
    ) -> Result<Vec<LineWithoutFile>> {
        let (receipt, line) =
            after.map_or((uuid::Uuid::nil(), 0), |(receipt, line)| (receipt.get(), line));
        let args = args![council, from, through, receipt, line, limit];
        self.all(LINES_WITHOUT_FILE, args, line_without_file).await
    }

    /// How many receipts since `from` came by a method; counted to `most`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipts_by_method(
        &mut self,
        council: CouncilId,
        from: NaiveDate,
        method: &str,
        most: i64,
    ) -> Result<i64> {
        self.one(RECEIPTS_BY_METHOD, args![council, from, method, most], |row| row.int(0)).await
    }
}
