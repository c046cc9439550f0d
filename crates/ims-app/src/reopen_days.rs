//! Opening closed days again, by two people: the days from one on are open, and
//! can be closed again with new certificates.

use chrono::NaiveDate;
use ims_ledger::id::ApprovalId;
use ims_money::Pence;
use ims_store::{ApprovalRow, DayReopenRow, ExportState, PeriodReopenRow, Tx};

use crate::{
    AppError, Books, Permission, Result, Verdict, approvals::Ask, books::patiently,
    close_period::Period, keyed::once_each, no_card::no_card,
};

/// The kind of approval that opens days again.
pub(crate) const REOPEN_DAY: &str = "reopen-day";

/// The kind of approval that opens a month again.
pub(crate) const REOPEN_PERIOD: &str = "reopen-period";

/// What is to be opened again.
#[derive(Clone, Copy, Debug)]
enum Reopen {
    /// A day, and every one after it.
    Day(NaiveDate),
    /// A month.
    Period(Period),
}

impl Books {
    /// Asks for a closed day, and every day after it, to be opened again.
    /// Nothing is opened until another person says so.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for a day that is open, in a closed period, or in
    /// an export that was not rejected, naming them.
    pub async fn ask_reopen_day(
        &self,
        day: NaiveDate,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        self.actor().needs(Permission::ReopenDay)?;
        no_card("reason", reason)?;
        once_each(|| self.ask_to_reopen(Reopen::Day(day), reason, key)).await
    }

    /// Asks for a closed month to be opened again.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for one that is not closed.
    pub async fn ask_reopen_period(
        &self,
        period: Period,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        self.actor().needs(Permission::ReopenDay)?;
        no_card("reason", reason)?;
        once_each(|| self.ask_to_reopen(Reopen::Period(period), reason, key)).await
    }

