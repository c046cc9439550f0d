//! What a Bacs record does, by its two characters.

use std::fmt;

/// A transaction code of Standard 18.
///
/// ```
/// use ims_files::bacs::TransactionCode;
///
/// let code = TransactionCode::parse("17").ok_or("a code")?;
/// assert!(code.is_debit());
/// assert_eq!(code.meaning(), "direct debit");
/// assert_eq!(TransactionCode::parse("42"), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransactionCode {
    /// `01`: the first direct debit under an instruction.
    FirstDebit,
    /// `17`: a direct debit; as a contra, the debit of a file of credits.
    Debit,
    /// `18`: a direct debit that came back unpaid, presented again.
    AgainDebit,
    /// `19`: the last direct debit under an instruction.
    FinalDebit,
    /// `99`: a credit; as a contra, the credit of a file of debits.
    Credit,
    /// `Z4`: interest.
    Interest,
    /// `Z5`: a dividend.
    Dividend,
    /// `86`: a settlement.
    Settlement,
    /// `90`: a dividend, as banks report it.
    DividendReported,
    /// `93`: a sundry credit.
    Sundry,
    /// `0N`: a new direct debit instruction; no money.
    NewInstruction,
    /// `0C`: an instruction is cancelled; no money.
    CancelInstruction,
    /// `0S`: a paper instruction becomes an electronic one; no money.
    ConvertInstruction,
}

impl TransactionCode {
    /// Every code.
    pub const ALL: [Self; 13] = [
        Self::FirstDebit,
        Self::Debit,
        Self::AgainDebit,
        Self::FinalDebit,
        Self::Credit,
        Self::Interest,
        Self::Dividend,
        Self::Settlement,
        Self::DividendReported,
        Self::Sundry,
        Self::NewInstruction,
        Self::CancelInstruction,
        Self::ConvertInstruction,
    ];

    /// The code of these two characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }

    /// The two characters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstDebit => "01",
            Self::Debit => "17",
            Self::AgainDebit => "18",
            Self::FinalDebit => "19",
            Self::Credit => "99",
            Self::Interest => "Z4",
            Self::Dividend => "Z5",
            Self::Settlement => "86",
            Self::DividendReported => "90",
            Self::Sundry => "93",
            Self::NewInstruction => "0N",
            Self::CancelInstruction => "0C",
            Self::ConvertInstruction => "0S",
        }
    }

    /// What it does, in words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::FirstDebit => "first direct debit",
            Self::Debit => "direct debit",
            Self::AgainDebit => "direct debit presented again",
            Self::FinalDebit => "last direct debit",
            Self::Credit => "credit",
            Self::Interest => "interest",
            Self::Dividend | Self::DividendReported => "dividend",
            Self::Settlement => "settlement",
            Self::Sundry => "sundry credit",
            Self::NewInstruction => "new direct debit instruction",
            Self::CancelInstruction => "direct debit instruction cancelled",
            Self::ConvertInstruction => "paper instruction made electronic",
        }
    }

    /// Whether it takes money from the destination account.
    #[must_use]
    pub const fn is_debit(self) -> bool {
        matches!(self, Self::FirstDebit | Self::Debit | Self::AgainDebit | Self::FinalDebit)
    }

    /// Whether it pays money into the destination account.
    #[must_use]
    pub const fn is_credit(self) -> bool {
        !self.is_debit() && !self.is_instruction()
    }

    /// Whether it is about a direct debit instruction and moves no money.
    #[must_use]
    pub const fn is_instruction(self) -> bool {
        matches!(self, Self::NewInstruction | Self::CancelInstruction | Self::ConvertInstruction)
    }
}

impl fmt::Display for TransactionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_parses_back_and_is_of_one_kind() {
        for code in TransactionCode::ALL {
            assert_eq!(TransactionCode::parse(code.as_str()), Some(code));
            let kinds = [code.is_debit(), code.is_credit(), code.is_instruction()];
            assert_eq!(kinds.iter().filter(|is| **is).count(), 1, "{code}");
        }
        let debits: Vec<_> =
            TransactionCode::ALL.iter().filter(|c| c.is_debit()).map(|c| c.as_str()).collect();
        assert_eq!(debits, ["01", "17", "18", "19"]);
    }
}
