//! The books prove themselves: every kept figure against what the entries add
//! up to, and the chain from its first block.

use std::{collections::HashMap, io::Read as _};

use chrono::NaiveDate;
use flate2::read::DeflateDecoder;
use ims_ledger::{
    Account,
    seal::{ContentHash, block_hash},
};
use ims_money::Pence;
use ims_store::{BlockRow, Difference, Tx};
use serde::Serialize;
use uuid::Uuid;

use crate::{Books, Permission, Result};

mod accounts;
mod agreements;
mod as_at;
mod ereturns;
mod links;
mod tills;
mod together;

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What is checked, in words.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// The first thing wrong, or what was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Every check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Whether all of them hold.
    pub ok: bool,
    /// Each.
    pub checks: Vec<Check>,
    /// The hash of the newest block, in hexadecimal.
    pub sealed_to: String,
    /// Entries and events no block has yet.
    pub unsealed: i64,
    /// How many entries were read.
    pub entries: u64,
}

impl Check {
    /// The same under another name.
    fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    const fn holds(name: &'static str) -> Self {
        Self { name, ok: true, detail: None }
    }

    fn of(name: &'static str, wrong: Option<String>) -> Self {
        Self { name, ok: wrong.is_none(), detail: wrong }
    }

    fn differences(name: &'static str, found: &[Difference]) -> Self {
        let Some(first) = found.first() else { return Self::holds(name) };
        let more = found.len().saturating_sub(1);
        let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
        let what =
            format!("{}: {} is kept, {} adds up{more}", first.of, first.kept, first.adds_up_to);
        Self { name, ok: false, detail: Some(what) }
    }
}

/// Faults of entries that are told apart.
const FAULTS_MAX: usize = 10;

impl Books {
    /// Checks every invariant of the books and the whole chain, as of one
    /// moment. `head` is the hash of a block that an export, a certificate or a
    /// backup once carried: it must still be in the chain.
    ///
    /// # Errors
    ///
    /// What the store says; what is wrong in the books is no error but a check
    /// that does not hold.
    pub async fn verify(&self, head: Option<&str>) -> Result<Verified> {
        self.actor().needs(Permission::Audit)?;
        let mut tx = self.store().snapshot_of_all().await?;
        let mut checks = Vec::new();
        let mut hashes = HashMap::new();
        let mut keep = |id: Uuid, hash: ContentHash| {
            hashes.insert(id, hash);
        };
        let (entries, faults) = tx.check_entries(self.id(), FAULTS_MAX, &mut keep).await?;
        let fault = faults.first().map(|fault| format!("entry {}: {}", fault.entry, fault.what));
        checks.push(Check::of("every entry balances and is what its hash was made of", fault));
        let orphan = tx.orphan_side(self.id()).await?;
        let orphan =
            orphan.map(|entry| format!("a side belongs to entry {entry}, which is not there"));
        checks.push(Check::of("every side has its entry", orphan));
        let days = tx.days_that_differ(self.id()).await?;
        checks.push(Check::differences("every accounting day balances", &days));
        checks.extend(accounts::checks(self, &mut tx).await?);
        self.check_details(&mut tx, &mut checks).await?;
        let late = tx.posted_after_close(self.id()).await?;
        checks.push(Check::differences("nothing was posted into a closed day", &late));
        let gaps = tx.numbers_with_gaps(self.id()).await?;
        checks.push(Check::differences("exports are numbered without gaps", &gaps));
        let twice = tx.days_exported_twice(self.id()).await?;
        checks.push(Check::differences("each day is in one export of each kind at most", &twice));
        let exports = tx.exports_that_differ(self.id()).await?;
        checks.push(Check::differences("each export is what its days came to", &exports));
        let sent = tx.refund_files_that_differ(self.id()).await?;
        checks.push(Check::differences("each refund is in one file at most, as it is", &sent));
        let payee = tx.refund_payees_that_differ(self.id()).await?;
        let payee = payee.map(|id| format!("the payee of refund {id} is not who was asked for"));
        checks.push(Check::of("refunds are paid to whom they were asked for", payee));
        let gaps = tx.controls_with_gaps(self.id()).await?;
        checks.push(Check::differences("control certificates are numbered without gaps", &gaps));
        checks.push(self.check_controls(&mut tx).await?);
        let uses = tx.line_uses_that_differ(self.id()).await?;
        checks.push(Check::differences("no more is taken of a payment than was paid", &uses));
        let totals = tx.totals_that_differ(self.id()).await?;
        checks.push(Check::differences("kept totals are what the postings add up to", &totals));
        let moved = tx.transfers_that_differ(self.id()).await?;
        checks.push(Check::differences("each transfer gives what it takes", &moved));
        let payments = tx.payments_that_differ(self.id()).await?;
        checks.push(Check::differences(
            "each payment taken by a provider is in the books once",
            &payments,
        ));
        let approvals = tx.approvals_that_differ(self.id()).await?;
        checks.push(Check::differences("nobody approved what they asked for", &approvals));
        checks.extend(ereturns::checks(self, &mut tx).await?);
        checks.extend(tills::checks(self, &mut tx).await?);
        checks.push(together::check(self, &mut tx).await?);
        checks.push(links::check(self, &mut tx).await?);
        checks.push(agreements::check(self, &mut tx).await?);
        let keys = self.keys_that_differ(&mut tx).await?;
        checks.push(Check::of("old open money is found by what a bank line may say of it", keys));
        let holders = tx.holders_that_differ(self.id()).await?;
        checks.push(Check::differences(
            "each account holder is as its last change left it",
            &holders,
        ));
        let words = tx.holder_words_that_differ(self.id()).await?;
        let words = words.map(|id| format!("the text of change {id} is not what it was"));
        checks.push(Check::of("changes of account holders say what they said", words));
        checks.push(self.check_archive(&mut tx).await?);
        let newest = self.check_chain(&mut tx, &mut hashes, head, &mut checks).await?;
        Ok(Verified {
            ok: checks.iter().all(|check| check.ok),
            checks,
            sealed_to: newest.to_string(),
            unsealed: tx.count_unsealed(self.id()).await?,
            entries,
        })
    }

