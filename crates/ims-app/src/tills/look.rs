//! Tills looked at. What should be in one is told to nobody before it is counted.

use ims_ledger::{
    Till,
    id::{ReceiptId, TillSessionId},
};
use ims_store::{
    NumberedTillReceipt, TillCloseRow, TillCountRow, TillLiftBackRow, TillLiftRow, TillSessionRow,
};

use super::{CountedTill, TillStatus};
use crate::{AppError, Books, Permission, ROWS_MAX, Result, who::SeenPage};

/// A session with what was done in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillView {
    /// Itself.
    pub row: TillSessionRow,
    /// Where it stands.
    pub status: TillStatus,
    /// The till, as it was when it was opened.
    pub till: Till,
    /// How many receipts were taken in it.
    pub receipts: i64,
    /// The card terminals and batches it took cards by: each has a slip to count.
    pub batches: Vec<(String, String)>,
    /// What was lifted, the first first.
    pub lifts: Vec<TillLiftRow>,
    /// Those of them that were taken back: they count no more.
    pub lifts_back: Vec<TillLiftBackRow>,
    /// Every count, the first first.
    pub counts: Vec<TillCountRow>,
    /// What the last count came to; nothing before the first.
    pub counted: Option<CountedTill>,
    /// Its end.
    pub close: Option<TillCloseRow>,
}

impl Books {
    /// One session. What its receipts come to is not told before it is counted.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn till_session(&self, id: TillSessionId) -> Result<TillView> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let held = self.held_till(&mut tx, id).await?;
        let counts = tx.till_counts(self.id(), id).await?;
        let counted = match counts.last() {
            Some(last) => Some(self.told(&mut tx, &held, last, true).await?),
            None => None,
        };
        let taken = tx.taken_at_till(self.id(), id).await?;
        Ok(TillView {
            receipts: taken.iter().fold(0, |sum, row| sum.saturating_add(row.receipts)),
            batches: taken
                .into_iter()
                .filter(|row| row.kind == "card")
                .map(|row| (row.terminal, row.batch))
                .collect(),
            lifts: tx.till_lifts(self.id(), id).await?,
            lifts_back: tx.till_lifts_back(self.id(), id).await?,
            close: tx.till_close(self.id(), id).await?,
            counts,
            counted,
            status: held.status,
            till: held.till,
            row: held.row,
        })
    }

    /// Receipts taken in a session, each for itself, the newest first: at most
    /// `limit` before `before`. What they come to is told by no deed before a count.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another session.
    pub async fn till_receipts(
        &self,
        id: TillSessionId,
        before: Option<ReceiptId>,
        limit: i64,
    ) -> Result<Vec<NumberedTillReceipt>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        self.held_till(&mut tx, id).await?;
        Ok(tx.receipts_of_till(self.id(), id, before, limit.clamp(1, ROWS_MAX)).await?)
    }

    /// The session of a number as people write it: `T7`, `t7` or `7`.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another.
    pub async fn till_numbered(&self, number: &str) -> Result<TillSessionId> {
        self.actor().needs(Permission::SeeIncome)?;
        let absent = || AppError::NotFound { what: "till session", name: number.to_owned() };
        let digits = number.trim().trim_start_matches(['T', 't']);
        let plain: i64 = digits.parse().map_err(|_| absent())?;
        let mut tx = self.store().snapshot().await?;
        let id = tx.till_session_numbered(self.id(), plain).await?.ok_or_else(absent)?;
        // Of one that is not seen, the number tells nothing either.
        self.held_till(&mut tx, id).await.map_err(|_| absent())?;
        Ok(id)
    }

    /// Sessions, the newest first: in one status and of one cashier, or of all;
    /// at most `limit` numbered below `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn till_sessions(
        &self,
        status: Option<TillStatus>,
        cashier: Option<&str>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<TillSessionRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        let mut tx = self.store().snapshot().await?;
        let (mut before, limit) = (before, limit.clamp(1, ROWS_MAX));
        let of = (status.map_or("", TillStatus::as_str), cashier.unwrap_or_default());
        let mut seen = SeenPage::of(limit);
        loop {
            let rows = tx.till_sessions(self.id(), of, before, limit).await?;
            before = rows.last().map(|row| row.number);
            if !seen.take(rows, |row: &TillSessionRow| self.sees_till(row)) {
                return Ok(seen.rows);
            }
        }
    }
}
