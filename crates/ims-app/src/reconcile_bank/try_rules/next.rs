//! What the next run would explain of what is open, under the configuration in force or another
//! one: the run itself, of which nothing is written.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use ims_ledger::{
    Council,
    id::{LineId, MatchId},
};
use ims_money::Pence;
use ims_store::{MatchRow, OpenLine, Tx};

use super::{
    super::{Found, rules_of},
    BankRulesTried, RulesTried, few_days,
};
use crate::{Books, Permission, Result};

/// What the next run would come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextRun {
    /// How many lines are open.
    pub lines: u64,
    /// How many of them it would explain.
    pub explained: u64,
    /// How many by each rule, and their signed sum.
    pub by_rule: BTreeMap<String, (u64, Pence)>,
    /// The first of those lines.
    pub first: Vec<NextMatch>,
}

/// A line that the next run would explain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextMatch {
    /// The line.
    pub line: OpenLine,
    /// The rule.
    pub rule: String,
    /// Why, in words.
    pub reason: String,
}

/// What a configuration would change of reconciling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationTried {
    /// What its rules would have matched otherwise among the bank lines of some days.
    pub rules: RulesTried,
    /// Where its rules for bank lines would have sent lines of those days.
    pub bank_rules: BankRulesTried,
    /// How many open lines the next run explains as it is.
    pub explained_now: u64,
    /// How many open lines it would explain otherwise: by another rule, as something else, or only
    /// the one way or the other.
    pub otherwise: u64,
    /// What the next run would explain under it.
    pub next: NextRun,
}

impl Books {
    /// What the next run would explain of what is open, by the configuration in force; at most
    /// `limit` lines are named. Nothing is written.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn try_next_run(&self, limit: usize) -> Result<NextRun> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let council = self.settings_in(&mut tx).await?.council;
        Ok(self.next_run(&mut tx, &council, limit).await?.0)
    }

    /// What another configuration of this council would make of the bank lines of some days, both
    /// included, and of what is open; at most `limit` lines are named of each. Nothing is
    /// written.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`](crate::AppError::BadInput) for a configuration that has faults or is
    /// another council's, and for days that are too many, or none.
    pub async fn try_configuration(
        &self,
        document: &str,
        days: (NaiveDate, NaiveDate),
        limit: usize,
    ) -> Result<ConfigurationTried> {
        self.actor().needs(Permission::SeeBank)?;
        let tried = self.read_own(document)?;
        few_days(days)?;
        let mut tx = self.store().snapshot().await?;
        let now = self.settings_in(&mut tx).await?.council;
        let both = (now.as_ref(), &tried);
        let rules = self.tried_in(&mut tx, rules_of(&tried)?, days, limit).await?;
        let bank_rules = BankRulesTried::of(&mut tx, self, both, days, limit).await?;
        let (as_it_is, said_now) = self.next_run(&mut tx, &now, 0).await?;
        let (next, said_then) = self.next_run(&mut tx, &tried, limit).await?;
        let lines: HashSet<LineId> = said_now.keys().chain(said_then.keys()).copied().collect();
        let otherwise = lines.iter().filter(|id| said_now.get(id) != said_then.get(id)).count();
        Ok(ConfigurationTried {
            rules,
            bank_rules,
            explained_now: as_it_is.explained,
            otherwise: u64::try_from(otherwise).unwrap_or(u64::MAX),
            next,
        })
    }

    /// The next run, and rule and reason of each line that it would explain.
    async fn next_run(
        &self,
        tx: &mut Tx,
        council: &Council,
        limit: usize,
    ) -> Result<(NextRun, HashMap<LineId, (String, String)>)> {
        let (found, done) = self.found_in(tx, council, 0).await?;
        let mut next = NextRun {
            lines: done.lines,
            explained: done.explained,
            by_rule: done.by_rule,
            first: Vec::new(),
        };
        let sets = sets_of(&found);
        let said =
            |(line, set): (&LineId, &&MatchRow)| (*line, (set.rule.clone(), set.reason.clone()));
        let all = sets.iter().map(said).collect();
        if limit == 0 {
            return Ok((next, all));
        }
        let lines = tx.open_lines(self.id()).await?;
        let explained = lines.into_iter().filter_map(|line| {
            let set = sets.get(&line.id)?;
            Some(NextMatch { line, rule: set.rule.clone(), reason: set.reason.clone() })
        });
        next.first = explained.take(limit).collect();
        Ok((next, all))
    }
}

/// What would explain each line.
fn sets_of(found: &Found) -> HashMap<LineId, &MatchRow> {
    let sets: HashMap<MatchId, &MatchRow> = found.sets.iter().map(|set| (set.id, set)).collect();
    let pairs = found.pairs.iter();
    pairs.filter_map(|pair| Some((pair.line?, *sets.get(&pair.matched)?))).collect()
}
