//! Payments that the payer only agrees to at the provider: we make them then, each once.

use chrono::TimeDelta;
use ims_app::{Books, PaymentHeard, Word, payment_named, payment_order};
use ims_pay::{Names, Saying};

use crate::{Gateways, Result, account::Account, gateways::record};

/// For how long the provider knows our key again: a little less than the day that it
/// promises.
pub(crate) const KNOWN_FOR: TimeDelta = TimeDelta::hours(20);

/// What a provider says of a payment that it leaves to us to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreed {
    /// The payer has agreed to it.
    Now,
    /// It was made, and is not done.
    Made,
}

impl Agreed {
    /// None where there is nothing to make.
    pub(crate) fn of(word: &Word) -> Option<Self> {
        let Word::Said(said) = word else { return None };
        match said.saying() {
            Saying::Authorised { .. } => Some(Self::Now),
            Saying::Waiting => Some(Self::Made),
            _ => None,
        }
    }
}

impl Gateways {
    /// Makes the payment that its payer has agreed to, where the provider leaves that to
    /// us, and records what came of it. Asked again under the same key it is the same
    /// payment, which is how one that is not done at once is followed; and what was
    /// agreed to is good for one payment only.
    pub(crate) async fn make_agreed(
        &self,
        recorder: &Books,
        account: &Account,
        agreed: Agreed,
        heard: PaymentHeard,
    ) -> Result<PaymentHeard> {
        let PaymentHeard::Of(heeded) = &heard else { return Ok(heard) };
        let (row, now) = (&heeded.view.payment, recorder.app().world().now());
        let (Some(captures), Some(name)) =
            (account.provider.abilities().captures, payment_named(row))
        else {
            return Ok(heard);
        };
        // One that was made is asked for again only while the provider knows the key.
        let is_known = now.signed_duration_since(row.started_at) < KNOWN_FOR;
        let is_due = agreed == Agreed::Now || is_known;
        if !account.is_made_here || !is_due || !heeded.view.status()?.is_open() {
            return Ok(heard);
        }
        let names = Names { provider_ref: name, transaction: row.transaction.as_deref() };
        let request = captures.capture(&payment_order(row)?, names, now)?;
        let Some(reply) = self.carry(recorder, account, &request).await else { return Ok(heard) };
        match account.provider.looked(&reply) {
            Ok(said) => {
                let word = Word::Said(Box::new(said));
                record(recorder, account, Some(row.id), None, word).await
            }
            Err(why) => {
                let (account, payment) = (&account.name, &row.reference);
                tracing::warn!(account, payment, error = %why, "a payment that was agreed to was not made");
                Ok(heard)
            }
        }
    }
}
