//! Payments that the payer only agrees to at the provider: we make them then, each once.
//!
//! ```text
//! agreed to, not made          make it; the same key again is the same payment
//! made, and named              looked at by its own name, whatever became of the consent
//! made, and not named          asked for again under its key, while that is known; over after
//!                              two weeks
//! refused                      again until the payment expires; then it is over, if the
//!                              provider still says that nothing was made
//! lost, never agreed to        expires with its payment
//! lost, perhaps made           asked for again under its key; only if that is refused, or
//!                              nobody could say for two weeks, it is over
//! ```
//!
//! *Invariant:* what is over is never made.

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{Books, PaymentHeard, PaymentRow, Word, payment_named, payment_order};
use ims_pay::{Names, ProviderError, Request, Said, Saying, StatusName};

use crate::{Gateways, Result, account::Account, gateways::record, sweep::GIVEN_UP_AFTER};

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

/// What came of making one.
enum Making {
    /// There was no answer: it may have been made or not.
    Silent,
    /// It was made, now or before.
    Said(Box<Said>),
    /// The provider does not make it.
    Refused(ProviderError),
    /// Nothing that says so.
    Fault(ProviderError),
}

impl Agreed {
    /// None where there is nothing to make, and of one that goes by its own name.
    pub(crate) fn of(word: &Word) -> Option<Self> {
        let Word::Said(said) = word else { return None };
        match said.saying() {
            Saying::Authorised { transaction: None } => Some(Self::Now),
            Saying::Waiting => Some(Self::Made),
            _ => None,
        }
    }
}

/// How to look at a payment that was made here: its own name says more of it than that of
/// what was agreed to.
pub(crate) fn followed(account: &Account, row: &PaymentRow, now: DateTime<Utc>) -> Option<Request> {
    let captures = account.provider.abilities().captures.filter(|_| account.is_made_here)?;
    captures.look_at_capture(names_of(row)?, now)
}

fn names_of(row: &PaymentRow) -> Option<Names<'_>> {
    let provider_ref = payment_named(row)?;
    Some(Names { provider_ref, transaction: row.transaction.as_deref() })
}

impl Gateways {
    /// Makes the payment that its payer has agreed to, where the provider leaves that to
    /// us, and records what came of it. Asked again under the same key it is the same
    /// payment, which is how one whose answer was lost is found; and what was agreed to is
    /// good for one payment only.
    pub(crate) async fn make_agreed(
        &self,
        recorder: &Books,
        account: &Account,
        agreed: Agreed,
        heard: PaymentHeard,
    ) -> Result<PaymentHeard> {
        let PaymentHeard::Of(heeded) = &heard else { return Ok(heard) };
        let (row, now) = (&heeded.view.payment, recorder.app().world().now());
        if !account.is_made_here || !heeded.view.status()?.is_open() {
            return Ok(heard);
        }
        let age = now.signed_duration_since(row.started_at);
        // One that was made is asked for again only while the provider knows the key.
        if agreed == Agreed::Made && age >= KNOWN_FOR {
            if row.transaction.is_some() || age < GIVEN_UP_AFTER {
                return Ok(heard);
            }
            return record(recorder, account, Some(row.id), None, nobody_can_say()).await;
        }
        let said = match self.make(recorder, account, row).await? {
            None | Some(Making::Silent) => return Ok(heard),
            Some(Making::Said(said)) => said,
            Some(Making::Refused(why))
                if agreed == Agreed::Now
                    && now >= row.expires_at
                    && self.is_unmade(recorder, account, row).await? =>
            {
                Box::new(refused(&why))
            }
            Some(Making::Refused(why) | Making::Fault(why)) => {
                let (account, payment) = (&account.name, &row.reference);
                tracing::warn!(account, payment, error = %why, "a payment that was agreed to was not made");
                return Ok(heard);
            }
        };
        record(recorder, account, Some(row.id), None, Word::Said(said)).await
    }

