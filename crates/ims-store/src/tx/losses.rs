//! What was claimed back and was not there any more, and where to look for it
//! once money is there again.

use ims_ledger::id::{CouncilId, ReceiptId};
use ims_money::Pence;
use uuid::Uuid;

use super::{LineKey, Tx};
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    LOST_OF_LINE = Sql::both(
        "SELECT c.subject_id, c.purpose, CAST(SUM(c.short_pence) AS BIGINT),
            MAX(CASE WHEN c.purpose = 'dispute' AND e.outcome IS NULL THEN 1 ELSE 0 END) AS is_open
         FROM claim_line c
         LEFT JOIN dispute_end e ON e.council_id = c.council_id AND e.dispute_id = c.subject_id
         WHERE c.council_id = $1 AND c.receipt_id = $2 AND c.line_no = $3
            AND c.purpose <> 'refund' AND COALESCE(e.outcome, '') <> 'won'
         GROUP BY c.subject_id, c.purpose HAVING SUM(c.short_pence) > 0 ORDER BY is_open, c.subject_id");
    MOVED_FROM = Sql::both(
        "SELECT source_receipt_id, source_line_no FROM transfer
         WHERE council_id = $1 AND receipt_id = $2 AND source_receipt_id IS NOT NULL");
}

/// What a return or dispute claimed of a line and did not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostClaim {
    /// The return or dispute.
    pub subject: Uuid,
    /// `return` or `dispute`.
    pub purpose: String,
    /// How much was not found.
    pub short: Pence,
    /// Whether it is a dispute that has not ended: nothing is lost yet.
    pub is_open: bool,
}

impl Tx {
    /// What returns and disputes (but those won) claimed of a line and did not
    /// find: what is lost first, then what open disputes lack.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lost_of_line(
        &mut self,
        council: CouncilId,
        of: LineKey,
    ) -> Result<Vec<LostClaim>> {
        self.all(LOST_OF_LINE, args![council, of.receipt, of.line], |row| {
            Ok(LostClaim {
                subject: row.id(0, |id| id)?,
                purpose: row.text(1)?,
                short: row.pence(2)?,
                is_open: row.int(3)? != 0,
            })
        })
        .await
    }

    /// The line that the money of a journal's receipt came from; none for any
    /// other receipt.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn moved_from(
        &mut self,
        council: CouncilId,
        receipt: ReceiptId,
    ) -> Result<Option<LineKey>> {
        self.first(MOVED_FROM, args![council, receipt], |row| {
            Ok(LineKey { receipt: row.id(0, ReceiptId::new)?, line: row.int(1)? })
        })
        .await
    }
}
