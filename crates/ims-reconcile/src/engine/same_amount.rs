//! What may be proposed where the amount or the reference does not agree. Never a match.

use super::{
    claims::Claim,
    desk::{At, Desk},
    left::Left,
    likely::Says,
    split,
    typo::{by_amount, in_window},
};
use crate::rules::Days;

/// Each line with each row of its amount, where there are few.
pub(crate) fn claims(desk: &Desk<'_>, left: &Left, days: Days, candidates_max: u8) -> Vec<Claim> {
    let rows = by_amount(desk);
    let mut claims = Vec::new();
    for (at, open) in left.open(desk) {
        let line = desk.lines.at(open.line);
        let first = line.day.saturating_sub(i32::from(days.after));
        let last = line.day.saturating_add(i32::from(days.before));
        let most = usize::from(candidates_max);
        let near: Vec<u32> = in_window(&rows, line.amount, first, last)
            .map(|near| near.row)
            .take(most + 1)
            .collect();
        if near.len() <= most {
            let quotes = left.references_in(at, split::LENGTH_MIN);
            let says = if quotes.is_empty() { Says::Unknown } else { Says::Another };
            let claim = |row: u32| Claim { says, ..Claim::whole(vec![open.line], vec![row]) };
            claims.extend(near.into_iter().map(claim));
        }
    }
    claims
}

/// Each line with each row whose reference it quotes and whose amount it does not pay.
pub(crate) fn other_amount(desk: &Desk<'_>, left: &Left, days: Days) -> Vec<Claim> {
    let mut claims = Vec::new();
    for (at, open) in left.open(desk) {
        let line = desk.lines.at(open.line);
        for reference in left.references_in(at, split::LENGTH_MIN) {
            for row in split::firsts(desk, left.rows_of(desk, reference).collect()) {
                let key = desk.rows.at(row);
                let fee = key.amount.checked_sub(line.amount).filter(|fee| *fee != 0);
                if let (Some(fee), true) = (fee, days.hold(line.day.saturating_sub(key.day))) {
                    let claim = Claim::whole(vec![open.line], vec![row]);
                    claims.push(Claim { fee, ..claim });
                }
            }
        }
    }
    claims
}
