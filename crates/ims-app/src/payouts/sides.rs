//! The three sides as they are kept: settlements read again, our takings, the bank's lines.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use ims_files::Settlement;
use ims_ledger::{
    Channel, Council, MethodKind,
    id::{ExpectedId, ImportId},
};
use ims_store::{ImportRow, OpenLine, TakingRow, Tx};

use super::{NOT_PAID_MAX, standing::Standing};
use crate::{AppError, Books, Result, import_file::ReadAgain, layouts};

/// A settlement read again.
pub(super) struct Told {
    pub(super) import: ImportRow,
    pub(super) settlement: Settlement,
    pub(super) channel: String,
    pub(super) bank_name: String,
    pub(super) date: NaiveDate,
}

impl Told {
    pub(super) fn name(&self) -> &str {
        self.settlement.head.payout.as_deref().unwrap_or_default()
    }
}

/// Everything that is compared.
pub(super) struct Sides {
    pub(super) told: Vec<Told>,
    /// Of each payout, what stands matched with it.
    pub(super) standing: Vec<Option<Standing>>,
    pub(super) takings: Vec<TakingRow>,
    /// Those of them that no settlement has.
    pub(super) waiting: HashSet<ExpectedId>,
    pub(super) bank: Vec<OpenLine>,
    /// Under which names providers pay at the bank, in capitals.
    pub(super) bank_names: BTreeSet<String>,
}

impl Books {
    /// The settlements of a file.
    pub(super) async fn told_by(
        &self,
        tx: &mut Tx,
        council: &Council,
        id: ImportId,
    ) -> Result<Vec<Told>> {
        let absent = || AppError::NotFound { what: "import", name: id.to_string() };
        let row = tx.import(self.id(), id).await?.ok_or_else(absent)?;
        let deflated = tx.archived(self.id(), row.content_hash).await?.ok_or_else(absent)?;
        let day = ims_ledger::london_day(row.imported_at);
        let own = layouts::readers(council, day);
        let settlements = ReadAgain::of(&row, &deflated, day, &own)?.into_settlements();
        let told = |settlement: Settlement| {
            let head = &settlement.head;
            let by = |channel: &&Channel| channel.sender.eq_ignore_ascii_case(&head.provider);
            let channel = council.channel.iter().find(by);
            let last = settlement.lines.iter().map(|line| line.date).max();
            Told {
                import: row.clone(),
                channel: channel.map_or_else(|| head.provider.clone(), |it| it.code.to_string()),
                bank_name: channel.map(|channel| channel.merchant.clone()).unwrap_or_default(),
                date: head.date.or(last).unwrap_or(day),
                settlement,
            }
        };
        Ok(settlements.into_iter().map(told).collect())
    }

    /// Our side and the bank's, and what stands between them.
    pub(super) async fn sides(
        &self,
        tx: &mut Tx,
        council: &Council,
        told: Vec<Told>,
        days: (NaiveDate, NaiveDate),
    ) -> Result<Sides> {
        let found = self.takings_of(tx, &told).await?;
        let mut bank = tx.open_lines(self.id()).await?;
        let standing = self.matched_with(tx, &told, &found, &mut bank).await?;
        let channels = paid_out(council, &told);
        let codes: Vec<String> = channels.keys().cloned().collect();
        let most = i64::try_from(NOT_PAID_MAX).unwrap_or(i64::MAX);
        let waiting = tx.in_no_payout(self.id(), &codes, days, most).await?;
        let mut takings: BTreeMap<ExpectedId, TakingRow> = BTreeMap::new();
        let waits: HashSet<ExpectedId> = waiting.iter().map(|row| row.expected).collect();
        for row in found.into_iter().chain(waiting) {
            takings.entry(row.expected).or_insert(row);
        }
        Ok(Sides {
            standing,
            takings: with_surcharges(takings.into_values().collect()),
            waiting: waits,
            bank,
            bank_names: channels.into_values().flatten().collect(),
            told,
        })
    }

