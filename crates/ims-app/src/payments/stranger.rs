//! Money that a provider took and nobody here asked for: into suspense, once,
//! and on the list.

use ims_ledger::{
    id::{ChannelCode, EntryId, SuspenseId},
    london_day,
};
use ims_pay::{ProviderError, STERLING, Said, Saying, looks_like_a_card};
use ims_store::{BookedRow, PaymentRow, Tx};

use super::{
    PaymentHeard, PaymentNews,
    book::Parked,
    exceptions::{ExceptionKind, Odd},
    processor::processors_name,
};
use crate::{Books, Result, keyed::STRANGER};

/// The longest name a payment is booked under.
const NAME_MAX: usize = 255;

impl Books {
    /// A payment of ours that was asked of another account than the one that
    /// speaks of it: one account at a provider may have, or have had, two names.
    pub(super) async fn meant_elsewhere(
        &self,
        tx: &mut Tx,
        said: &Said,
    ) -> Result<Option<PaymentRow>> {
        let Some(reference) = said.reference() else { return Ok(None) };
        match tx.payment_referenced(self.id(), reference).await? {
            Some(id) => Ok(tx.payment(self.id(), id).await?),
            None => Ok(None),
        }
    }

    /// Its money is booked as that account's alone; paid and not booked, it is
    /// listed for a person.
    pub(super) async fn elsewhere(
        &self,
        mut tx: Tx,
        news: &PaymentNews,
        said: &Said,
        row: &PaymentRow,
    ) -> Result<PaymentHeard> {
        let (Saying::Paid(_), Some(name)) = (said.saying(), said.provider_ref()) else {
            return Ok(PaymentHeard::Nothing);
        };
        let booked = tx.payment_booked(self.id(), &row.provider, name).await?;
        if booked.is_some_and(|booked| booked.payment == Some(row.id)) {
            return Ok(PaymentHeard::Nothing);
        }
        let why = format!(
            "paid, and not booked: payment {} was asked of the account {}; if both are one, keep \
             that name",
            row.reference, row.provider
        );
        self.odd(tx, news, Some(row), Odd { kind: ExceptionKind::Another, why }).await
    }

    /// What is said of a payment that is none of ours, or another than the one
    /// of ours that it claims to be.
    pub(super) async fn stranger(
        &self,
        mut tx: Tx,
        channel: &ChannelCode,
        news: &PaymentNews,
        said: &Said,
        claims: Option<&PaymentRow>,
    ) -> Result<PaymentHeard> {
        let Saying::Paid(paying) = said.saying() else { return Ok(PaymentHeard::Nothing) };
        let kind = if claims.is_some() { ExceptionKind::Another } else { ExceptionKind::Unknown };
        // Beside one of ours the provider may name no payment, and still the money of it.
        let moved = paying.transaction.as_deref().filter(|_| claims.is_some());
        let name = said.provider_ref().or(moved).filter(|name| is_a_name(name));
        let amount = said.amount().filter(|(amount, currency)| {
            amount.is_positive() && currency.eq_ignore_ascii_case(STERLING)
        });
        let (Some(name), Some((amount, _))) = (name, amount) else {
            let why = "paid, and unknown here; it is not booked, because the provider does not \
                       say its name for it or how many pounds";
            return self.odd(tx, news, claims, Odd { kind, why: why.to_owned() }).await;
        };
        let booked = tx.payment_booked(self.id(), &news.provider, name).await?;
        if booked.as_ref().is_some_and(|booked| booked.payment.is_some()) {
            return Ok(PaymentHeard::Nothing);
        }
        let why = match claims {
            None => "paid at the provider, and unknown here".to_owned(),
            Some(row) => format!("paid at the provider, beside payment {}", row.reference),
        };
        let source = paying.transaction.as_deref().filter(|name| is_a_name(name)).unwrap_or(name);
        let other = processors_name(news);
        let names = [Some(name), Some(source), other];
        let money = match booked {
            Some(booked) => booked.suspense.map(|item| (booked.entry, item)),
            None if self.is_paid_out(&mut tx, channel, &names).await? => {
                let why =
                    format!("{why}; a payout told of it, so it is in the books: see suspense");
                return self.odd_until_ended(tx, news, claims, Odd { kind, why }).await;
            }
            None => {
                let on = london_day(paying.at.unwrap_or_else(|| self.world().now()));
                let parked = Parked {
                    channel,
                    amount,
                    on: on.min(self.world().today()),
                    source,
                    reference: &ProviderError::shown(said.reference().unwrap_or(name)),
                    reason: &why,
                    key: &format!("{STRANGER}{}: {name}", news.provider),
                    method: None,
                };
                Some(self.take_strangers(&mut tx, (&news.provider, name), parked).await?)
            }
        };
        if let Some(other) = other {
            self.known_as(&mut tx, channel.as_str(), (source, other)).await?;
        }
        let row = self.listed(&mut tx, news, claims, Odd { kind, why }, money).await?;
        tx.commit().await?;
        Ok(PaymentHeard::Exception(Box::new(row)))
    }

    /// Whether a payout told of money by one of these names: then the books have it from there.
    async fn is_paid_out(
        &self,
        tx: &mut Tx,
        channel: &ChannelCode,
        names: &[Option<&str>],
    ) -> Result<bool> {
        let names: Vec<String> = names.iter().flatten().map(|name| (*name).to_owned()).collect();
        let known = tx.expected_by_source(self.id(), channel.as_str(), &names).await?;
        Ok(known.iter().any(|money| money.amount.is_positive() && money.payout.is_some()))
    }

    /// Puts the money into suspense, under the provider's name for it.
    async fn take_strangers(
        &self,
        tx: &mut Tx,
        (provider, name): (&str, &str),
        parked: Parked<'_>,
    ) -> Result<(EntryId, SuspenseId)> {
        let amount = parked.amount;
        let (entry, item) = self.park(tx, parked).await?;
        let row = BookedRow {
            provider: provider.to_owned(),
            provider_ref: name.to_owned(),
            amount,
            entry,
            payment: None,
            suspense: Some(item),
            at: self.world().now(),
        };
        tx.book_payment(self.id(), &row).await?;
        Ok((entry, item))
    }
}

pub(super) fn is_a_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= NAME_MAX
        && !name.contains(char::is_control)
        && !looks_like_a_card(name)
}
