//! Up to when accounts at providers were gone through, and what of them did not read.

use chrono::{DateTime, Utc};
use ims_ledger::id::PaymentId;
use ims_pay::ProviderError;
use ims_store::PaymentExceptionRow;

use super::{exceptions::ExceptionKind, watch::id_at};
use crate::{Books, Permission, Result, books::patiently};

/// What is asked of an account at a provider day after day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoneThrough {
    /// Its payments.
    Payments,
    /// What it paid out.
    Payouts,
}

impl GoneThrough {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Payouts => "payouts",
        }
    }
}

/// Where the asking about an account's payments left off, for want of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOff {
    /// When the payment was started at which it left off first, since it last came to its
    /// end.
    pub first: DateTime<Utc>,
    /// When the one was started at which it goes on.
    pub at: DateTime<Utc>,
    /// An id before that payment's, and after those of the payments before it.
    pub after: PaymentId,
}

/// Under what it is kept: where the asking goes on, and where it left off first.
const ASKED: &str = "asked";
const ASKED_FIRST: &str = "asked-first";

impl Books {
    /// Up to when an account was gone through to its end; none if never.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn gone_through(
        &self,
        provider: &str,
        what: GoneThrough,
    ) -> Result<Option<DateTime<Utc>>> {
        self.actor().needs(Permission::Import)?;
        let mut tx = self.store().snapshot().await?;
        Ok(tx.provider_through(self.id(), (provider, what.as_str())).await?)
    }

    /// Keeps that an account was gone through to its end up to then. It never goes
    /// back, nor ahead of the clock.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn went_through(
        &self,
        provider: &str,
        what: GoneThrough,
        through: DateTime<Utc>,
    ) -> Result<()> {
        self.actor().needs(Permission::Import)?;
        patiently(|| async {
            let through = through.min(self.world().now());
            let mut tx = self.store().begin().await?;
            tx.keep_provider_through(self.id(), (provider, what.as_str()), through).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Where the asking about an account's payments left off; none if it came to its end.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn left_off(&self, provider: &str) -> Result<Option<LeftOff>> {
        self.actor().needs(Permission::Import)?;
        let mut tx = self.store().snapshot().await?;
        let Some(at) = tx.provider_through(self.id(), (provider, ASKED)).await? else {
            return Ok(None);
        };
        let first = tx.provider_through(self.id(), (provider, ASKED_FIRST)).await?;
        Ok(Some(LeftOff { first: first.unwrap_or(at), at, after: id_at(at) }))
    }

    /// Keeps at which payment the asking about an account's payments goes on; none when
    /// it came to its end.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn leave_off(&self, provider: &str, next: Option<PaymentId>) -> Result<()> {
        self.actor().needs(Permission::Import)?;
        let at = next.and_then(time_of);
        patiently(|| async {
            let mut tx = self.store().begin().await?;
            tx.put_provider_through(self.id(), (provider, ASKED), at).await?;
            let of_first = (provider, ASKED_FIRST);
            if at.is_none() || tx.provider_through(self.id(), of_first).await?.is_none() {
                tx.put_provider_through(self.id(), of_first, at).await?;
            }
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Lists for a person what a provider has and nobody could read, ask about or
    /// keep, and why. The same stays off the list once it was taken off.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn list_unread(
        &self,
        provider: &str,
        why: &str,
    ) -> Result<Option<PaymentExceptionRow>> {
        self.actor().needs(Permission::Import)?;
        let why = ProviderError::shown(why);
        self.listed_until_otherwise(provider, None, ExceptionKind::Unreadable, why).await
    }
}

/// The millisecond in an id: ids go by it, and the asking goes by ids.
fn time_of(id: PaymentId) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = id.get().get_timestamp()?.to_unix();
    DateTime::from_timestamp(seconds.try_into().ok()?, nanos)
}
