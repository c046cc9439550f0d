//! By what later files are compared with those that came in.

use chrono::{DateTime, NaiveDate, Utc};
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
    ADD_PRINT = Sql::both(
        "INSERT INTO import_print (council_id, import_id, kind, sender, first_day, last_day, rows, total_pence, prints)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    PRINTS_OF_DAYS = Sql::both(
        "SELECT i.file_name, i.imported_at, p.prints FROM import_print p
         JOIN import i ON i.council_id = p.council_id AND i.import_id = p.import_id
         LEFT JOIN import_reversal r ON r.council_id = p.council_id AND r.import_id = p.import_id
         WHERE p.council_id = $1 AND p.kind = $2 AND p.last_day >= $3 AND p.first_day <= $4 AND r.import_id IS NULL
         ORDER BY p.import_id DESC LIMIT $5");
    FIGURES_OF_SENDER = Sql::both(
        "SELECT p.last_day, p.rows, p.total_pence FROM import_print p
         LEFT JOIN import_reversal r ON r.council_id = p.council_id AND r.import_id = p.import_id
         WHERE p.council_id = $1 AND p.sender = $2 AND r.import_id IS NULL
         ORDER BY p.last_day DESC, p.import_id DESC LIMIT $3");
    ADD_MASKED = Sql::both(
        "INSERT INTO archive_masked (council_id, content_hash, kept_hash) VALUES ($1, $2, $3)
         ON CONFLICT (council_id, content_hash) DO NOTHING");
    MASKED = Sql::both("SELECT kept_hash FROM archive_masked WHERE council_id = $1 AND content_hash = $2");
}

/// What is kept of an import of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrintRow {
    /// Its import.
    pub import: ImportId,
    /// `receipts`, `schedules` or `settlements`.
    pub kind: String,
    /// The format, and who sent it.
    pub sender: String,
    /// The first day of its rows.
    pub first_day: NaiveDate,
    /// The last.
    pub last_day: NaiveDate,
    /// How many rows.
    pub rows: i64,
    /// What they come to.
    pub total: Pence,
    /// By what they are known again, as bytes.
    pub prints: Vec<u8>,
}

/// An earlier import, to be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierPrints {
    /// What it was called.
    pub file_name: String,
    /// When it came in.
    pub imported_at: DateTime<Utc>,
    /// By what its rows are known again, as bytes.
    pub prints: Vec<u8>,
}

fn earlier(row: Row) -> Result<EarlierPrints> {
    Ok(EarlierPrints {
        file_name: row.text(0)?,
        imported_at: row.time(1)?,
        prints: row.bytes(2)?.to_vec(),
    })
}

impl Tx {
    /// Keeps by what later files are compared with an import.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_print(&mut self, council: CouncilId, row: &PrintRow) -> Result<()> {
        self.execute(
            ADD_PRINT,
            args![
                council,
                row.import,
                &row.kind,
                &row.sender,
                row.first_day,
                row.last_day,
                row.rows,
                row.total,
                row.prints.clone()
            ],
        )
        .await?;
        Ok(())
    }

    /// The newest `limit` imports of that kind that stand and have days in common
    /// with `from` to `to`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn prints_of_days(
        &mut self,
        council: CouncilId,
        kind: &str,
        (from, to): (NaiveDate, NaiveDate),
        limit: i64,
    ) -> Result<Vec<EarlierPrints>> {
        self.all(PRINTS_OF_DAYS, args![council, kind, from, to, limit], earlier).await
    }

    /// The last day, the number of rows and their sum of the latest `limit` imports
    /// of a sender that stand.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn figures_of_sender(
        &mut self,
        council: CouncilId,
        sender: &str,
        limit: i64,
    ) -> Result<Vec<(NaiveDate, i64, Pence)>> {
        let figures = |row: Row| Ok((row.day(0)?, row.int(1)?, row.pence(2)?));
        self.all(FIGURES_OF_SENDER, args![council, sender, limit], figures).await
    }

    /// Records that a file is kept with its card numbers masked, and the hash of that.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_masked(
        &mut self,
        council: CouncilId,
        content: ContentHash,
        kept: ContentHash,
    ) -> Result<()> {
        self.execute(ADD_MASKED, args![council, content, kept]).await?;
        Ok(())
    }

    /// The hash of what is kept of a file, where its card numbers were masked.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn masked(
        &mut self,
        council: CouncilId,
        content: ContentHash,
    ) -> Result<Option<ContentHash>> {
        self.first(MASKED, args![council, content], |row| row.hash(0)).await
    }
}
