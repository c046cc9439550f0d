//! Councils and their configuration.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{id::CouncilId, seal::ContentHash};

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    COUNCILS = Sql::both("SELECT council_id, code, name FROM council ORDER BY council_id");
    NEXT_COUNCIL = Sql::both("SELECT COALESCE(MAX(council_id), 0) + 1 FROM council");
    ADD_COUNCIL = Sql::both(
        "INSERT INTO council (council_id, code, name, created_at) VALUES ($1, $2, $3, $4)
         RETURNING council_id, code, name");
    RENAME_COUNCIL = Sql::both("UPDATE council SET name = $2 WHERE council_id = $1");
    HOLD_COUNCIL = Sql::both("UPDATE council SET name = name WHERE council_id = $1");
    ADD_CONFIGURATION = Sql::both(
        "INSERT INTO configuration (council_id, version, from_day, document, content_hash, made_by, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)");
    NEXT_VERSION = Sql::both(
        "SELECT COALESCE(MAX(version), 0) + 1 FROM configuration WHERE council_id = $1");
    CONFIGURATION = Sql::both(
        "SELECT version, from_day, document, made_by, made_at FROM configuration
         WHERE council_id = $1 AND from_day <= $2 ORDER BY from_day DESC, version DESC LIMIT 1");
    IN_FORCE = Sql::both(
        "SELECT version, content_hash FROM configuration
         WHERE council_id = $1 AND from_day <= $2 ORDER BY from_day DESC, version DESC LIMIT 1");
    CONFIGURATION_VERSION = Sql::both(
        "SELECT version, from_day, document, made_by, made_at FROM configuration
         WHERE council_id = $1 AND version = $2");
}

/// A council.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CouncilRow {
    /// Its number.
    pub id: CouncilId,
    /// Its short name.
    pub code: String,
    /// Its name in full.
    pub name: String,
}

/// One version of a council's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationRow {
    /// Counted from 1.
    pub version: i64,
    /// The first day it is in force.
    pub from_day: NaiveDate,
    /// The document, as TOML.
    pub document: String,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

fn council(row: Row) -> Result<CouncilRow> {
    Ok(CouncilRow { id: CouncilId::new(row.int(0)?), code: row.text(1)?, name: row.text(2)? })
}

pub(super) fn configuration(row: Row) -> Result<ConfigurationRow> {
    Ok(ConfigurationRow {
        version: row.int(0)?,
        from_day: row.day(1)?,
        document: row.text(2)?,
        made_by: row.text(3)?,
        made_at: row.time(4)?,
    })
}

impl Tx {
    /// Every council, by number.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn councils(&mut self) -> Result<Vec<CouncilRow>> {
        self.all(COUNCILS, args![], council).await
    }

    /// Adds a council.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) if its code is taken.
    pub async fn add_council(
        &mut self,
        code: &str,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<CouncilRow> {
        let id = self.one(NEXT_COUNCIL, args![], |row| row.int(0)).await?;
        self.one(ADD_COUNCIL, args![id, code, name, now], council).await
    }

    /// Keeps everybody else from adding a version of the council's configuration
    /// until this unit of work has ended, so that what is read of it stays so.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn hold_configuration(&mut self, council: CouncilId) -> Result<()> {
        self.execute(HOLD_COUNCIL, args![council]).await?;
        Ok(())
    }

    /// Adds a version of a council's configuration and gives its number.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_configuration(
        &mut self,
        council: CouncilId,
        name: &str,
        from_day: NaiveDate,
        document: &str,
        made_by: &str,
        now: DateTime<Utc>,
    ) -> Result<i64> {
        self.execute(RENAME_COUNCIL, args![council, name]).await?;
        let hash = ContentHash::of(document.as_bytes());
        let version = self.one(NEXT_VERSION, args![council], |row| row.int(0)).await?;
        let args = args![council, version, from_day, document, hash, made_by, now];
        self.execute(ADD_CONFIGURATION, args).await?;
        Ok(version)
    }

    /// The configuration in force on `day`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn configuration(
        &mut self,
        council: CouncilId,
        day: NaiveDate,
    ) -> Result<Option<ConfigurationRow>> {
        self.first(CONFIGURATION, args![council, day], configuration).await
    }

    /// The version of the configuration in force on `day`, and its hash: whoever has read that
    /// document before need not ask for it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn configuration_in_force(
        &mut self,
        council: CouncilId,
        day: NaiveDate,
    ) -> Result<Option<(i64, ContentHash)>> {
        self.first(IN_FORCE, args![council, day], |row| Ok((row.int(0)?, row.hash(1)?))).await
    }

    /// One version of the configuration, in force or not.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn configuration_version(
        &mut self,
        council: CouncilId,
        version: i64,
    ) -> Result<Option<ConfigurationRow>> {
        self.first(CONFIGURATION_VERSION, args![council, version], configuration).await
    }
}
