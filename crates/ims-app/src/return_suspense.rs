//! Suspense given back to who paid it: one asks, another approves, the bank pays.

use ims_ledger::{
    Account, flow,
    id::{ApprovalId, LineId, SuspenseId},
    remaining_after,
};
use ims_money::Pence;
use ims_store::{
    AllocationRow, ApprovalRow, EntryRow, StoreError, SuspenseReturnRow, Tx, UndoneRow,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AppError, Books, Permission, ROWS_MAX, Result, Verdict,
    approvals::Ask,
    books::patiently,
    keyed::{Said, once_each, read, written},
    no_card::no_card,
    posting::{Writer, some},
    reconcile_bank::one_line,
};

/// The kind its approvals go by.
pub(crate) const KIND: &str = "suspense-return";

/// The name the explanation of the bank line that paid it goes by.
pub(crate) const PAID: &str = "suspense returned to payer";

/// What of an item waits to be given back or given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The item.
    pub(crate) item: SuspenseId,
    /// How much of it, on its own side.
    pub(crate) amount: Pence,
}

impl Books {
    /// Asks for an item, or part of it, to be given back to who paid it; all
    /// that is left when no amount is said. Nothing is posted yet.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item; [`AppError::Refused`] for a
    /// debit item, and when more is asked than is left.
    pub async fn return_suspense(
        &self,
        id: SuspenseId,
        amount: Option<Pence>,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        self.actor().needs(Permission::AllocateSuspense)?;
        no_card("reason", reason)?;
        once_each(|| self.ask_part(KIND, id, amount, reason, key)).await
    }

    /// Asks for what is to be done with part of an item.
    pub(crate) async fn ask_part(
        &self,
        kind: &'static str,
        id: SuspenseId,
        amount: Option<Pence>,
        reason: &str,
        key: Option<&str>,
    ) -> Result<ApprovalId> {
        let mut tx = self.store().begin().await?;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        // Asked again under its key it answers as before, though less is left by now.
        let before = match key {
            Some(key) => tx.approval_by_key(self.id(), key).await?,
            None => None,
        };
        let asked = before.map(|row| read::<Part>(&row.document)).transpose().ok().flatten();
        let amount = amount.or(asked.map(|part| part.amount)).unwrap_or(item.remaining);
        if asked != Some(Part { item: id, amount }) {
            remaining_after(item.remaining, amount)
                .map_err(|refused| AppError::Refused(refused.to_string()))?;
        }
        if kind == KIND && amount.is_negative() {
            let what = "a debit item was paid by us: there is nobody to give it back to";
            return Err(AppError::Refused(what.to_owned()));
        }
        let ask = Ask {
            kind,
            subject: format!("suspense {id}"),
            amount,
            document: written(&Part { item: id, amount })?,
            reason,
            key,
        };
        let asked = self.ask(&mut tx, ask).await?;
        tx.commit().await?;
        Ok(asked)
    }

    /// Approves that suspense is given back: it is owed to who paid it from now on.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] by who asked, when it was decided already, or when
    /// by now less is left of the item.
    pub async fn approve_suspense_return(&self, id: ApprovalId, reason: &str) -> Result<Uuid> {
        self.actor().needs(Permission::ApproveRefund)?;
        no_card("reason", reason)?;
        self.needs_whole("decide about suspense")?;
        patiently(|| self.approve_return_once(id, reason)).await
    }

    /// What waited under `id`, now approved, and the part of an item it is about.
    pub(crate) async fn approved_part(
        &self,
        tx: &mut Tx,
        id: ApprovalId,
        kind: &'static str,
        reason: &str,
    ) -> Result<(ApprovalRow, Part)> {
        let row = self.waiting(tx, id, kind).await?;
        let part: Part = read(&row.document)?;
        self.decide(tx, &row, Verdict::Approved, reason).await?;
        Ok((row, part))
    }

    async fn approve_return_once(&self, id: ApprovalId, reason: &str) -> Result<Uuid> {
        let mut tx = self.store().begin().await?;
        let said = Said { deed: "approve suspense return", of: id.to_string(), words: reason };
        if let Some(returned) = self.said::<Uuid>(&mut tx, &said).await? {
            return Ok(returned);
        }
        let (row, part) = self.approved_part(&mut tx, id, KIND, reason).await?;
        let writer = self.writer(&mut tx).await?;
        let about = format!("returns {} {} {id}", part.item, part.amount);
        let postings = some(flow::suspense_returned(part.amount))?;
        let entry = writer.entry("suspense-return", self.world().today(), about, postings);
        self.take_part(&mut tx, &writer, part, &entry, &row.reason).await?;
        let returned = SuspenseReturnRow {
            id: self.world().id(),
            suspense: part.item,
            amount: part.amount,
            entry: entry.id,
            approval: id,
            reason: row.reason.clone(),
            by: self.actor().name().to_owned(),
            at: writer.now,
            paid: None,
            cancelled: None,
        };
        tx.add_suspense_return(self.id(), &returned).await?;
        let data = serde_json::json!({
            "item": part.item, "amount_pence": part.amount, "asked_by": row.asked_by, "why": row.reason,
        });
        self.note(&mut tx, "return suspense", &returned.id.to_string(), data).await?;
        self.keep_said(&mut tx, &said, &returned.id).await?;
        tx.commit().await?;
        Ok(returned.id)
    }

