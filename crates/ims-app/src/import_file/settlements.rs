//! Settlements: which payments a payout is made of, and what was withheld.

use std::collections::{HashMap, HashSet};

use ims_files::Settlement;
use ims_ledger::{
    Account, Channel, IncomingReceipt, SettlementKind, SettlementLine, flow, id::PartyCode,
};
use ims_money::Pence;
use ims_store::{GivenBackRow, SourcedMoney};

use super::{
    Part, Posted, bad,
    place::Placed,
    receipts::{Money, Rows, expected_total, take},
    schedules::channel_of,
};
use crate::{AppError, Result, posting::some};

/// Why a payment that only a provider knows is in suspense.
pub(crate) const PAID_UNKNOWN: &str =
    "paid at the provider, but no payment here has this reference and amount";

/// Why a refund that only a provider knows is in suspense.
pub(crate) const REFUNDED_UNKNOWN: &str =
    "refunded by the provider, but no refund here has this reference and amount";

/// Why what a dispute that nobody here knew took is in suspense.
pub(crate) const DISPUTE_UNKNOWN: &str = "a dispute at the provider";

/// Why what a provider moved of itself is in suspense: some take disputes back so.
pub(crate) const ADJUSTED_UNKNOWN: &str = "held back, moved or put right by the provider";

pub(super) async fn post(mut part: Part<'_>) -> Result<Posted> {
    let reading = part.reading;
    for settlement in &reading.contents.settlements {
        post_one(&mut part, settlement).await?;
    }
    Ok(Posted::Done)
}

async fn post_one(part: &mut Part<'_>, settlement: &Settlement) -> Result<()> {
    let head = &settlement.head;
    if let Some(currency) = head.currency.as_deref() {
        let what = format!("is paid out in {currency}; only pounds are posted");
        return Err(bad(&part.reading.file, None, &what));
    }
    let Some(payout) = head.payout.clone() else {
        return Err(bad(&part.reading.file, None, no_payout(part.reading.format.name())));
    };
    let channel = channel_of(part, &head.provider)?;
    let mut known = known_payments(part, channel, &settlement.lines).await?;
    let (mut in_payout, mut unknown_to_us) = (Vec::new(), Vec::new());
    let mut ready = Rows::default();
    let mut fees = Pence::ZERO;
    let settled_before = "settles a payment that another settlement settled before";
    let mut given_back = given_back(part, channel, &known).await?;
    let Some(own) = whose(&mut known, &mut given_back, &settlement.lines, &payout) else {
        return Err(bad(&part.reading.file, None, settled_before));
    };
    remark_on_closed(part, &payout, &settlement.lines, &own)?;
    for (line, own) in settlement.lines.iter().zip(own) {
        part.check_day(line.line, line.date)?;
        fees = fees.checked_add(line.fee).ok_or(AppError::Overflow)?;
        if own.is_empty() {
            if line.kind == SettlementKind::Payment {
                unknown_to_us.extend(line.reference.clone());
                unknown_to_us.push(line.provider_ref.clone());
            }
            unknown(part, channel, &payout, line, &mut ready)?;
        } else {
            part.tally.row(line.gross)?;
            in_payout.extend(own.into_iter().map(|money| (money.id, payout.clone())));
        }
    }
    part.writer.books.are_paid_out(part.tx, &unknown_to_us, &payout).await?;
    if !fees.is_zero() {
        let key = fees_key(part, channel, &payout).await?;
        withhold(part, channel, settlement, (&payout, key), fees, &mut ready)?;
    }
    let council = part.writer.books.id();
    let import =
        part.writer.import.unwrap_or_else(|| ims_ledger::id::ImportId::new(uuid::Uuid::nil()));
    part.tx.put_in_batches(council, &in_payout, import).await.map_err(|error| match error {
        ims_store::StoreError::Duplicate(_) => bad(&part.reading.file, None, settled_before),
        other => other.into(),
    })?;
    let file = part.reading.file.name;
    ready.add(part).await.map_err(|error| match error {
        // Its fees, which the settlement that was faster posts too.
        AppError::Store(ims_store::StoreError::Duplicate(_)) => {
            AppError::BadInput(format!("{file}: {}", withheld(&payout)))
        }
        other => other,
    })
}

