//! Many lines, one row: several lines of the row's reference add up to it.

use std::collections::BTreeMap;

use super::{
    claims::{Claim, propose},
    desk::{At, Desk},
    left::Left,
    subsets::{self, Item, Ways},
};
use crate::{
    Why,
    rules::{Days, Rule, RuleId},
};

/// References shorter than this count only if they are all that the payer quoted.
pub(crate) const LENGTH_MIN: u8 = 6;
const PARTS_MAX: u8 = 4;

/// Each row that some lines of its reference pay in one way only.
pub(crate) fn claims(
    desk: &mut Desk<'_>,
    left: &Left,
    (id, rule): (RuleId, &Rule),
    days: Days,
    parts_max: u8,
) -> Vec<Claim> {
    let (mut claims, mut several, mut ways) = (Vec::new(), Vec::new(), Vec::new());
    for (reference, lines) in lines_by_reference(desk, left) {
        if lines.len() < 2 {
            continue;
        }
        let rows: Vec<u32> = left.rows_of(desk, reference).collect();
        for row in firsts(desk, rows) {
            let parts = parts(desk, left, row, &lines, days);
            let total = i128::from(desk.rows.at(row).amount);
            match subsets::up_to(&parts, total, parts_max.min(PARTS_MAX)) {
                Ways::None => {}
                Ways::One(lines) => claims.push(Claim::whole(lines, vec![row])),
                Ways::Several(some) => {
                    ways.extend(some.into_iter().map(|lines| Claim::whole(lines, vec![row])));
                    let lines = parts.iter().map(|part| part.index).collect();
                    several.push((lines, vec![row]));
                }
            }
        }
    }
    propose(desk, id, rule, &ways);
    for (lines, rows) in several {
        desk.dispute(lines, rows, id, Why::Several);
    }
    claims.retain(|claim| claim.lines.iter().all(|line| desk.lines.at(*line).is_open()));
    claims
}

/// Open lines, twins included, by the reference they quote.
fn lines_by_reference(desk: &Desk<'_>, left: &Left) -> Vec<(u32, Vec<u32>)> {
    let mut quotes: Vec<(u32, u32)> = Vec::new();
    for (at, open) in left.open(desk) {
        for reference in left.references_in(at, LENGTH_MIN) {
            let mut lines = left.twins(open.line);
            lines.retain(|line| desk.lines.at(*line).is_open());
            quotes.extend(lines.into_iter().map(|line| (reference, line)));
        }
    }
    quotes.sort_unstable();
    let groups = quotes.chunk_by(|one, other| one.0 == other.0);
    groups
        .filter_map(|group| Some((group.first()?.0, group.iter().map(|quote| quote.1).collect())))
        .collect()
}

/// Of rows of one day and amount only the one with the lowest id.
pub(crate) fn firsts(desk: &Desk<'_>, rows: Vec<u32>) -> Vec<u32> {
    let mut firsts: BTreeMap<(i32, i64), u32> = BTreeMap::new();
    for row in rows {
        let key = desk.rows.at(row);
        let first = firsts.entry((key.day, key.amount)).or_insert(row);
        if desk.row_id(row) < desk.row_id(*first) {
            *first = row;
        }
    }
    firsts.into_values().collect()
}

/// The lines that may be parts of the row: in its window, of its sign, less than it. Lines
/// that say the same stand for each other, lowest id first.
fn parts(desk: &Desk<'_>, left: &Left, row: u32, lines: &[u32], days: Days) -> Vec<Item> {
    let key = desk.rows.at(row);
    let mut parts: Vec<((u64, u32), u64, u32)> = lines
        .iter()
        .filter(|line| {
            let line = desk.lines.at(**line);
            days.hold(line.day.saturating_sub(key.day))
                && line.amount.signum() == key.amount.signum()
                && line.amount.unsigned_abs() < key.amount.unsigned_abs()
        })
        .map(|line| {
            let twin = left.first_twin(*line);
            ((desk.line_id(twin), twin), desk.line_id(*line), *line)
        })
        .collect();
    parts.sort_unstable();
    let item =
        |((_, class), _, line)| Item { amount: desk.lines.at(line).amount, class, index: line };
    parts.into_iter().map(item).collect()
}

#[cfg(test)]
mod tests {
    use crate::sample::{line, row, told};

    #[test]
    fn parts_of_one_reference_make_up_a_row() {
        let rows = [row(1, 1, 1_000, "A1")];
        for (lines, said) in [
            (vec![line(8, 1, 400, "A1"), line(9, 2, 600, "A1")], "split: 8 9 pays 1"),
            (vec![line(8, 1, 500, "A1"), line(9, 1, 500, "A1")], "split: 8 9 pays 1"),
            (
                vec![line(7, 1, 300, "A1"), line(8, 1, 100, "A1"), line(9, 2, 600, "A1")],
                "split: 7 8 9 pays 1",
            ),
            (vec![line(8, 1, 400, "A1"), line(9, 2, 600, "A2")], "left 8 9 | 1"),
            (vec![line(8, 1, 400, "A1"), line(9, 2, 601, "A1")], "left 8 9 | 1"),
            (vec![line(8, 1, 400, "A1"), line(9, 40, 600, "A1")], "left 8 9 | 1"),
            (
                vec![line(7, 1, 700, "A1"), line(8, 1, 600, "A1"), line(9, 1, -300, "A1")],
                "left 7 8 9 | 1",
            ),
            (vec![line(8, 1, 1_400, "A1"), line(9, 1, -400, "A1")], "left 8 9 | 1"),
        ] {
            assert_eq!(told(&rows, &lines), said, "{lines:?}");
        }
    }

    #[test]
    fn a_part_given_twice_counts_once() {
        let lines = [line(7, 1, 400, "A1"), line(8, 1, 400, "A1"), line(9, 2, 600, "A1")];
        assert_eq!(
            told(&[row(1, 1, 1_000, "A1")], &lines),
            "split: 7 9 pays 1; twice: 7 8; left 8"
        );
    }

    #[test]
    fn two_ways_to_make_up_a_row_are_for_a_person() {
        let lines = [line(7, 1, 400, "A1"), line(8, 2, 400, "A1"), line(9, 2, 600, "A1")];
        let found = crate::reconcile(&[row(1, 1, 1_000, "A1")], &lines, &crate::Rules::careful());
        let ways: Vec<&[u32]> = found.proposals.iter().map(|one| &*one.bank).collect();
        assert_eq!(ways, [&[0, 2][..], &[1, 2]], "both are proposed");
        assert_eq!(
            told(&[row(1, 1, 1_000, "A1")], &lines),
            "unclear, more than one pairing is possible: 7 8 9 and 1; left 7 8 9 | 1"
        );
    }
}
