//! Many callers, one commit: what they add while the disk is busy with others'
//! goes in with the next turn.
//!
//! Nobody waits for company: when the queue is empty the turn ends.

use sqlx::{AssertSqlSafe, SqliteConnection, SqlitePool, sqlite::SqliteArguments};
use tokio::sync::{mpsc, oneshot};

use super::add;
use crate::{Result, StoreError, batch::Batch};

/// How many callers are answered by one commit at most.
const TURN_MAX: usize = 256;

/// One caller's rows, and where it waits for the answer.
#[derive(Debug)]
struct Caller {
    batches: Vec<Batch>,
    answer: oneshot::Sender<Result<()>>,
}

/// The queue to the one writer.
#[derive(Clone, Debug)]
pub(super) struct Group(mpsc::Sender<Caller>);

impl Group {
    pub(super) fn of(writer: SqlitePool) -> Self {
        let (queue, callers) = mpsc::channel(TURN_MAX);
        tokio::spawn(turns(writer, callers));
        Self(queue)
    }

    pub(super) async fn add(&self, batches: Vec<Batch>) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let closed = || StoreError::Database("the database was closed".to_owned());
        self.0.send(Caller { batches, answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

/// Ends with the last handle on the store.
async fn turns(writer: SqlitePool, mut queue: mpsc::Receiver<Caller>) {
    let mut callers = Vec::with_capacity(TURN_MAX);
    while queue.recv_many(&mut callers, TURN_MAX).await > 0 {
        turn(&writer, &mut queue, &mut callers).await;
    }
}

/// One commit, and an answer for each.
async fn turn(writer: &SqlitePool, queue: &mut mpsc::Receiver<Caller>, callers: &mut Vec<Caller>) {
    let mut answers = Vec::with_capacity(TURN_MAX);
    let ended = together(writer, queue, callers, &mut answers).await;
    // Those whose turn it was not yet when something broke are told too.
    answers.extend(callers.drain(..).map(|caller| (caller.answer, Err(StoreError::Busy))));
    for (answer, own) in answers {
        let said = match &ended {
            Ok(()) => own,
            Err(error) => Err(like(error)),
        };
        // A caller that has gone away does not want to know.
        let _gone = answer.send(said);
    }
}

type Answer = (oneshot::Sender<Result<()>>, Result<()>);

async fn together(
    writer: &SqlitePool,
    queue: &mut mpsc::Receiver<Caller>,
    callers: &mut Vec<Caller>,
    answers: &mut Vec<Answer>,
) -> Result<()> {
    let mut unit = writer.begin_with("BEGIN IMMEDIATE").await?;
    // Whoever came while the writer was busy with somebody else.
    while callers.len() < TURN_MAX
        && let Ok(caller) = queue.try_recv()
    {
        callers.push(caller);
    }
    for Caller { batches, answer } in callers.drain(..) {
        let own = insert(&mut unit, batches).await;
        let is_refused = own.is_err();
        answers.push((answer, own));
        if is_refused {
            sqlx::query("ROLLBACK TO one; RELEASE one").execute(&mut *unit).await?;
        }
    }
    Ok(unit.commit().await?)
}

/// All rows of one caller, in one hop to SQLite's thread.
async fn insert(unit: &mut SqliteConnection, mut batches: Vec<Batch>) -> Result<()> {
    let mut sql = "SAVEPOINT one".to_owned();
    let mut arguments = SqliteArguments::default();
    for batch in &mut batches {
        sql.push_str("; ");
        sql.push_str(&super::statement(batch, batch.rows));
        for at in 0..batch.rows {
            for (_, column) in &mut batch.columns {
                add(&mut arguments, column, at).map_err(sqlx::Error::Encode)?;
            }
        }
    }
    sql.push_str("; RELEASE one");
    sqlx::query_with(AssertSqlSafe(sql), arguments).execute(unit).await?;
    Ok(())
}

/// The same answer for each of those it concerns.
fn like(error: &StoreError) -> StoreError {
    match error {
        StoreError::Busy => StoreError::Busy,
        StoreError::DiskFull => StoreError::DiskFull,
        StoreError::ReadOnly => StoreError::ReadOnly,
        other => StoreError::Database(other.to_string()),
    }
}
