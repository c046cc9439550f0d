//! Files that came in: their bytes, what became of them, and those kept aside.

use chrono::{DateTime, Utc};
use ims_ledger::{
    id::{CouncilId, ImportId},
    seal::ContentHash,
};
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    ARCHIVE = Sql::both(
        "INSERT INTO archive (council_id, content_hash, size, deflated, kept_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (council_id, content_hash) DO NOTHING");
    ARCHIVED = Sql::both(
        "SELECT deflated FROM archive WHERE council_id = $1 AND content_hash = $2");
    ARCHIVED_HASHES = Sql::both("SELECT content_hash FROM archive WHERE council_id = $1 ORDER BY content_hash");
    ADD_IMPORT = Sql::both(
        "INSERT INTO import (council_id, import_id, content_hash, generation, format, file_name, rows, total_pence,
            suspense_rows, warnings, config_version, imported_at, imported_by, accepted_because)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    IMPORTS_OF_CONTENT = Sql::both(
        "SELECT i.import_id, i.content_hash, i.generation, i.format, i.file_name, i.rows, i.total_pence, i.suspense_rows,
            i.warnings, i.config_version, i.imported_at, i.imported_by, i.accepted_because, r.reversed_at
         FROM import i LEFT JOIN import_reversal r ON r.council_id = i.council_id AND r.import_id = i.import_id
         WHERE i.council_id = $1 AND i.content_hash = $2 ORDER BY i.generation");
    IMPORT = Sql::both(
        "SELECT i.import_id, i.content_hash, i.generation, i.format, i.file_name, i.rows, i.total_pence, i.suspense_rows,
            i.warnings, i.config_version, i.imported_at, i.imported_by, i.accepted_because, r.reversed_at
         FROM import i LEFT JOIN import_reversal r ON r.council_id = i.council_id AND r.import_id = i.import_id
         WHERE i.council_id = $1 AND i.import_id = $2");
    IMPORT_OF_KEY = Sql::both(
        "SELECT e.import_id, EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = e.council_id AND r.import_id = e.import_id)
         FROM entry e WHERE e.council_id = $1 AND e.idempotency_key = $2");
    IMPORTS = Sql::both(
        "SELECT i.import_id, i.content_hash, i.generation, i.format, i.file_name, i.rows, i.total_pence, i.suspense_rows,
            i.warnings, i.config_version, i.imported_at, i.imported_by, i.accepted_because, r.reversed_at
         FROM import i LEFT JOIN import_reversal r ON r.council_id = i.council_id AND r.import_id = i.import_id
         WHERE i.council_id = $1 AND i.import_id < $2 ORDER BY i.import_id DESC LIMIT $3");
    REVERSE_IMPORT = Sql::both(
        "INSERT INTO import_reversal (council_id, import_id, reversed_at, reversed_by, reason, contra_import_id)
         VALUES ($1, $2, $3, $4, $5, $6)");
    QUARANTINE = Sql::both(
        "INSERT INTO quarantine (council_id, content_hash, file_name, format, reason, quarantined_at, quarantined_by, settled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)
         ON CONFLICT (council_id, content_hash) DO UPDATE SET reason = excluded.reason, settled_at = NULL");
    SETTLE_QUARANTINE = Sql::both(
        "UPDATE quarantine SET settled_at = $3 WHERE council_id = $1 AND content_hash = $2 AND settled_at IS NULL");
    QUARANTINED = Sql::both(
        "SELECT content_hash, file_name, format, reason, quarantined_at FROM quarantine
         WHERE council_id = $1 AND settled_at IS NULL ORDER BY quarantined_at, content_hash LIMIT $2");
}

/// One file taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Its id.
    pub id: ImportId,
    /// The hash of its bytes.
    pub content_hash: ContentHash,
    /// How often the same bytes had been reversed before.
    pub generation: i64,
    /// The format it was read as.
    pub format: String,
    /// What it was called.
    pub file_name: String,
    /// Rows of money or accounts in it.
    pub rows: i64,
    /// Their sum.
    pub total: Pence,
    /// How many of them went to suspense.
    pub suspense_rows: i64,
    /// How many remarks the reader and the rules made.
    pub warnings: i64,
    /// The version of the configuration it was placed by.
    pub config_version: i64,
    /// When.
    pub imported_at: DateTime<Utc>,
    /// By whom.
    pub imported_by: String,
    /// Why it was accepted although it disagreed.
    pub accepted_because: Option<String>,
    /// When it was reversed, if it was.
    pub reversed_at: Option<DateTime<Utc>>,
}

/// A file kept aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The hash of its bytes.
    pub content_hash: ContentHash,
    /// What it was called.
    pub file_name: String,
    /// The format it was read as.
    pub format: String,
    /// What disagreed.
    pub reason: String,
    /// When.
    pub quarantined_at: DateTime<Utc>,
}

fn import(row: Row) -> Result<ImportRow> {
    Ok(ImportRow {
        id: row.id(0, ImportId::new)?,
        content_hash: row.hash(1)?,
        generation: row.int(2)?,
        format: row.text(3)?,
        file_name: row.text(4)?,
        rows: row.int(5)?,
        total: row.pence(6)?,
        suspense_rows: row.int(7)?,
        warnings: row.int(8)?,
        config_version: row.int(9)?,
        imported_at: row.time(10)?,
        imported_by: row.text(11)?,
        accepted_because: row.opt_text(12)?,
        reversed_at: row.opt_time(13)?,
    })
}

fn quarantined(row: Row) -> Result<Quarantined> {
    Ok(Quarantined {
        content_hash: row.hash(0)?,
        file_name: row.text(1)?,
        format: row.text(2)?,
        reason: row.text(3)?,
        quarantined_at: row.time(4)?,
    })
}

impl Tx {
    /// Keeps the deflated bytes of a file under the hash of what they were.
    /// The same content again is nothing new.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn archive(
        &mut self,
        council: CouncilId,
        hash: ContentHash,
        size: i64,
        deflated: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(ARCHIVE, args![council, hash, size, deflated, now]).await?;
        Ok(())
    }

    /// The deflated bytes kept under `hash`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn archived(
        &mut self,
        council: CouncilId,
        hash: ContentHash,
    ) -> Result<Option<Vec<u8>>> {
        self.first(ARCHIVED, args![council, hash], |row| row.bytes(0).map(<[u8]>::to_vec)).await
    }

    /// The hashes of everything kept.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn archived_hashes(&mut self, council: CouncilId) -> Result<Vec<ContentHash>> {
        self.all(ARCHIVED_HASHES, args![council], |row| row.hash(0)).await
    }

    /// Records an import.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when somebody
    /// else imported the same content a moment before.
    pub async fn add_import(&mut self, council: CouncilId, row: &ImportRow) -> Result<()> {
        self.execute(
            ADD_IMPORT,
            args![
                council,
                row.id,
                row.content_hash,
                row.generation,
                &row.format,
                &row.file_name,
                row.rows,
                row.total,
                row.suspense_rows,
                row.warnings,
                row.config_version,
                row.imported_at,
                &row.imported_by,
                row.accepted_because.clone()
            ],
        )
        .await?;
        Ok(())
    }

    /// Every import of the same content, the last one last.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn imports_of(
        &mut self,
        council: CouncilId,
        hash: ContentHash,
    ) -> Result<Vec<ImportRow>> {
        self.all(IMPORTS_OF_CONTENT, args![council, hash], import).await
    }

    /// One import.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn import(&mut self, council: CouncilId, id: ImportId) -> Result<Option<ImportRow>> {
        self.first(IMPORT, args![council, id], import).await
    }

    /// The import that posted an entry under `key`, and whether it was undone
    /// since.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn import_of_key(
        &mut self,
        council: CouncilId,
        key: &str,
    ) -> Result<Option<(Option<ImportId>, bool)>> {
        let read = |row: Row| Ok((row.opt_id(0, ImportId::new)?, row.bool(1)?));
        self.first(IMPORT_OF_KEY, args![council, key], read).await
    }

    /// The newest `limit` imports before `before`, newest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn imports(
        &mut self,
        council: CouncilId,
        before: Option<ImportId>,
        limit: i64,
    ) -> Result<Vec<ImportRow>> {
        let before = before.map_or(uuid::Uuid::max(), ImportId::get);
        self.all(IMPORTS, args![council, before, limit], import).await
    }

    /// Records that an import was undone, by entries under `contra`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was undone already.
    pub async fn add_reversal(
        &mut self,
        council: CouncilId,
        id: ImportId,
        contra: ImportId,
        reason: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(REVERSE_IMPORT, args![council, id, now, by, reason, contra]).await?;
        Ok(())
    }

    /// Keeps a file aside.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn quarantine(
        &mut self,
        council: CouncilId,
        file: &Quarantined,
        by: &str,
    ) -> Result<()> {
        self.execute(
            QUARANTINE,
            args![
                council,
                file.content_hash,
                &file.file_name,
                &file.format,
                &file.reason,
                file.quarantined_at,
                by
            ],
        )
        .await?;
        Ok(())
    }

    /// A file kept aside has been dealt with.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn settle_quarantine(
        &mut self,
        council: CouncilId,
        hash: ContentHash,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(SETTLE_QUARANTINE, args![council, hash, now]).await?;
        Ok(())
    }

    /// The files kept aside, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn quarantined(
        &mut self,
        council: CouncilId,
        limit: i64,
    ) -> Result<Vec<Quarantined>> {
        self.all(QUARANTINED, args![council, limit], quarantined).await
    }
}
