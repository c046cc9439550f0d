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
    /// Posted rows were to be changed, which the database refuses.
    #[error("{0}")]
    AppendOnly(String),
    /// The place named is no database of ours.
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
        let sqlx::Error::Database(database) = &error else {
            return match error {
                sqlx::Error::PoolTimedOut => Self::Busy,
                other => Self::Database(other.to_string()),
            };
        };
        if database.is_unique_violation() {
            return Self::Duplicate(database.constraint().unwrap_or(database.message()).to_owned());
        }
        let message = database.message();
        if message.contains("the books are append-only") || message.contains("permission denied") {
            return Self::AppendOnly(message.to_owned());
        }
        // PostgreSQL by SQLSTATE; SQLite by result code, the extended ones kept
        // in the low byte: 5 busy, 8 read-only, 13 full, 14 cannot open.
        let code = database.code().unwrap_or_default();
        match code.as_ref() {
            "40001" | "40P01" => return Self::Busy,
            "53100" => return Self::DiskFull,
            "25006" => return Self::ReadOnly,
            _ => {}
        }
        match code.parse::<u32>().map(|number| number & 0xFF) {
            Ok(5) if code.len() < 5 => Self::Busy,
            Ok(8) if code.len() < 5 => Self::ReadOnly,
            Ok(13) if code.len() < 5 => Self::DiskFull,
            _ => Self::Database(message.to_owned()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error)
            | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::Database(other.to_string()),
        }
    }
}
