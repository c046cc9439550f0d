//! The life of a refund: which step may follow which.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a refund reaches the payer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefundWay {
    /// Through the provider that took the payment.
    Source,
    /// By a payment from a bank account of the council's.
    Bank,
}

impl RefundWay {
    /// `source` or `bank`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Bank => "bank",
        }
    }
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefundState {
    /// Asked for: its money is kept back, nothing is posted.
    Requested,
    /// Approved by a second person: due, and not sent yet.
    Approved,
    /// The provider or the bank was told to pay it.
    Sent,
    /// Nobody knows whether it was paid: no answer came. It stays due.
    Unknown,
    /// Paid.
    Paid,
    /// It will not be paid: the account has its money again.
    Failed,
    /// Paid, and the money came back: due once more.
    Bounced,
    /// Not approved, or no longer wanted: the account keeps its money.
    Refused,
}

/// What happens to a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefundEvent {
    /// A second person says yes.
    Approve,
    /// A second person says no, or who asked withdraws it.
    Refuse,
    /// The provider or the bank is told to pay.
    Send,
    /// No answer came in time.
    NoAnswer,
    /// The provider or the bank paid.
    Pay,
    /// The provider or the bank will not pay.
    Fail,
    /// What was paid came back.
    Bounce,
    /// The bank line that showed it paid, or come back, was another's.
    TakeBack,
}

/// A step that may not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a refund that {} cannot be {}: {}", .state.in_words(), .event.in_words(), .state.hint())]
pub struct RefundOutOfTurn {
    /// Where the refund stands.
    pub state: RefundState,
    /// What was said to happen.
    pub event: RefundEvent,
}

impl RefundState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Requested,
        Self::Approved,
        Self::Sent,
        Self::Unknown,
        Self::Paid,
        Self::Failed,
        Self::Bounced,
        Self::Refused,
    ];

    /// The state after `event`: the same one when the event tells nothing new.
    ///
    /// A timeout never makes a refund fail, so it can never be paid twice; a
    /// payment told of late counts, whatever was told before; a failure told of
    /// after the payment does not.
    ///
    /// # Errors
    ///
    /// [`RefundOutOfTurn`] when it cannot follow.
    ///
    /// ```
    /// use ims_ledger::{RefundEvent, RefundState};
    ///
    /// let unknown = RefundState::Sent.after(RefundEvent::NoAnswer)?;
    /// assert!(unknown.is_in_flight());
    /// assert_eq!(unknown.after(RefundEvent::Pay)?, RefundState::Paid);
    /// assert!(RefundState::Paid.after(RefundEvent::Fail).is_err());
    /// # Ok::<(), ims_ledger::RefundOutOfTurn>(())
    /// ```
    pub const fn after(self, event: RefundEvent) -> Result<Self, RefundOutOfTurn> {
        use RefundEvent as E;
        match (self, event) {
            (Self::Requested, E::Approve) => Ok(Self::Approved),
            (Self::Requested | Self::Refused, E::Refuse) => Ok(Self::Refused),
            (Self::Approved | Self::Sent | Self::Unknown | Self::Bounced, E::Send) => {
                Ok(Self::Sent)
            }
            (Self::Approved | Self::Sent | Self::Unknown, E::NoAnswer) => Ok(Self::Unknown),
            // What is known stays known.
            (Self::Paid | Self::Failed | Self::Bounced, E::NoAnswer) => Ok(self),
            (Self::Approved | Self::Sent | Self::Unknown | Self::Paid | Self::Failed, E::Pay) => {
                Ok(Self::Paid)
            }
            (
                Self::Approved | Self::Sent | Self::Unknown | Self::Failed | Self::Bounced,
                E::Fail,
            ) => Ok(Self::Failed),
            (Self::Paid | Self::Bounced, E::Bounce) => Ok(Self::Bounced),
            (Self::Paid, E::TakeBack) => Ok(Self::Sent),
            (Self::Bounced, E::TakeBack) => Ok(Self::Paid),
            _ => Err(RefundOutOfTurn { state: self, event }),
        }
    }

    /// Whether it is due: approved, and not known to be paid. `refunds-due` is
    /// the sum of these.
    #[must_use]
    pub const fn is_in_flight(self) -> bool {
        matches!(self, Self::Approved | Self::Sent | Self::Unknown | Self::Bounced)
    }

    /// The word it is kept and listed by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Sent => "sent",
            Self::Unknown => "unknown",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
            Self::Refused => "refused",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Requested => "waits for approval",
            Self::Approved => "is approved",
            Self::Sent => "was sent",
            Self::Unknown => "has had no answer",
            Self::Paid => "was paid",
            Self::Failed => "failed",
            Self::Bounced => "came back",
            Self::Refused => "was refused",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Requested => "a second person approves it first",
            Self::Approved | Self::Sent | Self::Unknown => {
                "it can be sent, paid or recorded as failed"
            }
            Self::Paid => "if the money came back, record it as bounced",
            Self::Failed => "ask for a new refund",
            Self::Bounced => "send it again, or record it as failed",
            Self::Refused => "ask for a new refund",
        }
    }
}

