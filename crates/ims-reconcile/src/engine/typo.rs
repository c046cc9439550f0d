//! One line, one row: the reference has slips of the pen, and everything else agrees.

use super::{
    claims::Claim,
    desk::{At, Desk},
    edits,
    left::Left,
    text,
};
use crate::{
    Why,
    rules::{Days, RuleId},
};

/// More than two slips are another reference.
const EDITS_MAX: u8 = 2;

/// Each line with each row that it would pay if `edits` slips of the pen were mended.
pub(crate) fn claims(
    desk: &mut Desk<'_>,
    left: &Left,
    rule: RuleId,
    days: Days,
    edits: u8,
    length_min: u8,
) -> Vec<Claim> {
    let rows = by_amount(desk);
    let near = Near { desk, left, rows: &rows, days, edits: edits.min(EDITS_MAX), length_min };
    let found = left.each(desk, |at, line, found| near.of_line(at, line, found));
    let mut claims = Vec::new();
    for found in found {
        match found {
            Found::Claim(claim) => claims.push(claim),
            Found::Another(line, rows) => desk.note(vec![line], rows, rule, Why::QuotesAnother),
        }
    }
    claims
}

/// What comes of a line.
enum Found {
    Claim(Claim),
    /// It quotes somebody else, and these rows have nearly that reference.
    Another(u32, Vec<u32>),
}

/// The search for rows whose reference a line nearly quotes.
struct Near<'n, 'a> {
    desk: &'n Desk<'a>,
    left: &'n Left,
    rows: &'n [Sorted],
    days: Days,
    edits: u8,
    length_min: u8,
}

impl Near<'_, '_> {
    fn of_line(&self, at: usize, line: u32, all: &mut Vec<Found>) {
        let key = self.desk.lines.at(line);
        let first = key.day.saturating_sub(i32::from(self.days.after));
        let last = key.day.saturating_add(i32::from(self.days.before));
        let mut found: Vec<(u64, i32, Vec<u32>)> = Vec::new();
        for near in in_window(self.rows, key.amount, first, last) {
            if !self.is_near(at, near.row) {
                continue;
            }
            match found.last_mut() {
                Some((number, day, rows)) if *number == near.number && *day == near.day => {
                    rows.push(near.row);
                }
                _ => found.push((near.number, near.day, vec![near.row])),
            }
        }
        // A reference that somebody has is no slip of the pen.
        if !found.is_empty() && !self.left.references_in(at, self.length_min).is_empty() {
            let rows = found.into_iter().flat_map(|found| found.2).collect();
            all.push(Found::Another(line, rows));
            return;
        }
        let claim = |rows| Found::Claim(Claim::twins(self.left.twins(line), rows));
        all.extend(found.into_iter().map(|(_, _, rows)| claim(rows)));
    }

    fn is_near(&self, at: usize, row: u32) -> bool {
        nearly_quotes(self.desk, self.left, at, row, self.edits, usize::from(self.length_min))
    }
}

/// True if the line at this place says the row's reference but for some slips of the pen. The
/// number of a batch is never nearly said: numbers beside it are other batches'.
pub(crate) fn nearly_quotes(
    desk: &Desk<'_>,
    left: &Left,
    at: usize,
    row: u32,
    edits: u8,
    length_min: usize,
) -> bool {
    let reference: Vec<u8> = text::plain(desk.reference(row)).collect();
    reference.len() >= length_min
        && !is_batchs_number(desk, row)
        && left.spans(at).iter().any(|span| {
            let said = left.said(span.start, span.end);
            said.len().abs_diff(reference.len()) <= usize::from(edits)
                && edits::within(said, &reference, edits)
        })
}

/// True if all that is known of the row is the number of its batch, as of a paying-in slip or a
/// schedule: such numbers are given one after another.
fn is_batchs_number(desk: &Desk<'_>, row: u32) -> bool {
    let row = desk.expected.get(row as usize);
    row.is_some_and(|row| !row.batch.is_empty() && text::same(row.batch, row.reference))
}

/// An open row, in the order in which it is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sorted {
    pub(crate) amount: i64,
    pub(crate) day: i32,
    pub(crate) number: u64,
    id: u64,
    pub(crate) row: u32,
}

/// The open rows that have a reference, by amount and day.
pub(crate) fn by_amount(desk: &Desk<'_>) -> Vec<Sorted> {
    let open = (0_u32..).zip(&desk.rows).filter(|(_, key)| key.is_open() && key.reference != 0);
    let mut rows: Vec<Sorted> = open
        .map(|(row, key)| Sorted {
            amount: key.amount,
            day: key.day,
            number: key.reference,
            id: desk.row_id(row),
            row,
        })
        .collect();
    rows.sort_unstable();
    rows
}

