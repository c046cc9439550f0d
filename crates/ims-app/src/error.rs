use ims_store::StoreError;
use thiserror::Error;

/// Why a deed was not done. Nothing of it lasts.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppError {
    /// What was given cannot be used.
    #[error("{0}")]
    BadInput(String),
    /// What was named is not there.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// What was named.
        name: String,
    },
    /// A rule forbids it.
    #[error("{0}")]
    Refused(String),
    /// The person may not.
    #[error("{who} may not {deed}")]
    NotAllowed {
        /// Who asked.
        who: String,
        /// What for.
        deed: &'static str,
    },
    /// Somebody signs in with a wrong name or password. Which of the two is not said.
    #[error("the user name or the password is wrong")]
    WrongPassword,
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The books would not have balanced: our own fault, and nothing was posted.
    #[error("the entry would not balance: {0}")]
    NotBalanced(#[from] ims_ledger::NotBalanced),
    /// A sum is beyond what an amount can hold.
    #[error("a sum is too large: no amount is more than 92 quadrillion pounds")]
    Overflow,
}

impl AppError {
    /// Whether what was given cannot be used at all.
    #[must_use]
    pub const fn is_bad_input(&self) -> bool {
        matches!(self, Self::BadInput(_) | Self::NotFound { .. })
    }

    /// Whether a rule or a missing permission forbids it.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::NotAllowed { .. } | Self::WrongPassword)
    }

    /// Whether it lies in what was given or is set up, so that the same again
    /// fails likewise; else it is the database that is busy or away.
    #[must_use]
    pub const fn is_lasting(&self) -> bool {
        match self {
            Self::Store(error) => {
                matches!(error, StoreError::Unfit(_) | StoreError::Corrupt { .. })
            }
            Self::BadInput(_)
            | Self::NotFound { .. }
            | Self::Refused(_)
            | Self::NotAllowed { .. }
            | Self::WrongPassword
            | Self::NotBalanced(_)
            | Self::Overflow => true,
        }
    }

    /// Whether it is the database itself that is busy, away or full: then nothing
    /// else can be done either.
    #[must_use]
    pub const fn is_of_the_database(&self) -> bool {
        use StoreError::{Busy, DiskFull, ReadOnly, Unreachable};
        matches!(self, Self::Store(Busy | Unreachable { .. } | DiskFull | ReadOnly))
    }

    /// Whether the same again may well succeed.
    #[must_use]
    pub const fn is_worth_retrying(&self) -> bool {
        matches!(self, Self::Store(StoreError::Busy))
    }
}

/// The app's own result.
pub type Result<T, E = AppError> = std::result::Result<T, E>;
