//! One line, two rows: the line quotes the one, and pays exactly one other of that day besides.

use super::{
    claims::Claim,
    desk::{At, Desk},
    edits,
    left::Left,
    split, text,
    typo::{Sorted, by_amount, in_window},
};
use crate::rules::Days;

/// Slips in shorter references are not mended.
const LENGTH_MIN: usize = 6;

/// Each line with the row it quotes, or nearly quotes, and each row of that day that the rest
/// would pay.
pub(crate) fn claims(desk: &Desk<'_>, left: &Left, days: Days, edits: u8) -> Vec<Claim> {
    let rows = by_amount(desk);
    if edits > 0 {
        return Near::new(desk, left, &rows, days, edits).claims();
    }
    let mut claims = Vec::new();
    for (at, open) in left.open(desk) {
        let line = desk.lines.at(open.line);
        for reference in left.references_in(at, split::LENGTH_MIN) {
            for row in split::firsts(desk, left.rows_of(desk, reference).collect()) {
                let key = desk.rows.at(row);
                if !days.hold(line.day.saturating_sub(key.day)) {
                    continue;
                }
                let Some(rest) = rest(line.amount, key.amount) else { continue };
                let others = in_window(&rows, rest, key.day, key.day);
                let others =
                    others.filter(|other| desk.rows.at(other.row).reference != key.reference);
                claims.extend(
                    others.map(|other| Claim::whole(vec![open.line], vec![row, other.row])),
                );
            }
        }
    }
    claims
}

/// What of a line a row leaves over, when both go the same way.
fn rest(line: i64, row: i64) -> Option<i64> {
    let rest = line.checked_sub(row)?;
    (rest.signum() == line.signum() && row.signum() == rest.signum()).then_some(rest)
}

/// With more rows in all windows together than this, nothing is proposed: a line and two rows
/// that make its amount are then found by accident.
const LOOKS_MAX: usize = 20_000_000;

/// The search for a row whose reference a line nearly quotes.
struct Near<'n, 'a> {
    desk: &'n Desk<'a>,
    left: &'n Left,
    by_amount: &'n [Sorted],
    by_day: Vec<(i32, u32)>,
    days: Days,
    edits: u8,
}

impl<'n, 'a> Near<'n, 'a> {
    fn new(
        desk: &'n Desk<'a>,
        left: &'n Left,
        by_amount: &'n [Sorted],
        days: Days,
        edits: u8,
    ) -> Self {
        let mut by_day: Vec<(i32, u32)> = by_amount.iter().map(|row| (row.day, row.row)).collect();
        by_day.sort_unstable_by_key(|(day, row)| (*day, desk.row_id(*row), *row));
        Self { desk, left, by_amount, by_day, days, edits: edits.min(2) }
    }

    fn claims(&self) -> Vec<Claim> {
        let lines = self.left.open(self.desk);
        let looks: usize = lines.map(|(_, open)| self.window(open.line).len()).sum();
        if looks > LOOKS_MAX {
            return Vec::new();
        }
        let mut claims = Vec::new();
        for (at, open) in self.left.open(self.desk) {
            // A reference that somebody has is no slip of the pen.
            if self.left.references_in(at, split::LENGTH_MIN).is_empty() {
                self.of_line(at, open.line, &mut claims);
            }
        }
        claims
    }

    fn window(&self, line: u32) -> &[(i32, u32)] {
        let day = self.desk.lines.at(line).day;
        let first = day.saturating_sub(i32::from(self.days.after));
        let last = day.saturating_add(i32::from(self.days.before));
        let from = self.by_day.partition_point(|(day, _)| *day < first);
        let to = self.by_day.partition_point(|(day, _)| *day <= last);
        self.by_day.get(from..to).unwrap_or(&[])
    }

    fn of_line(&self, at: usize, line: u32, claims: &mut Vec<Claim>) {
        let amount = self.desk.lines.at(line).amount;
        for (day, row) in self.window(line) {
            let key = self.desk.rows.at(*row);
            let Some(rest) = rest(amount, key.amount) else { continue };
            let mut others = in_window(self.by_amount, rest, *day, *day)
                .filter(|other| self.desk.rows.at(other.row).reference != key.reference)
                .peekable();
            if others.peek().is_some() && self.is_near(at, *row) {
                let claim = |other: Sorted| Claim::whole(vec![line], vec![*row, other.row]);
                claims.extend(others.map(claim));
            }
        }
    }

    fn is_near(&self, at: usize, row: u32) -> bool {
        let reference: Vec<u8> = text::plain(self.desk.reference(row)).collect();
        reference.len() >= LENGTH_MIN
            && self.left.spans(at).iter().any(|span| {
                let said = self.left.said(span.start, span.end);
                said.len().abs_diff(reference.len()) <= usize::from(self.edits)
                    && edits::within(said, &reference, self.edits)
            })
    }
}

#[cfg(test)]
mod tests {
    use crate::Rules;
    use crate::sample::{line, row, told, told_by};

    #[test]
    fn a_line_may_pay_one_row_more_than_it_quotes() {
        let rows =
            [row(1, 1, 500, "80012345"), row(2, 1, 300, "80099999"), row(3, 2, 301, "80055555")];
        for (line, said) in [
            (line(9, 2, 800, "80012345"), "joint: 9 pays 1 2; left | 3"),
            (line(9, 2, 801, "80012345"), "left 9 | 1 2 3"),
            (line(9, 12, 800, "80012345"), "left 9 | 1 2 3"),
            (line(9, 2, 800, "80012346"), "left 9 | 1 2 3"),
            (line(9, 2, 800, ""), "left 9 | 1 2 3"),
        ] {
            assert_eq!(told(&rows, &[line]), said, "{line:?}");
            let careful = told_by(&Rules::careful(), &rows, &[line]);
            assert_eq!(careful, "left 9 | 1 2 3", "only proposed");
        }
    }

    #[test]
    fn late_or_nearly_quoted_it_is_proposed() {
        let rows =
            [row(1, 1, 500, "80012345"), row(2, 1, 300, "70099999"), row(3, 2, 301, "60055555")];
        let rules = Rules::default();
        for (line, rule) in [
            (line(9, 12, 800, "80012345"), "joint-late"),
            (line(9, 2, 800, "80012346"), "joint-typo"),
            (line(9, 2, 800, "TAX 8001 235 SMITH"), "joint-typo"),
        ] {
            let outcome = crate::reconcile(&rows, &[line], &rules);
            let first = &outcome.proposals[0];
            assert_eq!((rules.name(first.rule), first.rank), (rule, 1));
            assert_eq!(&*first.expected, &[0, 1]);
        }
    }

    #[test]
    fn the_other_row_must_be_the_only_one() {
        let rows =
            [row(1, 1, 500, "80012345"), row(2, 1, 300, "80099999"), row(3, 1, 300, "80055555")];
        assert_eq!(
            told(&rows, &[line(9, 2, 800, "80012345")]),
            "unclear, more than one pairing is possible: 9 and 1 2 3; left 9 | 1 2 3"
        );
    }
}
