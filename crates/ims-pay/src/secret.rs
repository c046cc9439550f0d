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
///
/// Two cannot be compared: what a signature has to agree with is asked of
/// [`MacKey`](crate::MacKey), which does not tell by its time how much agreed.
///
/// ```compile_fail
/// use ims_pay::Secret;
///
/// assert!(Secret::new("a") == Secret::new("a"));
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

/// What is handed to the payer's browser and to nobody else: a value of a form,
/// a session. It may hold a name, so it is never printed either.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Keeps `text` from being printed.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the page that carries it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden(..)")
    }
}
