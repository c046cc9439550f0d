//! PostgreSQL: many writers, many servers.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool, Postgres, Row as _,
    SqlSafeStr as _, Transaction, TypeInfo as _, ValueRef as _,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
    query::Query,
};
use uuid::Uuid;

use crate::{
    Result, StoreError,
    arg::Arg,
    batch::{Batch, Column},
    engine::Engine,
    row::{Cell, Row},
    sql::Sql,
};

/// Rows an `UNNEST` statement takes at once.
const ROWS_MAX: usize = 10_000;

/// The role the programs work as: it may only read the books and add to them.
const RUNTIME_ROLE: &str = "ims_runtime";

/// What `ims_runtime` may change; on every other table it may only SELECT and INSERT.
const WORKING_TABLES: &str = "council, person, membership, web_session, job, series, quarantine, \
     account_holder, detail, open_suspense, open_expected, open_line, unsealed";

#[derive(Clone, Debug)]
pub(crate) struct PgStore {
    pool: PgPool,
    options: PgConnectOptions,
}

impl PgStore {
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        let options: PgConnectOptions =
            url.parse().map_err(|_| StoreError::BadUrl(without_password(url)))?;
        let options = options.application_name("ims").options([
            ("statement_timeout", "600s"),
            ("idle_in_transaction_session_timeout", "120s"),
            ("TimeZone", "UTC"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .after_connect(|connection, _| Box::pin(work_as_runtime(connection)))
            .connect_with(options.clone());
        let pool = pool.await.map_err(|error| StoreError::Unreachable {
            place: without_password(url),
            why: error.to_string(),
        })?;
        Ok(Self { pool, options })
    }

    /// Brings the tables up to date as the owner, then settles what the runtime
    /// role may do.
    pub(crate) async fn migrate(&self) -> Result<()> {
        let mut owner = PgConnection::connect_with(&self.options).await?;
        sqlx::migrate!("migrations/postgres").run(&mut owner).await?;
        grant(&mut owner).await?;
        owner.close().await?;
        // Connections made before the role existed take it on now.
        let mut connection = self.pool.acquire().await?;
        work_as_runtime(&mut connection).await?;
        Ok(())
    }

    pub(crate) async fn begin(&self) -> Result<PgTx> {
        Ok(PgTx(self.pool.begin().await?))
    }

    pub(crate) async fn snapshot(&self) -> Result<PgTx> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(PgTx(self.pool.begin_with(begin).await?))
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// Privileges by `GRANT`. Where the owner may not make roles, somebody else
/// must have made `ims_runtime`, or the triggers alone keep the books.
async fn grant(owner: &mut PgConnection) -> Result<()> {
    let create = format!(
        "DO $$ BEGIN CREATE ROLE {RUNTIME_ROLE} NOLOGIN;
         EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL; END $$"
    );
    owner.execute(AssertSqlSafe(create)).await?;
    let grants = format!(
        "DO $$ BEGIN
         IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{RUNTIME_ROLE}') THEN
            GRANT {RUNTIME_ROLE} TO CURRENT_USER;
            GRANT USAGE ON SCHEMA public TO {RUNTIME_ROLE};
            GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {RUNTIME_ROLE};
            GRANT UPDATE, DELETE ON {WORKING_TABLES} TO {RUNTIME_ROLE};
         END IF;
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    );
    // Roles belong to the whole cluster: two first starts may meet here.
    for _ in 0..5 {
        match owner.execute(AssertSqlSafe(grants.clone())).await {
            Ok(_) => return Ok(()),
            Err(error) if error.to_string().contains("concurrently updated") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn work_as_runtime(connection: &mut PgConnection) -> std::result::Result<(), sqlx::Error> {
    let may: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'ims_runtime'
                        AND pg_has_role(CURRENT_USER, oid, 'MEMBER'))
            AND to_regclass('public.block_item') IS NOT NULL
            AND has_table_privilege('ims_runtime', 'public.block_item', 'INSERT')",
    )
    .fetch_one(&mut *connection)
    .await?;
    if may {
        connection.execute("SET ROLE ims_runtime").await?;
    }
    Ok(())
}

/// A URL that may be shown: nobody's password in it.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    match rest.split_once('@') {
        Some((user, place)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}")
        }
        None => url.to_owned(),
    }
}

#[derive(Debug)]
pub(crate) struct PgTx(Transaction<'static, Postgres>);

type Bound<'q> = Query<'q, Postgres, PgArguments>;

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
            Arg::Texts(values) => query.bind(values.clone()),
            Arg::Uuids(values) => query.bind(values.clone()),
        };
    }
    query
}

