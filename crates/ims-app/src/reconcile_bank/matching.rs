//! The engine's matches, as entries.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{
    AllocationRow, AppError, BankLine, CANDIDATES_MAX, Doubt, Draft, EntryRow, Expected, Found,
    LineId, MatchId, MatchRow, OpenExpected, OpenLine, OpenSuspense, PairRow, Pence, Result, Rules,
    Side, SuspenseId, Tx, Waiting, Why,
    in_sums::InSums,
    key,
    legs::Legs,
    rules_in_force::{of_run, rules_of},
    somebodys,
    together::Together,
    undone::{DOUBT, Undone},
};
use crate::{long::long, posting::Writer};
use ims_ledger::{Council, id::EntryId};
use ims_reconcile::{Match, Outcome, Search, Wanted, rules::How};

/// What the engine settled, and what it doubts.
pub(super) struct Matched {
    /// Lines it explained.
    pub(super) lines: HashSet<LineId>,
    /// Lines it leaves to a person, with what stands in the way.
    pub(super) doubts: HashMap<LineId, Doubt>,
}

/// The bank's side of the engine's input: open lines first, then suspense that
/// came from the bank.
pub(super) struct BankSide<'a> {
    pub(super) lines: &'a [&'a OpenLine],
    pub(super) suspense: &'a [ims_store::OpenSuspense],
}

pub(super) async fn apply(
    tx: &mut Tx,
    writer: &Writer<'_>,
    council: &Council,
    (lines, suspense, waiting): (&[&OpenLine], &[OpenSuspense], &mut Waiting),
    undone: &Undone,
    found: &mut Found,
) -> Result<Matched> {
    let side = BankSide { lines, suspense };
    let bank = bank_lines(&side);
    let rules = of_run(rules_of(council)?);
    waiting.quoted(tx, council, Search::new(&bank, &rules)).await?;
    let outcome = nobodys_slip(tx, writer, council, (waiting, &bank, &rules)).await?;
    let in_sums = InSums::of(tx, writer.books.id(), council, waiting.rows()).await?;
    let expected = expected_rows(council, &in_sums, waiting.rows());
    let open = waiting.rows();
    let mut matched = Matched { lines: HashSet::new(), doubts: HashMap::new() };
    let mut together = Together::default();
    // In the order of the bank's lines, so that what is written by it is written in order.
    let mut matches: Vec<&Match> = outcome.matches.iter().collect();
    matches.sort_unstable_by_key(|one| one.bank.first().copied());
    for one in matches {
        if was_undone((&*one.bank, &*one.expected), &side, open, undone) {
            let lines = one.bank.iter().filter_map(|at| side.get(*at)?.line());
            matched.doubts.extend(lines.map(|line| (line, Doubt::new(DOUBT))));
            continue;
        }
        // A difference is never taken for a fee: fees are posted from the settlement.
        if one.fee.is_zero() {
            let reason = rules.reason(one, &expected, &bank);
            let items: Vec<Item<'_>> = one.bank.iter().filter_map(|at| side.get(*at)).collect();
            let expected: Vec<&OpenExpected> = these(open, &one.expected).collect();
            let named = (rules.name(one.rule), reason);
            together.settle(writer, named, &items, &expected, found)?;
            matched.lines.extend(items.iter().filter_map(Item::line));
        }
    }
    together.post(writer, found)?;
    doubt(&rules, &outcome, &side, open, &mut matched);
    Ok(matched)
}

