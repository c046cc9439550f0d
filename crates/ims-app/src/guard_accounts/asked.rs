//! Payments that name these accounts and that are in no receipt: those that a person has to
//! look into, and those of which nobody knows yet whether they were made.

use std::collections::{BTreeMap, BTreeSet};

use ims_ledger::{id::PaymentId, london_day};
use ims_pay::StatusName;
use ims_store::{AskedFor, PaymentExceptionRow, Tx};

use super::{MayBeTheirs, Unplaced};
use crate::{Books, ROWS_MAX, Result, clues::Account};

/// The provider says that somebody paid, for this account too, in thousandths.
const PAID: u16 = 950;
/// Nobody knows whether it was paid.
const IN_DOUBT: u16 = 500;

type Found<'a> = BTreeMap<&'a Account, Vec<MayBeTheirs>>;

impl Books {
    /// What payers may have paid for these accounts by payments that have no receipt.
    pub(super) async fn asked_and_unreceipted<'a>(
        &self,
        tx: &mut Tx,
        accounts: &'a BTreeSet<Account>,
    ) -> Result<Found<'a>> {
        let mut found = Found::new();
        self.of_exceptions(tx, accounts, &mut found).await?;
        self.in_doubt(tx, accounts, &mut found).await?;
        Ok(found)
    }

    async fn of_exceptions<'a>(
        &self,
        tx: &mut Tx,
        accounts: &'a BTreeSet<Account>,
        found: &mut Found<'a>,
    ) -> Result<()> {
        let mut after = None;
        loop {
            let rows = tx.open_payment_exceptions(self.id(), after, ROWS_MAX).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            let lines = self.lines_asked_for(tx, rows.iter().filter_map(|row| row.payment)).await?;
            for row in &rows {
                let of = row.payment.and_then(|id| lines.get(&id)).into_iter().flatten();
                // What was captured is in a receipt, whatever else is odd of it.
                for line in of.filter(|line| line.status != StatusName::Captured.as_str()) {
                    add(accounts, found, line, |line| excepted(row, line));
                }
            }
        }
    }

    async fn in_doubt<'a>(
        &self,
        tx: &mut Tx,
        accounts: &'a BTreeSet<Account>,
        found: &mut Found<'a>,
    ) -> Result<()> {
        let mut after = None;
        loop {
            let rows = tx.payments_in_doubt(self.id(), after, ROWS_MAX).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.id);
            let lines = self.lines_asked_for(tx, rows.iter().map(|row| row.id)).await?;
            for row in &rows {
                for line in lines.get(&row.id).into_iter().flatten() {
                    let day = london_day(row.started_at);
                    let of = |line: &AskedFor| MayBeTheirs {
                        money: Unplaced::Payment(line.called.clone()),
                        happened_on: day,
                        amount: line.amount,
                        permille: IN_DOUBT,
                        reasons: vec![in_words(&line.status)],
                    };
                    add(accounts, found, line, of);
                }
            }
        }
    }

    async fn lines_asked_for(
        &self,
        tx: &mut Tx,
        payments: impl Iterator<Item = PaymentId>,
    ) -> Result<BTreeMap<PaymentId, Vec<AskedFor>>> {
        let payments: BTreeSet<PaymentId> = payments.collect();
        let payments: Vec<PaymentId> = payments.into_iter().collect();
        let mut lines: BTreeMap<PaymentId, Vec<AskedFor>> = BTreeMap::new();
        for line in tx.asked_for(self.id(), &payments).await? {
            lines.entry(line.payment).or_default().push(line);
        }
        Ok(lines)
    }
}

fn add<'a>(
    accounts: &'a BTreeSet<Account>,
    found: &mut Found<'a>,
    line: &AskedFor,
    of: impl FnOnce(&AskedFor) -> MayBeTheirs,
) {
    if let Some(account) = accounts.get(&(line.fund.clone(), line.reference.clone())) {
        found.entry(account).or_default().push(of(line));
    }
}

fn excepted(row: &PaymentExceptionRow, line: &AskedFor) -> MayBeTheirs {
    let mut reasons = vec![format!(
        "payment {} names it and waits for a person to look into: {}",
        line.called, row.why
    )];
    if let Some(amount) = row.amount {
        reasons.push(format!("the provider speaks of {amount} in all"));
    }
    if let Some(item) = row.suspense {
        reasons.push(format!("the money is in suspense as {item}"));
    }
    let is_paid = row.is_money || row.suspense.is_some();
    MayBeTheirs {
        money: Unplaced::Exception(row.id),
        happened_on: london_day(row.at),
        amount: line.amount,
        permille: if is_paid { PAID } else { IN_DOUBT },
        reasons,
    }
}

/// Why nobody knows, of a payment in this status.
fn in_words(status: &str) -> String {
    let what = match status.parse() {
        Ok(StatusName::Pending) => "the payer is done and the provider is not",
        Ok(StatusName::Authorised) => "the provider holds the money and has not taken it",
        _ => "the provider gave no answer, so it may have been paid or not",
    };
    format!("a payment that names it is {status}: {what}")
}
