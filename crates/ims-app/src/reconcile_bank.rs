//! Reconciling: what the bank shows, explained by what was expected, by the
//! council's rules, or by the reference the payer quoted. What nothing explains
//! stays open, with what stands in the way.

use std::collections::BTreeMap;

use ims_ledger::Account;
use ims_ledger::{
    Council, Draft, Side,
    id::{BankCode, CouncilId, ExpectedId, LineId, MatchId, SuspenseId},
};
use ims_money::Pence;
use ims_reconcile::{BankLine, Expected, Rules, Why};
use ims_store::{
    AllocationRow, EntryRow, ExpectedRow, MatchRow, OpenExpected, OpenLine, OpenSuspense, PairRow,
    ReceiptRow, RefundStepRow, Tx,
};

use crate::{
    AppError, Books, Permission, Result, books::patiently, open_books::TAKEN_OVER, posting::Writer,
};

mod advices;
mod awaited;
mod bank_rules;
mod by_hand;
mod identify;
mod in_sums;
mod index_expected;
mod late_payments;
mod legs;
mod matching;
mod proposals;
mod proposing;
mod refunds;
mod rules_in_force;
mod somebodys;
mod together;
mod try_rules;
mod undone;
mod waiting;

pub(crate) use awaited::Awaited;
pub(crate) use refunds::bare;

use waiting::Waiting;

pub use by_hand::{MATCHED_MAX, NewMatch};
pub(crate) use in_sums::InSums;
pub(crate) use legs::{net, unmatched};
pub use proposals::ProposedMatch;
pub use rules_in_force::RulesInForce;
pub(crate) use rules_in_force::{faults, rules_of};
pub(crate) use somebodys::{said_apart, somebodys};
pub(crate) use together::{Proof, TOGETHER};
pub use try_rules::{
    BankRulesTried, ConfigurationTried, LineRuled, LineTried, NextMatch, NextRun, RulesTried,
    TriedMatch,
};
pub(crate) use undone::Undone;

/// What a run of reconciliation came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Lines looked at.
    pub lines: u64,
    /// Lines explained in this run.
    pub explained: u64,
    /// How many by each rule, and their signed sum.
    pub by_rule: BTreeMap<String, (u64, Pence)>,
    /// Lines still open, with what stands in the way.
    pub left: Vec<LeftLine>,
    /// The version of the configuration whose rules it went by.
    pub version: i64,
}

/// A line nothing explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftLine {
    /// The line.
    pub line: OpenLine,
    /// What stands in the way, in words.
    pub why: String,
    /// What was expected and may be it: the first few.
    pub candidates: Vec<ExpectedId>,
}

/// The most candidates that a line that is left names.
const CANDIDATES_MAX: usize = 5;

/// Why a line is left to a person, and what it may be.
#[derive(Clone, Debug, Default)]
struct Doubt {
    why: String,
    candidates: Vec<ExpectedId>,
}

impl Doubt {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), candidates: Vec::new() }
    }

    fn about(self, candidates: impl IntoIterator<Item = ExpectedId>) -> Self {
        Self { candidates: candidates.into_iter().take(CANDIDATES_MAX).collect(), ..self }
    }
}

impl From<String> for Doubt {
    fn from(why: String) -> Self {
        Self::new(why)
    }
}

/// Rows of one run, ready to be added.
#[derive(Default)]
struct Found {
    sets: Vec<MatchRow>,
    pairs: Vec<PairRow>,
    entries: Vec<EntryRow>,
    receipts: Vec<ReceiptRow>,
    expected: Vec<ExpectedRow>,
    allocations: Vec<AllocationRow>,
    lines: Vec<LineId>,
    closed: Vec<ExpectedId>,
    used: Vec<(SuspenseId, Pence)>,
    refund_steps: Vec<RefundStepRow>,
    tally: BTreeMap<String, (u64, Pence)>,
}

