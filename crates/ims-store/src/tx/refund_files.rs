//! Refunds paid by a file for Bacs: to whom, and which file each is in.

use chrono::NaiveDate;
use ims_ledger::{
    id::{CouncilId, ExportId, RefundId},
    seal::ContentHash,
};
use ims_money::Pence;

use super::{
    Difference, Tx,
    refunds::{RefundRow, refund},
};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    PAYEE = Sql::both(
        "SELECT p.refund_id, p.digest, d.salt, d.words FROM refund_payee p
         LEFT JOIN detail d ON d.council_id = p.council_id AND d.owner_id = p.refund_id
         WHERE p.council_id = $1 AND p.refund_id = $2");
    PAYEES = Sql::both(
        "SELECT p.refund_id, p.digest, d.salt, d.words FROM refund_payee p
         JOIN detail d ON d.council_id = p.council_id AND d.owner_id = p.refund_id
         WHERE p.council_id = $1");
    TO_SEND = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps,
            (SELECT COUNT(*) FROM refund_file_item i WHERE i.council_id = f.council_id AND i.refund_id = f.refund_id)
         FROM refund_state s JOIN refund f ON f.council_id = s.council_id AND f.refund_id = s.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         JOIN refund_payee p ON p.council_id = f.council_id AND p.refund_id = f.refund_id
         WHERE s.council_id = $1 AND f.way = 'bank'
            AND (s.state = 'approved' OR (s.state IN ('sent', 'unknown') AND EXISTS (SELECT 1 FROM refund_file_item i
                WHERE i.council_id = f.council_id AND i.refund_id = f.refund_id)))
            AND NOT EXISTS (SELECT 1 FROM refund_file_item i
                LEFT JOIN export_ack a ON a.council_id = i.council_id AND a.export_id = i.export_id AND a.verdict = 'rejected'
                WHERE i.council_id = f.council_id AND i.refund_id = f.refund_id AND a.verdict IS NULL)
         ORDER BY f.refund_id LIMIT $2");
    LAST_FILE = Sql::both(
        "SELECT e.export_id, e.number FROM refund_file_item i JOIN export e ON e.council_id = i.council_id AND e.export_id = i.export_id
         WHERE i.council_id = $1 AND i.refund_id = $2 ORDER BY i.attempt DESC LIMIT 1");
    FILE = Sql::both(
        "SELECT f.export_id, e.file_name, f.bank, f.user_number, f.serial, f.processing_day FROM refund_file f
         JOIN export e ON e.council_id = f.council_id AND e.export_id = f.export_id
         WHERE f.council_id = $1 AND f.export_id = $2");
    FILES_UNDERWAY = Sql::both(
        "SELECT f.export_id, e.file_name, f.bank, f.user_number, f.serial, f.processing_day FROM refund_file f
         JOIN export e ON e.council_id = f.council_id AND e.export_id = f.export_id
         WHERE f.council_id = $1
            AND NOT EXISTS (SELECT 1 FROM export_ack a WHERE a.council_id = f.council_id AND a.export_id = f.export_id AND a.verdict = 'rejected')
            AND EXISTS (SELECT 1 FROM refund_file_item i
                JOIN refund_state s ON s.council_id = i.council_id AND s.refund_id = i.refund_id
                WHERE i.council_id = f.council_id AND i.export_id = f.export_id AND s.state IN ('sent', 'unknown'))
         ORDER BY e.number");
    REFUNDS_OF_FILE = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps
         FROM refund_file_item i JOIN refund f ON f.council_id = i.council_id AND f.refund_id = i.refund_id
         JOIN refund_state s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE i.council_id = $1 AND i.export_id = $2 ORDER BY i.item_no");
    ITEMS_BY_REFERENCE = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps, i.export_id
         FROM refund_file_item i JOIN refund f ON f.council_id = i.council_id AND f.refund_id = i.refund_id
         JOIN refund_state s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE i.council_id = $1 AND i.reference = $2
            AND NOT EXISTS (SELECT 1 FROM export_ack a WHERE a.council_id = i.council_id AND a.export_id = i.export_id AND a.verdict = 'rejected')
         ORDER BY i.export_id, i.item_no");
    IN_TWO_FILES = Sql::both(
        "SELECT f.number, 1, COUNT(*) FROM refund_file_item i
         JOIN refund f ON f.council_id = i.council_id AND f.refund_id = i.refund_id
         WHERE i.council_id = $1
            AND NOT EXISTS (SELECT 1 FROM export_ack a WHERE a.council_id = i.council_id AND a.export_id = i.export_id AND a.verdict = 'rejected')
         GROUP BY f.refund_id, f.number HAVING COUNT(*) > 1
         UNION ALL
         SELECT f.number, f.amount_pence, i.amount_pence FROM refund_file_item i
         JOIN refund f ON f.council_id = i.council_id AND f.refund_id = i.refund_id
         WHERE i.council_id = $1 AND f.amount_pence <> i.amount_pence");
    FILES_THAT_DIFFER = Sql::both(
        "SELECT e.file_name, e.credit_pence, CAST(COALESCE(SUM(i.amount_pence), 0) AS BIGINT) FROM export e
         LEFT JOIN refund_file_item i ON i.council_id = e.council_id AND i.export_id = e.export_id
         WHERE e.council_id = $1 AND e.kind = 'refunds' GROUP BY e.number, e.file_name, e.rows, e.credit_pence
         HAVING COALESCE(SUM(i.amount_pence), 0) <> e.credit_pence OR COUNT(i.item_no) <> e.rows ORDER BY e.number");
}

/// To whom a refund is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundPayeeRow {
    /// The refund.
    pub refund: RefundId,
    /// The salted digest of the words.
    pub digest: ContentHash,
    /// Name, sort code and account; none when they were erased.
    pub words: Option<String>,
    /// Whether the words are what the digest was made of.
    pub is_intact: bool,
}

/// What an export of refunds is beside an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundFileRow {
    /// The export.
    pub export: ExportId,
    /// What the file is called; not stored with it.
    pub file_name: String,
    /// The code of the bank account that pays.
    pub bank: String,
    /// The service user's number.
    pub user_number: String,
    /// The serial number in the file.
    pub serial: String,
    /// The day Bacs works through it.
    pub processing_day: NaiveDate,
}

/// A refund in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundFileItemRow {
    /// The refund.
    pub refund: RefundId,
    /// How often it has been in a file, this one counted.
    pub attempt: i64,
    /// Its place in the file, from 1.
    pub number: i64,
    /// The reference it is sent with.
    pub reference: String,
    /// How much.
    pub amount: Pence,
}

fn payee(row: Row) -> Result<RefundPayeeRow> {
    let digest = row.hash(1)?;
    let words = row.opt_text(3)?;
    let is_intact = match &words {
        Some(words) => digest == ContentHash::salted(row.bytes(2)?, words),
        None => false,
    };
    Ok(RefundPayeeRow { refund: row.id(0, RefundId::new)?, digest, words, is_intact })
}

fn file(row: Row) -> Result<RefundFileRow> {
    Ok(RefundFileRow {
        export: row.id(0, ExportId::new)?,
        file_name: row.text(1)?,
        bank: row.text(2)?,
        user_number: row.text(3)?,
        serial: row.text(4)?,
        processing_day: row.day(5)?,
    })
}

impl Tx {
    /// Records to whom a refund is paid; the words are kept apart, under the
    /// refund's id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when that is
    /// recorded already.
    pub async fn add_refund_payee(
        &mut self,
        council: CouncilId,
        refund: RefundId,
        digest: ContentHash,
    ) -> Result<()> {
        let rows = Batch::new("refund_payee", 1)
            .council(council)
            .uuids("refund_id", [refund.get()].into_iter())
            .bytes("digest", [digest.0.as_slice()].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// To whom a refund is paid, if that was said.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_payee(
        &mut self,
        council: CouncilId,
        refund: RefundId,
    ) -> Result<Option<RefundPayeeRow>> {
        self.first(PAYEE, args![council, refund], payee).await
    }

    /// Refunds that are due, have a payee and are in no file but rejected ones,
    /// the oldest first, with how many files they have been in.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds_to_send(
        &mut self,
        council: CouncilId,
        limit: i64,
    ) -> Result<Vec<(RefundRow, i64)>> {
        self.all(TO_SEND, args![council, limit], |row| {
            let files = row.int(13)?;
            Ok((refund(row)?, files))
        })
        .await
    }

    /// The last file a refund was in, and its number.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn last_file_of_refund(
        &mut self,
        council: CouncilId,
        refund: RefundId,
    ) -> Result<Option<(ExportId, i64)>> {
        let file = |row: Row| Ok((row.id(0, ExportId::new)?, row.int(1)?));
        self.first(LAST_FILE, args![council, refund], file).await
    }

    /// Records what is in an export of refunds.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when somebody
    /// else put one of them into a file a moment before.
    pub async fn add_refund_file(
        &mut self,
        council: CouncilId,
        file: &RefundFileRow,
        items: &[RefundFileItemRow],
    ) -> Result<()> {
        let rows = Batch::new("refund_file", 1)
            .council(council)
            .uuids("export_id", [file.export.get()].into_iter())
            .texts("bank", [file.bank.as_str()].into_iter())
            .texts("user_number", [file.user_number.as_str()].into_iter())
            .texts("serial", [file.serial.as_str()].into_iter())
            .days("processing_day", [file.processing_day].into_iter());
        self.insert(rows).await?;
        let rows = Batch::new("refund_file_item", items.len())
            .council(council)
            .uuids("refund_id", items.iter().map(|item| item.refund.get()))
            .ints("attempt", items.iter().map(|item| item.attempt))
            .uuids("export_id", items.iter().map(|_| file.export.get()))
            .ints("item_no", items.iter().map(|item| item.number))
            .texts("reference", items.iter().map(|item| item.reference.as_str()))
            .ints("amount_pence", items.iter().map(|item| item.amount.get()));
        self.insert(rows).await?;
        Ok(())
    }

    /// What an export of refunds is beside an export.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_file(
        &mut self,
        council: CouncilId,
        export: ExportId,
    ) -> Result<Option<RefundFileRow>> {
        self.first(FILE, args![council, export], file).await
    }

    /// The files that were not rejected and hold refunds on their way.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_files_underway(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<RefundFileRow>> {
        self.all(FILES_UNDERWAY, args![council], file).await
    }

    /// The refunds in a file, in its order.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds_of_file(
        &mut self,
        council: CouncilId,
        export: ExportId,
    ) -> Result<Vec<RefundRow>> {
        self.all(REFUNDS_OF_FILE, args![council, export], refund).await
    }

    /// The refunds sent under a reference, in files that were not rejected, each
    /// with its file.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds_sent_as(
        &mut self,
        council: CouncilId,
        reference: &str,
    ) -> Result<Vec<(RefundRow, ExportId)>> {
        self.all(ITEMS_BY_REFERENCE, args![council, reference], |row| {
            let export = row.id(13, ExportId::new)?;
            Ok((refund(row)?, export))
        })
        .await
    }

    /// Refunds in two files that were not rejected, or with another amount than
    /// theirs, and files whose totals are not those of their refunds.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_files_that_differ(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<Difference>> {
        let mut found = self.all(IN_TWO_FILES, args![council], Difference::of).await?;
        found.extend(self.all(FILES_THAT_DIFFER, args![council], Difference::of).await?);
        Ok(found)
    }

    /// The first refund whose payee is not who was asked for.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_payees_that_differ(
        &mut self,
        council: CouncilId,
    ) -> Result<Option<RefundId>> {
        let payees = self.all(PAYEES, args![council], payee).await?;
        Ok(payees.into_iter().find(|payee| !payee.is_intact).map(|payee| payee.refund))
    }
}
