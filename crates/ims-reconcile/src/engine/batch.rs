//! One line, many rows: the line quotes their batch.

use super::{
    claims::Claim,
    desk::{At, Desk},
    left::{Left, Word},
};
use crate::{
    Why,
    rules::{Days, RuleId},
};
use ims_money::Pence;

/// Each line whose quoted batch, or whose quoted batches together, make its amount.
pub(crate) fn claims(desk: &mut Desk<'_>, left: &Left, rule: RuleId, days: Days) -> Vec<Claim> {
    let (mut claims, mut short) = (Vec::new(), Vec::new());
    for (at, open) in left.open(desk) {
        let batches = quoted(desk, left, at, days);
        let amount = i128::from(desk.lines.at(open.line).amount);
        let mut ways: Vec<Vec<u32>> =
            batches.iter().filter(|rows| desk.sum(rows) == amount).cloned().collect();
        let all = batches.concat();
        if batches.len() > 1 && desk.sum(&all) == amount {
            ways.push(all.clone());
        }
        if ways.is_empty() && !all.is_empty() {
            short.push((open.line, all));
        }
        claims.extend(ways.into_iter().map(|rows| Claim::whole(vec![open.line], rows, 9_900)));
    }
    for (line, rows) in short {
        note(desk, line, rows, rule);
    }
    claims
}

/// The open rows of each batch that the line at this place quotes.
pub(crate) fn quoted(desk: &Desk<'_>, left: &Left, at: usize, days: Days) -> Vec<Vec<u32>> {
    let mut batches: Vec<u32> = left
        .quotes(at)
        .iter()
        .filter_map(|quote| match quote.word {
            Word::Batch(batch) => Some(batch),
            Word::Merchant(_) | Word::Reference(_) => None,
        })
        .collect();
    if batches.is_empty() {
        return Vec::new();
    }
    batches.sort_unstable();
    batches.dedup();
    let day = left.lines.get(at).map_or(0, |open| desk.lines.at(open.line).day);
    let in_time = |row: &u32| {
        let row = desk.rows.at(*row);
        row.is_open() && days.hold(day.saturating_sub(row.day))
    };
    let rows = batches.iter().filter_map(|batch| left.batches.get(*batch as usize));
    rows.map(|rows| rows.iter().copied().filter(in_time).collect::<Vec<_>>())
        .filter(|rows| !rows.is_empty())
        .collect()
}

/// Reports by how much a line differs from the rows it quotes.
pub(crate) fn note(desk: &mut Desk<'_>, line: u32, rows: Vec<u32>, rule: RuleId) {
    let by = desk.sum(&rows).saturating_sub(i128::from(desk.lines.at(line).amount));
    if let Ok(by) = i64::try_from(by) {
        desk.note(vec![line], rows, rule, Why::Differs { by: Pence::new(by) });
    }
}