impl Found {
    fn count(&mut self, rule: &str, lines: u64, amount: Pence) -> Result<()> {
        let sum = self.tally.entry(rule.to_owned()).or_default();
        sum.0 = sum.0.saturating_add(lines);
        sum.1 = sum.1.checked_add(amount).ok_or(AppError::Overflow)?;
        Ok(())
    }

    async fn add(self, tx: &mut Tx, books: &Books) -> Result<()> {
        let council = books.id();
        tx.post_many(council, &self.entries).await?;
        tx.add_receipts(council, &self.receipts).await?;
        tx.add_matches(council, &self.sets, &self.pairs).await?;
        tx.add_expected(council, &self.expected).await?;
        tx.add_allocations(council, &self.allocations).await?;
        let lines = tx.close_lines(council, &self.lines).await?;
        let closed = tx.close_expected(council, &self.closed).await?;
        let all = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        if lines != all(self.lines.len()) || closed != all(self.closed.len()) {
            // Somebody else explained one of them since we looked: look again.
            return Err(ims_store::StoreError::Busy.into());
        }
        for step in &self.refund_steps {
            if !tx.step_refund(council, step).await? {
                return Err(ims_store::StoreError::Busy.into());
            }
        }
        for (id, from) in self.used {
            if !tx.lower_suspense(council, id, from, Pence::ZERO).await? {
                return Err(ims_store::StoreError::Busy.into());
            }
        }
        Ok(())
    }
}

/// What is open when a run begins.
struct Open {
    lines: Vec<OpenLine>,
    suspense: Vec<OpenSuspense>,
    waiting: Waiting,
}

/// Rows of open money that a run reads whole: the newest. What is older it asks for by key.
const READ_WHOLE: u64 = 200_000;

/// Rows of open money for each open line that are read whole however many they are: to give them
/// keys and to ask by key takes longer.
const ROWS_A_LINE: u64 = 4;

/// The most rows of open money that are read whole, however many the open lines are: some
/// two gibibytes.
const READ_WHOLE_MAX: u64 = 5_000_000;

/// Suspense items a run looks at.
const SUSPENSE_MAX: i64 = 100_000;

/// Whether it is money the bank has shown: what a provider alone has shown waits in its own
/// clearing account already.
pub(crate) fn is_from_bank(item: &OpenSuspense) -> bool {
    item.line.is_some() || item.reason == TAKEN_OVER
}

/// Open suspense that is whole: a part that was allocated says somebody knows better.
async fn whole_suspense(tx: &mut Tx, council: CouncilId) -> Result<Vec<OpenSuspense>> {
    let mut suspense = tx.open_suspense(council, None, SUSPENSE_MAX).await?;
    suspense.retain(|item| item.remaining == item.amount);
    Ok(suspense)
}

/// The same, of what the bank has shown.
pub(crate) async fn bank_suspense(tx: &mut Tx, council: CouncilId) -> Result<Vec<OpenSuspense>> {
    let mut suspense = whole_suspense(tx, council).await?;
    suspense.retain(is_from_bank);
    Ok(suspense)
}

impl Books {
    /// Explains as many open bank lines as the rules can.
    ///
    /// # Errors
    ///
    /// What the store says; then nothing of the run lasts.
    pub async fn reconcile(&self) -> Result<Reconciled> {
        self.actor().needs(Permission::Reconcile)?;
        let lines = self.store().look().await?.open_line_totals(self.id()).await?;
        let lines = lines.iter().map(|(_, count, _)| u64::try_from(*count).unwrap_or_default());
        let many = lines.sum::<u64>().saturating_mul(ROWS_A_LINE);
        let whole = many.clamp(READ_WHOLE, READ_WHOLE_MAX);
        self.index_expected(whole).await?;
        let done = patiently(|| self.reconcile_once()).await;
        if whole > READ_WHOLE {
            // What the many lines left, or a run that failed, is not read whole by every page until
            // the next run, which gives keys too if this does not come through.
            let _keyed = self.index_expected(READ_WHOLE).await;
        }
        done
    }

