//! E-returns looked for and shown.

use ims_ledger::{EReturnStatus, EReturnTemplate, Takings, TakingsTotals, id::EReturnId};
use ims_store::{
    EReturnApprovalRow, EReturnNoteRow, EReturnRow, EReturnStepRow, EReturnVersionRow,
    SearchEReturns, SlipRow,
};

use super::takings_of;
use crate::{AppError, Books, Permission, ROWS_MAX, Result, who::SeenPage};

/// An e-return with its whole history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EReturnView {
    /// Itself, and where it stands.
    pub row: EReturnRow,
    /// Where it stands.
    pub status: EReturnStatus,
    /// The template it was made on, as it was then.
    pub template: EReturnTemplate,
    /// What it declares.
    pub takings: Takings,
    /// What that adds up to.
    pub totals: TakingsTotals,
    /// What still stands against handing it in, in words.
    pub missing: Vec<String>,
    /// Every version, the first first.
    pub versions: Vec<EReturnVersionRow>,
    /// What was done with it, the first first.
    pub steps: Vec<EReturnStepRow>,
    /// Its approval.
    pub approval: Option<EReturnApprovalRow>,
    /// Notes, the oldest first.
    pub notes: Vec<EReturnNoteRow>,
    /// The paying-in slips.
    pub slips: Vec<SlipRow>,
}

impl Books {
    /// The templates there are now that the actor may use, disabled ones left out.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn ereturn_templates(&self) -> Result<Vec<EReturnTemplate>> {
        self.actor().needs(Permission::SeeEReturns)?;
        let council = self.settings().await?.council;
        let is_theirs =
            |template: &&EReturnTemplate| !template.disabled && self.sees_template(template);
        Ok(council.ereturn_template.iter().filter(is_theirs).cloned().collect())
    }

    /// The e-return of a number as people write it: `R17`, `r17` or `17`.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn ereturn_numbered(&self, number: &str) -> Result<EReturnId> {
        self.actor().needs(Permission::SeeEReturns)?;
        let absent = || AppError::NotFound { what: "e-return", name: number.to_owned() };
        let digits = number.trim().trim_start_matches(['R', 'r']);
        let plain: i64 = digits.parse().map_err(|_| absent())?;
        let found = self.store().snapshot().await?.ereturn_numbered(self.id(), plain).await?;
        let id = found.ok_or_else(absent)?;
        // Of one that is not seen, the number tells nothing either.
        self.ereturn(id).await.map_err(|_| absent())?;
        Ok(id)
    }

    /// One e-return, with everything that was done with it.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn ereturn(&self, id: EReturnId) -> Result<EReturnView> {
        self.actor().needs(Permission::SeeEReturns)?;
        let mut tx = self.store().snapshot().await?;
        let held = self.held_ereturn(&mut tx, id).await?;
        let versions = tx.ereturn_versions(self.id(), id).await?;
        let absent = || AppError::NotFound { what: "version of e-return", name: held.label() };
        let takings = takings_of(versions.last().ok_or_else(absent)?)?;
        let today = self.world().today();
        let missing = takings.faults_to_submit(&held.template, &held.council, today);
        Ok(EReturnView {
            totals: takings.totals().ok_or(AppError::Overflow)?,
            missing: missing.iter().map(ToString::to_string).collect(),
            takings,
            versions,
            steps: tx.ereturn_steps(self.id(), id).await?,
            approval: tx.ereturn_approval(self.id(), id).await?,
            notes: tx.ereturn_notes(self.id(), id).await?,
            slips: tx.slips_of(self.id(), id).await?,
            status: held.status,
            template: held.template,
            row: held.row,
        })
    }

    /// E-returns looked for, the newest first, at most `limit` numbered below
    /// `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn search_ereturns(
        &self,
        search: &SearchEReturns,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<EReturnRow>> {
        self.actor().needs(Permission::SeeEReturns)?;
        let mut tx = self.store().snapshot().await?;
        let (mut before, limit) = (before, limit.clamp(1, ROWS_MAX));
        let council = self.settings_in(&mut tx).await?.council;
        let scope = self.actor().scope();
        // Of a template that is gone: whoever sees all money, and may that template.
        let sees_gone = |code: &str| scope.is_whole() && scope.may_template(code);
        let is_seen = |row: &EReturnRow| match council.ereturn_template(&row.template) {
            Some(template) => self.sees_template(template),
            None => sees_gone(&row.template),
        };
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.search_ereturns(self.id(), search, before, limit).await?;
            before = rows.last().map(|row| row.number);
            if !seen.take(rows, is_seen) {
                return Ok(seen.rows);
            }
        }
    }
}
