use crate::ProviderError;

/// For how many seconds to wait before the same is asked again, `None` when it is
/// no use. `attempt` counts from 1; `jitter` is a number at random, so that many
/// who wait do not all come back at once.
///
/// What the provider itself asks for is kept to; otherwise it is a second and
/// twice as long each time, up to five minutes.
///
/// ```
/// use ims_pay::{ProviderError, wait_seconds};
///
/// let busy = ProviderError::TooMany { retry_after_seconds: None };
/// let waits: Vec<_> = (1..=4).map(|attempt| wait_seconds(&busy, attempt, 0)).collect();
/// assert_eq!(waits, [Some(1), Some(2), Some(4), Some(8)]);
/// let wrong_key = ProviderError::Rejected { status: 401, code: None };
/// assert_eq!(wait_seconds(&wrong_key, 1, 0), None);
/// ```
#[must_use]
pub fn wait_seconds(error: &ProviderError, attempt: u32, jitter: u32) -> Option<u32> {
    const LONGEST: u32 = 300;
    if !error.may_be_asked_again() {
        return None;
    }
    if let ProviderError::TooMany { retry_after_seconds: Some(asked) } = error {
        return Some((*asked).clamp(1, 3_600));
    }
    let doubled = 1_u32.checked_shl(attempt.saturating_sub(1).min(31)).unwrap_or(LONGEST);
    let wait = doubled.min(LONGEST);
    // Up to half as long again.
    let spread = jitter.checked_rem(wait.div_euclid(2).saturating_add(1)).unwrap_or(0);
    Some(wait.saturating_add(spread).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_at_once_and_never_for_ever(attempt in any::<u32>(), jitter in any::<u32>(), asked in prop::option::of(any::<u32>())) {
            for error in [
                ProviderError::TooMany { retry_after_seconds: asked },
                ProviderError::Unavailable { status: 503 },
            ] {
                let wait = wait_seconds(&error, attempt, jitter).unwrap();
                prop_assert!((1..=3_600).contains(&wait));
            }
        }
    }
}
