//! Who pays, kept beside a payment until its receipt says it or nobody will.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, PaymentId};

use super::Tx;
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    FORGET = Sql::both("DELETE FROM detail WHERE council_id = $1 AND owner_id = $2");
    FORGET_ENDED = Sql::both(
        "DELETE FROM detail WHERE council_id = $1 AND owner_id IN (
            SELECT s.payment_id FROM payment_state s
            JOIN payment_step t ON t.council_id = s.council_id AND t.payment_id = s.payment_id AND t.step_no = s.steps
            WHERE s.council_id = $1 AND s.look_at IS NULL AND t.made_at < $2)");
}

impl Tx {
    /// Forgets who pays a payment.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn forget_payer(&mut self, council: CouncilId, payment: PaymentId) -> Result<()> {
        self.execute(FORGET, args![council, payment]).await.map(drop)
    }

    /// Forgets who meant to pay what ended before then; gives of how many.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn forget_payers(
        &mut self,
        council: CouncilId,
        before: DateTime<Utc>,
    ) -> Result<u64> {
        self.execute(FORGET_ENDED, args![council, before]).await
    }
}
