//! Entries of several matches against the matches themselves.

use std::collections::HashMap;

use ims_ledger::id::{EntryId, MatchId};
use ims_store::Tx;

use super::Check;
use crate::{
    Books, Result,
    reconcile_bank::{Proof, TOGETHER},
};

/// Each entry is of the matches it was made of, as they were.
pub(super) async fn check(books: &Books, tx: &mut Tx) -> Result<Check> {
    let said = tx.posted_together(books.id(), TOGETHER).await?;
    let mut proofs: HashMap<EntryId, Proof> = HashMap::new();
    let mut last: Option<MatchId> = None;
    tx.each_joined_together(books.id(), TOGETHER, &mut |row| {
        let proof = proofs.entry(row.entry).or_default();
        if last.replace(row.pair.matched) != Some(row.pair.matched) {
            proof.add(row.pair.matched, &row.rule, &row.reason, row.amount);
        }
        proof.join(&row.pair);
    })
    .await?;
    let is_other = |(entry, about): &&(EntryId, String)| {
        proofs.get(entry).is_none_or(|proof| proof.to_string() != *about)
    };
    let wrong = said.iter().find(is_other).map(|(entry, about)| {
        let now = proofs.get(entry).map_or_else(|| "none".to_owned(), Proof::to_string);
        format!("entry {entry} was posted for {about}: now there are {now}")
    });
    Ok(Check::of("matches are what was posted for them", wrong))
}
