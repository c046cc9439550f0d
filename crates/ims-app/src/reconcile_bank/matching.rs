//! The engine's matches, as entries.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{
    Account, AllocationRow, AppError, BankLine, ChannelCode, Draft, Expected, Found, LineId,
    MatchId, MatchRow, Open, OpenExpected, OpenLine, PairRow, Pence, Result, Rules, Side, Tx, Why,
    bank_code,
    in_sums::InSums,
    key, somebodys,
    undone::{DOUBT, Undone},
};
use crate::posting::Writer;
use ims_ledger::Council;
use ims_reconcile::{Match, Outcome, rules::How};

/// What the engine settled, and what it doubts.
pub(super) struct Matched {
    /// Lines it explained.
    pub(super) lines: HashSet<LineId>,
    /// Lines it leaves to a person, with what stands in the way.
    pub(super) doubts: HashMap<LineId, String>,
}

/// The bank's side of the engine's input: open lines first, then suspense that
/// came from the bank.
struct BankSide<'a> {
    lines: &'a [&'a OpenLine],
    suspense: &'a [ims_store::OpenSuspense],
}

pub(super) async fn apply(
    tx: &mut Tx,
    writer: &Writer<'_>,
    council: &Council,
    lines: &[&OpenLine],
    (open, undone): (&Open, &Undone),
    found: &mut Found,
) -> Result<Matched> {
    let side = BankSide { lines, suspense: &open.suspense };
    let bank = bank_lines(&side);
    let in_sums = InSums::of(tx, writer.books.id(), council, &open.expected).await?;
    let expected = expected_rows(council, &in_sums, &open.expected);
    // A fee is posted from its settlement, never inferred from a difference.
    let rules = Rules::careful();
    let outcome = nobodys_slip(tx, writer, council, (&expected, &bank, &rules)).await?;
    let mut matched = Matched { lines: HashSet::new(), doubts: HashMap::new() };
    for one in &outcome.matches {
        if was_undone(one, &side, open, undone) {
            let lines = one.bank.iter().filter_map(|at| side.get(*at));
            let lines = lines.filter_map(|item| match item {
                Item::Line(line) => Some((line.id, DOUBT.to_owned())),
                Item::Suspense(_) => None,
            });
            matched.doubts.extend(lines);
            continue;
        }
        // A difference is never taken for a fee: fees are posted from the settlement.
        if one.fee.is_zero() {
            let reason = rules.reason(one, &expected, &bank);
            post(writer, one, rules.name(one.rule), reason, &side, open, found, &mut matched)?;
        }
    }
    doubt(&rules, &outcome, &side, &mut matched);
    Ok(matched)
}

/// What comes of it when no reference that leads to an account is taken for a slip of the
/// pen: the engine knows only what is expected, so it is told of each that it took for one.
async fn nobodys_slip(
    tx: &mut Tx,
    writer: &Writer<'_>,
    council: &Council,
    (expected, bank, rules): (&[Expected<'_>], &[BankLine<'_>], &Rules),
) -> Result<Outcome> {
    let is_slip =
        |one: &&Match| rules.get(one.rule).is_some_and(|rule| matches!(rule.how, How::Typo { .. }));
    let mut known = BTreeSet::new();
    loop {
        let outcome = ims_reconcile::reconcile(&with(expected, &known), bank, rules);
        let slips = outcome.matches.iter().filter(is_slip).flat_map(|one| one.bank.iter());
        let lines = slips.filter_map(|at| bank.get(usize::try_from(*at).ok()?));
        let said =
            lines.flat_map(|line| [line.reference, line.narrative].map(|it| (it, line.date)));
        let before = known.len();
        known.extend(somebodys(tx, writer.books.id(), council, said).await?);
        if known.len() == before {
            return Ok(outcome);
        }
    }
}