fn read(row: &PgRow) -> Result<Row> {
    let cell = |at: usize| -> Result<Cell> {
        let value = row.try_get_raw(at)?;
        if value.is_null() {
            return Ok(Cell::Null);
        }
        Ok(match value.type_info().name() {
            "INT8" => Cell::Int(row.try_get::<i64, _>(at)?),
            "INT4" => Cell::Int(row.try_get::<i32, _>(at)?.into()),
            "BOOL" => Cell::Int(row.try_get::<bool, _>(at)?.into()),
            "TEXT" | "VARCHAR" | "NAME" => Cell::Text(row.try_get::<String, _>(at)?),
            "UUID" => Cell::Uuid(row.try_get::<Uuid, _>(at)?),
            "DATE" => Cell::Day(row.try_get::<NaiveDate, _>(at)?),
            "TIMESTAMPTZ" => Cell::Time(row.try_get::<DateTime<Utc>, _>(at)?),
            "BYTEA" => Cell::Bytes(row.try_get::<Vec<u8>, _>(at)?),
            other => {
                return Err(StoreError::Corrupt {
                    column: at,
                    why: format!("a {other} is kept nowhere"),
                });
            }
        })
    };
    (0..row.len()).map(cell).collect::<Result<_>>().map(Row)
}

fn slice<T: Clone>(values: &[T], from: usize, to: usize) -> Vec<T> {
    values.get(from..to).unwrap_or_default().to_vec()
}

#[async_trait]
impl Engine for PgTx {
    async fn execute(&mut self, sql: Sql, args: &[Arg]) -> Result<u64> {
        let query = bind(sqlx::query(sql.postgres), args);
        Ok(query.execute(&mut *self.0).await?.rows_affected())
    }

    async fn each(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Row) -> Result<()> + Send),
    ) -> Result<()> {
        let mut rows = bind(sqlx::query(sql.postgres), args).fetch(&mut *self.0);
        while let Some(row) = rows.try_next().await? {
            each(read(&row)?)?;
        }
        Ok(())
    }

    /// One round trip with an array a column: no limit on values, no escaping.
    async fn insert(&mut self, batch: &Batch) -> Result<u64> {
        let kinds = batch.columns.iter().zip(1..).map(|((_, column), number)| {
            let kind = match column {
                Column::Int(_) => "bigint",
                Column::Text(_) => "text",
                Column::Uuid(_) => "uuid",
                Column::Day(_) => "date",
                Column::Time(_) => "timestamptz",
                Column::Bytes(_) => "bytea",
            };
            format!("${number}::{kind}[]")
        });
        let arrays = kinds.collect::<Vec<_>>().join(", ");
        let names = batch.names();
        let sql = format!("INSERT INTO {} ({names}) SELECT * FROM UNNEST({arrays})", batch.table);
        let mut inserted = 0_u64;
        let mut start = 0;
        while start < batch.rows {
            let end = batch.rows.min(start.saturating_add(ROWS_MAX));
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for (_, column) in &batch.columns {
                query = match column {
                    Column::Int(values) => query.bind(slice(values, start, end)),
                    Column::Text(values) => query.bind(slice(values, start, end)),
                    Column::Uuid(values) => query.bind(slice(values, start, end)),
                    Column::Day(values) => query.bind(slice(values, start, end)),
                    Column::Time(values) => query.bind(slice(values, start, end)),
                    Column::Bytes(values) => query.bind(slice(values, start, end)),
                };
            }
            inserted = inserted.saturating_add(query.execute(&mut *self.0).await?.rows_affected());
            start = end;
        }
        Ok(inserted)
    }

    async fn prepare(&mut self, sql: Sql) -> Result<()> {
        (&mut *self.0).prepare(AssertSqlSafe(sql.postgres).into_sql_str()).await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}
