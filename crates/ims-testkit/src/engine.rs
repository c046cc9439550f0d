//! The two engines, and a new, empty database of each.

use std::fmt;

use tempfile::TempDir;

use crate::{pg, scratch};

/// A database engine that the store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded default: one file.
    Sqlite,
    /// A server.
    Postgres,
}

/// Every engine, in the order tests name them.
#[must_use]
pub const fn both() -> [Engine; 2] {
    [Engine::Sqlite, Engine::Postgres]
}

/// A new, empty database; removed when this is dropped.
#[derive(Debug)]
pub struct Fresh {
    /// Where it is: `sqlite:PATH` or `postgres://…`.
    pub url: String,
    _guard: Guard,
}

#[derive(Debug)]
#[expect(dead_code, reason = "held only to be dropped")]
enum Guard {
    Folder(TempDir),
    Database(pg::Database),
}

impl Engine {
    /// A new, empty database of this engine, not yet migrated.
    ///
    /// ```
    /// for engine in ims_testkit::both() {
    ///     let fresh = engine.fresh();
    ///     assert!(fresh.url.starts_with(&engine.to_string()));
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// In one sentence, when the PostgreSQL server programs are missing.
    #[must_use]
    pub fn fresh(self) -> Fresh {
        match self {
            Self::Sqlite => {
                let folder = tempfile::Builder::new()
                    .prefix(&format!("ims-test-sqlite-{}-", std::process::id()))
                    .tempdir_in(scratch::place())
                    .expect("a temporary folder");
                let url = format!("sqlite:{}", folder.path().join("ims.db").display());
                Fresh { url, _guard: Guard::Folder(folder) }
            }
            Self::Postgres => {
                let database = pg::database();
                Fresh { url: database.url.clone(), _guard: Guard::Database(database) }
            }
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}
