//! Payments that a payer may have made and that nobody has receipted: what they are for.

use ims_ledger::id::{CouncilId, PaymentId};
use ims_money::Pence;
use uuid::Uuid;

use super::{PaymentRow, Tx, payments::payment};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    IN_DOUBT = Sql::both(
        "SELECT p.payment_id, p.reference, p.provider, p.method, p.channel, p.through, p.amount_pence, p.caller_key, p.digest,
            p.started_by, p.started_at, p.expires_at, s.status, s.steps, s.provider_ref, s.transaction_ref, s.reason
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE s.council_id = $1 AND s.look_at IS NOT NULL AND s.status IN ('unknown', 'pending', 'authorised')
            AND p.payment_id > $2 ORDER BY p.payment_id LIMIT $3");
    ASKED_FOR = Sql::each(
        "SELECT p.payment_id, p.reference, s.status, l.fund, l.reference, l.amount_pence
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         JOIN payment_line l ON l.council_id = p.council_id AND l.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.payment_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY p.payment_id, l.line_no",
        "SELECT p.payment_id, p.reference, s.status, l.fund, l.reference, l.amount_pence
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         JOIN payment_line l ON l.council_id = p.council_id AND l.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.payment_id = ANY($2) ORDER BY p.payment_id, l.line_no");
}

/// A line of a payment, with where the payment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFor {
    /// The payment.
    pub payment: PaymentId,
    /// What we call it.
    pub called: String,
    /// What its last step left it in.
    pub status: String,
    /// The fund's code.
    pub fund: String,
    /// The account in it, as the fund writes it.
    pub reference: String,
    /// How much of the payment is for it, gross.
    pub amount: Pence,
}

fn asked_for(row: Row) -> Result<AskedFor> {
    Ok(AskedFor {
        payment: row.id(0, PaymentId::new)?,
        called: row.text(1)?,
        status: row.text(2)?,
        fund: row.text(3)?,
        reference: row.text(4)?,
        amount: row.pence(5)?,
    })
}

impl Tx {
    /// Payments after one of them of which nobody knows yet whether they were made: no
    /// answer came, the payer is done and the provider is not, or the money is held.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payments_in_doubt(
        &mut self,
        council: CouncilId,
        after: Option<PaymentId>,
        limit: i64,
    ) -> Result<Vec<PaymentRow>> {
        let after = after.unwrap_or(PaymentId::new(Uuid::nil()));
        self.all(IN_DOUBT, args![council, after, limit], payment).await
    }

    /// What these payments were asked for, line by line.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn asked_for(
        &mut self,
        council: CouncilId,
        payments: &[PaymentId],
    ) -> Result<Vec<AskedFor>> {
        let mut found = Vec::new();
        for payments in payments.chunks(5_000) {
            let ids: Vec<Uuid> = payments.iter().map(|id| id.get()).collect();
            found.extend(self.all(ASKED_FOR, args![council, ids], asked_for).await?);
        }
        Ok(found)
    }
}
