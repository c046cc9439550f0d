use ims_app::AppError;
use ims_pay::{BadOrder, NotVerified, ProviderError};
use thiserror::Error;

/// Why something could not be done with a provider.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// The books would not.
    #[error(transparent)]
    App(#[from] AppError),
    /// The council's account is not set up, or not for this.
    #[error("provider {account}: {what}")]
    Account {
        /// The account's name.
        account: String,
        /// What is wrong with it, and what would be right.
        what: String,
    },
    /// What is asked of a provider cannot be.
    #[error(transparent)]
    Order(#[from] BadOrder),
    /// The provider refuses, or says what cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// What was delivered is no notice of this provider's.
    #[error(transparent)]
    NotVerified(#[from] NotVerified),
}

impl GatewayError {
    pub(crate) fn account(account: &str, what: impl Into<String>) -> Self {
        Self::Account { account: account.to_owned(), what: what.into() }
    }

    /// Why a provider takes no such payment, where it is one that it never takes.
    #[must_use]
    pub fn never_taken(&self) -> Option<&str> {
        match self {
            Self::Provider(ProviderError::CannotAsk(why)) => Some(why),
            _ => None,
        }
    }

    /// Whether the same again in a moment may well succeed.
    #[must_use]
    pub const fn is_worth_retrying(&self) -> bool {
        match self {
            Self::App(error) => error.is_worth_retrying(),
            Self::Provider(error) => error.may_be_asked_again(),
            Self::Account { .. } | Self::Order(_) | Self::NotVerified(_) => false,
        }
    }
}

/// A gateway's own result.
pub type Result<T, E = GatewayError> = std::result::Result<T, E>;
