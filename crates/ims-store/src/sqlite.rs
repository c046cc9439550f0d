//! SQLite: one file, one writer, readers beside it.

use std::{sync::Arc, time::Duration};

use tokio::sync::Mutex;

use crate::{Addition, Result, StoreError};

mod group;
mod guard;
mod look;
mod open;
mod planner;
mod readers;
mod thread;
mod unit;
mod values;

use group::Group;
use look::Look;
use readers::Readers;
use thread::Thread;
use unit::Held;
pub(crate) use unit::SqliteTx;

/// How long a writer waits for another program's.
const BUSY_MAX: Duration = Duration::from_secs(30);

/// The unique indexes beside the primary keys, by the columns that SQLite names
/// when one is violated.
const UNIQUE: &[(&str, &str)] = &[
    ("council_code", "council.code"),
    ("person_username", "person.username"),
    ("job_dedupe", "job.council_id, job.kind, job.dedupe_key"),
    ("import_once", "import.council_id, import.content_hash, import.generation"),
    ("entry_once", "entry.council_id, entry.idempotency_key"),
    ("receipt_number", "receipt.council_id, receipt.number"),
    ("receipt_reversed_once", "receipt.council_id, receipt.reverses"),
    ("statement_sequence", "statement.council_id, statement.bank, statement.sequence"),
    ("export_number", "export.council_id, export.kind, export.number"),
    ("day_reopen_approval", "day_reopen.council_id, day_reopen.approval_id"),
    ("block_item_once", "block_item.council_id, block_item.item_id"),
    ("dispute_once", "dispute.council_id, dispute.channel, dispute.reference"),
    ("ereturn_number", "ereturn.council_id, ereturn.number"),
    ("ereturn_once", "ereturn.council_id, ereturn.idempotency_key"),
    ("till_session_number", "till_session.council_id, till_session.number"),
    ("till_session_once", "till_session.council_id, till_session.idempotency_key"),
    ("till_receipt_expected", "till_receipt.council_id, till_receipt.expected_id"),
    ("till_lift_once", "till_lift.council_id, till_lift.idempotency_key"),
    ("till_open_till", "till_state.council_id, till_state.till"),
    ("till_open_cashier", "till_state.council_id, till_state.cashier"),
    ("payment_reference", "payment.council_id, payment.reference"),
    ("payment_key", "payment.council_id, payment.caller_key"),
    ("payment_step_once", "payment_step.council_id, payment_step.provider, payment_step.news_id"),
    ("payment_paid_once", "payment_step.council_id, payment_step.payment_id"),
    (
        "payment_exception_once",
        "payment_exception.council_id, payment_exception.provider, payment_exception.once_key",
    ),
    ("payment_return_once", "payment_return.council_id, payment_return.advice"),
    ("refund_approval", "refund.council_id, refund.approval_id"),
    ("refund_number", "refund.council_id, refund.number"),
    ("refund_step_once", "refund_step.council_id, refund_step.refund_id, refund_step.notice_key"),
    ("basket_token", "basket.council_id, basket.token_hash"),
    ("payment_link_once", "payment_link.council_id, payment_link.idempotency_key"),
    ("agreement_once", "agreement.council_id, agreement.idempotency_key"),
    ("agreement_reference", "agreement.council_id, agreement.reference"),
    (
        "refund_file_item_place",
        "refund_file_item.council_id, refund_file_item.export_id, refund_file_item.item_no",
    ),
    ("suspense_return_once", "suspense_return.council_id, suspense_return.approval_id"),
    ("transfer_receipt", "transfer.council_id, transfer.receipt_id"),
    ("approval_once", "approval.council_id, approval.idempotency_key"),
    (
        "holder_change_once",
        "holder_change.council_id, holder_change.fund, holder_change.reference, holder_change.version",
    ),
];

/// The connection that writes, until the store is closed. Whoever waits for it
/// gets it in turn.
type Writer = Arc<Mutex<Option<Thread>>>;

/// SQLite has one writer; in WAL mode readers run beside it.
#[derive(Clone, Debug)]
pub(crate) struct SqliteStore {
    path: Arc<str>,
    writer: Writer,
    readers: Readers,
    group: Group,
}

impl SqliteStore {
    /// Opens the file, made if need be, and brings its tables up to date.
    pub(crate) async fn open(path: &str) -> Result<Self> {
        let unreachable = |error: StoreError| match error {
            StoreError::Database(why) => {
                // The path is said once.
                let why =
                    why.strip_suffix(path).map_or(why.as_str(), |why| why.trim_end_matches(": "));
                StoreError::Unreachable { place: path.to_owned(), why: why.to_owned() }
            }
            other => other,
        };
        let path: Arc<str> = path.into();
        let file = Arc::clone(&path);
        let thread = Thread::of(move || open::writer(&file)).await.map_err(unreachable)?;
        thread.run(open::migrate).await.map_err(unreachable)?;
        let writer = Arc::new(Mutex::new(Some(thread)));
        let group = Group::of(Arc::clone(&writer));
        Ok(Self { readers: Readers::of(&path), path, writer, group })
    }

    pub(crate) async fn begin(&self) -> Result<SqliteTx> {
        let waiting = Arc::clone(&self.writer).lock_owned();
        let held = tokio::time::timeout(BUSY_MAX, waiting).await.map_err(|_| StoreError::Busy)?;
        SqliteTx::begin(Held::Writer(held), "BEGIN IMMEDIATE").await
    }

    pub(crate) async fn append(&self, addition: Addition) -> Result<()> {
        self.group.add(addition).await
    }

    pub(crate) async fn snapshot(&self) -> Result<SqliteTx> {
        SqliteTx::begin(self.readers.take().await?, "BEGIN").await
    }