    async fn reconcile_once(&self) -> Result<Reconciled> {
        let mut tx = self.store().begin().await?;
        let done = self.reconcile_in(&mut tx).await?;
        if done.explained > 0 {
            let by_rule: BTreeMap<_, _> =
                done.by_rule.iter().map(|(rule, (count, _))| (rule, count)).collect();
            let data = serde_json::json!({
                "explained": done.explained, "left": done.left.len(), "by_rule": by_rule,
                "version": done.version,
            });
            self.note(&mut tx, "reconcile", &self.council().code, data).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    pub(crate) async fn reconcile_in(&self, tx: &mut Tx) -> Result<Reconciled> {
        let settings = self.settings_in(tx).await?;
        let (found, done) = self.found_in(tx, &settings.council, settings.version).await?;
        found.add(tx, self).await?;
        Ok(done)
    }

    /// What a run under a configuration would add, and what it says. Nothing is written.
    async fn found_in(
        &self,
        tx: &mut Tx,
        council: &Council,
        version: i64,
    ) -> Result<(Found, Reconciled)> {
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let (suspense, unknown) =
            whole_suspense(tx, self.id()).await?.into_iter().partition(is_from_bank);
        let mut open = Open {
            lines: tx.open_lines(self.id()).await?,
            suspense,
            waiting: Waiting::of(tx, self.id()).await?,
        };
        let mut found = Found::default();
        let undone = Undone::of(tx, self).await?;
        late_payments::apply(tx, &writer, &unknown, &undone, &mut open, &mut found).await?;
        let refunds = refunds::apply(tx, &writer, &open.lines, &undone, &mut found).await?;
        let looked_at = open.lines.len();
        open.lines.retain(|line| !refunds.contains(&line.id));
        let taken = bank_rules::apply(&writer, council, &open.lines, &undone, &mut found)?;
        let rest: Vec<&OpenLine> =
            open.lines.iter().filter(|line| !taken.contains(&line.id)).collect();
        let sides = (rest.as_slice(), open.suspense.as_slice(), &mut open.waiting);
        let matched = matching::apply(tx, &writer, council, sides, &undone, &mut found).await?;
        let rest: Vec<&OpenLine> =
            rest.into_iter().filter(|line| !matched.lines.contains(&line.id)).collect();
        let doubts = (&matched.doubts, &undone);
        let waiting = &mut open.waiting;
        let left =
            identify::apply(tx, &writer, council, (rest, waiting), doubts, &mut found).await?;
        advices::apply(tx, &writer, council, (waiting, &undone), &mut found).await?;
        let lines = u64::try_from(looked_at).unwrap_or(u64::MAX);
        let explained = u64::try_from(found.lines.len()).unwrap_or(u64::MAX);
        let by_rule = found.tally.clone();
        for set in &mut found.sets {
            set.config_version = Some(version);
        }
        Ok((found, Reconciled { lines, explained, by_rule, left, version }))
    }
}

/// A stable key of an id, to decide between twins.
pub(crate) fn key(id: uuid::Uuid) -> u64 {
    let (high, low) = id.as_u64_pair();
    // The time part alone may repeat; mixed with the random part it does not.
    high.rotate_left(16) ^ low
}

/// One explanation of one line by something that is not in the books yet.
pub(crate) fn one_line(
    writer: &Writer<'_>,
    line: &OpenLine,
    rule: &str,
    reason: String,
    entry: Option<&EntryRow>,
) -> (MatchRow, PairRow) {
    let id = MatchId::new(writer.books.world().id());
    let set = MatchRow {
        id,
        rule: rule.to_owned(),
        reason,
        amount: line.amount,
        entry: entry.map(|entry| entry.id),
        made_by: writer.books.actor().name().to_owned(),
        made_at: writer.now,
        config_version: None,
        undone_at: None,
    };
    let pair = PairRow {
        matched: id,
        line: Some(line.id),
        suspense: None,
        expected: None,
        receipt: None,
        amount: line.amount,
    };
    (set, pair)
}

fn bank_code(line: &OpenLine) -> Result<BankCode> {
    BankCode::parse(&line.bank).map_err(|bad| AppError::BadInput(bad.to_string()))
}
