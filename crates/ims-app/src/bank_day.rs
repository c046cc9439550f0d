//! A bank account, day by day: what its statement shows, what explains each
//! line, what is left on both sides and how old it is; and who put their name to
//! it. One person prepares a day, another reviews it.
//!
//! *Invariant:* a certificate is what was signed, never made again. What has
//! happened to the day since is told beside it. A match of a signed day may be
//! taken back at any time; that shows.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_ledger::id::{ExpectedId, LineId, MatchId, SuspenseId};
use ims_money::Pence;
use ims_store::SignedBy;
use serde::{Deserialize, Serialize};

use crate::{Ageing, ProposedMatch};

mod certificate;
mod changes;
mod look;
mod pdf;
mod sign;
mod typeset;

/// The most lines a day of an account may have to be looked at whole.
pub const BANK_DAY_LINES_MAX: i64 = 50_000;

/// The most items of the other side that a day lists.
pub const BANK_DAY_WAITING_MAX: usize = 500;

/// A day of a bank account as it is now, and as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankDay {
    /// The account's name.
    pub name: String,
    /// What the day comes to now.
    pub facts: BankDayFacts,
    /// What its lines say, and why they are explained as they are.
    pub words: BTreeMap<LineId, LineWords>,
    /// What rules propose for its lines, for those of earlier days that are open, and for those
    /// that are in suspense: of each the likeliest first, at most three. It is not signed.
    pub proposals: BTreeMap<LineId, Vec<ProposedMatch>>,
    /// Who put their name to it, while that stands.
    pub signed: Option<SignedBankDay>,
    /// What has happened to it since.
    pub since: Vec<BankDayChange>,
    /// Signatures that a reopening ended, the newest first.
    pub before: Vec<SignedBankDay>,
}

/// What a bank line says, from the bank's file: it may be erased there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineWords {
    /// Its reference and narrative.
    pub says: String,
    /// Why it is explained, or proposed to be, as it is.
    pub why: String,
}

/// What a day of a bank account came to: what is signed. It says nothing of
/// people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDayFacts {
    /// The account's code.
    pub bank: String,
    /// The day, as the bank books.
    pub day: NaiveDate,
    /// The balance before its first line.
    pub opening_pence: Pence,
    /// The balance after its last.
    pub closing_pence: Pence,
    /// The statements it is part of.
    pub statements: Vec<BankDayStatement>,
    /// Its lines, as the bank listed them.
    pub lines: Vec<BankDayLine>,
    /// Lines of earlier days that nothing explains.
    pub earlier: Vec<EarlierLine>,
    /// How old the account's unexplained lines are, the day's own among them.
    pub unmatched: Ageing,
    /// What each clearing account whose money goes to this account, or may, waits
    /// for from this day and earlier: the other side of what is unmatched.
    pub waiting: BTreeMap<String, Ageing>,
    /// Item by item, the oldest first: at most [`BANK_DAY_WAITING_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting_items: Vec<WaitingItem>,
}

/// Something a clearing account waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingItem {
    /// What was expected.
    pub expected: ExpectedId,
    /// The channel's code.
    pub channel: String,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// Positive for what is to come in.
    pub amount_pence: Pence,
}

/// A statement that a day is part of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDayStatement {
    /// Counted from 1 for each account.
    pub sequence: i64,
    /// The bank's number for it.
    pub number: Option<String>,
    /// Its balance before its first line.
    pub opening_pence: Pence,
    /// Its balance after its last.
    pub closing_pence: Pence,
    /// `proved`, `unproved` or `accepted`.
    pub proof: String,
}

/// A line of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDayLine {
    /// The line.
    pub line: LineId,
    /// Credit positive.
    pub amount_pence: Pence,
    /// What explains it.
    pub stands: LineStands,
}

/// Where a bank line stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum LineStands {
    /// A rule, or a person, explained it.
    Matched {
        /// The rule.
        rule: String,
        /// The match.
        #[serde(rename = "match")]
        matched: MatchId,
    },
    /// Nobody placed it by the close of its day.
    Suspense {
        /// The item it became.
        item: SuspenseId,
        /// What is left of that.
        left_pence: Pence,
    },
    /// A rule proposes what may explain it.
    Proposed {
        /// The rule.
        rule: String,
        /// How likely, in hundredths of a per cent.
        basis_points: u16,
        /// What was expected.
        expected: Vec<ExpectedId>,
    },
    /// Nothing explains it.
    Unmatched,
    /// It moves nothing.
    Nothing,
}

impl LineStands {
    /// Whether nothing explains it, proposed or not.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Unmatched | Self::Proposed { .. })
    }

    /// In a few words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Matched { rule, .. } => rule.clone(),
            Self::Suspense { left_pence, .. } if left_pence.is_zero() => {
                "suspense, placed since".to_owned()
            }
            Self::Suspense { left_pence, .. } => format!("suspense, {left_pence} left"),
            Self::Proposed { rule, .. } => format!("proposed: {rule}"),
            Self::Unmatched => "unmatched".to_owned(),
            Self::Nothing => "nothing to match".to_owned(),
        }
    }
}

/// A line of an earlier day that nothing explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierLine {
    /// The line.
    pub line: LineId,
    /// The day the bank booked it.
    pub booked_on: NaiveDate,
    /// Credit positive.
    pub amount_pence: Pence,
}

/// Somebody's name put to a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBankDay {
    /// How often it had been opened again before.
    pub generation: i64,
    /// What was signed.
    pub facts: BankDayFacts,
    /// The hash of that, in hexadecimal.
    pub sha256: String,
    /// The newest block then, in hexadecimal.
    pub head: String,
    /// Who prepared it.
    pub prepared: SignedBy,
    /// Who else reviewed it.
    pub reviewed: Option<SignedBy>,
    /// Who opened it again, and why.
    pub reopened: Option<SignedBy>,
}

/// Something that happened to a day after it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankDayChange {
    /// What, in words: a line by its amount and day. It says nothing of people.
    pub what: String,
    /// The line that it happened to; none for a balance.
    pub line: Option<LineId>,
    /// Whether what was signed no longer holds: a balance, a line more or less,
    /// an explanation taken back. What was open then and is explained now only
    /// gets better.
    pub weighs: bool,
}

/// A day in a list of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedBankDay {
    /// The day.
    pub day: NaiveDate,
    /// How many lines.
    pub lines: i64,
    /// Their signed sum.
    pub total: Pence,
    /// How many of them nothing explains.
    pub open: i64,
    /// Who prepared it, while that stands.
    pub prepared: Option<SignedBy>,
    /// Who else reviewed it.
    pub reviewed: Option<SignedBy>,
    /// What weighs of what has happened to it since.
    pub since: Vec<String>,
}
