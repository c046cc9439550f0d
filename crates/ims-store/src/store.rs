use std::fmt;

use crate::{Addition, Result, StoreError, engine::Engine, tx::Tx};

#[cfg(feature = "faults")]
use crate::faults::{Faults, Faulty};

#[cfg(feature = "postgres")]
use crate::postgres::PgStore;
#[cfg(feature = "sqlite")]
use crate::sqlite::SqliteStore;

/// The books on disk. Cheap to clone: clones share their connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) back: Back,
    #[cfg(feature = "faults")]
    faults: Option<Faults>,
}

#[derive(Clone)]
pub(crate) enum Back {
    #[cfg(feature = "sqlite")]
    Sqlite(Box<SqliteStore>),
    #[cfg(feature = "postgres")]
    Postgres(Box<PgStore>),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.engine())
    }
}

impl Store {
    const fn over(back: Back) -> Self {
        Self {
            back,
            #[cfg(feature = "faults")]
            faults: None,
        }
    }

    /// The same books through connections that can be made to go, to see what
    /// is left then. For tests.
    #[cfg(feature = "faults")]
    #[must_use]
    pub fn with_faults(self) -> (Self, Faults) {
        let faults = Faults::default();
        (Self { faults: Some(faults.clone()), ..self }, faults)
    }

    /// A moment at which a program may end.
    #[cfg(feature = "faults")]
    fn pass(&self) -> Result<()> {
        self.faults.as_ref().map_or(Ok(()), Faults::pass)
    }

    #[cfg(not(feature = "faults"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as with faults")]
    const fn pass(&self) -> Result<()> {
        Ok(())
    }

    /// The moment after rows were added: they last, and nobody was told.
    #[cfg(feature = "faults")]
    fn pass_after_commit(&self) -> Result<()> {
        self.faults.as_ref().map_or(Ok(()), Faults::pass_after_commit)
    }

    #[cfg(not(feature = "faults"))]
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as with faults")]
    const fn pass_after_commit(&self) -> Result<()> {
        Ok(())
    }

    #[cfg(feature = "faults")]
    fn with_faults_in(&self, engine: Box<dyn Engine>) -> Box<dyn Engine> {
        match &self.faults {
            None => engine,
            Some(faults) => Box::new(Faulty::of(engine, faults.clone())),
        }
    }

    #[cfg(not(feature = "faults"))]
    #[expect(clippy::unused_self, reason = "as with faults")]
    fn with_faults_in(&self, engine: Box<dyn Engine>) -> Box<dyn Engine> {
        engine
    }

