//! Posting a payment that was taken: its receipt, or, where today's
//! configuration cannot post it any more, an item of suspense. Never neither.

use chrono::NaiveDate;
use ims_ledger::{
    Through, flow,
    id::{ChannelCode, EntryId, ExpectedId, ReceiptId, SuspenseId},
    london_day,
};
use ims_money::Pence;
use ims_pay::{ProviderError, Taken};
use ims_store::{BookedRow, ExpectedRow, PaymentRow, SuspenseRow, Tx};

use super::exceptions::{ExceptionKind, Odd};
use crate::{
    AppError, Books, Result, Settings,
    keyed::PAYMENT,
    posting::some,
    take_receipt::{NewReceipt, NewReceiptLine},
};

/// What became of the money.
pub(super) enum Booking {
    /// It is in the books.
    Done { entry: EntryId, receipt: Option<ReceiptId>, suspense: Option<SuspenseId> },
    /// It is in the books already, and not as this payment's.
    Odd(Odd),
}

/// Money that goes to suspense because nobody can say better.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parked<'a> {
    pub(super) channel: &'a ChannelCode,
    pub(super) amount: Pence,
    pub(super) on: NaiveDate,
    /// What the provider calls it: its payout quotes that.
    pub(super) source: &'a str,
    pub(super) reference: &'a str,
    pub(super) reason: &'a str,
    /// The key its entry is posted under, once.
    pub(super) key: &'a str,
    pub(super) method: Option<&'a str>,
}

impl Books {
    /// Books a payment that was taken, under the provider's name for it. What was
    /// found `unfit` to be a receipt goes to suspense at once.
    pub(super) async fn book(
        &self,
        tx: &mut Tx,
        (settings, unfit): (&Settings, Option<&str>),
        row: &PaymentRow,
        taken: &Taken,
    ) -> Result<Booking> {
        let name = taken.provider_ref();
        if let Some(booked) = tx.payment_booked(self.id(), &row.provider, name).await? {
            if booked.payment.is_some() || booked.amount != row.amount {
                let why = format!(
                    "{} of the provider's payment {name} is in the books already, as another payment",
                    booked.amount
                );
                return Ok(Booking::Odd(Odd { kind: ExceptionKind::Another, why }));
            }
            // Its money came before anybody knew whose it was, and waits there.
            let (entry, suspense) = (booked.entry, booked.suspense);
            return Ok(Booking::Done { entry, receipt: None, suspense });
        }
        let on = london_day(taken.at()).min(self.world().today());
        let channel = ChannelCode::parse(&row.channel);
        let channel = channel.map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let made = match unfit {
            Some(why) => Err(AppError::BadInput(ProviderError::shown(why))),
            None => {
                let new = self.basket_of(tx, row).await?;
                let waits = (&channel, taken.transaction());
                self.taken_by_provider(tx, settings, &new, on, waits).await
            }
        };
        let parked = Parked {
            channel: &channel,
            amount: row.amount,
            on,
            source: taken.transaction(),
            reference: &row.reference,
            reason: "",
            key: &format!("{PAYMENT}{}", row.id),
            method: Some(&row.method),
        };
        let (entry, receipt, suspense) = match made {
            Ok(made) => {
                tx.add(made.rows).await?;
                // The receipt says who paid.
                tx.forget_payer(self.id(), row.id).await?;
                (made.entry, Some(made.receipt), None)
            }
            Err(AppError::BadInput(why)) => {
                let reason = format!("payment {} cannot be posted: {why}", row.reference);
                let (entry, item) = self.park(tx, Parked { reason: &reason, ..parked }).await?;
                (entry, None, Some(item))
            }
            Err(error) => return Err(error),
        };
        let booked = BookedRow {
            provider: row.provider.clone(),
            provider_ref: name.to_owned(),
            amount: row.amount,
            entry,
            payment: Some(row.id),
            suspense,
            at: self.world().now(),
        };
        tx.book_payment(self.id(), &booked).await?;
        if taken.surcharge().is_positive() {
            let key = format!("surcharge of payment {}", row.id);
            let reason = format!("taken beside payment {} as a surcharge", row.reference);
            let (amount, key) = (taken.surcharge(), key.as_str());
            self.park(tx, Parked { amount, key, reason: &reason, ..parked }).await?;
        }
        Ok(Booking::Done { entry, receipt, suspense })
    }

    async fn basket_of(&self, tx: &mut Tx, row: &PaymentRow) -> Result<NewReceipt> {
        let lines = tx.payment_lines(self.id(), row.id).await?;
        let line = |line: ims_store::PaymentLineRow| NewReceiptLine {
            fund: line.fund,
            reference: line.reference,
            amount: line.amount,
            vat_code: line.vat_code,
            narrative: None,
        };
        Ok(NewReceipt {
            method: row.method.clone(),
            office: None,
            happened_on: None,
            through: Through::named(&row.through).unwrap_or(Through::Portal),
            payer: self.payer_of(tx, row.id).await?,
            cheque: None,
            lines: lines.into_iter().map(line).collect(),
            key: Some(format!("{PAYMENT}{}", row.id)),
        })
    }

    /// Puts money into suspense; its channel waits for it.
    pub(super) async fn park(
        &self,
        tx: &mut Tx,
        parked: Parked<'_>,
    ) -> Result<(EntryId, SuspenseId)> {
        let Parked { channel, amount, on, source, reference, reason, key, method } = parked;
        let writer = self.writer(tx).await?;
        let id = SuspenseId::new(self.world().id());
        let about = format!("suspense {id} {channel} {on} {source}");
        let postings = some(flow::taken_unknown(channel, amount))?;
        let mut entry = writer.entry("suspense", on, about, postings);
        entry.key = Some(key.to_owned());
        let item = SuspenseRow {
            id,
            happened_on: on,
            amount,
            reason: reason.to_owned(),
            reference: reference.to_owned(),
            entry: entry.id,
            import: None,
            line: None,
            method: method.map(str::to_owned),
            created_at: writer.now,
        };
        let waits = ExpectedRow {
            id: ExpectedId::new(self.world().id()),
            channel: channel.to_string(),
            happened_on: on,
            amount,
            reference: reference.to_owned(),
            batch_ref: String::new(),
            source_ref: source.to_owned(),
            entry: entry.id,
            receipt: None,
            import: None,
            created_at: writer.now,
            is_payers: true,
        };
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_suspense(self.id(), std::slice::from_ref(&item)).await?;
        tx.add_expected(self.id(), std::slice::from_ref(&waits)).await?;
        Ok((entry.id, id))
    }
}
