use thiserror::Error;

/// Why the store could not do it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A row with this key is there already; the name is the constraint's.
    #[error("{0} is there already")]
    Duplicate(String),
    /// The database asks to try the whole unit of work again.
    #[error("the database was busy with somebody else's change; try again")]
    Busy,
    /// What rows were made by is not so any more; none of them was added.
    #[error("the books changed meanwhile; look again")]
    Overtaken,
    /// A unit of work was to be made to last after one of its steps had failed.
    #[error("nothing was stored: an earlier step of the same unit of work had failed")]
    Abandoned,
    /// A value is none the database can keep, however often it is tried.
    #[error("the database cannot keep what it was given: {0}")]
    Unfit(String),
    /// Posted rows were to be changed, which the database refuses.
    #[error("{0}")]
    AppendOnly(String),
    /// The database was made, or brought up to date, by a newer version of this program.
    #[error("the database is of a newer version ({0}) than this program: upgrade the program")]
    Newer(i64),
    /// The place named is no database of ours; a password in it is not shown.
    #[error("`{0}` is not a database: use sqlite:PATH or postgres://USER@HOST/NAME")]
    BadUrl(String),
    /// The disk is full.
    #[error("the disk that holds the database is full")]
    DiskFull,
    /// The database may not be written.
    #[error("the database cannot be written: its file or folder is read-only")]
    ReadOnly,
    /// The database could not be opened or reached.
    #[error("the database `{place}` could not be opened: {why}")]
    Unreachable {
        /// Where it was looked for, without any password.
        place: String,
        /// What the driver says.
        why: String,
    },
    /// A stored value is not what its column promises.
    #[error("column {column} of a stored row does not read: {why}")]
    Corrupt {
        /// Which column, from nought.
        column: usize,
        /// What it should have been.
        why: String,
    },
    /// A feature of this build is missing.
    #[error("this build has no support for {0}")]
    NotBuilt(&'static str),
    /// Something else of the database's.
    #[error("the database failed: {0}")]
    Database(String),
}

/// The store's own result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => of_database(&*error),
            sqlx::Error::PoolTimedOut => Self::Busy,
            other => Self::Database(other.to_string()),
        }
    }
}

fn of_database(error: &dyn sqlx::error::DatabaseError) -> StoreError {
    let message = error.message();
    if error.is_unique_violation() {
        return StoreError::Duplicate(error.constraint().unwrap_or(message).to_owned());
    }
    if message.contains("the books are append-only") {
        return StoreError::AppendOnly(message.to_owned());
    }
    let code = error.code().unwrap_or_default();
    match code.as_ref() {
        "40001" | "40P01" | "55P03" => StoreError::Busy,
        "25006" => StoreError::ReadOnly,
        "53100" => StoreError::DiskFull,
        // The runtime role may only read the books and add to them.
        "42501" => StoreError::AppendOnly(message.to_owned()),
        // A letter that no text may hold, a number too large; a rule of a column's.
        _ if code.starts_with("22") || code.starts_with("23") => {
            StoreError::Unfit(message.to_owned())
        }
        _ => StoreError::Database(message.to_owned()),
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError;
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            MigrateError::VersionMissing(version) => Self::Newer(version),
            other => Self::Database(other.to_string()),
        }
    }
}