/// The most lines that are named one by one.
const LINES_MAX: usize = 10;

/// Says which payments of a payout are waited for no more: it will come to less than at
/// the bank, unless what they were matched with is this payout's own bank line.
fn remark_on_closed(
    part: &mut Part<'_>,
    payout: &str,
    lines: &[SettlementLine],
    own: &[Vec<SourcedMoney>],
) -> Result<()> {
    let closed = |own: &[SourcedMoney]| {
        let closed = own.iter().filter(|money| !money.is_open).map(|money| money.amount);
        closed.collect::<Vec<_>>()
    };
    let before: Vec<_> =
        lines.iter().zip(own).map(|(line, own)| (line.line, closed(own))).collect();
    let named: Vec<_> =
        before.iter().filter(|(_, closed)| !closed.is_empty()).map(|(line, _)| *line).collect();
    if named.is_empty() {
        return Ok(());
    }
    let sum = Pence::checked_sum(before.into_iter().flat_map(|(_, closed)| closed));
    let sum = sum.ok_or(AppError::Overflow)?;
    let first: Vec<_> = named.iter().take(LINES_MAX).map(u64::to_string).collect();
    let more = named.len().saturating_sub(first.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    part.tally.remark(format!(
        "{sum} of payout {payout} (line {}{more}) was matched before: the payout waits only for the rest",
        first.join(", ")
    ));
    Ok(())
}

/// The key under which a payout's fees are posted: once while their import
/// stands.
async fn fees_key(part: &mut Part<'_>, channel: &Channel, payout: &str) -> Result<String> {
    let council = part.writer.books.id();
    let first = format!("fees of payout {payout} of {}", channel.code);
    let (mut key, mut again) = (first.clone(), 1_u32);
    while let Some((import, is_reversed)) = part.tx.import_of_key(council, &key).await? {
        if !is_reversed && import != part.writer.import {
            return Err(bad(&part.reading.file, None, &withheld(payout)));
        }
        again = again.saturating_add(1);
        key = format!("{first}, {again}");
    }
    Ok(key)
}

fn withheld(payout: &str) -> String {
    format!("has the fees of payout {payout}, which another settlement withheld before")
}

/// Why a settlement without a payout is not posted: nothing would say which
/// bank line brings it, and its fees would come again with the payout's own.
fn no_payout(format: &str) -> &'static str {
    match format {
        "govukpay-csv" | "govukpay-json" => {
            "names no payout: GOV.UK Pay lists payments and not what the bank will show; import the payout report of the provider behind it (Stripe, Worldpay); `ims file inspect` shows this one"
        }
        "adyen-accounting-csv" => {
            "names no payout: the accounting report covers a day, not a batch; import the settlement details report; `ims file inspect` shows this one"
        }
        _ => "names no payout, so that its bank line could not be known",
    }
}

/// What we have under each of the provider's references.
type ByPayment = HashMap<String, Vec<SourcedMoney>>;

/// What we gave back of payments, under each of the provider's references for these.
type ByGivenBack = HashMap<String, Vec<GivenBackRow>>;

