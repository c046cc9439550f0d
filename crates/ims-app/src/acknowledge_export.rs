//! What the other side says of an export, and the same file again.

use ims_ledger::{RefundState, id::ExportId};
use ims_store::{AckRow, ExportState, StoreError, Tx};

use crate::{
    AppError, Books, Exported, Permission, ROWS_MAX, Result, books::patiently, no_card::no_card,
    send_refunds::SERIES,
};

/// What the other side says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// They took it in.
    Accepted,
    /// They did not: its days go into another export.
    Rejected,
}

impl Ack {
    /// The word it is kept by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

impl Books {
    /// Records what the other side says of an export, with their reference; once
    /// and for good. The same again changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a rejection without a reason,
    /// [`AppError::Refused`] when something else is recorded.
    pub async fn acknowledge_export(
        &self,
        id: ExportId,
        ack: Ack,
        their_reference: &str,
        reason: &str,
    ) -> Result<ExportState> {
        self.actor().needs(Permission::Export)?;
        no_card("reason", reason)?;
        no_card("reference", their_reference)?;
        if ack == Ack::Rejected && reason.trim().is_empty() {
            return Err(AppError::BadInput("say why they rejected it".to_owned()));
        }
        let done = patiently(|| self.acknowledge_once(id, ack, their_reference, reason)).await;
        match done {
            // Somebody else recorded something a moment before: look at it.
            Err(AppError::Store(StoreError::Duplicate(_))) => {
                self.acknowledge_once(id, ack, their_reference, reason).await
            }
            other => other,
        }
    }

    async fn acknowledge_once(
        &self,
        id: ExportId,
        ack: Ack,
        their_reference: &str,
        reason: &str,
    ) -> Result<ExportState> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "export", name: id.to_string() };
        let state = tx.export_state(self.id(), id).await?.ok_or_else(absent)?;
        self.needs_kind(&state.row.kind).map_err(|_| absent())?;
        let their_reference = their_reference.trim();
        if let Some(before) = &state.ack {
            if before.verdict == ack.as_str() && before.their_reference == their_reference {
                return Ok(state);
            }
            return Err(AppError::Refused(format!(
                "{} was {} as `{}`, recorded by {}: that stands",
                state.row.file_name, before.verdict, before.their_reference, before.by
            )));
        }
        if ack == Ack::Rejected && state.row.kind == SERIES {
            self.needs_unpaid(&mut tx, &state).await?;
        }
        let row = AckRow {
            verdict: ack.as_str().to_owned(),
            their_reference: their_reference.to_owned(),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
            reason: reason.trim().to_owned(),
        };
        tx.add_ack(self.id(), id, &row).await?;
        let data = serde_json::json!({
            "export": id, "their_reference": row.their_reference, "why": row.reason,
        });
        let deed = format!("export {}", ack.as_str());
        self.note(&mut tx, &deed, &state.row.file_name, data).await?;
        tx.commit().await?;
        Ok(ExportState { ack: Some(row), ..state })
    }

    /// A file of refunds of which one was paid was not rejected: in another file
    /// it would be paid again.
    async fn needs_unpaid(&self, tx: &mut Tx, state: &ExportState) -> Result<()> {
        let over = [RefundState::Paid.as_str(), RefundState::Bounced.as_str()];
        let refunds = tx.refunds_of_file(self.id(), state.row.id).await?;
        match refunds.iter().find(|refund| over.contains(&refund.state.as_str())) {
            None => Ok(()),
            Some(refund) => Err(AppError::Refused(format!(
                "refund {} in {} is {}: the file was not rejected",
                refund.number, state.row.file_name, refund.state
            ))),
        }
    }

    /// The file of an export once more, byte for byte, with an audit event that
    /// says who had it.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, [`AppError::Refused`] for one whose
    /// place another took.
    pub async fn reissue_export(&self, id: ExportId) -> Result<Exported> {
        let exported = self.exported(id).await?;
        let mut tx = self.store().begin().await?;
        let state = tx.export_state(self.id(), id).await?;
        if state.as_ref().is_some_and(|state| state.row.kind == SERIES && state.is_rejected()) {
            return Err(AppError::Refused(format!(
                "{} was rejected, and what it held goes into another: make that",
                exported.row.file_name
            )));
        }
        if let Some(number) = state.and_then(|state| state.replaced_by) {
            return Err(AppError::Refused(format!(
                "{} was rejected, and number {number} took its place: issue that",
                exported.row.file_name
            )));
        }
        let data = serde_json::json!({
            "export": id, "sha256": exported.row.content_hash.to_string(),
        });
        self.note(&mut tx, "export again", &exported.row.file_name, data).await?;
        tx.commit().await?;
        Ok(exported)
    }

    /// The newest exports, with what the other side said of each.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn export_states(&self, limit: i64) -> Result<Vec<ExportState>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let limit = limit.clamp(1, ROWS_MAX);
        let is_whole = self.actor().scope().is_whole();
        let page = if is_whole { limit } else { i64::MAX };
        let mut states = tx.export_states(self.id(), None, page).await?;
        states.retain(|state| self.needs_kind(&state.row.kind).is_ok());
        states.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(states)
    }
}
