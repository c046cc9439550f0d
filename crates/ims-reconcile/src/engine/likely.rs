//! How likely a proposal is right, in hundredths of a per cent.
//!
//! The figures are shares: of the proposals that look like this one, how many were right in
//! made-up data with known answers, on seeds set aside for fitting. `cargo xtask bench match`
//! measures them on other seeds. Nothing is matched by a likelihood.

use crate::rules::{How, Rule};

/// What a proposal goes by, as far as it bears on how likely it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Looks {
    /// What the line says about whose it is.
    pub(crate) says: Says,
    /// How many pairings want one of its items, itself included.
    pub(crate) rivals: u16,
}

/// What a line says about whose money it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Says {
    /// It quotes, or nearly quotes, what the proposal names.
    #[default]
    This,
    /// It quotes a reference that is known and not this one.
    Another,
    /// It quotes nobody who is known.
    Unknown,
}

/// The likelihood of what `rule` proposes.
pub(crate) fn basis_points(rule: &Rule, looks: Looks) -> u16 {
    let Looks { says, rivals } = looks;
    let shared = |of: u16| of.checked_div(rivals.max(1)).unwrap_or(0);
    match (rule.how, says) {
        (How::SameAmount { .. }, Says::Another) => match rivals {
            0 | 1 => 9_950,
            2 => 5_500,
            _ => shared(9_000),
        },
        (How::SameAmount { .. }, Says::This | Says::Unknown) => 250,
        (How::OtherAmount { .. }, _) => shared(3_000),
        _ => shared(9_900),
    }
}