/// Which of our payments and refunds each line is; none where another payout has
/// it. A line is one of them, or all that was taken under its reference together; some
/// providers name a refund or a dispute by the payment that it is of.
/// What a dispute moves comes after all of them and is never one of another
/// payout: money given back has the payment's own reference and amount. Nor is a refund
/// under a payment's reference: of one payment several may be as large.
fn whose(
    known: &mut ByPayment,
    given_back: &mut ByGivenBack,
    lines: &[SettlementLine],
    payout: &str,
) -> Option<Vec<Vec<SourcedMoney>>> {
    let is_payments = |items: &&Vec<SourcedMoney>| items.iter().any(|it| it.amount.is_positive());
    let payments: HashSet<String> = known
        .iter()
        .filter(|(_, items)| is_payments(items))
        .map(|(name, _)| name.clone())
        .collect();
    let mut found = vec![Vec::new(); lines.len()];
    for moves_back in [false, true] {
        for (line, found) in lines.iter().zip(&mut found) {
            let is_back = matches!(line.kind, SettlementKind::Dispute | SettlementKind::Adjustment);
            if is_back != moves_back {
                continue;
            }
            if let Some(own) = moved_back(given_back, line, payout) {
                *found = vec![own];
                continue;
            }
            let Some(items) = known.get_mut(&line.provider_ref) else { continue };
            if !is_back && items.iter().all(|item| item.amount != line.gross) {
                *found = together(items, line.gross, payout)?;
                continue;
            }
            match which(items, line.gross, payout) {
                Some(at) => *found = vec![items.remove(at)],
                None if is_back => {}
                None if line.kind == SettlementKind::Refund
                    && line.gross.is_negative()
                    && payments.contains(&line.provider_ref) => {}
                None => return None,
            }
        }
    }
    Some(found)
}

/// The refund or the dispute of ours that a line of a payment's own name is, if one
/// moved as much and no other payout has it.
fn moved_back(
    given_back: &mut ByGivenBack,
    line: &SettlementLine,
    payout: &str,
) -> Option<SourcedMoney> {
    let rows = given_back.get_mut(&line.provider_ref)?;
    let is_kind = |row: &GivenBackRow| match line.kind {
        SettlementKind::Refund => !row.is_dispute,
        SettlementKind::Dispute => row.is_dispute,
        SettlementKind::Adjustment => true,
        SettlementKind::Payment | SettlementKind::Fee => false,
    };
    let of = |payout: Option<&str>, is_open: bool| {
        let is_it = |row: &GivenBackRow| {
            let money = &row.money;
            is_kind(row)
                && money.amount == line.gross
                && money.payout.as_deref() == payout
                && (money.is_open || !is_open)
        };
        rows.iter().position(is_it)
    };
    let at = of(None, true).or_else(|| of(Some(payout), false)).or_else(|| of(None, false))?;
    Some(rows.remove(at).money)
}

/// Which of the rows under one name a line of so much is: one that is waited for, else one
/// of this payout that is told of again, else one that was matched by itself before. Where
/// another payout has one, the last may be the same money once more, and is none; and so may
/// one that is waited for, while another payout told of as much before it came.
fn which(items: &[SourcedMoney], gross: Pence, payout: &str) -> Option<usize> {
    let of = |is_it: &dyn Fn(&SourcedMoney) -> bool| {
        items.iter().rposition(|item| item.amount == gross && is_it(item))
    };
    let count = |is_it: &dyn Fn(&SourcedMoney) -> bool| {
        items.iter().filter(|item| item.amount == gross && is_it(item)).count()
    };
    let is_elsewhere = |item: &SourcedMoney| item.payout.as_deref().is_some_and(|it| it != payout);
    let waits = |item: &SourcedMoney| item.payout.is_none() && item.is_open;
    // A run takes a payment that came late for what a payout told of before.
    let told = count(&|item| item.is_told && is_elsewhere(item));
    let told = told.saturating_sub(count(&|item| item.payout.is_none() && !item.is_open));
    of(&waits)
        .filter(|_| count(&waits) > told)
        .or_else(|| of(&|item| item.payout.as_deref() == Some(payout)))
        .or_else(|| match of(&|item| item.payout.is_some()) {
            Some(_) => None,
            None => of(&|item| item.payout.is_none()),
        })
}

/// A payment with its surcharge, which the provider settles as one: all that waits under one
/// reference, if that is as much; else all that was taken under it. None where another payout
/// has it.
fn together(
    items: &mut Vec<SourcedMoney>,
    gross: Pence,
    payout: &str,
) -> Option<Vec<SourcedMoney>> {
    let taken = |item: &SourcedMoney| item.amount.is_positive();
    let waits = |item: &SourcedMoney| taken(item) && item.is_open && item.payout.is_none();
    let is_sum_of = |which: &dyn Fn(&SourcedMoney) -> bool| {
        let amounts = items.iter().filter(|item| which(item)).map(|item| item.amount);
        gross.is_positive() && Pence::checked_sum(amounts) == Some(gross)
    };
    if is_sum_of(&waits) {
        return Some(items.extract_if(.., |item| waits(item)).collect());
    }
    if !is_sum_of(&taken) {
        return Some(Vec::new());
    }
    let is_elsewhere = |item: &SourcedMoney| item.payout.as_deref().is_some_and(|it| it != payout);
    if items.iter().any(|item| taken(item) && is_elsewhere(item)) {
        return None;
    }
    Some(items.extract_if(.., |item| taken(item)).collect())
}

