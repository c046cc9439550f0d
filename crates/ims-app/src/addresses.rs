//! Addresses of a postcode, so that a resident need not type theirs.
//!
//! Where they come from is somebody else's: a service, or a list of the council's own.
//! Whatever goes wrong there, whoever asked types the address by hand; so nothing here
//! is an error but what the books say. What was found is kept nowhere.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use ims_ledger::{Council, Postcode};
use thiserror::Error;

use crate::{App, Books, Result};

mod delivery_point;
mod order;

pub use delivery_point::DeliveryPoint;

/// The most addresses of one postcode that are offered; Royal Mail gives a postcode to
/// a hundred letter boxes at most.
pub const ADDRESSES_MAX: usize = 300;

/// How long whoever asked waits for an answer, whatever the other end does.
const ANSWER: Duration = Duration::from_secs(5);

/// An address as it is written on a letter. It is not printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PostalAddress {
    /// Its first line.
    pub line1: String,
    /// Its second line, where there is one.
    pub line2: String,
    /// Its town or city.
    pub town: String,
    /// Its postcode.
    pub postcode: String,
}

impl fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostalAddress(..)")
    }
}

/// That addresses cannot be had now. The words are for the staff: they hold no
/// postcode and no key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct AddressesAway(pub String);

/// A place where addresses are found by their postcode.
#[async_trait]
pub trait AddressLookup: fmt::Debug + Send + Sync {
    /// What the configuration calls it: `os-places`, `list`.
    fn way(&self) -> &'static str;

    /// The addresses of a postcode, in any order; none where it has none.
    ///
    /// # Errors
    ///
    /// [`AddressesAway`] when it cannot say.
    async fn find(
        &self,
        council: &Council,
        postcode: &Postcode,
    ) -> Result<Vec<PostalAddress>, AddressesAway>;

    /// Whether it has what it needs: the value of a key, a list that reads.
    ///
    /// # Errors
    ///
    /// [`AddressesAway`] with what is missing, and what would be right.
    async fn ready(&self, council: &Council) -> Result<(), AddressesAway>;
}

/// What came of asking for the addresses of a postcode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressesFound {
    /// These, in the order a street is walked.
    Listed(Vec<PostalAddress>),
    /// Nobody is known to live there.
    Nobody,
    /// It cannot be said now, or nowhere is set up to ask.
    Away,
}

impl App {
    /// Whether the addresses of a postcode can be asked for, under this configuration.
    #[must_use]
    pub fn finds_addresses(&self, council: &Council) -> bool {
        self.lookup_of(council).is_some()
    }

    fn lookup_of(&self, council: &Council) -> Option<std::sync::Arc<dyn AddressLookup>> {
        self.address_lookup(&council.addresses.as_ref()?.by)
    }
}

impl Books {
    /// The addresses of a postcode. That they cannot be had is told in the log, without
    /// the postcode.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn find_addresses(&self, postcode: &Postcode) -> Result<AddressesFound> {
        self.serves_residents()?;
        let council = self.settings().await?.council;
        let Some(lookup) = self.app().lookup_of(&council) else { return Ok(AddressesFound::Away) };
        let late = |_| AddressesAway("no answer came in time".to_owned());
        let found = tokio::time::timeout(ANSWER, lookup.find(&council, postcode)).await;
        match found.map_err(late).flatten() {
            Ok(found) if found.is_empty() => Ok(AddressesFound::Nobody),
            Ok(found) => Ok(AddressesFound::Listed(order::walked(found))),
            Err(why) => {
                let (council, by) = (&self.council().code, lookup.way());
                tracing::warn!(%council, by, %why, "addresses cannot be looked up");
                Ok(AddressesFound::Away)
            }
        }
    }

    /// What is missing where addresses are looked up; nothing where all is well, or
    /// where the council has them typed.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn address_fault(&self) -> Result<Option<String>> {
        self.serves_residents()?;
        let council = self.settings().await?.council;
        let Some(settings) = &council.addresses else { return Ok(None) };
        let Some(lookup) = self.app().lookup_of(&council) else {
            return Ok(Some(format!("this program knows no way called `{}`", settings.by)));
        };
        Ok(lookup.ready(&council).await.err().map(|why| why.to_string()))
    }
}
