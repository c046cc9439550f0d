//! One line, several rows: the line quotes the reference of each.

use super::{
    claims::{Claim, propose},
    desk::{At, Desk},
    left::Left,
    split,
    subsets::{self, Item, Ways},
};
use crate::{
    Why,
    rules::{Days, Rule, RuleId},
};

const ROWS_MAX: u8 = 4;

/// Each line that pays rows of the references it quotes in one way only.
pub(crate) fn claims(
    desk: &mut Desk<'_>,
    left: &Left,
    (id, rule): (RuleId, &Rule),
    days: Days,
    rows_max: u8,
) -> Vec<Claim> {
    let (mut claims, mut several, mut ways) = (Vec::new(), Vec::new(), Vec::new());
    for (at, open) in left.open(desk) {
        let line = desk.lines.at(open.line);
        let references = left.references_in(at, split::LENGTH_MIN);
        let rows: Vec<u32> = references
            .iter()
            .flat_map(|reference| left.rows_of(desk, *reference))
            .filter(|row| days.hold(line.day.saturating_sub(desk.rows.at(*row).day)))
            .collect();
        if rows.len() < 2 {
            continue;
        }
        let items = items(desk, rows);
        match subsets::up_to(&items, i128::from(line.amount), rows_max.min(ROWS_MAX)) {
            Ways::None => {}
            Ways::One(rows) => claims.push(Claim::whole(vec![open.line], rows)),
            Ways::Several(some) => {
                ways.extend(some.into_iter().map(|rows| Claim::whole(vec![open.line], rows)));
                several.push((open.line, items.iter().map(|item| item.index).collect()));
            }
        }
    }
    propose(desk, id, rule, &ways);
    for (line, rows) in several {
        desk.dispute(vec![line], rows, id, Why::Several);
    }
    claims.retain(|claim| claim.rows.iter().all(|row| desk.rows.at(*row).is_open()));
    claims
}

/// Rows of one reference, day and amount stand for each other, lowest id first.
fn items(desk: &Desk<'_>, rows: Vec<u32>) -> Vec<Item> {
    let mut sorted: Vec<((u64, i32, i64), u64, u32)> = rows
        .into_iter()
        .map(|row| {
            let key = desk.rows.at(row);
            ((key.reference, key.day, key.amount), desk.row_id(row), row)
        })
        .collect();
    sorted.sort_unstable();
    let (mut class, mut last) = (0, None);
    let mut item = |(kind, _, row)| {
        if last.replace(kind) != Some(kind) {
            class += 1;
        }
        Item { amount: desk.rows.at(row).amount, class, index: row }
    };
    sorted.into_iter().map(&mut item).collect()
}

#[cfg(test)]
mod tests {
    use crate::sample::{line, row, told};

    #[test]
    fn a_line_pays_the_rows_whose_references_it_quotes() {
        let rows =
            [row(1, 1, 500, "80012345"), row(2, 1, 300, "80099999"), row(3, 2, 200, "80012345")];
        for (line, said) in [
            (line(9, 2, 800, "80012345 80099999"), "together: 9 pays 1 2; left | 3"),
            (line(9, 2, 700, "80012345"), "together: 9 pays 1 3; left | 2"),
            (line(9, 2, 1_000, "80012345+80099999"), "together: 9 pays 1 2 3"),
            (line(9, 2, 850, "80012345"), "left 9 | 1 2 3"),
            (line(9, 2, 900, "80012345 80099999"), "left 9 | 1 2 3"),
            (line(9, 20, 800, "80012345 80099999"), "left 9 | 1 2 3"),
        ] {
            assert_eq!(told(&rows, &[line]), said, "{line:?}");
        }
    }

    #[test]
    fn two_ways_to_pay_are_for_a_person() {
        let rows =
            [row(1, 1, 500, "80012345"), row(2, 2, 300, "80012345"), row(3, 3, 300, "80012345")];
        assert_eq!(
            told(&rows, &[line(9, 4, 800, "80012345")]),
            "unclear, more than one pairing is possible: 9 and 1 2 3; left 9 | 1 2 3"
        );
    }
}
