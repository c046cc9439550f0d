//! Ids and codes, each a type of its own, so that one cannot be passed for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// A UUID of version 7: in the order of their making, and unguessable enough for a key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is already known to be one.
            #[must_use]
            pub const fn new(value: Uuid) -> Self {
                Self(value)
            }

            /// The bare UUID.
            #[must_use]
            pub const fn get(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

id! {
    /// One balanced entry.
    EntryId;
    /// One payment event from a payer.
    ReceiptId;
    /// One file taken in.
    ImportId;
    /// One bank statement.
    StatementId;
    /// One line of a bank statement.
    LineId;
    /// One thing a clearing account waits for.
    ExpectedId;
    /// One item of suspense.
    SuspenseId;
    /// One group of pairs made together.
    MatchId;
    /// One file sent out.
    ExportId;
    /// One person who signs in.
    PersonId;
    /// One piece of work for later.
    JobId;
    /// One audit event.
    EventId;
    /// One thing that waits for a second person.
    ApprovalId;
    /// One refund.
    RefundId;
    /// One transfer between accounts, or journal of a posted line.
    TransferId;
    /// One payment sent back by a bank: a direct debit returned, a cheque unpaid.
    ReturnId;
    /// One dispute with a card scheme.
    DisputeId;
    /// One site's takings on a template.
    EReturnId;
    /// One payment asked of a provider.
    PaymentId;
    /// One cashier's time at a till.
    TillSessionId;
    /// One payment link.
    LinkId;
    /// One thing a provider said that cannot be.
    ExceptionId;
    /// One agreement by which a payer lets money be taken again.
    AgreementId;
}

/// The council, as the books number it: a small whole number, because it leads
/// every key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CouncilId(i64);

impl CouncilId {
    /// Wraps a number that is already known to be a council's.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The bare number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// A text that cannot be a code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a code: 1 to 40 letters, digits, `-`, `_` or `.`")]
pub struct BadCode(pub String);

macro_rules! code {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// 1 to 40 letters, digits, `-`, `_` or `.`; the council chooses it.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads a code.
            ///
            /// # Errors
            ///
            /// [`BadCode`] for an empty or too long text, or one with other characters.
            pub fn parse(text: &str) -> Result<Self, BadCode> {
                if is_code(text) { Ok(Self(text.to_owned())) } else { Err(BadCode(text.to_owned())) }
            }

            /// The code as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadCode;

            fn try_from(text: String) -> Result<Self, BadCode> {
                if is_code(&text) { Ok(Self(text)) } else { Err(BadCode(text)) }
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }

        impl FromStr for $name {
            type Err = BadCode;

            fn from_str(text: &str) -> Result<Self, BadCode> {
                Self::parse(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}

code! {
    /// A council's short name: `BARNSLEY`.
    CouncilCode;
    /// A fund: council tax, rents, sundry debtors.
    FundCode;
    /// A method of payment.
    MethodCode;
    /// A place where money is taken.
    OfficeCode;
    /// A VAT code.
    VatCode;
    /// One of the council's bank accounts.
    BankCode;
    /// A way money comes in before the bank shows it: a provider, a till, an agent.
    ChannelCode;
    /// The rest of an account's name: whose fees, which outside.
    PartyCode;
    /// A group of funds.
    FundGroupCode;
    /// A role: `cashier`, `System.Admin`.
    RoleName;
    /// What a site declares its takings on.
    TemplateCode;
    /// A till: a drawer at an office.
    TillCode;
}

fn is_code(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_short_and_plain() {
        for good in ["CT", "card-web", "7", "a_b.c"] {
            assert!(FundCode::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a:b", "é", &"x".repeat(41)] {
            assert_eq!(FundCode::parse(bad), Err(BadCode(bad.to_owned())), "{bad}");
        }
    }
}