    /// What is to be recorded of a payment that the provider does not know: by its own name,
    /// if it has one, or by that of what its payer was to agree to.
    pub(crate) async fn word_of_lost(
        &self,
        recorder: &Books,
        account: &Account,
        row: &PaymentRow,
    ) -> Result<Word> {
        let now = recorder.app().world().now();
        let age = now.signed_duration_since(row.started_at);
        let (is_over, is_old) = (now >= row.expires_at, age >= GIVEN_UP_AFTER);
        if !row.status.parse().is_ok_and(StatusName::is_open) || names_of(row).is_none() {
            return Ok(Word::NotFound);
        }
        if row.transaction.is_none() {
            if !self.was_agreed(recorder, row).await? {
                let never = Word::Said(Box::new(Said::unnamed(Saying::Expired)));
                return Ok(if is_over { never } else { Word::NotFound });
            }
            if age < KNOWN_FOR {
                return Ok(match self.make(recorder, account, row).await? {
                    Some(Making::Said(said)) => Word::Said(said),
                    Some(Making::Refused(why)) if is_over => Word::Said(Box::new(refused(&why))),
                    _ => Word::NotFound,
                });
            }
        }
        if !is_old {
            return Ok(Word::NotFound);
        }
        Ok(nobody_can_say())
    }

    /// Asks for the payment to be made. None for one that cannot be.
    async fn make(
        &self,
        recorder: &Books,
        account: &Account,
        row: &PaymentRow,
    ) -> Result<Option<Making>> {
        let now = recorder.app().world().now();
        let (Some(captures), Some(names)) = (account.provider.abilities().captures, names_of(row))
        else {
            return Ok(None);
        };
        let request = captures.capture(&payment_order(row)?, names, now)?;
        let Some(reply) = self.carry(recorder, account, &request).await else {
            return Ok(Some(Making::Silent));
        };
        Ok(Some(match account.provider.looked(&reply) {
            Ok(said) => Making::Said(Box::new(said)),
            Err(why) if is_refusal(&why) => Making::Refused(why),
            Err(why) => Making::Fault(why),
        }))
    }

    /// Whether the provider says now that nothing was made of what its payer agreed to.
    async fn is_unmade(
        &self,
        recorder: &Books,
        account: &Account,
        row: &PaymentRow,
    ) -> Result<bool> {
        let now = recorder.app().world().now();
        let request = account.provider.look(&payment_order(row)?, payment_named(row), now)?;
        let reply = self.carry(recorder, account, &request).await;
        let said = reply.and_then(|reply| account.provider.looked(&reply).ok());
        Ok(said.is_some_and(|said| Agreed::of(&Word::Said(Box::new(said))) == Some(Agreed::Now)))
    }

    /// Whether it was ever known that the payer agreed: only then it may have been made.
    async fn was_agreed(&self, recorder: &Books, row: &PaymentRow) -> Result<bool> {
        let agreed = [StatusName::Authorised, StatusName::Pending].map(StatusName::as_str);
        let steps = recorder.payment(row.id).await?.steps;
        Ok(steps.iter().any(|step| agreed.contains(&step.status.as_str())))
    }
}

/// Whether the provider will not make it, asked as it is: not that it does not know who
/// asks, is busy, or is asked for it by two at once.
const fn is_refusal(why: &ProviderError) -> bool {
    match why {
        ProviderError::NotFound => true,
        ProviderError::Rejected { status, .. } => matches!(*status, 400 | 403 | 405 | 422),
        _ => false,
    }
}

/// What is recorded of one that may have been made, of which nobody can say any more.
fn nobody_can_say() -> Word {
    let why = "it may have been made, and the provider does not say any more what became of it: \
               see whether its money came";
    Word::Said(Box::new(Said::unnamed(Saying::broke(why))))
}

fn refused(why: &ProviderError) -> Said {
    let code = match why {
        ProviderError::Rejected { status, code: Some(code) } => {
            format!("HTTP status {status}, {code}")
        }
        ProviderError::Rejected { status, .. } => format!("HTTP status {status}"),
        other => other.to_string(),
    };
    Said::unnamed(Saying::refused(format!("the provider does not make the payment: {code}")))
}
