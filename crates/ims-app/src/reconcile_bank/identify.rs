//! Bank credits identified by the reference the payer quoted.

use std::collections::HashMap;

use ims_ledger::{
    Council, Funds, Method, MethodKind, Place, flow,
    id::{CouncilId, LineId},
};
use ims_money::Pence;
use ims_store::{OpenLine, Tx};

use super::{
    Account, Doubt, Found, LeftLine, Result,
    awaited::Awaited,
    bank_code, one_line,
    undone::{DOUBT, Undone},
    waiting::Waiting,
};
use crate::{
    import_file::{exists, funds_of, known_holders},
    posting::{Income, Writer, about_receipt, gains, some, vat_held},
    redirects::{about_old, lead, redirects_of},
};

/// The name this explanation goes by.
pub(super) const RULE: &str = "reference quoted";

/// Makes receipts of the credits that name one account, unless that account's own money is
/// waited for: then it may be that. Gives the lines left.
pub(super) async fn apply(
    tx: &mut Tx,
    writer: &Writer<'_>,
    council: &Council,
    (lines, waiting): (Vec<&OpenLine>, &mut Waiting),
    (doubts, undone): (&HashMap<LineId, Doubt>, &Undone),
    found: &mut Found,
) -> Result<Vec<LeftLine>> {
    let is_credit = |method: &&Method| method.kind == MethodKind::BankCredit && !method.disabled;
    let method = council.method.iter().find(is_credit);
    let funds = funds_of(council)?;
    let named: Vec<Vec<Place>> = lines.iter().map(|line| named(&funds, line)).collect();
    // What was told of before an account had another reference waits under the old one.
    let as_quoted: Vec<Place> = named.iter().flatten().cloned().collect();
    let Led { named, olds, wrong } = followed(tx, writer.books.id(), &funds, &lines, named).await?;
    let all: Vec<&Place> = named.iter().flatten().collect();
    let id = writer.books.id();
    let known = known_holders(tx, id, &all).await?;
    let sought: Vec<&Place> = as_quoted.iter().chain(all).collect();
    let awaited = Awaited::of(tx, (id, council), waiting, &sought, &found.closed).await?;
    let mut left = Vec::new();
    for (line, places) in lines.into_iter().zip(named) {
        let doubt = doubts.get(&line.id).or_else(|| wrong.get(&line.id));
        let doubt = match (doubt, method) {
            (Some(doubt), _) => doubt.clone(),
            (None, _) if undone.explained(line.id) => Doubt::new(DOUBT),
            (None, None) => Doubt::new("no method of payment of kind bank-credit is configured"),
            (None, Some(method)) => {
                let standing: Vec<_> =
                    places.iter().filter(|place| exists(&known, place)).collect();
                let income = account_for(&funds, line, &places, &standing);
                let income = income.and_then(|income| with_vat(council, line, income));
                let income = income.and_then(|income| not_undone(undone, line, income));
                let income = income.map_err(Doubt::from);
                match income.and_then(|it| not_awaited(&awaited, &olds, line, it)) {
                    Ok((income, old)) => {
                        receive(writer, method, line, (income, old), found)?;
                        continue;
                    }
                    Err(doubt) => doubt,
                }
            }
        };
        let Doubt { why, candidates } = doubt;
        left.push(LeftLine { line: line.clone(), why, candidates });
    }
    Ok(left)
}

/// What bank lines name once old references are followed.
struct Led {
    named: Vec<Vec<Place>>,
    /// What a line's account was named by, where that was an old reference.
    olds: HashMap<(LineId, String, String), String>,
    /// Lines that name a reference which leads nowhere.
    wrong: HashMap<LineId, Doubt>,
}

async fn followed(
    tx: &mut Tx,
    council: CouncilId,
    funds: &Funds<'_>,
    lines: &[&OpenLine],
    named: Vec<Vec<Place>>,
) -> Result<Led> {
    let references: Vec<_> =
        named.iter().flatten().map(|place| place.reference.to_string()).collect();
    let redirects = redirects_of(tx, council, references.into_iter()).await?;
    let mut all = Led { named, olds: HashMap::new(), wrong: HashMap::new() };
    if redirects.is_empty() {
        return Ok(all);
    }
    for (line, places) in lines.iter().zip(&mut all.named) {
        for place in places.iter_mut() {
            match lead(&redirects, funds, place, line.booked_on) {
                Ok(None) => (),
                Ok(Some(to)) => {
                    let old = format!("{}/{}", place.fund, place.reference);
                    *place = to;
                    all.olds.insert(
                        (line.id, place.fund.to_string(), place.reference.to_string()),
                        old,
                    );
                }
                Err(why) => {
                    all.wrong.insert(line.id, Doubt::new(why));
                }
            }
        }
        each_once(places);
    }
    Ok(all)
}

fn named(funds: &Funds<'_>, line: &OpenLine) -> Vec<Place> {
    if !line.amount.is_positive() {
        return Vec::new();
    }
    let mut named = funds.booked_by(&line.reference);
    named.extend(funds.booked_by(&line.narrative));
    each_once(&mut named);
    named
}