/// What comes of it when no reference that leads to an account is taken for a slip of the
/// pen: the engine knows only what is expected, so it is told of each that it took for one.
/// Each time the rows are asked for that lines which are unclear then may be of.
async fn nobodys_slip(
    tx: &mut Tx,
    writer: &Writer<'_>,
    council: &Council,
    (waiting, bank, rules): (&mut Waiting, &[BankLine<'_>], &Rules),
) -> Result<Outcome> {
    let id = writer.books.id();
    let is_slip =
        |one: &&Match| rules.get(one.rule).is_some_and(|rule| matches!(rule.how, How::Typo { .. }));
    let mut known = BTreeSet::new();
    loop {
        if waiting.is_more() {
            let in_sums = InSums::of(tx, id, council, waiting.rows()).await?;
            let rows = expected_rows(council, &in_sums, waiting.rows());
            let search = || Search::new(bank, rules).having(with(&rows, &known)).wants();
            if let Some(Wanted::Amounts(wanted)) = long(search) {
                waiting.amounts(tx, wanted).await?;
            }
        }
        let in_sums = InSums::of(tx, id, council, waiting.rows()).await?;
        let rows = expected_rows(council, &in_sums, waiting.rows());
        let outcome = long(|| ims_reconcile::reconcile(&with(&rows, &known), bank, rules));
        let slips = outcome.matches.iter().filter(is_slip).flat_map(|one| one.bank.iter());
        let lines = slips.filter_map(|at| bank.get(usize::try_from(*at).ok()?));
        let said =
            lines.flat_map(|line| [line.reference, line.narrative].map(|it| (it, line.date)));
        let before = known.len();
        known.extend(somebodys(tx, id, council, said).await?);
        if known.len() == before {
            return Ok(outcome);
        }
    }
}

/// What is expected, and the references that lead to an account though nothing is expected
/// by them: rows of no money, of a day that no line is near.
pub(super) fn with<'a>(
    expected: &[Expected<'a>],
    known: &'a BTreeSet<String>,
) -> Vec<Expected<'a>> {
    let row = |(number, reference): (u64, &'a String)| Expected {
        id: u64::MAX.saturating_sub(number),
        date: chrono::NaiveDate::MIN,
        amount: Pence::ZERO,
        reference,
        merchant: "",
        batch: "",
    };
    expected.iter().copied().chain((0..).zip(known).map(row)).collect()
}

/// Whether somebody took back that one of these lines is one of what is expected.
pub(super) fn was_undone(
    (lines, expected): (&[u32], &[u32]),
    side: &BankSide<'_>,
    open: &[OpenExpected],
    undone: &Undone,
) -> bool {
    lines.iter().filter_map(|at| side.get(*at)).any(|item| {
        these(open, expected).any(|expected| match &item {
            Item::Line(line) => undone.line_with(line.id, expected.id),
            Item::Suspense(item) => undone.item_with(item, expected.id),
        })
    })
}

/// The open rows at these places.
pub(super) fn these<'a>(
    open: &'a [OpenExpected],
    at: &[u32],
) -> impl Iterator<Item = &'a OpenExpected> {
    at.iter().filter_map(|at| open.get(usize::try_from(*at).ok()?))
}

/// The expected side of the engine's input.
pub(super) fn expected_rows<'a>(
    council: &'a Council,
    in_sums: &InSums,
    open: &'a [OpenExpected],
) -> Vec<Expected<'a>> {
    let merchants: HashMap<&str, &str> = council
        .channel
        .iter()
        .map(|channel| (channel.code.as_str(), channel.merchant.as_str()))
        .collect();
    let row = |item: &'a OpenExpected| Expected {
        id: key(item.id.get()),
        date: item.happened_on,
        amount: item.amount,
        reference: if in_sums.hold(item) { "" } else { &item.reference },
        merchant: merchants.get(item.channel.as_str()).copied().unwrap_or_default(),
        batch: &item.batch_ref,
    };
    open.iter().map(row).collect()
}

pub(super) fn bank_lines<'a>(side: &BankSide<'a>) -> Vec<BankLine<'a>> {
    let lines = side.lines.iter().map(|line| BankLine {
        id: key(line.id.get()),
        date: line.booked_on,
        amount: line.amount,
        reference: &line.reference,
        narrative: &line.narrative,
        kind: &line.code,
    });
    let suspense = side.suspense.iter().map(|item| BankLine {
        id: key(item.id.get()),
        date: item.happened_on,
        amount: item.amount,
        reference: &item.reference,
        narrative: &item.narrative,
        kind: "",
    });
    lines.chain(suspense).collect()
}

