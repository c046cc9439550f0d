//! Rows added together, in one round trip where the database allows it.

use ims_ledger::id::CouncilId;
use uuid::Uuid;

use crate::{
    AuditRow, EntryRow, ExpectedRow, ReceiptRow,
    batch::Batch,
    guard::Guard,
    tx::{books, expected, receipts, seal},
};

/// Rows that are added together or not at all, by [`Store::append`](crate::Store::append).
///
/// Only rows that are new to the books: what has to look before it writes needs
/// a [`Tx`](crate::Tx).
#[derive(Debug)]
pub struct Addition {
    council: CouncilId,
    pub(crate) batches: Vec<Batch>,
    pub(crate) guard: Guard,
}

impl Addition {
    /// Nothing yet, for the books of `council`.
    #[must_use]
    pub const fn new(council: CouncilId) -> Self {
        Self { council, batches: Vec::new(), guard: Guard::NONE }
    }

    fn with(mut self, batches: impl IntoIterator<Item = Batch>) -> Self {
        self.batches.extend(batches.into_iter().filter(|batch| batch.rows > 0));
        self
    }

    /// Posts entries, as [`Tx::post_many`](crate::Tx::post_many).
    #[must_use]
    pub fn entries(self, entries: &[EntryRow]) -> Self {
        let batches = books::entry_batches(self.council, entries);
        self.with(batches)
    }

    /// Adds receipts with their lines.
    #[must_use]
    pub fn receipts(self, receipts: &[ReceiptRow]) -> Self {
        let batches = receipts::receipt_batches(self.council, receipts);
        self.with(batches)
    }

    /// Adds what clearing accounts wait for.
    #[must_use]
    pub fn expected(self, items: &[ExpectedRow]) -> Self {
        let batches = expected::expected_batches(self.council, items);
        self.with(batches)
    }

    /// Keeps what items say about people: (owner, salt, words).
    #[must_use]
    pub fn details(self, details: &[(Uuid, Vec<u8>, String)]) -> Self {
        let batch = books::detail_batch(self.council, details);
        self.with([batch])
    }

    /// Adds an audit event.
    #[must_use]
    pub fn event(self, event: &AuditRow) -> Self {
        let batches = seal::event_batches(self.council, event);
        self.with(batches)
    }
}
