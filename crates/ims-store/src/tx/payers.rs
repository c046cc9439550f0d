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
    MAILS_ENDED = Sql::both(
        "DELETE FROM receipt_mail WHERE council_id = $1 AND state = 'wanted' AND payment_id IN (
            SELECT s.payment_id FROM payment_state s
            JOIN payment_step t ON t.council_id = s.council_id AND t.payment_id = s.payment_id AND t.step_no = s.steps
            WHERE s.council_id = $1 AND s.look_at IS NULL AND t.made_at < $2)
         RETURNING mail_id");
    FORGET_EACH = Sql::each(
        "DELETE FROM detail WHERE council_id = $1 AND owner_id IN (SELECT unhex(value) FROM json_each($2))",
        "DELETE FROM detail WHERE council_id = $1 AND owner_id = ANY($2)");
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

    /// Forgets who meant to pay what ended before then, and where they wanted the
    /// receipt if it was not sent; gives of how many.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn forget_payers(
        &mut self,
        council: CouncilId,
        before: DateTime<Utc>,
    ) -> Result<u64> {
        let forgotten = self.execute(FORGET_ENDED, args![council, before]).await?;
        // The rows first: who puts a letter back meanwhile finds none.
        let mails = self.all(MAILS_ENDED, args![council, before], |row| row.id(0, |id| id)).await?;
        for mails in mails.chunks(5_000) {
            self.execute(FORGET_EACH, args![council, mails.to_vec()]).await?;
        }
        Ok(forgotten)
    }
}
