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

/// A whole line, or a whole row, in parts of it.
const WHOLE: u64 = 1_000_000;

/// How often lines and rows are shared out. More changes nothing that a person would see.
const TURNS: usize = 16;

/// How likely each of these claims of one rule is right, that stand in each other's way.
///
/// A line is shared out to the claims that want it, each by its weight; where more than the whole
/// of a row was given away, each gives up its part of what is too much; and so in turns. So a
/// line that fits one row only comes to have it, though another line that fits two rows wants it
/// too: every line pays something, but not every row is paid.
pub(crate) fn likelihoods(desk: &Desk<'_>, how: How, claims: &[Claim]) -> Vec<u16> {
    let mut shares: Vec<u64> = claims.iter().map(|claim| weight(desk, claim)).collect();
    let (mut lines, mut rows) = (vec![0; desk.lines.len()], vec![0; desk.rows.len()]);
    for _ in 0..TURNS {
        let most = wanted(&mut lines, claims, &shares, |claim| &claim.lines);
        for ((share, most), claim) in shares.iter_mut().zip(most).zip(claims) {
            let whole = u64::from(alone(how, claim.says)).saturating_mul(WHOLE / 10_000);
            *share = share.saturating_mul(whole) / most.max(1);
        }
        let most = wanted(&mut rows, claims, &shares, |claim| &claim.rows);
        for (share, most) in shares.iter_mut().zip(most) {
            *share = share.saturating_mul(WHOLE) / most.max(WHOLE);
        }
    }
    let points = |share: u64| u16::try_from(share / (WHOLE / 10_000)).unwrap_or(u16::MAX).max(1);
    shares.into_iter().map(points).collect()
}

/// For each claim, how much all together want of that of its items that is wanted most. Whole
/// numbers, so that it does not matter in which order they are added.
fn wanted(
    sums: &mut [u64],
    claims: &[Claim],
    shares: &[u64],
    items: fn(&Claim) -> &[u32],
) -> Vec<u64> {
    let places = |claim| items(claim).iter().map(|item| *item as usize);
    for at in claims.iter().flat_map(places) {
        if let Some(sum) = sums.get_mut(at) {
            *sum = 0;
        }
    }
    for (claim, share) in claims.iter().zip(shares) {
        for at in places(claim) {
            if let Some(sum) = sums.get_mut(at) {
                *sum = sum.saturating_add(*share);
            }
        }
    }
    let most = |claim| places(claim).filter_map(|at| sums.get(at)).copied().max();
    claims.iter().map(|claim| most(claim).unwrap_or_default()).collect()
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
fn weight(desk: &Desk<'_>, claim: &Claim) -> u64 {
    // The first day of all, so that it does not matter in which order they came.
    let day = |keys: &[super::desk::Key], items: &[u32]| {
        items.iter().map(|item| keys.at(*item).day).min().unwrap_or_default()
    };
    let later = day(&desk.lines, &claim.lines).saturating_sub(day(&desk.rows, &claim.rows));
    match later {
        0 => 5_500,
        1 => 2_500,
        2 => 1_200,
        3 => 800,
        _ => 10,
    }
}
