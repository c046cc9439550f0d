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
    /// candidate, and what the line quotes is nobody else's reference. A row that is known by
    /// the number of its batch alone has no slips: the next number is the next batch's.
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
        /// How many slips of the pen the quoted reference may have; with more than none it
        /// only proposes.
        #[serde(default, skip_serializing_if = "is_nought")]
        edits: u8,
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

fn is_nought(edits: &u8) -> bool {
    *edits == 0
}

impl How {
    /// True for what is no sufficient reason to post.
    #[must_use]
    pub const fn only_proposes(&self) -> bool {
        match self {
            Self::OtherAmount { .. } | Self::SameAmount { .. } => true,
            Self::Joint { edits, .. } => *edits > 0,
            Self::SameReference { .. }
            | Self::Batch { .. }
            | Self::MerchantDay { .. }
            | Self::Split { .. }
            | Self::Together { .. }
            | Self::Quoted { .. }
            | Self::Typo { .. }
            | Self::NetOfFee { .. } => false,
        }
    }

    /// What it says and what would be the least where it goes by a text so short that a match
    /// would rest on little more than the amount; `None` where it does not.
    pub(super) fn too_short_to_post(&self) -> Option<(u8, u8)> {
        let (length_min, least) = match *self {
            // Each slip is a character less that agrees.
            Self::Typo { edits, length_min, .. } => (length_min, edits.saturating_add(5)),
            Self::Quoted { length_min, .. } => (length_min, 6),
            _ => return None,
        };
        (length_min < least).then_some((length_min, least))
    }
}

/// The widest window that is believed: a year and its leap day.
const DAYS_MAX: u16 = 366;

impl How {
    /// What is beyond its bounds, and what would be right; `None` if nothing is.
    pub(super) fn out_of_bounds(&self) -> Option<String> {
        let within = |name: &str, value: u16, least: u16, most: u16| {
            let is_within = (least..=most).contains(&value);
            (!is_within).then(|| format!("{name} = {value} should be from {least} to {most}"))
        };
        let days = |days: &Days| {
            within("days.before", days.before, 0, DAYS_MAX)
                .or_else(|| within("days.after", days.after, 0, DAYS_MAX))
        };
        match self {
            Self::SameReference { days: at } | Self::Batch { days: at } => days(at),
            Self::OtherAmount { days: at } => days(at),
            Self::MerchantDay { days: at, slips_max } => {
                days(at).or_else(|| within("slips_max", u16::from(*slips_max), 0, 3))
            }
            Self::Split { days: at, parts_max: most } => {
                days(at).or_else(|| within("parts_max", u16::from(*most), 2, 4))
            }
            Self::Together { days: at, rows_max: most } => {
                days(at).or_else(|| within("rows_max", u16::from(*most), 2, 4))
            }
            Self::Quoted { days: at, length_min } => {
                days(at).or_else(|| within("length_min", u16::from(*length_min), 1, 36))
            }
            Self::Typo { days: at, edits, length_min } => days(at)
                .or_else(|| within("edits", u16::from(*edits), 1, 2))
                .or_else(|| within("length_min", u16::from(*length_min), 4, 36)),
            Self::Joint { days: at, edits } => {
                days(at).or_else(|| within("edits", u16::from(*edits), 0, 2))
            }
            Self::NetOfFee { days: at, batches_min, basis_points_max } => days(at)
                .or_else(|| within("batches_min", *batches_min, 3, 1_000))
                .or_else(|| within("basis_points_max", *basis_points_max, 1, 1_000)),
            Self::SameAmount { days: at, candidates_max } => {
                days(at).or_else(|| within("candidates_max", u16::from(*candidates_max), 1, 20))
            }
        }
    }
}
