//! What deeds ask of whoever does them, beside the permission.

use ims_ledger::id::ApprovalId;
use ims_store::{ApprovalRow, ReceiptRow, Tx, Within};

use crate::{AppError, Books, Result, ScopeKind, Verdict};

impl Books {
    /// Asks whether a fund is within what the actor works for. Another sounds
    /// like one there is not.
    pub(crate) fn needs_fund(&self, fund: &str) -> Result<()> {
        self.needs_within(ScopeKind::Fund, fund)
    }

    /// Asks the same of an office, a method of payment, a template, a fund. (A
    /// group of funds is no place for money.)
    pub(crate) fn needs_within(&self, kind: ScopeKind, code: &str) -> Result<()> {
        let scope = self.actor().scope();
        let (is_within, what) = match kind {
            ScopeKind::Fund => (scope.may_fund(code), "fund"),
            ScopeKind::FundGroup => (false, "fund"),
            ScopeKind::Office => (scope.may_office(code), "office"),
            ScopeKind::Method => (scope.may_method(code), "method of payment"),
            ScopeKind::Template => (scope.may_template(code), "template"),
        };
        if is_within { Ok(()) } else { Err(AppError::NotFound { what, name: code.to_owned() }) }
    }

    /// Asks whether the actor works for all of the council: for what is of no
    /// one fund.
    pub(crate) fn needs_whole(&self, deed: &'static str) -> Result<()> {
        if self.actor().scope().is_whole() {
            return Ok(());
        }
        Err(self.actor().refused_in_part(deed))
    }

    /// What of a receipt the actor sees: nothing, and it sounds like a receipt
    /// there is not.
    #[allow(dead_code, reason = "for the deeds to come")]
    pub(crate) fn seen_of(&self, receipt: Option<ReceiptRow>) -> Option<ReceiptRow> {
        receipt.and_then(|receipt| self.actor().scope().of_receipt(receipt))
    }

    /// What of the council the actor sees, for lists and sums.
    pub(crate) fn within(&self) -> Within {
        self.actor().scope().within()
    }

    /// Says which funds an approval is about, so that somebody who works for
    /// them may see and decide it. One of which nothing is said is of the whole.
    #[allow(dead_code, reason = "for the deeds to come")]
    pub(crate) async fn ask_about(
        &self,
        tx: &mut Tx,
        approval: ApprovalId,
        funds: &[&str],
    ) -> Result<()> {
        let mut funds = funds.to_vec();
        funds.sort_unstable();
        funds.dedup();
        // The same question again names nothing new.
        if tx.approval_funds(self.id(), approval).await?.is_empty() {
            tx.add_approval_funds(self.id(), approval, &funds).await?;
        }
        Ok(())
    }

    /// Whether the actor sees an approval: their own, and those of their funds.
    pub(crate) async fn sees_approval(&self, tx: &mut Tx, row: &ApprovalRow) -> Result<bool> {
        let scope = self.actor().scope();
        if scope.is_whole() || row.asked_by == self.actor().name() {
            return Ok(true);
        }
        let within = scope.within();
        let funds = tx.approval_funds(self.id(), row.id).await?;
        let is_by_fund = within.offices.is_none() && within.methods.is_none();
        Ok(is_by_fund && !funds.is_empty() && funds.iter().all(|fund| scope.may_fund(fund)))
    }

    /// Refuses an approval of more than the actor's roles may approve.
    pub(crate) fn needs_limit(&self, row: &ApprovalRow, verdict: Verdict) -> Result<()> {
        if verdict != Verdict::Approved {
            return Ok(());
        }
        let Some(limit) = self.actor().limit(&row.kind) else { return Ok(()) };
        let amount = row.amount.checked_abs().ok_or(AppError::Overflow)?;
        if amount <= limit {
            return Ok(());
        }
        let (who, kind) = (self.actor().name(), &row.kind);
        Err(AppError::Refused(format!(
            "{who} may approve a {kind} of up to {limit}; this one is of {amount}, and waits for \
             somebody with a higher limit"
        )))
    }
}
