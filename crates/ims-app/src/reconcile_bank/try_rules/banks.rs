//! The council's rules for lines that are no income, tried on what the bank showed before.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use ims_ledger::{Council, id::LineId};
use ims_money::Pence;
use ims_store::{BankDayLine, OpenLine, Tx};

use super::super::{
    bank_rules::{TRANSFER_DAYS_MAX, claims},
    undone::Undone,
};
use crate::{
    AppError, Books, Result,
    refund_steps::{BOUNCED_RULE, PAID_RULE},
};

/// What other rules for bank lines would have made of some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankRulesTried {
    /// How many lines each rule in force claims, and their signed sum.
    pub now: BTreeMap<String, (u64, Pence)>,
    /// The same of each rule that was tried.
    pub then: BTreeMap<String, (u64, Pence)>,
    /// Lines that the two send elsewhere: all of them.
    pub differing: u64,
    /// The first of those.
    pub differences: Vec<LineRuled>,
}

/// A bank line that other rules send elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRuled {
    /// The line.
    pub line: OpenLine,
    /// What explains it in the books: a rule's name, `by hand` and the like; none while it is
    /// open.
    pub stands: Option<String>,
    /// The rule in force that claims it, and the account it sends it to.
    pub now: Option<(String, String)>,
    /// The rule that was tried and claims it, and the account it would send it to.
    pub then: Option<(String, String)>,
}

impl BankRulesTried {
    /// Both on all lines of some days but refunds, which come before any rule. The other side
    /// of a transfer may lie some days before or after them.
    pub(super) async fn of(
        tx: &mut Tx,
        books: &Books,
        (now, then): (&Council, &Council),
        days: (NaiveDate, NaiveDate),
        limit: usize,
    ) -> Result<Self> {
        let shown = super::pool::lines_of(tx, books.id(), now, around(days)).await?;
        let undone = Undone::of(tx, books).await?;
        let is_refund = |one: &BankDayLine| {
            let rule = one.explained.as_ref().map(|(_, rule, _)| rule.as_str());
            rule == Some(PAID_RULE) || rule == Some(BOUNCED_RULE)
        };
        let (lines, stands): (Vec<OpenLine>, Vec<Option<String>>) = shown
            .into_iter()
            .filter(|one| !is_refund(one))
            .map(|one| (one.line, one.explained.map(|(_, rule, _)| rule)))
            .unzip();
        let mut all = Self::default();
        let lines = (lines.as_slice(), days);
        let now = claimed(now, lines, &undone, &mut all.now)?;
        let then = claimed(then, lines, &undone, &mut all.then)?;
        let is_asked = |(line, _): &(&OpenLine, _)| is_within(line, days);
        for (line, stands) in lines.0.iter().zip(stands).filter(is_asked) {
            let (now, then) = (now.get(&line.id), then.get(&line.id));
            if now == then {
                continue;
            }
            all.differing = all.differing.saturating_add(1);
            if all.differences.len() < limit {
                let (now, then) = (now.cloned(), then.cloned());
                all.differences.push(LineRuled { line: line.clone(), stands, now, then });
            }
        }
        Ok(all)
    }
}

/// Some days, and those on which the other side of a transfer of theirs may be shown.
fn around((from, to): (NaiveDate, NaiveDate)) -> (NaiveDate, NaiveDate) {
    let apart = Days::new(TRANSFER_DAYS_MAX.unsigned_abs());
    let before = from.checked_sub_days(apart).unwrap_or(from);
    (before, to.checked_add_days(apart).unwrap_or(to))
}

fn is_within(line: &OpenLine, (from, to): (NaiveDate, NaiveDate)) -> bool {
    (from..=to).contains(&line.booked_on)
}

/// The rule that explains each line as a run would, and where it sends it; counted as a run
/// counts, of the lines of some days.
fn claimed(
    council: &Council,
    (lines, days): (&[OpenLine], (NaiveDate, NaiveDate)),
    undone: &Undone,
    tally: &mut BTreeMap<String, (u64, Pence)>,
) -> Result<HashMap<LineId, (String, String)>> {
    let mut found = HashMap::new();
    for claim in claims(council, lines, undone)? {
        let to = |line: &OpenLine| {
            let to = if line.id == claim.line.id {
                claim.rule.to.to_string()
            } else {
                format!("unmatched:{}", claim.line.bank)
            };
            (line.id, (claim.rule.name.clone(), to))
        };
        let both = [Some(claim.line), claim.other].into_iter().flatten();
        let both: Vec<_> = both.filter(|line| is_within(line, days)).map(to).collect();
        if both.is_empty() {
            continue;
        }
        let sum = tally.entry(claim.rule.name.clone()).or_default();
        sum.0 = sum.0.saturating_add(u64::try_from(both.len()).unwrap_or(u64::MAX));
        sum.1 = sum.1.checked_add(claim.amount()).ok_or(AppError::Overflow)?;
        found.extend(both);
    }
    Ok(found)
}
