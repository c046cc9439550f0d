//! What a new configuration would change, before it does.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use ims_ledger::{Account, Council, Funds, ProviderAccount, id::ApprovalId, london_end};
use ims_money::Pence;
use ims_store::{OpenSuspense, Tx};

use super::{
    apply::{KIND, wish_of},
    difference::{Change, between},
    read,
};
use crate::{AppError, Books, Permission, ROWS_MAX, Result, books::last_day};

/// Days back that receipts by a method count as its being in use.
const IN_USE_DAYS: u64 = 31;

/// Receipts of a method that are counted.
const IN_USE_MOST: i64 = 1_000;

/// What a new configuration would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The version it was compared with: the one in force on that day.
    pub version: i64,
    /// The first day it would be in force.
    pub from: NaiveDate,
    /// Every difference.
    pub changes: Vec<Change>,
    /// What would strand money, and what else a person should know.
    pub warnings: Vec<String>,
}

impl Books {
    /// What `document` would change from `from` on. Nothing is kept.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] when it has faults or is another council's.
    pub async fn plan_configuration(&self, document: &str, from: NaiveDate) -> Result<Plan> {
        self.actor().needs(Permission::Configure)?;
        let mut tx = self.store().snapshot().await?;
        self.plan_in(&mut tx, document, from).await
    }

    /// What a version that waits for a second person would change.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another, [`AppError::Refused`] when it was decided.
    pub async fn plan_waiting(&self, id: ApprovalId) -> Result<Plan> {
        self.actor().needs(Permission::ApproveConfiguration)?;
        let mut tx = self.store().snapshot().await?;
        let row = self.waiting(&mut tx, id, KIND).await?;
        let wish = wish_of(&row.document)?;
        self.plan_in(&mut tx, &wish.document, wish.from).await
    }

    async fn plan_in(&self, tx: &mut Tx, document: &str, from: NaiveDate) -> Result<Plan> {
        let new = self.read_own(document)?;
        let in_force = match tx.configuration(self.id(), from).await? {
            Some(row) => Some(row),
            None => tx.configuration(self.id(), last_day()).await?,
        };
        let absent =
            || AppError::NotFound { what: "configuration of", name: self.council().code.clone() };
        let in_force = in_force.ok_or_else(absent)?;
        let old = read(&in_force.document)?;
        let mut warnings = Vec::new();
        let later = self.versions(tx).await?.into_iter().filter(|row| row.from_day > from);
        if let Some(row) = later.min_by_key(|row| row.from_day) {
            warnings.push(format!("version {} takes its place on {}", row.version, row.from_day));
        }
        warnings.extend(self.stranded(tx, &old, &new).await?);
        Ok(Plan { version: in_force.version, from, changes: between(&old, &new)?, warnings })
    }

    /// Money that nobody could get at any more.
    async fn stranded(&self, tx: &mut Tx, old: &Council, new: &Council) -> Result<Vec<String>> {
        let mut warnings = Vec::new();
        self.stranded_funds(tx, old, new, &mut warnings).await?;
        self.stranded_channels(tx, old, new, &mut warnings).await?;
        self.stranded_banks(tx, old, new, &mut warnings).await?;
        self.methods_in_use(tx, old, new, &mut warnings).await?;
        self.stranded_providers(tx, old, new, &mut warnings).await?;
        warnings.extend(one_account_twice(new));
        Ok(warnings)
    }

    async fn stranded_funds(
        &self,
        tx: &mut Tx,
        old: &Council,
        new: &Council,
        warnings: &mut Vec<String>,
    ) -> Result<()> {
        let stays = |code: &str| new.fund.iter().any(|f| f.code.as_str() == code && !f.disabled);
        let going: Vec<_> =
            old.fund.iter().filter(|f| !f.disabled && !stays(f.code.as_str())).collect();
        if going.is_empty() {
            return Ok(());
        }
        let suspense = self.all_suspense(tx).await?;
        let funds = Funds::of(old).map_err(|bad| AppError::BadInput(bad.to_string()))?;
        for fund in going {
            let code = fund.code.as_str();
            let balance = tx.balance(self.id(), &Account::Fund(fund.code.clone())).await?;
            if !balance.is_zero() {
                let held = balance.checked_neg().ok_or(AppError::Overflow)?;
                warnings.push(format!("fund {code} goes, but {held} was credited to it"));
            }
            let names =
                |item: &&OpenSuspense| matches!(funds.read(code, &item.reference), Some(Ok(_)));
            let its: Vec<_> = suspense.iter().filter(names).collect();
            if !its.is_empty() {
                let left = sum(its.iter().map(|item| item.remaining))?;
                let count = its.len();
                warnings.push(format!(
                    "fund {code} goes, but suspense has {count} open with a reference of its kind, {left} in all"
                ));
            }
        }
        Ok(())
    }

