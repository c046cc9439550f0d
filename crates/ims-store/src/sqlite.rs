//! SQLite: one file, one writer, readers beside it.

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use sqlx::{
    Arguments as _, AssertSqlSafe, Column as _, Connection as _, Executor as _, Row as _,
    SqlSafeStr as _, Sqlite, SqliteConnection, SqlitePool, Transaction, TypeInfo as _,
    ValueRef as _,
    query::Query,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
        SqliteSynchronous,
    },
};

use crate::{
    Result, StoreError,
    arg::Arg,
    batch::{Batch, Column},
    engine::Engine,
    migrations::{APPLIED, is_current},
    row::{Cell, Row},
    sql::Sql,
};

/// A hop to SQLite's thread a statement: fewer and larger ones win, up to the
/// 32,766 values that a statement may have.
const VALUES_MAX: usize = 32_000;
const ROWS_MAX: usize = 1_000;

/// How long a writer waits for another program's.
const BUSY_MAX: Duration = Duration::from_secs(30);

/// The unique indexes beside the primary keys, by the columns that SQLite names
/// when one is violated.
const UNIQUE: &[(&str, &str)] = &[
    ("council_code", "council.code"),
    ("person_username", "person.username"),
    ("job_dedupe", "job.council_id, job.kind, job.dedupe_key"),
    ("import_once", "import.council_id, import.content_hash, import.generation"),
    ("entry_once", "entry.council_id, entry.idempotency_key"),
    ("receipt_number", "receipt.council_id, receipt.number"),
    ("receipt_reversed_once", "receipt.council_id, receipt.reverses"),
    ("statement_sequence", "statement.council_id, statement.bank, statement.sequence"),
    ("export_number", "export.council_id, export.kind, export.number"),
    ("export_day", "export.council_id, export.kind, export.through_day"),
    ("block_item_once", "block_item.council_id, block_item.item_id"),
    (
        "holder_change_once",
        "holder_change.council_id, holder_change.fund, holder_change.reference, holder_change.version",
    ),
];

/// The pools: SQLite has one writer, so its pool has one connection; in WAL
/// mode readers run beside it.
#[derive(Clone, Debug)]
pub(crate) struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    options: SqliteConnectOptions,
}

impl SqliteStore {
    /// Opens the file, made if need be, and brings its tables up to date.
    pub(crate) async fn open(path: &str) -> Result<Self> {
        let unreachable = |error: StoreError| match error {
            StoreError::Database(why) => StoreError::Unreachable { place: path.to_owned(), why },
            other => other,
        };
        let options = options(path);
        let writer = pool(1).connect_lazy_with(options.clone());
        let readers = pool(4).connect_lazy_with(options.clone().pragma("query_only", "ON"));
        connect(&writer).await.map_err(unreachable)?;
        migrate(&writer).await.map_err(unreachable)?;
        Ok(Self { writer, readers, options })
    }

    pub(crate) async fn begin(&self) -> Result<SqliteTx> {
        Ok(SqliteTx(self.writer.begin_with("BEGIN IMMEDIATE").await?))
    }

    pub(crate) async fn snapshot(&self) -> Result<SqliteTx> {
        Ok(SqliteTx(self.readers.begin().await?))
    }

