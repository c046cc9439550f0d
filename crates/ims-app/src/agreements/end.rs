//! An agreement ended.

use ims_ledger::id::AgreementId;
use ims_store::AgreementRow;

use super::{AgreementStatus, AgreementView, heard::ASKED_FOR, no_agreement};
use crate::{
    Books, Permission, ROWS_MAX, Result,
    books::patiently,
    keyed::{Keyed, once_each, written},
    moving::reasoned,
};

impl Books {
    /// Ends an agreement: from now on nothing is asked for under it, and its provider is
    /// told. What was asked for before is booked if it is paid. Ended again it stays so;
    /// the same key again is the same deed.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`](crate::AppError::NotFound) for another,
    /// [`AppError::BadInput`](crate::AppError::BadInput) without a reason,
    /// [`AppError::Refused`](crate::AppError::Refused) for a key that was used for something
    /// else.
    pub async fn end_agreement(
        &self,
        id: AgreementId,
        why: &str,
        key: Option<&str>,
    ) -> Result<AgreementView> {
        self.actor().needs(Permission::TakeAgreed)?;
        let why = reasoned(why)?;
        let document = written(&(id, why))?;
        let asked = Keyed::by_caller("end agreement", key, &document)?;
        once_each(|| self.end_agreement_once(id, why, asked)).await
    }

    async fn end_agreement_once(
        &self,
        id: AgreementId,
        why: &str,
        asked: Keyed<'_>,
    ) -> Result<AgreementView> {
        let mut tx = self.store().begin().await?;
        let row = tx.hold_agreement(self.id(), id).await?.ok_or_else(|| no_agreement(id))?;
        self.needs_agreement(&row)?;
        if self.answered::<()>(&mut tx, asked).await?.is_some() {
            return self.agreement_view(&mut tx, row, true).await;
        }
        self.keep_answer(&mut tx, asked, &()).await?;
        let (name, now) = (row.agreement_ref.clone(), self.world().now());
        let (status, look_at) = match (AgreementStatus::of(&row)?, &name) {
            (AgreementStatus::Ending | AgreementStatus::Ended, _) => {
                let view = self.agreement_view(&mut tx, row, true).await?;
                tx.commit().await?;
                return Ok(view);
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

    /// Ends for good the agreements that were ended here a fortnight ago or longer, and whose
    /// account is in the configuration no more, so that nobody can tell their provider. Each
    /// is listed for a person, who may end it on the provider's own pages; gives how many.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn end_agreements_of_no_account(&self) -> Result<usize> {
        self.actor().needs(Permission::Import)?;
        let now = self.world().now();
        let since = now.checked_sub_signed(ASKED_FOR).unwrap_or(now);
        let mut rows = {
            let mut tx = self.store().snapshot().await?;
            tx.agreements_ending(self.id(), since, ROWS_MAX).await?
        };
        if rows.is_empty() {
            return Ok(0);
        }
        let council = self.settings().await?.council;
        rows.retain(|row| council.provider(&row.provider).is_none());
        for row in &rows {
            let why = format!(
                "agreement {} was ended here, and nobody can tell its provider: no account {} is \
                 set up any more; end it on the provider's own pages (there: {})",
                row.reference,
                row.provider,
                row.agreement_ref.as_deref().unwrap_or_default()
            );
            // Listed first: one that is ended and not listed nobody would ever see.
            self.list_unread(&row.provider, &why).await?;
            patiently(|| self.end_for_good(row, &why)).await?;
        }
        Ok(rows.len())
    }

    async fn end_for_good(&self, row: &AgreementRow, why: &str) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let held = tx.hold_agreement(self.id(), row.id).await?;
        let held = held.ok_or_else(|| no_agreement(row.id))?;
        if AgreementStatus::of(&held)? != AgreementStatus::Ending {
            return Ok(());
        }
        let (step, name) =
            ((AgreementStatus::Ended, "no-account", why), held.agreement_ref.clone());
        self.take_agreement_step(&mut tx, held, step, name, None).await?;
        Ok(tx.commit().await?)
    }
}
