//! A throw-away PostgreSQL.
//!
//! Where `IMS_TEST_PG_URL` names a server (as under `tests/run`), databases are
//! made there. Otherwise the first test of a process starts a cluster of its
//! own, on a free loopback port, which ends with the process however that ends.

mod cluster;
mod leftovers;
mod programs;
mod url;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

pub use cluster::TempPg;

/// A database of its own for one test; dropped with it.
#[derive(Debug)]
pub struct Database {
    /// Where it is, as the server's superuser: `postgres://ims@127.0.0.1:…/t_…`.
    pub url: String,
    name: String,
    server: String,
}

/// A new, empty database on the test server.
///
/// # Panics
///
/// In one sentence, when the PostgreSQL server programs are missing or the
/// server that `IMS_TEST_PG_URL` names does not answer.
#[must_use]
pub fn database() -> Database {
    Database::on(server())
}

/// The address of the test server, started first if need be.
///
/// # Panics
///
/// As [`database`].
#[must_use]
pub fn server() -> &'static str {
    static GIVEN: OnceLock<Option<String>> = OnceLock::new();
    static OWN: OnceLock<TempPg> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "tests are told of a server this way")]
    let given = GIVEN.get_or_init(|| std::env::var("IMS_TEST_PG_URL").ok());
    match given {
        Some(url) => url,
        None => OWN.get_or_init(TempPg::start).url(),
    }
}

impl Database {
    /// A new, empty database on the server at `server`.
    fn on(server: &str) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!(
            "t_{}_{}_{:08x}",
            std::process::id(),
            MADE.fetch_add(1, Ordering::Relaxed),
            u32::try_from(RandomState::new().build_hasher().finish() >> 32).unwrap_or_default(),
        );
        run_sql(&url::with_database(server, "postgres"), &format!("CREATE DATABASE {name}"));
        Self { url: url::with_database(server, &name), name, server: server.to_owned() }
    }

    /// The address of this database as the login role `role`, which is made
    /// without any privilege if the server does not know it.
    ///
    /// For tests that what the runtime role may not do is refused.
    ///
    /// # Panics
    ///
    /// When the server does not answer.
    #[must_use]
    pub fn url_as(&self, role: &str) -> String {
        let admin = url::with_database(&self.server, "postgres");
        run_sql(
            &admin,
            &format!(
                "DO $$ BEGIN CREATE ROLE \"{role}\" LOGIN; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            ),
        );
        url::with_user(&self.url, role)
    }

    /// Runs SQL in this database as the superuser and gives back what it
    /// prints, one line a row, columns parted by `|`.
    ///
    /// # Panics
    ///
    /// When a statement fails, with the server's own message.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "most statements answer nothing")]
    pub fn sql(&self, sql: &str) -> String {
        run_sql(&self.url, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let admin = url::with_database(&self.server, "postgres");
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A test that is failing already must not abort here; and the whole
        // server is thrown away in the end.
        if let Err(why) = programs::psql(&admin, &sql) {
            eprintln!("the test database {} was left behind: {why}", self.name);
        }
    }
}

#[track_caller]
fn run_sql(url: &str, sql: &str) -> String {
    match programs::psql(url, sql) {
        Ok(printed) => printed,
        Err(why) => panic!("{why}"),
    }
}
