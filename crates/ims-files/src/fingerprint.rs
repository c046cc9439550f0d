//! What tells that a file, or its rows, came before.
//!
//! A [`Fingerprint`] of the bytes finds the same file again; one of each row finds
//! the same rows in another file, in another order or another format of the same
//! kind; a [`Period`] of each account finds statements that overlap. They are plain
//! values: whoever imports keeps them and compares.
//!
//! ```
//! use ims_files::{by_name, fingerprint::Prints};
//!
//! let print = |file: &[u8]| {
//!     let mut prints = Prints::default();
//!     by_name("schedule-csv").unwrap().read(&mut &file[..], &mut |record| prints.take(&record));
//!     prints.finish(file)
//! };
//! let monday = print(b"sender,reference,amount\nAcme,80012345,10.00\nAcme,80012346,5.00\n");
//! let again = print(b"sender,amount,reference\nAcme,5.00,80012346\nAcme,7.00,80012347\n");
//!
//! let same = again.compare(&monday);
//! assert!(!same.whole);
//! assert_eq!((same.rows, same.of), (1, 2));
//! assert_eq!(same.words().as_deref(), Some("1 of its 2 rows are in it too"));
//! ```

mod period;
mod rows;
mod sketch;

use std::{collections::HashMap, fmt};

use sha2::{Digest, Sha256};

pub use period::{Overlap, Period};
pub use sketch::{RowPrints, Rows, SKETCH_ROWS_MAX, Shared, Sketch};

use crate::{HELD_LINES_MAX, Record};
use period::Periods;

/// A hash by which the same is known again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::first_of(Sha256::new_with_prefix(bytes))
    }

    fn first_of(hash: Sha256) -> Self {
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self(first)
    }

    /// Its bytes, for keeping it.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }

    /// One that was kept.
    #[must_use]
    pub const fn kept(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Tells the fingerprint of each row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Teller {
    /// What a row's statement, schedule or settlement adds to it.
    about: String,
    /// What it adds to a row without a day of its own.
    undated: String,
}

impl Teller {
    /// The fingerprint of a row; two that are alike have the same.
    fn print(&mut self, record: &Record) -> Option<Fingerprint> {
        if let Some((about, undated)) = rows::about(record) {
            (self.about, self.undated) = (about, undated);
        }
        let text = rows::text(record, &self.undated)?;
        Some(Fingerprint::of(format!("{}\u{1f}{text}", self.about).as_bytes()))
    }
}

/// One fingerprint of all rows in their order: whether two files read alike, told
/// without holding either.
///
/// ```
/// use ims_files::{by_name, fingerprint::Chain};
///
/// let read = |file: &[u8]| {
///     let mut chain = Chain::default();
///     by_name("schedule-csv").unwrap().read(&mut &file[..], &mut |record| chain.take(&record));
///     chain.finish()
/// };
/// let one = b"sender,reference,amount\nAcme,8001,10.00\nAcme,8002,5.00\n";
/// assert_eq!(read(one), read(b"sender,amount,reference\nAcme,10.00,8001\nAcme,5.00,8002\n"));
/// assert_ne!(read(one), read(b"sender,reference,amount\nAcme,8002,5.00\nAcme,8001,10.00\n"));
/// ```
#[derive(Debug, Default)]
pub struct Chain {
    teller: Teller,
    rows: Sha256,
}

impl Chain {
    /// Takes the next record of the file.
    pub fn take(&mut self, record: &Record) {
        if let Some(print) = self.teller.print(record) {
            self.rows.update(print.bytes());
        }
    }

    /// The fingerprint of what was taken.
    #[must_use]
    pub fn finish(self) -> Fingerprint {
        Fingerprint::first_of(self.rows)
    }
}

/// Gathers the fingerprints of a file while it is read.
#[derive(Debug, Default)]
pub struct Prints {
    rows: Vec<Fingerprint>,
    seen: HashMap<Fingerprint, u32>,
    teller: Teller,
    periods: Periods,
    left_out: u64,
}

impl Prints {
    /// Takes the next record of the file.
    pub fn take(&mut self, record: &Record) {
        self.periods.take(record);
        let Some(print) = self.teller.print(record) else { return };
        if self.rows.len() >= HELD_LINES_MAX {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        // The second of two rows that are alike is a row of its own.
        let nth = self.seen.entry(print).or_insert(0);
        *nth = nth.saturating_add(1);
        let own =
            if *nth == 1 { print } else { Fingerprint::of(format!("{print} {nth}").as_bytes()) };
        self.rows.push(own);
    }

    /// The fingerprints, with that of the file's own bytes.
    #[must_use]
    pub fn finish(mut self, bytes: &[u8]) -> FilePrint {
        self.finish_as(Fingerprint::of(bytes))
    }

    /// As [`finish`](Self::finish), for a file that was hashed as it was read.
    #[must_use]
    pub fn finish_as(&mut self, whole: Fingerprint) -> FilePrint {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_unstable();
        FilePrint { whole, rows, left_out: self.left_out, periods: self.periods.finish() }
    }
}

/// All by which a file is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilePrint {
    /// Of its bytes.
    pub whole: Fingerprint,
    /// Of its rows, sorted; of the first [`HELD_LINES_MAX`] of them.
    pub rows: Vec<Fingerprint>,
    /// How many rows have none.
    pub left_out: u64,
    /// From when to when it covers which account.
    pub periods: Vec<Period>,
}

impl FilePrint {
    /// What this file has in common with one that came before.
    #[must_use]
    pub fn compare(&self, before: &Self) -> Same {
        let shared = self.rows.iter().filter(|row| before.rows.binary_search(row).is_ok()).count();
        let overlaps = self
            .periods
            .iter()
            .flat_map(|period| before.periods.iter().filter_map(|other| period.overlap(other)));
        Same {
            whole: self.whole == before.whole,
            rows: u64::try_from(shared).unwrap_or(u64::MAX),
            of: u64::try_from(self.rows.len()).unwrap_or(u64::MAX).saturating_add(self.left_out),
            overlaps: overlaps.collect(),
        }
    }
}

/// What two files have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Same {
    /// They are the same bytes.
    pub whole: bool,
    /// How many rows of the later are in the earlier too.
    pub rows: u64,
    /// Of how many.
    pub of: u64,
    /// The days that both cover of an account.
    pub overlaps: Vec<Overlap>,
}

impl Same {
    /// For a cashier; `None` where they have nothing in common.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        if self.whole {
            return Some("it is the same file".to_owned());
        }
        let mut words = Vec::new();
        if self.rows > 0 {
            words.push(format!("{} of its {} rows are in it too", self.rows, self.of));
        }
        words.extend(self.overlaps.iter().map(ToString::to_string));
        (!words.is_empty()).then(|| words.join("; "))
    }
}
