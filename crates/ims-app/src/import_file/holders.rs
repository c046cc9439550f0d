//! Account holders: a file names accounts, so one bad row refuses all of it.
//!
//! What a row leaves out stays as it was, and accounts the file does not name
//! stay whole. A stop of `-` takes an account off its stop.

use std::collections::{BTreeMap, HashMap};

use ims_ledger::{Council, IncomingHolder};
use ims_money::Pence;
use ims_store::{HolderChangeRow, HolderRow};

use super::{Part, Posted, Tally, bad, place::funds_of};
use crate::{
    AppError, Result,
    holders::{fields_changed, overtaken},
    posting::Detail,
};

/// Holders read and written at a time.
const HOLDERS_AT_ONCE: usize = 5_000;

/// What a file writes in the stop column of an account that is on none.
const NO_STOP: &str = "-";

/// Rows of one fund, by reference.
type OfFund<'a> = BTreeMap<String, &'a IncomingHolder>;

pub(super) async fn put(mut part: Part<'_>) -> Result<Posted> {
    let by_fund = sorted(&mut part)?;
    let tally = &mut *part.tally;
    stops_known(&part.settings.council, &by_fund, tally);
    write(&mut part, &by_fund).await?;
    Ok(Posted::Done)
}

/// The rows by fund and reference, each account once.
fn sorted<'a>(part: &mut Part<'a>) -> Result<BTreeMap<&'a str, OfFund<'a>>> {
    let reading = part.reading;
    let file = &reading.file;
    let funds = funds_of(&part.settings.council)?;
    let mut by_fund: BTreeMap<&str, OfFund<'_>> = BTreeMap::new();
    let mut twice = Vec::new();
    for row in &reading.contents.holders {
        let place = match funds.read(&row.fund, &row.reference) {
            None => {
                let what = format!("fund `{}` is not configured", row.fund);
                return Err(bad(file, Some(row.line), &what));
            }
            Some(Err(refused)) => return Err(bad(file, Some(row.line), &refused.to_string())),
            Some(Ok(place)) => place,
        };
        part.tally.row(Pence::ZERO)?;
        let reference = place.reference.to_string();
        let of_fund = by_fund.entry(row.fund.as_str()).or_default();
        match of_fund.get(&reference) {
            Some(first) => twice.push((row, reference, first.line)),
            None => {
                of_fund.insert(reference, row);
            }
        }
    }
    match twice.split_first() {
        None => Ok(by_fund),
        Some(((row, reference, first), others)) => {
            let more: Vec<_> = others
                .iter()
                .take(DOUBLES_SHOWN)
                .map(|(row, reference, first)| {
                    format!("{} `{reference}` in lines {first} and {}", row.fund, row.line)
                })
                .collect();
            let more = if more.is_empty() {
                String::new()
            } else {
                format!("; so are {} ({} in all)", more.join(", "), twice.len())
            };
            let what = format!(
                "{} `{reference}` is there twice, first in line {first}; an account has one row{more}",
                row.fund
            );
            Err(bad(file, Some(row.line), &what))
        }
    }
}

/// The most doubles beside the first that are told apart.
const DOUBLES_SHOWN: usize = 20;

/// Says which stops nobody configured; they block all the same.
fn stops_known(council: &Council, by_fund: &BTreeMap<&str, OfFund<'_>>, tally: &mut Tally) {
    let mut unknown: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (fund, rows) in by_fund {
        for code in rows.values().filter_map(|row| row.stop.as_deref()) {
            let known = council.stop.iter().any(|stop| stop.is_for(code, fund));
            if !known && code != NO_STOP && !council.stop.is_empty() {
                let count = unknown.entry((fund, code)).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    for ((fund, code), count) in unknown {
        tally.remark(format!(
            "stop `{code}` is not configured for fund {fund}; it blocks the {count} accounts that have it"
        ));
    }
}

/// Writes what the rows say, and the history of what they change.
async fn write(part: &mut Part<'_>, by_fund: &BTreeMap<&str, OfFund<'_>>) -> Result<()> {
    let council = part.writer.books.id();
    let import =
        part.writer.import.unwrap_or_else(|| ims_ledger::id::ImportId::new(uuid::Uuid::nil()));
    for (fund, rows) in by_fund {
        let rows: Vec<_> = rows.iter().collect();
        for rows in rows.chunks(HOLDERS_AT_ONCE) {
            let references: Vec<_> =
                rows.iter().map(|(reference, _)| (*reference).clone()).collect();
            let before = part.tx.hold_holders(council, fund, &references).await?;
            let before: HashMap<_, _> =
                before.into_iter().map(|row| (row.reference.clone(), row)).collect();
            let mut ready = Ready::default();
            for (reference, row) in rows {
                ready.take(part, row, reference, before.get(*reference));
            }
            let now = part.writer.now;
            let written = part.tx.put_holders(council, fund, &ready.holders, import, now).await;
            written.map_err(overtaken)?;
            let kept = part.tx.add_holder_changes(council, &ready.changes).await;
            kept.map_err(overtaken).map_err(AppError::from)?;
            part.tx.put_details(council, &ready.details).await?;
        }
    }
    Ok(())
}

/// Rows ready to be written.
#[derive(Default)]
struct Ready {
    holders: Vec<HolderRow>,
    changes: Vec<HolderChangeRow>,
    details: Vec<Detail>,
}

impl Ready {
    fn take(
        &mut self,
        part: &Part<'_>,
        row: &IncomingHolder,
        reference: &str,
        before: Option<&HolderRow>,
    ) {
        let mut after = merged(row, reference, before);
        if row.balance.is_some() {
            after.balance_at = Some(part.writer.now);
        }
        if !fields_changed(before, &after).is_empty() {
            after.version = before.map_or(1, |before| before.version.saturating_add(1));
            let import = part.writer.import;
            let books = part.writer.books;
            let change = books.holder_change(before, &after, "import", import, &mut self.details);
            self.changes.push(change);
        }
        self.holders.push(after);
    }
}

/// What the row says, over what was there.
fn merged(row: &IncomingHolder, reference: &str, before: Option<&HolderRow>) -> HolderRow {
    let mut after = before.cloned().unwrap_or_else(|| HolderRow {
        fund: row.fund.clone(),
        reference: reference.to_owned(),
        name: String::new(),
        address: String::new(),
        balance: None,
        stop: None,
        version: 1,
        balance_at: None,
    });
    if !row.name.is_empty() {
        after.name.clone_from(&row.name);
    }
    if !row.address.is_empty() {
        after.address = row.address.join("\n");
    }
    if row.balance.is_some() {
        after.balance = row.balance;
    }
    match row.stop.as_deref() {
        None | Some("") => (),
        Some(NO_STOP) => after.stop = None,
        Some(code) => after.stop = Some(code.to_owned()),
    }
    after
}
