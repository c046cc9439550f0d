//! One line, two rows: the line quotes the one, and pays exactly one other of that day besides.

use super::{
    claims::Claim,
    desk::{At, Desk},
    left::Left,
    split,
    typo::{Sorted, by_amount, in_window, nearly_quotes},
};
use crate::rules::Days;

/// Slips in shorter references are not mended.
const LENGTH_MIN: usize = 6;

/// Each line with the row it quotes, or nearly quotes, and each row of that day that the rest
/// would pay.
pub(crate) fn claims(desk: &Desk<'_>, left: &Left, days: Days, edits: u8) -> Vec<Claim> {
    let rows = by_amount(desk);
    if edits > 0 {
        return Near::new(desk, left, rows, days, edits).claims();
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
pub(crate) fn rest(line: i64, row: i64) -> Option<i64> {
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
    /// Open rows by day, then amount.
    rows: Vec<Sorted>,
    days: Days,
    edits: u8,
}

impl<'n, 'a> Near<'n, 'a> {
    fn new(
        desk: &'n Desk<'a>,
        left: &'n Left,
        mut rows: Vec<Sorted>,
        days: Days,
        edits: u8,
    ) -> Self {
        rows.sort_by_key(|row| row.day);
        Self { desk, left, rows, days, edits: edits.min(2) }
    }

    fn claims(&self) -> Vec<Claim> {
        let lines = self.left.open(self.desk);
        let looks: usize = lines.map(|(_, open)| self.window(open.line).len()).sum();
        if looks > LOOKS_MAX {
            return Vec::new();
        }
        self.left.each(self.desk, |at, line, claims| {
            // A reference that somebody has is no slip of the pen.
            if self.left.references_in(at, split::LENGTH_MIN).is_empty() {
                let days = self.window(line).chunk_by(|one, other| one.day == other.day);
                days.for_each(|day| self.of_day(at, line, day, claims));
            }
        })
    }

    fn window(&self, line: u32) -> &[Sorted] {
        let day = self.desk.lines.at(line).day;
        let first = day.saturating_sub(i32::from(self.days.after));
        let last = day.saturating_add(i32::from(self.days.before));
        let from = self.rows.partition_point(|row| row.day < first);
        let to = self.rows.partition_point(|row| row.day <= last);
        self.rows.get(from..to).unwrap_or(&[])
    }

    /// The rows of a day come by amount: what goes with a row moves down as the row moves up.
    fn of_day(&self, at: usize, line: u32, day: &[Sorted], claims: &mut Vec<Claim>) {
        let amount = self.desk.lines.at(line).amount;
        let mut others = day;
        for row in day {
            let Some(rest) = rest(amount, row.amount) else { continue };
            while let [before @ .., last] = others
                && last.amount > rest
            {
                others = before;
            }
            let fitting = others.iter().rev().take_while(|other| other.amount == rest);
            let mut fitting = fitting.filter(|other| other.number != row.number).peekable();
            if fitting.peek().is_some()
                && nearly_quotes(self.desk, self.left, at, row.row, self.edits, LENGTH_MIN)
            {
                let claim = |other: &Sorted| Claim::whole(vec![line], vec![row.row, other.row]);
                claims.extend(fitting.map(claim));
            }
        }
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