    /// Every account's balance as it stood at the end of an accounting day.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn balances_on(&self, day: NaiveDate) -> Result<Vec<(Account, Pence)>> {
        self.balances_at(crate::Stand::Day(day)).await
    }

    /// Every control certificate is what its hash was made of.
    async fn check_controls(&self, tx: &mut Tx) -> Result<Check> {
        let rows = tx.controls(self.id(), i64::MAX).await?;
        let other =
            rows.iter().find(|row| ContentHash::of(row.certificate.as_bytes()) != row.content_hash);
        let wrong = other.map(|row| format!("certificate {} is not what it was", row.number));
        Ok(Check::of("control certificates are what they were", wrong))
    }

    /// Texts that were kept apart still are what their digests were made of.
    async fn check_details(&self, tx: &mut Tx, checks: &mut Vec<Check>) -> Result<()> {
        let differing = tx.details_that_differ(self.id()).await?;
        let wrong = differing
            .map(|owner| format!("the text of {owner} is not what its entry was sealed with"));
        checks.push(Check::of("texts kept apart are what they were", wrong));
        Ok(())
    }

    /// Every file is kept as it came.
    async fn check_archive(&self, tx: &mut Tx) -> Result<Check> {
        let name = "every file is kept as it came and as it went";
        for hash in tx.archived_hashes(self.id()).await? {
            let Some(deflated) = tx.archived(self.id(), hash).await? else { continue };
            let mut bytes = Vec::new();
            let read = DeflateDecoder::new(deflated.as_slice()).read_to_end(&mut bytes);
            let is_kept = ContentHash::of(&bytes);
            // What held card numbers is kept without them, under the hash of what came.
            if read.is_err()
                || (is_kept != hash && tx.masked(self.id(), hash).await? != Some(is_kept))
            {
                return Ok(Check::of(
                    name,
                    Some(format!("the file with hash {hash} is not what it was")),
                ));
            }
        }
        Ok(Check::holds(name))
    }

    async fn check_chain(
        &self,
        tx: &mut Tx,
        hashes: &mut HashMap<Uuid, ContentHash>,
        head: Option<&str>,
        checks: &mut Vec<Check>,
    ) -> Result<ContentHash> {
        let mut altered = None;
        tx.each_event(self.id(), &mut |event| {
            let hash = event.content_hash(self.id());
            if hash != event.hash && altered.is_none() {
                altered = Some(format!("event {} is not what it was", event.id));
            }
            hashes.insert(event.id.get(), hash);
        })
        .await?;
        checks.push(Check::of("every audit event is what its hash was made of", altered));
        let blocks = tx.blocks(self.id()).await?;
        let mut items: HashMap<i64, Vec<ContentHash>> = HashMap::new();
        let mut wrong = None;
        tx.each_block_item(self.id(), &mut |number, id, hash| {
            items.entry(number).or_default().push(hash);
            if wrong.is_none() && hashes.get(&id).is_some_and(|ours| *ours != hash) {
                wrong = Some(format!("block {number} sealed {id} with another content"));
            }
        })
        .await?;
        let broken = wrong.or_else(|| broken_link(self, &blocks, &items));
        checks.push(Check::of("the chain is whole from its first block", broken));
        let missing = tx.missing_item(self.id()).await?;
        let missing = missing.map(|(kind, block, position, id)| {
            format!("{kind} {id}, sealed in block {block} at {position}, is not there any more")
        });
        checks.push(Check::of("everything that was sealed is there", missing));
        let outside = tx.count_unchained(self.id()).await?;
        let outside =
            (outside > 0).then(|| format!("{outside} entries are in no block and wait for none"));
        checks.push(Check::of("every entry is sealed or waits to be", outside));
        if let Some(head) = head {
            let known =
                blocks.iter().any(|block| block.hash.to_string() == head.to_ascii_lowercase());
            let wrong =
                (!known).then(|| format!("no block has the hash {head}: the chain was rewritten"));
            checks.push(Check::of("the block named is in the chain", wrong));
        }
        Ok(blocks.last().map_or(ContentHash::GENESIS, |block| block.hash))
    }
}

/// The first link that does not hold.
fn broken_link(
    books: &Books,
    blocks: &[BlockRow],
    items: &HashMap<i64, Vec<ContentHash>>,
) -> Option<String> {
    let mut previous = ContentHash::GENESIS;
    for (block, number) in blocks.iter().zip(1_i64..) {
        let own = items.get(&block.number).map(Vec::as_slice).unwrap_or_default();
        let hash = block_hash(books.id(), block.number, block.previous, block.sealed_at, own);
        if block.number != number {
            return Some(format!("block {number} is missing"));
        }
        if block.previous != previous {
            return Some(format!("block {number} does not follow the block before it"));
        }
        if hash != block.hash {
            return Some(format!("block {number} is not what its hash was made of"));
        }
        previous = block.hash;
    }
    None
}
