//! The life of an e-return.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where an e-return stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EReturnStatus {
    /// Made, and nothing written.
    New,
    /// Being written.
    InProgress,
    /// Handed in: waits for a second person.
    Submitted,
    /// Sent back to be put right.
    Returned,
    /// Posted. Nothing changes any more.
    Approved,
    /// Given up. Nothing changes any more.
    Void,
}

/// What is done to an e-return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EReturnStep {
    /// Its preparer writes.
    Saved,
    /// An approver puts amounts right after it was handed in.
    Corrected,
    /// It is handed in.
    Submitted,
    /// It is sent back.
    Returned,
    /// It is approved.
    Approved,
    /// It is given up.
    Voided,
}

/// A step that the state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an e-return that is {status} cannot be {step}")]
pub struct OutOfTurn {
    /// Where it stands.
    pub status: EReturnStatus,
    /// What was to be done.
    pub step: EReturnStep,
}

impl EReturnStatus {
    /// Each, in the order of its life.
    pub const ALL: [Self; 6] =
        [Self::New, Self::InProgress, Self::Submitted, Self::Returned, Self::Approved, Self::Void];

    /// The word it is kept by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InProgress => "in-progress",
            Self::Submitted => "submitted",
            Self::Returned => "returned",
            Self::Approved => "approved",
            Self::Void => "void",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Where it stands after a step.
    ///
    /// # Errors
    ///
    /// [`OutOfTurn`] when it does not stand where that can be done.
    pub fn after(self, step: EReturnStep) -> Result<Self, OutOfTurn> {
        use EReturnStep as Step;
        match (self, step) {
            (Self::New | Self::InProgress, Step::Saved) => Ok(Self::InProgress),
            // It stays in sight as one that was sent back until it is handed in again.
            (Self::Returned, Step::Saved) => Ok(Self::Returned),
            (Self::New | Self::InProgress | Self::Returned, Step::Submitted)
            | (Self::Submitted, Step::Corrected) => Ok(Self::Submitted),
            (Self::Submitted, Step::Returned) => Ok(Self::Returned),
            (Self::Submitted, Step::Approved) => Ok(Self::Approved),
            (Self::New | Self::InProgress | Self::Submitted | Self::Returned, Step::Voided) => {
                Ok(Self::Void)
            }
            (status, step) => Err(OutOfTurn { status, step }),
        }
    }
}

impl fmt::Display for EReturnStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::InProgress => "in progress",
            Self::Returned => "returned for correction",
            Self::New | Self::Submitted | Self::Approved | Self::Void => self.as_str(),
        })
    }
}

impl fmt::Display for EReturnStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Saved => "changed by its preparer",
            Self::Corrected => "corrected by an approver",
            Self::Submitted => "submitted",
            Self::Returned => "returned for correction",
            Self::Approved => "approved",
            Self::Voided => "voided",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Appendix (g), "E-return submit", "update", "delete" and "approve": what
    /// is not in this table is refused.
    #[test]
    fn the_whole_life_of_an_e_return() {
        use EReturnStep as Step;
        let mut table = String::new();
        for status in EReturnStatus::ALL {
            for step in [
                Step::Saved,
                Step::Corrected,
                Step::Submitted,
                Step::Returned,
                Step::Approved,
                Step::Voided,
            ] {
                if let Ok(next) = status.after(step) {
                    writeln!(table, "{} + {step:?} -> {}", status.as_str(), next.as_str()).unwrap();
                }
            }
            assert_eq!(EReturnStatus::named(status.as_str()), Some(status));
        }
        assert_eq!(
            table,
            "new + Saved -> in-progress\n\
             new + Submitted -> submitted\n\
             new + Voided -> void\n\
             in-progress + Saved -> in-progress\n\
             in-progress + Submitted -> submitted\n\
             in-progress + Voided -> void\n\
             submitted + Corrected -> submitted\n\
             submitted + Returned -> returned\n\
             submitted + Approved -> approved\n\
             submitted + Voided -> void\n\
             returned + Saved -> returned\n\
             returned + Submitted -> submitted\n\
             returned + Voided -> void\n"
        );
        let refused = EReturnStatus::Approved.after(Step::Voided).unwrap_err();
        assert_eq!(refused.to_string(), "an e-return that is approved cannot be voided");
    }
}
