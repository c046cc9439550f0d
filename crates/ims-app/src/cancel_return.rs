//! A return of suspense that was approved and is not paid any more: the item has its money
//! again.
//!
//! Somebody decides so, or the payment that brought the money is sent back or disputed
//! before the bank paid the return: then the money goes back that way, and not twice.
//!
//! *Invariant:* a return is paid or cancelled, never both; what was counted as lost because
//! it had been paid is not given to the item again.

use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_store::{AllocationRow, StoreError, SuspenseReturnRow, Tx, UndoneRow};
use uuid::Uuid;

use crate::{
    AppError, Books, Permission, Result, brought_back::Whereabouts, keyed::once_each,
    moving::reasoned, posting::Writer, undo_transfer::taken_back,
};

/// Why a return is cancelled whose money went back another way.
const SENT_BACK: &str = "the payment that brought it was sent back or disputed";

impl Books {
    /// Cancels a return of suspense that is not paid, in today's open day; gives what is left
    /// of the item now. The same by the same person again changes nothing.
    ///
    /// Whoever may ask for a return or approve one may. What the bank was told outside of
    /// this it pays all the same: that has to be stopped there.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another; [`AppError::BadInput`] without a reason;
    /// [`AppError::Refused`] when it is paid, was cancelled already, or was counted as lost.
    pub async fn cancel_suspense_return(&self, id: Uuid, reason: &str) -> Result<Pence> {
        if !self.actor().may(Permission::ApproveRefund) {
            self.actor().needs(Permission::AllocateSuspense)?;
        }
        let reason = reasoned(reason)?;
        self.needs_whole("decide about suspense")?;
        once_each(|| self.cancel_return_once(id, reason)).await
    }

    async fn cancel_return_once(&self, id: Uuid, reason: &str) -> Result<Pence> {
        let mut tx = self.store().begin().await?;
        tx.hold_suspense_returns(self.id()).await?;
        let absent = || AppError::NotFound { what: "return of suspense", name: id.to_string() };
        let row = tx.suspense_return(self.id(), id).await?.ok_or_else(absent)?;
        if let Some(before) = &row.cancelled {
            if before.by == self.actor().name() && before.reason == reason {
                return self.left_of_item(&mut tx, row.suspense).await;
            }
            return Err(taken_back("this return", before));
        }
        if let Some(matched) = row.paid {
            let what = format!(
                "it was paid, by the bank line of match {matched}: if that line is another's, undo the match first"
            );
            return Err(AppError::Refused(what));
        }
        let (open, lost) = self.open_and_lost(&mut tx, row.suspense).await?;
        if !leaves(open, row.amount, lost)? {
            let what = "what it gives back was counted as lost when the payment was sent back or \
                        disputed: say which bank line paid it instead";
            return Err(AppError::Refused(what.to_owned()));
        }
        let writer = self.writer(&mut tx).await?;
        self.cancel_return(&mut tx, &writer, &row, reason).await?;
        let left = self.left_of_item(&mut tx, row.suspense).await?;
        tx.commit().await?;
        Ok(left)
    }

    async fn left_of_item(&self, tx: &mut Tx, id: SuspenseId) -> Result<Pence> {
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        Ok(tx.suspense(self.id(), id).await?.ok_or_else(absent)?.remaining)
    }

    /// Of an item, what of its returns is neither paid nor cancelled; and how much was counted
    /// as lost, because it had been paid, whose payment was taken back since.
    async fn open_and_lost(&self, tx: &mut Tx, item: SuspenseId) -> Result<(Pence, Pence)> {
        let open = tx.open_returns_of(self.id(), item).await?;
        let open = Pence::checked_sum(open.iter().map(|row| row.amount));
        let gone = tx.gone_of_item(self.id(), item).await?.1;
        let lost = Pence::ZERO.checked_sub(gone.min(Pence::ZERO));
        open.zip(lost).ok_or(AppError::Overflow)
    }

    /// Cancels a return that is held and neither paid nor cancelled.
    async fn cancel_return(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        row: &SuspenseReturnRow,
        reason: &str,
    ) -> Result<()> {
        let about = format!("cancels return {} {}", row.id, row.entry);
        let entry = self.contra_of(tx, writer, row.entry, about).await?;
        let cancelled = UndoneRow {
            reason: reason.to_owned(),
            by: self.actor().name().to_owned(),
            at: writer.now,
        };
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.cancel_suspense_return(self.id(), row.id, entry.id, &cancelled).await?;
        tx.reopen_suspense(self.id(), row.suspense, row.amount).await?;
        let given = AllocationRow {
            id: self.world().id(),
            suspense: row.suspense,
            amount: row.amount.checked_neg().ok_or(AppError::Overflow)?,
            entry: entry.id,
            receipt: None,
            matched: None,
            note: format!("the return was cancelled: {reason}"),
            by: cancelled.by,
            at: writer.now,
        };
        tx.add_allocations(self.id(), &[given]).await?;
        let data = serde_json::json!({
            "item": row.suspense, "amount_pence": row.amount, "approved_by": row.by, "why": reason,
        });
        self.note(tx, "cancel suspense return", &row.id.to_string(), data).await
    }

    /// What of `rest` of an item is to be given back and is not paid: it is not given back,
    /// and is taken off the item; gives what is there neither.
    ///
    /// Nothing is left of the item itself when this is called.
    pub(crate) async fn find_unpaid(
        &self,
        tx: &mut Tx,
        item: SuspenseId,
        mut rest: Pence,
        found: &mut Whereabouts,
    ) -> Result<Pence> {
        if !rest.is_positive() {
            return Ok(rest);
        }
        tx.hold_suspense_returns(self.id()).await?;
        let (mut open, lost) = self.open_and_lost(tx, item).await?;
        let writer = self.writer(tx).await?;
        for row in tx.open_returns_of(self.id(), item).await? {
            let took = rest.min(row.amount);
            if !took.is_positive() {
                break;
            }
            // Counted as lost already, from when it was paid.
            if !leaves(open, row.amount, lost)? {
                continue;
            }
            open = open.checked_sub(row.amount).ok_or(AppError::Overflow)?;
            self.cancel_return(tx, &writer, &row, SENT_BACK).await?;
            let left = row.amount.checked_sub(took).ok_or(AppError::Overflow)?;
            if !tx.lower_suspense(self.id(), item, row.amount, left).await? {
                return Err(StoreError::Busy.into());
            }
            found.taken.push((item, took));
            rest = rest.checked_sub(took).ok_or(AppError::Overflow)?;
        }
        Ok(rest)
    }
}

/// Whether what was counted as lost stays to be paid when so much less does.
fn leaves(open: Pence, less: Pence, lost: Pence) -> Result<bool> {
    let left = open.checked_sub(less).ok_or(AppError::Overflow)?;
    Ok(lost.is_zero() || left >= lost)
}
