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
                let others =
                    others.filter(|other| desk.rows.at(other.row).reference != key.reference);
                claims.extend(
                    others.map(|other| Claim::whole(vec![open.line], vec![row, other.row], 9_000)),
                );
            }
        }
    }
    claims
}

#[cfg(test)]
mod tests {
    use crate::Rules;
    use crate::sample::{line, row, told, told_by};

    #[test]
    fn a_line_may_pay_one_row_more_than_it_quotes() {
        let rows =
            [row(1, 1, 500, "80012345"), row(2, 1, 300, "80099999"), row(3, 2, 301, "80055555")];
        let wide = Rules::wide();
        for (line, said) in [
            (line(9, 2, 800, "80012345"), "joint: 9 pays 1 2; left | 3"),
            (line(9, 2, 801, "80012345"), "left 9 | 1 2 3"),
            (line(9, 2, 800, ""), "left 9 | 1 2 3"),
        ] {
            assert_eq!(told_by(&wide, &rows, &[line]), said, "{line:?}");
            assert_eq!(told(&rows, &[line]), "left 9 | 1 2 3", "only proposed");
        }
    }

    #[test]
    fn the_other_row_must_be_the_only_one() {
        let rows =
            [row(1, 1, 500, "80012345"), row(2, 1, 300, "80099999"), row(3, 1, 300, "80055555")];
        assert_eq!(
            told_by(&Rules::wide(), &rows, &[line(9, 2, 800, "80012345")]),
            "unclear, more than one pairing is possible: 9 and 1 2 3; left 9 | 1 2 3"
        );
    }
}
