//! What of the payouts stands matched, and with which bank lines.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ims_ledger::id::{ExpectedId, LineId, MatchId, SuspenseId};
use ims_money::Pence;
use ims_store::{OpenLine, PairRow, TakingRow, Tx};

use super::sides::Told;
use crate::{AppError, Books, Result};

/// What stands matched with a payout.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// Places of the bank lines.
    pub(super) lines: Vec<u32>,
    /// How much of them is the payout's.
    pub(super) amount: Pence,
    /// Whether some of the payout is waited for still.
    pub(super) is_awaited: bool,
}

/// The bank's lines, and where each is among them.
struct Lines<'b> {
    bank: &'b mut Vec<OpenLine>,
    places: HashMap<LineId, u32>,
    /// By which line each item of suspense came.
    of_items: HashMap<SuspenseId, Option<LineId>>,
}

impl Books {
    /// What stands matched with each payout, of whose payments `takings` are ours. Lines that
    /// are not open any more are added to `bank`.
    pub(super) async fn matched_with(
        &self,
        tx: &mut Tx,
        told: &[Told],
        takings: &[TakingRow],
        bank: &mut Vec<OpenLine>,
    ) -> Result<Vec<Option<Standing>>> {
        let mut own = self.payout_rows(tx, told, takings).await?;
        let ids: Vec<ExpectedId> = own.keys().copied().collect();
        let matches = tx.matches_of(self.id(), &ids).await?;
        let mut sets: BTreeMap<MatchId, Vec<PairRow>> = BTreeMap::new();
        for pair in tx.pairs_of(self.id(), &matches).await? {
            sets.entry(pair.matched).or_default().push(pair);
        }
        self.others_of(tx, told, &sets, &mut own).await?;
        let places = bank.iter().zip(0_u32..).map(|(line, at)| (line.id, at)).collect();
        let mut lines = Lines { bank, places, of_items: HashMap::new() };
        let mut standing: Vec<Option<Standing>> = vec![None; told.len()];
        for pairs in sets.values() {
            let shown = self.lines_shown(tx, &mut lines, pairs).await?;
            // Written off, or closed against another: nothing of it is at the bank.
            if shown.is_empty() {
                continue;
            }
            for pair in pairs {
                let of = pair.expected.and_then(|id| own.get(&id));
                let Some(own) = of.and_then(|at| standing.get_mut(*at)) else { continue };
                let own = own.get_or_insert_default();
                own.amount = own.amount.checked_add(pair.amount).ok_or(AppError::Overflow)?;
                own.lines.extend(&shown);
            }
        }
        let awaited = tx.still_open(self.id(), &ids).await?;
        for at in awaited.iter().filter_map(|id| own.get(id)) {
            if let Some(Some(own)) = standing.get_mut(*at) {
                own.is_awaited = true;
            }
        }
        for own in standing.iter_mut().flatten() {
            own.lines.sort_unstable();
            own.lines.dedup();
        }
        Ok(standing)
    }

    /// The rows that wait, or waited, for the bank, each with the place of its payout: our
    /// takings, and what the settlement itself made, such as its fees. A payout may be told of
    /// by several files, of which each has its own.
    async fn payout_rows(
        &self,
        tx: &mut Tx,
        told: &[Told],
        takings: &[TakingRow],
    ) -> Result<BTreeMap<ExpectedId, usize>> {
        let mut rows = BTreeMap::new();
        let mut settled: HashMap<(&str, &str, &str), usize> = HashMap::new();
        let mut payouts: HashMap<(&str, &str), usize> = HashMap::new();
        for (at, one) in told.iter().enumerate() {
            let (channel, name) = (one.channel.as_str(), one.name());
            payouts.insert((channel, name), at);
            for line in &one.settlement.lines {
                settled.insert((channel, name, &line.provider_ref), at);
            }
            let made = tx.expected_of_import(self.id(), one.import.id).await?;
            rows.extend(made.into_iter().filter(|it| it.1 == name).map(|it| (it.0, at)));
        }
        for row in takings {
            // Those of other payouts were left out.
            let Some(name) = row.payout.as_deref() else { continue };
            let own = settled.get(&(row.channel.as_str(), name, row.source_ref.as_str()));
            let own = own.or_else(|| payouts.get(&(row.channel.as_str(), name)));
            if let Some(at) = own {
                rows.insert(row.expected, *at);
            }
        }
        Ok(rows)
    }

    /// Adds what stands matched with these rows and is in a payout too, by its name: disputes
    /// are no takings.
    async fn others_of(
        &self,
        tx: &mut Tx,
        told: &[Told],
        sets: &BTreeMap<MatchId, Vec<PairRow>>,
        own: &mut BTreeMap<ExpectedId, usize>,
    ) -> Result<()> {
        let places = (0_usize..).zip(told);
        let payouts: HashMap<(&str, &str), usize> =
            places.map(|(at, one)| ((one.channel.as_str(), one.name()), at)).collect();
        let ids: BTreeSet<ExpectedId> =
            sets.values().flatten().filter_map(|pair| pair.expected).collect();
        let ids: Vec<ExpectedId> = ids.into_iter().filter(|id| !own.contains_key(id)).collect();
        for row in tx.expected_of(self.id(), &ids).await? {
            if let Some(at) = payouts.get(&(row.channel.as_str(), row.batch_ref.as_str())) {
                own.insert(row.id, *at);
            }
        }
        Ok(())
    }

    /// The places of the lines that an explanation is of, themselves or by what of them is in
    /// suspense.
    async fn lines_shown(
        &self,
        tx: &mut Tx,
        lines: &mut Lines<'_>,
        pairs: &[PairRow],
    ) -> Result<BTreeSet<u32>> {
        let mut shown = BTreeSet::new();
        for pair in pairs {
            let line = match (pair.line, pair.suspense) {
                (None, Some(item)) => match lines.of_items.get(&item) {
                    Some(line) => *line,
                    None => {
                        let line = tx.suspense(self.id(), item).await?.and_then(|item| item.line);
                        lines.of_items.insert(item, line);
                        line
                    }
                },
                (line, _) => line,
            };
            let Some(line) = line else { continue };
            if !lines.places.contains_key(&line)
                && let Some(row) = tx.line(self.id(), line).await?
            {
                let at = u32::try_from(lines.bank.len()).unwrap_or(u32::MAX);
                lines.places.insert(line, at);
                lines.bank.push(row);
            }
            shown.extend(lines.places.get(&line).copied());
        }
        Ok(shown)
    }
}
