//! Each control account against what it is made of.

use std::collections::BTreeMap;

use ims_ledger::{
    Account,
    id::{BankCode, ChannelCode, FundCode},
};
use ims_money::Pence;
use ims_store::Tx;

use super::Check;
use crate::{AppError, Books, Result, books::last_day, posting::about_receipt};

/// Every account's balance, debit positive.
pub(super) type Ledger = BTreeMap<Account, Pence>;

pub(super) async fn checks(books: &Books, tx: &mut Tx) -> Result<Vec<Check>> {
    let council = books.id();
    let mut ledger = Ledger::new();
    for sums in tx.balances(council, last_day()).await? {
        let balance = sums.debit.checked_sub(sums.credit).ok_or(AppError::Overflow)?;
        ledger.insert(sums.account, balance);
    }
    let mut checks = vec![
        banks(&ledger, tx.closing_balances(council).await?)?,
        suspense(&ledger, tx.open_suspense_totals(council).await?.1)?,
    ];
    let items = tx.suspense_that_differs(council).await?;
    checks.push(Check::differences(
        "what is left of each suspense item is its amount less what was allocated",
        &items,
    ));
    let beyond = tx.suspense_beyond(council).await?;
    let name = "what is left of an item is between nothing and its amount, on its own side";
    checks.push(Check::differences(name, &beyond));
    checks.push(clearing(&ledger, tx, books).await?);
    let expected = tx.expected_that_differ(council).await?;
    checks.push(Check::differences("what is expected is open or matched, never both", &expected));
    checks.push(unmatched(&ledger, tx, books).await?);
    let lines = tx.lines_that_differ(council).await?;
    checks.push(Check::differences("each bank line is open or explained, never both", &lines));
    let receipts = tx.receipts_that_differ(council).await?;
    checks.push(Check::differences("each receipt is the sum of its lines", &receipts));
    checks.push(said(tx, books).await?);
    let undone = tx.receipts_undone_otherwise(council).await?;
    checks.push(Check::differences("what undoes a receipt is that receipt, turned round", &undone));
    checks.push(funds(&ledger, tx, books).await?);
    checks.push(vat(&ledger, tx, books).await?);
    checks.push(refunds_due(&ledger, tx, books).await?);
    let refunds = tx.refunds_that_differ(council).await?;
    checks.push(Check::differences("each refund is where its steps left it", &refunds));
    checks.push(disputes(&ledger, tx, books).await?);
    let claims = tx.claims_that_differ(council).await?;
    checks.push(Check::differences("what was claimed back was taken, or is a loss", &claims));
    Ok(checks)
}

/// Each receipt against what its entry says of it, which the entry's hash covers.
async fn said(tx: &mut Tx, books: &Books) -> Result<Check> {
    let mut wrong = None;
    tx.each_receipt(books.id(), &mut |receipt, about| {
        if wrong.is_none() && !about.ends_with(&about_receipt(&receipt)) {
            wrong = Some(format!(
                "receipt {} is not what entry {} says of it",
                receipt.number, receipt.entry
            ));
        }
    })
    .await?;
    Ok(Check::of("each receipt is what its entry says of it", wrong))
}

/// The first account that is not what it should be.
pub(super) fn compare(
    name: &'static str,
    ledger: &Ledger,
    mut should: BTreeMap<Account, Pence>,
    is_kind: fn(&Account) -> bool,
) -> Check {
    for (account, balance) in ledger.iter().filter(|(account, _)| is_kind(account)) {
        let wanted = should.remove(account).unwrap_or_default();
        if *balance != wanted {
            let what = format!("{account} stands at {balance}, but should at {wanted}");
            return Check::of(name, Some(what));
        }
    }
    let left = should.into_iter().find(|(_, wanted)| !wanted.is_zero());
    Check::of(
        name,
        left.map(|(account, wanted)| {
            format!("{account} has no postings, but should stand at {wanted}")
        }),
    )
}