    async fn all_suspense(&self, tx: &mut Tx) -> Result<Vec<OpenSuspense>> {
        let mut all: Vec<OpenSuspense> = Vec::new();
        loop {
            let after = all.last().map(|item| item.id);
            let page = tx.open_suspense(self.id(), after, ROWS_MAX).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    async fn stranded_channels(
        &self,
        tx: &mut Tx,
        old: &Council,
        new: &Council,
        warnings: &mut Vec<String>,
    ) -> Result<()> {
        let kept: BTreeSet<_> = new.channel.iter().map(|channel| channel.code.as_str()).collect();
        let going: BTreeSet<_> = old.channel.iter().map(|channel| channel.code.as_str()).collect();
        for (channel, count, total, since) in tx.open_expected_totals(self.id()).await? {
            if going.contains(channel.as_str()) && !kept.contains(channel.as_str()) {
                warnings.push(format!(
                    "channel {channel} goes, but {count} open since {since}, {total} in all, wait for the bank"
                ));
            }
        }
        Ok(())
    }

    async fn stranded_banks(
        &self,
        tx: &mut Tx,
        old: &Council,
        new: &Council,
        warnings: &mut Vec<String>,
    ) -> Result<()> {
        let stays = |code: &str| new.bank_account.iter().any(|bank| bank.code.as_str() == code);
        let going: Vec<_> =
            old.bank_account.iter().filter(|bank| !stays(bank.code.as_str())).collect();
        if going.is_empty() {
            return Ok(());
        }
        let lines = tx.open_lines(self.id()).await?;
        for bank in going {
            let balance = tx.balance(self.id(), &Account::Bank(bank.code.clone())).await?;
            if !balance.is_zero() {
                warnings.push(format!("bank account {} goes, but stands at {balance}", bank.code));
            }
            let open: Vec<_> =
                lines.iter().filter(|line| line.bank == bank.code.as_str()).collect();
            if !open.is_empty() {
                let (count, total) = (open.len(), sum(open.iter().map(|line| line.amount))?);
                warnings.push(format!(
                    "bank account {} goes, but {count} of its lines, {total} in all, are not explained",
                    bank.code
                ));
            }
        }
        Ok(())
    }

    /// Payments are kept under their account's name: nobody asks about them, gives
    /// them back or hears a notice of them under another.
    async fn stranded_providers(
        &self,
        tx: &mut Tx,
        old: &Council,
        new: &Council,
        warnings: &mut Vec<String>,
    ) -> Result<()> {
        let going = old.provider.iter().filter(|it| new.provider(&it.name).is_none());
        let names: Vec<_> = going.map(|account| account.name.clone()).collect();
        for name in names {
            let (open, since) = (tx.open_payments(self.id(), &name).await?, self.in_use_since());
            if open > 0 {
                warnings.push(format!(
                    "provider {name} goes, but {open} of its payments are open and nobody would \
                     ask about them: disable it instead"
                ));
            }
            let from = london_end(since).unwrap_or_default();
            let used = tx.payments_since(self.id(), &name, from, IN_USE_MOST).await?;
            if used > 0 {
                let more = if used == IN_USE_MOST { " or more" } else { "" };
                warnings.push(format!(
                    "provider {name} goes, but {used}{more} payments were begun through it since \
                     {since}, and could not be given back: disable it instead"
                ));
            }
        }
        Ok(())
    }

    fn in_use_since(&self) -> NaiveDate {
        self.world().today().checked_sub_days(Days::new(IN_USE_DAYS)).unwrap_or_default()
    }

    async fn methods_in_use(
        &self,
        tx: &mut Tx,
        old: &Council,
        new: &Council,
        warnings: &mut Vec<String>,
    ) -> Result<()> {
        let since = self.in_use_since();
        let stays = |code: &str| new.method.iter().any(|m| m.code.as_str() == code && !m.disabled);
        let going = old.method.iter().filter(|m| !m.disabled && !stays(m.code.as_str()));
        let codes: Vec<_> = going.map(|method| method.code.to_string()).collect();
        for code in codes {
            let used = tx.receipts_by_method(self.id(), since, &code, IN_USE_MOST).await?;
            if used > 0 {
                let more = if used == IN_USE_MOST { " or more" } else { "" };
                warnings.push(format!(
                    "method {code} goes, but {used}{more} receipts came by it since {since}"
                ));
            }
        }
        Ok(())
    }
}

/// One account at a provider under two names: what is paid through it is listed
/// by both.
fn one_account_twice(new: &Council) -> Vec<String> {
    let key = |account: &ProviderAccount| {
        account
            .secrets
            .get("key")
            .map(|key| (account.kind.clone(), account.url.clone(), key.clone()))
    };
    let mut seen: Vec<(&ProviderAccount, _)> = Vec::new();
    let mut warnings = Vec::new();
    for account in &new.provider {
        let Some(key) = key(account) else { continue };
        match seen.iter().find(|(_, other)| *other == key) {
            Some((other, _)) => warnings.push(format!(
                "providers {} and {} are one account with the same key: what is paid through one \
                 is listed as unknown by the other",
                other.name, account.name
            )),
            None => seen.push((account, key)),
        }
    }
    warnings
}

fn sum(amounts: impl Iterator<Item = Pence>) -> Result<Pence> {
    Pence::checked_sum(amounts).ok_or(AppError::Overflow)
}
