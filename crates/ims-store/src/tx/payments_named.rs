//! Payments by the reference that payers are given, and by whatever name their
//! provider has for them.

use ims_ledger::id::{CouncilId, PaymentId};

use super::Tx;
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    REFERENCED = Sql::both("SELECT payment_id FROM payment WHERE council_id = $1 AND reference = $2");
    EXPIRED = Sql::each(
        "SELECT p.payment_id FROM payment p
         JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.reference IN (SELECT value FROM json_each($2)) AND s.status = 'expired' ORDER BY 1",
        "SELECT p.payment_id FROM payment p
         JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.reference = ANY($2) AND s.status = 'expired' ORDER BY 1");
    BY_TRANSACTION = Sql::both(
        "SELECT payment_id FROM payment_state WHERE council_id = $1 AND provider = $2 AND transaction_ref = $3
         ORDER BY payment_id LIMIT 2");
}

impl Tx {
    /// The payment that we call so, whoever its provider is.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_referenced(
        &mut self,
        council: CouncilId,
        reference: &str,
    ) -> Result<Option<PaymentId>> {
        self.first(REFERENCED, args![council, reference], |row| row.id(0, PaymentId::new)).await
    }

    /// Which of the payments that we call so have expired.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payments_expired(
        &mut self,
        council: CouncilId,
        references: &[String],
    ) -> Result<Vec<PaymentId>> {
        if references.is_empty() {
            return Ok(Vec::new());
        }
        let args = args![council, references.to_vec()];
        self.all(EXPIRED, args, |row| row.id(0, PaymentId::new)).await
    }

    /// The payment whose movement of money `provider` calls so: some tell of refunds
    /// and disputes by that name alone. None where more than one is called so.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_moved_as(
        &mut self,
        council: CouncilId,
        provider: &str,
        transaction: &str,
    ) -> Result<Option<PaymentId>> {
        let args = args![council, provider, transaction];
        let found = self.all(BY_TRANSACTION, args, |row| row.id(0, PaymentId::new)).await?;
        match found.as_slice() {
            [one] => Ok(Some(*one)),
            _ => Ok(None),
        }
    }
}
