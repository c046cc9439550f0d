//! E-returns: a site's takings from a blank template to a paying-in slip.
//!
//! ```text
//! create_ereturn   a number, and the template's rows, each of nothing
//! save_ereturn     another version, if nobody else saved one since
//! submit_ereturn   what was counted is what the rows say, or says why not
//! return_ereturn   sent back to be put right; correct_ereturn: amounts put right
//! approve_ereturns one entry, one receipt, the paying-in slips: by somebody who
//!                  had no hand in it
//! void_ereturn, note_ereturn
//! ```
//!
//! *Invariant:* an e-return is read under the configuration it was made under.
//! *Invariant:* every version is kept; nothing changes after the approval.

use ims_ledger::{
    Council, EReturnStatus, EReturnStep, EReturnTemplate, Takings, id::EReturnId, seal::ContentHash,
};
use ims_store::{EReturnRow, EReturnStepRow, EReturnVersionRow, Tx};

use crate::{AppError, Books, Result, configuration, posting::Detail};

mod approve;
mod create;
mod look;
mod note;
mod post;
mod save;
mod slip_difference;
mod submit;

pub use approve::{ApprovedEReturn, Bulk, ToApprove};
pub use create::{MadeEReturn, NewEReturn};
pub use look::EReturnView;
pub use save::SavedEReturn;
pub use slip_difference::{NewSlipDifference, SlipDifference};
pub use submit::MovedEReturn;

/// An e-return's number as people see it.
fn label(number: i64) -> String {
    format!("R{number}")
}

/// An e-return with what it is held to.
struct Held {
    row: EReturnRow,
    status: EReturnStatus,
    /// The configuration it was made under.
    council: Council,
    template: EReturnTemplate,
}

impl Held {
    fn label(&self) -> String {
        label(self.row.number)
    }

    /// Where it stands after a step.
    fn after(&self, step: EReturnStep) -> Result<EReturnStatus> {
        let refused =
            |out: ims_ledger::OutOfTurn| AppError::Refused(format!("{}: {out}", self.label()));
        self.status.after(step).map_err(refused)
    }

    /// Refuses what somebody saw who has not seen the newest version (W22).
    fn is_newest(&self, seen: i64, versions: &[EReturnVersionRow]) -> Result<()> {
        if seen == self.row.version {
            return Ok(());
        }
        let newest = versions.last();
        let by = newest.map_or("somebody", |version| version.saved_by.as_str());
        let at = newest.map_or(self.row.created_at, |version| version.saved_at);
        Err(AppError::Refused(format!(
            "{} was saved by {by} on {} UTC: it is at version {}, you have seen {seen}; look at it again",
            self.label(),
            at.format("%d/%m/%Y %H:%M"),
            self.row.version,
        )))
    }
}

/// What something was made under is not there.
pub(crate) fn lost(version: i64, of: &str) -> AppError {
    AppError::NotFound { what: "configuration", name: format!("version {version} of {of}") }
}

impl Books {
    /// What the council had settled when it made something.
    pub(crate) async fn council_then(
        &self,
        tx: &mut Tx,
        version: i64,
        of: &str,
    ) -> Result<Council> {
        let kept = tx.configuration_version(self.id(), version).await?;
        configuration::read(&kept.ok_or_else(|| lost(version, of))?.document)
    }

    async fn held_ereturn(&self, tx: &mut Tx, id: EReturnId) -> Result<Held> {
        let absent = || AppError::NotFound { what: "e-return", name: id.to_string() };
        let row = tx.ereturn(self.id(), id).await?.ok_or_else(absent)?;
        let status = EReturnStatus::named(&row.status);
        let lost = || lost(row.config_version, &label(row.number));
        let council = self.council_then(tx, row.config_version, &label(row.number)).await?;
        let template = council.ereturn_template(&row.template).cloned().ok_or_else(lost)?;
        let status = status.ok_or_else(lost)?;
        if !self.sees_template(&template) {
            return Err(absent());
        }
        Ok(Held { row, status, council, template })
    }
}

/// The takings of a version, with the words about people that are kept apart.
fn takings_of(version: &EReturnVersionRow) -> Result<Takings> {
    let unread = |error: serde_json::Error| {
        AppError::BadInput(format!("version {} does not read: {error}", version.version))
    };
    let mut takings: Takings = serde_json::from_str(&version.document).map_err(unread)?;
    if let Some(words) = &version.words {
        let (names, narrative): (Vec<String>, String) =
            serde_json::from_str(words).map_err(unread)?;
        for (cheque, name) in takings.cheques.iter_mut().zip(names) {
            cheque.name = name;
        }
        takings.narrative = narrative;
    }
    Ok(takings)
}

/// A version of an e-return, ready to be added; its words about people go to
/// `details`.
fn version_of(
    books: &Books,
    ereturn: EReturnId,
    number: i64,
    takings: &Takings,
    details: &mut Vec<Detail>,
) -> Result<EReturnVersionRow> {
    let totals = takings.totals().ok_or(AppError::Overflow)?;
    let (document, words) = texts(takings)?;
    let detail = books.world().id();
    let mut digest = None;
    if let Some(words) = words {
        let salt: [u8; 16] = books.world().bytes();
        digest = Some(ContentHash::salted(&salt, &words));
        details.push((detail, salt.to_vec(), words));
    }
    Ok(EReturnVersionRow {
        ereturn,
        version: number,
        content_hash: ContentHash::of(document.as_bytes()),
        document,
        detail,
        detail_digest: digest,
        rows: totals.rows,
        counted: totals.counted,
        saved_by: books.actor().name().to_owned(),
        saved_at: books.world().now(),
        words: None,
    })
}

/// The document without words about people, and those words if there are any.
fn texts(takings: &Takings) -> Result<(String, Option<String>)> {
    let unwritten =
        |error: serde_json::Error| AppError::BadInput(format!("it cannot be written: {error}"));
    let mut bare = takings.clone();
    let names: Vec<String> =
        bare.cheques.iter_mut().map(|cheque| std::mem::take(&mut cheque.name)).collect();
    let narrative = std::mem::take(&mut bare.narrative);
    let has_words = !narrative.is_empty() || names.iter().any(|name| !name.is_empty());
    let words = if has_words {
        Some(serde_json::to_string(&(names, narrative)).map_err(unwritten)?)
    } else {
        None
    };
    Ok((serde_json::to_string(&bare).map_err(unwritten)?, words))
}

/// Whether the last step is just this one, done by the same person: then it was
/// done before.
fn is_last_step(
    steps: &[EReturnStepRow],
    step: &str,
    version: Option<i64>,
    by: &str,
    reason: &str,
) -> bool {
    steps.last().is_some_and(|last| {
        last.step == step
            && last.by == by
            && last.reason == reason
            && version.is_none_or(|version| version == last.version)
    })
}

/// Every fault in one sentence.
fn sentence(label: &str, what: &str, faults: &[ims_ledger::EReturnFault]) -> String {
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    format!("{label} {what}: {}", faults.join("; "))
}
