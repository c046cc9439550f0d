//! Money that a provider took and that was not booked, because it is another amount
//! than was asked for: a person puts it into suspense.

use ims_ledger::{
    id::{ChannelCode, ExceptionId, SuspenseId},
    london_day,
};
use ims_money::Pence;
use ims_pay::{STERLING, Said, Saying};
use ims_store::{BookedRow, PaymentExceptionRow, PaymentRow, Tx};

use super::{book::Parked, exceptions::ExceptionKind, stranger::is_a_name};
use crate::{
    AppError, Books, Permission, Result,
    keyed::{STRANGER, once_each},
    moving::reasoned,
};

/// What the provider calls the movement of money, if what it says is money of ours
/// that is not booked: pounds, paid, under a name by which a payout finds them, with no
/// surcharge beside them. The payment itself is called `name`.
pub(super) fn money_of(
    kind: ExceptionKind,
    said: &Said,
    name: Option<&str>,
) -> Option<Option<String>> {
    let Saying::Paid(paying) = said.saying() else { return None };
    let (amount, currency) = said.amount()?;
    let is_pounds = amount.is_positive() && currency.eq_ignore_ascii_case(STERLING);
    let is_plain = paying.surcharge.is_none_or(|more| more.is_zero());
    // As long as it is shown, and kept, whole.
    let is_named = name.is_some_and(|it| is_a_name(it) && it.len() <= 200);
    // Under the payment's own name its payout would not find it, and book it again.
    let is_found = paying.transaction.is_some() || !said.is_moved_apart();
    let is_money = kind == ExceptionKind::Amount && is_pounds && is_plain && is_named && is_found;
    is_money.then(|| paying.transaction.clone().filter(|name| is_a_name(name)))
}

impl Books {
    /// Puts the money of an exception into suspense, with a reason, and takes the
    /// exception off the list. The same again is the same item.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, [`AppError::BadInput`] without a reason,
    /// [`AppError::Refused`] where the provider did not say that it took so many
    /// pounds, where they are in the books, or where somebody took the exception off
    /// the list.
    pub async fn book_payment_exception(&self, id: ExceptionId, why: &str) -> Result<SuspenseId> {
        self.actor().needs(Permission::AllocateSuspense)?;
        let why = reasoned(why)?;
        once_each(|| self.book_exception_once(id, why)).await
    }

    async fn book_exception_once(&self, id: ExceptionId, why: &str) -> Result<SuspenseId> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "payment exception", name: id.to_string() };
        let row = tx.payment_exception(self.id(), id).await?.ok_or_else(absent)?;
        let (payment, name, amount) = self.money_in(&mut tx, &row).await?;
        let is_ended = tx.is_payment_exception_ended(self.id(), id).await?;
        if let Some(booked) = tx.payment_booked(self.id(), &row.provider, &name).await? {
            return match booked.suspense {
                Some(item) if is_ended && booked.payment.is_none() => Ok(item),
                _ => Err(refused(&format!("{} of it is in the books already", booked.amount))),
            };
        }
        if is_ended {
            return Err(ended());
        }
        let source = row.transaction.as_deref().unwrap_or(&name);
        let processor = row.processor.as_deref();
        let channel = ChannelCode::parse(&payment.channel);
        let channel = channel.map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let told: Vec<String> =
            [Some(source), processor].into_iter().flatten().map(str::to_owned).collect();
        let known = tx.expected_by_source(self.id(), channel.as_str(), &told).await?;
        if !known.is_empty() {
            return Err(refused("a payout told of it, so it is in the books: see suspense"));
        }
        let reason = format!("payment {}, asked for {}: {why}", payment.reference, payment.amount);
        let parked = Parked {
            channel: &channel,
            amount,
            on: london_day(row.at).min(self.world().today()),
            source,
            reference: &payment.reference,
            reason: &reason,
            key: &format!("{STRANGER}{}: {name}", row.provider),
            method: Some(&payment.method),
        };
        let (entry, item) = self.park(&mut tx, parked).await?;
        if let Some(other) = processor {
            self.known_as(&mut tx, channel.as_str(), (source, other)).await?;
        }
        let now = self.world().now();
        let booked = BookedRow {
            provider: row.provider.clone(),
            provider_ref: name,
            amount,
            entry,
            payment: None,
            suspense: Some(item),
            at: now,
        };
        tx.book_payment(self.id(), &booked).await?;
        // Somebody who took it off the list meanwhile did not want it booked.
        if !tx.end_payment_exception(self.id(), id, (why, self.actor().name(), now)).await? {
            return Err(ended());
        }
        let data = serde_json::json!({
            "kind": row.kind, "what": row.why, "provider_ref": booked.provider_ref,
            "amount_pence": amount, "suspense": item.to_string(), "why": why,
        });
        self.note(&mut tx, "book payment exception", &id.to_string(), data).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Of which payment the money of an exception is, by what name, and how much. Nobody
    /// takes that payment further until this unit of work ends.
    async fn money_in(
        &self,
        tx: &mut Tx,
        row: &PaymentExceptionRow,
    ) -> Result<(PaymentRow, String, Pence)> {
        let payment = match row.payment {
            Some(id) if row.is_money => tx.hold_payment(self.id(), id).await?,
            Some(_) | None => None,
        };
        match (payment, &row.provider_ref, row.amount) {
            (Some(payment), Some(name), Some(amount)) => Ok((payment, name.clone(), amount)),
            _ => Err(refused(
                "only money goes into suspense that the provider says it took, in pounds, of \
                 another amount than was asked for, and under the name that its payout has for \
                 it; if it is without that name, wait for its notice or its payout",
            )),
        }
    }
}

fn ended() -> AppError {
    refused("somebody took it off the list; it comes back if it is told again")
}

fn refused(why: &str) -> AppError {
    AppError::Refused(why.to_owned())
}
