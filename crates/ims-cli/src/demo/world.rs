//! The demo's clock and randomness: both from the seed, so that the same seed
//! lives the same day.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use ims_app::{Clock, Random, World};

/// A clock that stands at half past four and moves a microsecond a look.
struct DayClock(AtomicI64);

impl Clock for DayClock {
    fn now(&self) -> DateTime<Utc> {
        let micros = self.0.fetch_add(1, Ordering::Relaxed);
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// SplitMix64: small, and the same everywhere. Nothing here is secret.
struct SeededRandom(Mutex<u64>);

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            for (byte, random) in chunk.iter_mut().zip(mixed.to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

/// The world of a demo that lives `day`.
pub(super) fn world(day: NaiveDate, seed: u64) -> World {
    let afternoon = NaiveTime::from_hms_opt(16, 30, 0).unwrap_or_default();
    let start = day.and_time(afternoon).and_utc().timestamp_micros();
    let random = SeededRandom(Mutex::new(seed));
    World::new(Arc::new(DayClock(AtomicI64::new(start))), Arc::new(random))
}
