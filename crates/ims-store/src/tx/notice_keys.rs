//! Keys that single payments' notices are signed with.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, PaymentId};

use super::Tx;
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    KEEP = Sql::both(
        "INSERT INTO payment_notice_key (council_id, payment_id, notice_key, back, kept_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (council_id, payment_id) DO UPDATE
         SET notice_key = $3, back = $4, kept_at = $5");
    OF_PAYMENT = Sql::both(
        "SELECT notice_key, back FROM payment_notice_key
         WHERE council_id = $1 AND payment_id = $2");
    FORGET = Sql::both("DELETE FROM payment_notice_key WHERE council_id = $1 AND kept_at < $2");
}

impl Tx {
    /// Keeps what a payment's notice will be signed with, and where its payer comes
    /// back to, in place of what was kept of it before.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn keep_notice_key(
        &mut self,
        council: CouncilId,
        (payment, key, back): (PaymentId, &str, &str),
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(KEEP, args![council, payment, key, back, at]).await.map(drop)
    }

    /// What a payment's notice is signed with, and where its payer comes back to.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn notice_key(
        &mut self,
        council: CouncilId,
        payment: PaymentId,
    ) -> Result<Option<(String, String)>> {
        self.first(OF_PAYMENT, args![council, payment], |row| Ok((row.text(0)?, row.text(1)?)))
            .await
    }

    /// Forgets the keys that were kept before then; gives how many.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn forget_notice_keys(
        &mut self,
        council: CouncilId,
        before: DateTime<Utc>,
    ) -> Result<u64> {
        self.execute(FORGET, args![council, before]).await
    }
}
