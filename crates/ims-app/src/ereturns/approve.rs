//! Approving e-returns, one or many: each posts whole or not at all.

use std::collections::HashSet;

use ims_ledger::{EReturnStatus, EReturnStep, id::EReturnId};
use ims_money::Pence;
use ims_store::{EReturnApprovalRow, EReturnVersionRow, StoreError, Tx};

use super::{Held, takings_of};
use crate::{AppError, Books, Permission, Result, books::patiently, posting::Writer};

/// An e-return to be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToApprove {
    /// Which.
    pub id: EReturnId,
    /// The version its approver has seen; `None` for whichever is the newest.
    pub version: Option<i64>,
}

/// What becomes of the others when one of many cannot be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    /// None of them is.
    All,
    /// Each by itself.
    Each,
}

/// What an approval made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedEReturn {
    /// Its number as people see it.
    pub number: String,
    /// What its rows came to.
    pub rows: Pence,
    /// What was counted.
    pub counted: Pence,
    /// The receipt's number; empty when it had been approved before.
    pub receipt: String,
    /// The paying-in slips, as the bank will show them.
    pub slips: Vec<String>,
    /// Whether the same person had approved it before.
    pub before: bool,
}

/// What came of each.
type Results = Vec<(EReturnId, Result<ApprovedEReturn>)>;

/// The most that are approved at once.
const BULK_MAX: usize = 100;

impl Books {
    /// Approves e-returns: posts each as one entry with one receipt, and makes
    /// its paying-in slips. Gives what came of each, in the order of the ids.
    /// Nobody approves what they prepared, corrected or submitted.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for none, too many, or one named twice; what the
    /// store says. A refusal is the result of the one that is refused.
    pub async fn approve_ereturns(&self, which: &[ToApprove], how: Bulk) -> Result<Results> {
        self.actor().needs(Permission::ApproveEReturn)?;
        let mut seen = HashSet::new();
        if which.is_empty() || which.len() > BULK_MAX {
            return Err(AppError::BadInput(format!("name 1 to {BULK_MAX} e-returns")));
        }
        if let Some(twice) = which.iter().find(|one| !seen.insert(one.id)) {
            return Err(AppError::BadInput(format!("e-return {} is named twice", twice.id)));
        }
        // In the same order as everybody else, so that nobody waits in a ring.
        let mut which = which.to_vec();
        which.sort_by_key(|one| one.id);
        match how {
            Bulk::All => patiently(|| self.approve_all_once(&which)).await,
            Bulk::Each => {
                let mut results = Vec::with_capacity(which.len());
                for one in which {
                    let done = patiently(|| self.approve_one_once(one)).await;
                    results.push((one.id, done));
                }
                Ok(results)
            }
        }
    }

    async fn approve_one_once(&self, one: ToApprove) -> Result<ApprovedEReturn> {
        let mut tx = self.store().begin().await?;
        let done = self.approve_in(&mut tx, one).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn approve_all_once(&self, which: &[ToApprove]) -> Result<Results> {
        let mut tx = self.store().begin().await?;
        let mut results = Vec::with_capacity(which.len());
        for one in which {
            let done = match self.approve_in(&mut tx, *one).await {
                // The whole unit of work is lost or to be tried again.
                Err(AppError::Store(error)) => return Err(error.into()),
                done => done,
            };
            results.push((one.id, done));
        }
        let refused = results.iter().filter(|(_, done)| done.is_err()).count();
        if refused == 0 {
            tx.commit().await?;
            return Ok(results);
        }
        drop(tx);
        let none = || {
            let what =
                format!("not approved: {refused} of the {} asked for cannot be", which.len());
            Err(AppError::Refused(what))
        };
        Ok(results
            .into_iter()
            .map(|(id, done)| match done {
                Ok(done) if !done.before => (id, none()),
                other => (id, other),
            })
            .collect())
    }

    async fn approve_in(&self, tx: &mut Tx, one: ToApprove) -> Result<ApprovedEReturn> {
        let held = self.held_ereturn(tx, one.id).await?;
        if held.status == EReturnStatus::Approved {
            return self.approved_before(tx, &held).await;
        }
        let status = held.after(EReturnStep::Approved)?;
        let versions = tx.ereturn_versions(self.id(), one.id).await?;
        if let Some(seen) = one.version {
            held.is_newest(seen, &versions)?;
        }
        let steps = tx.ereturn_steps(self.id(), one.id).await?;
        let by = self.actor().name();
        let prepared = versions.iter().any(|version| version.saved_by == by);
        if prepared || steps.iter().any(|step| step.step == "submitted" && step.by == by) {
            let what = format!("{by} had a hand in {} and so cannot approve it", held.label());
            return Err(AppError::Refused(what));
        }
        let absent = || AppError::NotFound { what: "version of e-return", name: held.label() };
        let last = versions.last().ok_or_else(absent)?;
        self.within_limit("e-return", last.rows)?;
        if !tx.move_ereturn(self.id(), &held.row, status.as_str(), held.row.version).await? {
            return Err(StoreError::Busy.into());
        }
        self.post_ereturn(tx, &held, last).await
    }

    async fn post_ereturn(
        &self,
        tx: &mut Tx,
        held: &Held,
        last: &EReturnVersionRow,
    ) -> Result<ApprovedEReturn> {
        let takings = takings_of(last)?;
        // What was checked when it was submitted is checked again: accounts and
        // funds may have gone since.
        self.check_complete(tx, held, &takings, "cannot be approved").await?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let rows = self.rows_of(tx, &writer, held, &takings, last.content_hash).await?;
        rows.add(self, tx).await?;
        let approval = EReturnApprovalRow {
            version: held.row.version,
            submitted_by: String::new(),
            submitted_at: writer.now,
            approved_by: self.actor().name().to_owned(),
            approved_at: writer.now,
            rows: last.rows,
            counted: last.counted,
            entry: rows.entry.id,
            receipt: rows.receipt.id,
        };
        if !tx.approve_ereturn(self.id(), held.row.id, &approval).await? {
            return Err(AppError::Refused(format!("{} was never submitted", held.label())));
        }
        let slips = rows.slip_labels();
        let data = serde_json::json!({
            "version": held.row.version, "hash": last.content_hash.to_string(),
            "rows_pence": last.rows, "counted_pence": last.counted,
            "receipt": rows.receipt.number, "slips": slips,
            "prepared_by": last.saved_by, "why": "approved",
        });
        self.note(tx, "approve e-return", &held.label(), data).await?;
        Ok(ApprovedEReturn {
            number: held.label(),
            rows: last.rows,
            counted: last.counted,
            receipt: rows.receipt.number.clone(),
            slips,
            before: false,
        })
    }

    /// It was approved: by the same person is as before, by another a refusal.
    async fn approved_before(&self, tx: &mut Tx, held: &Held) -> Result<ApprovedEReturn> {
        let done = tx.ereturn_approval(self.id(), held.row.id).await?;
        let absent = || AppError::NotFound { what: "approval of e-return", name: held.label() };
        let done = done.ok_or_else(absent)?;
        if done.approved_by != self.actor().name() {
            return Err(AppError::Refused(format!(
                "{} was approved by {} on {} UTC",
                held.label(),
                done.approved_by,
                done.approved_at.format("%d/%m/%Y %H:%M")
            )));
        }
        let receipt = tx.receipt(self.id(), done.receipt).await?;
        Ok(ApprovedEReturn {
            number: held.label(),
            rows: done.rows,
            counted: done.counted,
            receipt: receipt.map(|receipt| receipt.number).unwrap_or_default(),
            slips: Vec::new(),
            before: true,
        })
    }
}