pub(super) fn banks(ledger: &Ledger, closing: Vec<(String, Pence)>) -> Result<Check> {
    let name = "each bank account stands at its last closing balance";
    let mut should = BTreeMap::new();
    for (bank, balance) in closing {
        should.insert(Account::Bank(code(BankCode::parse(&bank))?), balance);
    }
    // An account that was opened but has no statement yet has nothing to agree with.
    let begun: Ledger = ledger
        .iter()
        .filter(|(account, _)| !matches!(account, Account::Bank(_)) || should.contains_key(account))
        .map(|(account, balance)| (account.clone(), *balance))
        .collect();
    Ok(compare(name, &begun, should, |account| matches!(account, Account::Bank(_))))
}

pub(super) fn code<T>(parsed: std::result::Result<T, ims_ledger::id::BadCode>) -> Result<T> {
    parsed.map_err(|bad| AppError::BadInput(bad.to_string()))
}

pub(super) fn negated(amount: Pence) -> Result<Pence> {
    amount.checked_neg().ok_or(AppError::Overflow)
}

pub(super) fn suspense(ledger: &Ledger, open: Pence) -> Result<Check> {
    let should = [(Account::Suspense, negated(open)?)].into();
    let name = "suspense is the sum of what is left of its items";
    Ok(compare(name, ledger, should, |account| matches!(account, Account::Suspense)))
}

async fn clearing(ledger: &Ledger, tx: &mut Tx, books: &Books) -> Result<Check> {
    let mut should = BTreeMap::new();
    for (channel, _, amount, _) in tx.open_expected_totals(books.id()).await? {
        should.insert(Account::Clearing(code(ChannelCode::parse(&channel))?), amount);
    }
    let name = "each clearing account is the sum of what it still waits for";
    Ok(compare(name, ledger, should, |account| matches!(account, Account::Clearing(_))))
}

async fn unmatched(ledger: &Ledger, tx: &mut Tx, books: &Books) -> Result<Check> {
    let mut should = BTreeMap::new();
    for (bank, _, amount) in tx.open_line_totals(books.id()).await? {
        should.insert(Account::Unmatched(code(BankCode::parse(&bank))?), negated(amount)?);
    }
    let name = "each unmatched account is the sum of its open bank lines";
    Ok(compare(name, ledger, should, |account| matches!(account, Account::Unmatched(_))))
}

async fn funds(ledger: &Ledger, tx: &mut Tx, books: &Books) -> Result<Check> {
    let mut should = BTreeMap::new();
    for (fund, net, _) in tx.fund_income(books.id()).await? {
        should.insert(Account::Fund(code(FundCode::parse(&fund))?), negated(net)?);
    }
    let name = "each fund is the sum of its receipt lines, net of VAT";
    Ok(compare(name, ledger, should, |account| matches!(account, Account::Fund(_))))
}

async fn vat(ledger: &Ledger, tx: &mut Tx, books: &Books) -> Result<Check> {
    let held = tx.fund_income(books.id()).await?.into_iter().map(|(_, _, held)| held);
    let held = Pence::checked_sum(held).ok_or(AppError::Overflow)?;
    let kept = ledger.iter().filter(|(account, _)| matches!(account, Account::Vat(_)));
    let kept = Pence::checked_sum(kept.map(|(_, balance)| *balance)).ok_or(AppError::Overflow)?;
    let wrong = (kept != negated(held)?)
        .then(|| format!("the VAT accounts stand at {kept}, the receipt lines hold {held}"));
    Ok(Check::of("VAT is what the receipt lines hold", wrong))
}

/// What is agreed to be given back and is not paid yet.
async fn refunds_due(ledger: &Ledger, tx: &mut Tx, books: &Books) -> Result<Check> {
    let refunds = tx.refunds_in_flight(books.id()).await?;
    let (_, returns) = tx.open_suspense_returns(books.id()).await?;
    let both = refunds.checked_add(returns).ok_or(AppError::Overflow)?;
    let should = [(Account::RefundsDue, negated(both)?)].into();
    let name = "refunds-due is refunds in flight";
    Ok(compare(name, ledger, should, |account| matches!(account, Account::RefundsDue)))
}

async fn disputes(ledger: &Ledger, tx: &mut Tx, books: &Books) -> Result<Check> {
    let should = [(Account::Disputes, tx.disputed(books.id()).await?)].into();
    let name = "disputes is disputes open, and what was lost";
    Ok(compare(name, ledger, should, |account| matches!(account, Account::Disputes)))
}
