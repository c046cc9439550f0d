//! A merchant's days where some rows fell past the cut-off into the next day's payout.
//!
//! What one day's payout lacks must turn up in the next: a stretch of days is only believed
//! when its last payout comes out to the penny. Which rows slipped must be plain: where others
//! of that day make as much, its payout and the next are left to a person, and what comes
//! after them is not: it lacks nothing, whichever they were.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    batch,
    claims::Claim,
    desk::{At, Desk},
    left::Left,
    merchant_day,
    subsets::{self, Item, Ways},
};
use crate::{
    Why,
    rules::{Days, RuleId},
};

/// A row slips to the merchant's next payout, if that is at most this many days on.
pub(super) const GAP_MAX: i32 = 4;
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
    let (mut claims, mut short, mut vague) = (Vec::new(), Vec::new(), Vec::new());
    for (merchant, lines) in dated_lines(desk, left, days) {
        let mut walk = Walk::new(desk, left, merchant, slips_max);
        walk.all(&lines, &amount);
        claims.extend(walk.claims);
        short.extend(walk.short);
        vague.extend(walk.vague);
    }
    for (line, rows) in short {
        batch::note(desk, line, rows, rule);
    }
    for (lines, rows) in vague {
        desk.note(lines, rows, rule, Why::Several);
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

/// A day of a merchant: its open rows, and the lines that name it.
struct Day {
    day: i32,
    rows: Vec<u32>,
    lines: Vec<u32>,
}

/// A merchant's days, walked from the first to the last.
pub(crate) struct Walk<'w, 'a> {
    desk: &'w Desk<'a>,
    left: &'w Left,
    merchant: u32,
    slips_max: u8,
    /// What the last day walked left: rows that slipped out of its payout,
    carried: Vec<u32>,
    /// or all its rows, if no payout of it is known.
    unpaid: Vec<u32>,
    /// Whether others of that day make as much as `carried`.
    is_vague: bool,
    /// Rows of the next day that the last payout had already.
    taken: Vec<u32>,
    /// Payouts that came out but for `carried` and `taken`.
    pending: Vec<Pending>,
    pub(crate) claims: Vec<Claim>,
    /// Lines that did not come out, with the rows of their day.
    pub(crate) short: Vec<(u32, Vec<u32>)>,
    /// Lines that came out together, with their rows, of which those of each are not plain.
    vague: Vec<(Vec<u32>, Vec<u32>)>,
}

/// A payout, and the rows that make it.
struct Pending {
    line: u32,
    rows: Vec<u32>,
    is_vague: bool,
}

/// Rows that are in another payout than that of their day.
struct Slipped {
    /// In the next one,
    on: Vec<u32>,
    /// or, being of the next day, in this one.
    back: Vec<u32>,
    /// Whether others of the day make as much.
    is_vague: bool,
}

impl<'w, 'a> Walk<'w, 'a> {
    pub(crate) fn new(desk: &'w Desk<'a>, left: &'w Left, merchant: u32, slips_max: u8) -> Self {
        Self {
            desk,
            left,
            merchant,
            slips_max: slips_max.min(SLIPS_MAX),
            carried: Vec::new(),
            unpaid: Vec::new(),
            is_vague: false,
            taken: Vec::new(),
            pending: Vec::new(),
            claims: Vec::new(),
            short: Vec::new(),
            vague: Vec::new(),
        }
    }

    /// Walks all days; `worth` says which sums a line may stand for.
    pub(crate) fn all(
        &mut self,
        lines: &BTreeMap<i32, Vec<u32>>,
        worth: &dyn Fn(u32) -> Vec<i128>,
    ) {
        let days = self.days(lines);
        let near = |from: &Day, to: &Day| to.day.saturating_sub(from.day) <= GAP_MAX;
        let mut last: Option<&Day> = None;
        for (at, day) in days.iter().enumerate() {
            if last.is_some_and(|last| !near(last, day)) {
                self.give_up();
                self.unpaid.clear();
            }
            last = Some(day);
            let next = days.get(at.saturating_add(1)).filter(|next| near(day, next));
            match day.lines.as_slice() {
                [line] => {
                    let next = next.filter(|next| next.lines.len() == 1);
                    let next = next.map_or(&[][..], |next| next.rows.as_slice());
                    self.payout(*line, &day.rows, next, &worth(*line));
                }
                [] => {
                    self.give_up();
                    self.unpaid.clone_from(&day.rows);
                }
                // Which of several payouts of one day is whose is not for a rule to say.
                several => {
                    self.give_up();
                    self.unpaid.clear();
                    self.short.extend(several.iter().map(|line| (*line, day.rows.clone())));
                }
            }
        }
        self.give_up();
    }

    /// Days with open rows or lines, the earliest first.
    fn days(&self, lines: &BTreeMap<i32, Vec<u32>>) -> Vec<Day> {
        let mut days: BTreeSet<i32> = lines.keys().copied().collect();
        if let Some(rows) = self.left.merchants.get(self.merchant as usize) {
            days.extend(rows.keys());
        }
        let day = |day: i32| {
            let rows = merchant_day::rows_of(self.desk, self.left, self.merchant, day);
            let lines = lines.get(&day).cloned().unwrap_or_default();
            (!rows.is_empty() || !lines.is_empty()).then_some(Day { day, rows, lines })
        };
        days.into_iter().filter_map(day).collect()
    }

    fn payout(&mut self, line: u32, of_day: &[u32], next: &[u32], worth: &[i128]) {
        let unpaid = std::mem::take(&mut self.unpaid);
        let is_free = |row: &&u32| !self.taken.contains(row);
        let rows: Vec<u32> = of_day.iter().filter(is_free).copied().collect();
        let mut all = rows.clone();
        all.extend(&self.carried);
        let total = self.desk.sum(&all);
        if worth.contains(&total) && !all.is_empty() {
            self.pending.push(Pending { line, rows: all, is_vague: self.is_vague });
            return self.come_out();
        }
        if let Some(slipped) = self.slipped(&rows, next, total, worth) {
            all.retain(|row| !slipped.on.contains(row));
            all.extend(&slipped.back);
            let is_vague = self.is_vague || slipped.is_vague;
            self.pending.push(Pending { line, rows: all, is_vague });
            self.carried = slipped.on;
            self.is_vague = slipped.is_vague;
            self.taken = slipped.back;
            return;
        }
        if !self.pending.is_empty() {
            // Perhaps only what came before was wrong.
            self.give_up();
            return self.payout(line, of_day, next, worth);
        }
        let brought = Sides { here: &[], there: &unpaid };
        if let Ways::One(brought) = self.fewest(&brought, worth.iter().map(|worth| total - worth)) {
            all.extend(brought);
            self.pending.push(Pending { line, rows: all, is_vague: false });
            return self.come_out();
        }
        if !of_day.is_empty() {
            self.short.push((line, of_day.to_vec()));
        }
    }

    /// The fewest rows that, being in another payout, make the total one that the line may
    /// stand for: if there is one way, or several of rows that slipped on, which all leave the
    /// next payout as much.
    fn slipped(&self, rows: &[u32], next: &[u32], total: i128, worth: &[i128]) -> Option<Slipped> {
        let sides = Sides { here: rows, there: next };
        let (moved, is_vague) = match self.fewest(&sides, worth.iter().map(|worth| total - worth)) {
            Ways::None => return None,
            Ways::One(moved) => (moved, false),
            Ways::Several(ways) => (ways.into_iter().next()?, true),
        };
        let (on, back): (_, Vec<u32>) = moved.into_iter().partition(|row| rows.contains(row));
        (!is_vague || back.is_empty()).then_some(Slipped { on, back, is_vague })
    }

    /// The fewest rows, those here less those there, that make one of `totals`. Rows of one
    /// merchant, day and amount stand for each other: whichever slipped, the same money of the
    /// same day is in the same two payouts.
    fn fewest(&self, sides: &Sides<'_>, totals: impl Iterator<Item = i128> + Clone) -> Ways {
        // Most rows that slip slip on: one that slipped back is looked for when none did.
        let on = Sides { here: sides.here, there: &[] }.items(self.desk);
        let both = sides.items(self.desk);
        for count in 1..=self.slips_max {
            for items in [&on, &both] {
                let mut ways = totals.clone().map(|total| subsets::of_count(items, total, count));
                let found = ways.by_ref().find(|ways| *ways != Ways::None);
                let Some(found) = found else { continue };
                // Of two totals that can be made, which it is is not known.
                let is_only = ways.all(|ways| ways == Ways::None);
                return if is_only { found } else { Ways::Several(Vec::new()) };
            }
        }
        Ways::None
    }

    fn come_out(&mut self) {
        self.carried.clear();
        self.taken.clear();
        self.is_vague = false;
        let mut vague: Option<(Vec<u32>, Vec<u32>)> = None;
        for Pending { line, rows, is_vague } in self.pending.drain(..) {
            if is_vague {
                let (lines, all) = vague.get_or_insert_default();
                lines.push(line);
                all.extend(rows);
                continue;
            }
            self.vague.extend(vague.take());
            let fee = self.desk.sum(&rows) - i128::from(self.desk.lines.at(line).amount);
            if let Ok(fee) = i64::try_from(fee)
                && !rows.is_empty()
            {
                self.claims.push(Claim { fee, ..Claim::whole(vec![line], rows) });
            }
        }
        self.vague.extend(vague);
    }

    fn give_up(&mut self) {
        self.carried.clear();
        self.taken.clear();
        self.is_vague = false;
        self.short.extend(self.pending.drain(..).map(|it| (it.line, it.rows)));
    }
}

/// Rows by ascending id: some that may be missing from a payout, some that may be in it.
struct Sides<'s> {
    here: &'s [u32],
    there: &'s [u32],
}

