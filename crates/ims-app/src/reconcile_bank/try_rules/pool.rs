//! The money that rules are tried on: as it would lie there if nobody had matched it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use ims_ledger::{
    Council,
    id::{CouncilId, ExpectedId, LineId, MatchId, SuspenseId},
};
use ims_reconcile::Expected;
use ims_store::{BankDayLine, OpenExpected, OpenLine, OpenSuspense, PairRow, Tx};

use super::super::{
    InSums, bank_suspense,
    matching::{BankSide, expected_rows},
    said_apart, somebodys,
};
use crate::{AppError, Books, Result, bank_day::BANK_DAY_LINES_MAX, close_day::TO_SUSPENSE};

/// The money.
pub(super) struct Pool {
    /// Lines of the days asked for, what they were matched together with, and all that is open.
    pub(super) lines: Vec<OpenLine>,
    /// Suspense of other days.
    suspense: Vec<OpenSuspense>,
    /// What is open, and what these lines were matched with.
    pub(super) expected: Vec<OpenExpected>,
    /// The lines of the days asked for.
    pub(super) asked: HashSet<LineId>,
    /// What explains lines in the books.
    pub(super) stands: HashMap<LineId, Stands>,
    settings: Council,
    in_sums: InSums,
}

/// What explains a line in the books.
pub(super) struct Stands {
    pub(super) rule: String,
    /// What was expected, by id.
    pub(super) expected: Vec<ExpectedId>,
}

impl Pool {
    pub(super) async fn of(
        tx: &mut Tx,
        books: &Books,
        settings: &Council,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<Self> {
        let council = books.id();
        let shown = lines_of(tx, council, settings, (from, to)).await?;
        let sets = Sets::of(tx, council, &shown).await?;
        let mut lines = Vec::new();
        let mut stands = HashMap::new();
        for one in shown {
            let Some(explained) = sets.explained(&one) else { continue };
            if let Some(explained) = explained {
                stands.insert(one.line.id, explained);
            }
            lines.push(one.line);
        }
        let asked: HashSet<LineId> = lines.iter().map(|line| line.id).collect();
        let mut seen = asked.clone();
        for id in sets.lines() {
            if seen.insert(id) {
                lines.extend(tx.line(council, id).await?);
            }
        }
        lines.extend(tx.open_lines(council).await?.into_iter().filter(|it| seen.insert(it.id)));
        let mut suspense = bank_suspense(tx, council).await?;
        suspense.retain(|item| item.line.is_none_or(|line| !seen.contains(&line)));
        let mut expected = tx.open_expected(council).await?;
        let open: HashSet<ExpectedId> = expected.iter().map(|row| row.id).collect();
        let closed: Vec<ExpectedId> = sets.expected().filter(|id| !open.contains(id)).collect();
        expected.extend(tx.expected_of(council, &closed).await?);
        expected.dedup_by_key(|row| row.id);
        let in_sums = InSums::of(tx, council, settings, &expected).await?;
        let settings = settings.clone();
        Ok(Self { lines, suspense, expected, asked, stands, settings, in_sums })
    }

    /// References in what the lines say that lead to an account.
    pub(super) async fn known(
        &self,
        tx: &mut Tx,
        id: CouncilId,
        council: &Council,
    ) -> Result<BTreeSet<String>> {
        let of_suspense = self.suspense.iter().flat_map(|item| {
            [&item.reference, &item.narrative].map(|text| (text.as_str(), item.happened_on))
        });
        let said = self.lines.iter().flat_map(said_apart).chain(of_suspense);
        somebodys(tx, id, council, said).await
    }

    pub(super) fn side<'a>(&'a self, lines: &'a [&'a OpenLine]) -> BankSide<'a> {
        BankSide { lines, suspense: &self.suspense }
    }

    pub(super) fn expected_rows(&self) -> Vec<Expected<'_>> {
        expected_rows(&self.settings, &self.in_sums, &self.expected)
    }
}

