//! A bank line before a statement's format writes it.

use ims_money::Pence;

/// One line of a bank account.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) kind: Kind,
    /// Credit positive.
    pub(crate) amount: Pence,
    /// The other side's name; empty for the bank's own lines.
    pub(crate) payer: String,
    /// What the payer, or the bank, wrote.
    pub(crate) written: String,
}

/// What the bank calls a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    FasterPayment,
    StandingOrder,
    BankGiro,
    Counter,
    Returned,
    Transfer,
    Interest,
    Charge,
}

impl Kind {
    /// The three letters before the text.
    pub(crate) const fn letters(self) -> &'static str {
        match self {
            Self::FasterPayment => "FPI",
            Self::StandingOrder => "STO",
            Self::BankGiro => "BGC",
            Self::Counter => "CTR",
            Self::Returned => "RTN",
            Self::Transfer => "TFR",
            Self::Interest => "INT",
            Self::Charge => "CHG",
        }
    }

    /// MT940's transaction type.
    pub(crate) const fn swift(self) -> &'static str {
        match self {
            Self::FasterPayment | Self::StandingOrder | Self::BankGiro | Self::Transfer => "NTRF",
            Self::Counter => "NMSC",
            Self::Returned => "NRTI",
            Self::Interest => "NINT",
            Self::Charge => "NCHG",
        }
    }

    /// ISO 20022's domain, family and sub-family.
    pub(crate) const fn iso(self) -> [&'static str; 3] {
        match self {
            Self::FasterPayment => ["PMNT", "RRCT", "ESCT"],
            Self::StandingOrder => ["PMNT", "RCDT", "STDO"],
            Self::BankGiro => ["PMNT", "RCDT", "ACDT"],
            Self::Counter => ["PMNT", "CNTR", "CDPT"],
            Self::Returned => ["PMNT", "RDDT", "UPDD"],
            Self::Transfer => ["PMNT", "RCDT", "BOOK"],
            Self::Interest => ["ACMT", "MCOP", "INTR"],
            Self::Charge => ["ACMT", "MDOP", "CHRG"],
        }
    }
}
