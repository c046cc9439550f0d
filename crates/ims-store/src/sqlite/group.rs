//! Many callers, one commit: what they add while the disk is busy with others'
//! goes in with the next turn.
//!
//! Nobody waits for company: the writer's thread takes whoever stands in the
//! queue, and commits when nobody does any more.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::{runtime::Handle, sync::OwnedMutexGuard};

use super::{Writer, guard, thread::Thread, values};
use crate::{
    Addition, Result,
    queue::{Caller, Queue, answer, like},
};

/// How many callers are answered by one commit at most.
const TURN_MAX: usize = 256;

/// The queue to the one writer.
#[derive(Clone, Debug)]
pub(super) struct Group {
    writer: Writer,
    queue: Arc<Queue>,
}

impl Group {
    pub(super) fn of(writer: Writer) -> Self {
        Self { writer, queue: Arc::new(Queue::of(1)) }
    }

    pub(super) async fn add(&self, addition: Addition) -> Result<()> {
        let (answered, is_needed) = self.queue.join(addition);
        if is_needed {
            Server {
                writer: Arc::clone(&self.writer),
                queue: Arc::clone(&self.queue),
                gone: false,
            }
            .start(Handle::current());
        }
        answer(answered).await
    }
}

/// Serves the queue on the writer's thread, turn by turn.
struct Server {
    writer: Writer,
    queue: Arc<Queue>,
    gone: bool,
}

impl Server {
    /// Waits for the writer, if need be, and has its thread serve the queue.
    fn start(self, runtime: Handle) {
        match Arc::clone(&self.writer).try_lock_owned() {
            Ok(held) => self.serve(held, runtime),
            Err(_) => {
                let waiting = runtime.clone();
                waiting.spawn(async move {
                    let held = Arc::clone(&self.writer).lock_owned().await;
                    self.serve(held, runtime);
                });
            }
        }
    }

    fn serve(self, held: OwnedMutexGuard<Option<Thread>>, runtime: Handle) {
        let Some(work) = held.as_ref().map(Thread::work) else { return };
        // A thread that has ended drops the work, and whoever waits is told.
        let _ended = work.send(Box::new(move |connection| {
            turn(connection, &self.queue);
            // Others who write have their turn in between.
            drop(held);
            self.go_on(runtime);
        }));
    }

    fn go_on(mut self, runtime: Handle) {
        if self.queue.may_go() {
            self.gone = true;
        } else {
            self.start(runtime);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.gone {
            self.queue.lost();
        }
    }
}

/// One commit, and then an answer for each.
fn turn(connection: &Connection, queue: &Queue) {
    let mut callers = Vec::new();
    let ended = match together(connection, queue, &mut callers) {
        // Somebody's rows were refused: the others go on without them.
        Ok(false) => apart(connection, &callers),
        Ok(true) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    match ended {
        Ok(own) => {
            let own = own.into_iter().chain(std::iter::repeat_with(|| Ok(())));
            callers.into_iter().zip(own).for_each(|(caller, own)| caller.told(own));
        }
        Err(error) => {
            // What the disk would not take it may not give back either; the next
            // turn begins anew or says why not.
            let _gone = undone(connection);
            callers.into_iter().for_each(|caller| caller.told(Err(like(&error))));
        }
    }
}

/// Adds everybody's rows and makes them last; not if some are refused. Whoever
/// comes while it is at work goes in too.
fn together(connection: &Connection, queue: &Queue, callers: &mut Vec<Caller>) -> Result<bool> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    loop {
        let come = queue.next(TURN_MAX.saturating_sub(callers.len()));
        if come.is_empty() {
            break;
        }
        let are_added = come.iter().all(|caller| added(connection, caller).is_ok());
        callers.extend(come);
        if !are_added {
            undone(connection)?;
            return Ok(false);
        }
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(true)
}

/// The same, but each caller's rows may be refused alone.
fn apart(connection: &Connection, callers: &[Caller]) -> Result<Vec<Result<()>>> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut answers = Vec::with_capacity(callers.len());
    for caller in callers {
        connection.prepare_cached("SAVEPOINT one")?.execute([])?;
        let own = added(connection, caller);
        if own.is_err() {
            if connection.is_autocommit() {
                // A full disk ends the whole turn by itself.
                own?;
                break;
            }
            connection.prepare_cached("ROLLBACK TO one")?.execute([])?;
        }
        connection.prepare_cached("RELEASE one")?.execute([])?;
        answers.push(own);
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(answers)
}

fn added(connection: &Connection, caller: &Caller) -> Result<()> {
    guard::holds(connection, &caller.addition.guard)?;
    let batches = &caller.addition.batches;
    batches.iter().try_for_each(|batch| values::insert(connection, batch).map(drop))
}

/// Nothing of the turn lasts. A full disk ends a turn by itself.
fn undone(connection: &Connection) -> Result<()> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    Ok(())
}
