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
        claims.extend(ways.into_iter().map(|rows| Claim::whole(vec![open.line], rows)));
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

#[cfg(test)]
mod tests {
    use crate::sample::{card, line, told};
    use crate::{BankLine, Expected};

    fn rows() -> [Expected<'static>; 3] {
        [
            Expected { batch: "po_7", ..card(1, 1, 500) },
            Expected { batch: "po_7", ..card(2, 1, -20) },
            Expected { batch: "po_8", ..card(3, 1, 300) },
        ]
    }

    #[test]
    fn a_payout_pays_the_batch_it_quotes() {
        for (line, said) in [
            (line(9, 2, 480, "PO-7"), "batch: 9 pays 1 2; left | 3"),
            (
                BankLine { narrative: "payout po_7 ltd", ..line(9, 2, 480, "") },
                "batch: 9 pays 1 2; left | 3",
            ),
            (line(9, 2, 780, "PO_7 PO_8"), "batch: 9 pays 1 2 3"),
            (line(9, 2, 480, "PO 77"), "left 9 | 1 2 3"),
            (line(9, 2, 480, ""), "left 9 | 1 2 3"),
            (line(9, 20, 480, "PO_7"), "left 9 | 1 2 3"),
        ] {
            assert_eq!(told(&rows(), &[line]), said, "{line:?}");
        }
    }

    #[test]
    fn a_payout_that_differs_is_reported_and_not_matched() {
        assert_eq!(
            told(&rows(), &[line(9, 2, 460, "PO_7")]),
            "unclear, short by 0.20: 9 and 1 2; left 9 | 1 2 3"
        );
        assert_eq!(
            told(&rows(), &[line(9, 2, 495, "PO_7")]),
            "unclear, over by 0.15: 9 and 1 2; left 9 | 1 2 3"
        );
    }

    #[test]
    fn a_payout_told_twice_pays_once() {
        let lines = [line(8, 2, 480, "PO_7"), line(9, 2, 480, "PO_7")];
        assert_eq!(told(&rows(), &lines), "batch: 8 pays 1 2; twice: 8 9; left 9 | 3");
    }

    #[test]
    fn two_payouts_of_one_batch_are_for_a_person() {
        let lines = [line(8, 2, 480, "PO_7"), line(9, 3, 480, "PO_7")];
        assert_eq!(
            told(&rows(), &lines),
            "unclear, more than one pairing is possible: 8 and 1 2; \
             unclear, more than one pairing is possible: 9 and 1 2; left 8 9 | 1 2 3"
        );
    }

    #[test]
    fn a_sum_beyond_counting_is_left_over() {
        let rows = [
            Expected { batch: "po_7", ..card(1, 1, i64::MAX) },
            Expected { batch: "po_7", ..card(2, 1, i64::MAX) },
        ];
        assert_eq!(told(&rows, &[line(9, 2, -2, "PO_7")]), "left 9 | 1 2");
    }
}
