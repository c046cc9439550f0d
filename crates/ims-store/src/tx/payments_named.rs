//! Payments by the reference that payers are given.

use ims_ledger::id::{CouncilId, PaymentId};

use super::Tx;
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    REFERENCED = Sql::both("SELECT payment_id FROM payment WHERE council_id = $1 AND reference = $2");
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
}
