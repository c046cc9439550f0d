//! Entries and postings: the books themselves.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    Account, Balanced, Side,
    id::{CouncilId, EntryId, ImportId},
    seal::{ContentHash, EntryContent},
};
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    ENTRY_BY_KEY = Sql::both(
        "SELECT entry_id, kind, happened_on, accounting_day, posted_at, actor, about, hash FROM entry
         WHERE council_id = $1 AND idempotency_key = $2");
    ENTRY = Sql::both(
        "SELECT entry_id, kind, happened_on, accounting_day, posted_at, actor, about, hash FROM entry
         WHERE council_id = $1 AND entry_id = $2");
    POSTINGS = Sql::both(
        "SELECT account, side, amount_pence FROM posting WHERE council_id = $1 AND entry_id = $2 ORDER BY side_no");
    BALANCES = Sql::both(
        "SELECT account, side, CAST(COALESCE(SUM(amount_pence), 0) AS BIGINT) FROM posting
         WHERE council_id = $1 AND accounting_day <= $2 GROUP BY account, side ORDER BY account, side");
    BALANCES_AT = Sql::both(
        "SELECT p.account, p.side, CAST(COALESCE(SUM(p.amount_pence), 0) AS BIGINT) FROM posting p
         JOIN entry e ON e.council_id = p.council_id AND e.entry_id = p.entry_id
         WHERE p.council_id = $1 AND e.posted_at <= $2 GROUP BY p.account, p.side ORDER BY p.account, p.side");
    BALANCE = Sql::both(
        "SELECT side, CAST(COALESCE(SUM(amount_pence), 0) AS BIGINT) FROM posting
         WHERE council_id = $1 AND account = $2 GROUP BY side");
}

/// An entry to be posted.
#[derive(Clone, Debug)]
pub struct EntryRow {
    /// Its id.
    pub id: EntryId,
    /// What happened, in one word.
    pub kind: &'static str,
    /// The day it happened.
    pub happened_on: NaiveDate,
    /// The day it counts in.
    pub accounting_day: NaiveDate,
    /// When we knew.
    pub posted_at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// The key under which it is done once; rows of a file need none, because
    /// their import is once.
    pub key: Option<String>,
    /// Where it came from, for programs and auditors.
    pub about: String,
    /// The file it came in.
    pub import: Option<ImportId>,
    /// The salted digest of what it says about people.
    pub detail: Option<ContentHash>,
    /// Its sides.
    pub postings: Balanced,
}

impl EntryRow {
    /// The hash of its content in the books of `council`.
    #[must_use]
    pub fn hash(&self, council: CouncilId) -> ContentHash {
        EntryContent {
            council,
            entry: self.id,
            kind: self.kind,
            happened_on: self.happened_on,
            accounting_day: self.accounting_day,
            posted_at: self.posted_at,
            actor: &self.actor,
            key: self.key.as_deref().unwrap_or_default(),
            about: &self.about,
            detail: self.detail,
        }
        .hash(&self.postings)
    }
}

/// An entry as it was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its id.
    pub id: EntryId,
    /// What happened, in one word.
    pub kind: String,
    /// The day it happened.
    pub happened_on: NaiveDate,
    /// The day it counts in.
    pub accounting_day: NaiveDate,
    /// When we knew.
    pub posted_at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// Where it came from.
    pub about: String,
    /// The hash of its content.
    pub hash: ContentHash,
}

/// The two sums of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balances {
    /// The account.
    pub account: Account,
    /// The sum of its debits.
    pub debit: Pence,
    /// The sum of its credits.
    pub credit: Pence,
}

fn entry(row: Row) -> Result<StoredEntry> {
    Ok(StoredEntry {
        id: row.id(0, EntryId::new)?,
        kind: row.text(1)?,
        happened_on: row.day(2)?,
        accounting_day: row.day(3)?,
        posted_at: row.time(4)?,
        actor: row.text(5)?,
        about: row.text(6)?,
        hash: row.hash(7)?,
    })
}

type SideSum = (Account, bool, Pence);

fn side_sum(row: Row) -> Result<SideSum> {
    Ok((row.account(0)?, row.text(1)? == Side::Debit.as_str(), row.pence(2)?))
}

fn joined(sums: Vec<SideSum>) -> Vec<Balances> {
    let mut balances: Vec<Balances> = Vec::new();
    for (account, is_debit, sum) in sums {
        if balances.last().is_none_or(|last| last.account != account) {
            balances.push(Balances { account, debit: Pence::ZERO, credit: Pence::ZERO });
        }
        if let Some(last) = balances.last_mut() {
            if is_debit { last.debit = sum } else { last.credit = sum }
        }
    }
    balances
}

fn posting(row: Row) -> Result<(Account, Side, Pence)> {
    let side = if row.text(1)? == Side::Debit.as_str() { Side::Debit } else { Side::Credit };
    Ok((row.account(0)?, side, row.pence(2)?))
}

/// The rows of entries: themselves, their sides, their places in the queue of
/// what is to be sealed.
pub(crate) fn entry_batches(council: CouncilId, entries: &[EntryRow]) -> [Batch; 3] {
    let hashes: Vec<ContentHash> = entries.iter().map(|entry| entry.hash(council)).collect();
    let heads = Batch::new("entry", entries.len())
        .council(council)
        .uuids("entry_id", entries.iter().map(|e| e.id.get()))
        .texts("kind", entries.iter().map(|e| e.kind))
        .days("happened_on", entries.iter().map(|e| e.happened_on))
        .days("accounting_day", entries.iter().map(|e| e.accounting_day))
        .times("posted_at", entries.iter().map(|e| e.posted_at))
        .texts("actor", entries.iter().map(|e| e.actor.as_str()))
        .opt_texts("idempotency_key", entries.iter().map(|e| e.key.as_deref()))
        .texts("about", entries.iter().map(|e| e.about.as_str()))
        .opt_uuids("import_id", entries.iter().map(|e| e.import.map(ImportId::get)))
        .opt_bytes("detail_digest", entries.iter().map(|e| e.detail.map(|d| d.0.to_vec())))
        .bytes("hash", hashes.iter().map(|hash| hash.0.as_slice()));
    let sides: Vec<_> = entries
        .iter()
        .flat_map(|entry| entry.postings.postings().iter().zip(1_i64..).map(move |p| (entry, p)))
        .collect();
    let postings = Batch::new("posting", sides.len())
        .council(council)
        .uuids("entry_id", sides.iter().map(|(e, _)| e.id.get()))
        .ints("side_no", sides.iter().map(|(_, (_, number))| *number))
        .strings("account", sides.iter().map(|(_, (p, _))| p.account.to_string()))
        .texts("side", sides.iter().map(|(_, (p, _))| p.side.as_str()))
        .ints("amount_pence", sides.iter().map(|(_, (p, _))| p.amount.get()))
        .days("accounting_day", sides.iter().map(|(e, _)| e.accounting_day));
    let waiting = Batch::new("unsealed", entries.len())
        .council(council)
        .uuids("item_id", entries.iter().map(|e| e.id.get()))
        .texts("item_kind", entries.iter().map(|_| "entry"))
        .bytes("hash", hashes.iter().map(|hash| hash.0.as_slice()));
    [heads, postings, waiting]
}

/// The rows of what items say about people.
pub(crate) fn detail_batch(council: CouncilId, details: &[(uuid::Uuid, Vec<u8>, String)]) -> Batch {
    Batch::new("detail", details.len())
        .council(council)
        .uuids("owner_id", details.iter().map(|(owner, _, _)| *owner))
        .bytes("salt", details.iter().map(|(_, salt, _)| salt.as_slice()))
        .texts("words", details.iter().map(|(_, _, words)| words.as_str()))
}

impl Tx {
    /// Posts entries: the rows, their sides, and their place in the queue of
    /// what is to be sealed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when a key was used before.
    pub async fn post_many(&mut self, council: CouncilId, entries: &[EntryRow]) -> Result<()> {
        for batch in entry_batches(council, entries) {
            self.insert(batch).await?;
        }
        Ok(())
    }

    /// Keeps what items say about people: (owner, salt, words).
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn put_details(
        &mut self,
        council: CouncilId,
        details: &[(uuid::Uuid, Vec<u8>, String)],
    ) -> Result<()> {
        self.insert(detail_batch(council, details)).await?;
        Ok(())
    }

    /// The entry posted under `key`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn entry_by_key(
        &mut self,
        council: CouncilId,
        key: &str,
    ) -> Result<Option<StoredEntry>> {
        self.first(ENTRY_BY_KEY, args![council, key], entry).await
    }

    /// One entry.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn entry(&mut self, council: CouncilId, id: EntryId) -> Result<Option<StoredEntry>> {
        self.first(ENTRY, args![council, id], entry).await
    }

    /// The sides of one entry, in the order they were written.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn postings(
        &mut self,
        council: CouncilId,
        id: EntryId,
    ) -> Result<Vec<(Account, Side, Pence)>> {
        self.all(POSTINGS, args![council, id], posting).await
    }

    /// Every account's sums over the accounting days through `day`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn balances(&mut self, council: CouncilId, day: NaiveDate) -> Result<Vec<Balances>> {
        self.all(BALANCES, args![council, day], side_sum).await.map(joined)
    }

    /// Every account's sums as they stood at an instant.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn balances_at(
        &mut self,
        council: CouncilId,
        at: DateTime<Utc>,
    ) -> Result<Vec<Balances>> {
        self.all(BALANCES_AT, args![council, at], side_sum).await.map(joined)
    }

    /// What an account stands at: debits less credits.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn balance(&mut self, council: CouncilId, account: &Account) -> Result<Pence> {
        let sides = self
            .all(BALANCE, args![council, account], |row| {
                Ok((row.text(0)? == Side::Debit.as_str(), row.pence(1)?))
            })
            .await?;
        let sum = sides.into_iter().try_fold(Pence::ZERO, |sum, (is_debit, amount)| {
            if is_debit { sum.checked_add(amount) } else { sum.checked_sub(amount) }
        });
        sum.ok_or_else(|| crate::StoreError::Database("a balance is too large".to_owned()))
    }
}
