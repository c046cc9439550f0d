//! As it stood: balances and open items as at any past day or instant.
//!
//! Two questions look alike. What the days through one came to
//! ([`Stand::Day`]) counts what was posted later into an earlier day; what the
//! books said at an instant ([`Stand::Instant`]) counts what was posted by
//! then, into whichever day. Nothing is kept for either: rows are only added,
//! and each says when.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{Account, id::SuspenseId, london_end};
use ims_money::Pence;
use ims_store::{AccountStood, FundTotal, StoodSuspense};

use crate::{AppError, Books, Permission, ROWS_MAX, Result};

/// Up to when something is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// What counts in the accounting days through this one, whenever it was posted.
    Day(NaiveDate),
    /// What had been posted by this instant, into whichever day.
    Instant(DateTime<Utc>),
}

impl Stand {
    /// The books as they stood at the end of a day in London.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for a day beyond every calendar.
    pub fn at_end_of(day: NaiveDate) -> Result<Self> {
        let beyond = || AppError::BadInput(format!("{day} is beyond every calendar"));
        london_end(day).map(Self::Instant).ok_or_else(beyond)
    }
}

/// Suspense at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuspenseStood {
    /// How many items had something left.
    pub count: i64,
    /// What was left of all of them, credit positive.
    pub remaining: Pence,
    /// As many of them as were asked for, the oldest first.
    pub items: Vec<StoodSuspense>,
}

/// What was open at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoodOpen {
    /// What each channel waited for: channel, how many, how much.
    pub expected: Vec<(String, i64, Pence)>,
    /// Bank lines nothing explained: account, how many, their signed sum.
    pub lines: Vec<(String, i64, Pence)>,
}

impl Books {
    /// Every account's balance as it stood, debit positive.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn balances_at(&self, stand: Stand) -> Result<Vec<(Account, Pence)>> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().look().await?;
        let sums = match stand {
            Stand::Day(day) => tx.balances_through(self.id(), day).await?,
            Stand::Instant(at) => tx.balances_at(self.id(), at).await?,
        };
        let balance = |sums: ims_store::Balances| {
            let balance = sums.debit.checked_sub(sums.credit).ok_or(AppError::Overflow)?;
            Ok((sums.account, balance))
        };
        sums.into_iter().map(balance).collect()
    }

    /// Income of an accounting day by fund and method, as known at an instant.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn income_stood(&self, day: NaiveDate, at: DateTime<Utc>) -> Result<Vec<FundTotal>> {
        self.actor().needs(Permission::SeeIncome)?;
        let scope = self.actor().scope();
        if self.within().offices.is_some() {
            // The sums are by fund and method.
            self.needs_whole("see what the income of every office was")?;
        }
        let mut totals = self.store().snapshot().await?.fund_totals_at(self.id(), day, at).await?;
        totals.retain(|one| scope.may_fund(&one.fund) && scope.may_method(&one.method));
        Ok(totals)
    }

    /// What an account of a payer had been credited with.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn account_stood(
        &self,
        fund: &str,
        reference: &str,
        stand: Stand,
    ) -> Result<AccountStood> {
        self.actor().needs(Permission::SeeIncome)?;
        self.needs_whole_fund(fund, "see what an account was, of every office and method")?;
        let mut tx = self.store().snapshot().await?;
        Ok(match stand {
            Stand::Day(day) => tx.account_on(self.id(), fund, reference, day).await?,
            Stand::Instant(at) => tx.account_at(self.id(), fund, reference, at).await?,
        })
    }

    /// Suspense at an instant: all of it in sums, and the items that had something
    /// left, the oldest first, at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn suspense_stood(
        &self,
        at: DateTime<Utc>,
        after: Option<SuspenseId>,
        limit: i64,
    ) -> Result<SuspenseStood> {
        self.actor().needs(Permission::SeeSuspense)?;
        let mut tx = self.store().snapshot().await?;
        Ok(SuspenseStood {
            count: tx.suspense_count_at(self.id(), at).await?,
            remaining: tx.suspense_total_at(self.id(), at).await?,
            items: tx.suspense_at(self.id(), at, after, limit.clamp(1, ROWS_MAX)).await?,
        })
    }

    /// What channels and bank accounts waited for at an instant, in sums.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn open_stood(&self, at: DateTime<Utc>) -> Result<StoodOpen> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        Ok(StoodOpen {
            expected: tx.expected_at(self.id(), at).await?,
            lines: tx.lines_at(self.id(), at).await?,
        })
    }
}
