use std::fmt;

/// A key, a token, a header that carries one. It is never printed.
///
/// ```
/// use ims_pay::Secret;
///
/// let key = Secret::new("live_abc123");
/// assert_eq!(format!("{key:?}"), "Secret(..)");
/// assert_eq!(key.reveal(), "live_abc123");
/// ```
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that sends it or signs with it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
