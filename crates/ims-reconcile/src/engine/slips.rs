//! A merchant's days where some rows fell past the cut-off into the next day's payout.
//!
//! What one day's payout lacks must turn up in the next: a stretch of days is only believed
//! when its last payout comes out to the penny.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    batch,
    claims::Claim,
    desk::{At, Desk},
    left::Left,
    merchant_day,
    subsets::{self, Item, Ways},
};
use crate::rules::{Days, RuleId};

/// A row slips to the merchant's next payout, if that is at most this many days on.
const GAP_MAX: i32 = 4;
const SLIPS_MAX: u8 = 3;

/// Stretches of days whose payouts come out once slipped rows are counted where they went.
pub(crate) fn claims(
    desk: &mut Desk<'_>,
    left: &Left,
    rule: RuleId,
    days: Days,
    slips_max: u8,
) -> Vec<Claim> {
    let amount = |line: u32| vec![i128::from(desk.lines.at(line).amount)];
    let (mut claims, mut short) = (Vec::new(), Vec::new());
    for (merchant, lines) in dated_lines(desk, left, days) {
        let mut walk = Walk::new(desk, left, merchant, slips_max);
        walk.all(&lines, &amount);
        claims.extend(walk.claims);
        short.extend(walk.short);
    }
    for (line, rows) in short {
        batch::note(desk, line, rows, rule);
    }
    claims
}

/// The open lines that quote one merchant and one day of it, by merchant and day.
pub(crate) fn dated_lines(
    desk: &Desk<'_>,
    left: &Left,
    days: Days,
) -> BTreeMap<u32, BTreeMap<i32, Vec<u32>>> {
    let mut found: BTreeMap<u32, BTreeMap<i32, Vec<u32>>> = BTreeMap::new();
    for (at, open) in left.open(desk) {
        let quoted = merchant_day::quoted(desk, left, at, days);
        if let [merchant_day::Quoted { merchant, days, is_dated: true }] = quoted.as_slice()
            && let [day] = days.as_slice()
        {
            found.entry(*merchant).or_default().entry(*day).or_default().push(open.line);
        }
    }
    found
}

/// A merchant's days, walked from the first to the last.
pub(crate) struct Walk<'w, 'a> {
    desk: &'w Desk<'a>,
    left: &'w Left,
    merchant: u32,
    slips_max: u8,
    /// The last day walked, and what it left: rows that slipped out of its payout,
    day: i32,
    carried: Vec<u32>,
    /// or all its rows, if no payout of it is known.
    unpaid: Vec<u32>,
    /// Payouts that came out but for `carried`.
    pending: Vec<(u32, Vec<u32>)>,
    pub(crate) claims: Vec<Claim>,
    /// Lines that did not come out, with the rows of their day.
    pub(crate) short: Vec<(u32, Vec<u32>)>,
}

impl<'w, 'a> Walk<'w, 'a> {
    pub(crate) fn new(desk: &'w Desk<'a>, left: &'w Left, merchant: u32, slips_max: u8) -> Self {
        Self {
            desk,
            left,
            merchant,
            slips_max: slips_max.min(SLIPS_MAX),
            day: i32::MIN,
            carried: Vec::new(),
            unpaid: Vec::new(),
            pending: Vec::new(),
            claims: Vec::new(),
            short: Vec::new(),
        }
    }

    /// Walks all days; `worth` says which sums a line may stand for.
    pub(crate) fn all(
        &mut self,
        lines: &BTreeMap<i32, Vec<u32>>,
        worth: &dyn Fn(u32) -> Vec<i128>,
    ) {
        let mut days: BTreeSet<i32> = lines.keys().copied().collect();
        if let Some(rows) = self.left.merchants.get(self.merchant as usize) {
            days.extend(rows.keys());
        }
        for day in days {
            let rows = merchant_day::rows_of(self.desk, self.left, self.merchant, day);
            let lines = lines.get(&day).map_or(&[][..], Vec::as_slice);
            if rows.is_empty() && lines.is_empty() {
                continue;
            }
            if day.saturating_sub(self.day) > GAP_MAX {
                self.give_up();
                self.unpaid.clear();
            }
            self.day = day;
            match lines {
                [line] => self.payout(*line, rows, &worth(*line)),
                [] => {
                    self.give_up();
                    self.unpaid = rows;
                }
                // Which of several payouts of one day is whose is not for a rule to say.
                several => {
                    self.give_up();
                    self.unpaid.clear();
                    self.short.extend(several.iter().map(|line| (*line, rows.clone())));
                }
            }
        }
        self.give_up();
    }

    fn payout(&mut self, line: u32, rows: Vec<u32>, worth: &[i128]) {
        let unpaid = std::mem::take(&mut self.unpaid);
        let mut all = rows.clone();
        all.extend(&self.carried);
        let total = self.desk.sum(&all);
        if worth.contains(&total) && !all.is_empty() {
            self.pending.push((line, all));
            self.carried.clear();
            return self.come_out();
        }
        if let Some(slipped) = self.one_way(&rows, worth.iter().map(|worth| total - worth)) {
            all.retain(|row| !slipped.contains(row));
            self.pending.push((line, all));
            self.carried = slipped;
            return;
        }
        if !self.pending.is_empty() {
            // Perhaps only what came before was wrong.
            self.give_up();
            return self.payout(line, rows, worth);
        }
        if let Some(brought) = self.one_way(&unpaid, worth.iter().map(|worth| worth - total)) {
            all.extend(brought);
            self.pending.push((line, all));
            return self.come_out();
        }
        if !rows.is_empty() {
            self.short.push((line, rows));
        }
    }