/// One side of a match on the bank's side.
pub(super) enum Item<'a> {
    Line(&'a OpenLine),
    Suspense(&'a ims_store::OpenSuspense),
}

impl Item<'_> {
    /// The bank line, if it is one.
    pub(super) fn line(&self) -> Option<LineId> {
        match self {
            Self::Line(line) => Some(line.id),
            Self::Suspense(_) => None,
        }
    }

    pub(super) fn suspense(&self) -> Option<SuspenseId> {
        match self {
            Self::Line(_) => None,
            Self::Suspense(item) => Some(item.id),
        }
    }

    /// What there is of it to match.
    pub(super) fn amount(&self) -> Pence {
        match self {
            Self::Line(line) => line.amount,
            Self::Suspense(item) => item.remaining,
        }
    }

    /// The bank line it is, or was.
    pub(super) fn shown_as(&self) -> Option<LineId> {
        match self {
            Self::Line(line) => Some(line.id),
            Self::Suspense(item) => item.line,
        }
    }
}

impl<'a> BankSide<'a> {
    pub(super) fn get(&self, at: u32) -> Option<Item<'a>> {
        let at = usize::try_from(at).ok()?;
        match self.lines.get(at) {
            Some(line) => Some(Item::Line(line)),
            None => self.suspense.get(at.checked_sub(self.lines.len())?).map(Item::Suspense),
        }
    }
}

