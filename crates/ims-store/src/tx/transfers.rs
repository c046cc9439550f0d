//! Transfers between accounts, journals of posted lines, and what took them back.

use chrono::{DateTime, Utc};
use ims_ledger::id::{ApprovalId, CouncilId, EntryId, ReceiptId, TransferId};
use ims_money::Pence;

use super::{Difference, LineKey, Tx};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    TRANSFER = Sql::both(
        "SELECT t.transfer_id, t.kind, t.receipt_id, COALESCE(r.number, ''), t.entry_id, t.source_receipt_id, t.source_line_no,
            t.amount_pence, t.reason, t.approval_id, t.made_by, t.made_at, u.reason, u.undone_by, u.undone_at
         FROM transfer t
         LEFT JOIN receipt r ON r.council_id = t.council_id AND r.receipt_id = t.receipt_id
         LEFT JOIN transfer_undo u ON u.council_id = t.council_id AND u.transfer_id = t.transfer_id
         WHERE t.council_id = $1 AND t.transfer_id = $2");
    TRANSFERS = Sql::both(
        "SELECT t.transfer_id, t.kind, t.receipt_id, COALESCE(r.number, ''), t.entry_id, t.source_receipt_id, t.source_line_no,
            t.amount_pence, t.reason, t.approval_id, t.made_by, t.made_at, u.reason, u.undone_by, u.undone_at
         FROM transfer t
         LEFT JOIN receipt r ON r.council_id = t.council_id AND r.receipt_id = t.receipt_id
         LEFT JOIN transfer_undo u ON u.council_id = t.council_id AND u.transfer_id = t.transfer_id
         WHERE t.council_id = $1 AND (t.transfer_id < $2 OR $2 IS NULL) ORDER BY t.transfer_id DESC LIMIT $3");
    THAT_DIFFER = Sql::both(
        "SELECT r.number, t.amount_pence, CAST(COALESCE(SUM(CASE WHEN l.amount_pence > 0 THEN l.amount_pence ELSE 0 END), 0) AS BIGINT)
         FROM transfer t
         JOIN receipt r ON r.council_id = t.council_id AND r.receipt_id = t.receipt_id
         LEFT JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE t.council_id = $1 GROUP BY r.number, t.transfer_id, t.amount_pence, r.total_pence
         HAVING r.total_pence <> 0
            OR COALESCE(SUM(CASE WHEN l.amount_pence > 0 THEN l.amount_pence ELSE 0 END), 0) <> t.amount_pence
         ORDER BY r.number");
    TAKEN_OTHERWISE = Sql::both(
        "SELECT x.number, x.amount_pence, x.taken FROM (
            SELECT r.number AS number, CASE WHEN u.transfer_id IS NULL THEN t.amount_pence ELSE 0 END AS amount_pence,
                (SELECT CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM line_use l
                 WHERE l.council_id = t.council_id AND l.subject_id = t.transfer_id
                    AND l.receipt_id = t.source_receipt_id AND l.line_no = t.source_line_no) AS taken
            FROM transfer t
            JOIN receipt r ON r.council_id = t.council_id AND r.receipt_id = t.receipt_id
            LEFT JOIN transfer_undo u ON u.council_id = t.council_id AND u.transfer_id = t.transfer_id
            WHERE t.council_id = $1 AND t.kind = 'journal') x
         WHERE x.amount_pence <> x.taken ORDER BY x.number");
    UNDONE_OTHERWISE = Sql::both(
        "SELECT x.number, x.undone, x.reversed FROM (
            SELECT r.number AS number, CASE WHEN u.transfer_id IS NULL THEN 0 ELSE 1 END AS undone,
                CASE WHEN v.receipt_id IS NULL THEN 0 ELSE 1 END AS reversed
            FROM transfer t
            JOIN receipt r ON r.council_id = t.council_id AND r.receipt_id = t.receipt_id
            LEFT JOIN transfer_undo u ON u.council_id = t.council_id AND u.transfer_id = t.transfer_id
            LEFT JOIN receipt v ON v.council_id = t.council_id AND v.reverses = t.receipt_id
            WHERE t.council_id = $1) x
         WHERE x.undone <> x.reversed ORDER BY x.number");
}

/// Money moved between accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferRow {
    /// Its id.
    pub id: TransferId,
    /// `journal` of a posted line, or `transfer`.
    pub kind: String,
    /// The receipt whose lines say what was taken and given.
    pub receipt: ReceiptId,
    /// That receipt's number; not looked at when a row is added.
    pub number: String,
    /// The entry that posted it.
    pub entry: EntryId,
    /// The line a journal was taken from.
    pub source: Option<LineKey>,
    /// How much was moved, gross.
    pub amount: Pence,
    /// Why.
    pub reason: String,
    /// The approval it was posted under.
    pub approval: Option<ApprovalId>,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom it was taken back; not looked at when a row is added.
    pub undone: Option<UndoneRow>,
}

/// Who took something back, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneRow {
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

fn transfer(row: Row) -> Result<TransferRow> {
    let source = match row.opt_id(5, ReceiptId::new)? {
        Some(receipt) => Some(LineKey { receipt, line: row.int(6)? }),
        None => None,
    };
    let undone = match row.opt_text(13)? {
        Some(by) => Some(UndoneRow { reason: row.text(12)?, by, at: row.time(14)? }),
        None => None,
    };
    Ok(TransferRow {
        id: row.id(0, TransferId::new)?,
        kind: row.text(1)?,
        receipt: row.id(2, ReceiptId::new)?,
        number: row.text(3)?,
        entry: row.id(4, EntryId::new)?,
        source,
        amount: row.pence(7)?,
        reason: row.text(8)?,
        approval: row.opt_id(9, ApprovalId::new)?,
        by: row.text(10)?,
        at: row.time(11)?,
        undone,
    })
}

impl Tx {
    /// Adds a transfer or journal; its receipt and its entry are added apart.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_transfer(&mut self, council: CouncilId, row: &TransferRow) -> Result<()> {
        let source = row.source;
        let rows = Batch::new("transfer", 1)
            .council(council)
            .uuids("transfer_id", [row.id.get()].into_iter())
            .texts("kind", [row.kind.as_str()].into_iter())
            .uuids("receipt_id", [row.receipt.get()].into_iter())
            .uuids("entry_id", [row.entry.get()].into_iter())
            .opt_uuids("source_receipt_id", [source.map(|of| of.receipt.get())].into_iter())
            .opt_ints("source_line_no", [source.map(|of| of.line)].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .texts("reason", [row.reason.as_str()].into_iter())
            .opt_uuids("approval_id", [row.approval.map(ApprovalId::get)].into_iter())
            .texts("made_by", [row.by.as_str()].into_iter())
            .times("made_at", [row.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// One transfer or journal.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn transfer(
        &mut self,
        council: CouncilId,
        id: TransferId,
    ) -> Result<Option<TransferRow>> {
        self.first(TRANSFER, args![council, id], transfer).await
    }

    /// Transfers and journals, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn transfers(
        &mut self,
        council: CouncilId,
        before: Option<TransferId>,
        limit: i64,
    ) -> Result<Vec<TransferRow>> {
        self.all(TRANSFERS, args![council, before, limit], transfer).await
    }

    /// Records that a transfer or journal was taken back, by the receipt and
    /// the entry that did it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was already.
    pub async fn add_transfer_undo(
        &mut self,
        council: CouncilId,
        id: TransferId,
        (receipt, entry): (ReceiptId, EntryId),
        undone: &UndoneRow,
    ) -> Result<()> {
        let rows = Batch::new("transfer_undo", 1)
            .council(council)
            .uuids("transfer_id", [id.get()].into_iter())
            .uuids("receipt_id", [receipt.get()].into_iter())
            .uuids("entry_id", [entry.get()].into_iter())
            .texts("reason", [undone.reason.as_str()].into_iter())
            .texts("undone_by", [undone.by.as_str()].into_iter())
            .times("undone_at", [undone.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// Transfers that do not give what they take, journals that took something
    /// else of their line, and those taken back by no receipt.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn transfers_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = self.all(THAT_DIFFER, args![council], Difference::of).await?;
        found.extend(self.all(TAKEN_OTHERWISE, args![council], Difference::of).await?);
        found.extend(self.all(UNDONE_OTHERWISE, args![council], Difference::of).await?);
        Ok(found)
    }
}
