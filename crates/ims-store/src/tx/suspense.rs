//! Suspense: items, what is left of them, and what became of them.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, EntryId, ImportId, LineId, MatchId, ReceiptId, SuspenseId};
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

statements! {
    SUSPENSE_ENTRIES = Sql::both(
        "SELECT s.suspense_id, s.entry_id FROM open_suspense o
         JOIN suspense_item s ON s.council_id = o.council_id AND s.suspense_id = o.suspense_id
         WHERE o.council_id = $1 AND s.reason = $2 AND o.remaining_pence = s.amount_pence ORDER BY s.suspense_id");
    OPEN_SUSPENSE = Sql::both(
        "SELECT s.suspense_id, s.happened_on, s.amount_pence, o.remaining_pence, s.reason, s.reference, s.line_id,
            s.method, COALESCE(d.words, ''), s.created_at
         FROM open_suspense o
         JOIN suspense_item s ON s.council_id = o.council_id AND s.suspense_id = o.suspense_id
         LEFT JOIN detail d ON d.council_id = s.council_id AND d.owner_id = s.suspense_id
         WHERE o.council_id = $1 AND o.suspense_id > $2 ORDER BY o.suspense_id LIMIT $3");
    SUSPENSE = Sql::both(
        "SELECT s.suspense_id, s.happened_on, s.amount_pence, COALESCE(o.remaining_pence, 0), s.reason, s.reference, s.line_id,
            s.method, COALESCE(d.words, ''), s.created_at
         FROM suspense_item s
         LEFT JOIN open_suspense o ON o.council_id = s.council_id AND o.suspense_id = s.suspense_id
         LEFT JOIN detail d ON d.council_id = s.council_id AND d.owner_id = s.suspense_id
         WHERE s.council_id = $1 AND s.suspense_id = $2");
    SUSPENSE_OF_LINE = Sql::both(
        "SELECT s.suspense_id, s.happened_on, s.amount_pence, o.remaining_pence, s.reason, s.reference, s.line_id,
            s.method, COALESCE(d.words, ''), s.created_at
         FROM open_suspense o
         JOIN suspense_item s ON s.council_id = o.council_id AND s.suspense_id = o.suspense_id
         LEFT JOIN detail d ON d.council_id = s.council_id AND d.owner_id = s.suspense_id
         WHERE o.council_id = $1 AND s.line_id = $2");
    SUSPENSE_OF_IMPORT = Sql::both(
        "SELECT s.suspense_id, s.happened_on, s.amount_pence, COALESCE(o.remaining_pence, 0), s.reason, s.reference, s.line_id,
            s.method, COALESCE(d.words, ''), s.created_at
         FROM suspense_item s
         LEFT JOIN open_suspense o ON o.council_id = s.council_id AND o.suspense_id = s.suspense_id
         LEFT JOIN detail d ON d.council_id = s.council_id AND d.owner_id = s.suspense_id
         WHERE s.council_id = $1 AND s.import_id = $2 ORDER BY s.suspense_id");
    IMPORT_OF_SUSPENSE = Sql::both(
        "SELECT import_id, import_line FROM suspense_item
         WHERE council_id = $1 AND suspense_id = $2 AND import_id IS NOT NULL");
    SUSPENSE_OF_ENTRY = Sql::both(
        "SELECT s.suspense_id, s.happened_on, s.amount_pence, COALESCE(o.remaining_pence, 0), s.reason, s.reference, s.line_id,
            s.method, COALESCE(d.words, ''), s.created_at
         FROM suspense_item s
         LEFT JOIN open_suspense o ON o.council_id = s.council_id AND o.suspense_id = s.suspense_id
         LEFT JOIN detail d ON d.council_id = s.council_id AND d.owner_id = s.suspense_id
         WHERE s.council_id = $1 AND s.entry_id = $2 ORDER BY s.suspense_id");
    LOWER = Sql::both(
        "UPDATE open_suspense SET remaining_pence = $4 WHERE council_id = $1 AND suspense_id = $2 AND remaining_pence = $3");
    USE_UP = Sql::both(
        "DELETE FROM open_suspense WHERE council_id = $1 AND suspense_id = $2 AND remaining_pence = $3");
    REOPEN = Sql::both(
        "INSERT INTO open_suspense (council_id, suspense_id, remaining_pence) VALUES ($1, $2, $3)
         ON CONFLICT (council_id, suspense_id) DO UPDATE
            SET remaining_pence = open_suspense.remaining_pence + excluded.remaining_pence");
    OPEN_SUSPENSE_TOTALS = Sql::both(
        "SELECT COUNT(*), CAST(COALESCE(SUM(remaining_pence), 0) AS BIGINT) FROM open_suspense WHERE council_id = $1");
    ALLOCATIONS = Sql::both(
        "SELECT allocation_id, suspense_id, amount_pence, entry_id, receipt_id, match_id, note, allocated_by, allocated_at
         FROM suspense_allocation WHERE council_id = $1 AND suspense_id = $2 ORDER BY allocation_id");
    ALLOCATIONS_OF_ENTRY = Sql::both(
        "SELECT allocation_id, suspense_id, amount_pence, entry_id, receipt_id, match_id, note, allocated_by, allocated_at
         FROM suspense_allocation WHERE council_id = $1 AND entry_id = $2 ORDER BY allocation_id");
}

/// A suspense item to be added.
#[derive(Clone, Debug)]
pub struct SuspenseRow {
    /// Its id.
    pub id: SuspenseId,
    /// The day the money came.
    pub happened_on: NaiveDate,
    /// Credit positive.
    pub amount: Pence,
    /// Why it is here, in words.
    pub reason: String,
    /// The reference it came with, as it was written.
    pub reference: String,
    /// The entry that put it here.
    pub entry: EntryId,
    /// The file and line it came in.
    pub import: Option<(ImportId, i64)>,
    /// The bank line it is.
    pub line: Option<LineId>,
    /// The method of payment's code, when it came by one.
    pub method: Option<String>,
    /// When we knew.
    pub created_at: DateTime<Utc>,
}

/// A suspense item with what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSuspense {
    /// Its id.
    pub id: SuspenseId,
    /// The day the money came.
    pub happened_on: NaiveDate,
    /// What it was.
    pub amount: Pence,
    /// What is left.
    pub remaining: Pence,
    /// Why it is here.
    pub reason: String,
    /// The reference it came with.
    pub reference: String,
    /// The bank line it is.
    pub line: Option<LineId>,
    /// The method of payment's code.
    pub method: Option<String>,
    /// What the payer wrote.
    pub narrative: String,
    /// When we knew.
    pub created_at: DateTime<Utc>,
}

/// What became of part of a suspense item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationRow {
    /// Its id.
    pub id: Uuid,
    /// Of which item.
    pub suspense: SuspenseId,
    /// How much.
    pub amount: Pence,
    /// The entry that moved it.
    pub entry: EntryId,
    /// The receipt it became.
    pub receipt: Option<ReceiptId>,
    /// The match it became part of.
    pub matched: Option<MatchId>,
    /// Why.
    pub note: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

pub(super) fn open(row: Row) -> Result<OpenSuspense> {
    Ok(OpenSuspense {
        id: row.id(0, SuspenseId::new)?,
        happened_on: row.day(1)?,
        amount: row.pence(2)?,
        remaining: row.pence(3)?,
        reason: row.text(4)?,
        reference: row.text(5)?,
        line: row.opt_id(6, LineId::new)?,
        method: row.opt_text(7)?,
        narrative: row.text(8)?,
        created_at: row.time(9)?,
    })
}

pub(super) fn allocation(row: Row) -> Result<AllocationRow> {
    Ok(AllocationRow {
        id: row.id(0, |id| id)?,
        suspense: row.id(1, SuspenseId::new)?,
        amount: row.pence(2)?,
        entry: row.id(3, EntryId::new)?,
        receipt: row.opt_id(4, ReceiptId::new)?,
        matched: row.opt_id(5, MatchId::new)?,
        note: row.text(6)?,
        by: row.text(7)?,
        at: row.time(8)?,
    })
}

/// The rows of suspense items, and what is left of each: all of it.
pub(crate) fn item_batches(council: CouncilId, items: &[SuspenseRow]) -> [Batch; 2] {
    let rows = Batch::new("suspense_item", items.len())
        .council(council)
        .uuids("suspense_id", items.iter().map(|s| s.id.get()))
        .days("happened_on", items.iter().map(|s| s.happened_on))
        .ints("amount_pence", items.iter().map(|s| s.amount.get()))
        .texts("reason", items.iter().map(|s| s.reason.as_str()))
        .texts("reference", items.iter().map(|s| s.reference.as_str()))
        .uuids("entry_id", items.iter().map(|s| s.entry.get()))
        .opt_uuids("import_id", items.iter().map(|s| s.import.map(|(id, _)| id.get())))
        .opt_ints("import_line", items.iter().map(|s| s.import.map(|(_, line)| line)))
        .opt_uuids("line_id", items.iter().map(|s| s.line.map(LineId::get)))
        .opt_texts("method", items.iter().map(|s| s.method.as_deref()))
        .times("created_at", items.iter().map(|s| s.created_at));
    let open = Batch::new("open_suspense", items.len())
        .council(council)
        .uuids("suspense_id", items.iter().map(|s| s.id.get()))
        .ints("remaining_pence", items.iter().map(|s| s.amount.get()));
    [rows, open]
}

impl Tx {
    /// The open items with this reason of which nothing was taken, and the
    /// entry of each.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_entries(
        &mut self,
        council: CouncilId,
        reason: &str,
    ) -> Result<Vec<(SuspenseId, EntryId)>> {
        let read = |row: Row| Ok((row.id(0, SuspenseId::new)?, row.id(1, EntryId::new)?));
        self.all(SUSPENSE_ENTRIES, args![council, reason], read).await
    }

    /// Adds suspense items, all of each still to be placed.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_suspense(&mut self, council: CouncilId, items: &[SuspenseRow]) -> Result<()> {
        for batch in item_batches(council, items) {
            self.insert(batch).await?;
        }
        Ok(())
    }

    /// Suspense items with something left, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_suspense(
        &mut self,
        council: CouncilId,
        after: Option<SuspenseId>,
        limit: i64,
    ) -> Result<Vec<OpenSuspense>> {
        let after = after.map_or(Uuid::nil(), SuspenseId::get);
        self.all(OPEN_SUSPENSE, args![council, after, limit], open).await
    }

    /// One suspense item, used up or not.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
    ) -> Result<Option<OpenSuspense>> {
        self.first(SUSPENSE, args![council, id], open).await
    }

    /// The open suspense item that a bank line became.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_of_line(
        &mut self,
        council: CouncilId,
        line: LineId,
    ) -> Result<Option<OpenSuspense>> {
        self.first(SUSPENSE_OF_LINE, args![council, line], open).await
    }

    /// The import that a suspense item came in by, and its line of the file;
    /// none for money that came in by no row of a file.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn import_of_suspense(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
    ) -> Result<Option<(ImportId, i64)>> {
        let read = |row: Row| Ok((row.id(0, ImportId::new)?, row.int(1)?));
        self.first(IMPORT_OF_SUSPENSE, args![council, id], read).await
    }

    /// The suspense items of an import.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_of_import(
        &mut self,
        council: CouncilId,
        import: ImportId,
    ) -> Result<Vec<OpenSuspense>> {
        self.all(SUSPENSE_OF_IMPORT, args![council, import], open).await
    }

    /// The suspense items that one entry made, used up or not: what was more
    /// than was owed of a payment.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_of_entry(
        &mut self,
        council: CouncilId,
        entry: EntryId,
    ) -> Result<Vec<OpenSuspense>> {
        self.all(SUSPENSE_OF_ENTRY, args![council, entry], open).await
    }

    /// How many items are open, and the sum of what remains of them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_suspense_totals(&mut self, council: CouncilId) -> Result<(i64, Pence)> {
        self.one(OPEN_SUSPENSE_TOTALS, args![council], |row| Ok((row.int(0)?, row.pence(1)?))).await
    }

    /// Lowers what remains of an item from `from` to `to`. False when it no
    /// longer stood at `from`: somebody else was faster.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lower_suspense(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
        from: Pence,
        to: Pence,
    ) -> Result<bool> {
        let touched = if to.is_zero() {
            self.execute(USE_UP, args![council, id, from]).await?
        } else {
            self.execute(LOWER, args![council, id, from, to]).await?
        };
        Ok(touched == 1)
    }

    /// Gives an item back what had been taken of it by what is now undone,
    /// whether something was left of it or nothing.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn reopen_suspense(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
        back: Pence,
    ) -> Result<()> {
        self.execute(REOPEN, args![council, id, back]).await?;
        Ok(())
    }

    /// Records what became of suspense.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_allocations(
        &mut self,
        council: CouncilId,
        rows: &[AllocationRow],
    ) -> Result<()> {
        let rows = Batch::new("suspense_allocation", rows.len())
            .council(council)
            .uuids("allocation_id", rows.iter().map(|a| a.id))
            .uuids("suspense_id", rows.iter().map(|a| a.suspense.get()))
            .ints("amount_pence", rows.iter().map(|a| a.amount.get()))
            .uuids("entry_id", rows.iter().map(|a| a.entry.get()))
            .opt_uuids("receipt_id", rows.iter().map(|a| a.receipt.map(ReceiptId::get)))
            .opt_uuids("match_id", rows.iter().map(|a| a.matched.map(MatchId::get)))
            .texts("note", rows.iter().map(|a| a.note.as_str()))
            .texts("allocated_by", rows.iter().map(|a| a.by.as_str()))
            .times("allocated_at", rows.iter().map(|a| a.at));
        self.insert(rows).await?;
        Ok(())
    }

    /// What became of one item.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn allocations(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
    ) -> Result<Vec<AllocationRow>> {
        self.all(ALLOCATIONS, args![council, id], allocation).await
    }
    /// What one entry took off items.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn allocations_of_entry(
        &mut self,
        council: CouncilId,
        entry: EntryId,
    ) -> Result<Vec<AllocationRow>> {
        self.all(ALLOCATIONS_OF_ENTRY, args![council, entry], allocation).await
    }
}
