/// How many rows of the lists of a file are not held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Receipts.
    pub receipts: u64,
    /// Account holders.
    pub holders: u64,
    /// Items of Bacs reports.
    pub advices: u64,
    /// What a system that took a file of ours says of it.
    pub acknowledgements: u64,
}

/// How many rows may still be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    of_each: usize,
    in_all: usize,
}

impl Room {
    pub(super) const fn of(rows: usize) -> Self {
        Self { of_each: rows, in_all: rows.saturating_mul(100) }
    }
}

/// Holds a row while there is room, else counts it; whether it is held.
pub(super) fn put<T>(
    rows: &mut Vec<T>,
    row: T,
    room: &mut Option<Room>,
    left_out: &mut u64,
) -> bool {
    if let Some(room) = room {
        if rows.len() >= room.of_each || room.in_all == 0 {
            *left_out = left_out.saturating_add(1);
            return false;
        }
        room.in_all = room.in_all.saturating_sub(1);
    }
    rows.push(row);
    true
}
