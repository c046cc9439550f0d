//! Rows added together, in one round trip where the database allows it.

use chrono::NaiveDate;
use ims_ledger::id::CouncilId;
use uuid::Uuid;

use crate::{
    AuditRow, EntryRow, ExpectedRow, ReceiptRow, SuspenseRow,
    batch::Batch,
    guard::{FreeAccount, Guard},
    tx::{books, expected, receipts, seal, suspense},
};

/// Rows that are added together or not at all, by [`Store::append`](crate::Store::append).
///
/// Only rows that are new to the books. What they were made by can be looked at
/// again in the step that adds them (`while_…`); what has to look at more before
/// it writes needs a [`Tx`](crate::Tx).
#[derive(Debug)]
pub struct Addition {
    council: CouncilId,
    pub(crate) batches: Vec<Batch>,
    pub(crate) guard: Guard,
}

impl Addition {
    /// Nothing yet, for the books of `council`.
    #[must_use]
    pub fn new(council: CouncilId) -> Self {
        Self { council, batches: Vec::new(), guard: Guard::default() }
    }

    fn with(mut self, batches: impl IntoIterator<Item = Batch>) -> Self {
        self.batches.extend(batches.into_iter().filter(|batch| batch.rows > 0));
        self
    }

    /// Only while the books are closed through `day`: accounting days were worked
    /// out by it.
    #[must_use]
    pub fn while_closed_through(mut self, day: Option<NaiveDate>) -> Self {
        self.guard.days.push((self.council, day));
        self
    }

    /// Only while `version` of the configuration is in force on `day`.
    #[must_use]
    pub fn while_configured(mut self, day: NaiveDate, version: i64) -> Self {
        self.guard.configurations.push((self.council, day, version));
        self
    }

    /// Only while money for `reference` leads nowhere else, on whatever day.
    #[must_use]
    pub fn while_not_redirected(mut self, reference: &str) -> Self {
        self.guard.references.push((self.council, reference.to_owned()));
        self
    }

    /// Only while the account has no stop, and somebody holds it if it `must_exist`.
    #[must_use]
    pub fn while_free(mut self, fund: &str, reference: &str, must_exist: bool) -> Self {
        self.guard.accounts.push(FreeAccount {
            council: self.council,
            fund: fund.to_owned(),
            reference: reference.to_owned(),
            must_exist,
        });
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

    /// Adds suspense items, all of each still there.
    #[must_use]
    pub fn suspense(self, items: &[SuspenseRow]) -> Self {
        let batches = suspense::item_batches(self.council, items);
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