    async fn ask_to_reopen(
        &self,
        what: Reopen,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        let mut tx = self.store().begin().await?;
        let (kind, subject, document) = match what {
            Reopen::Day(day) => {
                self.may_reopen(&mut tx, day).await?;
                (REOPEN_DAY, day.to_string(), serde_json::json!({ "day": day }))
            }
            Reopen::Period(period) => {
                self.is_closed(&mut tx, period).await?;
                let period = period.to_string();
                (REOPEN_PERIOD, period.clone(), serde_json::json!({ "period": period }))
            }
        };
        let (amount, document) = (Pence::ZERO, document.to_string());
        let id = self.ask(&mut tx, Ask { kind, subject, amount, document, reason, key }).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A second person's say on a day or month to be opened again; who asked
    /// may only withdraw. Gives what it was about; said once more by the same
    /// person, it changes nothing.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] for who asked themselves, for what was decided
    /// otherwise or by somebody else, and when what forbade it when it was asked
    /// forbids it now.
    pub async fn decide_reopen(
        &self,
        id: ApprovalId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<String> {
        self.actor().needs(match verdict {
            Verdict::Withdrawn => Permission::ReopenDay,
            Verdict::Approved | Verdict::Refused => Permission::ApproveReopen,
        })?;
        no_card("reason", reason)?;
        let subject = patiently(|| self.decide_once(id, verdict, reason)).await?;
        self.seal().await?;
        Ok(subject)
    }

    async fn decide_once(&self, id: ApprovalId, verdict: Verdict, reason: &str) -> Result<String> {
        let mut tx = self.store().begin().await?;
        tx.hold_days(self.id()).await?;
        let absent = || AppError::NotFound { what: "approval", name: id.to_string() };
        let row = tx.approval(self.id(), id).await?.ok_or_else(absent)?;
        let kind = if row.kind == REOPEN_PERIOD { REOPEN_PERIOD } else { REOPEN_DAY };
        if row.kind == kind && self.said_before(&row, verdict, reason) {
            return Ok(row.subject);
        }
        let asked = self.waiting(&mut tx, id, kind).await?;
        self.decide(&mut tx, &asked, verdict, reason).await?;
        if verdict == Verdict::Approved {
            if kind == REOPEN_DAY {
                self.reopen_days(&mut tx, &asked).await?;
            } else {
                self.reopen_period(&mut tx, &asked).await?;
            }
        }
        tx.commit().await?;
        Ok(asked.subject)
    }

    async fn reopen_days(&self, tx: &mut Tx, asked: &ApprovalRow) -> Result<()> {
        let unreadable = || AppError::BadInput(format!("`{}` is no day", asked.subject));
        let day: NaiveDate = asked.subject.parse().map_err(|_| unreadable())?;
        let was = self.may_reopen(tx, day).await?;
        let row = DayReopenRow {
            number: tx.day_generation(self.id()).await?.saturating_add(1),
            closed_through: day.pred_opt().ok_or_else(unreadable)?,
            approval: asked.id,
            asked_by: asked.asked_by.clone(),
            reopened_by: self.actor().name().to_owned(),
            reopened_at: self.world().now(),
            reason: asked.reason.clone(),
        };
        tx.reopen_days(self.id(), &row).await?;
        let data = serde_json::json!({
            "number": row.number, "asked_by": row.asked_by, "why": row.reason,
            "before": { "closed_through": was }, "after": { "closed_through": row.closed_through },
        });
        self.note(tx, "reopen day", &day.to_string(), data).await
    }

    async fn reopen_period(&self, tx: &mut Tx, asked: &ApprovalRow) -> Result<()> {
        let period = Period::parse(&asked.subject)?;
        let generation = self.is_closed(tx, period).await?;
        let row = PeriodReopenRow {
            period: period.to_string(),
            generation,
            approval: asked.id,
            asked_by: asked.asked_by.clone(),
            reopened_by: self.actor().name().to_owned(),
            reopened_at: self.world().now(),
            reason: asked.reason.clone(),
        };
        tx.reopen_period(self.id(), &row).await?;
        let data = serde_json::json!({
            "generation": generation, "asked_by": row.asked_by, "why": row.reason,
        });
        self.note(tx, "reopen period", &row.period, data).await
    }

    /// The last closed day, if nothing stands in the way of opening `day`.
    async fn may_reopen(&self, tx: &mut Tx, day: NaiveDate) -> Result<NaiveDate> {
        let closed = tx.closed_through(self.id()).await?.filter(|closed| *closed >= day);
        let open = || AppError::Refused(format!("{day} is open: there is nothing to open again"));
        let closed = closed.ok_or_else(open)?;
        let month = Period::of(day).to_string();
        let periods = tx.closed_periods_from(self.id(), &month).await?;
        let periods: Vec<_> = periods.into_iter().map(|row| row.period).collect();
        if !periods.is_empty() {
            return Err(AppError::Refused(format!(
                "{day} cannot be opened again while its period or a later one is closed: {}; \
                 have the period opened again first",
                periods.join(", ")
            )));
        }
        let holding = tx.exports_holding(self.id(), day).await?;
        if !holding.is_empty() {
            let named: Vec<_> = holding.iter().map(named).collect();
            return Err(AppError::Refused(format!(
                "{day} cannot be opened again while exports hold it or a later day: {}; one that \
                 the other side has not accepted can be rejected first, with `ims export ack`",
                named.join(", ")
            )));
        }
        Ok(closed)
    }

    /// Which of its closes stands, counted from 0.
    async fn is_closed(&self, tx: &mut Tx, period: Period) -> Result<i64> {
        let name = period.to_string();
        let rows = tx.closed_periods_from(self.id(), &name).await?;
        let row = rows.iter().find(|row| row.period == name);
        let open = || AppError::Refused(format!("{name} is open: there is nothing to open again"));
        row.map(|row| row.generation).ok_or_else(open)
    }
}

fn named(state: &ExportState) -> String {
    let name = &state.row.file_name;
    match &state.ack {
        Some(ack) => format!("{name} (accepted by the other side as `{}`)", ack.their_reference),
        None => format!("{name} (not acknowledged yet)"),
    }
}
