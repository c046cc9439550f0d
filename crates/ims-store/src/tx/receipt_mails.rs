//! Receipts that their payers want by e-mail.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, PaymentId};
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    WANT = Sql::both(
        "INSERT INTO receipt_mail (council_id, payment_id, mail_id, language, state, changed_at)
         VALUES ($1, $2, $3, $4, 'wanted', $5)
         ON CONFLICT (council_id, payment_id) DO UPDATE
         SET mail_id = $3, language = $4, changed_at = $5 WHERE receipt_mail.state = 'wanted'");
    OF_PAYMENT = Sql::both(
        "SELECT payment_id, mail_id, language, state, changed_at FROM receipt_mail
         WHERE council_id = $1 AND payment_id = $2");
    MOVE = Sql::both(
        "UPDATE receipt_mail SET state = $4, changed_at = $5
         WHERE council_id = $1 AND payment_id = $2 AND state = $3");
    DROP_WANTED = Sql::both(
        "DELETE FROM receipt_mail WHERE council_id = $1 AND payment_id = $2 AND state = 'wanted'");
    FORGET = Sql::both("DELETE FROM detail WHERE council_id = $1 AND owner_id = $2");
}

/// A receipt to be sent by e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptMailRow {
    /// The payment whose receipt it is.
    pub payment: PaymentId,
    /// What its address is kept under among the details.
    pub id: Uuid,
    /// `en` or `cy`.
    pub language: String,
    /// `wanted`, `sending`, `sent`, `refused`, or `unknown`: it may have been sent.
    pub state: String,
    /// Since when it stands so.
    pub since: DateTime<Utc>,
}

fn row_of(row: Row) -> Result<ReceiptMailRow> {
    Ok(ReceiptMailRow {
        payment: row.id(0, PaymentId::new)?,
        id: row.id(1, |id| id)?,
        language: row.text(2)?,
        state: row.text(3)?,
        since: row.time(4)?,
    })
}

impl Tx {
    /// Keeps that a receipt is wanted by e-mail, in place of what was wanted before.
    /// False when it is being sent already.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn want_receipt_mail(
        &mut self,
        council: CouncilId,
        (payment, id, language): (PaymentId, Uuid, &str),
        at: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.execute(WANT, args![council, payment, id, language, at]).await? == 1)
    }

    /// The e-mail of a payment's receipt, if one is wanted.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn receipt_mail(
        &mut self,
        council: CouncilId,
        payment: PaymentId,
    ) -> Result<Option<ReceiptMailRow>> {
        self.first(OF_PAYMENT, args![council, payment], row_of).await
    }

    /// Moves it from one state to another; false when it stood elsewhere.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn move_receipt_mail(
        &mut self,
        council: CouncilId,
        payment: PaymentId,
        (from, to): (&str, &str),
        at: DateTime<Utc>,
    ) -> Result<bool> {
        Ok(self.execute(MOVE, args![council, payment, from, to, at]).await? == 1)
    }

    /// Nobody wants it any more; false when it is being sent already.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn drop_receipt_mail(
        &mut self,
        council: CouncilId,
        payment: PaymentId,
    ) -> Result<bool> {
        Ok(self.execute(DROP_WANTED, args![council, payment]).await? == 1)
    }

    /// Forgets what is kept about people under `owner`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn forget_details(&mut self, council: CouncilId, owner: Uuid) -> Result<()> {
        self.execute(FORGET, args![council, owner]).await?;
        Ok(())
    }
}
