//! Addresses from a list of the council's own: no service, no network.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use ims_app::{AddressLookup, AddressesAway, PostalAddress};
use ims_ledger::{Council, Postcode};

mod columns;
mod index;

use index::Index;

/// The most bytes of a list: a few million addresses.
pub const LIST_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Lists in a folder: CSV files with their columns named in the first line, each named
/// by a council's configuration. A list is read when it is first asked, kept in memory,
/// and read again once the file has changed.
#[derive(Clone, Debug)]
pub struct AddressList {
    folder: Option<PathBuf>,
    read: Arc<Mutex<BTreeMap<PathBuf, Read>>>,
}

/// A list, and the file it was then.
#[derive(Clone, Debug)]
struct Read {
    stamp: Stamp,
    index: Arc<Index>,
}

/// What tells one state of a file from another.
type Stamp = (Option<SystemTime>, u64);

impl AddressList {
    /// Of the lists in this folder; without one there are none.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, read: Arc::default() }
    }

    /// The list that the council names; what is wrong is told by the file's name.
    async fn list_of(&self, council: &Council) -> Result<Arc<Index>, AddressesAway> {
        let file = council.addresses.as_ref().map_or("", |addresses| &addresses.file);
        let away = |what: &str| AddressesAway(format!("the list `{file}` {what}"));
        let folder = self.folder.as_ref().ok_or_else(|| {
            away("is in no folder: the server is told it with --addresses FOLDER")
        })?;
        // The name leads nowhere else: the configuration is checked for that.
        let path = folder.join(Path::new(file).file_name().unwrap_or_default());
        let lists = self.clone();
        // It goes on, and is kept, also when whoever asked has gone.
        let read = tokio::task::spawn_blocking(move || lists.current(&path)).await;
        read.map_err(|_| away("could not be read"))?.map_err(|what| away(&what))
    }

    /// The list as its file is now.
    fn current(&self, path: &Path) -> Result<Arc<Index>, String> {
        // Whoever comes meanwhile waits, and does not read it a second time.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let about = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?;
        let stamp = (about.modified().ok(), about.len());
        if let Some(known) = read.get(path).filter(|known| known.stamp == stamp) {
            return Ok(known.index.clone());
        }
        if about.len() > LIST_BYTES_MAX {
            return Err(format!("is larger than {LIST_BYTES_MAX} bytes"));
        }
        let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
        let index = Arc::new(Index::of(bytes)?);
        read.insert(path.to_owned(), Read { stamp, index: index.clone() });
        Ok(index)
    }
}

#[async_trait]
impl AddressLookup for AddressList {
    fn way(&self) -> &'static str {
        "list"
    }

    async fn find(
        &self,
        council: &Council,
        postcode: &Postcode,
    ) -> Result<Vec<PostalAddress>, AddressesAway> {
        Ok(self.list_of(council).await?.find(postcode))
    }

    async fn ready(&self, council: &Council) -> Result<(), AddressesAway> {
        let list = self.list_of(council).await?;
        let Some(fault) = list.fault() else { return Ok(()) };
        let file = council.addresses.as_ref().map_or("", |addresses| &addresses.file);
        Err(AddressesAway(format!("the list `{file}` {fault}")))
    }
}
