//! What a provider said that cannot be: a queue for people.

use chrono::{DateTime, Utc};
use ims_ledger::{
    id::{CouncilId, EntryId, ExceptionId, PaymentId, SuspenseId},
    seal::ContentHash,
};
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
    BY_ONCE = Sql::both(
        "SELECT x.exception_id, x.provider, x.kind, x.once_key, x.payment_id, x.provider_ref, x.reference, x.amount_pence, x.why,
            x.entry_id, x.suspense_id, x.made_by, x.made_at, x.is_money, x.transaction_ref, x.processor_ref
         FROM payment_exception x WHERE x.council_id = $1 AND x.provider = $2 AND x.once_key = $3");
    BY_ID = Sql::both(
        "SELECT x.exception_id, x.provider, x.kind, x.once_key, x.payment_id, x.provider_ref, x.reference, x.amount_pence, x.why,
            x.entry_id, x.suspense_id, x.made_by, x.made_at, x.is_money, x.transaction_ref, x.processor_ref
         FROM payment_exception x WHERE x.council_id = $1 AND x.exception_id = $2");
    OPEN = Sql::both(
        "SELECT x.exception_id, x.provider, x.kind, x.once_key, x.payment_id, x.provider_ref, x.reference, x.amount_pence, x.why,
            x.entry_id, x.suspense_id, x.made_by, x.made_at, x.is_money, x.transaction_ref, x.processor_ref
         FROM payment_exception x
         LEFT JOIN payment_exception_end e ON e.council_id = x.council_id AND e.exception_id = x.exception_id
         WHERE x.council_id = $1 AND x.exception_id > $2 AND e.exception_id IS NULL ORDER BY x.exception_id LIMIT $3");
    COUNT_OPEN = Sql::both(
        "SELECT COUNT(*) FROM payment_exception x
         LEFT JOIN payment_exception_end e ON e.council_id = x.council_id AND e.exception_id = x.exception_id
         WHERE x.council_id = $1 AND e.exception_id IS NULL");
    ENDED = Sql::both(
        "SELECT COUNT(*) FROM payment_exception_end WHERE council_id = $1 AND exception_id = $2");
    END = Sql::both(
        "INSERT INTO payment_exception_end (council_id, exception_id, why, made_by, made_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (council_id, exception_id) DO NOTHING");
}

/// Something a provider said that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentExceptionRow {
    /// Its id.
    pub id: ExceptionId,
    /// The provider's name.
    pub provider: String,
    /// In a word: `unknown`, `another`, `amount`, `currency`, `order`,
    /// `out-of-turn` or `unreadable`.
    pub kind: String,
    /// By what the same is known again.
    pub once: ContentHash,
    /// The payment it is about, if one is known.
    pub payment: Option<PaymentId>,
    /// What the provider calls the payment.
    pub provider_ref: Option<String>,
    /// What we would call it.
    pub reference: Option<String>,
    /// How much was said.
    pub amount: Option<Pence>,
    /// What is wrong, in words.
    pub why: String,
    /// The entry that has the money, where it was booked.
    pub entry: Option<EntryId>,
    /// The suspense item of it.
    pub suspense: Option<SuspenseId>,
    /// Who told.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the provider said that it took so many pounds, and nobody booked them.
    pub is_money: bool,
    /// What it calls the movement of that money, where that is another name.
    pub transaction: Option<String>,
    /// What the processor behind it calls that money: the processor's payouts go by that.
    pub processor: Option<String>,
}

fn exception(row: Row) -> Result<PaymentExceptionRow> {
    Ok(PaymentExceptionRow {
        id: row.id(0, ExceptionId::new)?,
        provider: row.text(1)?,
        kind: row.text(2)?,
        once: row.hash(3)?,
        payment: row.opt_id(4, PaymentId::new)?,
        provider_ref: row.opt_text(5)?,
        reference: row.opt_text(6)?,
        amount: row.opt_pence(7)?,
        why: row.text(8)?,
        entry: row.opt_id(9, EntryId::new)?,
        suspense: row.opt_id(10, SuspenseId::new)?,
        by: row.text(11)?,
        at: row.time(12)?,
        is_money: row.bool(13)?,
        transaction: row.opt_text(14)?,
        processor: row.opt_text(15)?,
    })
}

impl Tx {
    /// Lists something for a person to look into.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when the same is
    /// listed already.
    pub async fn add_payment_exception(
        &mut self,
        council: CouncilId,
        row: &PaymentExceptionRow,
    ) -> Result<()> {
        let rows = Batch::new("payment_exception", 1)
            .council(council)
            .uuids("exception_id", [row.id.get()].into_iter())
            .texts("provider", [row.provider.as_str()].into_iter())
            .texts("kind", [row.kind.as_str()].into_iter())
            .bytes("once_key", [row.once.0.as_slice()].into_iter())
            .opt_uuids("payment_id", [row.payment.map(PaymentId::get)].into_iter())
            .opt_texts("provider_ref", [row.provider_ref.as_deref()].into_iter())
            .opt_texts("reference", [row.reference.as_deref()].into_iter())
            .opt_ints("amount_pence", [row.amount.map(Pence::get)].into_iter())
            .texts("why", [row.why.as_str()].into_iter())
            .opt_uuids("entry_id", [row.entry.map(EntryId::get)].into_iter())
            .opt_uuids("suspense_id", [row.suspense.map(SuspenseId::get)].into_iter())
            .texts("made_by", [row.by.as_str()].into_iter())
            .times("made_at", [row.at].into_iter())
            .ints("is_money", [i64::from(row.is_money)].into_iter())
            .opt_texts("transaction_ref", [row.transaction.as_deref()].into_iter())
            .opt_texts("processor_ref", [row.processor.as_deref()].into_iter());
        self.insert(rows).await.map(drop)
    }

    /// What is listed as the same, whether somebody has looked into it or not.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_exception_once(
        &mut self,
        council: CouncilId,
        provider: &str,
        once: ContentHash,
    ) -> Result<Option<PaymentExceptionRow>> {
        self.first(BY_ONCE, args![council, provider, once], exception).await
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_exception(
        &mut self,
        council: CouncilId,
        id: ExceptionId,
    ) -> Result<Option<PaymentExceptionRow>> {
        self.first(BY_ID, args![council, id], exception).await
    }

    /// Those nobody has looked into, the oldest first: at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_payment_exceptions(
        &mut self,
        council: CouncilId,
        after: Option<ExceptionId>,
        limit: i64,
    ) -> Result<Vec<PaymentExceptionRow>> {
        let after = after.map_or(uuid::Uuid::nil(), ExceptionId::get);
        self.all(OPEN, args![council, after, limit], exception).await
    }

    /// How many there are that nobody took off the list.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_payment_exceptions(&mut self, council: CouncilId) -> Result<i64> {
        self.one(COUNT_OPEN, args![council], |row| row.int(0)).await
    }

    /// Whether somebody took it off the list.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn is_payment_exception_ended(
        &mut self,
        council: CouncilId,
        id: ExceptionId,
    ) -> Result<bool> {
        Ok(self.one(ENDED, args![council, id], |row| row.int(0)).await? > 0)
    }

    /// Takes one off the list. False when somebody had.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn end_payment_exception(
        &mut self,
        council: CouncilId,
        id: ExceptionId,
        (why, by, at): (&str, &str, DateTime<Utc>),
    ) -> Result<bool> {
        Ok(self.execute(END, args![council, id, why, by, at]).await? > 0)
    }
}