    /// The fewest of `rows`, given by ascending id, that make one of `totals`, if there is one
    /// way. Rows of one merchant, day and amount stand for each other: whichever slipped, the
    /// same money of the same day is in the same two payouts.
    fn one_way(
        &self,
        rows: &[u32],
        totals: impl Iterator<Item = i128> + Clone,
    ) -> Option<Vec<u32>> {
        let mut items: Vec<Item> = rows
            .iter()
            .map(|row| Item { amount: self.desk.rows.at(*row).amount, class: 0, index: *row })
            .collect();
        // Of rows that stand for each other the later, with the higher id, is taken first.
        items.reverse();
        items.sort_by_key(|item| item.amount);
        let mut class = 0;
        let mut last = None;
        for item in &mut items {
            if last.replace(item.amount) != Some(item.amount) {
                class += 1;
            }
            item.class = class;
        }
        for count in 1..=self.slips_max {
            let mut ways = totals.clone().map(|total| subsets::of_count(&items, total, count));
            let found = ways.by_ref().find(|ways| *ways != Ways::None);
            match found {
                None => {}
                Some(Ways::One(rows)) if ways.all(|ways| ways == Ways::None) => return Some(rows),
                Some(Ways::None | Ways::One(_) | Ways::Several) => return None,
            }
        }
        None
    }

    fn come_out(&mut self) {
        for (line, rows) in self.pending.drain(..) {
            let fee = self.desk.sum(&rows) - i128::from(self.desk.lines.at(line).amount);
            if let Ok(fee) = i64::try_from(fee)
                && !rows.is_empty()
            {
                self.claims.push(Claim { fee, ..Claim::whole(vec![line], rows) });
            }
        }
    }

    fn give_up(&mut self) {
        self.carried.clear();
        self.short.append(&mut self.pending);
    }
}

#[cfg(test)]
mod tests {
    use crate::sample::{card, line, told};

    #[test]
    fn what_slipped_past_the_cut_off_is_in_the_next_payout() {
        let rows =
            [card(1, 1, 500), card(2, 1, 41), card(3, 2, 600), card(4, 2, 73), card(5, 3, 700)];
        let lines = [
            line(7, 2, 500, "SHOP77 0104"),
            line(8, 3, 641, "SHOP77 0204"),
            line(9, 4, 773, "SHOP77 0304"),
        ];
        assert_eq!(
            told(&rows, &lines),
            "merchant-day-slip: 7 pays 1; merchant-day-slip: 8 pays 2 3; \
             merchant-day-slip: 9 pays 4 5"
        );
    }

    #[test]
    fn a_payout_is_short_unless_the_next_one_makes_it_good() {
        let rows = [card(1, 1, 500), card(2, 1, 41), card(3, 2, 600)];
        for (lines, said) in [
            (
                vec![line(7, 2, 500, "SHOP77 0104")],
                "unclear, short by 0.41: 7 and 1 2; left 7 | 1 2 3",
            ),
            (
                vec![line(7, 2, 500, "SHOP77 0104"), line(8, 3, 600, "SHOP77 0204")],
                "merchant-day: 8 pays 3; unclear, short by 0.41: 7 and 1 2; left 7 | 1 2",
            ),
            (
                vec![line(7, 2, 500, "SHOP77 0104"), line(8, 3, 640, "SHOP77 0204")],
                "unclear, over by 0.40: 8 and 3; unclear, short by 0.41: 7 and 1 2; left 7 8 | 1 2 3",
            ),
        ] {
            assert_eq!(told(&rows, &lines), said);
        }
    }

    #[test]
    fn rows_that_slipped_into_a_day_without_rows_are_found() {
        let rows = [card(1, 1, 500), card(2, 1, 41)];
        let lines = [line(7, 2, 500, "SHOP77 0104"), line(8, 3, 41, "SHOP77 0204")];
        assert_eq!(told(&rows, &lines), "merchant-day-slip: 7 pays 1; merchant-day-slip: 8 pays 2");
    }

    #[test]
    fn which_rows_slipped_must_be_plain() {
        // Either 41 and 59 slipped, or 30 and 70.
        let rows = [card(1, 1, 41), card(2, 1, 59), card(3, 1, 30), card(4, 1, 70)];
        let lines = [line(7, 2, 100, "SHOP77 0104"), line(8, 3, 100, "SHOP77 0204")];
        assert_eq!(
            told(&rows, &lines),
            "unclear, short by 1.00: 7 and 1 2 3 4; left 7 8 | 1 2 3 4"
        );
    }

    #[test]
    fn of_equal_rows_the_later_has_slipped() {
        let rows = [card(1, 1, 41), card(2, 1, 500), card(3, 1, 41), card(4, 2, 600)];
        let lines = [line(8, 2, 541, "SHOP77 0104"), line(9, 3, 641, "SHOP77 0204")];
        assert_eq!(
            told(&rows, &lines),
            "merchant-day-slip: 8 pays 1 2; merchant-day-slip: 9 pays 3 4"
        );
    }

    #[test]
    fn rows_before_the_first_payout_may_belong_to_it() {
        let rows = [card(1, 1, 500), card(2, 1, 41), card(3, 2, 600)];
        assert_eq!(
            told(&rows, &[line(8, 3, 641, "SHOP77 0204")]),
            "merchant-day-slip: 8 pays 2 3; left | 1"
        );
    }
}
