//! Cash lifted from a drawer to the safe, so that little lies in it.

use ims_ledger::{Cash, id::TillSessionId};
use ims_money::Pence;
use ims_store::{StoreError, TillLiftRow, Tx};

use crate::{
    AppError, Books, Permission, Result,
    books::patiently,
    keyed::{no_card_in_key, written},
};

/// Cash that was lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiftedFromTill {
    /// Counted from 1 in its session.
    pub number: i64,
    /// How much.
    pub amount: Pence,
    /// Whether it had been lifted under the same key before.
    pub before: bool,
}

impl Books {
    /// Lifts cash, counted, from a till to the safe. It goes to the bank with the
    /// rest when the till is counted.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for nothing, or what cannot be meant;
    /// [`AppError::Refused`] for somebody else's till, one that was counted, and a
    /// key that was used for another.
    pub async fn lift_from_till(
        &self,
        id: TillSessionId,
        cash: &Cash,
        key: Option<&str>,
    ) -> Result<LiftedFromTill> {
        self.actor().needs(Permission::TakeCash)?;
        no_card_in_key(key)?;
        patiently(|| self.lift_once(id, cash, key)).await
    }

    async fn lift_once(
        &self,
        id: TillSessionId,
        cash: &Cash,
        key: Option<&str>,
    ) -> Result<LiftedFromTill> {
        let mut tx = self.store().begin().await?;
        let held = self.held_till(&mut tx, id).await?;
        held.is_of(self.actor().name())?;
        if let Some(fault) = cash.faults().first() {
            return Err(AppError::BadInput(format!("what is lifted: {}", fault.what)));
        }
        let amount = cash.total().ok_or(AppError::Overflow)?;
        let document = written(cash)?;
        if let Some(before) = self.lifted_before(&mut tx, id, &document, key).await? {
            return Ok(before);
        }
        if amount.is_zero() {
            let what = "nothing is lifted: say how many of which notes and coins";
            return Err(AppError::BadInput(what.to_owned()));
        }
        if !tx.move_till(self.id(), id, "open", "open").await? {
            return Err(held.ended());
        }
        let lifts = tx.till_lifts(self.id(), id).await?;
        let row = TillLiftRow {
            number: i64::try_from(lifts.len()).unwrap_or(i64::MAX).saturating_add(1),
            document,
            amount,
            by: self.actor().name().to_owned(),
            at: self.world().now(),
            key: key.map(str::to_owned),
        };
        let added = tx.add_till_lift(self.id(), id, &row).await;
        added.map_err(|error| match error {
            StoreError::Duplicate(_) => StoreError::Busy,
            other => other,
        })?;
        let data =
            serde_json::json!({ "lift": row.number, "amount_pence": amount, "bag": cash.bag });
        self.note(&mut tx, "lift from till", &held.label(), data).await?;
        tx.commit().await?;
        Ok(LiftedFromTill { number: row.number, amount, before: false })
    }

    async fn lifted_before(
        &self,
        tx: &mut Tx,
        id: TillSessionId,
        document: &str,
        key: Option<&str>,
    ) -> Result<Option<LiftedFromTill>> {
        let Some(key) = key else { return Ok(None) };
        let Some((session, number)) = tx.till_lift_by_key(self.id(), key).await? else {
            return Ok(None);
        };
        let lifts = tx.till_lifts(self.id(), session).await?;
        let same =
            |row: &&TillLiftRow| session == id && row.number == number && row.document == document;
        match lifts.iter().find(same) {
            Some(row) => Ok(Some(LiftedFromTill { number, amount: row.amount, before: true })),
            None => Err(AppError::Refused(format!("`{key}` was used before for something else"))),
        }
    }
}
