//! One line, one row: the same reference, the same amount.
//!
//! Items are gathered by reference and amount, then by who is within whose window. Where
//! there are several on a side, taking them from the earliest on and taking them from the
//! latest on must leave the same ones over; otherwise the choice is a person's.

use super::{
    claims::{Claim, propose},
    desk::{At, Desk, NONE},
};
use crate::{
    Why,
    rules::{Days, Rule, RuleId, Then},
};

mod gathered;

use gathered::{Dated, Gathered};

/// Of a line that may pay more rows than this only the first are proposed.
const PROPOSED_MAX: usize = 20;

pub(crate) fn run(desk: &mut Desk<'_>, id: RuleId, rule: &Rule, days: Days) {
    let mut gathered = Gathered::new(desk);
    let (found, late, unclear) = (Vec::new(), Vec::new(), Vec::new());
    let mut work = Work { rule: id, then: rule.then, days, found, late, unclear };
    gathered.each(|rows, lines| {
        if let ([row], [line]) = (&*rows, &*lines) {
            if days.hold(line.day.saturating_sub(row.day)) {
                work.accept(desk, line.index, row.index);
            }
            return;
        }
        sort(rows, |row| desk.row_id(row));
        sort(lines, |line| desk.line_id(line));
        work.group(desk, rows, lines);
    });
    propose(desk, id, rule, &work.unclear);
    desk.part_strangers(id);
}

fn sort(items: &mut [Dated], id: impl Fn(u32) -> u64) {
    // Files come in order of date: most are sorted already, and the id is rarely asked for.
    items.sort_by(|a, b| a.day.cmp(&b.day).then_with(|| id(a.index).cmp(&id(b.index))));
}

struct Work {
    rule: RuleId,
    then: Then,
    days: Days,
    found: Vec<(u32, u32)>,
    late: Vec<(u32, u32)>,
    /// What may belong together where the choice is a person's.
    unclear: Vec<Claim>,
}

impl Work {
    /// Splits a group into stretches that share no window, and decides each.
    fn group(&mut self, desk: &mut Desk<'_>, rows: &[Dated], lines: &[Dated]) {
        let (mut rows, mut lines) = (rows, lines);
        while let (Some(row), Some(line)) = (rows.first(), lines.first()) {
            let later = line.day.saturating_sub(row.day);
            if later < -i32::from(self.days.before) {
                lines = lines.get(1..).unwrap_or(&[]);
            } else if later > i32::from(self.days.after) {
                rows = rows.get(1..).unwrap_or(&[]);
            } else {
                let (m, n) = self.stretch(rows, lines);
                let (these_rows, next_rows) = rows.split_at(m.min(rows.len()));
                let (these_lines, next_lines) = lines.split_at(n.min(lines.len()));
                self.decide(desk, these_rows, these_lines);
                (rows, lines) = (next_rows, next_lines);
            }
        }
    }

    /// How many rows and lines from the first on hang together by their windows.
    fn stretch(&self, rows: &[Dated], lines: &[Dated]) -> (usize, usize) {
        let (mut m, mut n) = (1_usize, 1_usize);
        loop {
            let (Some(last_row), Some(last_line)) =
                (rows.get(m.saturating_sub(1)), lines.get(n.saturating_sub(1)))
            else {
                return (m, n);
            };
            let near = |row: &Dated, line: &Dated| self.days.hold(line.day.saturating_sub(row.day));
            // Windows are equally wide, so a new item that hangs together with any of the
            // others does so with the last of them.
            if lines.get(n).is_some_and(|line| near(last_row, line)) {
                n += 1;
            } else if rows.get(m).is_some_and(|row| near(row, last_line)) {
                m += 1;
            } else {
                return (m, n);
            }
        }
    }

