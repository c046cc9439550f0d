//! What a rule compares.

use serde::{Deserialize, Serialize};

/// How far the bank's date may lie from the expected one, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The bank may be this many days early.
    #[serde(default)]
    pub before: u16,
    /// The bank may be this many days late.
    pub after: u16,
}

impl Days {
    /// True if a bank day that is `later` days after the expected one is near enough.
    pub(crate) fn hold(self, later: i32) -> bool {
        -i32::from(self.before) <= later && later <= i32::from(self.after)
    }
}

/// What has to agree for a rule to hold.
///
/// "Quotes" means that the line's reference or narrative contains the text as whole words,
/// whatever the spaces, punctuation and case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum How {
    /// One line, one row: the reference is the same, and the amount. Lines and rows that
    /// repeat are taken in order of date, and only if no other choice would leave anything
    /// else over.
    SameReference {
        /// The window.
        days: Days,
    },
    /// One line, many rows: the line quotes the rows' batch and pays its sum.
    Batch {
        /// The window.
        days: Days,
    },
    /// One line, many rows: the line quotes the rows' merchant and pays one day of it,
    /// where up to `slips_max` rows may have fallen into the next day's payout.
    MerchantDay {
        /// The window.
        days: Days,
        /// The most rows a day that may have slipped past the cut-off; at most 3.
        slips_max: u8,
    },
    /// Many lines, one row: up to `parts_max` lines of the row's reference add up to it.
    Split {
        /// The window.
        days: Days,
        /// The most lines; at most 4.
        parts_max: u8,
    },
    /// One line, several rows: the line quotes each of their references and pays their sum.
    Together {
        /// The window.
        days: Days,
        /// The most rows; at most 4.
        rows_max: u8,
    },
    /// One line, one row: the reference is quoted somewhere in the line, the amount is the
    /// same, and neither has another candidate.
    Quoted {
        /// The window.
        days: Days,
        /// Shorter references count only if they are all that the payer quoted.
        length_min: u8,
    },
    /// One line, one row: the reference has up to `edits` slips of the pen (a character
    /// changed, left out, doubled or two swapped), the amount is the same, neither has another
    /// candidate, and what the line quotes is nobody else's reference.
    Typo {
        /// The window.
        days: Days,
        /// 1 or 2.
        edits: u8,
        /// References shorter than this are not compared.
        length_min: u8,
    },
    /// One line, two rows: the line quotes the one's reference and pays both; the other is
    /// the only open row of its day with the amount that remains.
    Joint {
        /// The window.
        days: Days,
    },
    /// One line, many rows: a batch paid less a fee at the rate at which at least
    /// `batches_min` payouts of the same merchant are short, each to the penny.
    NetOfFee {
        /// The window.
        days: Days,
        /// How many payouts must show the same rate.
        batches_min: u16,
        /// The highest rate that is believed, in hundredths of a per cent.
        basis_points_max: u16,
    },
    /// One line, one row: the reference is the same and the amount is not. Only proposes.
    OtherAmount {
        /// The window.
        days: Days,
    },
    /// One line, one row: the amount is the same and nothing contradicts. Only proposes.
    SameAmount {
        /// The window.
        days: Days,
        /// With more candidates than this nothing is proposed.
        candidates_max: u8,
    },
}

impl How {
    /// True for what is no sufficient reason to post.
    #[must_use]
    pub fn only_proposes(&self) -> bool {
        match self {
            Self::OtherAmount { .. } | Self::SameAmount { .. } => true,
            Self::SameReference { .. }
            | Self::Batch { .. }
            | Self::MerchantDay { .. }
            | Self::Split { .. }
            | Self::Together { .. }
            | Self::Quoted { .. }
            | Self::Typo { .. }
            | Self::Joint { .. }
            | Self::NetOfFee { .. } => false,
        }
    }
}
