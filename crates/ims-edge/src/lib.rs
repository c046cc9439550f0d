//! The outside world for real: the system's clock and randomness, which
//! `ims-app` is handed and a simulation replaces.
//!
//! ```
//! use std::sync::Arc;
//!
//! let world = ims_edge::world();
//! assert_ne!(world.id(), world.id());
//! ```

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ims_app::{Clock, Random, World};
use rand::Rng as _;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// The thread's cryptographic generator, seeded by the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// The real world.
#[must_use]
pub fn world() -> World {
    World::new(Arc::new(SystemClock), Arc::new(SystemRandom))
}
