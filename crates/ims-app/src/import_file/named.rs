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
pub(super) const LINES_MAX: usize = 10;

/// Rows of one file with the same reference, more than which it is a word that
/// names no payment.
const SAME_MAX: usize = 50;

/// The fewest characters of a reference that may be no row's number.
const NAME_MIN: usize = 6;

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
    let mut alike: Vec<(&IncomingReceipt, &NamedMoney)> = Vec::new();
    for (row, channel, placed) in coming {
        let Some(source) = source_of(row) else { continue };
        let named = found.get(&((*channel).clone(), source.to_owned())).map(Vec::as_slice);
        let mut named = named.unwrap_or_default().iter();
        match named.clone().find(|money| is_same(money, row, placed)) {
            Some(same) => came.push((*row, same)),
            None => {
                let like = named.find(|money| is_alike(money, row, placed));
                alike.extend(like.map(|like| (*row, like)));
            }
        }
    }
    remark_on(part, &alike).await?;
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

/// Names what may be the same money for a person to look at.
async fn remark_on(part: &mut Part<'_>, alike: &[(&IncomingReceipt, &NamedMoney)]) -> Result<()> {
    for (row, money) in alike.iter().take(LINES_MAX) {
        let whence = whence(part, money).await?;
        part.tally.remark(format!(
            "line {}: possible duplicate of {} of {} to {}, which {whence}, dated {}",
            row.line, money.source_ref, money.amount, money.reference, money.happened_on
        ));
    }
    remark_on_more(part, alike.iter().map(|(row, _)| row.line));
    Ok(())
}

/// Names, beside the first that were named one by one, the lines of the next and how many there
/// are beyond them.
pub(super) fn remark_on_more(part: &mut Part<'_>, lines: impl ExactSizeIterator<Item = u64>) {
    let beyond = lines.len().saturating_sub(LINES_MAX.saturating_mul(2));
    let next: Vec<_> = lines.skip(LINES_MAX).take(LINES_MAX).map(|line| line.to_string()).collect();
    if next.is_empty() {
        return;
    }
    let more = if beyond == 0 { String::new() } else { format!(" and {beyond} more") };
    part.tally.remark(format!("possible duplicates too: line {}{more}", next.join(", ")));
}

/// How the money came to be in the books.
async fn whence(part: &mut Part<'_>, money: &NamedMoney) -> Result<String> {
    let Some(import) = money.import else { return Ok("was taken here".to_owned()) };
    let file = part.tx.import(part.writer.books.id(), import).await?;
    let file = file
        .map(|it| format!(" in {} of {}", it.file_name, it.imported_at.date_naive()))
        .unwrap_or_default();
    Ok(if money.is_placed {
        format!("was told of{file} and is not whole in suspense any more")
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
    money.happened_on == row.date && is_as_much(money, row, placed)
}

/// Whether it may be that money, sent once more under another day: a reference that is too
/// long to number the rows of a file, which begin again.
fn is_alike(money: &NamedMoney, row: &IncomingReceipt, placed: &Placed<'_>) -> bool {
    money.source_ref.chars().count() >= NAME_MIN && is_as_much(money, row, placed)
}

/// As much, to the same account.
fn is_as_much(money: &NamedMoney, row: &IncomingReceipt, placed: &Placed<'_>) -> bool {
    let is_for = match placed {
        Placed::Account { reference, .. } => money.reference == *reference,
        Placed::Nobody(_) => false,
    };
    money.amount == row.amount && (is_for || money.reference == row.reference)
}
