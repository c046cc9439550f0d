//! Who sees to suspense: notes, an owner, a day it is due, a group; and what
//! became of an item.

use ims_ledger::id::SuspenseId;
use ims_store::{
    AllocationRow, FoundSuspense, OpenSuspense, SearchSuspense, StoreError, SuspenseCare,
    SuspenseNoteRow, SuspenseReturnRow, UndoneRow,
};
use uuid::Uuid;

use crate::{AppError, Books, Permission, ROWS_MAX, Result, books::patiently, no_card::no_card};

/// A suspense item with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspenseShown {
    /// The item.
    pub item: OpenSuspense,
    /// Who sees to it.
    pub care: SuspenseCare,
    /// What became of it, and who took it back.
    pub allocations: Vec<(AllocationRow, Option<UndoneRow>)>,
    /// What of it is to be given back to who paid it, and is neither paid nor cancelled.
    pub returns: Vec<SuspenseReturnRow>,
    /// What was written about it.
    pub notes: Vec<SuspenseNoteRow>,
}

/// The most characters of a note.
pub const NOTE_MAX: usize = 2_000;

/// The most characters of an owner's or a group's name.
const NAME_MAX: usize = 100;

impl Books {
    /// Writes a note about an item; notes stay.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item, [`AppError::BadInput`] for an
    /// empty note or one that is too long.
    pub async fn note_suspense(&self, id: SuspenseId, words: &str) -> Result<Uuid> {
        self.actor().needs(Permission::NoteSuspense)?;
        no_card("note", words)?;
        let words = words.trim();
        if words.is_empty() || words.chars().count() > NOTE_MAX {
            let what = format!("a note has between 1 and {NOTE_MAX} characters");
            return Err(AppError::BadInput(what));
        }
        patiently(|| self.note_once(id, words)).await
    }

    async fn note_once(&self, id: SuspenseId, words: &str) -> Result<Uuid> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        let row = SuspenseNoteRow {
            id: self.world().id(),
            suspense: id,
            note: words.to_owned(),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
        };
        tx.add_suspense_note(self.id(), &row).await?;
        // The words may be about people: the trail says only that there are some.
        let data = serde_json::json!({ "note": row.id });
        self.note(&mut tx, "note suspense", &id.to_string(), data).await?;
        tx.commit().await?;
        Ok(row.id)
    }

    /// Says who sees to an item, by when, and which group it is of, instead of
    /// what was `seen`. What is not said of it is taken away.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item, [`AppError::BadInput`] for a
    /// name that is too long, [`AppError::Refused`] when somebody else said
    /// something since it was seen.
    pub async fn assign_suspense(
        &self,
        id: SuspenseId,
        seen: &SuspenseCare,
        care: &SuspenseCare,
    ) -> Result<()> {
        self.actor().needs(Permission::NoteSuspense)?;
        for name in [&care.owner, &care.group].into_iter().flatten() {
            no_card("name", name)?;
            if name.trim().is_empty() || name.chars().count() > NAME_MAX {
                let what = format!("an owner's or a group's name has 1 to {NAME_MAX} characters");
                return Err(AppError::BadInput(what));
            }
        }
        patiently(|| self.assign_once(id, seen, care)).await
    }

    async fn assign_once(
        &self,
        id: SuspenseId,
        seen: &SuspenseCare,
        care: &SuspenseCare,
    ) -> Result<()> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        let before = tx.suspense_care(self.id(), id).await?;
        if before == *care {
            return Ok(());
        }
        if before != *seen {
            return Err(AppError::Refused(format!(
                "somebody said since who sees to this item: {}; look at it again",
                in_words(&before)
            )));
        }
        let (by, now) = (self.actor().name(), self.world().now());
        if !tx.put_suspense_care(self.id(), id, (seen, care), by, now).await? {
            // Somebody was faster: what they said is looked at anew.
            return Err(StoreError::Busy.into());
        }
        let data = serde_json::json!({ "before": as_json(&before), "after": as_json(care) });
        self.note(&mut tx, "assign suspense", &id.to_string(), data).await?;
        Ok(tx.commit().await?)
    }

    /// Suspense looked for, the oldest first, at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn search_suspense(
        &self,
        search: &SearchSuspense,
        after: Option<SuspenseId>,
        limit: i64,
    ) -> Result<Vec<FoundSuspense>> {
        self.actor().needs(Permission::SeeSuspense)?;
        let limit = limit.clamp(1, ROWS_MAX);
        Ok(self.store().snapshot().await?.search_suspense(self.id(), search, after, limit).await?)
    }

    /// One item, with who sees to it, what became of it, and every note.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn suspense_shown(&self, id: SuspenseId) -> Result<SuspenseShown> {
        self.actor().needs(Permission::SeeSuspense)?;
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        let mut allocations = Vec::new();
        for row in tx.allocations(self.id(), id).await? {
            allocations.extend(tx.allocation(self.id(), row.id).await?);
        }
        Ok(SuspenseShown {
            item,
            care: tx.suspense_care(self.id(), id).await?,
            allocations,
            returns: tx.open_returns_of(self.id(), id).await?,
            notes: tx.suspense_notes(self.id(), id).await?,
        })
    }
}

fn in_words(care: &SuspenseCare) -> String {
    let owner = care.owner.as_deref().unwrap_or("nobody");
    let due = care.due_on.map(|day| format!(", due {day}")).unwrap_or_default();
    let group = care.group.as_ref().map(|group| format!(", of {group}")).unwrap_or_default();
    format!("{owner}{due}{group}")
}

fn as_json(care: &SuspenseCare) -> serde_json::Value {
    serde_json::json!({ "owner": care.owner, "due": care.due_on, "group": care.group })
}
