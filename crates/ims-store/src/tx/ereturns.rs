//! E-returns: their versions, what was done with them, and where they stand.

use chrono::{DateTime, Utc};
use ims_ledger::{
    id::{CouncilId, EReturnId, EntryId, ReceiptId},
    seal::ContentHash,
};
use ims_money::Pence;
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    ERETURN = Sql::both(
        "SELECT e.ereturn_id, e.number, e.template, e.office, e.config_version, e.created_by, e.created_at, e.idempotency_key,
            s.status, s.version, v.rows_pence, v.counted_pence
         FROM ereturn e
         JOIN ereturn_state s ON s.council_id = e.council_id AND s.ereturn_id = e.ereturn_id
         JOIN ereturn_version v ON v.council_id = e.council_id AND v.ereturn_id = e.ereturn_id AND v.version = s.version
         WHERE e.council_id = $1 AND e.ereturn_id = $2");
    ERETURN_BY_NUMBER = Sql::both("SELECT ereturn_id FROM ereturn WHERE council_id = $1 AND number = $2");
    ERETURN_BY_KEY = Sql::both("SELECT ereturn_id FROM ereturn WHERE council_id = $1 AND idempotency_key = $2");
    MOVE_ERETURN = Sql::both(
        "UPDATE ereturn_state SET status = $5, version = $6
         WHERE council_id = $1 AND ereturn_id = $2 AND status = $3 AND version = $4");
    VERSIONS = Sql::both(
        "SELECT v.ereturn_id, v.version, v.document, v.content_hash, v.detail_id, v.detail_digest, v.rows_pence, v.counted_pence,
            v.saved_by, v.saved_at, d.words
         FROM ereturn_version v
         LEFT JOIN detail d ON d.council_id = v.council_id AND d.owner_id = v.detail_id
         WHERE v.council_id = $1 AND v.ereturn_id = $2 ORDER BY v.version");
    STEPS = Sql::both(
        "SELECT step_no, step, version, done_by, done_at, reason FROM ereturn_step
         WHERE council_id = $1 AND ereturn_id = $2 ORDER BY step_no");
    APPROVAL_OF = Sql::both(
        "SELECT version, submitted_by, submitted_at, approved_by, approved_at, rows_pence, counted_pence, entry_id, receipt_id
         FROM ereturn_approval WHERE council_id = $1 AND ereturn_id = $2");
    APPROVE = Sql::each(
        "INSERT INTO ereturn_approval (council_id, ereturn_id, version, prepared_by, submitted_by, submitted_at,
            approved_by, approved_at, rows_pence, counted_pence, entry_id, receipt_id)
         SELECT v.council_id, v.ereturn_id, v.version,
            (SELECT '|' || group_concat(h.who, '|') || '|' FROM (
                SELECT x.saved_by AS who FROM ereturn_version x WHERE x.council_id = $1 AND x.ereturn_id = $2
                UNION SELECT y.done_by FROM ereturn_step y WHERE y.council_id = $1 AND y.ereturn_id = $2 AND y.step = 'submitted') h),
            s.done_by, s.done_at, $4, $5, v.rows_pence, v.counted_pence, $6, $7
         FROM ereturn_version v JOIN ereturn_step s ON s.council_id = v.council_id AND s.ereturn_id = v.ereturn_id
         WHERE v.council_id = $1 AND v.ereturn_id = $2 AND v.version = $3 AND s.step = 'submitted'
         ORDER BY s.step_no DESC LIMIT 1",
        "INSERT INTO ereturn_approval (council_id, ereturn_id, version, prepared_by, submitted_by, submitted_at,
            approved_by, approved_at, rows_pence, counted_pence, entry_id, receipt_id)
         SELECT v.council_id, v.ereturn_id, v.version,
            (SELECT '|' || string_agg(h.who, '|' ORDER BY h.who) || '|' FROM (
                SELECT x.saved_by AS who FROM ereturn_version x WHERE x.council_id = $1 AND x.ereturn_id = $2
                UNION SELECT y.done_by FROM ereturn_step y WHERE y.council_id = $1 AND y.ereturn_id = $2 AND y.step = 'submitted') h),
            s.done_by, s.done_at, $4, CAST($5 AS TIMESTAMPTZ), v.rows_pence, v.counted_pence, CAST($6 AS UUID), CAST($7 AS UUID)
         FROM ereturn_version v JOIN ereturn_step s ON s.council_id = v.council_id AND s.ereturn_id = v.ereturn_id
         WHERE v.council_id = $1 AND v.ereturn_id = $2 AND v.version = $3 AND s.step = 'submitted'
         ORDER BY s.step_no DESC LIMIT 1");
    NOTES = Sql::both(
        "SELECT note_id, note, noted_by, noted_at FROM ereturn_note
         WHERE council_id = $1 AND ereturn_id = $2 ORDER BY note_id");
}

/// An e-return, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EReturnRow {
    /// Its id.
    pub id: EReturnId,
    /// Its number, without gaps; people see it with an `R` before it.
    pub number: i64,
    /// The template's code.
    pub template: String,
    /// The office's code.
    pub office: Option<String>,
    /// The version of the configuration it was made under.
    pub config_version: i64,
    /// By whom.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// The key under which it is made once.
    pub key: Option<String>,
    /// `new`, `in-progress`, `submitted`, `returned`, `approved` or `void`.
    pub status: String,
    /// The newest version.
    pub version: i64,
    /// What its rows come to.
    pub rows: Pence,
    /// What was counted.
    pub counted: Pence,
}

/// What was declared at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EReturnVersionRow {
    /// The e-return.
    pub ereturn: EReturnId,
    /// Counted from 1.
    pub version: i64,
    /// The takings as JSON, without words about people.
    pub document: String,
    /// The hash of the document.
    pub content_hash: ContentHash,
    /// Where the words about people are kept.
    pub detail: Uuid,
    /// Their salted digest.
    pub detail_digest: Option<ContentHash>,
    /// What its rows come to.
    pub rows: Pence,
    /// What was counted.
    pub counted: Pence,
    /// By whom.
    pub saved_by: String,
    /// When.
    pub saved_at: DateTime<Utc>,
    /// The words about people, unless they were erased. Not written with the row.
    pub words: Option<String>,
}

/// Something done with an e-return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EReturnStepRow {
    /// Counted from 1.
    pub number: i64,
    /// `submitted`, `returned` or `voided`.
    pub step: String,
    /// The version it was done with.
    pub version: i64,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// The approval of an e-return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EReturnApprovalRow {
    /// The version that was approved.
    pub version: i64,
    /// Who handed it in.
    pub submitted_by: String,
    /// When.
    pub submitted_at: DateTime<Utc>,
    /// Who approved it.
    pub approved_by: String,
    /// When.
    pub approved_at: DateTime<Utc>,
    /// What its rows came to.
    pub rows: Pence,
    /// What was counted.
    pub counted: Pence,
    /// The entry that posted it.
    pub entry: EntryId,
    /// The receipt it made.
    pub receipt: ReceiptId,
}

/// A note on an e-return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EReturnNoteRow {
    /// Its id.
    pub id: Uuid,
    /// What it says.
    pub note: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

pub(super) fn ereturn(row: Row) -> Result<EReturnRow> {
    Ok(EReturnRow {
        id: row.id(0, EReturnId::new)?,
        number: row.int(1)?,
        template: row.text(2)?,
        office: row.opt_text(3)?,
        config_version: row.int(4)?,
        created_by: row.text(5)?,
        created_at: row.time(6)?,
        key: row.opt_text(7)?,
        status: row.text(8)?,
        version: row.int(9)?,
        rows: row.pence(10)?,
        counted: row.pence(11)?,
    })
}

fn version(row: Row) -> Result<EReturnVersionRow> {
    Ok(EReturnVersionRow {
        ereturn: row.id(0, EReturnId::new)?,
        version: row.int(1)?,
        document: row.text(2)?,
        content_hash: row.hash(3)?,
        detail: row.id(4, |id| id)?,
        detail_digest: row.opt_hash(5)?,
        rows: row.pence(6)?,
        counted: row.pence(7)?,
        saved_by: row.text(8)?,
        saved_at: row.time(9)?,
        words: row.opt_text(10)?,
    })
}

fn step(row: Row) -> Result<EReturnStepRow> {
    Ok(EReturnStepRow {
        number: row.int(0)?,
        step: row.text(1)?,
        version: row.int(2)?,
        by: row.text(3)?,
        at: row.time(4)?,
        reason: row.text(5)?,
    })
}

fn approval(row: Row) -> Result<EReturnApprovalRow> {
    Ok(EReturnApprovalRow {
        version: row.int(0)?,
        submitted_by: row.text(1)?,
        submitted_at: row.time(2)?,
        approved_by: row.text(3)?,
        approved_at: row.time(4)?,
        rows: row.pence(5)?,
        counted: row.pence(6)?,
        entry: row.id(7, EntryId::new)?,
        receipt: row.id(8, ReceiptId::new)?,
    })
}

impl Tx {
    /// Adds an e-return, standing where `row` says. Its first version is added
    /// with [`add_ereturn_version`](Self::add_ereturn_version).
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for a number or a key given before.
    pub async fn add_ereturn(&mut self, council: CouncilId, row: &EReturnRow) -> Result<()> {
        let rows = Batch::new("ereturn", 1)
            .council(council)
            .uuids("ereturn_id", [row.id.get()].into_iter())
            .ints("number", [row.number].into_iter())
            .texts("template", [row.template.as_str()].into_iter())
            .opt_texts("office", [row.office.as_deref()].into_iter())
            .ints("config_version", [row.config_version].into_iter())
            .texts("created_by", [row.created_by.as_str()].into_iter())
            .times("created_at", [row.created_at].into_iter())
            .opt_texts("idempotency_key", [row.key.as_deref()].into_iter());
        self.insert(rows).await?;
        let state = Batch::new("ereturn_state", 1)
            .council(council)
            .uuids("ereturn_id", [row.id.get()].into_iter())
            .texts("status", [row.status.as_str()].into_iter())
            .ints("version", [row.version].into_iter());
        self.insert(state).await?;
        Ok(())
    }

    /// One e-return.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn(
        &mut self,
        council: CouncilId,
        id: EReturnId,
    ) -> Result<Option<EReturnRow>> {
        self.first(ERETURN, args![council, id], ereturn).await
    }

    /// The e-return of that number.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_numbered(
        &mut self,
        council: CouncilId,
        number: i64,
    ) -> Result<Option<EReturnId>> {
        self.first(ERETURN_BY_NUMBER, args![council, number], |row| row.id(0, EReturnId::new)).await
    }

    /// The e-return made under `key`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_by_key(
        &mut self,
        council: CouncilId,
        key: &str,
    ) -> Result<Option<EReturnId>> {
        self.first(ERETURN_BY_KEY, args![council, key], |row| row.id(0, EReturnId::new)).await
    }

    /// Moves an e-return from where `from` says it stands. False when it does
    /// not stand there any more: whoever else moves it waits for this unit of
    /// work to end, and is told.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn move_ereturn(
        &mut self,
        council: CouncilId,
        from: &EReturnRow,
        status: &str,
        version: i64,
    ) -> Result<bool> {
        let args = args![council, from.id, &from.status, from.version, status, version];
        Ok(self.execute(MOVE_ERETURN, args).await? == 1)
    }

    /// Adds a version.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when there is one of its number.
    pub async fn add_ereturn_version(
        &mut self,
        council: CouncilId,
        row: &EReturnVersionRow,
    ) -> Result<()> {
        let digest = row.detail_digest.map(|digest| digest.0.to_vec());
        let rows = Batch::new("ereturn_version", 1)
            .council(council)
            .uuids("ereturn_id", [row.ereturn.get()].into_iter())
            .ints("version", [row.version].into_iter())
            .texts("document", [row.document.as_str()].into_iter())
            .bytes("content_hash", [row.content_hash.0.as_slice()].into_iter())
            .uuids("detail_id", [row.detail].into_iter())
            .opt_bytes("detail_digest", [digest].into_iter())
            .ints("rows_pence", [row.rows.get()].into_iter())
            .ints("counted_pence", [row.counted.get()].into_iter())
            .texts("saved_by", [row.saved_by.as_str()].into_iter())
            .times("saved_at", [row.saved_at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// Every version of an e-return, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_versions(
        &mut self,
        council: CouncilId,
        id: EReturnId,
    ) -> Result<Vec<EReturnVersionRow>> {
        self.all(VERSIONS, args![council, id], version).await
    }

    /// Adds a step; its number is the next.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when there is one of its number.
    pub async fn add_ereturn_step(
        &mut self,
        council: CouncilId,
        id: EReturnId,
        row: &EReturnStepRow,
    ) -> Result<()> {
        let rows = Batch::new("ereturn_step", 1)
            .council(council)
            .uuids("ereturn_id", [id.get()].into_iter())
            .ints("step_no", [row.number].into_iter())
            .texts("step", [row.step.as_str()].into_iter())
            .ints("version", [row.version].into_iter())
            .texts("done_by", [row.by.as_str()].into_iter())
            .times("done_at", [row.at].into_iter())
            .texts("reason", [row.reason.as_str()].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// What was done with an e-return, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_steps(
        &mut self,
        council: CouncilId,
        id: EReturnId,
    ) -> Result<Vec<EReturnStepRow>> {
        self.all(STEPS, args![council, id], step).await
    }

    /// Records an approval of what was submitted last. False when nothing was.
    ///
    /// # Errors
    ///
    /// What the database says: among it the refusal of an approval by somebody
    /// who had a hand in any version.
    pub async fn approve_ereturn(
        &mut self,
        council: CouncilId,
        id: EReturnId,
        row: &EReturnApprovalRow,
    ) -> Result<bool> {
        let (by, at) = (&row.approved_by, row.approved_at);
        let args = args![council, id, row.version, by, at, row.entry, row.receipt];
        Ok(self.execute(APPROVE, args).await? == 1)
    }

    /// The approval of an e-return.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_approval(
        &mut self,
        council: CouncilId,
        id: EReturnId,
    ) -> Result<Option<EReturnApprovalRow>> {
        self.first(APPROVAL_OF, args![council, id], approval).await
    }

    /// Adds a note.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_ereturn_note(
        &mut self,
        council: CouncilId,
        id: EReturnId,
        row: &EReturnNoteRow,
    ) -> Result<()> {
        let rows = Batch::new("ereturn_note", 1)
            .council(council)
            .uuids("note_id", [row.id].into_iter())
            .uuids("ereturn_id", [id.get()].into_iter())
            .texts("note", [row.note.as_str()].into_iter())
            .texts("noted_by", [row.by.as_str()].into_iter())
            .times("noted_at", [row.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// The notes on an e-return, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn ereturn_notes(
        &mut self,
        council: CouncilId,
        id: EReturnId,
    ) -> Result<Vec<EReturnNoteRow>> {
        self.all(NOTES, args![council, id], |row| {
            Ok(EReturnNoteRow {
                id: row.id(0, |id| id)?,
                note: row.text(1)?,
                by: row.text(2)?,
                at: row.time(3)?,
            })
        })
        .await
    }
}
