//! What every account over which money comes from the bank, or goes to it, is made of: so that
//! what is listed adds up to what the ledger says, or the difference is named.

use chrono::NaiveDate;
use ims_ledger::{Account, id::ChannelCode};
use ims_money::Pence;
use ims_store::{Tx, WaitsKind};

use crate::{AppError, Books, Permission, Result, books::last_day};

/// What lies in a till that is not paid in.
const IN_TILL: &str = "in a till";

/// An account over which money is still to come, or to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillToCome {
    /// `clearing:…`, `refunds-due` or `disputes`.
    pub account: Account,
    /// What the ledger says: positive for what is to come in.
    pub balance: Pence,
    /// What it is made of.
    pub parts: Vec<ToComePart>,
    /// What of the balance none of them explains: nothing in books that are in order.
    pub difference: Pence,
}

/// What an account waits for of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToComePart {
    /// Of clearing accounts the kind of the entries that made it wait, or `in a till`; else where
    /// a refund or a dispute stands.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// Their signed sum.
    pub amount: Pence,
    /// The day of the oldest, where that is known.
    pub since: Option<NaiveDate>,
}

impl Books {
    /// Every clearing account, what is due for refunds and what is disputed, each with what the
    /// ledger says and what that is made of; those at nothing are left out.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn still_to_come(&self) -> Result<Vec<StillToCome>> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let mut found: Vec<StillToCome> = Vec::new();
        for sums in tx.balances(self.id(), last_day()).await? {
            let is_it = matches!(
                sums.account,
                Account::Clearing(_) | Account::RefundsDue | Account::Disputes
            );
            if is_it {
                let balance = sums.debit.checked_sub(sums.credit).ok_or(AppError::Overflow)?;
                found.push(StillToCome::at(sums.account, balance));
            }
        }
        for kind in tx.waits_by_kind(self.id()).await? {
            let channel = ChannelCode::parse(&kind.channel)
                .map_err(|bad| AppError::BadInput(bad.to_string()))?;
            put(&mut found, Account::Clearing(channel), of_kind(kind));
        }
        for part in self.refunds_due_parts(&mut tx).await? {
            put(&mut found, Account::RefundsDue, part);
        }
        for part in self.disputed_parts(&mut tx).await? {
            put(&mut found, Account::Disputes, part);
        }
        for one in &mut found {
            let parts = Pence::checked_sum(one.parts.iter().map(|part| part.amount));
            let rest = parts.and_then(|parts| one.balance.checked_sub(parts));
            one.difference = rest.ok_or(AppError::Overflow)?;
        }
        found.retain(|one| !one.balance.is_zero() || !one.parts.is_empty());
        found.sort_by_cached_key(|one| one.account.to_string());
        Ok(found)
    }

    /// What is agreed to be given back, and goes out.
    async fn refunds_due_parts(&self, tx: &mut Tx) -> Result<Vec<ToComePart>> {
        let mut parts = Vec::new();
        for (state, count, amount) in tx.refunds_by_state(self.id()).await? {
            parts.push(out(format!("refund {state}"), count, amount)?);
        }
        let (count, amount) = tx.open_suspense_returns(self.id()).await?;
        parts.push(out("suspense to be sent back".to_owned(), count, amount)?);
        parts.retain(|part| part.count > 0);
        Ok(parts)
    }

    /// What is disputed, and what of it was lost and is nobody's yet.
    async fn disputed_parts(&self, tx: &mut Tx) -> Result<Vec<ToComePart>> {
        let all = tx.disputed(self.id()).await?;
        let (count, open) = tx.open_disputes(self.id()).await?;
        let lost = all.checked_sub(open).ok_or(AppError::Overflow)?;
        let part = |kind: &str, count, amount| ToComePart {
            kind: kind.to_owned(),
            count,
            amount,
            since: None,
        };
        let mut parts = Vec::new();
        if count > 0 {
            parts.push(part("dispute open", u64::try_from(count).unwrap_or_default(), open));
        }
        if !lost.is_zero() {
            parts.push(part("taken back and lost", 0, lost));
        }
        Ok(parts)
    }
}

impl StillToCome {
    fn at(account: Account, balance: Pence) -> Self {
        Self { account, balance, parts: Vec::new(), difference: Pence::ZERO }
    }
}

fn put(found: &mut Vec<StillToCome>, account: Account, part: ToComePart) {
    match found.iter_mut().find(|one| one.account == account) {
        Some(one) => one.parts.push(part),
        None => {
            let mut one = StillToCome::at(account, Pence::ZERO);
            one.parts.push(part);
            found.push(one);
        }
    }
}

fn of_kind(row: WaitsKind) -> ToComePart {
    let kind = if row.kind.is_empty() { IN_TILL.to_owned() } else { row.kind };
    ToComePart { kind, count: row.count, amount: row.amount, since: Some(row.since) }
}

fn out(kind: String, count: i64, amount: Pence) -> Result<ToComePart> {
    let amount = amount.checked_neg().ok_or(AppError::Overflow)?;
    Ok(ToComePart { kind, count: u64::try_from(count).unwrap_or_default(), amount, since: None })
}
