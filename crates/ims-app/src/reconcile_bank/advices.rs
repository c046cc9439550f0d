//! Bank debits that a rule made wait for their advice, and the returned
//! payments that are it: whichever came first, each closes the other.

use std::collections::HashSet;

use chrono::NaiveDate;
use ims_ledger::{
    Council, Funds,
    id::{ExpectedId, MatchId},
};
use ims_money::Pence;
use ims_store::{MatchRow, PairRow, Tx};

use super::{AppError, Found, Open, Result, bank_rules::BANK_RULE};
use crate::{import_file::funds_of, posting::Writer};

/// The name this explanation goes by.
const RULE: &str = "advice of a bank debit";

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
    is_batch: bool,
}

pub(super) async fn apply(
    tx: &mut Tx,
    writer: &Writer<'_>,
    council: &Council,
    open: &Open,
    found: &mut Found,
) -> Result<()> {
    // Other things wait without a reference too: money somebody entered, rows nobody is
    // named in. They are no debits of the bank.
    let bare = open.expected.iter().filter(|e| e.amount.is_positive() && e.reference.is_empty());
    let bare: Vec<ExpectedId> = bare.map(|e| e.id).collect();
    let mut debits = tx.expected_made_by(writer.books.id(), BANK_RULE, &bare).await?;
    debits.extend(found.expected.iter().map(|e| e.id));
    let pairs = pairs(&funds_of(council)?, open, found, &debits);
    for (waits, advice, amount, why) in pairs {
        let set = MatchRow {
            id: MatchId::new(writer.books.world().id()),
            rule: RULE.to_owned(),
            reason: format!("the bank debit of {amount} is what the advice says: {why}"),
            amount: Pence::ZERO,
            entry: None,
            made_by: writer.books.actor().name().to_owned(),
            made_at: writer.now,
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

fn pairs(funds: &Funds<'_>, open: &Open, found: &Found, debits: &HashSet<ExpectedId>) -> Vec<Pair> {
    let closed: HashSet<ExpectedId> = found.closed.iter().copied().collect();
    let open = open.expected.iter().map(|e| Side {
        id: e.id,
        channel: &e.channel,
        day: e.happened_on,
        amount: e.amount,
        reference: &e.reference,
        source: &e.source_ref,
        is_batch: !e.batch_ref.is_empty(),
    });
    let new = found.expected.iter().map(|e| Side {
        id: e.id,
        channel: &e.channel,
        day: e.happened_on,
        amount: e.amount,
        reference: &e.reference,
        source: &e.source_ref,
        is_batch: !e.batch_ref.is_empty(),
    });
    let sides: Vec<Side<'_>> =
        open.chain(new).filter(|side| !side.is_batch && !closed.contains(&side.id)).collect();
    // What a bank rule made wait has no reference of a payer's.
    let (waits, advices): (Vec<&Side<'_>>, Vec<&Side<'_>>) = sides
        .iter()
        .filter(|side| side.amount.is_positive() == side.reference.is_empty())
        .filter(|side| side.amount.is_negative() || debits.contains(&side.id))
        .partition(|side| side.amount.is_positive());
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
                |a: &&&Side<'_>| !used.contains(&a.id) && opposite(wait, a) && fits(wait, a);
            let mut fitting = advices.iter().filter(of_advice);
            let (Some(advice), None) = (fitting.next(), fitting.next()) else { continue };
            let of_wait =
                |w: &&&Side<'_>| !used.contains(&w.id) && opposite(w, advice) && fits(w, advice);
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
