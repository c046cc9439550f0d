//! Tills: sessions, where they stand, and what was taken in them.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, ExpectedId, ReceiptId, TillSessionId};
use ims_money::Pence;
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

/// Sessions, and where each stands.
macro_rules! sessions {
    ($which:literal) => {
        Sql::both(concat!(
            "SELECT t.session_id, t.number, t.till, t.office, t.cashier, t.float_document, t.float_pence, t.config_version,
                t.opened_at, t.idempotency_key, s.status
             FROM till_session t JOIN till_state s ON s.council_id = t.council_id AND s.session_id = t.session_id
             WHERE t.council_id = $1 AND ",
            $which
        ))
    };
}

/// Receipts taken at tills, with their numbers.
macro_rules! receipts {
    ($which:literal) => {
        Sql::both(concat!(
            "SELECT t.receipt_id, t.session_id, t.kind, t.amount_pence, t.tendered_pence, t.terminal, t.batch, t.expected_id, t.taken_at,
                r.number
             FROM till_receipt t JOIN receipt r ON r.council_id = t.council_id AND r.receipt_id = t.receipt_id
             WHERE t.council_id = $1 AND ",
            $which
        ))
    };
}

statements! {
    SESSION = sessions!("t.session_id = $2");
    SESSION_NUMBERED = Sql::both("SELECT session_id FROM till_session WHERE council_id = $1 AND number = $2");
    SESSION_BY_KEY = Sql::both("SELECT session_id FROM till_session WHERE council_id = $1 AND idempotency_key = $2");
    SESSIONS = sessions!(
        "t.number < $2 AND ($3 = '' OR s.status = $3) AND ($4 = '' OR t.cashier = $4) ORDER BY t.number DESC LIMIT $5");
    MOVE_TILL = Sql::both(
        "UPDATE till_state SET status = $4, version = version + 1
         WHERE council_id = $1 AND session_id = $2 AND status = $3");
    RECEIPT_AT_TILL = receipts!("r.number = $2");
    RECEIPTS_OF_TILL = receipts!(
        "t.session_id = $2 AND t.receipt_id < $3 ORDER BY t.receipt_id DESC LIMIT $4");
    TAKEN_AT_TILL = Sql::both(
        "SELECT kind, terminal, batch, COUNT(*), CAST(SUM(amount_pence) AS BIGINT) FROM till_receipt
         WHERE council_id = $1 AND session_id = $2 GROUP BY kind, terminal, batch ORDER BY kind, terminal, batch");
    WAITING_AT_TILL = Sql::both(
        "SELECT e.expected_id, e.channel, e.amount_pence FROM till_receipt t
         JOIN expected e ON e.council_id = t.council_id AND e.expected_id = t.expected_id
         WHERE t.council_id = $1 AND t.session_id = $2 ORDER BY e.expected_id");
    // SQLite has one writer, who needs no lock.
    HOLD_BATCHES = Sql::each(
        "SELECT $1",
        "SELECT pg_advisory_xact_lock(1768780803, CAST($1 AS INTEGER))");
    // By its receipts, in this order: sessions are many after some years.
    BATCH_ELSEWHERE = Sql::both(
        "SELECT s.number FROM till_receipt t CROSS JOIN till_session s CROSS JOIN till_state a
         WHERE t.council_id = $1 AND t.terminal = $2 AND t.terminal <> '' AND t.batch = $3 AND t.session_id <> $4
            AND s.council_id = t.council_id AND s.session_id = t.session_id
            AND a.council_id = t.council_id AND a.session_id = t.session_id AND a.status <> 'closed'
         ORDER BY s.number LIMIT 1");
}

/// One cashier's time at a till, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillSessionRow {
    /// Its id.
    pub id: TillSessionId,
    /// Its number, without gaps; people see it with a `T` before it.
    pub number: i64,
    /// The till's code.
    pub till: String,
    /// The office's code.
    pub office: String,
    /// Whose it is.
    pub cashier: String,
    /// The float, by denomination, as JSON.
    pub float_document: String,
    /// What the float came to.
    pub float: Pence,
    /// The version of the configuration it was opened under.
    pub config_version: i64,
    /// When.
    pub opened_at: DateTime<Utc>,
    /// The key under which it is opened once.
    pub key: Option<String>,
    /// `open`, `counted`, `recount` or `closed`.
    pub status: String,
}

/// A receipt taken at a till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillReceiptRow {
    /// The receipt.
    pub receipt: ReceiptId,
    /// The session.
    pub session: TillSessionId,
    /// `cash`, `cheque` or `card`.
    pub kind: String,
    /// What was taken.
    pub amount: Pence,
    /// What was handed over; the rest is change.
    pub tendered: Pence,
    /// The card terminal; empty where there is none.
    pub terminal: String,
    /// The terminal's batch; empty where there is none.
    pub batch: String,
    /// What waits to be paid in.
    pub expected: ExpectedId,
    /// When.
    pub taken_at: DateTime<Utc>,
}

/// The same with the number the payer was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberedTillReceipt {
    /// The receipt's number.
    pub number: String,
    /// What was taken.
    pub row: TillReceiptRow,
}

/// What was taken of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillTakenRow {
    /// `cash`, `cheque` or `card`.
    pub kind: String,
    /// The card terminal; empty where there is none.
    pub terminal: String,
    /// The terminal's batch; empty where there is none.
    pub batch: String,
    /// How many receipts.
    pub receipts: i64,
    /// Their sum.
    pub amount: Pence,
}

