//! The money in a file that is kept aside: read once more, and nothing posted.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ims_files::Record;
use ims_ledger::{
    Council, IncomingReceipt, ScheduleLine, SettlementKind, SettlementLine, StatementLine,
};
use ims_money::Pence;
use ims_store::Quarantined;

use super::{NewFile, again::inflated, bad, read, recognised, statements::is_of};
use crate::{Result, layouts::OwnFormat};

/// A row that would be money of somebody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Aside {
    /// The line of the file.
    pub(crate) line: u64,
    /// Its day, where it gives one.
    pub(crate) date: Option<NaiveDate>,
    pub(crate) amount: Pence,
    /// The reference it came with.
    pub(crate) reference: String,
    /// What else it says.
    pub(crate) words: String,
}

/// The money that came in by a file kept aside: at most `most` rows, which is what others
/// before it have left.
///
/// # Errors
///
/// In words why it is not known: the format is no longer there, or there are more rows.
pub(crate) fn money_in(
    kept: &Quarantined,
    deflated: &[u8],
    own: &[OwnFormat],
    most: usize,
) -> Result<Vec<Aside>> {
    let bytes = inflated(&kept.file_name, deflated)?;
    let file = NewFile {
        name: &kept.file_name,
        bytes: &bytes,
        format: Some(&kept.format),
        accept: None,
        dry_run: true,
    };
    let (mut found, mut more) = (Vec::new(), false);
    read(&file, recognised(&file, own)?, &mut |record| {
        let rows = rows_of(record).into_iter().filter(|row| row.amount.is_positive());
        for row in rows {
            if found.len() < most {
                found.push(row);
            } else {
                more = true;
            }
        }
    })?;
    if more {
        let what =
            "with those before it, the files kept aside have more rows than are looked through";
        return Err(bad(&file, None, what));
    }
    Ok(found)
}

/// Who sent a file kept aside, as files are known by: the bank accounts it has statements of, or
/// the provider or the agent; nobody where it does not say or does not read any more.
pub(crate) fn senders_of(
    kept: &Quarantined,
    deflated: &[u8],
    own: &[OwnFormat],
    council: &Council,
) -> BTreeSet<String> {
    let mut senders = BTreeSet::new();
    let Ok(bytes) = inflated(&kept.file_name, deflated) else { return senders };
    let file = NewFile {
        name: &kept.file_name,
        bytes: &bytes,
        format: Some(&kept.format),
        accept: None,
        dry_run: true,
    };
    let Ok(format) = recognised(&file, own) else { return senders };
    let mut input = file.bytes;
    format.read(&mut input, &mut |record| match record {
        Record::StatementOpens(head) => {
            let banks = council.bank_account.iter().filter(|bank| is_of(bank, &head));
            senders.extend(banks.map(|bank| bank.code.to_string()));
        }
        Record::SettlementOpens(head) => {
            senders.insert(head.provider);
        }
        Record::ScheduleOpens(head) => {
            senders.insert(head.sender);
        }
        _ => {}
    });
    senders
}

fn rows_of(record: Record) -> Vec<Aside> {
    match record {
        Record::Line(line) if line.parts.is_empty() => of_line(line).into_iter().collect(),
        // What stands in the batch says who paid; the batch itself does not.
        Record::Line(line) => line.parts.into_iter().filter_map(of_line).collect(),
        Record::Receipt(receipt) => vec![of_receipt(receipt)],
        Record::ScheduleLine(line) => vec![of_schedule(line)],
        Record::SettlementLine(line) => of_settlement(line).into_iter().collect(),
        // Openings, closings and what moves no money of a payer's.
        _ => Vec::new(),
    }
}

fn of_line(line: StatementLine) -> Option<Aside> {
    let from = line.counterparty.and_then(|it| it.name).unwrap_or_default();
    let bank = line.bank_reference.unwrap_or_default();
    Some(Aside {
        line: line.line,
        date: Some(line.booked),
        amount: line.amount.pence()?,
        reference: line.reference.unwrap_or_default(),
        words: format!("{bank} {} {from}", line.narrative),
    })
}

fn of_receipt(row: IncomingReceipt) -> Aside {
    Aside {
        line: row.line,
        date: Some(row.date),
        amount: row.amount,
        reference: row.reference,
        words: row.narrative.unwrap_or_default(),
    }
}

fn of_schedule(line: ScheduleLine) -> Aside {
    Aside {
        line: line.line,
        date: line.date,
        amount: line.amount,
        reference: line.reference,
        words: line.name.unwrap_or_default(),
    }
}

/// Its reference is a payment's, which the payment link or the basket may have made of an
/// account's.
fn of_settlement(line: SettlementLine) -> Option<Aside> {
    (line.kind == SettlementKind::Payment).then(|| Aside {
        line: line.line,
        date: Some(line.date),
        amount: line.gross,
        reference: line.reference.unwrap_or_default(),
        words: String::new(),
    })
}
