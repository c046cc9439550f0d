//! Account holders: a file names accounts, so one bad row refuses all of it.
//!
//! What a row leaves out stays as it was, and accounts the file does not name
//! stay whole. A stop of `-` takes an account off its stop.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use ims_files::{Record, fingerprint::Fingerprint};
use ims_ledger::{Council, Funds, IncomingHolder};
use ims_money::Pence;
use ims_store::{HolderChangeRow, HolderRow};

use super::{Part, Posted, Reading, bad, place::funds_of, reread::Reread};
use crate::{
    AppError, Result,
    holders::{fields_changed, overtaken},
    posting::Detail,
};

/// What a file writes in the stop column of an account that is on none.
const NO_STOP: &str = "-";

pub(super) async fn put(mut part: Part<'_>) -> Result<Posted> {
    check(&mut part).await?;
    write(&mut part).await?;
    Ok(Posted::Done)
}

fn rows(reading: &Reading<'_>) -> Reread<IncomingHolder> {
    Reread::of(reading, reading.many.holders, |record| match record {
        Record::Holder(row) => Some(row),
        _ => None,
    })
}

/// Each row is an account of its fund, and each account has one row.
async fn check(part: &mut Part<'_>) -> Result<()> {
    let reading = part.reading;
    let council = &part.settings.council;
    let funds = funds_of(council)?;
    // The line each account stands in: of millions, less than their references.
    let mut lines: HashMap<Fingerprint, u64> = HashMap::new();
    let mut twice = Twice::default();
    let mut unknown: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut coming = rows(reading);
    while let Some(lot) = coming.next(reading).await? {
        for row in &lot {
            let reference = reference_of(part, &funds, row)?;
            part.tally.row(Pence::ZERO)?;
            match lines.entry(Fingerprint::of(format!("{} {reference}", row.fund).as_bytes())) {
                Entry::Occupied(first) => twice.take(row, reference, *first.get()),
                Entry::Vacant(place) => {
                    place.insert(row.line);
                }
            }
            if let Some(code) = row.stop.as_ref().filter(|code| is_unknown(council, row, code)) {
                let count = unknown.entry((row.fund.clone(), code.clone())).or_default();
                *count = count.saturating_add(1);
            }
        }
    }
    if let Some((line, what)) = twice.told() {
        return Err(bad(&reading.file, Some(line), &what));
    }
    for ((fund, code), count) in unknown {
        part.tally.remark(format!(
            "stop `{code}` is not configured for fund {fund}; it blocks the {count} accounts that have it"
        ));
    }
    Ok(())
}

/// A row's account as its fund writes it.
fn reference_of(part: &Part<'_>, funds: &Funds<'_>, row: &IncomingHolder) -> Result<String> {
    let file = &part.reading.file;
    match funds.read(&row.fund, &row.reference) {
        None => {
            let what = format!("fund `{}` is not configured", row.fund);
            Err(bad(file, Some(row.line), &what))
        }
        Some(Err(refused)) => Err(bad(file, Some(row.line), &refused.to_string())),
        Some(Ok(place)) => Ok(place.reference.to_string()),
    }
}

/// Whether nobody configured a stop; it blocks all the same.
fn is_unknown(council: &Council, row: &IncomingHolder, code: &str) -> bool {
    code != NO_STOP
        && !council.stop.is_empty()
        && !council.stop.iter().any(|stop| stop.is_for(code, &row.fund))
}

/// Accounts that a file has twice.
#[derive(Default)]
struct Twice {
    count: usize,
    /// The first, with its line.
    first: Option<(u64, String)>,
    others: Vec<String>,
}

/// The most doubles beside the first that are told apart.
const DOUBLES_SHOWN: usize = 20;

impl Twice {
    fn take(&mut self, row: &IncomingHolder, reference: String, first: u64) {
        self.count = self.count.saturating_add(1);
        if self.first.is_none() {
            let what = format!(
                "{} `{reference}` is there twice, first in line {first}; an account has one row",
                row.fund
            );
            self.first = Some((row.line, what));
        } else if self.others.len() < DOUBLES_SHOWN {
            let line = row.line;
            self.others.push(format!("{} `{reference}` in lines {first} and {line}", row.fund));
        }
    }

    fn told(self) -> Option<(u64, String)> {
        let (line, what) = self.first?;
        if self.others.is_empty() {
            return Some((line, what));
        }
        let others = self.others.join(", ");
        Some((line, format!("{what}; so are {others} ({} in all)", self.count)))
    }
}

/// Writes what the rows say, and the history of what they change. Two files at once
/// may be in each other's way; then one of them begins again.
async fn write(part: &mut Part<'_>) -> Result<()> {
    let reading = part.reading;
    let funds = part.settings.funds()?;
    let council = part.writer.books.id();
    let import =
        part.writer.import.unwrap_or_else(|| ims_ledger::id::ImportId::new(uuid::Uuid::nil()));
    let mut coming = rows(reading);
    while let Some(lot) = coming.next(reading).await? {
        let mut by_fund: BTreeMap<&str, BTreeMap<String, &IncomingHolder>> = BTreeMap::new();
        for row in &lot {
            let reference = reference_of(part, &funds, row)?;
            by_fund.entry(row.fund.as_str()).or_default().insert(reference, row);
        }
        for (fund, rows) in &by_fund {
            let references: Vec<_> = rows.keys().cloned().collect();
            let before = part.tx.hold_holders(council, fund, &references).await?;
            let before: HashMap<_, _> =
                before.into_iter().map(|row| (row.reference.clone(), row)).collect();
            let mut ready = Ready::default();
            for (reference, row) in rows {
                ready.take(part, row, reference, before.get(reference));
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
        instalment: None,
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
    after.instalment = row.instalment.or(after.instalment);
    match row.stop.as_deref() {
        None | Some("") => (),
        Some(NO_STOP) => after.stop = None,
        Some(code) => after.stop = Some(code.to_owned()),
    }
    after
}
