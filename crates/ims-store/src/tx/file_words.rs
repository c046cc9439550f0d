//! What somebody says of files that should come: that one will not, or that it is waited for
//! again. The newest word on a file's day is the one that counts.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::CouncilId;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    FILE_WORDS = Sql::both(
        "SELECT w.name, w.of_day, w.word_no, w.will_come, w.reason, w.said_by, w.said_at FROM file_word w
         WHERE w.council_id = $1 AND w.of_day BETWEEN $2 AND $3
         ORDER BY w.name, w.of_day, w.word_no");
    ADD_FILE_WORD = Sql::both(
        "INSERT INTO file_word (council_id, name, of_day, word_no, will_come, reason, said_by, said_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
}

/// What somebody said of a file of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileWordRow {
    /// What the council calls the file.
    pub name: String,
    /// The day it is of.
    pub of: NaiveDate,
    /// Which word on it, from 1.
    pub number: i64,
    /// Whether it is waited for; if not, it will not come.
    pub will_come: bool,
    /// Why.
    pub reason: String,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

fn word(row: Row) -> Result<FileWordRow> {
    Ok(FileWordRow {
        name: row.text(0)?,
        of: row.day(1)?,
        number: row.int(2)?,
        will_come: row.bool(3)?,
        reason: row.text(4)?,
        by: row.text(5)?,
        at: row.time(6)?,
    })
}

impl Tx {
    /// The newest word on each file of the days between two, both included, by name and day.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn file_words(
        &mut self,
        council: CouncilId,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<BTreeMap<(String, NaiveDate), FileWordRow>> {
        let rows = self.all(FILE_WORDS, args![council, from, to], word).await?;
        Ok(rows.into_iter().map(|row| ((row.name.clone(), row.of), row)).collect())
    }

    /// Records a word on a file.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when there is one of its number.
    pub async fn add_file_word(&mut self, council: CouncilId, row: &FileWordRow) -> Result<()> {
        let will_come = i64::from(row.will_come);
        let args = args![
            council,
            &*row.name,
            row.of,
            row.number,
            will_come,
            &*row.reason,
            &*row.by,
            row.at
        ];
        self.execute(ADD_FILE_WORD, args).await?;
        Ok(())
    }
}
