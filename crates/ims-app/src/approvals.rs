//! What waits for a second person.
//!
//! A deed that needs one stores what is to be done and posts nothing; the
//! deed's own file does it, in the transaction that records the approval.
//!
//! Decided is decided: another person's word on it, or another word, is refused;
//! whoever decided and says the same again is answered as before.
//!
//! *Invariant:* nobody approves what they asked for: said here, and enforced
//! by the books themselves.

use ims_ledger::id::ApprovalId;
use ims_money::Pence;
use ims_store::{ApprovalRow, DecisionRow, Tx};

use crate::{AppError, Books, Permission, ROWS_MAX, Result, keyed::no_card_in_key};

/// What is asked of a second person.
#[derive(Clone, Debug)]
pub(crate) struct Ask<'a> {
    /// What kind of deed: `refund`, `write-off` …
    pub(crate) kind: &'static str,
    /// What it is about, as lists show it.
    pub(crate) subject: String,
    /// How much money it moves.
    pub(crate) amount: Pence,
    /// What is to be done, as JSON of the deed's own.
    pub(crate) document: String,
    /// Why.
    pub(crate) reason: &'a str,
    /// The caller's key: the same key again asks nothing new.
    pub(crate) key: Option<&'a str>,
}

/// What a second person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It shall be done.
    Approved,
    /// It shall not.
    Refused,
    /// Who asked no longer wants it.
    Withdrawn,
}

impl Verdict {
    /// The word it is kept by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Books {
    /// What waits for a second person, the oldest first: as far as it is of
    /// the funds the actor works for, or asked for by themselves.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn approvals(
        &self,
        after: Option<ApprovalId>,
        limit: i64,
    ) -> Result<Vec<ApprovalRow>> {
        self.actor().needs(Permission::SeeIncome)?;
        let (within, limit) = (self.within(), limit.clamp(1, ROWS_MAX));
        let mut tx = self.store().snapshot().await?;
        let who = self.actor().name();
        Ok(tx.open_approvals_within(self.id(), &within, who, after, limit).await?)
    }

    /// Asks for a second person. The same key again gives the same approval;
    /// for something else it is refused.
    pub(crate) async fn ask(&self, tx: &mut Tx, ask: Ask<'_>) -> Result<ApprovalId> {
        if ask.reason.trim().is_empty() {
            return Err(AppError::BadInput("say why: a reason is needed".to_owned()));
        }
        no_card_in_key(ask.key)?;
        if let Some(key) = ask.key
            && let Some(before) = tx.approval_by_key(self.id(), key).await?
        {
            let is_same = before.kind == ask.kind
                && before.document == ask.document
                && before.asked_by == self.actor().name();
            let other = || AppError::Refused(format!("`{key}` was used before for something else"));
            return if is_same { Ok(before.id) } else { Err(other()) };
        }
        let row = ApprovalRow {
            id: ApprovalId::new(self.world().id()),
            kind: ask.kind.to_owned(),
            subject: ask.subject,
            amount: ask.amount,
            document: ask.document,
            reason: ask.reason.trim().to_owned(),
            asked_by: self.actor().name().to_owned(),
            asked_at: self.world().now(),
            key: ask.key.map(str::to_owned),
            decision: None,
        };
        tx.add_approval(self.id(), &row).await?;
        let data = serde_json::json!({
            "kind": row.kind, "subject": row.subject, "amount_pence": row.amount, "why": row.reason,
        });
        self.note(tx, "ask for approval", &row.id.to_string(), data).await?;
        Ok(row.id)
    }

    /// What waits under `id`, of this kind and undecided.
    pub(crate) async fn waiting(
        &self,
        tx: &mut Tx,
        id: ApprovalId,
        kind: &'static str,
    ) -> Result<ApprovalRow> {
        let absent = || AppError::NotFound { what: "approval", name: id.to_string() };
        let row = tx.approval(self.id(), id).await?.ok_or_else(absent)?;
        if !self.sees_approval(tx, &row).await? {
            return Err(absent());
        }
        if row.kind != kind {
            return Err(AppError::BadInput(format!("{id} is a {}, not a {kind}", row.kind)));
        }
        match &row.decision {
            None => Ok(row),
            Some(done) => Err(decided(&row, done)),
        }
    }

    /// Whether the actor has said this before, in the same words.
    pub(crate) fn said_before(&self, row: &ApprovalRow, verdict: Verdict, reason: &str) -> bool {
        row.decision.as_ref().is_some_and(|done| {
            done.verdict == verdict.as_str()
                && done.by == self.actor().name()
                && done.reason == reason.trim()
        })
    }

    /// What was decided under `id`, of this kind, if the actor said just this
    /// before: then they are answered as before.
    pub(crate) async fn decided_so(
        &self,
        tx: &mut Tx,
        id: ApprovalId,
        kind: &str,
        (verdict, reason): (Verdict, &str),
    ) -> Result<Option<ApprovalRow>> {
        let row = tx.approval(self.id(), id).await?;
        Ok(row.filter(|row| row.kind == kind && self.said_before(row, verdict, reason)))
    }

    /// Records what the actor says about what waits. Whether they may is the
    /// deed's to ask; that they are not who asked is seen to here.
    pub(crate) async fn decide(
        &self,
        tx: &mut Tx,
        row: &ApprovalRow,
        verdict: Verdict,
        reason: &str,
    ) -> Result<()> {
        let by = self.actor().name();
        if verdict == Verdict::Approved && row.asked_by == by {
            let what = format!("{by} asked for this {} and so cannot approve it", row.kind);
            return Err(AppError::Refused(what));
        }
        if verdict == Verdict::Withdrawn && row.asked_by != by {
            let what = format!("only {}, who asked, can withdraw it", row.asked_by);
            return Err(AppError::Refused(what));
        }
        self.needs_limit(row, verdict)?;
        let decision = DecisionRow {
            verdict: verdict.as_str().to_owned(),
            by: by.to_owned(),
            at: self.world().now(),
            reason: reason.trim().to_owned(),
        };
        if !tx.decide_approval(self.id(), row.id, &decision).await? {
            let now = tx.approval(self.id(), row.id).await?;
            let done = now.as_ref().and_then(|now| now.decision.as_ref()).unwrap_or(&decision);
            return Err(decided(row, done));
        }
        let data = serde_json::json!({
            "kind": row.kind, "subject": row.subject, "amount_pence": row.amount,
            "asked_by": row.asked_by, "why": decision.reason,
        });
        self.note(tx, &format!("{} {}", verdict.as_str(), row.kind), &row.id.to_string(), data)
            .await
    }
}

fn decided(row: &ApprovalRow, done: &DecisionRow) -> AppError {
    let DecisionRow { verdict, by, at, .. } = done;
    let at = at.format("%d/%m/%Y %H:%M");
    AppError::Refused(format!("this {} was {verdict} by {by} on {at} UTC", row.kind))
}
