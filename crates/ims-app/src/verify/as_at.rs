//! The invariants of the books as they stood at an instant, from what had been
//! posted by then.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ims_ledger::{
    Account,
    id::{BankCode, ChannelCode, FundCode},
};
use ims_money::Pence;
use ims_store::Tx;

use super::{
    Check,
    accounts::{Ledger, banks, code, compare, negated, suspense},
};
use crate::{AppError, Books, Permission, Result};

impl Books {
    /// Every account's balance as it stood at an instant, and whether the
    /// invariants held then.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn verify_as_at(
        &self,
        at: DateTime<Utc>,
    ) -> Result<(Vec<Check>, Vec<(Account, Pence)>)> {
        self.actor().needs(Permission::Audit)?;
        let mut tx = self.store().snapshot_of_all().await?;
        let mut balances = Vec::new();
        for sums in tx.balances_at(self.id(), at).await? {
            let balance = sums.debit.checked_sub(sums.credit).ok_or(AppError::Overflow)?;
            balances.push((sums.account, balance));
        }
        let ledger: Ledger = balances.iter().cloned().collect();
        let checks = self.stood(&mut tx, &ledger, at).await?;
        Ok((checks, balances))
    }

    async fn stood(&self, tx: &mut Tx, ledger: &Ledger, at: DateTime<Utc>) -> Result<Vec<Check>> {
        let id = self.id();
        let sum = Pence::checked_sum(ledger.values().copied()).ok_or(AppError::Overflow)?;
        let wrong = (!sum.is_zero()).then(|| format!("debits differ from credits by {sum}"));
        let mut waiting = BTreeMap::new();
        for (channel, _, amount) in tx.expected_at(id, at).await? {
            waiting.insert(Account::Clearing(code(ChannelCode::parse(&channel))?), amount);
        }
        let mut lines = BTreeMap::new();
        for (bank, _, amount) in tx.lines_at(id, at).await? {
            lines.insert(Account::Unmatched(code(BankCode::parse(&bank))?), negated(amount)?);
        }
        let (mut funds, mut held) = (BTreeMap::new(), Pence::ZERO);
        for (fund, net, vat) in tx.fund_income_at(id, at).await? {
            funds.insert(Account::Fund(code(FundCode::parse(&fund))?), negated(net)?);
            held = held.checked_add(vat).ok_or(AppError::Overflow)?;
        }
        let vat = ledger.iter().filter(|(account, _)| matches!(account, Account::Vat(_)));
        let vat = Pence::checked_sum(vat.map(|(_, sum)| *sum)).ok_or(AppError::Overflow)?;
        let differs = vat != negated(held)?;
        let differs =
            differs.then(|| format!("the VAT accounts stood at {vat}, the lines held {held}"));
        Ok(vec![
            Check::of("as it stood: debits equal credits", wrong),
            banks(ledger, tx.closing_balances_at(id, at).await?)?
                .named("as it stood: each bank account at its last closing balance"),
            suspense(ledger, tx.suspense_total_at(id, at).await?)?
                .named("as it stood: suspense is what was left of its items"),
            compare(
                "as it stood: each clearing account is what it waited for",
                ledger,
                waiting,
                |account| matches!(account, Account::Clearing(_)),
            ),
            compare(
                "as it stood: each unmatched account is its open bank lines",
                ledger,
                lines,
                |account| matches!(account, Account::Unmatched(_)),
            ),
            compare("as it stood: each fund is its receipt lines", ledger, funds, |account| {
                matches!(account, Account::Fund(_))
            }),
            Check::of("as it stood: VAT is what the receipt lines held", differs),
        ])
    }
}
