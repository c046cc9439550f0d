//! Which payments to look at: those due, and the one a payer came back from.

use chrono::{DateTime, TimeDelta, Utc};
use ims_ledger::id::PaymentId;
use ims_pay::Hint;
use ims_store::{FindPayments, PaymentRow};
use uuid::Builder;

use super::look_at;
use crate::{Books, Permission, ROWS_MAX, Result, books::patiently};

impl Books {
    /// Open payments at `provider` that it is time to ask about, the longest
    /// due first. What is asked about and recorded is not due for a while.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn payments_due(&self, provider: &str, limit: i64) -> Result<Vec<PaymentRow>> {
        self.actor().needs(Permission::Import)?;
        let (now, limit) = (self.world().now(), limit.clamp(1, ROWS_MAX));
        Ok(self.store().snapshot().await?.payments_due(self.id(), provider, now, limit).await?)
    }

    /// Takes it on oneself to ask about a payment that is due; it comes due again
    /// in a while, should nothing be recorded of it. False when another program
    /// has done so.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn take_up_payment(&self, row: &PaymentRow) -> Result<bool> {
        self.actor().needs(Permission::Import)?;
        patiently(|| async {
            let now = self.world().now();
            let again = look_at(row.started_at, now);
            let mut tx = self.store().begin().await?;
            let is_ours = tx.take_up_payment(self.id(), row.id, now, again).await?;
            tx.commit().await?;
            Ok(is_ours)
        })
        .await
    }

    /// Payments in the order in which they were started, after one of them.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn payments(
        &self,
        find: &FindPayments,
        after: Option<PaymentId>,
        limit: i64,
    ) -> Result<Vec<PaymentRow>> {
        self.actor().needs(Permission::SeeBank)?;
        let after = after.unwrap_or_else(|| first_id(find.from));
        let mut tx = self.store().snapshot().await?;
        Ok(tx.find_payments(self.id(), find, after, limit.clamp(1, ROWS_MAX)).await?)
    }

    /// The payment that a browser or an unsigned notice names: one to look at,
    /// no more than that.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn payment_hinted(&self, provider: &str, hint: &Hint) -> Result<Option<PaymentRow>> {
        self.actor().needs(Permission::Import)?;
        let mut tx = self.store().snapshot().await?;
        let mut found = None;
        if let Some(reference) = &hint.reference {
            found = tx.payment_we_call(self.id(), provider, reference).await?;
        }
        if let (None, Some(name)) = (found, &hint.provider_ref) {
            found = tx.payment_they_call(self.id(), provider, name).await?;
        }
        match found {
            Some(id) => Ok(tx.payment(self.id(), id).await?),
            None => Ok(None),
        }
    }
}

/// An id before those of all payments started then: a minute is more than ids
/// ever run ahead or behind.
fn first_id(from: DateTime<Utc>) -> PaymentId {
    id_at(from.checked_sub_signed(TimeDelta::minutes(1)).unwrap_or(from))
}

/// The first id of that millisecond.
pub(super) fn id_at(at: DateTime<Utc>) -> PaymentId {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    PaymentId::new(Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
}
