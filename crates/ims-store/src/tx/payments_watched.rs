//! Payments by when they were started, and whose turn it is to ask about one.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, PaymentId};

use super::{PaymentRow, Tx, payments::payment};
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    FIND = Sql::both(
        "SELECT p.payment_id, p.reference, p.provider, p.method, p.channel, p.through, p.amount_pence, p.caller_key, p.digest,
            p.started_by, p.started_at, p.expires_at, s.status, s.steps, s.provider_ref, s.transaction_ref, s.reason
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.payment_id > $2 AND p.started_at >= $3 AND p.started_at < $4
            AND ($5 = '' OR p.provider = $5) AND ($6 = '' OR s.status = $6)
         ORDER BY p.payment_id LIMIT $7");
    OPEN = Sql::both(
        "SELECT COUNT(*) FROM payment_state WHERE council_id = $1 AND provider = $2 AND look_at IS NOT NULL");
    OPEN_OF = Sql::both(
        "SELECT p.payment_id, p.reference, p.provider, p.method, p.channel, p.through, p.amount_pence, p.caller_key, p.digest,
            p.started_by, p.started_at, p.expires_at, s.status, s.steps, s.provider_ref, s.transaction_ref, s.reason
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE s.council_id = $1 AND s.look_at IS NOT NULL AND p.started_by = $2 AND p.through = $3
         ORDER BY p.payment_id LIMIT $4");
    SINCE = Sql::both(
        "SELECT COUNT(*) FROM (SELECT payment_id FROM payment
            WHERE council_id = $1 AND provider = $2 AND started_at >= $3 LIMIT $4) x");
    TAKE_UP = Sql::both(
        "UPDATE payment_state SET look_at = $4 WHERE council_id = $1 AND payment_id = $2 AND look_at <= $3");
}

/// Which payments are looked for. Ids rise with the time, so that a list begins
/// where it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindPayments {
    /// Started then or later.
    pub from: DateTime<Utc>,
    /// Started before then.
    pub to: DateTime<Utc>,
    /// At this provider; empty for any.
    pub provider: String,
    /// In this status; empty for any.
    pub status: String,
}

impl Tx {
    /// Payments after one of them, in the order in which they were started.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn find_payments(
        &mut self,
        council: CouncilId,
        find: &FindPayments,
        after: PaymentId,
        limit: i64,
    ) -> Result<Vec<PaymentRow>> {
        let FindPayments { from, to, provider, status } = find;
        let args = args![council, after, *from, *to, provider, status, limit];
        self.all(FIND, args, payment).await
    }

    /// How many payments at a provider have not ended.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_payments(&mut self, council: CouncilId, provider: &str) -> Result<i64> {
        self.one(OPEN, args![council, provider], |row| row.int(0)).await
    }

    /// Payments that somebody started in this way and that have not ended, the
    /// oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_payments_of(
        &mut self,
        council: CouncilId,
        (who, through): (&str, &str),
        limit: i64,
    ) -> Result<Vec<PaymentRow>> {
        self.all(OPEN_OF, args![council, who, through, limit], payment).await
    }

    /// How many payments were begun at a provider from then on, counted to `most`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payments_since(
        &mut self,
        council: CouncilId,
        provider: &str,
        from: DateTime<Utc>,
        most: i64,
    ) -> Result<i64> {
        self.one(SINCE, args![council, provider, from, most], |row| row.int(0)).await
    }

    /// Takes it on oneself to ask about a payment that is due at `now`; it is due
    /// again at `again`. False when somebody else was before.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn take_up_payment(
        &mut self,
        council: CouncilId,
        id: PaymentId,
        now: DateTime<Utc>,
        again: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.execute(TAKE_UP, args![council, id, now, again]).await? > 0)
    }
}