/// What is expected, and the references that lead to an account though nothing is expected
/// by them: rows of no money, of a day that no line is near.
fn with<'a>(expected: &[Expected<'a>], known: &'a BTreeSet<String>) -> Vec<Expected<'a>> {
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

/// Whether somebody took back that one of its lines is one of what it expects.
fn was_undone(one: &Match, side: &BankSide<'_>, open: &Open, undone: &Undone) -> bool {
    let expected = |at: &u32| open.expected.get(usize::try_from(*at).ok()?).map(|item| item.id);
    one.bank.iter().filter_map(|at| side.get(*at)).any(|item| {
        one.expected.iter().filter_map(expected).any(|expected| match &item {
            Item::Line(line) => undone.line_with(line.id, expected),
            Item::Suspense(item) => undone.item_with(item, expected),
        })
    })
}

/// The expected side of the engine's input.
fn expected_rows<'a>(
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

fn bank_lines<'a>(side: &BankSide<'a>) -> Vec<BankLine<'a>> {
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

impl<'a> BankSide<'a> {
    fn get(&self, at: u32) -> Option<Item<'a>> {
        let at = usize::try_from(at).ok()?;
        match self.lines.get(at) {
            Some(line) => Some(Item::Line(line)),
            None => self.suspense.get(at.checked_sub(self.lines.len())?).map(Item::Suspense),
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "one call, in one place")]
fn post(
    writer: &Writer<'_>,
    one: &Match,
    rule: &str,
    reason: String,
    side: &BankSide<'_>,
    open: &Open,
    found: &mut Found,
    matched: &mut Matched,
) -> Result<()> {
    let items: Vec<Item<'_>> = one.bank.iter().filter_map(|at| side.get(*at)).collect();
    let expected: Vec<_> = one
        .expected
        .iter()
        .filter_map(|at| open.expected.get(usize::try_from(*at).ok()?))
        .collect();
    let id = MatchId::new(writer.books.world().id());
    let entry = entry_of(writer, id, &items, &expected)?;
    let entry_id = entry.as_ref().map(|entry| entry.id);
    let lines = items.iter().filter(|item| matches!(item, Item::Line(_))).count();
    let total =
        Pence::checked_sum(expected.iter().map(|item| item.amount)).ok_or(AppError::Overflow)?;
    found.count(rule, u64::try_from(lines).unwrap_or(u64::MAX), total)?;
    found.sets.push(MatchRow {
        id,
        rule: rule.to_owned(),
        reason: reason.clone(),
        amount: total,
        entry: entry_id,
        made_by: writer.books.actor().name().to_owned(),
        made_at: writer.now,
        undone_at: None,
    });
    pair_up(id, &items, &expected, found);
    for item in &items {
        match item {
            Item::Line(line) => {
                found.lines.push(line.id);
                matched.lines.insert(line.id);
            }
            Item::Suspense(item) => {
                found.used.push((item.id, item.remaining));
                found.allocations.push(AllocationRow {
                    id: writer.books.world().id(),
                    suspense: item.id,
                    amount: item.remaining,
                    entry: entry_id
                        .unwrap_or_else(|| ims_ledger::id::EntryId::new(uuid::Uuid::nil())),
                    receipt: None,
                    matched: Some(id),
                    note: reason.clone(),
                    by: writer.books.actor().name().to_owned(),
                    at: writer.now,
                });
            }
        }
    }
    found.closed.extend(expected.iter().map(|item| item.id));
    found.entries.extend(entry);
    Ok(())
}

