//! The outside world for real: the system's clock and randomness, which
//! `ims-app` is handed and a simulation replaces, the values of secrets,
//! (feature `smtp`) e-mail through a mail server, and (feature `addresses`) the
//! addresses of a postcode from a list.
//!
//! ```
//! use std::sync::Arc;
//!
//! let world = ims_edge::world();
//! assert_ne!(world.id(), world.id());
//! ```

#[cfg(feature = "addresses")]
mod address_list;
#[cfg(feature = "smtp")]
mod smtp;

use std::{path::PathBuf, sync::Arc};

use chrono::{DateTime, Utc};
use ims_app::{Clock, Random, World};
use ims_pay::Secret;
use rand::Rng as _;

#[cfg(feature = "addresses")]
pub use address_list::{AddressList, LIST_BYTES_MAX};
#[cfg(feature = "smtp")]
pub use smtp::{SecretValues, Smtp};

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

/// Where the values of secrets are: a folder with a file for each, of its name, as
/// systemd and containers hand them in; or else the environment, where the secret
/// `govuk-key` is `IMS_SECRET_GOVUK_KEY`. An empty one is none.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// The folder, if there is one.
    pub folder: Option<PathBuf>,
}

impl Secrets {
    /// The value of a secret; a line's end after it is no part of it.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Secret> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.bytes().all(is_plain) {
            return None;
        }
        let in_folder = || std::fs::read_to_string(self.folder.as_ref()?.join(name)).ok();
        let text = in_folder().or_else(|| from_environment(name))?;
        let text = text.trim_end_matches(['\r', '\n']);
        (!text.is_empty()).then(|| Secret::new(text))
    }
}

#[expect(clippy::disallowed_methods, reason = "secrets have names that no argument lists")]
fn from_environment(name: &str) -> Option<String> {
    let name = name.to_ascii_uppercase().replace('-', "_");
    std::env::var(format!("IMS_SECRET_{name}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_file_of_its_name_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(folder.path().join("in/govuk-key"), "api_test_1\n").unwrap();
        std::fs::write(folder.path().join("in/empty"), "\n").unwrap();
        std::fs::write(folder.path().join("outside"), "x").unwrap();
        let secrets = Secrets { folder: Some(folder.path().join("in")) };
        let of = |name: &str| secrets.value(name).map(|secret| secret.reveal().to_owned());
        assert_eq!(of("govuk-key").as_deref(), Some("api_test_1"));
        for none in ["empty", "other", "../outside", ""] {
            assert_eq!(of(none), None, "{none}");
        }
        assert!(!format!("{:?}", secrets.value("govuk-key")).contains("api_test"));
    }
}
