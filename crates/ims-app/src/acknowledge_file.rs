//! What the other side says of an export, out of the file they sent.

use ims_ledger::{Acknowledgement, Outcome, acknowledged, id::ExportId};
use ims_store::ExportState;

use crate::{
    Ack, AppError, Books, NewFile, Permission, Result,
    import_file::{read_whole, recognised},
    layouts,
    no_card::no_card,
    send_refunds::SERIES,
};

mod bacs;

impl Books {
    /// Reads an acknowledgement or a rejection file and records what it says of
    /// an export: one rejected row rejects it. Their reference is taken from the
    /// file when none is given. Of a file of refunds it is the input report of
    /// Bacs: each refund that it rejected is recorded as failed.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a file that is no acknowledgement, or is one of
    /// another export; and those of
    /// [`acknowledge_export`](Self::acknowledge_export).
    pub async fn acknowledge_export_by_file(
        &self,
        id: ExportId,
        file: NewFile<'_>,
        their_reference: &str,
    ) -> Result<ExportState> {
        self.actor().needs(Permission::Export)?;
        no_card("file name", file.name)?;
        no_card("reference", their_reference)?;
        let export = self.exported(id).await?.row;
        let number = export.number;
        let own = layouts::readers(&self.settings().await?.council, self.world().today());
        let (contents, _) = read_whole(&file, recognised(&file, &own)?)?;
        if export.kind == SERIES {
            return self.acknowledge_by_bacs(id, file, &contents.advices, their_reference).await;
        }
        let lines = contents.acknowledgements;
        let bad = |line: u64, what: &str| {
            AppError::BadInput(format!("{} line {line}: {what}", file.name))
        };
        let other = |line: &&Acknowledgement| {
            line.export.is_some_and(|named| i64::try_from(named).ok() != Some(number))
        };
        if let Some(line) = lines.iter().find(other) {
            let named = line.export.unwrap_or_default();
            return Err(bad(line.line, &format!("it is of export {named}, not of {number}")));
        }
        let said = acknowledged(&lines);
        let (outcome, reason) = said.ok_or_else(|| {
            AppError::BadInput(format!("{}: it says nothing of an export", file.name))
        })?;
        let theirs = lines.iter().find_map(|line| line.their_reference.as_deref());
        let reference = if their_reference.trim().is_empty() {
            theirs.unwrap_or(file.name)
        } else {
            their_reference
        };
        let ack = match outcome {
            Outcome::Accepted => Ack::Accepted,
            Outcome::Rejected => Ack::Rejected,
        };
        self.acknowledge_export(id, ack, reference, &reason).await
    }
}
