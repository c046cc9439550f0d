//! One line, many rows: the line quotes their merchant and pays one of its days.

use super::{
    batch,
    claims::Claim,
    desk::{At, Desk},
    left::{Left, Word},
    written_date,
};
use crate::rules::{Days, RuleId};

/// So many days beyond the window of a line a merchant's rows may still have to do with it:
/// what slipped into another payout is looked for [`GAP_MAX`](super::slips::GAP_MAX) days on
/// either side, and so is what slipped into that one.
pub(crate) const REACH: u8 = 8;

/// Each line that pays exactly one day of a merchant that it quotes: a day written in the
/// line, or else the only day in the window whose sum fits.
pub(crate) fn claims(desk: &mut Desk<'_>, left: &Left, rule: RuleId, days: Days) -> Vec<Claim> {
    let (mut claims, mut short) = (Vec::new(), Vec::new());
    for (at, open) in left.open(desk) {
        let amount = i128::from(desk.lines.at(open.line).amount);
        for quoted in quoted(desk, left, at, days) {
            let mut nearest = Vec::new();
            let mut fits = false;
            for day in &quoted.days {
                let rows = rows_of(desk, left, quoted.merchant, *day);
                if !rows.is_empty() && desk.sum(&rows) == amount {
                    claims.push(Claim::whole(vec![open.line], rows));
                    fits = true;
                } else if quoted.is_dated {
                    nearest = rows;
                }
            }
            if !fits && !nearest.is_empty() {
                short.push((open.line, nearest));
            }
        }
    }
    for (line, rows) in short {
        batch::note(desk, line, rows, rule);
    }
    claims
}

/// A merchant that a line quotes, and the days the line may pay.
pub(crate) struct Quoted {
    pub(crate) merchant: u32,
    pub(crate) days: Vec<i32>,
    /// True if the days are written in the line.
    pub(crate) is_dated: bool,
}

/// Each merchant that the line at this place quotes and that has rows near its days: one whose
/// rows are all of other times is a word like any other.
pub(crate) fn quoted(desk: &Desk<'_>, left: &Left, at: usize, days: Days) -> Vec<Quoted> {
    let mut found: Vec<Quoted> = Vec::new();
    for quote in left.quotes(at) {
        let Word::Merchant(merchant) = quote.word else { continue };
        if found.iter().any(|before| before.merchant == merchant) {
            continue;
        }
        let Some(all) = left.merchants.get(merchant as usize) else { continue };
        let line_day = left.lines.get(at).map_or(0, |open| desk.lines.at(open.line).day);
        let first = line_day.saturating_sub(i32::from(days.after));
        let last = line_day.saturating_add(i32::from(days.before));
        let reach = i32::from(REACH);
        let near = first.saturating_sub(reach)..=last.saturating_add(reach);
        if all.range(near).next().is_none() {
            continue;
        }
        let written = written_date::days(left, at, quote.span, line_day, days);
        let is_dated = !written.is_empty();
        let days =
            if is_dated { written } else { all.range(first..=last).map(|(day, _)| *day).collect() };
        found.push(Quoted { merchant, days, is_dated });
    }
    found
}

/// The merchant's open rows of a day, lowest id first: those without a batch of their own,
/// or all if there are none.
pub(crate) fn rows_of(desk: &Desk<'_>, left: &Left, merchant: u32, day: i32) -> Vec<u32> {
    let rows = left.merchants.get(merchant as usize).and_then(|days| days.get(&day));
    let rows = rows.map_or(&[][..], Vec::as_slice);
    let open = || rows.iter().copied().filter(|row| desk.rows.at(*row).is_open());
    let has_batch =
        |row: &u32| desk.expected.get(*row as usize).is_some_and(|row| !row.batch.is_empty());
    let mut found: Vec<u32> = open().filter(|row| !has_batch(row)).collect();
    if found.is_empty() {
        found = open().collect();
    }
    found.sort_unstable_by_key(|row| (desk.row_id(*row), *row));
    found
}

#[cfg(test)]
mod tests {
    use crate::sample::{card, line, row, told};

    #[test]
    fn a_payout_pays_the_day_written_in_it() {
        let rows = [card(1, 1, 500), card(2, 1, 40), card(3, 2, 540)];
        for (line, said) in [
            (line(9, 3, 540, "SHOP77 0104"), "merchant-day: 9 pays 1 2; left | 3"),
            (line(9, 3, 540, "shop 77 02/04/26"), "merchant-day: 9 pays 3; left | 1 2"),
            (line(9, 3, 540, "0104"), "left 9 | 1 2 3"),
            (line(9, 3, 540, "SHOP 78 0104"), "left 9 | 1 2 3"),
            (line(9, 3, 530, "SHOP77 0104"), "unclear, short by 0.10: 9 and 1 2; left 9 | 1 2 3"),
        ] {
            assert_eq!(told(&rows, &[line]), said, "{line:?}");
        }
    }

    #[test]
    fn without_a_date_only_one_day_may_fit() {
        let rows = [card(1, 1, 500), card(2, 2, 540), card(3, 3, 540)];
        assert_eq!(
            told(&rows, &[line(9, 4, 500, "SHOP 77")]),
            "merchant-day: 9 pays 1; left | 2 3"
        );
        assert_eq!(
            told(&rows, &[line(9, 4, 540, "SHOP 77")]),
            "unclear, more than one pairing is possible: 9 and 2 3; left 9 | 1 2 3"
        );
    }

    #[test]
    fn another_merchants_rows_do_not_count() {
        let rows = [card(1, 1, 500), row(2, 1, 40, "")];
        assert_eq!(
            told(&rows, &[line(9, 2, 540, "SHOP 77 0104")]),
            "unclear, over by 0.40: 9 and 1; left 9 | 1 2"
        );
    }
}