impl Sides<'_> {
    /// What each row takes off the payout when it moves.
    fn items(&self, desk: &Desk<'_>) -> Vec<Item> {
        let amount = |row: &u32| desk.rows.at(*row).amount;
        let item = |amount, index: &u32| Item { amount, class: 0, index: *index };
        let here = self.here.iter().map(|row| item(amount(row), row));
        let there = self.there.iter().map(|row| item(amount(row).saturating_neg(), row));
        // Of rows that stand for each other the later is taken first when it moves on, the
        // earlier when it moves back.
        let mut items: Vec<(bool, Item)> = here.rev().map(|item| (false, item)).collect();
        items.extend(there.map(|item| (true, item)));
        items.sort_by_key(|(is_there, item)| (*is_there, item.amount));
        let (mut class, mut last) = (0, None);
        for (is_there, item) in &mut items {
            if last.replace((*is_there, item.amount)) != Some((*is_there, item.amount)) {
                class += 1;
            }
            item.class = class;
        }
        items.into_iter().map(|(_, item)| item).collect()
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
    fn what_was_taken_after_midnight_is_in_the_payout_before() {
        let rows = [card(1, 1, 500), card(2, 2, 41), card(3, 2, 600)];
        let lines = [line(7, 2, 541, "SHOP77 0104"), line(8, 3, 600, "SHOP77 0204")];
        assert_eq!(
            told(&rows, &lines),
            "merchant-day-slip: 7 pays 1 2; merchant-day-slip: 8 pays 3"
        );
        // One slipped on past the cut-off, another was before midnight at the provider.
        let rows = [card(1, 1, 500), card(2, 1, 73), card(3, 2, 41), card(4, 2, 600)];
        let lines = [line(7, 2, 541, "SHOP77 0104"), line(8, 3, 673, "SHOP77 0204")];
        assert_eq!(
            told(&rows, &lines),
            "merchant-day-slip: 7 pays 1 3; merchant-day-slip: 8 pays 2 4"
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
            "unclear, more than one pairing is possible: 7 8 and 1 2 3 4; \
             unclear, short by 1.00: 7 and 1 2 3 4; left 7 8 | 1 2 3 4"
        );
        // The days about them are plain: the first lacks what slipped into theirs, the last has
        // what slipped out of it.
        let before = [card(5, 1, 500), card(6, 1, 7)];
        let of_day = [41, 59, 30, 70].into_iter().zip(1..).map(|(amount, id)| card(id, 2, amount));
        let after = [card(9, 3, 800), card(10, 3, 13), card(11, 4, 900)];
        let rows: Vec<_> = before.into_iter().chain(of_day).chain(after).collect();
        let lines = [
            line(21, 2, 500, "SHOP77 0104"),
            line(22, 3, 107, "SHOP77 0204"),
            line(23, 4, 900, "SHOP77 0304"),
            line(24, 5, 913, "SHOP77 0404"),
        ];
        assert_eq!(
            told(&rows, &lines),
            "merchant-day-slip: 21 pays 5; merchant-day-slip: 24 pays 10 11; \
             unclear, more than one pairing is possible: 22 23 and 1 2 3 4 6 9; \
             unclear, over by 0.87: 23 and 9 10; unclear, short by 0.93: 22 and 1 2 3 4; \
             left 22 23 | 1 2 3 4 6 9"
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
