//! A provider that was asked too much at once is left alone for a while, and asked for the
//! same again.

use std::time::Duration;

use ims_app::World;
use ims_pay::{ProviderError, wait_seconds};

use crate::{GatewayError, Result};

/// How a night's work waits for a provider that wants to be left alone.
///
/// ```
/// use ims_gateway::Patience;
///
/// assert_eq!((Patience::default().tries, Patience::default().in_all), (5, 120));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often the same is asked, the first time counted.
    pub tries: u32,
    /// The longest single wait, in seconds. Who asks for a longer one is left alone until
    /// the next time.
    pub longest: u32,
    /// For how many seconds is waited in one run, all waits for all accounts together.
    pub in_all: u32,
    /// How long a second is: shorter in a test.
    pub second: Duration,
}

impl Default for Patience {
    /// A server takes four jobs at once, for ten minutes in all: four runs that wait as long
    /// as they may leave it two for the asking itself.
    fn default() -> Self {
        Self { tries: 5, longest: 60, in_all: 120, second: Duration::from_secs(1) }
    }
}

/// The patience that is left in one run.
#[derive(Debug)]
pub(crate) struct Waiting {
    patience: Patience,
    world: World,
    left: u32,
}

impl Waiting {
    pub(crate) fn of(patience: Patience, world: &World) -> Self {
        Self { patience, world: world.clone(), left: patience.in_all }
    }

    /// What `ask` comes to, asked again while the provider says that it is asked too
    /// often, and there is patience.
    ///
    /// # Errors
    ///
    /// What `ask` says in the end.
    pub(crate) async fn asked<T, F, Fut>(&mut self, ask: F) -> Result<T>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T>>,
    {
        let mut attempt = 1_u32;
        loop {
            let done = ask().await;
            match &done {
                Err(GatewayError::Provider(why)) if self.has_waited(why, attempt).await => {
                    attempt = attempt.saturating_add(1);
                }
                _ => return done,
            }
        }
    }

    async fn has_waited(&mut self, why: &ProviderError, attempt: u32) -> bool {
        let jitter = u32::from_le_bytes(self.world.bytes());
        let Some(seconds) = self.pause(why, attempt, jitter) else { return false };
        self.left = self.left.saturating_sub(seconds);
        // Beside whole seconds, a part of one at random: many may have been told the same.
        let part = self.patience.second.saturating_mul(jitter >> 16) / (1 << 16);
        let pause = self.patience.second.saturating_mul(seconds).saturating_add(part);
        tokio::time::sleep(pause).await;
        true
    }

    /// For how many seconds to wait, if it is worth it.
    fn pause(&self, why: &ProviderError, attempt: u32, jitter: u32) -> Option<u32> {
        if !matches!(why, ProviderError::TooMany { .. }) || attempt >= self.patience.tries {
            return None;
        }
        let seconds = wait_seconds(why, attempt, jitter)?;
        (seconds <= self.patience.longest && seconds <= self.left).then_some(seconds)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::Arc;

    use ims_edge::{SystemClock, SystemRandom};

    use super::*;

    fn waiting(patience: Patience) -> Waiting {
        Waiting::of(patience, &World::new(Arc::new(SystemClock), Arc::new(SystemRandom)))
    }

    fn busy(retry_after_seconds: Option<u32>) -> ProviderError {
        ProviderError::TooMany { retry_after_seconds }
    }

    #[test]
    fn what_the_provider_asks_for_is_kept_to_or_nothing_is_waited_for() {
        let mut waiting = waiting(Patience::default());
        assert_eq!(waiting.pause(&busy(Some(7)), 1, 9), Some(7));
        assert_eq!(waiting.pause(&busy(Some(61)), 1, 9), None);
        waiting.left = 6;
        assert_eq!(waiting.pause(&busy(Some(7)), 1, 9), None);
        // Nobody's fault is waited for: that payment is the next sweep's.
        assert_eq!(waiting.pause(&ProviderError::Unavailable { status: 503 }, 1, 9), None);
    }

    #[test]
    fn each_wait_is_longer_and_no_two_are_alike() {
        let waiting = waiting(Patience::default());
        let pauses =
            |jitter| (1..=5).map(|nth| waiting.pause(&busy(None), nth, jitter)).collect::<Vec<_>>();
        assert_eq!(pauses(0), [Some(1), Some(2), Some(4), Some(8), None]);
        assert_eq!(pauses(1), [Some(1), Some(3), Some(5), Some(9), None]);
    }

    #[tokio::test]
    async fn the_waits_of_a_run_have_an_end() {
        let second = Duration::from_micros(1);
        let mut waiting = waiting(Patience { in_all: 5, second, ..Patience::default() });
        for is_waited in [true, true, false] {
            assert_eq!(waiting.has_waited(&busy(Some(2)), 1).await, is_waited);
        }
    }
}
