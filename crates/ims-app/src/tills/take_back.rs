//! A lift that was mistyped taken back: nothing is edited, it only counts no more.

use ims_ledger::id::TillSessionId;
use ims_money::Pence;
use ims_store::{StoreError, TillLiftBackRow, Tx};

use super::{Held, TillStatus};
use crate::{
    AppError, Books, Permission, Result,
    keyed::{Keyed, once_each, written},
    no_card::no_card,
};

/// The longest reason, in characters.
const REASON_MAX: usize = 500;

/// A lift that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiftTakenBack {
    /// Which lift of the session.
    pub number: i64,
    /// How much it said was lifted.
    pub amount: Pence,
    /// Whether it had been taken back so before.
    pub before: bool,
}

impl Books {
    /// Takes back a lift that was mistyped: what it says counts no more, neither in the
    /// drawer nor in the safe, and what was really lifted is lifted anew. The lift
    /// stays, and so does who took it back and why. The same again is answered as
    /// before, and so is the same key.
    ///
    /// While the till takes money, its cashier may, or whoever may approve write-offs.
    /// Once it was counted and is to be counted again, only such another person: then
    /// its cashier knows what should have been there.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] without a reason or with one too long;
    /// [`AppError::NotFound`] for another lift; [`AppError::Refused`] to anybody else,
    /// for a till that was counted, a lift that was taken back otherwise, and a key that was
    /// used for something else.
    pub async fn take_back_lift(
        &self,
        id: TillSessionId,
        number: i64,
        reason: &str,
        key: Option<&str>,
    ) -> Result<LiftTakenBack> {
        no_card("reason", reason)?;
        self.needs_counting()?;
        let reason = reason.trim();
        if reason.is_empty() {
            let what = "a lift is taken back with a reason: say what was wrong with it";
            return Err(AppError::BadInput(what.to_owned()));
        }
        if reason.chars().count() > REASON_MAX {
            return Err(AppError::BadInput(format!(
                "a reason has at most {REASON_MAX} characters"
            )));
        }
        let document = written(&(id, number, reason))?;
        let asked = Keyed::by_caller("take back lift", key, &document)?;
        once_each(|| self.take_back_once((id, number), reason, asked)).await
    }

    async fn take_back_once(
        &self,
        (id, number): (TillSessionId, i64),
        reason: &str,
        asked: Keyed<'_>,
    ) -> Result<LiftTakenBack> {
        let mut tx = self.store().begin().await?;
        let held = self.held_till(&mut tx, id).await?;
        let who = self.actor().name();
        if !self.actor().may(Permission::ApproveWriteOff) {
            held.is_of(who)?;
        }
        let lifts = tx.till_lifts(self.id(), id).await?;
        let label = || format!("{number} of {}", held.label());
        let absent = || AppError::NotFound { what: "lift", name: label() };
        let lift = lifts.iter().find(|lift| lift.number == number).ok_or_else(absent)?;
        let done = LiftTakenBack { number, amount: lift.amount, before: false };
        if self.answered::<()>(&mut tx, asked).await?.is_some() {
            return Ok(LiftTakenBack { before: true, ..done });
        }
        let is_before = self.is_taken_back(&mut tx, &held, number, reason).await?;
        self.keep_answer(&mut tx, asked, &()).await?;
        if is_before {
            tx.commit().await?;
            return Ok(LiftTakenBack { before: true, ..done });
        }
        held.gives_back_to(who)?;
        let status = held.row.status.as_str();
        // Whoever counts waits for us, or we look again at what they made of it.
        if !tx.move_till(self.id(), id, status, status).await? {
            return Err(StoreError::Busy.into());
        }
        let counts = tx.till_counts(self.id(), id).await?;
        let row = TillLiftBackRow {
            lift: number,
            counts: i64::try_from(counts.len()).unwrap_or(i64::MAX),
            reason: reason.to_owned(),
            by: who.to_owned(),
            at: self.world().now(),
        };
        let added = tx.add_till_lift_back(self.id(), id, &row).await;
        added.map_err(|error| match error {
            StoreError::Duplicate(_) => StoreError::Busy,
            other => other,
        })?;
        let data = serde_json::json!({
            "lift": number, "amount_pence": lift.amount, "reason": reason,
        });
        self.note(&mut tx, "take back lift", &held.label(), data).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// Whether a lift was taken back by us for that reason; refuses one that was
    /// otherwise.
    async fn is_taken_back(
        &self,
        tx: &mut Tx,
        held: &Held,
        number: i64,
        reason: &str,
    ) -> Result<bool> {
        let back = tx.till_lifts_back(self.id(), held.row.id).await?;
        match back.iter().find(|row| row.lift == number) {
            None => Ok(false),
            Some(row) if row.by == self.actor().name() && row.reason == reason => Ok(true),
            Some(row) => Err(AppError::Refused(format!(
                "lift {number} of {} was taken back already, by {}: {}",
                held.label(),
                row.by,
                row.reason
            ))),
        }
    }
}

impl Held {
    /// Refuses to take a lift back where it cannot be done any more, or not by them.
    fn gives_back_to(&self, who: &str) -> Result<()> {
        match self.status {
            TillStatus::Open => Ok(()),
            TillStatus::Recount if self.row.cashier != who => Ok(()),
            TillStatus::Recount => Err(AppError::Refused(format!(
                "{} was counted, and is {who}'s own till: another who may approve write-offs takes \
                 its lifts back",
                self.label()
            ))),
            TillStatus::Counted => Err(AppError::Refused(format!(
                "{} waits for a second person: have it counted again first, then take the lift back",
                self.label()
            ))),
            TillStatus::Closed => Err(AppError::Refused(format!(
                "{} was paid in: what was lifted from it went to the bank with it",
                self.label()
            ))),
        }
    }
}
