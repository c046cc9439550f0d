//! Receipts and their lines.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, EntryId, ImportId, ReceiptId};
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
    RECEIPT_COLUMNS_BY_IMPORT = Sql::both(
        "SELECT r.receipt_id, r.number, r.method, r.office, r.happened_on, r.accounting_day, r.posted_at, r.total_pence,
            r.entry_id, r.import_id, r.import_line, r.source_ref, r.reverses,
            l.line_no, l.fund, l.reference, l.amount_pence, l.vat_code, l.vat_basis_points, l.vat_pence
         FROM receipt r JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND r.import_id = $2 ORDER BY r.receipt_id, l.line_no");
    RECEIPTS_OF_IMPORT_AFTER = Sql::both(
        "SELECT r.receipt_id, r.number, r.method, r.office, r.happened_on, r.accounting_day, r.posted_at, r.total_pence,
            r.entry_id, r.import_id, r.import_line, r.source_ref, r.reverses,
            l.line_no, l.fund, l.reference, l.amount_pence, l.vat_code, l.vat_basis_points, l.vat_pence
         FROM (SELECT * FROM receipt WHERE council_id = $1 AND import_id = $2 AND (import_line, receipt_id) > ($3, $4)
            ORDER BY import_line, receipt_id LIMIT $5) r
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         ORDER BY r.import_line, r.receipt_id, l.line_no");
    RECEIPT_BY_ID = Sql::both(
        "SELECT r.receipt_id, r.number, r.method, r.office, r.happened_on, r.accounting_day, r.posted_at, r.total_pence,
            r.entry_id, r.import_id, r.import_line, r.source_ref, r.reverses,
            l.line_no, l.fund, l.reference, l.amount_pence, l.vat_code, l.vat_basis_points, l.vat_pence
         FROM receipt r JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND r.receipt_id = $2 ORDER BY r.receipt_id, l.line_no");
    EVERY_RECEIPT = Sql::both(
        "SELECT r.receipt_id, r.number, r.method, r.office, r.happened_on, r.accounting_day, r.posted_at, r.total_pence,
            r.entry_id, r.import_id, r.import_line, r.source_ref, r.reverses,
            l.line_no, l.fund, l.reference, l.amount_pence, l.vat_code, l.vat_basis_points, l.vat_pence, COALESCE(e.about, '')
         FROM receipt r JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         LEFT JOIN entry e ON e.council_id = r.council_id AND e.entry_id = r.entry_id
         WHERE r.council_id = $1 AND r.reverses IS NULL ORDER BY r.receipt_id, l.line_no");
}

/// A receipt with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptRow {
    /// Its id.
    pub id: ReceiptId,
    /// What the payer is given.
    pub number: String,
    /// The method of payment's code.
    pub method: String,
    /// The office's code.
    pub office: Option<String>,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// The day it counts in.
    pub accounting_day: NaiveDate,
    /// When we knew.
    pub posted_at: DateTime<Utc>,
    /// The sum of its lines.
    pub total: Pence,
    /// The entry that posted it.
    pub entry: EntryId,
    /// The file and line it came in.
    pub import: Option<(ImportId, i64)>,
    /// The sender's own reference for the payment.
    pub source_ref: Option<String>,
    /// The receipt it undoes.
    pub reverses: Option<ReceiptId>,
    /// What it is for.
    pub lines: Vec<ReceiptLineRow>,
}

/// One line of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLineRow {
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

fn receipt(row: Row) -> Result<ReceiptRow> {
    let import = match row.opt_id(9, ImportId::new)? {
        Some(import) => Some((import, row.opt_int(10)?.unwrap_or_default())),
        None => None,
    };
    Ok(ReceiptRow {
        id: row.id(0, ReceiptId::new)?,
        number: row.text(1)?,
        method: row.text(2)?,
        office: row.opt_text(3)?,
        happened_on: row.day(4)?,
        accounting_day: row.day(5)?,
        posted_at: row.time(6)?,
        total: row.pence(7)?,
        entry: row.id(8, EntryId::new)?,
        import,
        source_ref: row.opt_text(11)?,
        reverses: row.opt_id(12, ReceiptId::new)?,
        lines: vec![ReceiptLineRow {
            fund: row.text(14)?,
            reference: row.text(15)?,
            amount: row.pence(16)?,
            vat_code: row.opt_text(17)?,
            vat_basis_points: row.opt_int(18)?,
            vat: row.pence(19)?,
        }],
    })
}

fn gathered(rows: Vec<ReceiptRow>) -> Vec<ReceiptRow> {
    let mut receipts: Vec<ReceiptRow> = Vec::with_capacity(rows.len());
    for row in rows {
        match receipts.last_mut() {
            Some(last) if last.id == row.id => last.lines.extend(row.lines),
            _ => receipts.push(row),
        }
    }
    receipts
}

/// The rows of receipts, and of their lines.
pub(crate) fn receipt_batches(council: CouncilId, receipts: &[ReceiptRow]) -> [Batch; 2] {
    let heads = Batch::new("receipt", receipts.len())
        .council(council)
        .uuids("receipt_id", receipts.iter().map(|r| r.id.get()))
        .texts("number", receipts.iter().map(|r| r.number.as_str()))
        .texts("method", receipts.iter().map(|r| r.method.as_str()))
        .opt_texts("office", receipts.iter().map(|r| r.office.as_deref()))
        .days("happened_on", receipts.iter().map(|r| r.happened_on))
        .days("accounting_day", receipts.iter().map(|r| r.accounting_day))
        .times("posted_at", receipts.iter().map(|r| r.posted_at))
        .ints("total_pence", receipts.iter().map(|r| r.total.get()))
        .uuids("entry_id", receipts.iter().map(|r| r.entry.get()))
        .opt_uuids("import_id", receipts.iter().map(|r| r.import.map(|(id, _)| id.get())))
        .opt_ints("import_line", receipts.iter().map(|r| r.import.map(|(_, line)| line)))
        .opt_texts("source_ref", receipts.iter().map(|r| r.source_ref.as_deref()))
        .opt_uuids("reverses", receipts.iter().map(|r| r.reverses.map(ReceiptId::get)));
    let lines: Vec<_> = receipts
        .iter()
        .flat_map(|r| r.lines.iter().zip(1_i64..).map(move |(line, number)| (r.id, number, line)))
        .collect();
    let rows = Batch::new("receipt_line", lines.len())
        .council(council)
        .uuids("receipt_id", lines.iter().map(|(id, _, _)| id.get()))
        .ints("line_no", lines.iter().map(|(_, number, _)| *number))
        .texts("fund", lines.iter().map(|(_, _, l)| l.fund.as_str()))
        .texts("reference", lines.iter().map(|(_, _, l)| l.reference.as_str()))
        .ints("amount_pence", lines.iter().map(|(_, _, l)| l.amount.get()))
        .opt_texts("vat_code", lines.iter().map(|(_, _, l)| l.vat_code.as_deref()))
        .opt_ints("vat_basis_points", lines.iter().map(|(_, _, l)| l.vat_basis_points))
        .ints("vat_pence", lines.iter().map(|(_, _, l)| l.vat.get()));
    [heads, rows]
}

impl Tx {
    /// Adds receipts with their lines.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for a number given before.
    pub async fn add_receipts(
        &mut self,
        council: CouncilId,
        receipts: &[ReceiptRow],
    ) -> Result<()> {
        for batch in receipt_batches(council, receipts) {
            self.insert(batch).await?;
        }
        Ok(())
    }

    /// The receipts of an import.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipts_of_import(
        &mut self,
        council: CouncilId,
        import: ImportId,
    ) -> Result<Vec<ReceiptRow>> {
        self.all(RECEIPT_COLUMNS_BY_IMPORT, args![council, import], receipt).await.map(gathered)
    }

    /// At most `limit` receipts of an import, in the order of its lines.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipts_of_import_after(
        &mut self,
        council: CouncilId,
        import: ImportId,
        after: super::AfterReceipt,
        limit: i64,
    ) -> Result<Vec<ReceiptRow>> {
        let (line, receipt_id) = match after {
            Some((line, receipt)) => (line, receipt.get()),
            None => (i64::MIN, uuid::Uuid::nil()),
        };
        let args = args![council, import, line, receipt_id, limit];
        self.all(RECEIPTS_OF_IMPORT_AFTER, args, receipt).await.map(gathered)
    }

    /// Every receipt that undoes no other, with what its entry says of it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn each_receipt(
        &mut self,
        council: CouncilId,
        each: &mut (dyn FnMut(ReceiptRow, String) + Send),
    ) -> Result<()> {
        let mut last: Option<(ReceiptRow, String)> = None;
        self.each(EVERY_RECEIPT, args![council], &mut |row| {
            let about = row.text(20)?;
            let one = receipt(row)?;
            match &mut last {
                Some((last, _)) if last.id == one.id => last.lines.extend(one.lines),
                last => {
                    if let Some((done, about)) = last.replace((one, about)) {
                        each(done, about);
                    }
                }
            }
            Ok(())
        })
        .await?;
        if let Some((done, about)) = last {
            each(done, about);
        }
        Ok(())
    }

    /// One receipt.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipt(
        &mut self,
        council: CouncilId,
        id: ReceiptId,
    ) -> Result<Option<ReceiptRow>> {
        let rows = self.all(RECEIPT_BY_ID, args![council, id], receipt).await?;
        Ok(gathered(rows).into_iter().next())
    }
}
