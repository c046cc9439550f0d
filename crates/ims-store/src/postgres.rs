//! PostgreSQL: many writers, many servers.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt as _;
use sqlx::{
    AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool, Row as _, SqlSafeStr as _,
    TypeInfo as _, ValueRef as _,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
};
use uuid::Uuid;

mod unit;

use unit::Unit;

mod guard;
mod insert;
mod lanes;
mod sweep;

use insert::{Bound, Form, Insert, joined};
use lanes::Lanes;

use crate::{
    Addition, Result, StoreError,
    arg::Arg,
    batch::Batch,
    engine::Engine,
    guard::Guard,
    migrations::{APPLIED, is_current},
    row::{Cell, Row},
    sql::Sql,
};

/// After so long a connection is asked whether it is still there.
const IDLE_MAX: Duration = Duration::from_secs(1);

/// Rows an `UNNEST` statement takes at once.
const ROWS_MAX: usize = 10_000;

/// The role the programs work as: it may only read the books and add to them.
const RUNTIME_ROLE: &str = "ims_runtime";

/// What `ims_runtime` may change; on every other table it may only SELECT and INSERT.
const WORKING_TABLES: &str = "council, \
     person, \
     membership, \
     web_session, \
     job, \
     quarantine, \
     account_holder, \
     detail, \
     open_suspense, \
     open_expected, \
     expected_key, \
     open_line, \
     unsealed, \
     line_used, \
     refund_state, \
     open_approval, \
     suspense_care, \
     ereturn_state, \
     number_series, \
     account_span, \
     membership_scope, \
     payment_state, \
     basket, \
     till_state, \
     payment_link_state, \
     agreement_state, \
     payment_notice_key, \
     provider_through, \
     payer_key, \
     line_payer, \
     receipt_mail, \
     noted_minute";

/// Whether whoever is connected may take that role on. Since version 16 one may
/// belong to a role without that.
const MAY_SET_ROLE: &str = "COALESCE((SELECT pg_has_role(CURRENT_USER, m.oid,
    CASE WHEN CAST(current_setting('server_version_num') AS INTEGER) >= 160000 THEN 'SET' ELSE 'MEMBER' END)
    FROM pg_roles m WHERE m.rolname = 'ims_runtime'), FALSE)";

/// The advisory lock under which tables and privileges are settled.
const MIGRATING: i64 = 0x0069_6D73;

/// How long the server may take to answer at all.
const CONNECT_MAX: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub(crate) struct PgStore {
    options: PgConnectOptions,
    pool: PgPool,
    lanes: Lanes,
}

impl PgStore {
    /// Reaches the database as its owner, brings its tables up to date, settles
    /// what the runtime role may do, and from then on works as that role.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let options: PgConnectOptions =
            url.parse().map_err(|_| StoreError::BadUrl(crate::store::shown(url)))?;
        let options = options.application_name("ims").options([
            ("statement_timeout", "600s"),
            ("idle_in_transaction_session_timeout", "120s"),
            ("TimeZone", "UTC"),
            // Who has got a lock sees what was changed before.
            ("default_transaction_isolation", "read committed"),
        ]);
        let mut owner = connect(&options).await?;
        migrate(&mut owner).await?;
        owner.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(8)
            // Asked whether it is there, when it has not been heard of for a while.
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for > IDLE_MAX {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| Box::pin(work_as_runtime(connection)))
            .connect_lazy_with(options.clone());
        Ok(Self { pool, lanes: Lanes::of(options.clone()), options })
    }

    pub(crate) async fn begin(&self) -> Result<PgTx> {
        Ok(PgTx(Unit::Here(self.pool.begin().await?)))
    }

    pub(crate) async fn begin_at_one_moment(&self) -> Result<PgTx> {
        Ok(PgTx(Unit::Here(self.pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?)))
    }

    /// One statement, so one round trip, and one commit of PostgreSQL's own, for
    /// all who add at the same moment.
    pub(crate) async fn append(&self, addition: Addition) -> Result<()> {
        self.lanes.add(addition).await
    }

    /// No unit of work: each statement sees a moment of its own.
    pub(crate) async fn look(&self) -> Result<PgTx> {
        Ok(PgTx(Unit::Alone(self.pool.acquire().await?)))
    }

    pub(crate) async fn snapshot(&self) -> Result<PgTx> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(PgTx(Unit::Here(self.pool.begin_with(begin).await?)))
    }

    /// As [`snapshot`](Self::snapshot), for going through all there is. A table that was
    /// counted while an import filled it is thought to be empty: then two are joined by
    /// reading one of them anew for each row of the other, which takes hours. And what
    /// goes through all there is may take as long as it takes.
    pub(crate) async fn snapshot_of_all(&self) -> Result<PgTx> {
        let mut unit = self.snapshot().await?;
        let settings = "SET LOCAL enable_nestloop = off; SET LOCAL statement_timeout = 0";
        unit.unit().await?.execute(settings).await?;
        Ok(unit)
    }

    /// Tidies up, as whoever owns the tables, on a connection of its own.
    pub(crate) async fn sweep(&self) -> Result<()> {
        let mut owner = connect(&self.options).await?;
        let swept = sweep::sweep(&mut owner).await;
        owner.close().await?;
        swept
    }

    pub(crate) async fn close(&self) {
        self.lanes.close().await;
        self.pool.close().await;
    }
}