/// The bank's side off unmatched (or suspense, where it had gone), the expected
/// side off its clearing accounts. `None` when all of it cancels out.
pub(super) fn entry_of(
    writer: &Writer<'_>,
    id: MatchId,
    items: &[Item<'_>],
    expected: &[&ims_store::OpenExpected],
) -> Result<Option<ims_store::EntryRow>> {
    let mut sums: BTreeMap<Account, Pence> = BTreeMap::new();
    let mut add = |account: Account, amount: Pence| -> Result<()> {
        let sum = sums.entry(account).or_default();
        *sum = sum.checked_add(amount).ok_or(AppError::Overflow)?;
        Ok(())
    };
    let mut happened_on = None;
    for item in items {
        let (account, amount, day) = match item {
            Item::Line(line) => (Account::Unmatched(bank_code(line)?), line.amount, line.booked_on),
            Item::Suspense(item) => (Account::Suspense, item.remaining, item.happened_on),
        };
        add(account, amount)?;
        happened_on = happened_on.max(Some(day));
    }
    for item in expected {
        let channel =
            ChannelCode::parse(&item.channel).map_err(|bad| AppError::BadInput(bad.to_string()))?;
        add(Account::Clearing(channel), item.amount.checked_neg().ok_or(AppError::Overflow)?)?;
    }
    let draft = sums
        .into_iter()
        .fold(Draft::new(), |draft, (account, amount)| draft.signed(account, Side::Debit, amount));
    if draft.is_empty() {
        return Ok(None);
    }
    // What had gone to suspense is matched on the day the schedule is known.
    let known = expected.iter().map(|item| item.happened_on).max();
    let day = happened_on.max(known).unwrap_or_else(|| writer.books.world().today());
    Ok(Some(writer.entry("match", day, format!("match {id}"), draft.balance()?)))
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

/// What the engine leaves to a person.
fn doubt(rules: &Rules, outcome: &Outcome, side: &BankSide<'_>, matched: &mut Matched) {
    for doubt in &outcome.ambiguous {
        let why = match doubt.why {
            Why::Differs { by } if by.is_positive() => {
                format!("it quotes what was expected, but is short by {by}")
            }
            Why::Differs { by } => {
                let over = by.checked_abs().unwrap_or_default();
                format!("it quotes what was expected, but is over by {over}")
            }
            _ => format!("{} ({})", doubt.why, rules.name(doubt.rule)),
        };
        for at in doubt.bank.iter() {
            if let Some(Item::Line(line)) = side.get(*at)
                && !matched.lines.contains(&line.id)
            {
                matched.doubts.entry(line.id).or_insert_with(|| why.clone());
            }
        }
    }
}

/// What a rule of the engine proposes for an open bank line, for a person to
/// look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proposed {
    /// The rule.
    pub(crate) rule: String,
    /// Why, in words.
    pub(crate) reason: String,
    /// How likely, in hundredths of a per cent.
    pub(crate) basis_points: u16,
    /// What was expected.
    pub(crate) expected: Vec<ims_ledger::id::ExpectedId>,
}

/// The first proposal for each line that has one, by the rules of a run: what
/// the next run would match by itself among them, as certain. The references `known` lead to
/// an account and are nobody's slip of the pen.
pub(crate) fn proposed(
    council: &Council,
    lines: &[OpenLine],
    (expected, in_sums): (&[OpenExpected], &InSums),
    known: &BTreeSet<String>,
) -> HashMap<LineId, Proposed> {
    let lines: Vec<&OpenLine> = lines.iter().collect();
    let side = BankSide { lines: &lines, suspense: &[] };
    let (bank, own) = (bank_lines(&side), expected_rows(council, in_sums, expected));
    let rows = with(&own, known);
    let rules = Rules::careful();
    let outcome = ims_reconcile::reconcile(&rows, &bank, &rules);
    let mut found = HashMap::new();
    let mut put = |of: &[u32], items: &[u32], one: Proposed| {
        let at = |at: &u32| expected.get(usize::try_from(*at).ok()?).map(|item| item.id);
        let one = Proposed { expected: items.iter().filter_map(at).collect(), ..one };
        for at in of {
            if let Some(Item::Line(line)) = side.get(*at) {
                found.entry(line.id).or_insert_with(|| one.clone());
            }
        }
    };
    for one in &outcome.matches {
        let (rule, reason) = (rules.name(one.rule).to_owned(), rules.reason(one, &rows, &bank));
        let certain = Proposed { rule, reason, basis_points: 10_000, expected: Vec::new() };
        put(&one.bank, &one.expected, certain);
    }
    for one in outcome.proposals.iter().filter(|one| one.rank == 1) {
        let (rule, reason) = (rules.name(one.rule), rules.proposal_reason(one, &rows, &bank));
        let (rule, basis_points) = (rule.to_owned(), one.basis_points);
        put(
            &one.bank,
            &one.expected,
            Proposed { rule, reason, basis_points, expected: Vec::new() },
        );
    }
    found
}
