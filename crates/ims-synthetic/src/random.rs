//! Numbers that look like chance and are the same for a seed on every machine
//! and in every version: SplitMix64, written out here so that no package's next
//! release can change a file.

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// The stream of `seed` for `what`; another purpose has another stream, so
    /// that one part of a day can change without moving the others.
    pub(crate) fn new(seed: u64, what: &str) -> Self {
        // FNV-1a over the purpose.
        let label = what.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(mixed(seed) ^ label)
    }

    /// The stream of the `number`th thing of this one.
    pub(crate) fn nth(&self, number: u64) -> Self {
        Self(mixed(self.0 ^ mixed(number)))
    }

    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mixed(self.0)
    }

    /// A number below `limit`; nought for a limit of nought.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.next()).wrapping_mul(u128::from(limit)) >> 64;
        u64::try_from(wide).unwrap_or_default()
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: u64, last: u64) -> u64 {
        first.saturating_add(self.below(last.saturating_sub(first).saturating_add(1)))
    }

    /// Whether something that happens once in `odds` happens now.
    pub(crate) fn once_in(&mut self, odds: u64) -> bool {
        self.below(odds) == 0
    }

    /// One of `all`; the type's default when there is none.
    pub(crate) fn one_of<T: Copy + Default>(&mut self, all: &[T]) -> T {
        let length = u64::try_from(all.len()).unwrap_or_default();
        let at = usize::try_from(self.below(length)).unwrap_or_default();
        all.get(at).copied().unwrap_or_default()
    }

    /// Puts `all` into some order.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            let limit = u64::try_from(last).unwrap_or_default().saturating_add(1);
            all.swap(last, usize::try_from(self.below(limit)).unwrap_or_default());
        }
    }
}

/// SplitMix64's finisher.
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_published_splitmix64() {
        // The first numbers of the reference implementation for a seed of nought.
        let mut random = Random(0);
        let first = [random.next(), random.next(), random.next()];
        assert_eq!(first, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f]);
    }

    #[test]
    fn stays_below_its_limit_and_reaches_all_of_it() {
        let mut random = Random::new(7, "test");
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            seen[usize::try_from(random.below(6)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (850..1_150).contains(count)), "{seen:?}");
        assert_eq!(random.below(0), 0);
        assert_eq!(random.between(5, 5), 5);
    }

    #[test]
    fn purposes_and_numbers_have_streams_of_their_own() {
        let mut all: Vec<u64> = (0..100).map(|n| Random::new(1, "a").nth(n).next()).collect();
        all.push(Random::new(1, "a").next());
        all.push(Random::new(1, "b").next());
        all.push(Random::new(2, "a").next());
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 103);
    }
}