    fn decide(&mut self, desk: &mut Desk<'_>, rows: &[Dated], lines: &[Dated]) {
        if let ([row], [line]) = (rows, lines) {
            return self.accept(desk, line.index, row.index);
        }
        self.earliest_first(rows, lines);
        self.latest_first(rows, lines);
        let (found, late) = (std::mem::take(&mut self.found), std::mem::take(&mut self.late));
        let day = |items: &[Dated], index: usize| items.get(index).map_or(0, |item| item.day);
        let days = |pairs: &[(u32, u32)]| {
            let mut these: (Vec<i32>, Vec<i32>) = pairs
                .iter()
                .map(|(line, row)| (day(lines, *line as usize), day(rows, *row as usize)))
                .unzip();
            these.0.sort_unstable();
            these.1.sort_unstable();
            these
        };
        let all = found.len() == rows.len() && found.len() == lines.len();
        if !all && days(&found) != days(&late) {
            for line in lines {
                let near = |row: &&Dated| self.days.hold(line.day.saturating_sub(row.day));
                let near = rows.iter().filter(near).take(PROPOSED_MAX);
                let claim = |row: &Dated| Claim::whole(vec![line.index], vec![row.index]);
                self.unclear.extend(near.map(claim));
            }
            let indexes = |items: &[Dated]| items.iter().map(|item| item.index).collect();
            desk.dispute(indexes(lines), indexes(rows), self.rule, Why::Several);
            return;
        }
        for (line, row) in &found {
            let (line, row) = (lines.get(*line as usize), rows.get(*row as usize));
            if let (Some(line), Some(row)) = (line, row) {
                self.accept(desk, line.index, row.index);
            }
        }
        self.duplicates(desk, lines);
        self.found = found;
        self.found.clear();
        self.late = late;
        self.late.clear();
    }

    /// Each line from the first on takes the earliest row it may.
    fn earliest_first(&mut self, rows: &[Dated], lines: &[Dated]) {
        let mut rows = (0_u32..).zip(rows).peekable();
        for (at, line) in (0_u32..).zip(lines) {
            let stale = |row: &Dated| line.day.saturating_sub(row.day) > i32::from(self.days.after);
            while rows.next_if(|(_, row)| stale(row)).is_some() {}
            let near = |row: &Dated| self.days.hold(line.day.saturating_sub(row.day));
            if let Some((row, _)) = rows.next_if(|(_, row)| near(row)) {
                self.found.push((at, row));
            }
        }
    }

    /// Each line from the last on takes the latest row it may.
    fn latest_first(&mut self, rows: &[Dated], lines: &[Dated]) {
        let numbered = |items: &[Dated]| -> Vec<(u32, Dated)> {
            (0_u32..).zip(items.iter().copied()).collect()
        };
        let (rows, lines) = (numbered(rows), numbered(lines));
        let mut rows = rows.iter().rev().peekable();
        for (at, line) in lines.iter().rev() {
            let early =
                |row: &Dated| line.day.saturating_sub(row.day) < -i32::from(self.days.before);
            while rows.next_if(|(_, row)| early(row)).is_some() {}
            let near = |row: &Dated| self.days.hold(line.day.saturating_sub(row.day));
            if let Some((row, _)) = rows.next_if(|(_, row)| near(row)) {
                self.late.push((*at, *row));
            }
        }
    }

    /// Lines left over that say the same as one that was matched.
    fn duplicates(&self, desk: &mut Desk<'_>, lines: &[Dated]) {
        if self.then == Then::Propose {
            return;
        }
        let mut taken = NONE;
        for line in lines {
            if !desk.lines.at(line.index).is_open() {
                taken = line.index;
            } else if taken != NONE && desk.are_twins(taken, line.index) {
                desk.duplicate(taken, line.index, self.rule);
            }
        }
    }

