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

    /// The fewest of `rows` that make one of `totals`, if there is one way. Rows of one day
    /// and amount stand for each other.
    fn one_way(&self, rows: &[u32], totals: impl Iterator<Item = i128> + Clone) -> Option<Vec<u32>> {
        let mut items: Vec<Item> = rows
            .iter()
            .map(|row| Item { amount: self.desk.rows.at(*row).amount, class: 0, index: *row })
            .collect();
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
                self.claims.push(Claim { fee, ..Claim::whole(vec![line], rows, 9_700) });
            }
        }
    }

    fn give_up(&mut self) {
        self.carried.clear();
        self.short.append(&mut self.pending);
    }
}