    /// Takes part of an item, by an entry that is posted with it.
    pub(crate) async fn take_part(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        part: Part,
        entry: &EntryRow,
        note: &str,
    ) -> Result<()> {
        let absent = || AppError::NotFound { what: "suspense item", name: part.item.to_string() };
        let item = tx.suspense(self.id(), part.item).await?.ok_or_else(absent)?;
        let remaining = remaining_after(item.remaining, part.amount)
            .map_err(|refused| AppError::Refused(refused.to_string()))?;
        if !tx.lower_suspense(self.id(), part.item, item.remaining, remaining).await? {
            return Err(StoreError::Busy.into());
        }
        let row = AllocationRow {
            id: self.world().id(),
            suspense: part.item,
            amount: part.amount,
            entry: entry.id,
            receipt: None,
            matched: None,
            note: note.to_owned(),
            by: self.actor().name().to_owned(),
            at: writer.now,
        };
        tx.post_many(self.id(), std::slice::from_ref(entry)).await?;
        Ok(tx.add_allocations(self.id(), &[row]).await?)
    }

    /// Says no to a return of suspense, with a reason.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] when it was decided already.
    pub async fn refuse_suspense_return(&self, id: ApprovalId, reason: &str) -> Result<()> {
        self.actor().needs(Permission::ApproveRefund)?;
        no_card("reason", reason)?;
        self.needs_whole("decide about suspense")?;
        patiently(|| self.refuse_once(id, KIND, reason)).await
    }

    /// Says that a bank line, still open, is the payment of a return. Taking
    /// that match back opens both again.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another return or line; [`AppError::Refused`]
    /// when it is paid or cancelled already, the line is explained already, or its amount is
    /// another.
    pub async fn pay_suspense_return(&self, id: Uuid, line: LineId) -> Result<()> {
        self.actor().needs(Permission::Reconcile)?;
        once_each(|| self.pay_return_once(id, line)).await
    }

    async fn pay_return_once(&self, id: Uuid, line: LineId) -> Result<()> {
        let mut tx = self.store().begin().await?;
        tx.hold_suspense_returns(self.id()).await?;
        let absent = || AppError::NotFound { what: "return of suspense", name: id.to_string() };
        let row = tx.suspense_return(self.id(), id).await?.ok_or_else(absent)?;
        if let Some(cancelled) = &row.cancelled {
            let UndoneRow { by, reason, .. } = cancelled;
            let what = format!("it was cancelled by {by} ({reason}): nothing is to be paid");
            return Err(AppError::Refused(what));
        }
        if let Some(matched) = row.paid {
            let what = format!("it was paid already, by the bank line of match {matched}");
            return Err(AppError::Refused(what));
        }
        let absent = || AppError::NotFound { what: "bank line", name: line.to_string() };
        let line = tx.line(self.id(), line).await?.ok_or_else(absent)?;
        if line.amount.checked_neg() != Some(row.amount) {
            let what = format!("the line is of {}, {} is to be paid", line.amount, row.amount);
            return Err(AppError::Refused(what));
        }
        let bank = line
            .bank
            .parse()
            .map_err(|bad: ims_ledger::id::BadCode| AppError::BadInput(bad.to_string()))?;
        let writer = self.writer(&mut tx).await?;
        let postings = some(flow::explained(&bank, Account::RefundsDue, line.amount))?;
        let about = format!("pays return {id} line {}", line.id);
        let entry = writer.entry("return-paid", line.booked_on, about, postings);
        let reason = format!("suspense given back to who paid it: {}", row.reason);
        let (set, pair) = one_line(&writer, &line, PAID, reason, Some(&entry));
        tx.post_many(self.id(), std::slice::from_ref(&entry)).await?;
        tx.add_matches(self.id(), std::slice::from_ref(&set), &[pair]).await?;
        tx.pay_suspense_return(self.id(), id, set.id).await?;
        if tx.close_lines(self.id(), &[line.id]).await? != 1 {
            let what = format!("bank line {} is explained already", line.id);
            return Err(AppError::Refused(what));
        }
        let data = serde_json::json!({ "line": line.id, "amount_pence": row.amount });
        self.note(&mut tx, "pay suspense return", &id.to_string(), data).await?;
        Ok(tx.commit().await?)
    }

    /// Returns of suspense, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn suspense_returns(
        &self,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<SuspenseReturnRow>> {
        self.actor().needs(Permission::SeeSuspense)?;
        let limit = limit.clamp(1, ROWS_MAX);
        Ok(self.store().snapshot().await?.suspense_returns(self.id(), before, limit).await?)
    }
}
