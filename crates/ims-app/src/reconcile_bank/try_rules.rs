//! Rules tried on what the bank showed before: what they would have matched otherwise. Nothing
//! is written.
//!
//! The rules in force and those tried are given the same money, all of it at once: lines of some
//! days that a rule of the engine, a person or nobody explained, and what was expected then. So
//! what differs is the rules' doing, not that of the day on which somebody ran them.

mod banks;
mod next;
mod pool;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use ims_ledger::id::{ExpectedId, LineId};
use ims_reconcile::Rules;
use ims_store::{OpenLine, Tx};

pub use self::{
    banks::{BankRulesTried, LineRuled},
    next::{ConfigurationTried, NextMatch, NextRun},
};

use self::pool::Pool;
use super::{
    matching::{Item, bank_lines, these, was_undone, with},
    rules_in_force::{of_run, own, rules_of},
    undone::Undone,
};
use crate::{AppError, Books, Permission, Result, long::long};

/// The most days that rules are tried on at once.
const DAYS_MAX: i64 = 92;

/// What other rules would have made of some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesTried {
    /// The first day whose bank lines were looked at.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
    /// The version of the configuration whose rules are in force.
    pub version: i64,
    /// How many lines of these days were looked at.
    pub lines: u64,
    /// Lines that each rule in force matches.
    pub now: BTreeMap<String, u64>,
    /// Lines that each rule that was tried matches.
    pub then: BTreeMap<String, u64>,
    /// Lines matched with the same by both, perhaps under another name.
    pub same: u64,
    /// Lines that the two match otherwise: all of them.
    pub differing: u64,
    /// The first of those.
    pub differences: Vec<LineTried>,
}

/// A line that other rules match otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTried {
    /// The line.
    pub line: OpenLine,
    /// What explains it in the books: a rule's name, `by hand` and the like; none while it is open.
    pub stands: Option<String>,
    /// Whether the rules tried match it with what explains it in the books; none where they
    /// match it with nothing, or nothing that was expected explains it.
    pub agrees: Option<bool>,
    /// What the rules in force match it with.
    pub now: Option<TriedMatch>,
    /// What the rules tried match it with.
    pub then: Option<TriedMatch>,
}

/// A match that was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriedMatch {
    /// The rule's name.
    pub rule: String,
    /// Why, in words.
    pub reason: String,
    /// What was expected, by id.
    pub expected: Vec<ExpectedId>,
    /// The bank lines it takes together, by id.
    pub lines: Vec<LineId>,
}

impl TriedMatch {
    fn is_same(&self, other: &Self) -> bool {
        (&self.expected, &self.lines) == (&other.expected, &other.lines)
    }
}

impl Books {
    /// What the rules that `text` says would have matched otherwise among the bank lines of some
    /// days, both included; at most `limit` lines are named. Nothing is written.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for rules that a configuration may not have, and for days that are
    /// too many, or none.
    pub async fn try_rules(
        &self,
        text: &str,
        (from, to): (NaiveDate, NaiveDate),
        limit: usize,
    ) -> Result<RulesTried> {
        self.actor().needs(Permission::SeeBank)?;
        let tried = own(text).map_err(AppError::BadInput)?;
        few_days((from, to))?;
        let mut tx = self.store().snapshot().await?;
        self.tried_in(&mut tx, tried, (from, to), limit).await
    }

    async fn tried_in(
        &self,
        tx: &mut Tx,
        tried: Rules,
        (from, to): (NaiveDate, NaiveDate),
        limit: usize,
    ) -> Result<RulesTried> {
        let settings = self.settings_in(tx).await?;
        let pool = Pool::of(tx, self, &settings.council, (from, to)).await?;
        let undone = Undone::of(tx, self).await?;
        let known = pool.known(tx, self.id(), &settings.council).await?;
        let made = |rules: Rules| matches(&pool, &known, &undone, &of_run(rules));
        let now = made(rules_of(&settings.council)?);
        let then = made(tried);
        let mut all = RulesTried {
            from,
            to,
            version: settings.version,
            lines: u64::try_from(pool.asked.len()).unwrap_or(u64::MAX),
            now: by_rule(&pool, &now),
            then: by_rule(&pool, &then),
            same: 0,
            differing: 0,
            differences: Vec::new(),
        };
        for line in pool.lines.iter().filter(|line| pool.asked.contains(&line.id)) {
            all.compare(&pool, line, (now.get(&line.id), then.get(&line.id)), limit);
        }
        Ok(all)
    }
}

fn few_days((from, to): (NaiveDate, NaiveDate)) -> Result<()> {
    let days = to.signed_duration_since(from).num_days();
    if !(0..DAYS_MAX).contains(&days) {
        let what = format!("{from} to {to} is no span of 1 to {DAYS_MAX} days");
        return Err(AppError::BadInput(what));
    }
    Ok(())
}

impl RulesTried {
    fn compare(
        &mut self,
        pool: &Pool,
        line: &OpenLine,
        (now, then): (Option<&TriedMatch>, Option<&TriedMatch>),
        limit: usize,
    ) {
        match (now, then) {
            (None, None) => return,
            (Some(now), Some(then)) if now.is_same(then) => {
                self.same = self.same.saturating_add(1);
                return;
            }
            _ => self.differing = self.differing.saturating_add(1),
        }
        if self.differences.len() >= limit {
            return;
        }
        let stands = pool.stands.get(&line.id);
        let agrees = then.zip(stands).and_then(|(then, stands)| {
            (!stands.expected.is_empty()).then(|| stands.expected == then.expected)
        });
        self.differences.push(LineTried {
            line: line.clone(),
            stands: stands.map(|stands| stands.rule.clone()),
            agrees,
            now: now.cloned(),
            then: then.cloned(),
        });
    }
}

/// What rules match each line with, as a run would.
fn matches(
    pool: &Pool,
    known: &BTreeSet<String>,
    undone: &Undone,
    rules: &Rules,
) -> HashMap<LineId, TriedMatch> {
    let refs: Vec<&OpenLine> = pool.lines.iter().collect();
    let side = pool.side(&refs);
    let bank = bank_lines(&side);
    let own = pool.expected_rows();
    let rows = with(&own, known);
    let outcome = long(|| ims_reconcile::reconcile(&rows, &bank, rules));
    let mut found = HashMap::new();
    for one in &outcome.matches {
        let is_undone = was_undone((&*one.bank, &*one.expected), &side, &pool.expected, undone);
        if is_undone || !one.fee.is_zero() {
            continue;
        }
        let items: Vec<Item<'_>> = one.bank.iter().filter_map(|at| side.get(*at)).collect();
        let mut expected: Vec<ExpectedId> =
            these(&pool.expected, &one.expected).map(|row| row.id).collect();
        expected.sort_unstable();
        let mut lines: Vec<LineId> = items.iter().filter_map(Item::shown_as).collect();
        lines.sort_unstable();
        let made = TriedMatch {
            rule: rules.name(one.rule).to_owned(),
            reason: rules.reason(one, &rows, &bank),
            expected,
            lines,
        };
        found.extend(made.lines.clone().into_iter().map(|line| (line, made.clone())));
    }
    found
}

fn by_rule(pool: &Pool, made: &HashMap<LineId, TriedMatch>) -> BTreeMap<String, u64> {
    let mut tally = BTreeMap::new();
    for (_, one) in made.iter().filter(|(line, _)| pool.asked.contains(line)) {
        let count: &mut u64 = tally.entry(one.rule.clone()).or_default();
        *count = count.saturating_add(1);
    }
    tally
}
