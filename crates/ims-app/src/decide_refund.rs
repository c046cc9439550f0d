//! A second person decides about a refund.

use ims_ledger::{RefundEvent, flow, id::RefundId};
use ims_money::Pence;
use ims_store::{RefundRow, StoreError, Tx};

use crate::{
    AppError, Books, Permission, Result, Verdict,
    books::patiently,
    no_card::no_card,
    outgoing::{Taking, lost},
    posting::{Writer, about_receipt, some},
    refund_steps::{RefundStanding, Step, next},
    request_refund::KIND,
};

impl Books {
    /// Approves a refund: the accounts lose the money, and it is due.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another refund, [`AppError::Refused`] when it
    /// was decided already, or to who asked for it.
    pub async fn approve_refund(&self, id: RefundId, note: &str) -> Result<RefundStanding> {
        self.actor().needs(Permission::ApproveRefund)?;
        no_card("note", note)?;
        patiently(|| self.approve_once(id, note)).await
    }

    async fn approve_once(&self, id: RefundId, note: &str) -> Result<RefundStanding> {
        let mut tx = self.store().begin().await?;
        let refund = self.refund_in(&mut tx, id).await?;
        let decision = (Verdict::Approved, note);
        if self.decided_so(&mut tx, refund.approval, KIND, decision).await?.is_some() {
            return RefundStanding::of(&mut tx, self, refund, true).await;
        }
        let waiting = self.waiting(&mut tx, refund.approval, KIND).await?;
        // Who it is paid to is who was asked for, or nobody approves it.
        self.payee_in(&mut tx, &refund).await?;
        self.decide(&mut tx, &waiting, Verdict::Approved, note).await?;
        let next = next(&refund, RefundEvent::Approve)?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let mut taking = Taking::of(&writer, KIND, id.get());
        taking.taken_before(&mut tx).await?;
        let mut step = Step::of(&refund, next, note);
        self.make_due(&mut tx, &taking, &refund, Pence::ZERO, &mut step).await?;
        let standing = self.take_step(&mut tx, &writer, refund, step).await?;
        tx.commit().await?;
        Ok(standing)
    }

    /// Posts what was taken, and the loss of what could not be, as due.
    pub(crate) async fn make_due(
        &self,
        tx: &mut Tx,
        taking: &Taking<'_, '_>,
        refund: &RefundRow,
        loss: Pence,
        step: &mut Step,
    ) -> Result<()> {
        let writer = taking.writer;
        let today = self.world().today();
        let absent = || AppError::NotFound { what: "receipt", name: refund.receipt_number.clone() };
        let paid = tx.receipt(self.id(), refund.receipt).await?.ok_or_else(absent)?;
        let mut receipt = taking.receipt(&paid, today)?;
        let lost = lost(receipt.as_ref())?;
        let gains: Vec<_> = lost.iter().map(crate::outgoing::Lost::gain).collect();
        let postings = some(flow::refund_due(&gains, loss))?;
        let said = receipt.as_ref().map(about_receipt).unwrap_or_default();
        let about = format!("refund {} {} due loss {loss} {said}", refund.id, refund.number);
        let entry = writer.entry("refund", today, about, postings);
        if let Some(receipt) = &mut receipt {
            receipt.entry = entry.id;
        }
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_receipts(self.id(), receipt.as_slice()).await?;
        step.entry = Some(entry.id);
        step.receipt = receipt.map(|receipt| receipt.id);
        Ok(())
    }

    /// Says no to a refund, or withdraws one's own: the lines have exactly what
    /// was kept back of them again.
    ///
    /// # Errors
    ///
    /// As [`approve_refund`](Self::approve_refund); [`AppError::BadInput`]
    /// without a reason or for the verdict that approves.
    pub async fn refuse_refund(
        &self,
        id: RefundId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<RefundStanding> {
        self.actor().needs(match verdict {
            Verdict::Withdrawn => Permission::Refund,
            Verdict::Approved | Verdict::Refused => Permission::ApproveRefund,
        })?;
        no_card("reason", reason)?;
        if verdict == Verdict::Approved {
            return Err(AppError::BadInput("this refuses a refund; approve it instead".to_owned()));
        }
        if reason.trim().is_empty() {
            return Err(AppError::BadInput("say why the refund is not to be made".to_owned()));
        }
        patiently(|| self.refuse_refund_once(id, verdict, reason)).await
    }

    async fn refuse_refund_once(
        &self,
        id: RefundId,
        verdict: Verdict,
        reason: &str,
    ) -> Result<RefundStanding> {
        let mut tx = self.store().begin().await?;
        let refund = self.refund_in(&mut tx, id).await?;
        if self.decided_so(&mut tx, refund.approval, KIND, (verdict, reason)).await?.is_some() {
            return RefundStanding::of(&mut tx, self, refund, true).await;
        }
        let waiting = self.waiting(&mut tx, refund.approval, KIND).await?;
        self.decide(&mut tx, &waiting, verdict, reason).await?;
        let next = next(&refund, RefundEvent::Refuse)?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let lines = Taking::of(&writer, KIND, id.get()).give_back(&mut tx).await?;
        self.find_losses(&mut tx, &writer, lines).await?;
        let step = Step::of(&refund, next, reason);
        let standing = self.take_step(&mut tx, &writer, refund, step).await?;
        tx.commit().await?;
        Ok(standing)
    }

    /// Records a step, and gives where the refund stands after it.
    pub(crate) async fn take_step(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        mut refund: RefundRow,
        step: Step,
    ) -> Result<RefundStanding> {
        let row = step.row(writer, &refund);
        if !tx.step_refund(self.id(), &row).await? {
            return Err(StoreError::Busy.into());
        }
        refund.state = row.state;
        refund.steps = row.number;
        RefundStanding::of(tx, self, refund, false).await
    }
}
