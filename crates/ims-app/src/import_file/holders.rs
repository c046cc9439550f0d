//! Account holders: a file names accounts, so one bad row refuses all of it.

use std::collections::{BTreeMap, HashSet};

use ims_ledger::IncomingHolder;
use ims_money::Pence;
use ims_store::HolderRow;

use super::{Part, Posted, bad, place::funds_of};
use crate::Result;

pub(super) async fn put(part: Part<'_>) -> Result<Posted> {
    let reading = part.reading;
    let file = &reading.file;
    let funds = funds_of(&part.settings.council)?;
    let mut by_fund: BTreeMap<&str, Vec<HolderRow>> = BTreeMap::new();
    let mut seen = HashSet::new();
    for row in &reading.contents.holders {
        let place = match funds.read(&row.fund, &row.reference) {
            None => {
                let what = format!("fund `{}` is not configured", row.fund);
                return Err(bad(file, Some(row.line), &what));
            }
            Some(Err(refused)) => return Err(bad(file, Some(row.line), &refused.to_string())),
            Some(Ok(place)) => place,
        };
        let reference = place.reference.to_string();
        if !seen.insert((row.fund.clone(), reference.clone())) {
            let what = format!("{} `{reference}` is there twice; an account has one row", row.fund);
            return Err(bad(file, Some(row.line), &what));
        }
        part.tally.row(Pence::ZERO)?;
        by_fund.entry(row.fund.as_str()).or_default().push(holder(row, reference));
    }
    let council = part.writer.books.id();
    let import =
        part.writer.import.unwrap_or_else(|| ims_ledger::id::ImportId::new(uuid::Uuid::nil()));
    for (fund, holders) in by_fund {
        part.tx.put_holders(council, fund, &holders, import, part.writer.now).await?;
    }
    Ok(Posted::Done)
}

fn holder(row: &IncomingHolder, reference: String) -> HolderRow {
    HolderRow {
        fund: row.fund.clone(),
        reference,
        name: row.name.clone(),
        address: row.address.join("\n"),
        balance: row.balance,
        stop: row.stop.clone(),
    }
}
