//! Saving: each time another version, if nobody else saved one since.

use ims_ledger::{EReturnStatus, EReturnStep, Takings, TakingsTotals, id::EReturnId};
use ims_store::{EReturnVersionRow, StoreError, Tx};

use super::{Held, sentence, takings_of, texts, version_of};
use crate::{
    AppError, Books, Permission, Result, books::patiently, keyed::written, no_card::no_card,
};

/// What was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedEReturn {
    /// Its number as people see it.
    pub number: String,
    /// The version it is now.
    pub version: i64,
    /// Where it stands.
    pub status: EReturnStatus,
    /// What it adds up to.
    pub totals: TakingsTotals,
    /// What still stands against handing it in, in words.
    pub missing: Vec<String>,
    /// Whether the same had been saved before.
    pub before: bool,
}

impl Books {
    /// Saves what a site declares as another version. `seen` is the version it
    /// was written from: when somebody else saved meanwhile, it is refused.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] with every fault; [`AppError::Refused`] when it
    /// stands where its preparer cannot change it, or somebody saved meanwhile.
    pub async fn save_ereturn(
        &self,
        id: EReturnId,
        seen: i64,
        takings: &Takings,
    ) -> Result<SavedEReturn> {
        self.actor().needs(Permission::PrepareEReturn)?;
        no_card("e-return", &written(takings)?)?;
        patiently(|| self.write_once(id, seen, takings, EReturnStep::Saved)).await
    }

    /// Puts amounts right after it was submitted; the balance is checked again,
    /// and whoever corrects cannot approve it.
    ///
    /// # Errors
    ///
    /// As [`save_ereturn`](Self::save_ereturn); [`AppError::Refused`] too when
    /// more than amounts differs, or it could not be submitted so.
    pub async fn correct_ereturn(
        &self,
        id: EReturnId,
        seen: i64,
        takings: &Takings,
    ) -> Result<SavedEReturn> {
        self.actor().needs(Permission::ApproveEReturn)?;
        no_card("e-return", &written(takings)?)?;
        patiently(|| self.write_once(id, seen, takings, EReturnStep::Corrected)).await
    }

    async fn write_once(
        &self,
        id: EReturnId,
        seen: i64,
        takings: &Takings,
        step: EReturnStep,
    ) -> Result<SavedEReturn> {
        let mut tx = self.store().begin().await?;
        let held = self.held_ereturn(&mut tx, id).await?;
        let versions = tx.ereturn_versions(self.id(), id).await?;
        if self.is_saved_already(&held, seen, takings, &versions)? {
            return self.saved(&held, held.status, held.row.version, takings, true);
        }
        let status = held.after(step)?;
        held.is_newest(seen, &versions)?;
        let faults = takings.faults(&held.template, &held.council);
        if !faults.is_empty() {
            return Err(AppError::BadInput(sentence(&held.label(), "has faults", &faults)));
        }
        if step == EReturnStep::Corrected {
            self.check_correction(&mut tx, &held, takings, &versions).await?;
        }
        let number = held.row.version.checked_add(1).ok_or(AppError::Overflow)?;
        let mut details = Vec::new();
        let row = version_of(self, id, number, takings, &mut details)?;
        if !tx.move_ereturn(self.id(), &held.row, status.as_str(), number).await? {
            // Somebody else was quicker: look again, and say so.
            return Err(StoreError::Busy.into());
        }
        tx.add_ereturn_version(self.id(), &row).await?;
        tx.put_details(self.id(), &details).await?;
        let deed =
            if step == EReturnStep::Corrected { "correct e-return" } else { "save e-return" };
        let before = versions.last().map(|last| (last.rows, last.counted));
        let (rows, counted) = before.unwrap_or_default();
        let data = serde_json::json!({
            "version": number, "hash": row.content_hash.to_string(),
            "rows_pence": row.rows, "counted_pence": row.counted,
            "rows_before_pence": rows, "counted_before_pence": counted,
        });
        self.note(&mut tx, deed, &held.label(), data).await?;
        tx.commit().await?;
        self.saved(&held, status, number, takings, false)
    }

    /// The same was saved before by the same person from the same version.
    fn is_saved_already(
        &self,
        held: &Held,
        seen: i64,
        takings: &Takings,
        versions: &[EReturnVersionRow],
    ) -> Result<bool> {
        let Some(last) = versions.last() else { return Ok(false) };
        let (document, words) = texts(takings)?;
        Ok(Some(held.row.version) == seen.checked_add(1)
            && last.saved_by == self.actor().name()
            && last.document == document
            && last.words == words)
    }

    async fn check_correction(
        &self,
        tx: &mut Tx,
        held: &Held,
        takings: &Takings,
        versions: &[EReturnVersionRow],
    ) -> Result<()> {
        if let Some(last) = versions.last()
            && !takings.differs_in_amounts_alone(&takings_of(last)?, &held.template)
        {
            return Err(AppError::Refused(format!(
                "{}: only amounts are corrected after it was submitted; send it back for anything else",
                held.label()
            )));
        }
        self.check_complete(tx, held, takings, "cannot stand as submitted").await
    }

    fn saved(
        &self,
        held: &Held,
        status: EReturnStatus,
        version: i64,
        takings: &Takings,
        before: bool,
    ) -> Result<SavedEReturn> {
        let today = self.world().today();
        let missing = takings.faults_to_submit(&held.template, &held.council, today);
        Ok(SavedEReturn {
            number: held.label(),
            version,
            status,
            totals: takings.totals().ok_or(AppError::Overflow)?,
            missing: missing.iter().map(ToString::to_string).collect(),
            before,
        })
    }
}
