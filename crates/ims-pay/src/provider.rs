use chrono::{DateTime, Utc};
use ims_ledger::card_number::masked;
use ims_money::Pence;
use thiserror::Error;

use crate::{Abilities, Ask, Delivery, Hint, Order, Reply, Request, Said};

/// A payment provider: makes requests and reads replies. It never opens a
/// connection, keeps nothing and reads no clock.
///
/// Every method must be answered. What only some providers can do is a trait of
/// its own and an entry of [`abilities`](Self::abilities).
pub trait Provider: std::fmt::Debug + Send + Sync {
    /// The provider's name in a word: `govuk-pay`.
    fn name(&self) -> &'static str;

    /// Asks for a payment; the same order again is the same payment.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] when this provider takes no such payment.
    fn ask(&self, order: &Order, now: DateTime<Utc>) -> Result<Ask, ProviderError>;

    /// What the answer to [`ask`](Self::ask) says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when it says nothing that can be acted on.
    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError>;

    /// Asks what became of a payment, by the provider's name for it or, while
    /// that is not known, by ours.
    ///
    /// # Errors
    ///
    /// [`ProviderError::AskAgain`] where it cannot be looked up by our name: then
    /// it is asked for again under the same key.
    fn look(
        &self,
        order: &Order,
        provider_ref: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError>;

    /// What the answer to [`look`](Self::look) says.
    ///
    /// # Errors
    ///
    /// [`ProviderError`] when it says nothing that can be acted on.
    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError>;

    /// What the payer's browser brought back. It is a hint of what to look at.
    fn returned(&self, back: &Delivery) -> Hint;

    /// What else it can do.
    fn abilities(&self) -> Abilities<'_>;
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
    /// It answers for another currency. Nothing may be posted.
    #[error("pounds were asked for, but the provider answers for `{answered}`")]
    CurrencyDiffers {
        /// The currency answered.
        answered: String,
    },
    /// It answers for another order of ours.
    #[error("order `{asked}` was asked for, but the provider answers for `{answered}`")]
    OrderDiffers {
        /// The order's key.
        asked: String,
        /// The key answered.
        answered: String,
    },
    /// It names something by what looks like a card number, which is kept nowhere.
    #[error("the provider's {field} looks like a card number; it is not kept, ask the provider")]
    CardNumber {
        /// Where it stood.
        field: &'static str,
    },
    /// This provider takes no such payment; nothing was asked.
    #[error("this provider cannot be asked for it: {0}")]
    CannotAsk(String),
    /// It cannot be looked up before the provider has named it.
    #[error("the provider has not named the payment; ask for it again under the same key")]
    AskAgain,
    /// There is no such payment, or not yet: some learn of one late.
    #[error("the provider knows of no such payment, or does not yet")]
    NotFound,
    /// It does not do what was asked: a wrong key, a setting.
    #[error("the provider refuses the request (HTTP status {status}{}); see its settings", after_comma(.code))]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// The provider's own code, if it gives one.
        code: Option<String>,
    },
    /// It has a fault, or is not done with what was asked before: ask again later.
    #[error("the provider cannot answer now (HTTP status {status}); ask again later")]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// It was asked too much at once: ask again, later each time.
    #[error("the provider was asked too often; ask again in a moment")]
    TooMany {
        /// For how many seconds it asks to be left alone, if it says.
        retry_after_seconds: Option<u32>,
    },
    /// What it says does not read.
    #[error("the provider's answer does not read: {0}")]
    Unreadable(String),
}

fn after_comma(code: &Option<String>) -> String {
    code.as_ref().map(|code| format!(", {code}")).unwrap_or_default()
}

impl ProviderError {
    /// The fault of a reply that is no success.
    #[must_use]
    pub fn of_reply(reply: &Reply) -> Option<Self> {
        match reply.status {
            200..=299 => None,
            404 => Some(Self::NotFound),
            429 => {
                let retry_after_seconds = reply.retry_after_seconds;
                Some(Self::TooMany { retry_after_seconds })
            }
            // It was too slow, is busy with it, or will not say yet: it may have happened.
            status @ (408 | 409 | 425 | 500..=599) => Some(Self::Unavailable { status }),
            status => Some(Self::Rejected { status, code: None }),
        }
    }

    /// With the provider's own code, where it refused.
    #[must_use]
    pub fn with_code(self, given: Option<&str>) -> Self {
        if let Self::Rejected { status, .. } = self {
            Self::Rejected { status, code: given.map(Self::shown) }
        } else {
            self
        }
    }

    /// That an answer does not read, and why. What looks like a card number in
    /// the reason is masked.
    #[must_use]
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self::Unreadable(Self::shown(&why.into()))
    }

    /// A text of the provider's, fit to be shown and kept: no card number, nothing
    /// that cannot be printed, not too long.
    #[must_use]
    pub fn shown(text: &str) -> String {
        let fit = |letter: char| if letter.is_control() { ' ' } else { letter };
        let cut: String = text.chars().take(200).map(fit).collect();
        masked(&cut).unwrap_or(cut)
    }

    /// Whether it is for a person to look into: the provider answers for
    /// something else than was asked.
    #[must_use]
    pub const fn is_exception(&self) -> bool {
        matches!(
            self,
            Self::AmountDiffers { .. } | Self::CurrencyDiffers { .. } | Self::OrderDiffers { .. }
        )
    }

    /// Whether the same may be asked again in a while.
    #[must_use]
    pub const fn may_be_asked_again(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::TooMany { .. } | Self::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_writes_is_masked_before_it_is_kept() {
        assert_eq!(
            ProviderError::unreadable("no such card: 4111111111111111").to_string(),
            "the provider's answer does not read: no such card: ************1111"
        );
        assert_eq!(ProviderError::shown(&"é".repeat(300)).chars().count(), 200);
    }

    #[test]
    fn an_answer_is_a_refusal_a_fault_or_a_wish_to_be_left_alone() {
        let of = |status| ProviderError::of_reply(&Reply::new(status, ""));
        assert_eq!(of(201), None);
        assert_eq!(of(404), Some(ProviderError::NotFound));
        assert_eq!(of(401), Some(ProviderError::Rejected { status: 401, code: None }));
        for status in [408, 409, 425, 503] {
            let later = of(status);
            assert_eq!(later, Some(ProviderError::Unavailable { status }));
            assert!(later.is_some_and(|error| error.may_be_asked_again()), "{status}");
        }
        let reply = Reply { retry_after_seconds: Some(3), ..Reply::new(429, "") };
        let wish = ProviderError::TooMany { retry_after_seconds: Some(3) };
        assert_eq!(ProviderError::of_reply(&reply), Some(wish));
        let coded = of(422).map(|error| error.with_code(Some("P0102")).to_string());
        let text = "the provider refuses the request (HTTP status 422, P0102); see its settings";
        assert_eq!(coded.as_deref(), Some(text));
    }
}