fn each_once(places: &mut Vec<Place>) {
    places.sort();
    places.dedup_by(|a, b| (&a.fund, &a.reference) == (&b.fund, &b.reference));
}

/// The one account a line names, or why there is none.
fn account_for<'a>(
    funds: &Funds<'a>,
    line: &OpenLine,
    places: &[Place],
    standing: &[&Place],
) -> Result<Income<'a>, String> {
    if !line.amount.is_positive() {
        return Err("nothing of this amount was to be paid out or taken back".to_owned());
    }
    let place = match (standing, places) {
        ([one], _) => one,
        ([], []) => return Err(nothing_quoted(funds, line)),
        ([], [only]) => {
            return Err(format!(
                "it quotes {} {}, which no account holder has",
                only.fund, only.reference
            ));
        }
        ([], _) => return Err("it quotes references that no account holder has".to_owned()),
        (several, _) => {
            let each: Vec<_> =
                several.iter().map(|p| format!("{} {}", p.fund, p.reference)).collect();
            return Err(format!("it quotes more than one account: {}", each.join(", ")));
        }
    };
    let Some(fund) = funds.get(place.fund.as_str()) else {
        return Err(format!("fund {} takes nothing any more", place.fund));
    };
    if let Some(max) = fund.max_pence.filter(|max| line.amount > *max) {
        return Err(format!(
            "{} is more than fund {} takes at once ({max})",
            line.amount, fund.code
        ));
    }
    Ok(Income { fund, reference: place.reference.to_string(), amount: line.amount, vat: None })
}

fn nothing_quoted(funds: &Funds<'_>, line: &OpenLine) -> String {
    let nearly = funds.nearly_in(&line.reference).or_else(|| funds.nearly_in(&line.narrative));
    match nearly {
        Some((word, fund)) => {
            format!("it quotes `{word}`, which fails the check digit of fund {fund}")
        }
        None => "it quotes no reference and nothing expected fits it".to_owned(),
    }
}

/// With the VAT held in it, or why that cannot be said.
fn with_vat<'a>(
    council: &'a Council,
    line: &OpenLine,
    income: Income<'a>,
) -> Result<Income<'a>, String> {
    let held = vat_held(council, income.fund, None, income.amount, line.booked_on, None);
    let vat = held.map_err(|bad| bad.to_string())?;
    Ok(Income { vat, ..income })
}

/// Unless somebody took back that the line is for that account.
fn not_undone<'a>(
    undone: &Undone,
    line: &OpenLine,
    income: Income<'a>,
) -> Result<Income<'a>, String> {
    if undone.account(line.id, income.fund.code.as_str(), &income.reference) {
        return Err(DOUBT.to_owned());
    }
    Ok(income)
}

/// Unless money of that account was told of, under an old reference perhaps, and may be
/// it; with the old reference that the line quotes.
fn not_awaited<'a, 'o>(
    awaited: &Awaited,
    olds: &'o HashMap<(LineId, String, String), String>,
    line: &OpenLine,
    income: Income<'a>,
) -> Result<(Income<'a>, Option<&'o str>), Doubt> {
    let place = (line.id, income.fund.code.to_string(), income.reference.clone());
    let old = olds.get(&place).map(String::as_str);
    // It is written with its fund before it.
    let bare = old.map(|old| old.split_once('/').map_or(old, |(_, reference)| reference));
    let doubt =
        std::iter::once(income.reference.as_str()).chain(bare).find_map(|it| awaited.doubt(it));
    match doubt {
        Some((why, candidates)) => Err(Doubt::new(why).about(candidates)),
        None => Ok((income, old)),
    }
}

fn receive(
    writer: &Writer<'_>,
    method: &Method,
    line: &OpenLine,
    (income, old): (Income<'_>, Option<&str>),
    found: &mut Found,
) -> Result<()> {
    let day = line.booked_on;
    let bank = bank_code(line)?;
    let reason = format!(
        "the line quotes {} reference {}",
        income.fund.name.to_lowercase(),
        income.reference
    );
    let lines = [income];
    let mut receipt = writer.receipt(method.code.as_str(), day, &lines)?;
    receipt.source_ref = Some(line.bank_reference.clone()).filter(|text| !text.is_empty());
    let postings = some(flow::gained(Account::Unmatched(bank), &gains(&lines)))?;
    let about = about_old(old) + about_receipt(&receipt).as_str();
    let entry = writer.entry("receipt", day, about, postings);
    receipt.entry = entry.id;
    let (set, mut pair) = one_line(writer, line, RULE, reason, Some(&entry));
    pair.receipt = Some(receipt.id);
    found.count(RULE, 1, Pence::new(line.amount.get()))?;
    found.lines.push(line.id);
    found.sets.push(set);
    found.pairs.push(pair);
    found.entries.push(entry);
    found.receipts.push(receipt);
    Ok(())
}
