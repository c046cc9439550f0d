//! Many callers, one statement and one commit: what they add while the
//! connections are busy with others' goes in with the next turn.
//!
//! Nobody waits for company: while a lane is free, a caller's rows go at once. No
//! statement waits for whoever closes a day: it is refused instead, so that one
//! council's close keeps nobody else waiting.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, Row as _, SqlSafeStr as _,
    postgres::PgConnectOptions,
};

use super::{
    IDLE_MAX, connect, guard,
    insert::{Form, Insert, joined},
    work_as_runtime,
};
use crate::{
    Addition, Result, StoreError,
    guard::Guard,
    queue::{Caller, Queue, answer, like},
};

/// How many connections add at once. With one, whoever comes while a commit
/// lasts shares the next; with more there are more commits, of fewer callers.
const LANES: usize = 1;

/// How many callers are answered by one commit at most.
const TURN_MAX: usize = 64;

/// The most rows a table gets by a statement with a place for each value: there
/// is a statement for every number of rows, and each has to be understood once.
const ROWS_WRITTEN_OUT: usize = 2;

/// The queue, and the connections that serve it.
#[derive(Clone, Debug)]
pub(super) struct Lanes(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: PgConnectOptions,
    queue: Queue,
    idle: Mutex<Vec<(PgConnection, Instant)>>,
}

impl Lanes {
    pub(super) fn of(options: PgConnectOptions) -> Self {
        Self(Arc::new(Shared { options, queue: Queue::of(LANES), idle: Mutex::default() }))
    }

    pub(super) async fn add(&self, addition: Addition) -> Result<()> {
        if addition.batches.is_empty() {
            return Ok(());
        }
        let (answered, is_needed) = self.0.queue.join(addition);
        if is_needed {
            let server = Server { shared: Arc::clone(&self.0), connection: None, gone: false };
            // A task of its own: whoever asked may go away.
            tokio::spawn(server.serve());
        }
        answer(answered).await
    }

    pub(super) async fn close(&self) {
        let idle = std::mem::take(&mut *self.0.idle());
        for (connection, _) in idle {
            // It is closed, one way or the other.
            let _gone = connection.close().await;
        }
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(PgConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that is there.
    async fn connection(&self) -> Result<PgConnection> {
        loop {
            let Some((mut connection, since)) = self.idle().pop() else { break };
            if since.elapsed() < IDLE_MAX || connection.ping().await.is_ok() {
                return Ok(connection);
            }
        }
        let mut connection = connect(&self.options).await?;
        work_as_runtime(&mut connection).await?;
        Ok(connection)
    }
}

/// Serves the queue on a connection, turn by turn.
struct Server {
    shared: Arc<Shared>,
    connection: Option<PgConnection>,
    gone: bool,
}

impl Server {
    async fn serve(mut self) {
        loop {
            let callers = self.shared.queue.next(TURN_MAX);
            if !callers.is_empty() {
                self.turn(callers).await;
                // Those who were told come again at once, if they do.
                tokio::task::yield_now().await;
            } else if self.shared.queue.may_go() {
                break;
            }
        }
        self.gone = true;
        if let Some(connection) = self.connection.take() {
            let mut idle = self.shared.idle();
            if idle.len() < LANES {
                idle.push((connection, Instant::now()));
            }
        }
    }

    async fn turn(&mut self, callers: Vec<Caller>) {
        let ended = self.together(&callers).await;
        if callers.len() > 1 && matches!(ended, Err(Refused::Rows(_))) {
            // Somebody's rows were refused: each goes alone.
            for caller in callers {
                let ended = self.together(std::slice::from_ref(&caller)).await;
                caller.told(ended.map_err(Refused::why));
            }
            return;
        }
        let mut callers = callers.into_iter();
        let first = callers.next();
        for caller in callers {
            caller.told(match &ended {
                Ok(()) => Ok(()),
                Err(refused) => Err(like(refused.error())),
            });
        }
        if let Some(caller) = first {
            caller.told(ended.map_err(Refused::why));
        }
    }

    /// All callers' rows in one statement, so in one round trip, and one commit
    /// of PostgreSQL's own.
    async fn together(&mut self, callers: &[Caller]) -> Result<(), Refused> {
        if self.connection.is_none() {
            let connection = self.shared.connection().await.map_err(Refused::Everybody)?;
            self.connection = Some(connection);
        }
        let Some(connection) = &mut self.connection else { return Ok(()) };
        let guard = Guard::all_of(callers.iter().map(|caller| &caller.addition.guard));
        let inserts = joined(callers.iter().flat_map(|caller| &caller.addition.batches));
        match inserted(connection, &inserts, &guard).await {
            Ok(()) => Ok(()),
            Err(sqlx::Error::RowNotFound) => Err(Refused::Rows(StoreError::Overtaken)),
            Err(sqlx::Error::Database(error)) => {
                Err(Refused::Rows(sqlx::Error::Database(error).into()))
            }
            Err(error) => {
                // What became of it nobody can tell: it is not tried again.
                self.connection = None;
                Err(Refused::Everybody(error.into()))
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.gone {
            self.shared.queue.lost();
        }
    }
}

/// Why a turn added nothing.
enum Refused {
    /// The database did not take the rows, and said so.
    Rows(StoreError),
    /// It could not be asked, or did not answer.
    Everybody(StoreError),
}

impl Refused {
    const fn error(&self) -> &StoreError {
        match self {
            Self::Rows(error) | Self::Everybody(error) => error,
        }
    }

    fn why(self) -> StoreError {
        match self {
            Self::Rows(error) | Self::Everybody(error) => error,
        }
    }
}

/// Adds the rows of all, while all that they were made by stands.
pub(super) async fn inserted(
    connection: &mut PgConnection,
    inserts: &[Insert<'_>],
    guard: &Guard,
) -> Result<(), sqlx::Error> {
    let is_small = inserts.iter().all(|insert| insert.rows() <= ROWS_WRITTEN_OUT);
    let form = if is_small { Form::Values } else { Form::Arrays };
    let (sql, is_guarded) = (statement(inserts, form, guard), !guard.is_none());
    let mut query = sqlx::query(AssertSqlSafe(sql).into_sql_str());
    if is_guarded {
        query = guard::bind(query, guard);
    }
    for insert in inserts {
        query = insert.bind(query, form);
    }
    let stands = query.fetch_one(connection).await?;
    if stands.try_get::<bool, _>(0)? { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// One statement of all inserts, whose one row says whether they were done.
fn statement(inserts: &[Insert<'_>], form: Form, guard: &Guard) -> String {
    use std::fmt::Write as _;
    let mut sql = String::with_capacity(4_096);
    let (mut number, mut before, mut from) = (0_usize, "WITH ", None);
    if !guard.is_none() {
        sql.push_str(before);
        sql.push_str(guard::SQL);
        (number, before, from) = (guard::PLACES, ", ", Some(guard::STANDS));
    }
    for (insert, at) in inserts.iter().zip(1_usize..) {
        // Writing to a string cannot fail.
        let _ = write!(sql, "{before}b{at} AS (");
        insert.write(&mut sql, form, from, &mut number);
        sql.push(')');
        before = ", ";
    }
    match from {
        Some(from) => {
            let _ = write!(sql, " SELECT EXISTS (SELECT 1 FROM {from})");
        }
        None => sql.push_str(" SELECT TRUE"),
    }
    sql
}
