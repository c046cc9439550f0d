//! What of each line goes to its fund, with which VAT, and what is too much.

use std::collections::HashMap;

use chrono::NaiveDate;
use ims_ledger::Council;
use ims_money::Pence;
use ims_store::{HolderRow, Tx};

use super::NewReceipt;
use crate::{
    AppError, Books, Result,
    admit::Admitted,
    posting::{HeldVat, Income},
};

/// How a line divides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    /// To the fund.
    pub(super) owed: Pence,
    /// More than is owed.
    pub(super) over: Pence,
}

impl Rest {
    /// All of it to the fund.
    pub(super) const fn none_over(amount: Pence) -> Self {
        Self { owed: amount, over: Pence::ZERO }
    }
}

/// Divides each line: where a fund keeps no credit and the balance is known,
/// what is more than is owed goes to suspense.
pub(super) async fn split(
    tx: &mut Tx,
    books: &Books,
    new: &NewReceipt,
    admitted: &[Admitted<'_>],
) -> Result<Vec<Rest>> {
    let mut left: HashMap<(&str, &str), Pence> = HashMap::new();
    let mut all = Vec::with_capacity(admitted.len());
    for (line, asked) in admitted.iter().zip(&new.lines) {
        let account = (line.fund.code.as_str(), line.reference.as_str());
        let whole = Rest::none_over(asked.amount);
        if line.fund.takes_credit || !asked.amount.is_positive() {
            all.push(whole);
            continue;
        }
        if !left.contains_key(&account)
            && let Some(owed) = still_owed(tx, books, account).await?
        {
            left.insert(account, owed);
        }
        let Some(owed) = left.get_mut(&account) else {
            all.push(whole);
            continue;
        };
        let kept = asked.amount.min((*owed).max(Pence::ZERO));
        let sub = |from: Pence| from.checked_sub(kept).ok_or(AppError::Overflow);
        all.push(Rest { owed: kept, over: sub(asked.amount)? });
        *owed = sub(*owed)?;
    }
    Ok(all)
}

/// What is owed by now: the balance as its own system stated it, less what was
/// paid since. `None` when nobody stated one. Whoever else takes money for the
/// account waits.
async fn still_owed(
    tx: &mut Tx,
    books: &Books,
    (fund, reference): (&str, &str),
) -> Result<Option<Pence>> {
    let holders = tx.hold_holders(books.id(), fund, &[reference.to_owned()]).await?;
    let Some(holder) = holders.first() else { return Ok(None) };
    owed_by(tx, books, holder).await
}

/// The same of a holder who was looked up.
pub(crate) async fn owed_by(
    tx: &mut Tx,
    books: &Books,
    holder: &HolderRow,
) -> Result<Option<Pence>> {
    let Some(balance) = holder.balance else { return Ok(None) };
    let account = (holder.fund.as_str(), holder.reference.as_str());
    let paid = match holder.balance_at {
        Some(since) => tx.credited_since(books.id(), account, since).await?,
        None => Pence::ZERO,
    };
    balance.checked_sub(paid).map(Some).ok_or(AppError::Overflow)
}

/// The lines of income: what is owed of each, with its VAT. A receipt keeps a
/// line of nothing only where all of it was too much.
pub(super) fn incomes<'a>(
    council: &'a Council,
    new: &NewReceipt,
    admitted: &[Admitted<'a>],
    rest: &[Rest],
    on: NaiveDate,
    warnings: &mut Vec<String>,
) -> Result<Vec<Income<'a>>> {
    let mut lines = Vec::with_capacity(admitted.len());
    for ((line, asked), rest) in admitted.iter().zip(&new.lines).zip(rest) {
        if !rest.over.is_zero() {
            warnings.push(format!(
                "{} {}: {} is more than is owed and goes to suspense",
                line.fund.code, line.reference, rest.over
            ));
        }
        let bad = |bad: ims_ledger::BadVat| AppError::BadInput(bad.to_string());
        let chosen = council.vat_of(line.fund, asked.vat_code.as_deref()).map_err(bad)?;
        if chosen.is_fixed {
            warnings.push(format!(
                "VAT code {} was not used: fund {} takes only its own",
                asked.vat_code.as_deref().unwrap_or_default(),
                line.fund.code
            ));
        }
        let held = chosen.vat.map(|vat| vat.held_in(rest.owed, on)).transpose().map_err(bad)?;
        let vat = held.map(|held| HeldVat {
            vat: held.vat,
            basis_points: held.basis_points,
            held: held.held,
        });
        lines.push(Income {
            fund: line.fund,
            reference: line.reference.clone(),
            amount: rest.owed,
            vat,
        });
    }
    let is_all_over = lines.iter().all(|line| line.amount.is_zero());
    let mut kept = 0_usize;
    lines.retain(|line| {
        kept = kept.saturating_add(1);
        !line.amount.is_zero() || (is_all_over && kept == 1)
    });
    Ok(lines)
}
