//! One line, two rows: the line quotes the one, and pays exactly one other of that day besides.

use super::{
    claims::Claim,
    desk::{At, Desk},
    left::Left,
    split,
    typo::{by_amount, in_window},
};
use crate::rules::Days;

/// Each line with the row it quotes and each row of that day that the rest would pay.
pub(crate) fn claims(desk: &Desk<'_>, left: &Left, days: Days) -> Vec<Claim> {
    let rows = by_amount(desk);
    let mut claims = Vec::new();
    for (at, open) in left.open(desk) {
        let line = desk.lines.at(open.line);
        for reference in left.references_in(at, split::LENGTH_MIN) {
            for row in split::firsts(desk, left.rows_of(desk, reference).collect()) {
                let key = desk.rows.at(row);
                let rest = line.amount.checked_sub(key.amount).filter(|rest| {
                    rest.signum() == line.amount.signum() && key.amount.signum() == rest.signum()
                });
                let Some(rest) = rest else { continue };
                if !days.hold(line.day.saturating_sub(key.day)) {
                    continue;
                }
                let others = in_window(&rows, rest, key.day, key.day);
                let others = others.filter(|other| desk.rows.at(other.row).reference != key.reference);
                claims.extend(others.map(|other| {
                    Claim::whole(vec![open.line], vec![row, other.row], 9_000)
                }));
            }
        }
    }
    claims
}
