//! What the app is handed of the outside world, so that a simulation can hand
//! it another.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use ims_ledger::london_day;
use uuid::{Builder, Uuid};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> DateTime<Utc>;
}

/// Gives randomness good enough for keys.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// Clock, randomness, and the ids made from both.
#[derive(Clone)]
pub struct World {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    last: Arc<Mutex<(u64, u16)>>,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World(..)")
    }
}

impl World {
    /// A world of this clock and this randomness.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { clock, random, last: Arc::new(Mutex::new((0, 0))) }
    }

    /// Now, to the microsecond: as exact as either database keeps it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }

    /// Today in London.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        london_day(self.now())
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }

    /// A new id: version 7, and each later than the one before, so that rows
    /// made together stand together.
    #[must_use]
    pub fn id(&self) -> Uuid {
        let now = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        let (millis, counter) = {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = match *last {
                (millis, _) if now > millis => (now, 0),
                // Twelve bits of counter, then the next millisecond is borrowed.
                (millis, counter) if counter < 0x0FFF => (millis, counter.saturating_add(1)),
                (millis, _) => (millis.saturating_add(1), 0),
            };
            *last
        };
        let mut random = [0_u8; 10];
        self.random.fill(&mut random);
        if let Some((head, _)) = random.split_first_chunk_mut::<2>() {
            *head = counter.to_be_bytes();
        }
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
