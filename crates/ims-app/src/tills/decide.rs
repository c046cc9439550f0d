//! A till's difference decided by a second person.

use ims_ledger::{TillCount, id::ApprovalId};
use ims_store::StoreError;

use super::{CountedTill, count::KIND};
use crate::{
    AppError, Books, Permission, Result, Verdict, books::patiently, keyed::read, no_card::no_card,
};

impl Books {
    /// Says yes or no to a till's difference, or withdraws the count. Yes pays it
    /// in as it was counted; anything else has it counted again. The same again is
    /// answered as before.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] to whoever counted or whose till it is, above what
    /// one may approve, and when it was decided before.
    pub async fn decide_till_difference(
        &self,
        id: ApprovalId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<CountedTill> {
        no_card("reason", reason)?;
        match verdict {
            Verdict::Approved | Verdict::Refused => {
                self.actor().needs(Permission::ApproveWriteOff)?;
            }
            Verdict::Withdrawn => self.actor().needs(Permission::TakeCash)?,
        }
        patiently(|| self.decide_till_once(id, verdict, reason)).await
    }

    async fn decide_till_once(
        &self,
        id: ApprovalId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<CountedTill> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "count of a till", name: id.to_string() };
        if self.decided_so(&mut tx, id, KIND, (verdict, reason)).await?.is_some() {
            let session = tx.till_counted_for(self.id(), id).await?.ok_or_else(absent)?;
            let held = self.held_till(&mut tx, session).await?;
            let counts = tx.till_counts(self.id(), session).await?;
            let count = counts.iter().find(|count| count.approval == Some(id));
            return self.told(&mut tx, &held, count.ok_or_else(absent)?, true).await;
        }
        let row = self.waiting(&mut tx, id, KIND).await?;
        let session = tx.till_counted_for(self.id(), id).await?.ok_or_else(absent)?;
        let held = self.held_till(&mut tx, session).await?;
        let by = self.actor().name();
        if verdict == Verdict::Approved && held.row.cashier == by {
            let what =
                format!("{} is {by}'s own till: another approves its difference", held.label());
            return Err(AppError::Refused(what));
        }
        self.decide(&mut tx, &row, verdict, reason).await?;
        let counts = tx.till_counts(self.id(), session).await?;
        let count = counts.iter().find(|count| count.approval == Some(id)).ok_or_else(absent)?;
        if verdict == Verdict::Approved {
            let counted: TillCount = read(&count.document)?;
            let taken = self.till_taken(&mut tx, &held, count.number).await?;
            let banking = counted.against(&taken).ok_or(AppError::Overflow)?;
            self.pay_in(&mut tx, &held, count, &counted, &banking).await?;
        } else if !tx.move_till(self.id(), session, "counted", "recount").await? {
            return Err(StoreError::Busy.into());
        }
        let held = self.held_till(&mut tx, session).await?;
        let told = self.told(&mut tx, &held, count, false).await?;
        tx.commit().await?;
        Ok(told)
    }
}
