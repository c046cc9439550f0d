//! What a run sees of the open money: what is new as it stands, and of what has keys those rows
//! that the bank's side may have to do with.

use std::collections::{BTreeSet, HashSet};

use chrono::NaiveDate;
use ims_ledger::{
    Council,
    id::{CouncilId, ExpectedId},
};
use ims_money::Pence;
use ims_reconcile::{AmountOn, Search, Wanted, plain};
use ims_store::{AskedKey, ExpectedKey, Keyable, OpenExpected, Tx};

use super::Result;

/// A key says no more of a text than this: rows of longer ones that begin alike are all found.
const TEXT_MAX: usize = 64;

/// The key of what may be a side of a bank debit's advice.
const ADVICE: &str = "!";

/// The open rows that a run sees.
pub(super) struct Waiting {
    council: CouncilId,
    /// Those without keys first, by id, then those that were asked for.
    rows: Vec<OpenExpected>,
    /// Whether there are rows beyond those that have none.
    has_keys: bool,
    /// Rows that are here, or were taken away.
    seen: HashSet<ExpectedId>,
    /// The amounts and days that were asked for.
    amounts: BTreeSet<AmountOn>,
}

impl Waiting {
    /// What is new. Each of these questions sees a moment of its own: a row that gets its keys
    /// meanwhile is here as a new one or is found by them, because the new ones come first.
    pub(super) async fn of(tx: &mut Tx, council: CouncilId) -> Result<Self> {
        let rows = tx.new_expected(council).await?;
        let has_keys = tx.has_expected_keys(council).await?;
        let seen =
            if has_keys { rows.iter().map(|row| row.id).collect() } else { HashSet::default() };
        Ok(Self { council, rows, has_keys, seen, amounts: BTreeSet::new() })
    }

    /// Only what is new under these references, each made plain: a file may have written it in
    /// another way. What has keys is asked for.
    pub(super) async fn new_under(
        tx: &mut Tx,
        council: CouncilId,
        references: &BTreeSet<String>,
    ) -> Result<Self> {
        let mut is_under = |row: &OpenExpected| references.contains(&plain(&row.reference));
        let rows = tx.new_expected_where(council, &mut is_under).await?;
        let has_keys = tx.has_expected_keys(council).await?;
        let seen = rows.iter().map(|row| row.id).collect();
        Ok(Self { council, rows, has_keys, seen, amounts: BTreeSet::new() })
    }

    /// The rows that are here.
    pub(super) fn rows(&self) -> &[OpenExpected] {
        &self.rows
    }

    /// The rows that are here, by id: as they would be had all been read.
    pub(super) fn in_order(mut self) -> Vec<OpenExpected> {
        self.rows.sort_unstable_by_key(|row| row.id);
        self.rows
    }

    /// Whether there are rows that have to be asked for.
    pub(super) fn is_more(&self) -> bool {
        self.has_keys
    }

    /// Takes rows away: what follows does not see them.
    pub(super) fn without(&mut self, gone: &HashSet<ExpectedId>) {
        self.rows.retain(|row| !gone.contains(&row.id));
        self.seen.extend(gone);
    }

    /// These rows as well, if they are open.
    pub(super) async fn these(
        &mut self,
        tx: &mut Tx,
        ids: impl Iterator<Item = ExpectedId>,
    ) -> Result<()> {
        if !self.has_keys {
            return Ok(());
        }
        let ids: Vec<ExpectedId> = ids.filter(|id| self.seen.insert(*id)).collect();
        self.rows.extend(tx.these_expected(self.council, &ids).await?);
        Ok(())
    }

