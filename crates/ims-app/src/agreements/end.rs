//! An agreement ended.

use ims_ledger::id::AgreementId;

use super::{AgreementStatus, AgreementView, no_agreement};
use crate::{Books, Permission, Result, books::patiently, moving::reasoned};

impl Books {
    /// Ends an agreement: from now on nothing is asked for under it, and its provider is
    /// told. What was asked for before is booked if it is paid. Ended again it stays so.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`](crate::AppError::NotFound) for another,
    /// [`AppError::BadInput`](crate::AppError::BadInput) without a reason.
    pub async fn end_agreement(&self, id: AgreementId, why: &str) -> Result<AgreementView> {
        self.actor().needs(Permission::TakeAgreed)?;
        let why = reasoned(why)?;
        patiently(|| self.end_agreement_once(id, why)).await
    }

    async fn end_agreement_once(&self, id: AgreementId, why: &str) -> Result<AgreementView> {
        let mut tx = self.store().begin().await?;
        let row = tx.hold_agreement(self.id(), id).await?.ok_or_else(|| no_agreement(id))?;
        self.needs_agreement(&row)?;
        let (name, now) = (row.agreement_ref.clone(), self.world().now());
        let (status, look_at) = match (AgreementStatus::of(&row)?, &name) {
            (AgreementStatus::Ending | AgreementStatus::Ended, _) => {
                return self.agreement_view(&mut tx, row, true).await;
            }
            // No provider has said that it keeps it.
            (AgreementStatus::Created | AgreementStatus::Active, None) => {
                (AgreementStatus::Ended, None)
            }
            (AgreementStatus::Created | AgreementStatus::Active, Some(_)) => {
                (AgreementStatus::Ending, Some(now))
            }
        };
        let step = (status, "end", why);
        let view = self.take_agreement_step(&mut tx, row, step, name, look_at).await?;
        tx.commit().await?;
        Ok(view)
    }
}
