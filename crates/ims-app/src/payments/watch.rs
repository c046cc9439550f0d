//! Which payments to look at: those due, and the one a payer came back from.

use ims_pay::Hint;
use ims_store::PaymentRow;

use crate::{Books, Permission, ROWS_MAX, Result};

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
