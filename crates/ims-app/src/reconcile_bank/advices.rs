//! Bank debits that a rule made wait for their advice, and the returned
//! payments that are it: whichever came first, each closes the other.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use ims_ledger::{
    Council, Funds,
    id::{ExpectedId, MatchId},
};
use ims_money::Pence;
use ims_store::{MatchRow, OpenExpected, PairRow, Tx};

use super::{AppError, Found, Result, Waiting, bank_rules::BANK_RULE, undone::Undone};
use crate::{import_file::funds_of, posting::Writer};

/// The name this explanation goes by.
pub(super) const RULE: &str = "advice of a bank debit";

/// Days an advice and its debit may lie apart when neither quotes the other.
const DAYS_MAX: i64 = 10;

/// One side: what is waited for, or what an advice says goes back.
struct Side<'a> {
    id: ExpectedId,
    channel: &'a str,
    day: NaiveDate,
    amount: Pence,
    reference: &'a str,
    source: &'a str,
}

pub(super) async fn apply(
    tx: &mut Tx,
    writer: &Writer<'_>,
    council: &Council,
    (waiting, undone): (&mut Waiting, &Undone),
    found: &mut Found,
) -> Result<()> {
    let made_by: HashMap<ExpectedId, String> = waiting.advices(tx).await?.into_iter().collect();
    let pairs = pairs(&funds_of(council)?, &made_by, (waiting, undone), found);
    for (waits, advice, amount, why) in pairs {
        let set = MatchRow {
            id: MatchId::new(writer.books.world().id()),
            rule: RULE.to_owned(),
            reason: format!("the bank debit of {amount} is what the advice says: {why}"),
            amount: Pence::ZERO,
            entry: None,
            made_by: writer.books.actor().name().to_owned(),
            made_at: writer.now,
            config_version: None,
            undone_at: None,
        };
        let less = amount.checked_neg().ok_or(AppError::Overflow)?;
        for (id, amount) in [(waits, amount), (advice, less)] {
            found.closed.push(id);
            found.pairs.push(PairRow {
                matched: set.id,
                line: None,
                suspense: None,
                expected: Some(id),
                receipt: None,
                amount,
            });
        }
        found.sets.push(set);
    }
    Ok(())
}

type Pair = (ExpectedId, ExpectedId, Pence, &'static str);

fn pairs(
    funds: &Funds<'_>,
    made_by: &HashMap<ExpectedId, String>,
    (waiting, undone): (&Waiting, &Undone),
    found: &Found,
) -> Vec<Pair> {
    let closed: HashSet<ExpectedId> = found.closed.iter().copied().collect();
    let (mut waits, mut advices) = (Vec::new(), Vec::new());
    let is_side = |e: &&OpenExpected| made_by.contains_key(&e.id) && !closed.contains(&e.id);
    let mut open: Vec<&OpenExpected> = waiting.rows().iter().filter(is_side).collect();
    open.sort_unstable_by_key(|e| e.id);
    for e in open {
        let side = Side {
            id: e.id,
            channel: &e.channel,
            day: e.happened_on,
            amount: e.amount,
            reference: &e.reference,
            source: &e.source_ref,
        };
        match made_by.get(&e.id).map(String::as_str) {
            Some(BANK_RULE) if e.amount.is_positive() => waits.push(side),
            Some(BANK_RULE) | None => {}
            Some(_) if e.amount.is_negative() => advices.push(side),
            Some(_) => {}
        }
    }
    // All that a run makes wait, a bank rule does.
    waits.extend(found.expected.iter().filter(|e| e.amount.is_positive()).map(|e| Side {
        id: e.id,
        channel: &e.channel,
        day: e.happened_on,
        amount: e.amount,
        reference: &e.reference,
        source: &e.source_ref,
    }));
    let opposite = |wait: &Side<'_>, advice: &Side<'_>| {
        opposite(wait, advice) && !undone.both(wait.id, advice.id)
    };
    let mut pairs = Vec::new();
    let mut used = HashSet::new();
    let is_near = |wait: &Side<'_>, advice: &Side<'_>| {
        is_near(wait, advice) && !quotes_another(funds, wait, advice)
    };
    type Fits<'a> = &'a dyn Fn(&Side<'_>, &Side<'_>) -> bool;
    let rules: [(Fits<'_>, &'static str); 2] =
        [(&quotes, "it quotes its reference"), (&is_near, "the only one of that amount")];
    for (fits, why) in rules {
        for wait in &waits {
            let of_advice =
                |a: &&Side<'_>| !used.contains(&a.id) && opposite(wait, a) && fits(wait, a);
            let mut fitting = advices.iter().filter(of_advice);
            let (Some(advice), None) = (fitting.next(), fitting.next()) else { continue };
            let of_wait =
                |w: &&Side<'_>| !used.contains(&w.id) && opposite(w, advice) && fits(w, advice);
            if used.contains(&wait.id) || waits.iter().filter(of_wait).count() != 1 {
                continue;
            }
            pairs.push((wait.id, advice.id, wait.amount, why));
            used.extend([wait.id, advice.id]);
        }
    }
    pairs
}

fn opposite(wait: &Side<'_>, advice: &Side<'_>) -> bool {
    wait.channel == advice.channel && wait.amount.checked_neg() == Some(advice.amount)
}

fn quotes(wait: &Side<'_>, advice: &Side<'_>) -> bool {
    let said = |text: &str| text.len() >= 5 && wait.source.contains(text);
    said(advice.reference) || said(advice.source)
}

/// Whether the bank's words name an account, and it is none of the advice's.
fn quotes_another(funds: &Funds<'_>, wait: &Side<'_>, advice: &Side<'_>) -> bool {
    let named = funds.found_in(wait.source);
    !named.is_empty() && !named.iter().any(|place| place.reference.as_str() == advice.reference)
}

fn is_near(wait: &Side<'_>, advice: &Side<'_>) -> bool {
    wait.day.signed_duration_since(advice.day).num_days().abs() <= DAYS_MAX
}
