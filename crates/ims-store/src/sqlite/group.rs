//! Many callers, one commit: what they add while the disk is busy with others'
//! goes in with the next turn.
//!
//! Nobody waits for company: when the queue is empty the turn ends.

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{Writer, thread::closed, values};
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
    pub(super) fn of(writer: Writer) -> Self {
        let (queue, callers) = mpsc::channel(TURN_MAX);
        tokio::spawn(turns(writer, callers));
        Self(queue)
    }

    pub(super) async fn add(&self, batches: Vec<Batch>) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Caller { batches, answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }
}

/// Ends with the last handle on the store.
async fn turns(writer: Writer, mut queue: mpsc::Receiver<Caller>) {
    let mut callers = Vec::with_capacity(TURN_MAX);
    while queue.recv_many(&mut callers, TURN_MAX).await > 0 {
        let held = writer.lock().await;
        // Whoever came while the writer was busy with somebody else.
        while callers.len() < TURN_MAX
            && let Ok(caller) = queue.try_recv()
        {
            callers.push(caller);
        }
        let turn = std::mem::take(&mut callers);
        if let Some(thread) = held.as_ref() {
            // Told by the thread itself; a turn that broke has told them too.
            let told = thread.run(move |connection| {
                together(connection, turn);
                Ok(())
            });
            let _ = told.await;
        }
    }
}

/// One commit, and then an answer for each.
fn together(connection: &mut Connection, callers: Vec<Caller>) {
    let (answers, rows): (Vec<_>, Vec<_>) =
        callers.into_iter().map(|caller| (caller.answer, caller.batches)).unzip();
    let ended = committed(connection, &rows);
    if ended.is_err() && !connection.is_autocommit() {
        // What the disk would not take it may not give back either; the next
        // turn begins anew or says why not.
        let _gone = connection.execute_batch("ROLLBACK");
    }
    match ended {
        Ok(own) => answers.into_iter().zip(own).for_each(|(answer, own)| drop(answer.send(own))),
        Err(error) => answers.into_iter().for_each(|answer| drop(answer.send(Err(like(&error))))),
    }
}

/// What came of each caller's rows, once all of them last.
fn committed(connection: &Connection, callers: &[Vec<Batch>]) -> Result<Vec<Result<()>>> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut answers = Vec::with_capacity(callers.len());
    for batches in callers {
        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
        let own = batches.iter().try_for_each(|batch| values::insert(connection, batch).map(drop));
        if own.is_err() {
            connection.execute_batch("ROLLBACK TO one")?;
        }
        connection.prepare_cached("RELEASE one")?.execute([])?;
        answers.push(own);
    }
    connection.execute_batch("COMMIT")?;
    Ok(answers)
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
