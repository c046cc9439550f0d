//! The life of a payment, as one table.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{Again, Event, Heard, NextStep, Taken};

/// Where a payment is in its life, with what is known there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Ordered here; the provider has not been asked.
    Created,
    /// The provider knows of it and waits for the payer.
    Started {
        /// What the provider calls it.
        provider_ref: String,
        /// What the payer does next; none where it was only heard of later.
        next: Option<NextStep>,
    },
    /// The payer is done, the provider is not.
    Pending {
        /// What the provider calls it.
        provider_ref: String,
    },
    /// The money is held for us, but not taken.
    Authorised {
        /// What the provider calls it.
        provider_ref: String,
        /// Its name for the movement of money, where that is another.
        transaction: Option<String>,
    },
    /// The money is ours.
    Captured(Taken),
    /// Refused: the card was declined.
    Failed {
        /// Why, in the provider's words.
        reason: String,
        /// Whether the same may be tried again.
        again: Again,
    },
    /// The payer, or we, thought better of it.
    Cancelled,
    /// Nobody paid in time.
    Expired,
    /// The provider could not go on.
    Errored {
        /// Why, in the provider's words.
        reason: String,
    },
    /// The provider was asked and did not answer: it may have happened or not.
    /// Look again before the payer is asked for money again.
    Unknown {
        /// What the provider calls it, if it ever said.
        provider_ref: Option<String>,
    },
}

/// The public name of a status: what is listed, filtered by and stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusName {
    /// Ordered here; the provider has not been asked.
    Created,
    /// The provider waits for the payer.
    Started,
    /// The payer is done, the provider is not.
    Pending,
    /// The money is held, not taken.
    Authorised,
    /// The money is ours.
    Captured,
    /// Refused.
    Failed,
    /// Called off.
    Cancelled,
    /// Nobody paid in time.
    Expired,
    /// The provider could not go on.
    Errored,
    /// No answer came: it may have happened or not.
    Unknown,
}

impl StatusName {
    /// Every name, as a payment may go through them.
    pub const ALL: [Self; 10] = [
        Self::Created,
        Self::Unknown,
        Self::Started,
        Self::Pending,
        Self::Authorised,
        Self::Captured,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
        Self::Errored,
    ];

    /// The word it is stored and listed by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Started => "started",
            Self::Pending => "pending",
            Self::Authorised => "authorised",
            Self::Captured => "captured",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Errored => "errored",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the payment may still become paid without anybody asking for it
    /// again: somebody has to look until it does not.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Created | Self::Started | Self::Pending | Self::Authorised | Self::Unknown => {
                true
            }
            Self::Captured | Self::Failed | Self::Cancelled | Self::Expired | Self::Errored => {
                false
            }
        }
    }
}

impl fmt::Display for StatusName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is no status of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no status of a payment: created, started, pending, authorised, captured, failed, \
     cancelled, expired, errored or unknown"
)]
pub struct BadStatus(pub String);

impl FromStr for StatusName {
    type Err = BadStatus;

    fn from_str(text: &str) -> Result<Self, BadStatus> {
        let found = Self::ALL.into_iter().find(|name| name.as_str() == text);
        found.ok_or_else(|| BadStatus(text.to_owned()))
    }
}

/// An event that contradicts what is known of the payment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OutOfTurn {
    /// The money was taken already. What undoes it is an entry in the books.
    #[error("the payment is {status}, so it cannot be {event} now; ask the provider which is true")]
    Contradicts {
        /// Where the payment is, in a word.
        status: StatusName,
        /// What was said, in a word.
        event: &'static str,
    },
    /// It is about another payment. If it is paid, one of the two is to be given
    /// back: never swallowed.
    #[error("the payment is `{ours}` at the provider, but the answer is about `{theirs}`")]
    AnotherPayment {
        /// The name known here.
        ours: String,
        /// The name said.
        theirs: String,
    },
}

