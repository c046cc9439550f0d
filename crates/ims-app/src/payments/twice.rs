//! The same paid twice from one basket: a payment that was given up and paid all
//! the same, after another was started in its place.

use chrono::{DateTime, Utc};
use ims_store::{PaymentRow, Tx};

use super::exceptions::{ExceptionKind, Odd};
use crate::{
    Books, Result,
    baskets::{basket_of, key_of},
};

/// The most tries of one basket that are looked at.
const TRIES_MAX: i64 = 100;

impl Books {
    /// Waits until no other payment of its basket is being booked, and lets none
    /// be until this ends: else neither would see the other.
    pub(super) async fn hold_basket_of(&self, tx: &mut Tx, row: &PaymentRow) -> Result<()> {
        let Some((basket, _)) = basket_of(row) else { return Ok(()) };
        if let Some(first) = tx.payment_by_key(self.id(), &key_of(basket, 1)).await? {
            // Who holds the first of them waits for no other.
            tx.hold_payment(self.id(), first.id).await?;
        }
        Ok(())
    }

    /// The same paid twice, from one basket or by one payment link. Of two people
    /// who followed a link for one payment at once, both may have paid.
    pub(super) async fn paid_twice_or_by_link(
        &self,
        tx: &mut Tx,
        row: &PaymentRow,
    ) -> Result<Option<Odd>> {
        let by_link = self.pay_links(tx, row).await?;
        if let Some(odd) = self.paid_twice(tx, row).await? {
            return Ok(Some(odd));
        }
        let why = |other: String| {
            format!(
                "paid, and by the same payment link payment {other} was paid too: give one of them back"
            )
        };
        Ok(by_link.map(|other| Odd { kind: ExceptionKind::Twice, why: why(other) }))
    }

    /// Whether something of a payment that is being booked was paid with another
    /// of its basket too, started before the first of the two was known to be
    /// paid. Who pays an account again later means it.
    pub(super) async fn paid_twice(&self, tx: &mut Tx, row: &PaymentRow) -> Result<Option<Odd>> {
        let Some((basket, this)) = basket_of(row) else { return Ok(None) };
        for number in (1..=TRIES_MAX).filter(|number| *number != this) {
            let Some(other) = tx.payment_by_key(self.id(), &key_of(basket, number)).await? else {
                break;
            };
            let Some(other_paid) = self.booked_at(tx, &other).await? else { continue };
            let is_meant = if number < this {
                other_paid <= row.started_at
            } else {
                self.world().now() <= other.started_at
            };
            if is_meant || !self.is_of_the_same(tx, row, &other).await? {
                continue;
            }
            let why = format!(
                "paid, and of the same basket payment {} was paid too: give one of them back",
                other.reference
            );
            return Ok(Some(Odd { kind: ExceptionKind::Twice, why }));
        }
        Ok(None)
    }

    async fn booked_at(&self, tx: &mut Tx, row: &PaymentRow) -> Result<Option<DateTime<Utc>>> {
        let steps = tx.payment_steps(self.id(), row.id).await?;
        Ok(steps.iter().find(|step| step.entry.is_some()).map(|step| step.at))
    }

    async fn is_of_the_same(
        &self,
        tx: &mut Tx,
        one: &PaymentRow,
        other: &PaymentRow,
    ) -> Result<bool> {
        let lines = tx.payment_lines(self.id(), one.id).await?;
        let others = tx.payment_lines(self.id(), other.id).await?;
        Ok(lines.iter().any(|line| {
            let mut others = others.iter();
            others.any(|other| other.fund == line.fund && other.reference == line.reference)
        }))
    }
}
