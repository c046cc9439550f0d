//! The life of a payment, as one table.

use std::fmt;

use chrono::{DateTime, Utc};
use thiserror::Error;

/// Where a payment is in its life, with what is known there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Ordered here; the provider has not been asked.
    Created,
    /// The provider knows of it and waits for the payer.
    Started {
        /// What the provider calls it.
        provider_ref: String,
        /// Where the payer pays.
        next_url: String,
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
    },
    /// The money is ours.
    Captured {
        /// What the provider calls it.
        provider_ref: String,
        /// When it was taken.
        at: DateTime<Utc>,
    },
    /// Refused: the card was declined.
    Failed {
        /// Why, in the provider's words.
        reason: String,
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

/// Something a provider says of a payment, or its silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It knows of the payment.
    Accepted {
        /// What it calls it.
        provider_ref: String,
        /// Where the payer pays.
        next_url: String,
    },
    /// It has not decided.
    Waiting {
        /// What it calls it.
        provider_ref: String,
    },
    /// It holds the money.
    Authorised {
        /// What it calls it.
        provider_ref: String,
    },
    /// It took the money.
    Paid {
        /// What it calls it.
        provider_ref: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// It refused.
    Refused {
        /// Why.
        reason: String,
    },
    /// It was called off.
    Cancelled,
    /// It waited too long.
    Expired,
    /// It could not go on.
    Broke {
        /// Why.
        reason: String,
    },
    /// It was asked and did not answer.
    Silent,
}

/// An event that contradicts what is known of the payment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OutOfTurn {
    /// The money was taken already. What undoes it is an entry in the books.
    #[error("the payment is {status}, so it cannot be {event} now; ask the provider which is true")]
    Contradicts {
        /// Where the payment is, in a word.
        status: &'static str,
        /// What was said, in a word.
        event: &'static str,
    },
    /// It is about another payment.
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
    /// another payment.
    pub fn after(self, event: Event) -> Result<Self, OutOfTurn> {
        self.is_about(&event)?;
        match (self, event) {
            // What was taken stays taken.
            (
                kept @ Self::Captured { .. },
                Event::Accepted { .. }
                | Event::Waiting { .. }
                | Event::Authorised { .. }
                | Event::Paid { .. }
                | Event::Silent,
            ) => Ok(kept),
            (
                Self::Created
                | Self::Started { .. }
                | Self::Pending { .. }
                | Self::Authorised { .. }
                | Self::Unknown { .. }
                | Self::Failed { .. }
                | Self::Cancelled
                | Self::Expired
                | Self::Errored { .. },
                Event::Paid { provider_ref, at },
            ) => Ok(Self::Captured { provider_ref, at }),

            // What has ended stays ended.
            (
                kept @ (Self::Failed { .. }
                | Self::Cancelled
                | Self::Expired
                | Self::Errored { .. }),
                _,
            ) => Ok(kept),

            // What is open only goes forwards.
            (Self::Created | Self::Unknown { .. }, Event::Accepted { provider_ref, next_url }) => {
                Ok(Self::Started { provider_ref, next_url })
            }
            (
                Self::Created | Self::Unknown { .. } | Self::Started { .. } | Self::Pending { .. },
                Event::Waiting { provider_ref },
            ) => Ok(Self::Pending { provider_ref }),
            (
                Self::Created
                | Self::Unknown { .. }
                | Self::Started { .. }
                | Self::Pending { .. }
                | Self::Authorised { .. },
                Event::Authorised { provider_ref },
            ) => Ok(Self::Authorised { provider_ref }),
            (
                kept @ (Self::Started { .. } | Self::Pending { .. } | Self::Authorised { .. }),
                Event::Accepted { .. },
            )
            | (kept @ Self::Authorised { .. }, Event::Waiting { .. }) => Ok(kept),
            (open, event) => open.ended_by(event),
        }
    }

    /// The end of an open payment, or a refusal to end one that was paid.
    fn ended_by(self, event: Event) -> Result<Self, OutOfTurn> {
        match (self, event) {
            (status @ Self::Captured { .. }, event) => {
                Err(OutOfTurn::Contradicts { status: status.name(), event: event.name() })
            }
            (_, Event::Refused { reason }) => Ok(Self::Failed { reason }),
            (_, Event::Cancelled) => Ok(Self::Cancelled),
            (_, Event::Expired) => Ok(Self::Expired),
            (_, Event::Broke { reason }) => Ok(Self::Errored { reason }),
            (status, Event::Silent) => {
                Ok(Self::Unknown { provider_ref: status.provider_ref().map(str::to_owned) })
            }
            (status, event) => {
                Err(OutOfTurn::Contradicts { status: status.name(), event: event.name() })
            }
        }
    }

    fn is_about(&self, event: &Event) -> Result<(), OutOfTurn> {
        match (self.provider_ref(), event.provider_ref()) {
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
            | Self::Authorised { provider_ref }
            | Self::Captured { provider_ref, .. } => Some(provider_ref),
            Self::Unknown { provider_ref } => provider_ref.as_deref(),
            Self::Created
            | Self::Failed { .. }
            | Self::Cancelled
            | Self::Expired
            | Self::Errored { .. } => None,
        }
    }

    /// The status in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Started { .. } => "started",
            Self::Pending { .. } => "pending",
            Self::Authorised { .. } => "authorised",
            Self::Captured { .. } => "captured",
            Self::Failed { .. } => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Errored { .. } => "errored",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Event {
    /// What the provider calls the payment, where the event says it.
    #[must_use]
    pub fn provider_ref(&self) -> Option<&str> {
        match self {
            Self::Accepted { provider_ref, .. }
            | Self::Waiting { provider_ref }
            | Self::Authorised { provider_ref }
            | Self::Paid { provider_ref, .. } => Some(provider_ref),
            Self::Refused { .. }
            | Self::Cancelled
            | Self::Expired
            | Self::Broke { .. }
            | Self::Silent => None,
        }
    }

    /// The event in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Waiting { .. } => "waiting",
            Self::Authorised { .. } => "authorised",
            Self::Paid { .. } => "paid",
            Self::Refused { .. } => "refused",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Broke { .. } => "broke",
            Self::Silent => "silent",
        }
    }
}

#[cfg(test)]
mod tests;
