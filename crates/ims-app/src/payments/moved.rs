//! A payment whose provider says later than it took the money what it calls the movement
//! of it: its payout, its refunds and its disputes go by that name.

use ims_ledger::id::ExpectedId;
use ims_money::Pence;
use ims_pay::{Said, Saying, StatusName};
use ims_store::{ExpectedRow, OpenExpected, PaymentRow, Tx};

use super::{PaymentNews, Word, stranger::is_a_name};
use crate::{AppError, Books, Result};

/// The name the explanation goes by of what waits under another name now.
pub(crate) const RENAMED: &str = "told of by another name";

/// The name of the movement of money, if the payment was booked without it and it is
/// told now.
pub(super) fn moved_now<'n>(row: &PaymentRow, news: &'n PaymentNews) -> Option<&'n str> {
    let is_unknown = row.status == StatusName::Captured.as_str()
        && row.transaction.is_some()
        && row.transaction == row.provider_ref;
    let Word::Said(said) = &news.word else { return None };
    moved(said).filter(|name| is_unknown && row.provider_ref.as_deref() != Some(*name))
}

fn moved(said: &Said) -> Option<&str> {
    let Saying::Paid(paying) = said.saying() else { return None };
    paying.transaction.as_deref().filter(|name| is_a_name(name))
}

impl Books {
    /// From now on the money of a payment that is booked is waited for under `moved`. What
    /// a payout or the bank has shown already stays as it is.
    pub(super) async fn waits_as(&self, tx: &mut Tx, row: &PaymentRow, moved: &str) -> Result<()> {
        let Some(name) = row.provider_ref.as_deref() else { return Ok(()) };
        let booked = tx.payment_booked(self.id(), &row.provider, name).await?;
        let Some(booked) = booked.filter(|booked| booked.payment == Some(row.id)) else {
            return Ok(());
        };
        let made = tx.expected_of_entry(self.id(), booked.entry).await?;
        let ids: Vec<_> = made.iter().map(|(item, _)| item.id).collect();
        let open = tx.these_expected(self.id(), &ids).await?;
        let is_it = |item: &&OpenExpected| {
            item.source_ref == name && item.amount == row.amount && item.batch_ref.is_empty()
        };
        let Some(old) = open.iter().find(is_it) else { return Ok(()) };
        let steps = tx.payment_steps(self.id(), row.id).await?;
        let receipt = steps.iter().find_map(|step| step.receipt);
        let now = self.world().now();
        let again = |amount: Pence, source: &str| ExpectedRow {
            id: ExpectedId::new(self.world().id()),
            channel: old.channel.clone(),
            happened_on: old.happened_on,
            amount,
            reference: old.reference.clone(),
            batch_ref: String::new(),
            source_ref: source.to_owned(),
            is_payers: old.is_payers,
            entry: booked.entry,
            receipt: None,
            import: None,
            created_at: now,
        };
        let less = again(old.amount.checked_neg().ok_or(AppError::Overflow)?, name);
        let more = ExpectedRow { receipt, ..again(old.amount, moved) };
        tx.add_expected(self.id(), &[less.clone(), more]).await?;
        let reason = format!("the provider calls the money of payment {} {moved}", row.reference);
        let both = [(old.id, old.amount), (less.id, less.amount)];
        self.close_each_other(tx, now, (RENAMED, reason), both).await
    }
}
