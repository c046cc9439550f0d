//! Rows of money that are in the books already, by the reference that their sender
//! gave them.

use std::collections::{BTreeMap, HashMap};

use ims_ledger::{IncomingReceipt, id::ChannelCode};
use ims_store::NamedMoney;

use super::{
    Part,
    place::Placed,
    settlements::{PAID_UNKNOWN, REFUNDED_UNKNOWN},
};
use crate::Result;

/// The most rows that are named one by one.
const LINES_MAX: usize = 10;

/// Rows of one file with the same reference, more than which it is a word that
/// names no payment.
const SAME_MAX: usize = 50;

/// A row of money, its channel, and where it goes.
type Coming<'a> = (&'a IncomingReceipt, &'a ChannelCode, Placed<'a>);

/// Why a file is kept aside whose rows are in the books under their sender's
/// reference; a remark, where a person accepted it.
pub(super) async fn came_under_its_name(
    part: &mut Part<'_>,
    coming: &[Coming<'_>],
) -> Result<Option<String>> {
    let mut found = HashMap::new();
    let council = part.writer.books.id();
    for (channel, sources) in sources_of(coming) {
        let told = [PAID_UNKNOWN, REFUNDED_UNKNOWN];
        for money in part.tx.expected_named(council, channel.as_str(), &sources, told).await? {
            // Rows of the file itself are added as it is read.
            if money.import.is_none() || money.import != part.writer.import {
                let key = (channel.clone(), money.source_ref.clone());
                found.entry(key).or_insert_with(Vec::new).push(money);
            }
        }
    }
    let mut came: Vec<(&IncomingReceipt, &NamedMoney)> = Vec::new();
    for (row, channel, placed) in coming {
        let Some(source) = source_of(row) else { continue };
        let same = found.get(&((*channel).clone(), source.to_owned()));
        let same = same.into_iter().flatten().find(|money| is_same(money, row, placed));
        came.extend(same.map(|money| (*row, money)));
    }
    let Some((first, money)) = came.first() else { return Ok(None) };
    let whence = whence(part, money).await?;
    let lines: Vec<_> = came.iter().map(|(row, _)| row.line.to_string()).take(LINES_MAX).collect();
    let more = came.len().saturating_sub(lines.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let what = format!(
        "{} of its rows (line {}{more}) are in the books by their sender's reference: {} of {} {whence}",
        came.len(),
        lines.join(", "),
        first.source_ref.as_deref().unwrap_or_default(),
        first.amount,
    );
    if part.reading.file.accept.is_none() {
        return Ok(Some(format!("{what}: is it the same money once more?")));
    }
    part.tally.remark(format!("{what}; accepted"));
    Ok(None)
}

/// How the money came to be in the books.
async fn whence(part: &mut Part<'_>, money: &NamedMoney) -> Result<String> {
    let Some(import) = money.import else { return Ok("was taken here".to_owned()) };
    let file = part.tx.import(part.writer.books.id(), import).await?;
    let file = file
        .map(|it| format!(" in {} of {}", it.file_name, it.imported_at.date_naive()))
        .unwrap_or_default();
    Ok(if money.is_placed {
        format!("was told of{file} and placed from suspense")
    } else {
        format!("came before{file}")
    })
}

fn source_of(row: &IncomingReceipt) -> Option<&str> {
    row.source_ref.as_deref().filter(|source| !source.is_empty() && !row.amount.is_zero())
}

/// The references that name payments, by the channel they come through.
fn sources_of<'a>(coming: &[Coming<'a>]) -> BTreeMap<&'a ChannelCode, Vec<String>> {
    let mut counts: BTreeMap<(&ChannelCode, &str), usize> = BTreeMap::new();
    for (row, channel, _) in coming {
        if let Some(source) = source_of(row) {
            let count = counts.entry((channel, source)).or_default();
            *count = count.saturating_add(1);
        }
    }
    let mut sources: BTreeMap<&ChannelCode, Vec<String>> = BTreeMap::new();
    for ((channel, source), _) in counts.into_iter().filter(|(_, count)| *count <= SAME_MAX) {
        sources.entry(channel).or_default().push(source.to_owned());
    }
    sources
}

/// Whether it is that money. What was taken here goes by a name that nobody else
/// has, and so does what a payout told of; what a file brought may go by the number of its
/// row, which the next file begins again: so its amount, its day and its account are to be
/// the same too. While what a payout told of is in suspense, a run takes it off for the row.
fn is_same(money: &NamedMoney, row: &IncomingReceipt, placed: &Placed<'_>) -> bool {
    if money.import.is_none() {
        return true;
    }
    if money.is_placed && money.amount == row.amount {
        return true;
    }
    let is_for = match placed {
        Placed::Account { reference, .. } => money.reference == *reference,
        Placed::Nobody(_) => false,
    };
    money.amount == row.amount
        && money.happened_on == row.date
        && (is_for || money.reference == row.reference)
}
