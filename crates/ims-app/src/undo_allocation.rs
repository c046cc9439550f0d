//! An allocation or a write-off of suspense taken back, once: the item has its
//! money again.

use ims_ledger::id::ReceiptId;
use ims_money::Pence;
use ims_store::{AllocationRow, UndoneRow};
use uuid::Uuid;

use crate::{
    AppError, Books, Permission, Result, keyed::once_each, moving::reasoned,
    undo_transfer::taken_back,
};

/// The kinds of entries that can be taken back this way.
const KINDS: [&str; 2] = ["allocation", "write-off"];

impl Books {
    /// Takes an allocation back, in today's open day; gives what is left of the
    /// item now.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another; [`AppError::Refused`] when it was
    /// taken back already, when the receipt it made has been used since, or
    /// when it is part of a match or a return.
    pub async fn undo_allocation(&self, id: Uuid, reason: &str) -> Result<Pence> {
        self.actor().needs(Permission::AllocateSuspense)?;
        once_each(|| self.undo_allocation_once(id, reason)).await
    }

    async fn undo_allocation_once(&self, id: Uuid, reason: &str) -> Result<Pence> {
        let reason = reasoned(reason)?;
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "allocation", name: id.to_string() };
        let (row, undone) = tx.allocation(self.id(), id).await?.ok_or_else(absent)?;
        if let Some(undone) = &undone {
            if undone.by == self.actor().name() && undone.reason == reason {
                let item = tx.suspense(self.id(), row.suspense).await?.ok_or_else(absent)?;
                return Ok(item.remaining);
            }
            return Err(taken_back("this allocation", undone));
        }
        let posted = tx.entry(self.id(), row.entry).await?.ok_or_else(absent)?;
        check(&row, &posted.kind)?;
        let writer = self.writer(&mut tx).await?;
        let about = format!("takes back allocation {id} {}", row.entry);
        let entry = self.contra_of(&mut tx, &writer, row.entry, about).await?;
        let back = match row.receipt {
            Some(receipt) => {
                let receipt = tx.receipt(self.id(), receipt).await?.ok_or_else(absent)?;
                let back = writer.undoing(&receipt, entry.id)?;
                Some((receipt, back))
            }
            None => None,
        };
        let by: Option<ReceiptId> = back.as_ref().map(|(_, back)| back.id);
        let undone = UndoneRow {
            reason: reason.to_owned(),
            by: self.actor().name().to_owned(),
            at: writer.now,
        };
        // First, so that of two who undo it at once the second waits, and is told.
        tx.add_allocation_undo(self.id(), id, (entry.id, by), &undone).await?;
        if let Some((receipt, back)) = &back {
            self.take_whole(&mut tx, receipt, back.id, id).await?;
        }
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        let back: Vec<_> = back.into_iter().map(|(_, back)| back).collect();
        tx.add_receipts(self.id(), &back).await?;
        tx.reopen_suspense(self.id(), row.suspense, row.amount).await?;
        let given = AllocationRow {
            id: self.world().id(),
            amount: row.amount.checked_neg().ok_or(AppError::Overflow)?,
            entry: entry.id,
            receipt: by,
            note: format!("the allocation was taken back: {reason}"),
            by: self.actor().name().to_owned(),
            at: writer.now,
            ..row.clone()
        };
        tx.add_allocations(self.id(), &[given]).await?;
        let data = serde_json::json!({
            "item": row.suspense, "amount_pence": row.amount, "made_by": row.by, "why": reason,
        });
        self.note(&mut tx, "undo allocation", &id.to_string(), data).await?;
        let item = tx.suspense(self.id(), row.suspense).await?.ok_or_else(absent)?;
        tx.commit().await?;
        Ok(item.remaining)
    }
}

fn check(row: &AllocationRow, kind: &str) -> Result<()> {
    if row.matched.is_some() {
        let what = "it is part of a match: take the match back instead";
        return Err(AppError::Refused(what.to_owned()));
    }
    if !KINDS.contains(&kind) {
        let what = format!("it was made by a {kind}, which is not taken back as an allocation");
        return Err(AppError::Refused(what));
    }
    Ok(())
}
