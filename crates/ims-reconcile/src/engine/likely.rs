//! How likely a proposal is right, in hundredths of a per cent.
//!
//! The figures are shares: of the proposals that look like this one, how many were right in
//! made-up data with known answers, on seeds set aside for fitting. `cargo xtask bench match`
//! measures them on other seeds. Nothing is matched by a likelihood.

use super::{
    claims::Claim,
    desk::{At, Desk},
};
use crate::rules::How;

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

/// Claims of one rule that stand in each other's way, weighed against each other.
pub(crate) struct Weighed {
    how: How,
    /// The weights of all claims that want each item.
    lines: Vec<u32>,
    rows: Vec<u32>,
}

impl Weighed {
    pub(crate) fn new(desk: &Desk<'_>, how: How, claims: &[Claim]) -> Self {
        let mut weighed =
            Self { how, lines: vec![0; desk.lines.len()], rows: vec![0; desk.rows.len()] };
        let add = |sums: &mut Vec<u32>, index: &u32, weight: u32| {
            if let Some(sum) = sums.get_mut(*index as usize) {
                *sum = sum.saturating_add(weight);
            }
        };
        for claim in claims {
            let weight = weight(desk, claim);
            claim.lines.iter().for_each(|line| add(&mut weighed.lines, line, weight));
            claim.rows.iter().for_each(|row| add(&mut weighed.rows, row, weight));
        }
        weighed
    }

    /// How likely the claim is right.
    pub(crate) fn basis_points(&self, desk: &Desk<'_>, claim: &Claim) -> u16 {
        let own = weight(desk, claim);
        let most = |sums: &[u32], items: &[u32]| {
            items.iter().map(|item| sums.at(*item)).max().unwrap_or(own).saturating_sub(own)
        };
        let others = u64::from(most(&self.lines, &claim.lines))
            .saturating_add(u64::from(most(&self.rows, &claim.rows)));
        let all = others.saturating_add(u64::from(own)).max(1);
        let points = u64::from(alone(self.how, claim.says)).saturating_mul(u64::from(own)) / all;
        u16::try_from(points).unwrap_or(u16::MAX).max(1)
    }
}

/// How likely a claim is right that nothing stands in the way of.
const fn alone(how: How, says: Says) -> u16 {
    match (how, says) {
        (How::SameAmount { .. }, Says::Another) => 9_970,
        (How::SameAmount { .. }, Says::This | Says::Unknown) => 300,
        (How::OtherAmount { .. }, _) => 3_000,
        _ => 9_950,
    }
}

/// How often money comes so many days after it was due, beside other days.
fn weight(desk: &Desk<'_>, claim: &Claim) -> u32 {
    // The first day of all, so that it does not matter in which order they came.
    let day = |keys: &[super::desk::Key], items: &[u32]| {
        items.iter().map(|item| keys.at(*item).day).min().unwrap_or_default()
    };
    let later = day(&desk.lines, &claim.lines).saturating_sub(day(&desk.rows, &claim.rows));
    let often = match later {
        0 => 5_500,
        1 => 2_500,
        2 => 1_200,
        3 => 800,
        _ => 100,
    };
    // A stranger's line is hardly in anybody's way.
    match claim.says {
        Says::This | Says::Another => often,
        Says::Unknown => often / 50,
    }
}
