//! Up to when accounts at providers were gone through, and what of them did not read.

use chrono::{DateTime, Utc};
use ims_pay::ProviderError;
use ims_store::PaymentExceptionRow;

use super::exceptions::ExceptionKind;
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
