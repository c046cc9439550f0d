//! A transfer or journal taken back, once: what was posted the other way round,
//! to the penny of VAT, in today's open day.

use ims_ledger::id::TransferId;
use ims_store::{LineUseRow, StoreError, TransferRow, Tx, UndoneRow};

use crate::{
    AppError, Books, Permission, Result, Transferred,
    keyed::{Said, once_each},
    moving::reasoned,
};

impl Books {
    /// Takes a journal of a posted line back: the line has its money again.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another; [`AppError::Refused`] when it was
    /// taken back already, or when the lines it made have been used since.
    pub async fn undo_journal(&self, id: TransferId, reason: &str) -> Result<Transferred> {
        self.actor().needs(Permission::Journal)?;
        once_each(|| self.undo_move_once(id, "journal", reason)).await
    }

    /// Takes a transfer between accounts back.
    ///
    /// # Errors
    ///
    /// As [`undo_journal`](Self::undo_journal).
    pub async fn undo_transfer(&self, id: TransferId, reason: &str) -> Result<Transferred> {
        self.actor().needs(Permission::Transfer)?;
        once_each(|| self.undo_move_once(id, "transfer", reason)).await
    }

    async fn undo_move_once(
        &self,
        id: TransferId,
        kind: &'static str,
        reason: &str,
    ) -> Result<Transferred> {
        let reason = reasoned(reason)?;
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: kind, name: id.to_string() };
        let row = tx.transfer(self.id(), id).await?.ok_or_else(absent)?;
        if row.kind != kind {
            return Err(AppError::BadInput(format!("{id} is a {}, not a {kind}", row.kind)));
        }
        let said = Said { deed: "undo transfer", of: id.to_string(), words: reason };
        if let Some(done) = self.said::<Transferred>(&mut tx, &said).await? {
            return Ok(Transferred { before: true, ..done });
        }
        if let Some(undone) = &row.undone {
            return Err(taken_back(&format!("this {kind}"), undone));
        }
        let receipt = tx.receipt(self.id(), row.receipt).await?.ok_or_else(absent)?;
        self.needs_receipt(&receipt)?;
        let writer = self.writer(&mut tx).await?;
        let about = format!("takes back {kind} {id} {}", row.entry);
        let entry = self.contra_of(&mut tx, &writer, row.entry, about).await?;
        let back = writer.undoing(&receipt, entry.id)?;
        let undone = UndoneRow {
            reason: reason.to_owned(),
            by: self.actor().name().to_owned(),
            at: writer.now,
        };
        // First, so that of two who undo it at once the second waits, and is told.
        tx.add_transfer_undo(self.id(), id, (back.id, entry.id), &undone).await?;
        self.give_back_source(&mut tx, &row).await?;
        self.take_whole(&mut tx, &receipt, back.id, id.get()).await?;
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_receipts(self.id(), std::slice::from_ref(&back)).await?;
        let data = serde_json::json!({
            "receipt": back.number, "amount_pence": row.amount, "why": reason, "made_by": row.by,
        });
        self.note(&mut tx, &format!("undo {kind}"), &id.to_string(), data).await?;
        let (receipt, amount, warnings) = (back.number, row.amount, Vec::new());
        let done = Transferred { id, receipt, amount, warnings, before: false };
        self.keep_said(&mut tx, &said, &done).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// The line a journal was taken from has what was taken again, with the VAT
    /// that was taken with it.
    async fn give_back_source(&self, tx: &mut Tx, row: &TransferRow) -> Result<()> {
        let mut uses = tx.line_uses_by(self.id(), row.id.get()).await?;
        uses.sort_by_key(|one| one.of);
        let mut given = Vec::new();
        for one in uses {
            if !tx.give_back_to_line(self.id(), one.of, one.amount, one.vat).await? {
                let why = format!("less is taken of the line than journal {} took", row.id);
                return Err(StoreError::Database(why).into());
            }
            let negative =
                |amount: ims_money::Pence| amount.checked_neg().ok_or(AppError::Overflow);
            given.push(LineUseRow {
                id: self.world().id(),
                amount: negative(one.amount)?,
                vat: negative(one.vat)?,
                by: self.actor().name().to_owned(),
                at: self.world().now(),
                ..one
            });
        }
        Ok(tx.add_line_uses(self.id(), &given).await?)
    }
}

/// Once is enough: who took it back, and when.
pub(crate) fn taken_back(what: &str, undone: &UndoneRow) -> AppError {
    let at = undone.at.format("%d/%m/%Y %H:%M");
    AppError::Refused(format!("{what} was taken back by {} on {at} UTC", undone.by))
}