impl Status {
    /// The status after `event`.
    ///
    /// Answers and notices repeat and overtake each other, so what is known
    /// already or long past changes nothing. Money taken outlives every other
    /// ending, however late it is heard of.
    ///
    /// # Errors
    ///
    /// [`OutOfTurn`] for what denies money that was taken, and for an event of
    /// another payment: of one that the provider names otherwise, or whose money it
    /// names otherwise than the money it took.
    pub fn after(self, event: Event) -> Result<Self, OutOfTurn> {
        let heard = event.about(self.provider_ref());
        self.is_about(&heard)?;
        match (self, heard) {
            (Self::Captured(kept), Heard::Paid(taken)) if kept.is_another_than(&taken) => {
                let (ours, theirs) = (kept.transaction(), taken.transaction());
                let (ours, theirs) = (ours.to_owned(), theirs.to_owned());
                Err(OutOfTurn::AnotherPayment { ours, theirs })
            }

            // What was taken stays taken.
            (
                kept @ Self::Captured(_),
                Heard::Accepted { .. }
                | Heard::Waiting { .. }
                | Heard::Authorised { .. }
                | Heard::Paid(_)
                | Heard::Silent,
            ) => Ok(kept),
            (Self::Captured(_), denied) => {
                let (status, event) = (StatusName::Captured, denied.name());
                Err(OutOfTurn::Contradicts { status, event })
            }
            (_, Heard::Paid(taken)) => Ok(Self::Captured(taken)),

            // What has ended stays ended.
            (
                kept @ (Self::Failed { .. }
                | Self::Cancelled
                | Self::Expired
                | Self::Errored { .. }),
                _,
            ) => Ok(kept),

            // What is open only goes forwards.
            (Self::Created | Self::Unknown { .. }, Heard::Accepted { provider_ref, next }) => {
                Ok(Self::Started { provider_ref, next })
            }
            (kept @ Self::Authorised { .. }, Heard::Waiting { .. })
            | (
                kept @ (Self::Started { .. } | Self::Pending { .. } | Self::Authorised { .. }),
                Heard::Accepted { .. },
            ) => Ok(kept),
            (_, Heard::Waiting { provider_ref }) => Ok(Self::Pending { provider_ref }),
            (_, Heard::Authorised { provider_ref, transaction }) => {
                Ok(Self::Authorised { provider_ref, transaction })
            }
            (_, Heard::Refused { reason, again }) => Ok(Self::Failed { reason, again }),
            (_, Heard::Cancelled) => Ok(Self::Cancelled),
            (_, Heard::Expired) => Ok(Self::Expired),
            (_, Heard::Broke { reason }) => Ok(Self::Errored { reason }),
            (open, Heard::Silent) => {
                Ok(Self::Unknown { provider_ref: open.provider_ref().map(str::to_owned) })
            }
        }
    }

    fn is_about(&self, heard: &Heard) -> Result<(), OutOfTurn> {
        match (self.provider_ref(), heard.provider_ref()) {
            (Some(ours), Some(theirs)) if ours != theirs => {
                Err(OutOfTurn::AnotherPayment { ours: ours.to_owned(), theirs: theirs.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// What the provider calls it, where that is kept.
    #[must_use]
    pub fn provider_ref(&self) -> Option<&str> {
        match self {
            Self::Started { provider_ref, .. }
            | Self::Pending { provider_ref }
            | Self::Authorised { provider_ref, .. } => Some(provider_ref),
            Self::Captured(taken) => Some(taken.provider_ref()),
            Self::Unknown { provider_ref } => provider_ref.as_deref(),
            Self::Created
            | Self::Failed { .. }
            | Self::Cancelled
            | Self::Expired
            | Self::Errored { .. } => None,
        }
    }

    /// Its public name.
    #[must_use]
    pub const fn name(&self) -> StatusName {
        match self {
            Self::Created => StatusName::Created,
            Self::Started { .. } => StatusName::Started,
            Self::Pending { .. } => StatusName::Pending,
            Self::Authorised { .. } => StatusName::Authorised,
            Self::Captured(_) => StatusName::Captured,
            Self::Failed { .. } => StatusName::Failed,
            Self::Cancelled => StatusName::Cancelled,
            Self::Expired => StatusName::Expired,
            Self::Errored { .. } => StatusName::Errored,
            Self::Unknown { .. } => StatusName::Unknown,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

#[cfg(test)]
mod tests;