    /// Opens `sqlite:PATH` (made if it is not there) or `postgres://…`, and
    /// brings its tables up to date.
    ///
    /// # Errors
    ///
    /// [`StoreError::BadUrl`] for anything else, [`StoreError::Unreachable`]
    /// when it cannot be opened, [`StoreError::DiskFull`] or
    /// [`StoreError::ReadOnly`] when it cannot be written,
    /// [`StoreError::Newer`] when its tables are ahead of this program.
    pub async fn open(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(StoreError::BadUrl(url.to_owned()));
            }
            #[cfg(feature = "sqlite")]
            return Ok(Self::over(Back::Sqlite(Box::new(SqliteStore::open(path).await?))));
            #[cfg(not(feature = "sqlite"))]
            return Err(StoreError::NotBuilt("SQLite"));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            #[cfg(feature = "postgres")]
            return Ok(Self::over(Back::Postgres(Box::new(PgStore::open(url).await?))));
            #[cfg(not(feature = "postgres"))]
            return Err(StoreError::NotBuilt("PostgreSQL"));
        }
        Err(StoreError::BadUrl(shown(url)))
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(_) => "sqlite",
            #[cfg(feature = "postgres")]
            Back::Postgres(_) => "postgres",
        }
    }

    /// A unit of work that may write: all of it lasts, or none. Dropped without
    /// [`Tx::commit`], none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] when no connection comes free in time.
    pub async fn begin(&self) -> Result<Tx> {
        self.pass()?;
        let engine: Box<dyn Engine> = match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => Box::new(sqlite.begin().await?),
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => Box::new(postgres.begin().await?),
        };
        Ok(Tx::new(self.with_faults_in(engine)))
    }

    /// As [`begin`](Self::begin), and what it reads is of one moment throughout: for who writes
    /// down what several questions come to. What others have done since is not seen, so it is
    /// not for deeds that must not do what somebody else just did.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin); and [`StoreError::Busy`] where it writes over what somebody
    /// else has written since.
    pub async fn begin_at_one_moment(&self) -> Result<Tx> {
        self.pass()?;
        let engine: Box<dyn Engine> = match &self.back {
            // SQLite has one writer, and that is it.
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => Box::new(sqlite.begin().await?),
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => Box::new(postgres.begin_at_one_moment().await?),
        };
        Ok(Tx::new(self.with_faults_in(engine)))
    }

    /// Adds rows as one unit of work, and answers once they last. On PostgreSQL
    /// that is one round trip; on SQLite whatever several callers add at the
    /// same moment is made to last together.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`] when one of the rows is there already,
    /// [`StoreError::DiskFull`]; then none of them was added.
    pub async fn append(&self, addition: Addition) -> Result<()> {
        self.pass()?;
        match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => sqlite.append(addition).await,
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => postgres.append(addition).await,
        }?;
        self.pass_after_commit()
    }

    /// A unit of work that only reads, and sees one moment throughout.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn snapshot(&self) -> Result<Tx> {
        self.pass()?;
        let engine: Box<dyn Engine> = match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => Box::new(sqlite.snapshot().await?),
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => Box::new(postgres.snapshot().await?),
        };
        Ok(Tx::reading(self.with_faults_in(engine)))
    }

    /// As [`snapshot`](Self::snapshot), for what goes through all there is, however
    /// long that takes.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn snapshot_of_all(&self) -> Result<Tx> {
        self.pass()?;
        let engine: Box<dyn Engine> = match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => Box::new(sqlite.snapshot().await?),
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => Box::new(postgres.snapshot_of_all().await?),
        };
        Ok(Tx::reading(self.with_faults_in(engine)))
    }

    /// For one question: what is asked first and what is asked next may see two
    /// moments, and the database is spared a transaction around each.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn look(&self) -> Result<Tx> {
        self.pass()?;
        let engine: Box<dyn Engine> = match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => Box::new(sqlite.look().await?),
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => Box::new(postgres.look().await?),
        };
        Ok(Tx::reading(self.with_faults_in(engine)))
    }

    /// As [`look`](Self::look), at a few rows that every request asks for, and that are in memory
    /// for that: a session, and what its person may do.
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn glance(&self) -> Result<Tx> {
        self.pass()?;
        let engine: Box<dyn Engine> = match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => Box::new(sqlite.glance().await?),
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => Box::new(postgres.look().await?),
        };
        Ok(Tx::reading(self.with_faults_in(engine)))
    }

    /// Tidies up after much was sealed at once, so that what is asked next is
    /// answered as fast as ever. Only PostgreSQL needs it.
    ///
    /// # Errors
    ///
    /// What the database says; nothing in the books depends on it.
    pub async fn sweep(&self) -> Result<()> {
        match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => postgres.sweep().await,
        }
    }

    /// Writes the whole embedded database into one new file.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotBuilt`] on PostgreSQL, which has tools of its own for
    /// this; otherwise what the database says, as when `path` is there already.
    pub async fn backup(&self, path: &str) -> Result<()> {
        match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => sqlite.backup(path).await,
            #[cfg(feature = "postgres")]
            Back::Postgres(_) => {
                let _ = path;
                Err(StoreError::NotBuilt("backing PostgreSQL up into one file: use pg_dump"))
            }
        }
    }

    /// Closes every connection, so that the files can be moved.
    pub async fn close(&self) {
        match &self.back {
            #[cfg(feature = "sqlite")]
            Back::Sqlite(sqlite) => sqlite.close().await,
            #[cfg(feature = "postgres")]
            Back::Postgres(postgres) => postgres.close().await,
        }
    }
}

/// What may be shown of something that is no address of ours: whatever could
/// hold a password is left out.
pub(crate) fn shown(url: &str) -> String {
    match url.split_once(':') {
        Some((scheme, rest)) if rest.contains('@') || rest.contains('?') => format!("{scheme}:…"),
        _ => url.to_owned(),
    }
}