/// All lines of some days, of every account, and what explains each.
pub(super) async fn lines_of(
    tx: &mut Tx,
    council: CouncilId,
    settings: &Council,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<BankDayLine>> {
    let mut all = Vec::new();
    let max = BANK_DAY_LINES_MAX;
    for bank in &settings.bank_account {
        let bank = bank.code.as_str();
        let many = to.signed_duration_since(from).num_days().saturating_add(1);
        let days = tx.bank_days(council, bank, (from, to), many).await?;
        for (day, ..) in days.into_iter().rev() {
            let lines = tx.bank_day_lines(council, bank, day, max.saturating_add(1)).await?;
            if i64::try_from(lines.len()).unwrap_or(i64::MAX) > max {
                let what = format!("{bank} has more than {max} lines on {day}: too many to try");
                return Err(AppError::BadInput(what));
            }
            all.extend(lines);
        }
    }
    all.retain(|one| !one.line.amount.is_zero());
    Ok(all)
}

/// The explanations of lines.
struct Sets {
    pairs: HashMap<MatchId, Vec<PairRow>>,
    /// The match of an item of suspense that was matched whole, with its rule.
    items: HashMap<SuspenseId, (MatchId, String)>,
}

impl Sets {
    async fn of(tx: &mut Tx, council: CouncilId, shown: &[BankDayLine]) -> Result<Self> {
        let items: Vec<SuspenseId> =
            shown.iter().filter_map(|one| one.suspense.map(|(item, _)| item)).collect();
        let mut of_items = HashMap::new();
        for (item, id) in tx.matched_from_suspense(council, &items).await? {
            if let Some(set) = tx.match_set(council, id).await? {
                of_items.insert(item, (id, set.rule));
            }
        }
        let own = shown.iter().filter_map(|one| one.explained.as_ref().map(|(id, ..)| *id));
        let mut ids: Vec<MatchId> = own.chain(of_items.values().map(|(id, _)| *id)).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut pairs: HashMap<MatchId, Vec<PairRow>> = HashMap::new();
        for pair in tx.pairs_of(council, &ids).await? {
            pairs.entry(pair.matched).or_default().push(pair);
        }
        Ok(Self { pairs, items: of_items })
    }

    /// What explains a line, if anything; `None` where that is no match of the engine's kind, a
    /// refund or a bank rule, which come before it.
    fn explained(&self, one: &BankDayLine) -> Option<Option<Stands>> {
        let Some((id, rule, _)) = &one.explained else { return Some(None) };
        if rule == TO_SUSPENSE {
            let matched = one.suspense.and_then(|(item, _)| self.items.get(&item));
            let stands = match matched {
                Some((id, rule)) => Stands { rule: rule.clone(), expected: self.rows(*id) },
                None => Stands { rule: rule.clone(), expected: Vec::new() },
            };
            return Some(Some(stands));
        }
        let expected = self.rows(*id);
        let is_received = self.pairs.get(id).into_iter().flatten().any(|it| it.receipt.is_some());
        let is_engines = !expected.is_empty() || is_received;
        is_engines.then(|| Some(Stands { rule: rule.clone(), expected }))
    }

    fn rows(&self, id: MatchId) -> Vec<ExpectedId> {
        let pairs = self.pairs.get(&id).into_iter().flatten();
        let mut rows: Vec<ExpectedId> = pairs.filter_map(|pair| pair.expected).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The lines that were matched with what was expected.
    fn lines(&self) -> impl Iterator<Item = LineId> {
        let of_rows = self.pairs.values().filter(|pairs| has_rows(pairs));
        of_rows.flatten().filter_map(|pair| pair.line)
    }

    /// What lines were matched with.
    fn expected(&self) -> impl Iterator<Item = ExpectedId> {
        let mut all: Vec<ExpectedId> =
            self.pairs.values().flatten().filter_map(|pair| pair.expected).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }
}

fn has_rows(pairs: &[PairRow]) -> bool {
    pairs.iter().any(|pair| pair.expected.is_some())
}
