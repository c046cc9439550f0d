//! The bank pays a whole file of refunds with one line.

use ims_ledger::{
    RefundEvent, RefundState,
    id::{ExportId, LineId},
};
use ims_money::Pence;
use ims_store::{OpenLine, RefundFileRow, RefundRow, RefundStepRow, StoreError, Tx};

use super::{Money, Shown, Step, next};
use crate::{
    AppError, Books, Permission, Result, books::patiently, posting::Writer, send_refunds::SERIES,
};

/// A file of refunds that a bank line shows paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidFile {
    /// What the file is called.
    pub file_name: String,
    /// How many refunds of it were paid.
    pub refunds: u64,
    /// What they come to.
    pub amount: Pence,
    /// Whether nothing changed, because that line had shown it before.
    pub before: bool,
}

/// What of a file is on its way, and what that comes to.
pub(crate) fn underway(refunds: &[RefundRow]) -> Option<(Vec<&RefundRow>, Pence)> {
    let on_its_way = [RefundState::Sent.as_str(), RefundState::Unknown.as_str()];
    let open: Vec<_> =
        refunds.iter().filter(|refund| on_its_way.contains(&refund.state.as_str())).collect();
    let sum = Pence::checked_sum(open.iter().map(|refund| refund.amount))?;
    sum.is_positive().then_some((open, sum))
}

/// The step that each refund of a file takes when a line shows it paid.
pub(crate) fn steps(
    writer: &Writer<'_>,
    open: &[&RefundRow],
    shown: &Shown,
    line: &OpenLine,
) -> Result<Vec<RefundStepRow>> {
    let step = |refund: &&RefundRow| {
        let mut step = Step::of(refund, next(refund, RefundEvent::Pay)?, &shown.set.reason);
        step.entry = Some(shown.entry.id);
        step.line = Some(line.id);
        step.matched = Some(shown.set.id);
        step.reference.clone_from(&line.bank_reference);
        Ok(step.row(writer, refund))
    };
    open.iter().map(step).collect()
}

impl Books {
    /// Records that a bank line paid a file of refunds: each that is on its way
    /// is paid. Told again, nothing changes.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another export or line, [`AppError::Refused`]
    /// when the line is not of what is on its way, or nothing is.
    pub async fn record_refund_file(&self, id: ExportId, line: LineId) -> Result<PaidFile> {
        self.actor().needs(Permission::Refund)?;
        self.needs_kind(SERIES)?;
        patiently(|| self.record_file_once(id, line)).await
    }

    async fn record_file_once(&self, id: ExportId, line: LineId) -> Result<PaidFile> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "file of refunds", name: id.to_string() };
        let file = tx.refund_file(self.id(), id).await?.ok_or_else(absent)?;
        let absent = || AppError::NotFound { what: "bank line", name: line.to_string() };
        let line = tx.line(self.id(), line).await?.ok_or_else(absent)?;
        if let Some(before) = self.paid_before(&mut tx, &file, &line).await? {
            return Ok(before);
        }
        let state = tx.export_state(self.id(), id).await?;
        let refunds = tx.refunds_of_file(self.id(), id).await?;
        let open = underway(&refunds).filter(|_| !state.is_some_and(|it| it.is_rejected()));
        let Some((open, amount)) = open else {
            let what = format!("nothing of {} is on its way", file.file_name);
            return Err(AppError::Refused(what));
        };
        if line.bank != file.bank {
            let what = format!("{} is paid from {}, not {}", file.file_name, file.bank, line.bank);
            return Err(AppError::Refused(what));
        }
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let money = Money::of_file(&file, open.len(), amount);
        let suspense = tx.suspense_of_line(self.id(), line.id).await?;
        let shown = match &suspense {
            Some(item) => Shown::by_suspense(&writer, &money, &line, item, RefundEvent::Pay)?,
            None => Shown::by(&writer, &money, &line, RefundEvent::Pay)?,
        };
        let steps = steps(&writer, &open, &shown, &line)?;
        shown.add(&mut tx, self).await?;
        for step in &steps {
            if !tx.step_refund(self.id(), step).await? {
                return Err(StoreError::Busy.into());
            }
        }
        let data = serde_json::json!({
            "export": id, "refunds": steps.len(), "amount_pence": amount, "line": line.id,
        });
        self.note(&mut tx, "record refunds paid", &file.file_name, data).await?;
        tx.commit().await?;
        let refunds = count(steps.len());
        Ok(PaidFile { file_name: file.file_name, refunds, amount, before: false })
    }

    /// What the same line had shown of the file before.
    async fn paid_before(
        &self,
        tx: &mut Tx,
        file: &RefundFileRow,
        line: &OpenLine,
    ) -> Result<Option<PaidFile>> {
        let paid = RefundState::Paid.as_str();
        let (mut refunds, mut amount) = (0, Pence::ZERO);
        for refund in tx.refunds_of_file(self.id(), file.export).await? {
            let steps = tx.refund_steps(self.id(), refund.id).await?;
            let last = steps.last().filter(|step| step.state == paid);
            if last.is_some_and(|step| step.line == Some(line.id)) {
                refunds += 1;
                amount = amount.checked_add(refund.amount).ok_or(AppError::Overflow)?;
            }
        }
        let file_name = file.file_name.clone();
        Ok((refunds > 0).then_some(PaidFile { file_name, refunds, amount, before: true }))
    }
}

fn count(refunds: usize) -> u64 {
    u64::try_from(refunds).unwrap_or(u64::MAX)
}