    fn accept(&self, desk: &mut Desk<'_>, line: u32, row: u32) {
        match self.then {
            Then::Match => desk.pair(line, row, self.rule),
            Then::Propose => desk.propose(vec![line], vec![row], self.rule, 9_900),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{line, row, told};

    #[test]
    fn reference_amount_and_window_must_all_agree() {
        for (line, said) in [
            (line(9, 1, 500, "A1"), "exact: 9 pays 1"),
            (line(9, 6, 500, "a-1"), "exact: 9 pays 1"),
            (line(9, 60, 500, "A1"), "left 9 | 1"),
            (line(9, 1, 501, "A1"), "left 9 | 1"),
            (line(9, 1, -500, "A1"), "left 9 | 1"),
            (line(9, 1, 500, "B1"), "left 9 | 1"),
            (line(9, 1, 500, ""), "left 9 | 1"),
        ] {
            assert_eq!(told(&[row(1, 1, 500, "A1")], &[line]), said, "{line:?}");
        }
    }

    #[test]
    fn a_refund_pays_a_negative_row() {
        assert_eq!(told(&[row(1, 1, -500, "A1")], &[line(9, 2, -500, "A1")]), "exact: 9 pays 1");
    }

    #[test]
    fn without_a_reference_nothing_is_paid() {
        assert_eq!(told(&[row(1, 1, 500, "")], &[line(9, 1, 500, "")]), "left 9 | 1");
    }

    #[test]
    fn instalments_are_told_apart_by_date() {
        let rows = [row(1, 1, 500, "A1"), row(2, 31, 500, "A1"), row(3, 61, 500, "A1")];
        let lines = [line(7, 62, 500, "A1"), line(8, 3, 500, "A1"), line(9, 33, 500, "A1")];
        assert_eq!(told(&rows, &lines), "exact: 7 pays 3; exact: 8 pays 1; exact: 9 pays 2");
    }

    #[test]
    fn a_line_given_twice_pays_once() {
        let lines = [line(8, 2, 500, "A1"), line(9, 2, 500, "A1")];
        assert_eq!(told(&[row(1, 1, 500, "A1")], &lines), "exact: 8 pays 1; twice: 8 9; left 9");
    }

    #[test]
    fn twins_on_both_sides_all_pair() {
        let rows = [row(1, 1, 500, "A1"), row(2, 1, 500, "A1")];
        let lines = [line(8, 2, 500, "A1"), line(9, 2, 500, "A1")];
        assert_eq!(told(&rows, &lines), "exact: 8 pays 1; exact: 9 pays 2");
    }

    #[test]
    fn of_twin_rows_the_one_with_the_lower_id_is_paid() {
        let rows = [row(1, 1, 500, "A1"), row(2, 1, 500, "A1")];
        assert_eq!(told(&rows, &[line(9, 2, 500, "A1")]), "exact: 9 pays 1; left | 2");
    }

    #[test]
    fn one_line_for_two_days_is_for_a_person() {
        let rows = [row(1, 1, 500, "A1"), row(2, 3, 500, "A1")];
        assert_eq!(
            told(&rows, &[line(9, 4, 500, "A1")]),
            "unclear, more than one pairing is possible: 9 and 1 2; left 9 | 1 2"
        );
        let found = crate::reconcile(&rows, &[line(9, 4, 500, "A1")], &crate::Rules::careful());
        let of: Vec<(&[u32], u16)> =
            found.proposals.iter().map(|one| (&*one.expected, one.rank)).collect();
        assert_eq!(of, [(&[1][..], 1), (&[0], 2)], "both are proposed, the nearer first");
    }

    #[test]
    fn two_days_lines_for_one_row_are_for_a_person() {
        let lines = [line(8, 2, 500, "A1"), line(9, 3, 500, "A1")];
        assert_eq!(
            told(&[row(1, 1, 500, "A1")], &lines),
            "unclear, more than one pairing is possible: 8 9 and 1; left 8 9 | 1"
        );
    }

    #[test]
    fn no_line_is_wasted_on_a_row_that_another_needs() {
        let rows = [row(1, 1, 500, "A1"), row(2, 4, 500, "A1")];
        let lines = [line(8, 5, 500, "A1"), line(9, 9, 500, "A1")];
        assert_eq!(told(&rows, &lines), "exact: 8 pays 1; exact: 9 pays 2");
    }
}