async fn known_payments(
    part: &mut Part<'_>,
    channel: &Channel,
    lines: &[SettlementLine],
) -> Result<ByPayment> {
    let mut sources: Vec<_> = lines.iter().map(|line| line.provider_ref.clone()).collect();
    sources.sort_unstable();
    sources.dedup();
    let council = part.writer.books.id();
    let found = part.tx.expected_by_source(council, channel.code.as_str(), &sources).await?;
    let mut known = ByPayment::new();
    for item in found {
        known.entry(item.source_ref.clone()).or_default().push(item);
    }
    Ok(known)
}

async fn given_back(
    part: &mut Part<'_>,
    channel: &Channel,
    known: &ByPayment,
) -> Result<ByGivenBack> {
    let payments: Vec<_> = known.keys().cloned().collect();
    let council = part.writer.books.id();
    let found = part.tx.given_back_by_source(council, channel.code.as_str(), &payments).await?;
    let mut given_back = ByGivenBack::new();
    for row in found {
        given_back.entry(row.money.source_ref.clone()).or_default().push(row);
    }
    Ok(given_back)
}

/// Money the provider has, or took back, that nobody here knows: suspense, and
/// part of the payout all the same.
fn unknown(
    part: &mut Part<'_>,
    channel: &Channel,
    payout: &str,
    line: &SettlementLine,
    ready: &mut Rows,
) -> Result<()> {
    if line.kind == SettlementKind::Fee && line.gross.is_zero() {
        return Ok(());
    }
    let reason = match line.kind {
        SettlementKind::Payment => PAID_UNKNOWN,
        SettlementKind::Refund => REFUNDED_UNKNOWN,
        SettlementKind::Fee => "charged by the provider for no payment of ours",
        SettlementKind::Dispute => DISPUTE_UNKNOWN,
        SettlementKind::Adjustment => ADJUSTED_UNKNOWN,
    };
    let row = IncomingReceipt {
        line: line.line,
        date: line.date,
        amount: line.gross,
        reference: line.reference.clone().unwrap_or_else(|| line.provider_ref.clone()),
        fund: None,
        method: None,
        office: None,
        vat_code: None,
        vat: None,
        narrative: None,
        source_ref: Some(line.provider_ref.clone()),
        batch: Some(payout.to_owned()),
    };
    let money = Money { row: &row, method: "", channel: &channel.code, is_expected: true };
    let council = &part.settings.council;
    take(part, council, ready, &money, Placed::Nobody(reason.to_owned()))
}

/// The fees of a payout: one entry, and that much less to come.
fn withhold(
    part: &mut Part<'_>,
    channel: &Channel,
    settlement: &Settlement,
    (payout, key): (&str, String),
    fees: Pence,
    ready: &mut Rows,
) -> Result<()> {
    let last = settlement.lines.iter().map(|line| line.date).max();
    let day = settlement.head.date.or(last).unwrap_or_else(|| part.writer.books.world().today());
    let party = PartyCode::parse(channel.code.as_str())
        .map_err(|code| bad(&part.reading.file, None, &code.to_string()))?;
    let postings = some(flow::fee(Account::Fees(party), &channel.code, fees))?;
    let mut entry = part.writer.entry("fee", day, format!("fees of payout {payout}"), postings);
    entry.key = Some(key);
    let less = fees.checked_neg().ok_or(AppError::Overflow)?;
    let waiting =
        expected_total(part, &channel.code, day, less, String::new(), payout.to_owned(), entry.id);
    ready.expect(waiting);
    ready.enter(entry);
    Ok(())
}
