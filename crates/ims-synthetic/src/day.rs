//! A day of the council, as it arrives.

use std::fmt;

use chrono::NaiveDate;
use ims_ledger::Account;
use ims_money::Pence;

/// What arrives on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day of its bank statements.
    pub date: NaiveDate,
    /// The files, in the order in which they arrive.
    pub files: Vec<File>,
    /// What the books are taken over with, before the first file. Only a
    /// borough's first day has any.
    pub opening: Vec<OpeningItem>,
    /// What was put in on purpose for people to find.
    pub planted: Vec<Planted>,
}

/// One file.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Its name. Names sort in the order of arrival and are the same every day.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// The format, as `ims-files` names it.
    pub format: &'static str,
    /// What it is, in one line for people.
    pub about: &'static str,
}

impl fmt::Debug for File {
    /// A file's bytes are only counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} bytes)", self.name, self.format, self.bytes.len())
    }
}

/// One thing that the books are taken over with. Its other side is `opening`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningItem {
    /// Where it stands: a bank account, or suspense.
    pub account: Account,
    /// Debit positive: money in the bank is, money of unknown owners is not.
    pub amount: Pence,
    /// The day it is from.
    pub date: NaiveDate,
    /// What its bank line quoted; for a bank account, the account's code.
    pub reference: String,
    /// What its bank line said.
    pub narrative: String,
}

/// Something put in on purpose for people, or rules, to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// What it is.
    pub kind: Fault,
    /// The file it is in.
    pub file: String,
    /// What that file quotes there.
    pub reference: String,
    /// How much it is about, credit positive. For a short payout this is what
    /// is missing.
    pub amount: Pence,
    /// What happened, in one sentence for people.
    pub says: String,
}

/// The kinds of what is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A bank credit quotes a reference with one digit wrong, which fails its
    /// check digit.
    MistypedReference,
    /// A bank credit quotes a name and no reference.
    NameOnly,
    /// A schedule arrives whose credit came on an earlier day and waits in
    /// suspense.
    LateSchedule,
    /// A bank credit whose schedule has not come yet; it comes with the next
    /// day.
    CreditWaiting,
    /// A bank credit for a day's cards is less than the cards taken.
    ShortPayout,
    /// A direct debit comes back as a bank debit.
    ReturnedDebit,
    /// The bank moves the surplus to another place overnight.
    Sweep,
    /// The same file arrives twice, under two names.
    DuplicateFile,
    /// A receipt is for a fund that the council does not have.
    UnknownFund,
    /// A receipt quotes a reference that fails its check digit.
    BadReference,
}

impl Fault {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::MistypedReference,
        Self::NameOnly,
        Self::LateSchedule,
        Self::CreditWaiting,
        Self::ShortPayout,
        Self::ReturnedDebit,
        Self::Sweep,
        Self::DuplicateFile,
        Self::UnknownFund,
        Self::BadReference,
    ];
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::MistypedReference => "mistyped reference",
            Self::NameOnly => "name without reference",
            Self::LateSchedule => "late schedule",
            Self::CreditWaiting => "credit without its schedule",
            Self::ShortPayout => "short payout",
            Self::ReturnedDebit => "returned direct debit",
            Self::Sweep => "sweep",
            Self::DuplicateFile => "duplicate file",
            Self::UnknownFund => "unknown fund",
            Self::BadReference => "reference that fails its check digit",
        })
    }
}
