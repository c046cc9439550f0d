use std::{cell::RefCell, collections::BTreeSet};

use ims_ledger::ProviderAccount;
use ims_pay::{MacKey, Secret};

use crate::{GatewayError, Result, Secrets};

/// What an adapter is made of: what the configuration says of an account, and the
/// values of its secrets.
pub struct Told<'a> {
    pub(super) set: &'a ProviderAccount,
    secrets: &'a Secrets,
    /// The settings and secrets that were asked for.
    heeded: RefCell<BTreeSet<String>>,
}

impl std::fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").field("name", &self.set.name).finish_non_exhaustive()
    }
}

impl<'a> Told<'a> {
    pub(super) fn of(set: &'a ProviderAccount, secrets: &'a Secrets) -> Self {
        Self { set, secrets, heeded: RefCell::default() }
    }

    /// The account's address, if it has one; else empty.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.set.url
    }

    /// A setting; empty when it is not there.
    #[must_use]
    pub fn setting(&self, what: &str) -> &str {
        self.heeded.borrow_mut().insert(what.to_owned());
        self.set.settings.get(what).map_or("", |text| text.trim())
    }

    /// The value of a secret that the account has to have.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Account`] when it names none, or one that nobody knows.
    pub fn needed(&self, what: &str) -> Result<Secret> {
        let absent = || self.bad(format!("needs a secret: secrets = {{ {what} = \"…\" }}"));
        self.secret(what)?.ok_or_else(absent)
    }

    /// The value of a secret, if the account has one of that kind.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Account`] for one that it names and nobody knows.
    pub fn secret(&self, what: &str) -> Result<Option<Secret>> {
        self.heeded.borrow_mut().insert(what.to_owned());
        let Some(name) = self.set.secrets.get(what) else { return Ok(None) };
        let unknown = || self.bad(format!("the value of its secret `{name}` is not set"));
        (self.secrets)(name).map(Some).ok_or_else(unknown)
    }

    /// That something is wrong with the account: what, and what would be right.
    #[must_use]
    pub fn bad(&self, what: impl Into<String>) -> GatewayError {
        GatewayError::account(&self.set.name, what)
    }

    /// That nothing stands in the configuration that nobody asked for.
    pub(super) fn check_heeded(&self) -> Result<()> {
        let heeded = self.heeded.borrow();
        let mut all = self.set.settings.keys().chain(self.set.secrets.keys());
        match all.find(|name| !heeded.contains(*name)) {
            Some(other) => {
                let known = heeded.iter().cloned().collect::<Vec<_>>().join(", ");
                Err(self.bad(format!("{} does not heed `{other}`; it has: {known}", self.set.kind)))
            }
            None => Ok(()),
        }
    }

    /// A needed key that is written in base 64.
    pub(super) fn key_in_base64(&self, what: &str) -> Result<Secret> {
        let key = self.needed(what)?;
        let bad = || self.bad(format!("its secret `{what}` is no key in base 64"));
        MacKey::base64(&key).map(|_| ()).ok_or_else(bad)?;
        Ok(key)
    }

    /// Whether it is at its provider's place for tests.
    pub(super) fn is_in_tests(&self) -> Result<bool> {
        match self.setting("place") {
            "" | "live" => Ok(false),
            "tests" => Ok(true),
            other => Err(self.bad(format!("its place is `live` or `tests`, not `{other}`"))),
        }
    }
}
