//! Agreements: the payer agrees once that we take money again.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::{Provider, ProviderError, Reply, Request};

/// A provider that keeps agreements. A payment sets one up
/// ([`Agreeing::SetUp`](crate::Agreeing::SetUp)), later ones use it.
pub trait Agreements: Provider {
    /// Asks for an agreement.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`].
    fn agree(&self, new: &NewAgreement, now: DateTime<Utc>) -> Result<Request, ProviderError>;

    /// Asks how an agreement stands.
    fn look_at_agreement(&self, agreement_ref: &str, now: DateTime<Utc>) -> Request;

    /// What the answer to either says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    fn agreed(&self, reply: &Reply) -> Result<SaidAgreement, ProviderError>;

    /// Ends an agreement.
    fn end_agreement(&self, agreement_ref: &str, now: DateTime<Utc>) -> Request;

    /// Whether it ends.
    ///
    /// # Errors
    ///
    /// [`ProviderError`].
    fn ended(&self, reply: &Reply) -> Result<crate::Heeded, ProviderError>;
}

/// An agreement to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAgreement {
    /// Our name for it.
    pub reference: String,
    /// What the payer is shown.
    pub description: String,
    /// What we know the payer by; never a name.
    pub payer_id: Option<String>,
}

/// What a provider says of an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidAgreement {
    /// What the provider calls it.
    pub agreement_ref: String,
    /// What we call it, if the provider repeats it.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: AgreementState,
}

/// Where an agreement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AgreementState {
    /// Asked for; no payment has set it up.
    Created,
    /// Payments can be taken under it.
    Active,
    /// Ended by us, the payer or the provider.
    Ended,
}

impl AgreementState {
    /// The word it is stored and listed by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }
}

impl fmt::Display for AgreementState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