fn session(row: Row) -> Result<TillSessionRow> {
    Ok(TillSessionRow {
        id: row.id(0, TillSessionId::new)?,
        number: row.int(1)?,
        till: row.text(2)?,
        office: row.text(3)?,
        cashier: row.text(4)?,
        float_document: row.text(5)?,
        float: row.pence(6)?,
        config_version: row.int(7)?,
        opened_at: row.time(8)?,
        key: row.opt_text(9)?,
        status: row.text(10)?,
    })
}

/// The id of a session that is asked for by something else of it.
pub(super) fn session_id(row: Row) -> Result<TillSessionId> {
    row.id(0, TillSessionId::new)
}

fn receipt(row: Row) -> Result<NumberedTillReceipt> {
    let number = row.text(9)?;
    let row = TillReceiptRow {
        receipt: row.id(0, ReceiptId::new)?,
        session: row.id(1, TillSessionId::new)?,
        kind: row.text(2)?,
        amount: row.pence(3)?,
        tendered: row.pence(4)?,
        terminal: row.text(5)?,
        batch: row.text(6)?,
        expected: row.id(7, ExpectedId::new)?,
        taken_at: row.time(8)?,
    };
    Ok(NumberedTillReceipt { number, row })
}

impl Tx {
    /// Adds a session, standing where `row` says.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for a number or a key given
    /// before (`till_session_once`), and while the till or the cashier has another open
    /// (`till_open_till`, `till_open_cashier`).
    pub async fn add_till_session(
        &mut self,
        council: CouncilId,
        row: &TillSessionRow,
    ) -> Result<()> {
        let rows = Batch::new("till_session", 1)
            .council(council)
            .uuids("session_id", [row.id.get()].into_iter())
            .ints("number", [row.number].into_iter())
            .texts("till", [row.till.as_str()].into_iter())
            .texts("office", [row.office.as_str()].into_iter())
            .texts("cashier", [row.cashier.as_str()].into_iter())
            .texts("float_document", [row.float_document.as_str()].into_iter())
            .ints("float_pence", [row.float.get()].into_iter())
            .ints("config_version", [row.config_version].into_iter())
            .times("opened_at", [row.opened_at].into_iter())
            .opt_texts("idempotency_key", [row.key.as_deref()].into_iter());
        self.insert(rows).await?;
        let state = Batch::new("till_state", 1)
            .council(council)
            .uuids("session_id", [row.id.get()].into_iter())
            .texts("till", [row.till.as_str()].into_iter())
            .texts("cashier", [row.cashier.as_str()].into_iter())
            .texts("status", [row.status.as_str()].into_iter())
            .ints("version", [1].into_iter());
        self.insert(state).await?;
        Ok(())
    }

