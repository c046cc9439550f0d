//! Who asked for a second person wants it no longer.

use ims_ledger::id::ApprovalId;
use ims_store::{ApprovalRow, Tx};

use crate::{
    AppError, Books, Permission, Result, Verdict, approve_transfer, books::patiently,
    no_card::no_card, return_suspense, write_off,
};

/// The kinds of which nothing is done or held before they are approved.
const KINDS: [&str; 4] =
    [approve_transfer::KIND, return_suspense::KIND, write_off::WRITE_OFF, write_off::DIFFERENCE];

impl Books {
    /// One thing that waits for a second person, or waited.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn approval(&self, id: ApprovalId) -> Result<ApprovalRow> {
        self.actor().needs(Permission::SeeIncome)?;
        self.approval_seen(&mut self.store().snapshot().await?, id).await
    }

    async fn approval_seen(&self, tx: &mut Tx, id: ApprovalId) -> Result<ApprovalRow> {
        let absent = || AppError::NotFound { what: "approval", name: id.to_string() };
        let row = tx.approval(self.id(), id).await?.ok_or_else(absent)?;
        if self.sees_approval(tx, &row).await? { Ok(row) } else { Err(absent()) }
    }

    /// Takes back what one asked for oneself: a transfer, a journal, a return of
    /// suspense, a write-off, an accepted difference.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for who did not ask, and when it was decided
    /// already; [`AppError::BadInput`] for another kind.
    pub async fn withdraw_approval(&self, id: ApprovalId, reason: &str) -> Result<()> {
        self.actor().needs(Permission::SeeIncome)?;
        no_card("reason", reason)?;
        patiently(|| self.withdraw_once(id, reason)).await
    }

    async fn withdraw_once(&self, id: ApprovalId, reason: &str) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let asked = self.approval_seen(&mut tx, id).await?;
        let Some(kind) = KINDS.into_iter().find(|kind| *kind == asked.kind) else {
            return Err(AppError::BadInput(format!("a {} is not withdrawn this way", asked.kind)));
        };
        if self.said_before(&asked, Verdict::Withdrawn, reason) {
            return Ok(());
        }
        let row = self.waiting(&mut tx, id, kind).await?;
        self.decide(&mut tx, &row, Verdict::Withdrawn, reason).await?;
        Ok(tx.commit().await?)
    }
}
