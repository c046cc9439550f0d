//! Notes on e-returns: added, never changed.

use ims_ledger::id::EReturnId;
use ims_store::EReturnNoteRow;

use crate::{AppError, Books, Permission, Result, books::patiently, no_card::no_card};

/// The longest note, in characters.
const NOTE_LENGTH_MAX: usize = 2_000;

impl Books {
    /// Adds a note. Whoever prepares, approves or voids e-returns may.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a blank or too long note.
    pub async fn note_ereturn(&self, id: EReturnId, note: &str) -> Result<()> {
        no_card("note", note)?;
        let may = |permission| self.actor().may(permission);
        if !may(Permission::ApproveEReturn) && !may(Permission::VoidEReturn) {
            self.actor().needs(Permission::PrepareEReturn)?;
        }
        let note = note.trim();
        if note.is_empty() || note.chars().count() > NOTE_LENGTH_MAX {
            let what = format!("a note has 1 to {NOTE_LENGTH_MAX} characters");
            return Err(AppError::BadInput(what));
        }
        patiently(|| self.note_ereturn_once(id, note)).await
    }

    async fn note_ereturn_once(&self, id: EReturnId, note: &str) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let held = self.held_ereturn(&mut tx, id).await?;
        let row = EReturnNoteRow {
            id: self.world().id(),
            note: note.to_owned(),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
        };
        tx.add_ereturn_note(self.id(), id, &row).await?;
        let data = serde_json::json!({ "note": row.id });
        self.note(&mut tx, "note e-return", &held.label(), data).await?;
        Ok(tx.commit().await?)
    }
}
