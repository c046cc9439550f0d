//! Agreements: a payer agrees once, on a provider's page, that the council takes money
//! again without them.
//!
//! ```text
//! make_agreement        for which account, and the most at once: a deed of the staff's
//! hear_of_agreement     what the provider calls it, and where it stands there
//! start_agreed_payment  the payment that sets it up, or one that is taken under it
//! end_agreement         nothing is taken under it any more; the provider is told
//! ```
//!
//! The payments are payments like any others: asked for, heard of and booked in the
//! same way, each once under its key. Where the agreement itself stands is one table:
//!
//! ```text
//! created + created -> created      active + ended   -> ended
//! created + active  -> active       ending + ended   -> ended
//! created + ended   -> ended        ending + created -> ended, if no payment set it up or can
//! ended   + active  -> ending: set up after all, and to be ended there
//! ```
//!
//! *Invariant:* money is taken under an active agreement only, and never more at once
//! than the payer agreed to. *Invariant:* what has ended, or is to end, never begins again.

use chrono::{DateTime, Utc};
use ims_ledger::id::AgreementId;
use ims_store::{AgreementPayments, AgreementRow, AgreementStepRow, ListedAgreement, Tx};
use uuid::Uuid;

use crate::{AppError, Books, Permission, ROWS_MAX, Result, who::SeenPage};

mod end;
mod heard;
mod make;
mod take;

pub use make::{AGREEMENT_DESCRIPTION_MAX, NewAgreement};
pub(crate) use take::Under;
pub use take::{AgreedUse, NewAgreedPayment};

/// Where an agreement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementStatus {
    /// Made; no payment has set it up.
    Created,
    /// Money can be taken under it.
    Active,
    /// Ended here; the provider has still to say so.
    Ending,
    /// Ended by the council, the payer or the provider.
    Ended,
}

impl AgreementStatus {
    /// Every status, as an agreement goes through them.
    pub const ALL: [Self; 4] = [Self::Created, Self::Active, Self::Ending, Self::Ended];

    /// The word it is kept and listed by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Active => "active",
            Self::Ending => "ending",
            Self::Ended => "ended",
        }
    }

    /// The status of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    fn of(row: &AgreementRow) -> Result<Self> {
        let unknown =
            || AppError::BadInput(format!("`{}` is no state of an agreement", row.status));
        Self::named(&row.status).ok_or_else(unknown)
    }
}

/// An agreement as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementView {
    /// The agreement.
    pub row: AgreementRow,
    /// Where it stands.
    pub status: AgreementStatus,
    /// What was heard of it and decided, the first first.
    pub steps: Vec<AgreementStepRow>,
    /// How many payments under it were paid, and how many have not ended.
    pub payments: AgreementPayments,
    /// Whether it stood so before.
    pub before: bool,
}

impl Books {
    /// Agreements, the newest first: those in one status, or all; at most `limit` made
    /// before `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn agreements(
        &self,
        status: Option<AgreementStatus>,
        before: Option<AgreementId>,
        limit: i64,
    ) -> Result<Vec<AgreementView>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let mut before = before.unwrap_or(AgreementId::new(Uuid::max()));
        let limit = limit.clamp(1, ROWS_MAX);
        let kept = status.map_or("", AgreementStatus::as_str);
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.agreements(self.id(), before, kept, limit).await?;
            before = rows.last().map_or(before, |one| one.row.id);
            if !seen.take(rows, |one: &ListedAgreement| self.needs_fund(&one.row.fund).is_ok()) {
                break;
            }
        }
        let view = |ListedAgreement { row, steps, payments }| {
            let status = AgreementStatus::of(&row)?;
            Ok(AgreementView { row, status, steps, payments, before: true })
        };
        seen.rows.into_iter().map(view).collect()
    }

    /// An agreement.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, and for one of a fund that the actor does
    /// not work for.
    pub async fn agreement(&self, id: AgreementId) -> Result<AgreementView> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let row = tx.agreement(self.id(), id).await?.ok_or_else(|| no_agreement(id))?;
        self.needs_agreement(&row)?;
        self.agreement_view(&mut tx, row, true).await
    }

    /// Asks whether an agreement is of a fund that the actor works for.
    fn needs_agreement(&self, row: &AgreementRow) -> Result<()> {
        self.needs_fund(&row.fund).map_err(|_| no_agreement(row.id))
    }

    async fn agreement_view(
        &self,
        tx: &mut Tx,
        row: AgreementRow,
        before: bool,
    ) -> Result<AgreementView> {
        let steps = tx.agreement_steps(self.id(), row.id).await?;
        let payments = tx.agreement_payments(self.id(), row.id).await?;
        Ok(AgreementView { status: AgreementStatus::of(&row)?, row, steps, payments, before })
    }

    /// Takes an agreement that is held one step further; the provider is asked about it
    /// again at `look_at`, or never.
    async fn take_agreement_step(
        &self,
        tx: &mut Tx,
        row: AgreementRow,
        (status, heard, why): (AgreementStatus, &str, &str),
        agreement_ref: Option<String>,
        look_at: Option<DateTime<Utc>>,
    ) -> Result<AgreementView> {
        let step = AgreementStepRow {
            agreement: row.id,
            number: row.steps.saturating_add(1),
            status: status.as_str().to_owned(),
            heard: heard.to_owned(),
            agreement_ref,
            why: why.to_owned(),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
        };
        if !tx.step_agreement(self.id(), &step, look_at).await? {
            return Err(ims_store::StoreError::Busy.into());
        }
        let data = serde_json::json!({
            "provider": row.provider, "from": row.status, "to": step.status, "heard": heard,
            "agreement_ref": step.agreement_ref, "why": why,
        });
        self.note(tx, "agreement", &row.reference, data).await?;
        let row = AgreementRow {
            status: step.status,
            steps: step.number,
            agreement_ref: step.agreement_ref,
            changed_at: step.at,
            ..row
        };
        self.agreement_view(tx, row, false).await
    }
}

fn no_agreement(id: AgreementId) -> AppError {
    AppError::NotFound { what: "agreement", name: id.to_string() }
}
