//! Closing a period, a month: its days are closed, and stay so until two people
//! open the month again.

use std::fmt;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use ims_ledger::{Account, london_end, seal::ContentHash};
use ims_money::Pence;
use ims_store::{FundTotal, PeriodCloseRow, StoreError, Tx};
use serde::{Deserialize, Serialize};

use crate::{AppError, Books, Permission, ROWS_MAX, Result, books::patiently};

/// A month, written `2026-04`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(NaiveDate);

impl Period {
    /// The month of a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Reads a month, year first.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = |_| AppError::BadInput(format!("`{text}` is no month; 2026-04 would be"));
        NaiveDate::parse_from_str(&format!("{}-01", text.trim()), "%Y-%m-%d").map(Self).map_err(bad)
    }

    /// Its first day.
    #[must_use]
    pub const fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let next = self.0.checked_add_months(Months::new(1));
        next.and_then(|next| next.checked_sub_days(Days::new(1))).unwrap_or(self.0)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// What a closed month came to, and what was still open when it was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodCertificate {
    /// The month.
    pub period: String,
    /// Receipt lines that count in it.
    pub lines: i64,
    /// Their sum.
    pub lines_pence: Pence,
    /// The same by fund.
    pub funds: Vec<(String, i64, Pence)>,
    /// Every account's balance at the end of the month, debit positive.
    pub balances: Vec<(Account, Pence)>,
    /// What was left of suspense items as known at the close: how many with
    /// something left, and how much.
    pub suspense: (i64, Pence),
    /// Bank lines nothing explained: account, how many, their signed sum.
    pub unmatched: Vec<(String, i64, Pence)>,
    /// Exports of its days that the other side has not accepted.
    pub not_acknowledged: Vec<String>,
    /// The newest block when it was closed, in hexadecimal.
    pub head: String,
    /// Whether it had been closed before.
    #[serde(skip)]
    pub before: bool,
}

impl Books {
    /// Closes a month all of whose days are closed. The same month again gives
    /// the same certificate.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] while one of its days is open.
    pub async fn close_period(&self, period: Period) -> Result<PeriodCertificate> {
        self.actor().needs(Permission::CloseDay)?;
        if let Some(before) = self.period_before(period).await? {
            return Ok(before);
        }
        let head = self.seal().await?;
        let certificate = match patiently(|| self.close_period_once(period, head)).await {
            Err(AppError::Store(StoreError::Duplicate(_))) => self.period_before(period).await?,
            done => Some(done?),
        };
        self.seal().await?;
        certificate
            .ok_or_else(|| AppError::Refused(format!("{period} was closed by somebody else")))
    }

