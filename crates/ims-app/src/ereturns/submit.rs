//! Handing an e-return in, sending it back, giving it up.

use ims_ledger::{EReturnStatus, EReturnStep, Takings, id::EReturnId};
use ims_store::{EReturnStepRow, StoreError, Tx};

use super::{Held, is_last_step, sentence, takings_of};
use crate::{AppError, Books, Permission, Result, books::patiently, moving::reasoned};

/// Where an e-return stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedEReturn {
    /// Its number as people see it.
    pub number: String,
    /// Where it stands.
    pub status: EReturnStatus,
    /// Whether the same had been done before.
    pub before: bool,
}

/// A step, and the version it is done with: `None` for whichever is the newest.
#[derive(Clone, Copy)]
struct Move<'a> {
    step: EReturnStep,
    /// The word it is kept by.
    word: &'static str,
    deed: &'static str,
    version: Option<i64>,
    reason: &'a str,
}

impl Books {
    /// Hands version `seen` in for approval.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] with everything that is missing or does not agree,
    /// when it was handed in before, or somebody saved meanwhile.
    pub async fn submit_ereturn(&self, id: EReturnId, seen: i64) -> Result<MovedEReturn> {
        self.actor().needs(Permission::PrepareEReturn)?;
        let how = Move {
            step: EReturnStep::Submitted,
            word: "submitted",
            deed: "submit e-return",
            version: Some(seen),
            reason: "",
        };
        patiently(|| self.step_once(id, how)).await
    }

    /// Sends a submitted e-return back to be put right, with a reason.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] without a reason, [`AppError::Refused`] when it is
    /// not submitted.
    pub async fn return_ereturn(&self, id: EReturnId, reason: &str) -> Result<MovedEReturn> {
        self.actor().needs(Permission::ApproveEReturn)?;
        let how = Move {
            step: EReturnStep::Returned,
            word: "returned",
            deed: "return e-return",
            version: None,
            reason: reasoned(reason)?,
        };
        patiently(|| self.step_once(id, how)).await
    }

    /// Gives an e-return up that is not approved, with a reason. Its number is
    /// not given again.
    ///
    /// # Errors
    ///
    /// As [`return_ereturn`](Self::return_ereturn).
    pub async fn void_ereturn(&self, id: EReturnId, reason: &str) -> Result<MovedEReturn> {
        self.actor().needs(Permission::VoidEReturn)?;
        let how = Move {
            step: EReturnStep::Voided,
            word: "voided",
            deed: "void e-return",
            version: None,
            reason: reasoned(reason)?,
        };
        patiently(|| self.step_once(id, how)).await
    }

    async fn step_once(&self, id: EReturnId, how: Move<'_>) -> Result<MovedEReturn> {
        let mut tx = self.store().begin().await?;
        let held = self.held_ereturn(&mut tx, id).await?;
        let steps = tx.ereturn_steps(self.id(), id).await?;
        let by = self.actor().name();
        let number = held.label();
        if held.status.after(how.step).is_err()
            && is_last_step(&steps, how.word, how.version, by, how.reason)
        {
            return Ok(MovedEReturn { number, status: held.status, before: true });
        }
        let status = held.after(how.step)?;
        let versions = tx.ereturn_versions(self.id(), id).await?;
        if let Some(seen) = how.version {
            held.is_newest(seen, &versions)?;
        }
        if how.step == EReturnStep::Submitted
            && let Some(last) = versions.last()
        {
            let takings = takings_of(last)?;
            self.check_complete(&mut tx, &held, &takings, "cannot be submitted").await?;
        }
        if !tx.move_ereturn(self.id(), &held.row, status.as_str(), held.row.version).await? {
            return Err(StoreError::Busy.into());
        }
        let row = EReturnStepRow {
            number: i64::try_from(steps.len()).unwrap_or(i64::MAX).saturating_add(1),
            step: how.word.to_owned(),
            version: held.row.version,
            by: by.to_owned(),
            at: self.world().now(),
            reason: how.reason.to_owned(),
        };
        tx.add_ereturn_step(self.id(), id, &row).await?;
        let data = serde_json::json!({
            "version": row.version, "from": held.status.as_str(), "to": status.as_str(),
            "rows_pence": held.row.rows, "counted_pence": held.row.counted, "why": how.reason,
        });
        self.note(&mut tx, how.deed, &number, data).await?;
        tx.commit().await?;
        Ok(MovedEReturn { number, status, before: false })
    }

    /// Refuses takings that could not be posted: under the configuration they
    /// were made under, and against the accounts there are now.
    pub(super) async fn check_complete(
        &self,
        tx: &mut Tx,
        held: &Held,
        takings: &Takings,
        what: &str,
    ) -> Result<()> {
        let today = self.world().today();
        let faults = takings.faults_to_submit(&held.template, &held.council, today);
        if !faults.is_empty() {
            return Err(AppError::Refused(sentence(&held.label(), what, &faults)));
        }
        let settings = self.settings_in(tx).await?;
        self.income_of(tx, held, takings, &settings.council).await.map(drop)
    }
}
