//! Content hashes: what makes the books provable.
//!
//! Every entry carries the hash of its own content; blocks link those hashes
//! into a chain. Texts about people take part only as salted digests, so that
//! they can be erased and the chain stays whole.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use crate::{
    Balanced,
    id::{CouncilId, EntryId},
};

/// A SHA-256 of some content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// What the first block of a council follows.
    pub const GENESIS: Self = Self([0; 32]);

    /// The hash of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The hash of a text about a person, with the salt that is erased with it.
    #[must_use]
    pub fn salted(salt: &[u8], text: &str) -> Self {
        let mut content = Content::new("detail");
        content.bytes(salt);
        content.text(text);
        content.hash()
    }

    /// Reads 32 bytes, or 64 hexadecimal digits.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            let start = at.checked_mul(2)?;
            *byte = u8::from_str_radix(text.get(start..start.checked_add(2)?)?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Content written down unambiguously: every field has its length before it, so
/// that no two contents give the same bytes.
#[derive(Clone, Debug)]
pub struct Content(Sha256);

impl Content {
    /// Content of a kind: kinds never share a hash.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        let mut content = Self(Sha256::new());
        content.text(kind);
        content
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds a text that may be absent; absent and empty differ.
    pub fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.0.update([1]);
                self.text(text);
            }
            None => self.0.update([0]),
        }
    }

    /// Adds a whole number.
    pub fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    /// Adds a day.
    pub fn day(&mut self, day: NaiveDate) {
        self.text(&day.to_string());
    }

    /// Adds a time, to the microsecond.
    pub fn time(&mut self, at: DateTime<Utc>) {
        self.number(at.timestamp_micros());
    }

    /// The hash of all that was added.
    #[must_use]
    pub fn hash(self) -> ContentHash {
        ContentHash(self.0.finalize().into())
    }
}

/// What the hash of an entry covers, its postings apart.
#[derive(Clone, Copy, Debug)]
pub struct EntryContent<'a> {
    /// Whose books.
    pub council: CouncilId,
    /// Which entry.
    pub entry: EntryId,
    /// What happened, in one word: `receipt`, `bank-line`, `match`.
    pub kind: &'a str,
    /// The day it happened.
    pub happened_on: NaiveDate,
    /// The day it counts in.
    pub accounting_day: NaiveDate,
    /// When we knew, to the microsecond.
    pub posted_at: DateTime<Utc>,
    /// Who did it.
    pub actor: &'a str,
    /// The key under which it is done once.
    pub key: &'a str,
    /// Where it came from, in words a program can read: a receipt's content, a line's.
    pub about: &'a str,
    /// The salted digest of what it says about people, if it says anything.
    pub detail: Option<ContentHash>,
}

impl EntryContent<'_> {
    /// The hash of this and of `postings`.
    #[must_use]
    pub fn hash(&self, postings: &Balanced) -> ContentHash {
        self.hash_of(
            postings
                .postings()
                .iter()
                .map(|p| (p.account.to_string(), p.side.as_str(), p.amount.get())),
        )
    }

    /// As [`hash`](Self::hash), from stored columns: account, side, pence.
    #[must_use]
    pub fn hash_of<A: AsRef<str>, S: AsRef<str>>(
        &self,
        postings: impl IntoIterator<Item = (A, S, i64)>,
    ) -> ContentHash {
        let mut content = Content::new("entry");
        content.number(self.council.get());
        content.bytes(self.entry.get().as_bytes());
        content.text(self.kind);
        content.day(self.happened_on);
        content.day(self.accounting_day);
        content.time(self.posted_at);
        content.text(self.actor);
        content.text(self.key);
        content.text(self.about);
        match self.detail {
            Some(detail) => content.bytes(&detail.0),
            None => content.bytes(&[]),
        }
        for (account, side, pence) in postings {
            content.text(account.as_ref());
            content.text(side.as_ref());
            content.number(pence);
        }
        content.hash()
    }
}

/// The hash of a block: of the one before it and of its items in their order.
pub fn block_hash<'a>(
    council: CouncilId,
    number: i64,
    previous: ContentHash,
    sealed_at: DateTime<Utc>,
    items: impl IntoIterator<Item = &'a ContentHash>,
) -> ContentHash {
    let mut content = Content::new("block");
    content.number(council.get());
    content.number(number);
    content.bytes(&previous.0);
    content.time(sealed_at);
    for item in items {
        content.bytes(&item.0);
    }
    content.hash()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Account, Draft};
    use ims_money::Pence;
    use uuid::Uuid;

    #[test]
    fn any_change_of_content_changes_the_hash() {
        let day = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let base = EntryContent {
            council: CouncilId::new(1),
            entry: EntryId::new(Uuid::nil()),
            kind: "receipt",
            happened_on: day,
            accounting_day: day,
            posted_at: DateTime::UNIX_EPOCH,
            actor: "system:cli",
            key: "k",
            about: "",
            detail: None,
        };
        let entry = |pence| {
            Draft::new()
                .debit("clearing:card".parse().unwrap(), Pence::new(pence))
                .credit(Account::Suspense, Pence::new(pence))
                .balance()
                .unwrap()
        };
        let hash = base.hash(&entry(1));
        assert_eq!(hash, base.hash(&entry(1)));
        let next = day.succ_opt().unwrap();
        let changed = [
            base.hash(&entry(2)),
            base.hash(&entry(1).reversed()),
            EntryContent { council: CouncilId::new(2), ..base }.hash(&entry(1)),
            EntryContent { kind: "receip", actor: "tsystem:cli", ..base }.hash(&entry(1)),
            EntryContent { happened_on: next, ..base }.hash(&entry(1)),
            EntryContent { accounting_day: next, ..base }.hash(&entry(1)),
            EntryContent { key: "", about: "k", ..base }.hash(&entry(1)),
            EntryContent { detail: Some(ContentHash::GENESIS), ..base }.hash(&entry(1)),
        ];
        for (at, other) in changed.iter().enumerate() {
            assert_ne!(hash, *other, "{at}");
        }
    }

    #[test]
    fn hexadecimal_reads_back() {
        let hash = ContentHash::of(b"x");
        assert_eq!(ContentHash::from_hex(&hash.to_string()), Some(hash));
        assert_eq!(ContentHash::from_hex("zz"), None);
    }
}
