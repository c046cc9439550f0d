//! Which payments of a provider are in the books, by its own name for each.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, EntryId, PaymentId, SuspenseId};
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    BOOKED = Sql::both(
        "SELECT provider, provider_ref, amount_pence, entry_id, payment_id, suspense_id, booked_at FROM payment_booked
         WHERE council_id = $1 AND provider = $2 AND provider_ref = $3");
}

/// A payment at a provider whose money is in the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedRow {
    /// The provider's name.
    pub provider: String,
    /// What it calls the payment.
    pub provider_ref: String,
    /// How much.
    pub amount: Pence,
    /// The entry that has it.
    pub entry: EntryId,
    /// Our payment, if it was known.
    pub payment: Option<PaymentId>,
    /// The suspense item of it, where there is no receipt.
    pub suspense: Option<SuspenseId>,
    /// When.
    pub at: DateTime<Utc>,
}

fn booked(row: Row) -> Result<BookedRow> {
    Ok(BookedRow {
        provider: row.text(0)?,
        provider_ref: row.text(1)?,
        amount: row.pence(2)?,
        entry: row.id(3, EntryId::new)?,
        payment: row.opt_id(4, PaymentId::new)?,
        suspense: row.opt_id(5, SuspenseId::new)?,
        at: row.time(6)?,
    })
}

impl Tx {
    /// The provider's payment, if its money is in the books.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_booked(
        &mut self,
        council: CouncilId,
        provider: &str,
        provider_ref: &str,
    ) -> Result<Option<BookedRow>> {
        self.first(BOOKED, args![council, provider, provider_ref], booked).await
    }

    /// Records that a provider's payment is in the books.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was.
    pub async fn book_payment(&mut self, council: CouncilId, row: &BookedRow) -> Result<()> {
        let rows = Batch::new("payment_booked", 1)
            .council(council)
            .texts("provider", [row.provider.as_str()].into_iter())
            .texts("provider_ref", [row.provider_ref.as_str()].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .uuids("entry_id", [row.entry.get()].into_iter())
            .opt_uuids("payment_id", [row.payment.map(PaymentId::get)].into_iter())
            .opt_uuids("suspense_id", [row.suspense.map(SuspenseId::get)].into_iter())
            .times("booked_at", [row.at].into_iter());
        self.insert(rows).await.map(drop)
    }
}
