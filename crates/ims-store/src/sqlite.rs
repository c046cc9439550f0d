//! SQLite: one file, one writer, readers beside it.

use std::{path::Path, str::FromStr as _, time::Duration};

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, Column as _, Executor as _, QueryBuilder, Row as _, SqlSafeStr as _, Sqlite,
    SqlitePool, Transaction, TypeInfo as _, ValueRef as _,
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
    row::{Cell, Row},
    sql::Sql,
};

/// A hop to SQLite's thread a statement: fewer and larger ones win, up to the
/// 32,766 values that a statement may have.
const VALUES_MAX: usize = 32_000;
const ROWS_MAX: usize = 1_000;

/// The pools: SQLite has one writer, so its pool has one connection; in WAL
/// mode readers run beside it.
#[derive(Clone, Debug)]
pub(crate) struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    pub(crate) async fn open(path: &str) -> Result<Self> {
        let unreachable = |error: sqlx::Error| match StoreError::from(error) {
            StoreError::Database(why) => StoreError::Unreachable { place: path.to_owned(), why },
            other => other,
        };
        let options = SqliteConnectOptions::from_str("sqlite::memory:").map_err(unreachable)?;
        let options = options
            .filename(Path::new(path))
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Money: what was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(30))
            .pragma("trusted_schema", "OFF")
            .pragma("cell_size_check", "ON")
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "MEMORY");
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone());
        let writer = writer.await.map_err(unreachable)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self { writer, readers })
    }

    pub(crate) async fn migrate(&self) -> Result<()> {
        Ok(sqlx::migrate!("migrations/sqlite").run(&self.writer).await?)
    }

    pub(crate) async fn begin(&self) -> Result<SqliteTx> {
        Ok(SqliteTx(self.writer.begin_with("BEGIN IMMEDIATE").await?))
    }

    pub(crate) async fn snapshot(&self) -> Result<SqliteTx> {
        Ok(SqliteTx(self.readers.begin().await?))
    }

    /// A copy of the whole database in one new file, consistent while others write.
    pub(crate) async fn backup(&self, to: &str) -> Result<()> {
        sqlx::query("VACUUM INTO $1").bind(to.to_owned()).execute(&self.readers).await?;
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
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

    async fn insert(&mut self, batch: &Batch) -> Result<u64> {
        let width = batch.columns.len().max(1);
        let rows_at_once = (VALUES_MAX / width).clamp(1, ROWS_MAX);
        let head = format!("INSERT INTO {} ({}) ", batch.table, batch.names());
        let mut inserted = 0_u64;
        let mut start = 0;
        while start < batch.rows {
            let end = batch.rows.min(start.saturating_add(rows_at_once));
            let mut builder = QueryBuilder::<Sqlite>::new(&head);
            builder.push_values(start..end, |mut row, at| {
                for (_, column) in &batch.columns {
                    match column {
                        Column::Int(v) => row.push_bind(v.get(at).copied().flatten()),
                        Column::Text(v) => row.push_bind(v.get(at).cloned().flatten()),
                        Column::Uuid(v) => row.push_bind(v.get(at).copied().flatten()),
                        Column::Day(v) => row.push_bind(v.get(at).copied().flatten()),
                        Column::Time(v) => row.push_bind(v.get(at).copied().flatten()),
                        Column::Bytes(v) => row.push_bind(v.get(at).cloned().flatten()),
                    };
                }
            });
            // Only the full-size statement comes again, so only it is worth keeping.
            let full = end.saturating_sub(start) == rows_at_once;
            let done = builder.build().persistent(full).execute(&mut *self.0).await?;
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
