//! Numbers that look like chance and are the same for a seed on every machine: SplitMix64.

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(mixed(seed ^ 0x6469_7274_7900))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below `limit`; nought for a limit of nought.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// From `first` up to but not including `end`.
    pub(super) fn between(&mut self, first: u64, end: u64) -> u64 {
        first + self.below(end.saturating_sub(first))
    }

    /// True so many times in ten thousand; draws nothing for nought.
    pub(super) fn per_myriad(&mut self, times: u32) -> bool {
        times > 0 && self.below(10_000) < u64::from(times)
    }

    pub(super) fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// An amount from `least` on, each doubling of it less likely to be passed than not.
    pub(super) fn spread(&mut self, least: u64, doublings: u64) -> i64 {
        let base = least << self.below(doublings).min(self.below(doublings + 1));
        self.between(base, base * 2) as i64
    }
}

/// A number that has nothing to do with the one given, but is always the same for it.
pub(super) const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
