//! What a rule would pair, and what comes of it when two claims want the same item.

use ims_money::Pence;

use super::{
    desk::{At, Desk},
    left::Left,
    likely::{Says, likelihoods},
};
use crate::{
    Why,
    rules::{Rule, RuleId, Then},
};

/// Lines and rows that a rule would pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) lines: Vec<u32>,
    pub(crate) rows: Vec<u32>,
    pub(crate) shape: Shape,
    /// Expected total less bank total.
    pub(crate) fee: i64,
    /// What the lines say of the rows, should it only be proposed.
    pub(crate) says: Says,
}

/// How the lines and rows of a claim belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// All lines pay all rows.
    Whole,
    /// The lines say the same and so do the rows: each line pays one row, lowest ids first.
    Twins,
}

impl Claim {
    /// A line, whatever its twins, pays several rows.
    pub(crate) fn whole(lines: Vec<u32>, rows: Vec<u32>) -> Self {
        Self { lines, rows, shape: Shape::Whole, fee: 0, says: Says::This }
    }

    /// Equal lines pay equal rows, one each.
    pub(crate) fn twins(lines: Vec<u32>, rows: Vec<u32>) -> Self {
        Self { lines, rows, shape: Shape::Twins, fee: 0, says: Says::This }
    }
}

/// Accepts the claims that share nothing with another claim; the others go to a person.
pub(crate) fn decide(
    desk: &mut Desk<'_>,
    left: &Left,
    id: RuleId,
    rule: &Rule,
    claims: Vec<Claim>,
) {
    let wanted = Wanted::new(desk, &claims);
    let (free, contested): (Vec<_>, Vec<_>) =
        claims.into_iter().partition(|claim| wanted.rivals(claim) == 1);
    propose(desk, id, rule, &contested);
    match rule.then {
        Then::Match => {
            free.into_iter().for_each(|claim| accept(desk, left, id, claim));
            dispute(desk, id, contested);
        }
        Then::Propose => propose(desk, id, rule, &free),
    }
}

/// How many claims want each item.
struct Wanted {
    lines: Vec<u16>,
    rows: Vec<u16>,
}

impl Wanted {
    fn new(desk: &Desk<'_>, claims: &[Claim]) -> Self {
        let mut wanted = Self { lines: vec![0; desk.lines.len()], rows: vec![0; desk.rows.len()] };
        let count = |counts: &mut Vec<u16>, index: &u32| {
            if let Some(count) = counts.get_mut(*index as usize) {
                *count = count.saturating_add(1);
            }
        };
        for claim in claims {
            claim.lines.iter().for_each(|line| count(&mut wanted.lines, line));
            claim.rows.iter().for_each(|row| count(&mut wanted.rows, row));
        }
        wanted
    }

    /// The most claims that want any one item of this one, itself included.
    fn rivals(&self, claim: &Claim) -> u16 {
        let lines = claim.lines.iter().map(|line| self.lines.at(*line));
        let rows = claim.rows.iter().map(|row| self.rows.at(*row));
        lines.chain(rows).max().unwrap_or(0)
    }
}

fn accept(desk: &mut Desk<'_>, left: &Left, id: RuleId, claim: Claim) {
    let firsts: Vec<u32> = claim.lines.clone();
    match claim.shape {
        Shape::Whole => desk.settle(claim.lines, claim.rows, id, Pence::new(claim.fee)),
        Shape::Twins => {
            claim.lines.iter().zip(&claim.rows).for_each(|(line, row)| desk.pair(*line, *row, id));
        }
    }
    for line in firsts {
        // Lines that say the same as one that was matched are the same money told twice.
        for copy in left.twins(line) {
            if copy != line && desk.lines.at(copy).is_open() {
                desk.duplicate(line, copy, id);
            }
        }
    }
}

/// Puts claims to a person, each as likely as it is beside the others.
pub(crate) fn propose(desk: &mut Desk<'_>, id: RuleId, rule: &Rule, claims: &[Claim]) {
    if claims.is_empty() {
        return;
    }
    for (claim, basis_points) in claims.iter().zip(likelihoods(desk, rule.how, claims)) {
        match claim.shape {
            Shape::Whole => {
                desk.propose(claim.lines.clone(), claim.rows.clone(), id, basis_points);
            }
            Shape::Twins => {
                for (line, row) in claim.lines.iter().zip(&claim.rows) {
                    desk.propose(vec![*line], vec![*row], id, basis_points);
                }
            }
        }
    }
}

/// One report for each set of lines, with all their candidates.
fn dispute(desk: &mut Desk<'_>, id: RuleId, mut contested: Vec<Claim>) {
    contested.sort_by(|one, other| one.lines.cmp(&other.lines));
    let mut contested = contested.into_iter().peekable();
    while let Some(Claim { lines, mut rows, .. }) = contested.next() {
        while let Some(more) = contested.next_if(|more| more.lines == lines) {
            rows.extend(more.rows);
        }
        rows.sort_unstable();
        rows.dedup();
        desk.dispute(lines, rows, id, Why::Several);
    }
}
