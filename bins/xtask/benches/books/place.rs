//! Databases to measure in: on the disk, and waiting for it.

use ims_testkit::{Engine, pg};
use tempfile::TempDir;

use crate::Result;

/// Where databases of an engine are made.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    /// The server's process, if there is a server.
    pub(crate) server: Option<u32>,
    cluster: Option<pg::TempPg>,
}

/// A new database; gone when this is.
pub(crate) struct Fresh {
    pub(crate) url: String,
    _folder: Option<TempDir>,
    _database: Option<pg::Database>,
}

impl Place {
    pub(crate) fn of(engine: Engine) -> Self {
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(pg::TempPg::lasting()),
        };
        let server = cluster.as_ref().and_then(|cluster| {
            let told = cluster.database().sql("SELECT pg_read_file('postmaster.pid')");
            told.lines().next()?.parse().ok()
        });
        Self { engine, server, cluster }
    }

    /// A new, empty database.
    pub(crate) fn fresh(&self) -> Result<Fresh> {
        if let Some(cluster) = &self.cluster {
            let database = cluster.database();
            let url = database.url.clone();
            return Ok(Fresh { url, _folder: None, _database: Some(database) });
        }
        let folder = tempfile::Builder::new().prefix("ims-bench-").tempdir()?;
        let url = format!("sqlite:{}", folder.path().join("ims.db").display());
        Ok(Fresh { url, _folder: Some(folder), _database: None })
    }
}