    /// One session.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_session(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
    ) -> Result<Option<TillSessionRow>> {
        self.first(SESSION, args![council, id], session).await
    }

    /// The session of that number.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_session_numbered(
        &mut self,
        council: CouncilId,
        number: i64,
    ) -> Result<Option<TillSessionId>> {
        self.first(SESSION_NUMBERED, args![council, number], session_id).await
    }

    /// The session opened under `key`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_session_by_key(
        &mut self,
        council: CouncilId,
        key: &str,
    ) -> Result<Option<TillSessionId>> {
        self.first(SESSION_BY_KEY, args![council, key], session_id).await
    }

    /// Sessions numbered below `before`, the newest first, at most `limit`: in one
    /// status and of one cashier, or of all when that is empty.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_sessions(
        &mut self,
        council: CouncilId,
        (status, cashier): (&str, &str),
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<TillSessionRow>> {
        let args = args![council, before.unwrap_or(i64::MAX), status, cashier, limit];
        self.all(SESSIONS, args, session).await
    }

    /// Moves a session from one status to another, or holds it where it is. False
    /// when it does not stand there any more: whoever else moves or holds it waits
    /// for this unit of work to end.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn move_till(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
        from: &str,
        to: &str,
    ) -> Result<bool> {
        Ok(self.execute(MOVE_TILL, args![council, id, from, to]).await? == 1)
    }

    /// Adds a receipt to a session.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it is in one.
    pub async fn add_till_receipt(
        &mut self,
        council: CouncilId,
        row: &TillReceiptRow,
    ) -> Result<()> {
        let rows = Batch::new("till_receipt", 1)
            .council(council)
            .uuids("receipt_id", [row.receipt.get()].into_iter())
            .uuids("session_id", [row.session.get()].into_iter())
            .texts("kind", [row.kind.as_str()].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .ints("tendered_pence", [row.tendered.get()].into_iter())
            .texts("terminal", [row.terminal.as_str()].into_iter())
            .texts("batch", [row.batch.as_str()].into_iter())
            .uuids("expected_id", [row.expected.get()].into_iter())
            .times("taken_at", [row.taken_at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// The receipt of that number as it was taken at a till.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipt_at_till(
        &mut self,
        council: CouncilId,
        number: &str,
    ) -> Result<Option<TillReceiptRow>> {
        let found = self.first(RECEIPT_AT_TILL, args![council, number], receipt).await?;
        Ok(found.map(|found| found.row))
    }

    /// Receipts taken in a session, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipts_of_till(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
        before: Option<ReceiptId>,
        limit: i64,
    ) -> Result<Vec<NumberedTillReceipt>> {
        let before = before.map_or(Uuid::max(), ReceiptId::get);
        self.all(RECEIPTS_OF_TILL, args![council, id, before, limit], receipt).await
    }

    /// What was taken in a session, kind by kind.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn taken_at_till(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
    ) -> Result<Vec<TillTakenRow>> {
        self.all(TAKEN_AT_TILL, args![council, id], |row| {
            Ok(TillTakenRow {
                kind: row.text(0)?,
                terminal: row.text(1)?,
                batch: row.text(2)?,
                receipts: row.int(3)?,
                amount: row.pence(4)?,
            })
        })
        .await
    }

    /// What waits to be paid in of a session: the item, its channel, how much.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn waiting_at_till(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
    ) -> Result<Vec<(ExpectedId, String, Pence)>> {
        let read = |row: Row| Ok((row.id(0, ExpectedId::new)?, row.text(1)?, row.pence(2)?));
        self.all(WAITING_AT_TILL, args![council, id], read).await
    }

    /// Waits until nobody else takes or declares cards of a terminal's batch, and keeps
    /// everybody from it until this unit of work ends: before it is asked whose a batch is.
    /// Who takes several locks takes this one before a session's and a slip's.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`](crate::StoreError::Busy) when somebody waits for us.
    pub async fn hold_batches(&mut self, council: CouncilId) -> Result<()> {
        self.execute(HOLD_BATCHES, args![council]).await?;
        Ok(())
    }

    /// The number of another session, not yet closed, that took cards in the same
    /// batch of a terminal.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn batch_elsewhere(
        &mut self,
        council: CouncilId,
        (terminal, batch): (&str, &str),
        id: TillSessionId,
    ) -> Result<Option<i64>> {
        let args = args![council, terminal, batch, id];
        self.first(BATCH_ELSEWHERE, args, |row| row.int(0)).await
    }
}
