//! Opening a file, and bringing its tables up to date.

use std::{path::Path, thread::sleep, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig, params};

use super::planner;
use crate::{
    Result, StoreError,
    migrations::{APPLIED, is_current},
};

/// Prepared statements a connection keeps.
const STATEMENTS: usize = 256;

/// The same of every connection.
const PRAGMAS: &str = "
    PRAGMA foreign_keys = ON;
    PRAGMA recursive_triggers = ON; -- `INSERT OR REPLACE` deletes; the triggers that keep the books must see it
    PRAGMA trusted_schema = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA cache_size = -65536;
    PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = 8192; -- 32 MiB: what is written again and again goes to the file once
    PRAGMA synchronous = FULL; -- money: what was acknowledged survives a power cut";

fn connection(path: &str) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(Path::new(path), flags)?;
    connection.busy_timeout(super::BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A statement keeps its plan whatever it is asked with. Otherwise one that has a LIMIT is
    // planned anew each time it runs, which takes longer than running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &str) -> Result<Connection> {
    let connection = connection(path)?;
    connection.execute_batch(PRAGMAS)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

/// The connection that writes; the file is made if need be.
pub(super) fn writer(path: &str) -> Result<Connection> {
    let connection = connection(path)?;
    turn_to_wal(&connection)?;
    connection.execute_batch(PRAGMAS)?;
    Ok(connection)
}

/// Two programs that open one new file at once meet here, where SQLite does not
/// wait by itself.
fn turn_to_wal(connection: &Connection) -> Result<()> {
    let mut tries_left = 100_u32;
    loop {
        let turned = connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
        match turned.map_err(StoreError::from) {
            Err(StoreError::Busy) if tries_left > 0 => {
                tries_left = tries_left.saturating_sub(1);
                sleep(Duration::from_millis(20));
            }
            done => return done,
        }
    }
}

/// Writes the whole database into one new file.
pub(super) fn copy(path: &str, to: &str) -> Result<()> {
    let connection = connection(path)?;
    connection.execute("VACUUM INTO ?1", params![to])?;
    let kept = std::fs::File::open(to).and_then(|file| file.sync_all());
    kept.map_err(|error| StoreError::Database(error.to_string()))
}

/// Migrates under the writer's lock, so that of several programs that open one
/// new file only the first does; reads first, so that opening a file that is up
/// to date waits for nobody.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let migrator = sqlx::migrate!("migrations/sqlite");
    let exists = "SELECT COUNT(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    let is_there = |connection: &Connection| -> Result<bool> {
        Ok(connection.query_row(exists, [], |row| row.get::<_, i64>(0))? == 1)
    };
    if is_there(connection)? && is_current(&migrator, &applied(connection)?) {
        return Ok(());
    }
    let unit = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    unit.execute_batch(
        "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
            version BIGINT PRIMARY KEY,
            description TEXT NOT NULL,
            installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
            success BOOLEAN NOT NULL,
            checksum BLOB NOT NULL,
            execution_time BIGINT NOT NULL
        )",
    )?;
    let applied = applied(&unit)?;
    if let Some((version, _, _)) =
        applied.iter().find(|(version, _, _)| !migrator.version_exists(*version))
    {
        return Err(StoreError::Newer(*version));
    }
    for migration in migrator.iter() {
        match applied.iter().find(|(version, _, _)| *version == migration.version) {
            Some((_, checksum, _)) if *checksum == *migration.checksum => {}
            Some((version, _, _)) => {
                let what = format!("migration {version} of the database is not this program's");
                return Err(StoreError::Database(what));
            }
            None => {
                unit.execute_batch(migration.sql.as_str())?;
                unit.execute(
                    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (?1, ?2, TRUE, ?3, 0)",
                    params![migration.version, migration.description, &*migration.checksum],
                )?;
            }
        }
    }
    planner::tell(&unit)?;
    Ok(unit.commit()?)
}

type Applied = Vec<(i64, Vec<u8>, bool)>;

fn applied(connection: &Connection) -> Result<Applied> {
    let mut statement = connection.prepare(APPLIED)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_keeps_its_plan_whatever_it_is_asked_with() {
        let mut connection = connection(":memory:").unwrap();
        migrate(&mut connection).unwrap();
        let sql = "SELECT entry_id FROM entry WHERE council_id = ?1 AND entry_id < ?2 ORDER BY entry_id DESC LIMIT ?3";
        let mut statement = connection.prepare(sql).unwrap();
        for limit in 1..4 {
            statement.query(params![limit, [7_u8; 16], limit]).unwrap().next().unwrap();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
