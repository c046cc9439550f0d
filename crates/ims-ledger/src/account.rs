use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::{BankCode, ChannelCode, FundCode, PartyCode, VatCode};

/// A control account: where a side of an entry falls.
///
/// Written `kind:code`, or the kind alone.
///
/// ```
/// use ims_ledger::Account;
///
/// let account: Account = "fund:CT".parse()?;
/// assert_eq!(account.to_string(), "fund:CT");
/// assert!("fund:".parse::<Account>().is_err());
/// assert!("petty-cash".parse::<Account>().is_err());
/// # Ok::<(), ims_ledger::BadAccount>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// What the bank holds for us.
    Bank(BankCode),
    /// Bank lines not yet explained.
    Unmatched(BankCode),
    /// Money on its way: taken, but not yet seen at the bank.
    Clearing(ChannelCode),
    /// An income stream.
    Fund(FundCode),
    /// VAT held for HMRC.
    Vat(VatCode),
    /// Money whose owner is unknown.
    Suspense,
    /// Refunds agreed but not yet paid.
    RefundsDue,
    /// Payments disputed by their payers.
    Disputes,
    /// What a provider, an agent or the bank charges us.
    Fees(PartyCode),
    /// Cash counted over or short.
    OverShort,
    /// Given up, with approval.
    WriteOff,
    /// Money through our bank that is not income: sweeps, interest, payments out.
    Outside(PartyCode),
    /// What was there when the council took the books over.
    Opening,
}

/// A text that names no account.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not an account: bank:, unmatched:, clearing:, fund:, vat:, fees: or outside: and a code, or suspense, refunds-due, disputes, over-short, write-off, opening"
)]
pub struct BadAccount(pub String);

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bank(code) => write!(f, "bank:{code}"),
            Self::Unmatched(code) => write!(f, "unmatched:{code}"),
            Self::Clearing(code) => write!(f, "clearing:{code}"),
            Self::Fund(code) => write!(f, "fund:{code}"),
            Self::Vat(code) => write!(f, "vat:{code}"),
            Self::Suspense => f.write_str("suspense"),
            Self::RefundsDue => f.write_str("refunds-due"),
            Self::Disputes => f.write_str("disputes"),
            Self::Fees(code) => write!(f, "fees:{code}"),
            Self::OverShort => f.write_str("over-short"),
            Self::WriteOff => f.write_str("write-off"),
            Self::Outside(code) => write!(f, "outside:{code}"),
            Self::Opening => f.write_str("opening"),
        }
    }
}

impl FromStr for Account {
    type Err = BadAccount;

    fn from_str(text: &str) -> Result<Self, BadAccount> {
        let bad = || BadAccount(text.to_owned());
        let Some((kind, code)) = text.split_once(':') else {
            return match text {
                "suspense" => Ok(Self::Suspense),
                "refunds-due" => Ok(Self::RefundsDue),
                "disputes" => Ok(Self::Disputes),
                "over-short" => Ok(Self::OverShort),
                "write-off" => Ok(Self::WriteOff),
                "opening" => Ok(Self::Opening),
                _ => Err(bad()),
            };
        };
        match kind {
            "bank" => code.parse().map(Self::Bank),
            "unmatched" => code.parse().map(Self::Unmatched),
            "clearing" => code.parse().map(Self::Clearing),
            "fund" => code.parse().map(Self::Fund),
            "vat" => code.parse().map(Self::Vat),
            "fees" => code.parse().map(Self::Fees),
            "outside" => code.parse().map(Self::Outside),
            _ => return Err(bad()),
        }
        .map_err(|_| bad())
    }
}

impl TryFrom<String> for Account {
    type Error = BadAccount;

    fn try_from(text: String) -> Result<Self, BadAccount> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_account_prints_and_parses_back() {
        for text in [
            "bank:main",
            "unmatched:main",
            "clearing:card-web",
            "fund:CT",
            "vat:S",
            "suspense",
            "refunds-due",
            "disputes",
            "fees:bank",
            "over-short",
            "write-off",
            "outside:sweep",
            "opening",
        ] {
            assert_eq!(text.parse::<Account>().unwrap().to_string(), text);
        }
    }
}
