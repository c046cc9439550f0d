use chrono::{DateTime, Utc};
use ims_money::Pence;
use thiserror::Error;

use crate::{Event, Order, Reply, Request, Verified};

/// A payment provider: makes requests, reads replies and notices. It never
/// opens a connection.
///
/// Every method must be answered. What only some providers can do (refunds,
/// capturing later) belongs in a trait of its own.
pub trait Provider {
    /// Asks for a payment; the same order again is the same payment.
    fn ask(&self, order: &Order) -> Request;

    /// What the answer to [`ask`](Self::ask) says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when it says nothing that can be acted on.
    fn asked(&self, order: &Order, reply: &Reply) -> Result<Event, ProviderError>;

    /// Asks what became of a payment.
    fn look(&self, provider_ref: &str) -> Request;

    /// What the answer to [`look`](Self::look) says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when it says nothing that can be acted on.
    fn looked(&self, order: &Order, reply: &Reply) -> Result<Event, ProviderError>;

    /// The notice, if its signature is right. `now` is for providers whose
    /// signatures grow old.
    fn verify<'n>(
        &self,
        body: &'n [u8],
        signature: &str,
        now: DateTime<Utc>,
    ) -> Option<Verified<'n>>;

    /// The key of the order that a notice is about.
    ///
    /// # Errors
    ///
    /// [`ProviderError::Unreadable`] when it names none.
    fn about(&self, notice: &Verified<'_>) -> Result<String, ProviderError>;

    /// What a notice says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when it says nothing that can be acted on.
    fn noticed(&self, order: &Order, notice: &Verified<'_>) -> Result<Event, ProviderError>;
}

/// Why an answer cannot be acted on. The payment stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// It answers for another amount. Nothing may be posted.
    #[error("{asked} was asked for, but the provider answers for {answered}")]
    AmountDiffers {
        /// What was asked for.
        asked: Pence,
        /// What was answered.
        answered: Pence,
    },
    /// It answers for another order of ours.
    #[error("order `{asked}` was asked for, but the provider answers for `{answered}`")]
    OrderDiffers {
        /// The order's key.
        asked: String,
        /// The key answered.
        answered: String,
    },
    /// It does not do what was asked: a wrong key, a setting.
    #[error("the provider refuses the request (HTTP status {status}); see its settings")]
    Rejected {
        /// The HTTP status.
        status: u16,
    },
    /// It has a fault, or is busy: ask again later.
    #[error("the provider cannot answer now (HTTP status {status}); ask again later")]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// What it says does not read.
    #[error("the provider's answer does not read: {0}")]
    Unreadable(String),
}

impl ProviderError {
    /// The fault of an HTTP status that is no success.
    #[must_use]
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            200..=299 => None,
            429 | 500..=599 => Some(Self::Unavailable { status }),
            _ => Some(Self::Rejected { status }),
        }
    }
}