/// One connection, or why there is none: a pool would try until its time is up
/// and then not say.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    let unreachable = |why: String| StoreError::Unreachable { place: place(options), why };
    match tokio::time::timeout(CONNECT_MAX, PgConnection::connect_with(options)).await {
        Ok(connection) => connection.map_err(|error| unreachable(error.to_string())),
        Err(_) => Err(unreachable(format!("no answer within {} seconds", CONNECT_MAX.as_secs()))),
    }
}

/// Where a database is, as it may be shown: without a password.
fn place(options: &PgConnectOptions) -> String {
    let (user, host, port) = (options.get_username(), options.get_host(), options.get_port());
    format!("postgres://{user}@{host}:{port}/{}", options.get_database().unwrap_or(user))
}

/// Brings the tables up to date. A database that is, is only looked at, so that
/// a login which may do no more than the runtime role can open it.
async fn migrate(owner: &mut PgConnection) -> Result<()> {
    let migrator = sqlx::migrate!("migrations/postgres");
    if is_up_to_date(owner, &migrator).await? && may_work_as_runtime(owner).await? {
        return Ok(());
    }
    // One program at a time; the lock goes with the connection.
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MIGRATING).execute(&mut *owner).await?;
    if !is_up_to_date(owner, &migrator).await? {
        migrator.run_direct(None, owner, false).await?;
    }
    grant(owner).await
}

async fn is_up_to_date(owner: &mut PgConnection, migrator: &Migrator) -> Result<bool> {
    let exists = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
    if !sqlx::query_scalar::<_, bool>(exists).fetch_one(&mut *owner).await? {
        return Ok(false);
    }
    let applied = sqlx::query_as(APPLIED).fetch_all(owner).await?;
    Ok(is_current(migrator, &applied))
}

/// Privileges by `GRANT`. Where the owner may not make roles, somebody else
/// must have made `ims_runtime`, or the triggers alone keep the books.
async fn grant(owner: &mut PgConnection) -> Result<()> {
    // Roles belong to the whole cluster: first starts in two databases may meet here.
    let mut tries_left = 50_u32;
    loop {
        match owner.execute(AssertSqlSafe(privileges())).await {
            Ok(_) => return Ok(()),
            Err(error) if tries_left > 0 && is_race(&error) => {
                tries_left = tries_left.saturating_sub(1);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Two changed the same row of the catalogue.
fn is_race(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.is_unique_violation() || error.message().contains("concurrently")
    })
}

fn privileges() -> String {
    format!(
        "DO $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{RUNTIME_ROLE}') THEN
                CREATE ROLE {RUNTIME_ROLE} NOLOGIN;
            END IF;
            EXCEPTION WHEN insufficient_privilege OR duplicate_object THEN NULL;
         END $$;
         DO $$ BEGIN
            IF NOT {MAY_SET_ROLE} THEN GRANT {RUNTIME_ROLE} TO CURRENT_USER; END IF;
            EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL;
         END $$;
         DO $$ BEGIN
            GRANT USAGE ON SCHEMA public TO {RUNTIME_ROLE};
            GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {RUNTIME_ROLE};
            GRANT UPDATE, DELETE ON {WORKING_TABLES} TO {RUNTIME_ROLE};
            REVOKE INSERT ON _sqlx_migrations FROM {RUNTIME_ROLE};
            EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL;
         END $$"
    )
}

async fn may_work_as_runtime(
    connection: &mut PgConnection,
) -> std::result::Result<bool, sqlx::Error> {
    let may = format!(
        "SELECT {MAY_SET_ROLE} AND COALESCE((SELECT has_table_privilege(r.oid, t.oid, 'INSERT')
            FROM pg_roles r, pg_class t
            WHERE r.rolname = '{RUNTIME_ROLE}' AND t.oid = to_regclass('public.block_item')), FALSE)"
    );
    sqlx::query_scalar(AssertSqlSafe(may)).fetch_one(connection).await
}