    /// The rows whose reference or batch the bank's side says, and those of the days of the
    /// merchants that it names.
    pub(super) async fn quoted(
        &mut self,
        tx: &mut Tx,
        settings: &Council,
        mut search: Search<'_>,
    ) -> Result<()> {
        if !self.has_keys {
            return Ok(());
        }
        let Some(Wanted::Quoted { texts }) = search.wants() else { return Ok(()) };
        let merchants: Vec<(String, &str)> = settings
            .channel
            .iter()
            .map(|channel| (plain(&channel.merchant), channel.code.as_str()))
            .filter(|(merchant, _)| texts.binary_search(merchant).is_ok())
            .collect();
        let said: Vec<&str> = merchants.iter().map(|(merchant, _)| merchant.as_str()).collect();
        let days = search.days_of(&said);
        let of_day = |(channel, days): (&str, Vec<(NaiveDate, NaiveDate)>)| {
            let text = of_channel(channel);
            let one = move |days| AskedKey { text: text.clone(), days: Some(days) };
            days.into_iter().map(one)
        };
        let channels = merchants.iter().map(|(_, channel)| *channel).zip(days).flat_map(of_day);
        let texts = texts.iter().filter_map(|text| of_plain(text));
        let texts = texts.map(|text| AskedKey { text, days: None });
        let ids = tx.keyed_expected(self.council, texts.chain(channels)).await?;
        self.these(tx, ids.into_iter()).await
    }

    /// The rows of these references, each made plain, of whatever day.
    pub(super) async fn under(
        &mut self,
        tx: &mut Tx,
        references: impl Iterator<Item = &String>,
    ) -> Result<()> {
        if !self.has_keys {
            return Ok(());
        }
        let texts = references.filter_map(|text| of_plain(text));
        let asked: Vec<AskedKey> = texts.map(|text| AskedKey { text, days: None }).collect();
        let ids = tx.keyed_expected(self.council, asked.into_iter()).await?;
        self.these(tx, ids.into_iter()).await
    }

    /// The rows of these amounts and days.
    pub(super) async fn amounts(&mut self, tx: &mut Tx, wanted: Vec<AmountOn>) -> Result<()> {
        let wanted: Vec<AmountOn> =
            wanted.into_iter().filter(|on| self.amounts.insert(*on)).collect();
        let asked = wanted
            .into_iter()
            .map(|on| AskedKey { text: of_amount(on.amount), days: Some((on.from, on.to)) });
        let ids = tx.keyed_expected(self.council, asked).await?;
        self.these(tx, ids.into_iter()).await
    }

    /// The rows that may be a side of a bank debit's advice, with the kind of the entry that
    /// made each wait.
    pub(super) async fn advices(&mut self, tx: &mut Tx) -> Result<Vec<(ExpectedId, String)>> {
        // As in `of`.
        let mut sides = tx.new_advice_sides(self.council).await?;
        let advice = AskedKey { text: ADVICE.to_owned(), days: None };
        let keyed = tx.keyed_expected(self.council, std::iter::once(advice)).await?;
        self.these(tx, keyed.iter().copied()).await?;
        sides.extend(tx.advice_sides_of(self.council, &keyed).await?);
        Ok(sides)
    }
}

/// What an open row is found by.
pub(super) fn keys(row: &Keyable) -> Vec<ExpectedKey> {
    let batches = row.batches.iter().map(String::as_str);
    let texts = batches.chain(std::iter::once(row.reference.as_str()));
    let mut found: BTreeSet<String> = texts.filter_map(|text| of_plain(&plain(text))).collect();
    if !plain(&row.reference).is_empty() {
        found.insert(of_amount(row.amount));
    }
    found.insert(of_channel(&row.channel));
    if row.is_advice {
        found.insert(ADVICE.to_owned());
    }
    found.into_iter().map(|text| ExpectedKey { text, day: row.day, id: row.id }).collect()
}

/// The key of a text that is plain already; none of one that says nothing.
fn of_plain(text: &str) -> Option<String> {
    let mut end = text.len().min(TEXT_MAX);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).filter(|text| !text.is_empty()).map(|text| format!("={text}"))
}

fn of_amount(amount: Pence) -> String {
    format!("~{}", amount.get())
}

fn of_channel(code: &str) -> String {
    format!("#{code}")
}