/// The rows of an amount from one day to another, both included.
pub(crate) fn in_window(
    rows: &[Sorted],
    amount: i64,
    first: i32,
    last: i32,
) -> impl Iterator<Item = Sorted> + '_ {
    let from = rows.partition_point(|row| (row.amount, row.day) < (amount, first));
    let rows = rows.get(from..).unwrap_or(&[]).iter().copied();
    rows.take_while(move |row| row.amount == amount && row.day <= last)
}

#[cfg(test)]
mod tests {
    use crate::sample::{line, row, told};
    use crate::{Expected, Rules};

    #[test]
    fn one_slip_of_the_pen_is_mended() {
        let rows = [row(1, 1, 500, "80012345")];
        for (line, said) in [
            (line(9, 2, 500, "80012346"), "typo: 9 pays 1"),
            (line(9, 2, 500, "8001235"), "typo: 9 pays 1"),
            (line(9, 2, 500, "80021345"), "typo: 9 pays 1"),
            (line(9, 2, 500, "TAX 8001 2346"), "typo: 9 pays 1"),
            (line(9, 2, 500, "80012366"), "two-typos: 9 pays 1"),
            (line(9, 2, 500, "80012666"), "left 9 | 1"),
            (line(9, 2, 501, "80012346"), "left 9 | 1"),
            (line(9, 12, 500, "80012346"), "left 9 | 1"),
            (line(9, 2, 500, ""), "left 9 | 1"),
        ] {
            assert_eq!(told(&rows, &[line]), said, "{line:?}");
        }
    }

    #[test]
    fn two_slips_are_only_proposed_unless_the_rules_say_so() {
        let (rows, lines) = ([row(1, 1, 500, "80012345")], [line(9, 2, 500, "80012366")]);
        assert_eq!(told(&rows, &lines), "two-typos: 9 pays 1");
        let rules = Rules::careful();
        let outcome = crate::reconcile(&rows, &lines, &rules);
        let [proposal] = outcome.proposals.as_slice() else { panic!("{outcome:?}") };
        assert_eq!((rules.name(proposal.rule), proposal.rank), ("two-typos", 1));
    }

    /// Slips and schedules are numbered one after another: the next number is the next one's,
    /// whether or not that is known yet.
    #[test]
    fn a_batchs_number_is_not_mended() {
        let slip = |batch| Expected { batch, ..row(1, 1, 500, "PS000017") };
        let other = [line(9, 2, 500, "CR PS000018")];
        assert_eq!(told(&[slip("")], &other), "typo: 9 pays 1");
        assert_eq!(told(&[slip("PS000017")], &other), "left 9 | 1");
        assert_eq!(told(&[slip("PS-000017")], &[line(9, 2, 500, "PS000071")]), "left 9 | 1");
        let own = [line(9, 2, 500, "CR PS000017")];
        assert_eq!(told(&[slip("PS000017")], &own), "batch: 9 pays 1");
        assert_eq!(
            told(&[slip("PS000017")], &[line(9, 18, 500, "CR PS000017")]),
            "early-or-late: 9 pays 1"
        );
    }

    #[test]
    fn short_references_are_not_mended() {
        assert_eq!(told(&[row(1, 1, 500, "A1234")], &[line(9, 2, 500, "A1235")]), "left 9 | 1");
    }

    #[test]
    fn it_must_be_the_only_candidate_both_ways() {
        let several = "unclear, more than one pairing is possible";
        let rows = [row(1, 1, 500, "80012345"), row(2, 1, 500, "80012347")];
        assert_eq!(
            told(&rows, &[line(9, 2, 500, "80012346")]),
            format!("{several}: 9 and 1 2; left 9 | 1 2")
        );
        let lines = [line(8, 2, 500, "80012346"), line(9, 2, 500, "80012349")];
        assert_eq!(
            told(&rows[..1], &lines),
            format!("{several}: 8 and 1; {several}: 9 and 1; left 8 9 | 1")
        );
    }

    #[test]
    fn a_line_given_twice_is_mended_once() {
        let lines = [line(8, 2, 500, "80012346"), line(9, 2, 500, "80012346")];
        let rows = [row(1, 1, 500, "80012345"), row(2, 1, 500, "80012345")];
        assert_eq!(told(&rows[..1], &lines), "twice: 8 9; typo: 8 pays 1; left 9");
        assert_eq!(told(&rows, &lines), "typo: 8 pays 1; typo: 9 pays 2");
    }

    #[test]
    fn somebody_elses_reference_is_no_slip_of_the_pen() {
        // Account 80012346 exists, whether or not it owes anything now.
        for owes in [700, 500] {
            let rows = [row(1, 1, 500, "80012345"), row(2, 90, owes, "80012346")];
            assert_eq!(
                told(&rows, &[line(9, 2, 500, "80012346")]),
                "unclear, quotes the reference of another account: 9 and 1; left 9 | 1 2"
            );
        }
    }
}