    pub(crate) async fn look(&self) -> Result<Look> {
        self.readers.look().await
    }

    pub(crate) async fn glance(&self) -> Result<Look> {
        Ok(self.readers.look().await?.brief())
    }

    /// A copy of the whole database in one new file, consistent while others write.
    pub(crate) async fn backup(&self, to: &str) -> Result<()> {
        // A connection of its own: the writer's goes on writing, the readers' may not make a file.
        let (path, to) = (Arc::clone(&self.path), to.to_owned());
        let copied = tokio::task::spawn_blocking(move || open::copy(&path, &to)).await;
        copied.map_err(|error| StoreError::Database(error.to_string()))?
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        if let Some(thread) = self.writer.lock().await.take() {
            thread.close().await;
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let message = match &error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
            other => other.to_string(),
        };
        if message.contains("the books are append-only") {
            return Self::AppendOnly(message);
        }
        // The plain result is the low byte of the extended one.
        let extended = error.sqlite_error().map_or(0, |it| it.extended_code);
        match (extended, extended & 0xFF) {
            (UNIQUE_KEY | PRIMARY_KEY, _) => Self::Duplicate(constraint(&message)),
            (_, 5 | 6) => Self::Busy,
            (_, 8) => Self::ReadOnly,
            (_, 13) => Self::DiskFull,
            (_, 19) => Self::Unfit(message),
            _ => Self::Database(message),
        }
    }
}

/// SQLite's numbers for a key that is there already.
const UNIQUE_KEY: i32 = 2_067;
const PRIMARY_KEY: i32 = 1_555;

/// The name that the constraint has on PostgreSQL, from SQLite's message, which
/// lists the columns: `UNIQUE constraint failed: council.code`.
pub(crate) fn constraint(message: &str) -> String {
    let columns = message.rsplit_once(": ").map_or(message, |(_, columns)| columns);
    let known = UNIQUE.iter().find(|(_, of)| *of == columns);
    let table = columns.split('.').next().unwrap_or(columns);
    known.map_or_else(|| format!("{table}_pkey"), |(name, _)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Store, store::Back};

    /// `CREATE UNIQUE INDEX name ON table (columns)`, as SQLite names the columns.
    #[test]
    fn every_unique_index_is_known_by_its_columns() {
        let migrator = sqlx::migrate!("migrations/sqlite");
        let texts: Vec<_> = migrator.iter().map(|one| one.sql.as_str().to_owned()).collect();
        let indexes = texts
            .iter()
            .flat_map(|text| text.lines())
            .filter_map(|line| line.strip_prefix("CREATE UNIQUE INDEX "));
        let made: Vec<(&str, String)> = indexes
            .map(|index| {
                let (name, rest) = index.split_once(" ON ").unwrap();
                let (table, rest) = rest.split_once(" (").unwrap();
                let (columns, _) = rest.split_once(')').unwrap();
                let columns: Vec<_> =
                    columns.split(", ").map(|column| format!("{table}.{column}")).collect();
                (name, columns.join(", "))
            })
            .collect();
        let known: Vec<_> = UNIQUE.iter().map(|(name, of)| (*name, (*of).to_owned())).collect();
        assert_eq!(BTreeSet::from_iter(known), BTreeSet::from_iter(made));
    }

    /// Otherwise whoever once wrote much leaves those who read no pages to keep.
    #[test]
    fn each_connection_has_a_cache_of_its_own() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let mut asked = connection.prepare("PRAGMA compile_options").unwrap();
        let options = asked.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let options: BTreeSet<_> = options.map(std::result::Result::unwrap).collect();
        assert!(options.contains("DEFAULT_MEMSTATUS=0"), "{options:?}");
        assert!(!options.contains("ENABLE_MEMORY_MANAGEMENT"), "see .cargo/config.toml");
    }

    /// The file may not grow: what was there stays, and what did not fit is said.
    #[tokio::test]
    async fn a_full_disk_is_said_and_nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("ims.db").display());
        let store = Store::open(&url).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let council =
            tx.add_council("ANY", "Anyborough", chrono::DateTime::UNIX_EPOCH).await.unwrap();
        tx.commit().await.unwrap();
        let file = match &store.back {
            Back::Sqlite(file) => file,
            #[cfg(feature = "postgres")]
            Back::Postgres(_) => unreachable!(),
        };
        let held = file.writer.lock().await;
        let full = held.as_ref().unwrap().run(|connection| {
            let pages =
                connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))?;
            connection
                .query_row(&format!("PRAGMA max_page_count = {}", pages + 20), [], |_| Ok(()))?;
            Ok(())
        });
        full.await.unwrap();
        drop(held);

        let mut tx = store.begin().await.unwrap();
        let details = [(uuid::Uuid::nil(), vec![0], "x".repeat(1_000_000))];
        let refused = tx.put_details(council.id, &details).await.unwrap_err();
        assert!(matches!(refused, StoreError::DiskFull), "{refused:?}");
        assert!(matches!(tx.commit().await, Err(StoreError::Abandoned)));

        // The program goes on, and has room as soon as there is any.
        let mut tx = store.begin().await.expect("one full disk does not stop the program");
        assert_eq!(tx.councils().await.unwrap(), std::slice::from_ref(&council));
        drop(tx);
        let held = file.writer.lock().await;
        let room = held.as_ref().unwrap().run(|connection| {
            Ok(connection.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(()))?)
        });
        room.await.unwrap();
        drop(held);
        let mut tx = store.begin().await.unwrap();
        tx.put_details(council.id, &details).await.unwrap();
        tx.commit().await.unwrap();
    }
}