    /// Our payments and refunds that the payouts name; not those that another payout has.
    async fn takings_of(&self, tx: &mut Tx, told: &[Told]) -> Result<Vec<TakingRow>> {
        let mut takings = Vec::new();
        let channels: BTreeSet<&str> = told.iter().map(|one| one.channel.as_str()).collect();
        for channel in channels {
            let of: Vec<&Told> = told.iter().filter(|one| one.channel == channel).collect();
            let names: HashSet<&str> = of.iter().map(|one| one.name()).collect();
            let lines = of.iter().flat_map(|one| &one.settlement.lines);
            let sources: BTreeSet<String> = lines.map(|line| line.provider_ref.clone()).collect();
            let sources: Vec<String> = sources.into_iter().collect();
            let mut found = tx.takings(self.id(), channel, &sources).await?;
            let known: HashSet<ExpectedId> = found.iter().map(|row| row.expected).collect();
            let mut back = self.given_back_of(tx, channel, &sources).await?;
            back.retain(|row| !known.contains(&row.expected));
            found.extend(back);
            found.retain(|row| row.payout.as_deref().is_none_or(|it| names.contains(it)));
            takings.extend(found);
        }
        Ok(takings)
    }

    /// What was given back of payments, under the payment's name: some providers' payouts
    /// have no other.
    async fn given_back_of(
        &self,
        tx: &mut Tx,
        channel: &str,
        sources: &[String],
    ) -> Result<Vec<TakingRow>> {
        let back = tx.given_back_by_source(self.id(), channel, sources).await?;
        let refunds: BTreeMap<ExpectedId, _> =
            back.into_iter().filter(|row| !row.is_dispute).map(|row| (row.money.id, row)).collect();
        let ids: Vec<ExpectedId> = refunds.keys().copied().collect();
        let rows = tx.expected_of(self.id(), &ids).await?;
        let named = |row: ims_store::OpenExpected| {
            let money = refunds.get(&row.id)?.money.clone();
            Some(TakingRow {
                expected: row.id,
                channel: row.channel,
                source_ref: money.source_ref,
                reference: row.reference,
                happened_on: row.happened_on,
                amount: row.amount,
                receipt: String::new(),
                payout: money.payout,
            })
        };
        Ok(rows.into_iter().filter_map(named).collect())
    }
}

/// The channels whose money comes in payouts: those that some tell of, and those of cards whose
/// sender would; each with the names that its bank lines may have.
fn paid_out(council: &Council, told: &[Told]) -> BTreeMap<String, Vec<String>> {
    let by_card = |kind| {
        matches!(kind, MethodKind::CardOnline | MethodKind::CardStaff | MethodKind::CardPhone)
    };
    let of_cards = council.channel.iter().filter(|channel| {
        let is_its = |method: &&ims_ledger::Method| method.channel == channel.code;
        let mut own = council.method.iter().filter(is_its);
        !channel.sender.is_empty() && own.any(|method| by_card(method.kind))
    });
    let names = |merchant: &str, sender: &str| {
        let both = [merchant, sender].map(str::to_uppercase);
        both.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>()
    };
    let mut channels: BTreeMap<String, Vec<String>> =
        of_cards.map(|it| (it.code.to_string(), names(&it.merchant, &it.sender))).collect();
    for one in told {
        let own = || names(&one.bank_name, &one.settlement.head.provider);
        channels.entry(one.channel.clone()).or_insert_with(own);
    }
    channels
}

/// A surcharge is settled with its payment, and has no receipt of its own.
fn with_surcharges(found: Vec<TakingRow>) -> Vec<TakingRow> {
    let (own, beside): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|row| !row.receipt.is_empty() || !row.amount.is_positive());
    let mut takings: Vec<TakingRow> = own;
    let key = |row: &TakingRow| (row.channel.clone(), row.source_ref.clone());
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let named = |row: &TakingRow| row.amount.is_positive() && !row.source_ref.is_empty();
    for (at, row) in takings.iter().enumerate().filter(|(_, row)| named(row)) {
        places.entry(key(row)).or_insert(at);
    }
    for row in beside {
        let taking = places.get(&key(&row)).and_then(|at| takings.get_mut(*at));
        let sum = taking.as_ref().and_then(|taking| taking.amount.checked_add(row.amount));
        match (taking, sum) {
            (Some(taking), Some(sum)) => taking.amount = sum,
            _ => {
                if named(&row) {
                    places.entry(key(&row)).or_insert(takings.len());
                }
                takings.push(row);
            }
        }
    }
    takings
}
