//! What a match puts on each account.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_ledger::{
    Account,
    id::{BankCode, ChannelCode},
};
use ims_money::Pence;
use ims_store::OpenExpected;

use super::matching::Item;
use crate::{AppError, Result, posting::Writer};

/// The signed sum of a match on each account, debits positive, and the day it happened.
pub(super) struct Legs {
    pub(super) day: NaiveDate,
    pub(super) sums: BTreeMap<Account, Pence>,
}

impl Legs {
    /// The bank's side off unmatched (or suspense, where it had gone), the expected side off its
    /// clearing accounts.
    pub(super) fn of(
        writer: &Writer<'_>,
        items: &[Item<'_>],
        expected: &[&OpenExpected],
    ) -> Result<Self> {
        let shown = items.iter().map(|item| match item {
            Item::Line(line) => Ok((unmatched(&line.bank)?, line.amount)),
            Item::Suspense(item) => Ok((Account::Suspense, item.remaining)),
        });
        let sums = net(shown, expected.iter().copied())?;
        let shown_on = items.iter().map(|item| match item {
            Item::Line(line) => line.booked_on,
            Item::Suspense(item) => item.happened_on,
        });
        // What had gone to suspense is matched on the day the schedule is known.
        let known = expected.iter().map(|item| item.happened_on);
        let today = writer.books.world().today();
        let day = shown_on.chain(known).max().unwrap_or(today).min(today);
        Ok(Self { day, sums })
    }
}

/// What the bank showed, off `unmatched` or suspense, against what was expected, off clearing:
/// the signed sum of each account, debits positive.
pub(crate) fn net<'a>(
    shown: impl Iterator<Item = Result<(Account, Pence)>>,
    expected: impl Iterator<Item = &'a OpenExpected>,
) -> Result<BTreeMap<Account, Pence>> {
    let cleared = expected.map(|row| {
        let channel =
            ChannelCode::parse(&row.channel).map_err(|bad| AppError::BadInput(bad.to_string()))?;
        let off = row.amount.checked_neg().ok_or(AppError::Overflow)?;
        Ok((Account::Clearing(channel), off))
    });
    let mut sums: BTreeMap<Account, Pence> = BTreeMap::new();
    for leg in shown.chain(cleared) {
        let (account, amount) = leg?;
        let sum = sums.entry(account).or_default();
        *sum = sum.checked_add(amount).ok_or(AppError::Overflow)?;
    }
    Ok(sums)
}

/// Where a bank account's lines wait to be explained.
pub(crate) fn unmatched(bank: &str) -> Result<Account> {
    let code = BankCode::parse(bank).map_err(|bad| AppError::BadInput(bad.to_string()))?;
    Ok(Account::Unmatched(code))
}