impl RefundEvent {
    /// Every event.
    pub const ALL: [Self; 8] = [
        Self::Approve,
        Self::Refuse,
        Self::Send,
        Self::NoAnswer,
        Self::Pay,
        Self::Fail,
        Self::Bounce,
        Self::TakeBack,
    ];

    const fn in_words(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Refuse => "refused or withdrawn",
            Self::Send => "sent",
            Self::NoAnswer => "without an answer",
            Self::Pay => "paid",
            Self::Fail => "recorded as failed",
            Self::Bounce => "recorded as bounced",
            Self::TakeBack => "taken off its bank line",
        }
    }
}

impl fmt::Display for RefundState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no state of a refund.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no state of a refund: requested, approved, sent, unknown, paid, failed, bounced or refused"
)]
pub struct BadRefundState(pub String);

impl FromStr for RefundState {
    type Err = BadRefundState;

    fn from_str(text: &str) -> Result<Self, BadRefundState> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| BadRefundState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// W8: a timeout (`NoAnswer`) is not a failure, and what was refused is over.
    #[test]
    fn which_step_may_follow_which() {
        let mut table = String::new();
        for state in RefundState::ALL {
            for event in RefundEvent::ALL {
                if let Ok(next) = state.after(event) {
                    let same = if next == state { " (nothing new)" } else { "" };
                    writeln!(table, "{state} + {event:?} -> {next}{same}").unwrap();
                }
            }
        }
        assert_eq!(
            table,
            "requested + Approve -> approved\n\
             requested + Refuse -> refused\n\
             approved + Send -> sent\n\
             approved + NoAnswer -> unknown\n\
             approved + Pay -> paid\n\
             approved + Fail -> failed\n\
             sent + Send -> sent (nothing new)\n\
             sent + NoAnswer -> unknown\n\
             sent + Pay -> paid\n\
             sent + Fail -> failed\n\
             unknown + Send -> sent\n\
             unknown + NoAnswer -> unknown (nothing new)\n\
             unknown + Pay -> paid\n\
             unknown + Fail -> failed\n\
             paid + NoAnswer -> paid (nothing new)\n\
             paid + Pay -> paid (nothing new)\n\
             paid + Bounce -> bounced\n\
             paid + TakeBack -> sent\n\
             failed + NoAnswer -> failed (nothing new)\n\
             failed + Pay -> paid\n\
             failed + Fail -> failed (nothing new)\n\
             bounced + Send -> sent\n\
             bounced + NoAnswer -> bounced (nothing new)\n\
             bounced + Fail -> failed\n\
             bounced + Bounce -> bounced (nothing new)\n\
             bounced + TakeBack -> paid\n\
             refused + Refuse -> refused (nothing new)\n"
        );
    }

    #[test]
    fn what_cannot_follow_says_what_can() {
        for (state, event, why) in [
            (
                RefundState::Paid,
                RefundEvent::Fail,
                "a refund that was paid cannot be recorded as failed: if the money came back, record it as bounced",
            ),
            (
                RefundState::Requested,
                RefundEvent::Send,
                "a refund that waits for approval cannot be sent: a second person approves it first",
            ),
            (
                RefundState::Bounced,
                RefundEvent::Pay,
                "a refund that came back cannot be paid: send it again, or record it as failed",
            ),
        ] {
            assert_eq!(state.after(event).unwrap_err().to_string(), why);
        }
        for state in RefundState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("PENDING".parse::<RefundState>().is_err());
    }

    proptest! {
        /// Whatever order a provider's notices come in, and however often, the
        /// refund is paid if it paid, and failed if it only ever refused.
        #[test]
        fn notices_in_any_order_end_the_same(
            notices in prop::collection::vec(prop::sample::select(vec![RefundEvent::Send, RefundEvent::NoAnswer, RefundEvent::Pay, RefundEvent::Fail]), 1..12),
        ) {
            let last = notices.iter().fold(RefundState::Approved, |state, event| state.after(*event).unwrap_or(state));
            if notices.contains(&RefundEvent::Pay) {
                prop_assert_eq!(last, RefundState::Paid);
            } else if notices.contains(&RefundEvent::Fail) {
                prop_assert_eq!(last, RefundState::Failed);
            } else {
                prop_assert!(last.is_in_flight());
            }
        }
    }
}
