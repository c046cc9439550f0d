//! What comes back: matches, proposals, ambiguities and what is left.

use std::fmt;

use ims_money::Pence;

use crate::rules::RuleId;

/// Indexes into the slice that was given, in ascending order of the caller's ids; mostly one.
///
/// Reads like a slice.
#[derive(Clone, PartialEq, Eq)]
pub struct Items(Held);

#[derive(Clone, PartialEq, Eq)]
enum Held {
    One(u32),
    Many(Box<[u32]>),
}

impl Items {
    /// One item.
    #[must_use]
    pub const fn one(index: u32) -> Self {
        Self(Held::One(index))
    }
}

impl From<Vec<u32>> for Items {
    fn from(indexes: Vec<u32>) -> Self {
        match indexes.as_slice() {
            [one] => Self::one(*one),
            _ => Self(Held::Many(indexes.into_boxed_slice())),
        }
    }
}

impl std::ops::Deref for Items {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        match &self.0 {
            Held::One(index) => std::slice::from_ref(index),
            Held::Many(indexes) => indexes,
        }
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Bank lines and expected rows that pay each other off, and the rule that says so.
///
/// The lines and the rows have the same total, but for the [`fee`](Self::fee) of a match by
/// [`NetOfFee`](crate::rules::How::NetOfFee).
/// [`Rules::reason`](crate::Rules::reason) gives the sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Which lines.
    pub bank: Items,
    /// Which rows.
    pub expected: Items,
    /// The rule that held.
    pub rule: RuleId,
    /// What was kept back before paying: expected total less bank total. Nearly always zero.
    pub fee: Pence,
}

/// Bank lines and expected rows that may belong together, for a person to accept.
///
/// What it names is also in [`Outcome::bank_left`] and [`Outcome::expected_left`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Which lines.
    pub bank: Items,
    /// Which rows.
    pub expected: Items,
    /// The rule that held.
    pub rule: RuleId,
    /// Expected total less bank total.
    pub difference: Pence,
    /// 1 for the likeliest proposal for its first bank line, then 2, 3 ….
    pub rank: u16,
    /// How likely, in hundredths of a per cent: a rule of thumb, never a reason to post.
    pub basis_points: u16,
}

/// What a person has to look at, and why no rule may decide it.
///
/// What it names is also in [`Outcome::bank_left`] and [`Outcome::expected_left`], but for
/// the first line of a [`Why::Duplicate`], which may have been matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ambiguity {
    /// The lines concerned.
    pub bank: Items,
    /// The candidates.
    pub expected: Items,
    /// The rule that nearly held.
    pub rule: RuleId,
    /// What stood in the way.
    pub why: Why,
}

/// Why something that looks alike was not matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// More than one pairing is possible.
    Several,
    /// The line says the same as another line (the first named), which took the only candidate.
    Duplicate,
    /// The line quotes these rows but does not pay their sum.
    Differs {
        /// Their sum less what the line pays: positive when the line is short.
        by: Pence,
    },
    /// The line quotes a known reference that owes nothing of this amount at this time;
    /// the rows named owe it and have a similar reference.
    QuotesAnother,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Several => f.write_str("more than one pairing is possible"),
            Self::Duplicate => f.write_str("looks like the same bank line given twice"),
            Self::Differs { by } if by.get() > 0 => write!(f, "short by {by}"),
            Self::Differs { by } => {
                write!(f, "over by {}", Pence::new(by.get().saturating_neg()))
            }
            Self::QuotesAnother => f.write_str("quotes the reference of another account"),
        }
    }
}

/// Everything that was given, each item once: in one match, or left over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What may be posted, in order of the first line's index.
    pub matches: Vec<Match>,
    /// What a person may accept, in order of line and rank.
    pub proposals: Vec<Proposal>,
    /// What a person has to look at, in order of the first line's index.
    pub ambiguous: Vec<Ambiguity>,
    /// Indexes of the bank lines that no match names, ascending.
    pub bank_left: Vec<u32>,
    /// Indexes of the expected rows that no match names, ascending.
    pub expected_left: Vec<u32>,
}