    /// A copy of the whole database in one new file, consistent while others write.
    pub(crate) async fn backup(&self, to: &str) -> Result<()> {
        // A connection of its own: the writer's goes on writing, the readers' may not make a file.
        let mut connection = SqliteConnection::connect_with(&self.options).await?;
        sqlx::query("VACUUM INTO $1").bind(to.to_owned()).execute(&mut connection).await?;
        connection.close().await?;
        tokio::fs::File::open(to)
            .await
            .map_err(sqlx::Error::Io)?
            .sync_all()
            .await
            .map_err(sqlx::Error::Io)?;
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A full disk makes SQLite end a transaction by itself, of which the driver
/// does not learn: it would refuse to begin another on that connection, for ever.
fn pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .test_before_acquire(false)
        .after_release(|connection, _| {
            Box::pin(async move {
                // Answered once the roll back of a dropped transaction has been tried.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}

fn options(path: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(Path::new(path))
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Money: what was acknowledged survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_MAX)
        // Rows come from SQLite's thread: the fewer turns of the two, the better.
        .row_buffer_size(1_024)
        // `INSERT OR REPLACE` deletes; the triggers that keep the books must see it.
        .pragma("recursive_triggers", "ON")
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "MEMORY")
}

/// The first connection. Two programs that open one new file at once meet where
/// it turns to WAL, where SQLite does not wait by itself.
async fn connect(writer: &SqlitePool) -> Result<()> {
    let mut tries_left = 100_u32;
    loop {
        match writer.acquire().await.map_err(StoreError::from) {
            Err(StoreError::Busy) if tries_left > 0 => {
                tries_left = tries_left.saturating_sub(1);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done.map(drop),
        }
    }
}

/// Migrates under the writer's lock, so that of several programs that open one
/// new file only the first does; reads first, so that opening a file that is up
/// to date waits for nobody.
async fn migrate(writer: &SqlitePool) -> Result<()> {
    let migrator = sqlx::migrate!("migrations/sqlite");
    let exists = "SELECT COUNT(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    if sqlx::query_scalar::<_, i64>(exists).fetch_one(writer).await? == 1 {
        let applied = sqlx::query_as(APPLIED).fetch_all(writer).await?;
        if is_current(&migrator, &applied) {
            return Ok(());
        }
    }
    let mut locked = writer.begin_with("BEGIN IMMEDIATE").await?;
    migrator.run_direct(None, &mut *locked, false).await?;
    Ok(locked.commit().await?)
}

/// The name that the constraint has on PostgreSQL, from SQLite's message, which
/// lists the columns: `UNIQUE constraint failed: council.code`.
pub(crate) fn constraint(message: &str) -> String {
    let columns = message.rsplit_once(": ").map_or(message, |(_, columns)| columns);
    let known = UNIQUE.iter().find(|(_, of)| *of == columns);
    let table = columns.split('.').next().unwrap_or(columns);
    known.map_or_else(|| format!("{table}_pkey"), |(name, _)| (*name).to_owned())
}

#[derive(Debug)]
pub(crate) struct SqliteTx(Transaction<'static, Sqlite>);

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind<'q>(mut query: Bound<'q>, args: &[Arg]) -> Bound<'q> {
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(*value),
            Arg::Text(value) => query.bind(value.clone()),
            Arg::Uuid(value) => query.bind(*value),
            Arg::Day(value) => query.bind(*value),
            Arg::Time(value) => query.bind(*value),
            Arg::Bytes(value) => query.bind(value.clone()),
            Arg::Bool(value) => query.bind(*value),
            Arg::Texts(values) => query.bind(serde_json::json!(values).to_string()),
            Arg::Uuids(values) => {
                let plain: Vec<_> = values.iter().map(|id| id.simple().to_string()).collect();
                query.bind(serde_json::json!(plain).to_string())
            }
        };
    }
    query
}

fn read(row: &SqliteRow) -> Result<Row> {
    let cell = |at: usize| -> Result<Cell> {
        let value = row.try_get_raw(at)?;
        if value.is_null() {
            return Ok(Cell::Null);
        }
        Ok(match value.type_info().name() {
            "INTEGER" | "BOOLEAN" => Cell::Int(row.try_get_unchecked(at)?),
            "BLOB" => Cell::Bytes(row.try_get_unchecked(at)?),
            "TEXT" => Cell::Text(row.try_get_unchecked(at)?),
            other => {
                let why = format!("a {other} is kept nowhere");
                return Err(StoreError::Corrupt { column: row.column(at).ordinal(), why });
            }
        })
    };
    (0..row.len()).map(cell).collect::<Result<_>>().map(Row)
}

/// `INSERT INTO … VALUES (?,?),(?,?)` for so many rows.
fn statement(batch: &Batch, rows: usize) -> Arc<str> {
    let row = format!("({})", vec!["?"; batch.columns.len()].join(","));
    let values = vec![row.as_str(); rows].join(",");
    format!("INSERT INTO {} ({}) VALUES {values}", batch.table, batch.names()).into()
}

/// Moves the value of row `at` out of a column.
fn add(
    arguments: &mut SqliteArguments,
    column: &mut Column,
    at: usize,
) -> std::result::Result<(), sqlx::error::BoxDynError> {
    fn taken<T>(values: &mut [Option<T>], at: usize) -> Option<T> {
        values.get_mut(at).and_then(Option::take)
    }
    match column {
        Column::Int(values) => arguments.add(taken(values, at)),
        Column::Text(values) => arguments.add(taken(values, at)),
        Column::Uuid(values) => arguments.add(taken(values, at)),
        Column::Day(values) => arguments.add(taken(values, at)),
        Column::Time(values) => arguments.add(taken(values, at)),
        Column::Bytes(values) => arguments.add(taken(values, at)),
    }
}

#[async_trait]
impl Engine for SqliteTx {
    async fn execute(&mut self, sql: Sql, args: &[Arg]) -> Result<u64> {
        let query = bind(sqlx::query(sql.sqlite), args);
        Ok(query.execute(&mut *self.0).await?.rows_affected())
    }

