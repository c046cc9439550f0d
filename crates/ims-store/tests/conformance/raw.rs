//! A second connection, past the store: what an auditor, an intruder or a
//! careless administrator could use.

use rusqlite::Connection as SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _};
use uuid::Uuid;

/// On PostgreSQL, the superuser; on SQLite, whoever can write the file.
pub(super) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    pub(super) async fn open(url: &str) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let file = SqliteConnection::open(path).unwrap();
                file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
                Self::Sqlite(file)
            }
            None => Self::Postgres(PgConnection::connect(url).await.unwrap()),
        }
    }

    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Runs statements; how many rows they touched, or what the database said.
    pub(super) async fn try_run(&mut self, sql: &str) -> Result<u64, String> {
        match self {
            Self::Sqlite(file) => {
                file.execute_batch(sql).map(|()| file.changes()).map_err(|error| error.to_string())
            }
            Self::Postgres(server) => {
                let sql = AssertSqlSafe(sql.to_owned());
                let done = server.execute(sqlx::raw_sql(sql)).await;
                done.map(|done| done.rows_affected()).map_err(|error| error.to_string())
            }
        }
    }

    pub(super) async fn run(&mut self, sql: &str) -> u64 {
        self.try_run(sql).await.unwrap_or_else(|why| panic!("{sql}: {why}"))
    }

    /// The first column of a query that gives texts.
    pub(super) async fn texts(&mut self, sql: &str) -> Vec<String> {
        match self {
            Self::Sqlite(file) => {
                let mut statement = file.prepare(sql).unwrap();
                let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
                rows.map(Result::unwrap).collect()
            }
            Self::Postgres(server) => {
                let rows = server.fetch_all(AssertSqlSafe(sql.to_owned())).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>(0)).collect()
            }
        }
    }

    /// How the database finds rows of the first council.
    pub(super) async fn plan_of(&mut self, table: &str, condition: &str) -> String {
        let council = "(SELECT MIN(council_id) FROM council)";
        let query = format!("SELECT * FROM {table} WHERE e.council_id = {council} AND {condition}");
        match self {
            Self::Sqlite(file) => {
                let mut plan = file.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
                let rows = plan.query_map([], |row| row.get::<_, String>(3)).unwrap();
                rows.map(Result::unwrap).collect::<Vec<_>>().join("\n")
            }
            Self::Postgres(_) => self.texts(&format!("EXPLAIN {query}")).await.join("\n"),
        }
    }

    /// The tables of the store.
    pub(super) async fn tables(&mut self) -> Vec<String> {
        let sql = if self.is_sqlite() {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
                AND name NOT LIKE 'sqlite%' ORDER BY name"
        } else {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables
             WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations' ORDER BY 1"
        };
        self.texts(sql).await
    }

    /// Takes away what keeps the books, as one who owns the database can.
    pub(super) async fn without_triggers(&mut self) {
        if self.is_sqlite() {
            let triggers =
                self.texts("SELECT name FROM sqlite_schema WHERE type = 'trigger'").await;
            for trigger in triggers {
                self.run(&format!("DROP TRIGGER {trigger}")).await;
            }
        } else {
            self.run("SET session_replication_role = replica").await;
        }
    }

    /// How an id is written in a statement.
    pub(super) fn id(&self, id: Uuid) -> String {
        if self.is_sqlite() { format!("x'{}'", id.simple()) } else { format!("'{id}'") }
    }

    /// How 32 equal bytes are written in a statement.
    pub(super) fn hash(&self, byte: u8) -> String {
        let digits = format!("{byte:02x}").repeat(32);
        if self.is_sqlite() { format!("x'{digits}'") } else { format!("'\\x{digits}'") }
    }
}
