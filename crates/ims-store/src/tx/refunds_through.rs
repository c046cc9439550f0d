//! From a receipt to the payment that was posted as it, and to its refunds.

use ims_ledger::id::{CouncilId, ReceiptId};

use super::{RefundRow, Tx, refunds::refund};
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    KEY = Sql::both(
        "SELECT e.idempotency_key FROM receipt r JOIN entry e ON e.council_id = r.council_id AND e.entry_id = r.entry_id
         WHERE r.council_id = $1 AND r.receipt_id = $2");
    OF_RECEIPT = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps
         FROM refund f JOIN refund_state s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE f.council_id = $1 AND f.receipt_id = $2 ORDER BY f.refund_id");
}

impl Tx {
    /// The key that the entry of a receipt was posted under.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn key_of_receipt(
        &mut self,
        council: CouncilId,
        receipt: ReceiptId,
    ) -> Result<Option<String>> {
        Ok(self.first(KEY, args![council, receipt], |row| row.opt_text(0)).await?.flatten())
    }

    /// The refunds of a receipt, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds_of_receipt(
        &mut self,
        council: CouncilId,
        receipt: ReceiptId,
    ) -> Result<Vec<RefundRow>> {
        self.all(OF_RECEIPT, args![council, receipt], refund).await
    }
}