/// What the rows of a match come to, as an entry of its own.
pub(super) fn settle(
    writer: &Writer<'_>,
    rule: &str,
    reason: String,
    items: &[Item<'_>],
    expected: &[&OpenExpected],
    found: &mut Found,
) -> Result<MatchRow> {
    let id = MatchId::new(writer.books.world().id());
    let entry = entry_of(writer, id, items, expected)?;
    let set = new_set(writer, id, rule, reason, expected, entry.as_ref().map(|entry| entry.id))?;
    record(writer, set.clone(), items, expected, found)?;
    found.entries.extend(entry);
    Ok(set)
}

pub(super) fn new_set(
    writer: &Writer<'_>,
    id: MatchId,
    rule: &str,
    reason: String,
    expected: &[&OpenExpected],
    entry: Option<EntryId>,
) -> Result<MatchRow> {
    let total =
        Pence::checked_sum(expected.iter().map(|item| item.amount)).ok_or(AppError::Overflow)?;
    Ok(MatchRow {
        id,
        rule: rule.to_owned(),
        reason,
        amount: total,
        entry,
        made_by: writer.books.actor().name().to_owned(),
        made_at: writer.now,
        config_version: None,
        undone_at: None,
    })
}

/// A match, with all that it takes off what is open.
pub(super) fn record(
    writer: &Writer<'_>,
    set: MatchRow,
    items: &[Item<'_>],
    expected: &[&OpenExpected],
    found: &mut Found,
) -> Result<()> {
    let lines = items.iter().filter(|item| matches!(item, Item::Line(_))).count();
    found.count(&set.rule, u64::try_from(lines).unwrap_or(u64::MAX), set.amount)?;
    pair_up(set.id, items, expected, found);
    for item in items {
        match item {
            Item::Line(line) => found.lines.push(line.id),
            Item::Suspense(item) => {
                found.used.push((item.id, item.remaining));
                found.allocations.push(AllocationRow {
                    id: writer.books.world().id(),
                    suspense: item.id,
                    amount: item.remaining,
                    entry: set.entry.unwrap_or_else(|| EntryId::new(uuid::Uuid::nil())),
                    receipt: None,
                    matched: Some(set.id),
                    note: set.reason.clone(),
                    by: set.made_by.clone(),
                    at: writer.now,
                });
            }
        }
    }
    found.closed.extend(expected.iter().map(|item| item.id));
    found.sets.push(set);
    Ok(())
}

/// The bank's side off unmatched (or suspense, where it had gone), the expected
/// side off its clearing accounts. `None` when all of it cancels out.
pub(super) fn entry_of(
    writer: &Writer<'_>,
    id: MatchId,
    items: &[Item<'_>],
    expected: &[&OpenExpected],
) -> Result<Option<EntryRow>> {
    let legs = Legs::of(writer, items, expected)?;
    let draft = legs
        .sums
        .into_iter()
        .fold(Draft::new(), |draft, (account, amount)| draft.signed(account, Side::Debit, amount));
    if draft.is_empty() {
        return Ok(None);
    }
    Ok(Some(writer.entry("match", legs.day, format!("match {id}"), draft.balance()?)))
}

/// Rows that join: one line with each of what it pays, or each line with the
/// one it pays; where both are many, each on a row of its own.
pub(super) fn pair_up(
    id: MatchId,
    items: &[Item<'_>],
    expected: &[&ims_store::OpenExpected],
    found: &mut Found,
) {
    let of = |item: &Item<'_>| match item {
        Item::Line(line) => (Some(line.id), None, line.amount),
        Item::Suspense(item) => (None, Some(item.id), item.remaining),
    };
    let row = |line, suspense, expected, amount| PairRow {
        matched: id,
        line,
        suspense,
        expected,
        receipt: None,
        amount,
    };
    match (items, expected) {
        ([item], many) => {
            let (line, suspense, _) = of(item);
            found.pairs.extend(many.iter().map(|e| row(line, suspense, Some(e.id), e.amount)));
        }
        (many, [one]) => found.pairs.extend(many.iter().map(|item| {
            let (line, suspense, amount) = of(item);
            row(line, suspense, Some(one.id), amount)
        })),
        (items, expected) => {
            found.pairs.extend(items.iter().map(|item| {
                let (line, suspense, amount) = of(item);
                row(line, suspense, None, amount)
            }));
            found.pairs.extend(expected.iter().map(|e| row(None, None, Some(e.id), e.amount)));
        }
    }
}

/// What the engine leaves to a person, with the candidates there were.
fn doubt(
    rules: &Rules,
    outcome: &Outcome,
    side: &BankSide<'_>,
    open: &[OpenExpected],
    matched: &mut Matched,
) {
    for doubt in &outcome.ambiguous {
        let candidates: Vec<&OpenExpected> = these(open, &doubt.expected).collect();
        let why = match doubt.why {
            Why::Differs { by } if by.is_positive() => {
                format!("it quotes what was expected, but is short by {by}")
            }
            Why::Differs { by } => {
                let over = by.checked_abs().unwrap_or_default();
                format!("it quotes what was expected, but is over by {over}")
            }
            _ => format!(
                "{} ({}){}",
                doubt.why,
                rules.name(doubt.rule),
                named(&candidates).map(|these| format!(": {these}")).unwrap_or_default()
            ),
        };
        let one = Doubt::new(why).about(candidates.iter().map(|item| item.id));
        for at in doubt.bank.iter() {
            if let Some(Item::Line(line)) = side.get(*at)
                && !matched.lines.contains(&line.id)
            {
                matched.doubts.entry(line.id).or_insert_with(|| one.clone());
            }
        }
    }
}

/// The first candidates, by what they are expected under and from when.
fn named(candidates: &[&OpenExpected]) -> Option<String> {
    let name = |item: &&OpenExpected| {
        let under = if item.reference.is_empty() { &item.batch_ref } else { &item.reference };
        format!("{under} of {}", item.happened_on)
    };
    let mut names: Vec<String> = candidates.iter().take(CANDIDATES_MAX).map(name).collect();
    let more = candidates.len().saturating_sub(CANDIDATES_MAX);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    (!names.is_empty()).then(|| names.join(", "))
}
