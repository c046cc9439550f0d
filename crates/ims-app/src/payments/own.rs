//! Payments by who started them: a cashier's at the terminals, a caller's by its key.

use ims_ledger::Through;

use super::PaymentView;
use crate::{AppError, Books, Permission, ROWS_MAX, Result};

impl Books {
    /// Payments through staff and by telephone that the actor started and that have not
    /// ended, the oldest first: cards of which nobody knows yet what became.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn own_open_payments(&self, limit: i64) -> Result<Vec<PaymentView>> {
        self.actor().needs(Permission::TakeCard)?;
        let (who, limit) = (self.actor().name(), limit.clamp(1, ROWS_MAX));
        let mut tx = self.store().snapshot().await?;
        let mut rows = Vec::new();
        for through in [Through::Staff, Through::Phone] {
            rows.extend(tx.open_payments_of(self.id(), (who, through.as_str()), limit).await?);
        }
        rows.sort_unstable_by_key(|row| row.id);
        rows.truncate(usize::try_from(limit).unwrap_or_default());
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let view = self.payment_view(&mut tx, row, true).await?;
            if self.sees_payment(&view) {
                found.push(view);
            }
        }
        Ok(found)
    }

    /// The payment that the actor started under a key: what a request that was said
    /// before did then.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] where they started none.
    pub async fn payment_keyed(&self, key: &str) -> Result<PaymentView> {
        self.actor().needs(Permission::TakeCard)?;
        let absent = || AppError::NotFound { what: "payment", name: key.to_owned() };
        let mut tx = self.store().snapshot().await?;
        let row = tx.payment_by_key(self.id(), key).await?;
        let row = row.filter(|row| row.started_by == self.actor().name()).ok_or_else(absent)?;
        let view = self.payment_view(&mut tx, row, true).await?;
        if self.sees_payment(&view) { Ok(view) } else { Err(absent()) }
    }

    /// Whether all of a payment is for funds that the actor works for.
    pub(super) fn sees_payment(&self, view: &PaymentView) -> bool {
        view.lines.iter().all(|line| self.needs_fund(&line.fund).is_ok())
    }
}