    /// The newest months closed, those opened again since among them.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn periods(&self, limit: i64) -> Result<Vec<PeriodCloseRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        // A certificate holds every account's balance.
        self.needs_whole("see what closed months came to")?;
        let mut tx = self.store().snapshot().await?;
        Ok(tx.periods(self.id(), limit.clamp(1, ROWS_MAX)).await?)
    }

    async fn period_before(&self, period: Period) -> Result<Option<PeriodCertificate>> {
        let name = period.to_string();
        let mut tx = self.store().snapshot().await?;
        let rows = tx.closed_periods_from(self.id(), &name).await?;
        let Some(row) = rows.iter().find(|row| row.period == name) else { return Ok(None) };
        let read: PeriodCertificate = serde_json::from_str(&row.certificate)
            .map_err(|error| AppError::BadInput(error.to_string()))?;
        Ok(Some(PeriodCertificate { before: true, ..read }))
    }

    async fn close_period_once(
        &self,
        period: Period,
        head: ContentHash,
    ) -> Result<PeriodCertificate> {
        let mut tx = self.store().begin().await?;
        tx.hold_days(self.id()).await?;
        let (last, name) = (period.last_day(), period.to_string());
        let closed = tx.closed_through(self.id()).await?;
        if closed.is_none_or(|closed| closed < last) {
            let open = closed.map_or_else(
                || "no day is closed yet".to_owned(),
                |closed| format!("days are closed through {closed}"),
            );
            return Err(AppError::Refused(format!(
                "{name} cannot be closed before its last day, {last}: {open}"
            )));
        }
        let generation = tx.period_generation(self.id(), &name).await?;
        let certificate = self.certify_period(&mut tx, period, head).await?;
        let document = serde_json::to_string(&certificate)
            .map_err(|error| AppError::BadInput(error.to_string()))?;
        let row = PeriodCloseRow {
            period: name.clone(),
            generation,
            closed_at: self.world().now(),
            closed_by: self.actor().name().to_owned(),
            head,
            certificate: document,
            reopened_at: None,
        };
        tx.close_period(self.id(), &row).await?;
        let data = serde_json::json!({
            "generation": generation, "lines": certificate.lines,
            "lines_pence": certificate.lines_pence, "head": certificate.head,
            "suspense_pence": certificate.suspense.1,
            "not_acknowledged": certificate.not_acknowledged,
        });
        self.note(&mut tx, "close period", &name, data).await?;
        tx.commit().await?;
        Ok(certificate)
    }

    async fn certify_period(
        &self,
        tx: &mut Tx,
        period: Period,
        head: ContentHash,
    ) -> Result<PeriodCertificate> {
        let (first, last) = (period.first_day(), period.last_day());
        let totals = tx.fund_totals(self.id(), first, last).await?;
        let funds = by_fund(&totals)?;
        let lines = funds.iter().map(|(_, count, _)| *count).fold(0, i64::saturating_add);
        let sum = Pence::checked_sum(funds.iter().map(|(_, _, sum)| *sum));
        let balance = |sums: ims_store::Balances| {
            let balance = sums.debit.checked_sub(sums.credit).ok_or(AppError::Overflow)?;
            Ok((sums.account, balance))
        };
        let balances = tx.balances(self.id(), last).await?.into_iter().map(balance);
        let balances = balances.collect::<Result<Vec<_>>>()?;
        let now = self.world().now();
        let unmatched = tx.lines_at(self.id(), now.max(london_end(last).unwrap_or(now))).await?;
        let exports = tx.export_states(self.id(), None, i64::MAX).await?;
        let touches = |row: &ims_store::ExportRow| {
            row.through_day >= first && row.after_day.is_none_or(|after| after < last)
        };
        let open = |one: &&ims_store::ExportState| {
            touches(&one.row) && !one.is_accepted() && one.replaced_by.is_none()
        };
        let names = exports.iter().filter(open).map(|one| one.row.file_name.clone());
        Ok(PeriodCertificate {
            period: period.to_string(),
            lines,
            lines_pence: sum.ok_or(AppError::Overflow)?,
            funds,
            balances,
            suspense: tx.open_suspense_totals(self.id()).await?,
            unmatched,
            not_acknowledged: names.collect(),
            head: head.to_string(),
            before: false,
        })
    }
}

/// The totals of each fund, its methods of payment together.
fn by_fund(totals: &[FundTotal]) -> Result<Vec<(String, i64, Pence)>> {
    let mut funds: Vec<(String, i64, Pence)> = Vec::new();
    for total in totals {
        if funds.last().is_none_or(|(fund, _, _)| *fund != total.fund) {
            funds.push((total.fund.clone(), 0, Pence::ZERO));
        }
        if let Some((_, lines, sum)) = funds.last_mut() {
            *lines = lines.saturating_add(total.lines);
            *sum = sum.checked_add(total.amount).ok_or(AppError::Overflow)?;
        }
    }
    Ok(funds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_knows_its_days() {
        for (text, first, last) in [
            ("2026-04", "2026-04-01", "2026-04-30"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2026-12", "2026-12-01", "2026-12-31"),
        ] {
            let period = Period::parse(text).unwrap();
            let days = (period.first_day().to_string(), period.last_day().to_string());
            assert_eq!((days.0.as_str(), days.1.as_str()), (first, last));
            assert_eq!(period.to_string(), text);
            assert_eq!(Period::of(last.parse().unwrap()), period);
        }
        for bad in ["2026", "2026-13", "April 2026", ""] {
            assert!(Period::parse(bad).unwrap_err().is_bad_input(), "{bad}");
        }
    }
}
