//! Money of files that is like money that comes now.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::CouncilId;
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    // By the accounts, in this order: their receipts are few, those of the days are many.
    ALIKE = Sql::each(
        "SELECT r.number, r.happened_on, l.fund, l.reference, l.amount_pence, i.file_name, i.imported_at
         FROM receipt_line l CROSS JOIN receipt r CROSS JOIN import i
         WHERE l.council_id = $1 AND l.reference IN (SELECT value FROM json_each($2))
            AND r.council_id = l.council_id AND r.receipt_id = l.receipt_id
            AND i.council_id = r.council_id AND i.import_id = r.import_id
            AND r.method = $3 AND r.happened_on BETWEEN $4 AND $5 AND r.reverses IS NULL
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = r.council_id AND v.import_id = r.import_id)
         ORDER BY r.receipt_id, l.line_no",
        "SELECT r.number, r.happened_on, l.fund, l.reference, l.amount_pence, i.file_name, i.imported_at
         FROM receipt_line l CROSS JOIN receipt r CROSS JOIN import i
         WHERE l.council_id = $1 AND l.reference = ANY($2)
            AND r.council_id = l.council_id AND r.receipt_id = l.receipt_id
            AND i.council_id = r.council_id AND i.import_id = r.import_id
            AND r.method = $3 AND r.happened_on BETWEEN $4 AND $5 AND r.reverses IS NULL
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = r.council_id AND v.import_id = r.import_id)
         ORDER BY r.receipt_id, l.line_no");
}

/// A line of a receipt that a file brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameLine {
    /// The receipt's number.
    pub receipt: String,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// The fund.
    pub fund: String,
    /// The account.
    pub reference: String,
    /// How much.
    pub amount: Pence,
    /// What the file is called.
    pub file_name: String,
    /// When it was imported.
    pub imported_at: DateTime<Utc>,
}

impl Tx {
    /// What files that stand brought to these accounts by one method of payment, of payers'
    /// days between two, oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn came_to(
        &mut self,
        council: CouncilId,
        references: &[String],
        method: &str,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<Vec<CameLine>> {
        let read = |row: Row| {
            Ok(CameLine {
                receipt: row.text(0)?,
                happened_on: row.day(1)?,
                fund: row.text(2)?,
                reference: row.text(3)?,
                amount: row.pence(4)?,
                file_name: row.text(5)?,
                imported_at: row.time(6)?,
            })
        };
        let mut found = Vec::new();
        for references in references.chunks(5_000) {
            let args = args![council, references.to_vec(), method, from, to];
            found.extend(self.all(ALIKE, args, read).await?);
        }
        Ok(found)
    }
}
