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
                claims.push(Claim::twins(left.twins(open.line), rows));
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

#[cfg(test)]
mod tests {
    use crate::BankLine;
    use crate::sample::{line, row, told};

    #[test]
    fn a_reference_is_found_in_free_text() {
        let rows = [row(1, 1, 500, "80012345")];
        for (line, said) in [
            (line(9, 2, 500, "TAX 8001 2345 SMITH J"), "quoted: 9 pays 1"),
            (line(9, 2, 500, "REF80012345"), "quoted: 9 pays 1"),
            (
                BankLine { narrative: "council 8001-2345", ..line(9, 2, 500, "") },
                "quoted: 9 pays 1",
            ),
            (line(9, 12, 500, "TAX 80012345"), "early-or-late: 9 pays 1"),
            (line(9, 30, 500, "TAX 80012345"), "left 9 | 1"),
            (line(9, 2, 501, "TAX 80012345"), "left 9 | 1"),
            (line(9, 2, 500, "TAX 11180012345"), "left 9 | 1"),
        ] {
            assert_eq!(told(&rows, &[line]), said, "{line:?}");
        }
    }

    #[test]
    fn a_reference_inside_another_is_not_quoted() {
        let rows = [row(1, 1, 500, "SDR1234567"), row(2, 1, 500, "1234567")];
        let said = "quoted: 9 pays 1; left | 2";
        assert_eq!(told(&rows, &[line(9, 2, 500, "SDR 1234567 SMITH")]), said);
        let said = "quoted: 9 pays 2; left | 1";
        assert_eq!(told(&rows, &[line(9, 2, 500, "BILL 1234567 SMITH")]), said);
    }

    #[test]
    fn a_short_reference_must_stand_alone() {
        let rows = [row(1, 1, 500, "77")];
        assert_eq!(told(&rows, &[line(9, 2, 500, "FLAT 77")]), "left 9 | 1");
        assert_eq!(told(&rows, &[line(9, 12, 500, "77")]), "early-or-late: 9 pays 1");
    }

    #[test]
    fn two_references_or_two_lines_are_for_a_person() {
        let rows = [row(1, 1, 500, "80012345"), row(2, 1, 500, "80099999")];
        assert_eq!(
            told(&rows, &[line(9, 2, 500, "80012345 or 80099999")]),
            "unclear, more than one pairing is possible: 9 and 1 2; left 9 | 1 2"
        );
        let lines = [line(8, 2, 500, "TAX 80012345"), line(9, 3, 500, "TAX 80012345")];
        assert_eq!(
            told(&rows[..1], &lines),
            "unclear, more than one pairing is possible: 8 and 1; \
             unclear, more than one pairing is possible: 9 and 1; left 8 9 | 1"
        );
    }

    #[test]
    fn late_money_with_a_nearer_debt_ahead_is_for_a_person() {
        let rows = [row(1, 1, 500, "80012345"), row(2, 15, 500, "80012345")];
        assert_eq!(
            told(&rows, &[line(9, 13, 500, "80012345")]),
            "unclear, more than one pairing is possible: 9 and 1 2; left 9 | 1 2"
        );
    }
}
