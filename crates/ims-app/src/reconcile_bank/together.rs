//! What a run matched of one bank account and one day is one entry.
//!
//! A run over a busy month makes hundreds of thousands of matches. Each keeps its own row, its
//! rule, its reason and what it joins; what they post is money between the same accounts on the
//! same day, so that they post together. Each side is the sum of what each match by itself would
//! have put there, so that an account's turnover is the same too. The entry says which matches
//! it is of, with a digest of them: who alters one later is found out by `verify`.

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use ims_ledger::{
    Account, Draft, Side,
    id::{EntryId, MatchId},
    seal::Content,
};
use ims_money::Pence;
use ims_store::{OpenExpected, PairRow};
use uuid::Uuid;

use super::{
    Found,
    legs::Legs,
    matching::{Item, entry_of, new_set, record},
};
use crate::{AppError, Result, posting::Writer};

/// The kind of an entry of several matches.
pub(crate) const TOGETHER: &str = "matches";

/// Matches of a run, by what they post together.
#[derive(Default)]
pub(super) struct Together(BTreeMap<(NaiveDate, String), Group>);

struct Group {
    entry: EntryId,
    sums: BTreeMap<(Account, Side), Pence>,
    members: Vec<Member>,
}

/// A match, and where it stands in what was found.
struct Member {
    id: MatchId,
    set: usize,
    pairs: usize,
}

impl Together {
    /// What the rows of a match come to, posted with the others of its bank account and day. One
    /// with suspense or of two bank accounts posts by itself.
    pub(super) fn settle(
        &mut self,
        writer: &Writer<'_>,
        (rule, reason): (&str, String),
        items: &[Item<'_>],
        expected: &[&OpenExpected],
        found: &mut Found,
    ) -> Result<()> {
        let id = MatchId::new(writer.books.world().id());
        let entry = if let Some(bank) = only_bank(items) {
            let member = Member { id, set: found.sets.len(), pairs: found.pairs.len() };
            self.add(writer, bank, member, Legs::of(writer, items, expected)?)?
        } else {
            let entry = entry_of(writer, id, items, expected)?;
            let its = entry.as_ref().map(|entry| entry.id);
            found.entries.extend(entry);
            its
        };
        let set = new_set(writer, id, rule, reason, expected, entry)?;
        record(writer, set, items, expected, found)
    }

    /// The entry it will be in; none when all of it cancels out.
    fn add(
        &mut self,
        writer: &Writer<'_>,
        bank: &str,
        member: Member,
        legs: Legs,
    ) -> Result<Option<EntryId>> {
        if legs.sums.values().all(|sum| sum.is_zero()) {
            return Ok(None);
        }
        let group = self.0.entry((legs.day, bank.to_owned())).or_insert_with(|| Group {
            entry: EntryId::new(writer.books.world().id()),
            sums: BTreeMap::new(),
            members: Vec::new(),
        });
        for (account, sum) in legs.sums {
            let side = if sum.is_negative() { Side::Credit } else { Side::Debit };
            let total = group.sums.entry((account, side)).or_default();
            let sum = sum.checked_abs().and_then(|sum| total.checked_add(sum));
            *total = sum.ok_or(AppError::Overflow)?;
        }
        group.members.push(member);
        Ok(Some(group.entry))
    }

    /// Adds the entries to what was found.
    pub(super) fn post(self, writer: &Writer<'_>, found: &mut Found) -> Result<()> {
        for ((day, _), mut group) in self.0 {
            group.members.sort_unstable_by_key(|member| member.id);
            let mut proof = Proof::default();
            for member in &group.members {
                let Some(set) = found.sets.get(member.set) else { continue };
                proof.add(set.id, &set.rule, &set.reason, set.amount);
                let pairs = found.pairs.iter().skip(member.pairs);
                pairs.take_while(|pair| pair.matched == member.id).for_each(|it| proof.join(it));
            }
            let sides = group.sums.into_iter().filter(|(_, sum)| !sum.is_zero());
            let draft = sides
                .fold(Draft::new(), |draft, ((account, side), sum)| draft.on(account, side, sum));
            let mut entry = writer.entry(TOGETHER, day, proof.to_string(), draft.balance()?);
            entry.id = group.entry;
            found.entries.push(entry);
        }
        Ok(())
    }
}

/// The bank account whose lines all of these are.
fn only_bank<'a>(items: &'a [Item<'_>]) -> Option<&'a str> {
    let mut banks = items.iter().map(|item| match item {
        Item::Line(line) => Some(line.bank.as_str()),
        Item::Suspense(_) => None,
    });
    let first = banks.next()??;
    banks.all(|bank| bank == Some(first)).then_some(first)
}

/// What an entry says of its matches: how many, from which to which, and a digest of all of
/// them in the order of their ids.
pub(crate) struct Proof {
    matches: u64,
    first: Uuid,
    last: Uuid,
    content: Content,
}

impl Default for Proof {
    fn default() -> Self {
        let content = Content::new("matches");
        Self { matches: 0, first: Uuid::nil(), last: Uuid::nil(), content }
    }
}

impl Proof {
    /// Adds a match; what it joins follows.
    pub(crate) fn add(&mut self, id: MatchId, rule: &str, reason: &str, amount: Pence) {
        if self.matches == 0 {
            self.first = id.get();
        }
        self.matches = self.matches.saturating_add(1);
        self.last = id.get();
        self.content.bytes(id.get().as_bytes());
        self.content.text(rule);
        self.content.text(reason);
        self.content.number(amount.get());
    }

    /// Adds what the last match joins.
    pub(crate) fn join(&mut self, pair: &PairRow) {
        let ids = [
            pair.line.map(ims_ledger::id::LineId::get),
            pair.suspense.map(ims_ledger::id::SuspenseId::get),
            pair.expected.map(ims_ledger::id::ExpectedId::get),
            pair.receipt.map(ims_ledger::id::ReceiptId::get),
        ];
        for id in &ids {
            self.content.bytes(id.as_ref().map_or(&[], |id| id.as_bytes()));
        }
        self.content.number(pair.amount.get());
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { matches, first, last, content } = self;
        write!(f, "{matches} matches {first} to {last}, sha256 {}", content.clone().hash())
    }
}
