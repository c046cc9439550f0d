//! What is claimed back of suspense items that had been given back to who paid
//! them: the council has it no more.

use ims_ledger::id::{CouncilId, SuspenseId};
use ims_money::Pence;
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    sql::{Sql, statements},
};

statements! {
    GONE_OF_ITEM = Sql::both(
        "SELECT (SELECT COUNT(*) FROM claim_item c WHERE c.council_id = $1 AND c.suspense_id = $2),
            CAST(COALESCE((SELECT SUM(r.amount_pence) FROM suspense_return r
                JOIN suspense_return_paid p ON p.council_id = r.council_id AND p.return_id = r.return_id
                WHERE r.council_id = $1 AND r.suspense_id = $2
                    AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id)), 0)
            - COALESCE((SELECT SUM(c.amount_pence) FROM claim_item c
                LEFT JOIN dispute_end d ON d.council_id = c.council_id AND d.dispute_id = c.subject_id
                WHERE c.council_id = $1 AND c.suspense_id = $2 AND COALESCE(d.outcome, '') <> 'won'), 0) AS BIGINT)");
    LOST_OF_ITEMS = Sql::both(
        "SELECT CAST(COALESCE(SUM(amount_pence), 0) AS BIGINT) FROM claim_item WHERE council_id = $1 AND subject_id = $2");
}

/// What is claimed of an item and is gone: all of it a loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemClaimRow {
    /// The item.
    pub suspense: SuspenseId,
    /// Which of the item's claims, from 1.
    pub number: i64,
    /// The dispute or return.
    pub subject: Uuid,
    /// `dispute` or `return`.
    pub purpose: String,
    /// How much.
    pub amount: Pence,
}

impl Tx {
    /// How many claims of an item's gone money there are, and how much of what
    /// was paid back of it to its payer none claims (but disputes won): less than
    /// nothing where a payment that was claimed was taken back since.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn gone_of_item(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
    ) -> Result<(i64, Pence)> {
        self.one(GONE_OF_ITEM, args![council, id], |row| Ok((row.int(0)?, row.pence(1)?))).await
    }

    /// Records what is claimed of items and is gone.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when somebody
    /// claimed of the same item a moment before.
    pub async fn add_item_claims(
        &mut self,
        council: CouncilId,
        claims: &[ItemClaimRow],
    ) -> Result<()> {
        let rows = Batch::new("claim_item", claims.len())
            .council(council)
            .uuids("suspense_id", claims.iter().map(|c| c.suspense.get()))
            .ints("claim_no", claims.iter().map(|c| c.number))
            .uuids("subject_id", claims.iter().map(|c| c.subject))
            .texts("purpose", claims.iter().map(|c| c.purpose.as_str()))
            .ints("amount_pence", claims.iter().map(|c| c.amount.get()));
        self.insert(rows).await?;
        Ok(())
    }

    /// What of items one dispute or return claims that is gone.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lost_of_items(&mut self, council: CouncilId, subject: Uuid) -> Result<Pence> {
        self.one(LOST_OF_ITEMS, args![council, subject], |row| row.pence(0)).await
    }
}
