//! Rows and lines gathered by reference and amount.

use crate::engine::{
    desk::{At, Desk, Key, NONE},
    text,
};

/// An item and its day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dated {
    pub(super) day: i32,
    pub(super) index: u32,
}

/// Open rows and open lines that share a reference and an amount, group by group.
pub(super) struct Gathered {
    rows: Side,
    lines: Side,
}

/// One side: all its items, those of one group next to each other; where each group ends.
struct Side {
    items: Vec<Dated>,
    ends: Vec<u32>,
}

impl Gathered {
    /// A group is named by its first row. Rows without a line need no place.
    pub(super) fn new(desk: &Desk<'_>) -> Self {
        let table = Table::new(&desk.rows);
        let mut row_group = vec![NONE; desk.rows.len()];
        let mut table = table;
        for (row, key) in (0_u32..).zip(&desk.rows) {
            if let (true, Some(group)) = (is_wanted(*key), row_group.get_mut(row as usize)) {
                *group = table.first_or(&desk.rows, *key, row);
            }
        }
        let line_group: Vec<u32> = desk
            .lines
            .iter()
            .map(|key| if is_wanted(*key) { table.first(&desk.rows, *key) } else { NONE })
            .collect();
        drop(table);
        let lines = Side::new(&desk.lines, &line_group, desk.rows.len(), |_| true);
        let rows =
            Side::new(&desk.rows, &row_group, desk.rows.len(), |group| lines.count(group) > 0);
        Self { rows, lines }
    }

    /// Calls `decide` with the rows and lines of each group that has both.
    pub(super) fn each(&mut self, mut decide: impl FnMut(&mut [Dated], &mut [Dated])) {
        let (mut rows, mut lines) =
            (self.rows.items.as_mut_slice(), self.lines.items.as_mut_slice());
        let (mut row_at, mut line_at) = (0, 0);
        for (row_end, line_end) in self.rows.ends.iter().zip(&self.lines.ends) {
            let m = row_end.saturating_sub(row_at) as usize;
            let n = line_end.saturating_sub(line_at) as usize;
            (row_at, line_at) = (*row_end, *line_end);
            let (these_rows, next_rows) = rows.split_at_mut(m.min(rows.len()));
            let (these_lines, next_lines) = lines.split_at_mut(n.min(lines.len()));
            (rows, lines) = (next_rows, next_lines);
            if m > 0 && n > 0 {
                decide(these_rows, these_lines);
            }
        }
    }
}

fn is_wanted(key: Key) -> bool {
    key.reference != 0 && key.is_open()
}

impl Side {
    fn new(keys: &[Key], group: &[u32], groups: usize, wanted: impl Fn(u32) -> bool) -> Self {
        let mut ends = vec![0_u32; groups];
        for group in group {
            if let Some(count) = ends.get_mut(*group as usize) {
                *count += u32::from(wanted(*group));
            }
        }
        let mut total = 0;
        for end in &mut ends {
            (*end, total) = (total, total + *end);
        }
        let mut items = vec![Dated::default(); total as usize];
        for ((index, key), group) in (0_u32..).zip(keys).zip(group) {
            if let (Some(end), true) = (ends.get_mut(*group as usize), wanted(*group)) {
                if let Some(item) = items.get_mut(*end as usize) {
                    *item = Dated { day: key.day, index };
                }
                *end += 1;
            }
        }
        Self { items, ends }
    }

    fn count(&self, group: u32) -> u32 {
        let before = group.checked_sub(1).map_or(0, |before| self.ends.at(before));
        self.ends.at(group).saturating_sub(before)
    }
}

/// The first row of each reference and amount: open addressing, at most half full.
struct Table {
    /// Upper half: some of the key's number; lower half: the row.
    slots: Vec<u64>,
    mask: usize,
}

const EMPTY: u64 = u64::MAX;

impl Table {
    fn new(rows: &[Key]) -> Self {
        let size = rows.len().max(8).saturating_mul(2).next_power_of_two();
        Self { slots: vec![EMPTY; size], mask: size - 1 }
    }

    fn first(&self, rows: &[Key], key: Key) -> u32 {
        self.find(rows, key).0
    }

    fn first_or(&mut self, rows: &[Key], key: Key, row: u32) -> u32 {
        match self.find(rows, key) {
            (NONE, slot) => {
                if let Some(slot) = self.slots.get_mut(slot) {
                    *slot = (number(key) & 0xFFFF_FFFF_0000_0000) | u64::from(row);
                }
                row
            }
            (first, _) => first,
        }
    }

    /// The first row with this key, or `NONE` and the slot where it belongs.
    fn find(&self, rows: &[Key], key: Key) -> (u32, usize) {
        let number = number(key);
        let mut slot = number as usize & self.mask;
        loop {
            let held = self.slots.get(slot).copied().unwrap_or(EMPTY);
            if held == EMPTY {
                return (NONE, slot);
            }
            if held >> 32 == number >> 32 {
                let row = held as u32;
                let other = rows.at(row);
                if other.reference == key.reference && other.amount == key.amount {
                    return (row, slot);
                }
            }
            slot = (slot + 1) & self.mask;
        }
    }
}

fn number(key: Key) -> u64 {
    text::mixed(key.reference ^ 0x2D35_8DCC_AA6C_78A5, key.amount as u64 ^ 0x8BB8_4B93_962E_ACC9)
}
