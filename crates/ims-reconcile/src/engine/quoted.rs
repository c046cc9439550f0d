//! One line, one row: the reference is somewhere in the line, and the amount agrees.

use std::collections::BTreeMap;

use super::{
    claims::Claim,
    desk::{At, Desk},
    left::Left,
};
use crate::rules::Days;

/// Each line with each row whose reference it quotes and whose amount it pays.
pub(crate) fn claims(desk: &Desk<'_>, left: &Left, days: Days, length_min: u8) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (at, open) in left.open(desk) {
        let line = desk.lines.at(open.line);
        for reference in left.references_in(at, length_min) {
            let rows = left.rows_of(desk, reference).filter(|row| {
                let row = desk.rows.at(*row);
                row.amount == line.amount && days.hold(line.day.saturating_sub(row.day))
            });
            for rows in twins(desk, rows) {
                claims.push(Claim::twins(left.twins(open.line), rows, 9_900));
            }
        }
    }
    claims
}

/// Rows of one reference and amount by day: rows of one day stand for each other. Lowest id
/// first.
fn twins(desk: &Desk<'_>, rows: impl Iterator<Item = u32>) -> Vec<Vec<u32>> {
    let mut days: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
    for row in rows {
        days.entry(desk.rows.at(row).day).or_default().push(row);
    }
    let mut twins: Vec<Vec<u32>> = days.into_values().collect();
    for rows in &mut twins {
        rows.sort_unstable_by_key(|row| (desk.row_id(*row), *row));
    }
    twins
}