    async fn each(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Row) -> Result<()> + Send),
    ) -> Result<()> {
        let mut rows = bind(sqlx::query(sql.sqlite), args).fetch(&mut *self.0);
        while let Some(row) = rows.try_next().await? {
            each(read(&row)?)?;
        }
        Ok(())
    }

    async fn insert(&mut self, mut batch: Batch) -> Result<u64> {
        let rows_at_once = (VALUES_MAX / batch.columns.len().max(1)).clamp(1, ROWS_MAX);
        let full = statement(&batch, rows_at_once.min(batch.rows));
        let mut inserted = 0_u64;
        let mut start = 0;
        while start < batch.rows {
            let end = batch.rows.min(start.saturating_add(rows_at_once));
            let rows = end.saturating_sub(start);
            let mut arguments = SqliteArguments::default();
            for at in start..end {
                for (_, column) in &mut batch.columns {
                    add(&mut arguments, column, at).map_err(sqlx::Error::Encode)?;
                }
            }
            let is_full = start == 0 || rows == rows_at_once;
            let sql = if is_full { Arc::clone(&full) } else { statement(&batch, rows) };
            // Only the full-size statement comes again, so only it is worth keeping.
            let query = sqlx::query_with(AssertSqlSafe(sql), arguments)
                .persistent(rows == rows_at_once || rows == 1);
            let done = query.execute(&mut *self.0).await?;
            inserted = inserted.saturating_add(done.rows_affected());
            start = end;
        }
        Ok(inserted)
    }

    async fn prepare(&mut self, sql: Sql) -> Result<()> {
        (&mut *self.0).prepare(AssertSqlSafe(sql.sqlite).into_sql_str()).await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, store::Back};

    const MIGRATION: &str = include_str!("../migrations/sqlite/0001_books.sql");

    /// `CREATE UNIQUE INDEX name ON table (columns)`, as SQLite names the columns.
    #[test]
    fn every_unique_index_is_known_by_its_columns() {
        let indexes =
            MIGRATION.lines().filter_map(|line| line.strip_prefix("CREATE UNIQUE INDEX "));
        let made: Vec<(&str, String)> = indexes
            .map(|index| {
                let (name, rest) = index.split_once(" ON ").unwrap();
                let (table, rest) = rest.split_once(" (").unwrap();
                let (columns, _) = rest.split_once(')').unwrap();
                let columns: Vec<_> =
                    columns.split(", ").map(|column| format!("{table}.{column}")).collect();
                (name, columns.join(", "))
            })
            .collect();
        let known: Vec<_> = UNIQUE.iter().map(|(name, of)| (*name, (*of).to_owned())).collect();
        assert_eq!(known, made);
    }

    /// The file may not grow: what was there stays, and what did not fit is said.
    #[tokio::test]
    async fn a_full_disk_is_said_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("ims.db").display());
        let store = Store::open(&url).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let council =
            tx.add_council("ANY", "Anyborough", chrono::DateTime::UNIX_EPOCH).await.unwrap();
        tx.commit().await.unwrap();
        let file = match &store.0 {
            Back::Sqlite(file) => file,
            #[cfg(feature = "postgres")]
            Back::Postgres(_) => unreachable!(),
        };
        let limit = |pages: i64| format!("PRAGMA max_page_count = {pages}");
        let pages: i64 =
            sqlx::query_scalar("PRAGMA page_count").fetch_one(&file.writer).await.unwrap();
        sqlx::query(AssertSqlSafe(limit(pages + 20))).execute(&file.writer).await.unwrap();

        let mut tx = store.begin().await.unwrap();
        let details = [(uuid::Uuid::nil(), vec![0], "x".repeat(1_000_000))];
        let refused = tx.put_details(council.id, &details).await.unwrap_err();
        assert!(matches!(refused, StoreError::DiskFull), "{refused:?}");
        assert!(matches!(tx.commit().await, Err(StoreError::Abandoned)));

        // There is room again: the limit was that connection's.
        let mut tx = store.begin().await.expect("one full disk does not stop the program");
        assert_eq!(tx.councils().await.unwrap(), std::slice::from_ref(&council));
        tx.put_details(council.id, &details).await.unwrap();
        tx.commit().await.unwrap();
    }
}
