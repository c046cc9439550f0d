//! Suspense given back to who paid it, and allocations taken back.

use chrono::{DateTime, Utc};
use ims_ledger::id::{ApprovalId, CouncilId, EntryId, MatchId, ReceiptId, SuspenseId};
use ims_money::Pence;
use uuid::Uuid;

use super::{AllocationRow, Tx, UndoneRow, suspense::allocation};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

/// Returns, each with the match that paid it and what cancelled it.
macro_rules! returns {
    () => {
        "SELECT r.return_id, r.suspense_id, r.amount_pence, r.entry_id, r.approval_id, r.reason, r.made_by, r.made_at,
            (SELECT p.match_id FROM suspense_return_paid p WHERE p.council_id = r.council_id AND p.return_id = r.return_id
                AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id)),
            c.reason, c.cancelled_by, c.cancelled_at
         FROM suspense_return r
         LEFT JOIN suspense_return_cancelled c ON c.council_id = r.council_id AND c.return_id = r.return_id "
    };
}

statements! {
    RETURN = Sql::both(
        concat!(returns!(), "WHERE r.council_id = $1 AND r.return_id = $2"));
    RETURNS = Sql::both(
        concat!(returns!(), "WHERE r.council_id = $1 AND (r.return_id < $2 OR $2 IS NULL) ORDER BY r.return_id DESC LIMIT $3"));
    OPEN_RETURNS_OF = Sql::both(
        concat!(returns!(), "WHERE r.council_id = $1 AND r.suspense_id = $2 AND c.return_id IS NULL
            AND NOT EXISTS (SELECT 1 FROM suspense_return_paid p WHERE p.council_id = r.council_id AND p.return_id = r.return_id
                AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id)) ORDER BY r.return_id"));
    // SQLite has one writer, who needs no lock.
    HOLD_RETURNS = Sql::each(
        "SELECT $1",
        "SELECT pg_advisory_xact_lock(1768780804, CAST($1 AS INTEGER))");
    OPEN_RETURNS = Sql::both(
        "SELECT COUNT(*), CAST(COALESCE(SUM(r.amount_pence), 0) AS BIGINT) FROM suspense_return r WHERE r.council_id = $1
            AND NOT EXISTS (SELECT 1 FROM suspense_return_cancelled c WHERE c.council_id = r.council_id AND c.return_id = r.return_id)
            AND NOT EXISTS (SELECT 1 FROM suspense_return_paid p WHERE p.council_id = r.council_id AND p.return_id = r.return_id
                AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id))");
    TAKEN_BACK = Sql::both(
        "SELECT COUNT(*) FROM suspense_return_paid p
         JOIN match_undo u ON u.council_id = p.council_id AND u.match_id = p.match_id
         WHERE p.council_id = $1 AND p.return_id = $2");
    ALLOCATION = Sql::both(
        "SELECT allocation_id, suspense_id, amount_pence, entry_id, receipt_id, match_id, note, allocated_by, allocated_at
         FROM suspense_allocation WHERE council_id = $1 AND allocation_id = $2");
    ALLOCATION_UNDONE = Sql::both(
        "SELECT reason, undone_by, undone_at FROM allocation_undo WHERE council_id = $1 AND allocation_id = $2");
}

/// Suspense to be given back to who paid it, or given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspenseReturnRow {
    /// Its id.
    pub id: Uuid,
    /// Of which item.
    pub suspense: SuspenseId,
    /// How much.
    pub amount: Pence,
    /// The entry that owes it.
    pub entry: EntryId,
    /// The approval it was posted under.
    pub approval: ApprovalId,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The match of the bank line that paid it; not looked at when a row is added.
    pub paid: Option<MatchId>,
    /// Who cancelled it, if somebody did; not looked at when a row is added.
    pub cancelled: Option<UndoneRow>,
}

fn suspense_return(row: Row) -> Result<SuspenseReturnRow> {
    Ok(SuspenseReturnRow {
        id: row.id(0, |id| id)?,
        suspense: row.id(1, SuspenseId::new)?,
        amount: row.pence(2)?,
        entry: row.id(3, EntryId::new)?,
        approval: row.id(4, ApprovalId::new)?,
        reason: row.text(5)?,
        by: row.text(6)?,
        at: row.time(7)?,
        paid: row.opt_id(8, MatchId::new)?,
        cancelled: match (row.opt_text(9)?, row.opt_text(10)?, row.opt_time(11)?) {
            (Some(reason), Some(by), Some(at)) => Some(UndoneRow { reason, by, at }),
            _ => None,
        },
    })
}

fn undone(row: Row) -> Result<UndoneRow> {
    Ok(UndoneRow { reason: row.text(0)?, by: row.text(1)?, at: row.time(2)? })
}

impl Tx {
    /// Adds suspense that is to be given back.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_suspense_return(
        &mut self,
        council: CouncilId,
        row: &SuspenseReturnRow,
    ) -> Result<()> {
        let rows = Batch::new("suspense_return", 1)
            .council(council)
            .uuids("return_id", [row.id].into_iter())
            .uuids("suspense_id", [row.suspense.get()].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .uuids("entry_id", [row.entry.get()].into_iter())
            .uuids("approval_id", [row.approval.get()].into_iter())
            .texts("reason", [row.reason.as_str()].into_iter())
            .texts("made_by", [row.by.as_str()].into_iter())
            .times("made_at", [row.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// One return of suspense, paid or not.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_return(
        &mut self,
        council: CouncilId,
        id: Uuid,
    ) -> Result<Option<SuspenseReturnRow>> {
        self.first(RETURN, args![council, id], suspense_return).await
    }

    /// Returns of suspense, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_returns(
        &mut self,
        council: CouncilId,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<SuspenseReturnRow>> {
        self.all(RETURNS, args![council, before, limit], suspense_return).await
    }

    /// Returns of an item that are neither paid nor cancelled, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_returns_of(
        &mut self,
        council: CouncilId,
        item: SuspenseId,
    ) -> Result<Vec<SuspenseReturnRow>> {
        self.all(OPEN_RETURNS_OF, args![council, item], suspense_return).await
    }

    /// Until this unit of work ends, nobody else pays or cancels a return of suspense.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn hold_suspense_returns(&mut self, council: CouncilId) -> Result<()> {
        self.execute(HOLD_RETURNS, args![council]).await.map(drop)
    }

    /// Records that a return of suspense is not paid any more, by the entry that gave the
    /// item its money again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was cancelled already.
    pub async fn cancel_suspense_return(
        &mut self,
        council: CouncilId,
        id: Uuid,
        entry: EntryId,
        cancelled: &UndoneRow,
    ) -> Result<()> {
        let rows = Batch::new("suspense_return_cancelled", 1)
            .council(council)
            .uuids("return_id", [id].into_iter())
            .uuids("entry_id", [entry.get()].into_iter())
            .texts("reason", [cancelled.reason.as_str()].into_iter())
            .texts("cancelled_by", [cancelled.by.as_str()].into_iter())
            .times("cancelled_at", [cancelled.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// How many returns of suspense are still to be paid, and their sum.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_suspense_returns(&mut self, council: CouncilId) -> Result<(i64, Pence)> {
        self.one(OPEN_RETURNS, args![council], |row| Ok((row.int(0)?, row.pence(1)?))).await
    }

    /// Records which match paid a return.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when another that stands did.
    pub async fn pay_suspense_return(
        &mut self,
        council: CouncilId,
        id: Uuid,
        matched: MatchId,
    ) -> Result<()> {
        // Each payment taken back makes room for one more.
        let generation = self.one(TAKEN_BACK, args![council, id], |row| row.int(0)).await?;
        let rows = Batch::new("suspense_return_paid", 1)
            .council(council)
            .uuids("return_id", [id].into_iter())
            .ints("generation", [generation].into_iter())
            .uuids("match_id", [matched.get()].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// One allocation, and who took it back if somebody did.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn allocation(
        &mut self,
        council: CouncilId,
        id: Uuid,
    ) -> Result<Option<(AllocationRow, Option<UndoneRow>)>> {
        let Some(row) = self.first(ALLOCATION, args![council, id], allocation).await? else {
            return Ok(None);
        };
        let undone = self.first(ALLOCATION_UNDONE, args![council, id], undone).await?;
        Ok(Some((row, undone)))
    }

    /// Records that an allocation was taken back, by the entry and the receipt
    /// that did it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was already.
    pub async fn add_allocation_undo(
        &mut self,
        council: CouncilId,
        id: Uuid,
        (entry, receipt): (EntryId, Option<ReceiptId>),
        undone: &UndoneRow,
    ) -> Result<()> {
        let rows = Batch::new("allocation_undo", 1)
            .council(council)
            .uuids("allocation_id", [id].into_iter())
            .uuids("entry_id", [entry.get()].into_iter())
            .opt_uuids("receipt_id", [receipt.map(ReceiptId::get)].into_iter())
            .texts("reason", [undone.reason.as_str()].into_iter())
            .texts("undone_by", [undone.by.as_str()].into_iter())
            .times("undone_at", [undone.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }
}