async fn work_as_runtime(connection: &mut PgConnection) -> std::result::Result<(), sqlx::Error> {
    if may_work_as_runtime(connection).await? {
        connection.execute("SET ROLE ims_runtime").await?;
    }
    Ok(())
}

#[derive(Debug)]
pub(crate) struct PgTx(Unit);

impl PgTx {
    async fn unit(&mut self) -> Result<&mut PgConnection> {
        self.0.here().await
    }
}

async fn insert(connection: &mut PgConnection, batch: Batch) -> Result<u64> {
    let mut inserted = 0_u64;
    for insert in joined(std::iter::once(&batch)) {
        let mut sql = String::new();
        insert.write(&mut sql, Form::Arrays, None, &mut 0);
        let mut start = 0;
        while start < batch.rows {
            let end = start.saturating_add(ROWS_MAX);
            let query = sqlx::query(AssertSqlSafe(sql.clone()));
            let query = insert.bind_range(query, start, end);
            let done = query.execute(&mut *connection).await?;
            inserted = inserted.saturating_add(done.rows_affected());
            start = end;
        }
    }
    Ok(inserted)
}

fn bind<'q>(mut query: Bound<'q>, args: &[Arg]) -> Bound<'q> {
    // Planned each time, with the values before it: a plan that was kept compares
    // each row with each of many values.
    let has_many = args.iter().any(|arg| matches!(arg, Arg::Texts(_) | Arg::Uuids(_)));
    query = query.persistent(!has_many);
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

#[async_trait]
impl Engine for PgTx {
    async fn execute(&mut self, sql: Sql, args: &[Arg]) -> Result<u64> {
        let query = bind(sqlx::query(sql.postgres), args);
        Ok(query.execute(self.unit().await?).await?.rows_affected())
    }

    async fn each(
        &mut self,
        sql: Sql,
        args: &[Arg],
        each: &mut (dyn FnMut(Row) -> Result<()> + Send),
    ) -> Result<()> {
        let mut rows = bind(sqlx::query(sql.postgres), args).fetch(self.unit().await?);
        while let Some(row) = rows.try_next().await? {
            each(read(&row)?)?;
        }
        Ok(())
    }

    async fn insert(&mut self, batch: Batch) -> Result<u64> {
        let rows = batch.rows;
        if rows < unit::BEHIND_ROWS {
            return insert(self.unit().await?, batch).await;
        }
        self.0.go_on_behind(batch).await?;
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }

    async fn insert_all(&mut self, batches: Vec<Batch>) -> Result<()> {
        let inserts = joined(batches.iter());
        let rows = inserts.iter().map(Insert::rows).max().unwrap_or_default();
        if rows > ROWS_MAX {
            for batch in batches {
                self.insert(batch).await?;
            }
            return Ok(());
        }
        Ok(lanes::inserted(self.unit().await?, &inserts, &Guard::default()).await?)
    }

    async fn prepare(&mut self, sql: Sql) -> Result<()> {
        self.unit().await?.prepare(AssertSqlSafe(sql.postgres).into_sql_str()).await?;
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        Ok(self.0.take().await?.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use ims_testkit::Engine;

    use super::*;

    #[tokio::test]
    async fn all_there_is_is_gone_through_without_trust_in_what_was_counted() {
        let fresh = Engine::Postgres.fresh();
        let store = PgStore::open(&fresh.url).await.unwrap();
        for (mut unit, nested, limit) in [
            (store.snapshot().await.unwrap(), "on", "10min"),
            (store.snapshot_of_all().await.unwrap(), "off", "0"),
        ] {
            for (setting, wanted) in [("enable_nestloop", nested), ("statement_timeout", limit)] {
                let shown = sqlx::query_scalar::<_, String>("SELECT current_setting($1)");
                let shown = shown.bind(setting).fetch_one(unit.unit().await.unwrap()).await;
                assert_eq!(shown.unwrap(), wanted, "{setting}");
            }
        }
    }

    #[tokio::test]
    async fn a_table_counted_while_it_was_filled_is_counted_anew() {
        let fresh = Engine::Postgres.fresh();
        let store = PgStore::open(&fresh.url).await.unwrap();
        let mut owner = connect(&store.options).await.unwrap();
        let wrong =
            "UPDATE pg_class SET relpages = 100, reltuples = 0 WHERE oid = 'posting'::regclass";
        owner.execute(wrong).await.unwrap();
        store.sweep().await.unwrap();
        let pages = "SELECT relpages FROM pg_class WHERE oid = 'posting'::regclass";
        let pages = sqlx::query_scalar::<_, i32>(pages).fetch_one(&mut owner).await.unwrap();
        assert_eq!(pages, 0);
    }
}
