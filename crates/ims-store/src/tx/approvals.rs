//! What waits for a second person, and what they decided.

use chrono::{DateTime, Utc};
use ims_ledger::id::{ApprovalId, CouncilId};
use ims_money::Pence;

use super::{Difference, Tx};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    APPROVAL = Sql::both(
        "SELECT a.approval_id, a.kind, a.subject, a.amount_pence, a.document, a.reason, a.asked_by, a.asked_at, a.idempotency_key,
            d.verdict, d.decided_by, d.decided_at, d.reason
         FROM approval a LEFT JOIN approval_decision d ON d.council_id = a.council_id AND d.approval_id = a.approval_id
         WHERE a.council_id = $1 AND a.approval_id = $2");
    APPROVAL_BY_KEY = Sql::both(
        "SELECT a.approval_id, a.kind, a.subject, a.amount_pence, a.document, a.reason, a.asked_by, a.asked_at, a.idempotency_key,
            d.verdict, d.decided_by, d.decided_at, d.reason
         FROM approval a LEFT JOIN approval_decision d ON d.council_id = a.council_id AND d.approval_id = a.approval_id
         WHERE a.council_id = $1 AND a.idempotency_key = $2");
    OPEN_APPROVALS = Sql::both(
        "SELECT a.approval_id, a.kind, a.subject, a.amount_pence, a.document, a.reason, a.asked_by, a.asked_at, a.idempotency_key,
            NULL, NULL, NULL, NULL
         FROM open_approval o JOIN approval a ON a.council_id = o.council_id AND a.approval_id = o.approval_id
         WHERE o.council_id = $1 AND o.approval_id > $2 ORDER BY o.approval_id LIMIT $3");
    CLOSE_APPROVAL = Sql::both("DELETE FROM open_approval WHERE council_id = $1 AND approval_id = $2");
    DECIDE = Sql::both(
        "INSERT INTO approval_decision (council_id, approval_id, verdict, asked_by, decided_by, decided_at, reason)
         SELECT a.council_id, a.approval_id, $3, a.asked_by, $4, $5, $6 FROM approval a
         WHERE a.council_id = $1 AND a.approval_id = $2");
    APPROVED_BY_ASKER = Sql::both(
        "SELECT a.kind || ' ' || a.subject, 1, 0 FROM approval_decision d
         JOIN approval a ON a.council_id = d.council_id AND a.approval_id = d.approval_id
         WHERE d.council_id = $1 AND d.verdict = 'approved' AND (d.decided_by = a.asked_by OR d.asked_by <> a.asked_by)
         ORDER BY a.approval_id");
    OPEN_THAT_DIFFER = Sql::both(
        "SELECT a.kind || ' ' || a.subject,
            CASE WHEN o.approval_id IS NULL THEN 0 ELSE 1 END, CASE WHEN d.approval_id IS NULL THEN 1 ELSE 0 END
         FROM approval a
         LEFT JOIN open_approval o ON o.council_id = a.council_id AND o.approval_id = a.approval_id
         LEFT JOIN approval_decision d ON d.council_id = a.council_id AND d.approval_id = a.approval_id
         WHERE a.council_id = $1 AND (o.approval_id IS NULL) <> (d.approval_id IS NOT NULL) ORDER BY a.approval_id");
}

/// Something that waits for a second person, or waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRow {
    /// Its id.
    pub id: ApprovalId,
    /// What kind of deed: `refund`, `write-off`, `reopen-day` …
    pub kind: String,
    /// What it is about, as lists show it.
    pub subject: String,
    /// How much money it moves.
    pub amount: Pence,
    /// What is to be done, as JSON of the deed's own.
    pub document: String,
    /// Why it is asked for.
    pub reason: String,
    /// By whom.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// The key under which it is asked once.
    pub key: Option<String>,
    /// What was decided.
    pub decision: Option<DecisionRow>,
}

/// What somebody decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionRow {
    /// `approved`, `refused` or `withdrawn`.
    pub verdict: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

pub(super) fn approval(row: Row) -> Result<ApprovalRow> {
    let decision = match row.opt_text(9)? {
        Some(verdict) => Some(DecisionRow {
            verdict,
            by: row.text(10)?,
            at: row.time(11)?,
            reason: row.text(12)?,
        }),
        None => None,
    };
    Ok(ApprovalRow {
        id: row.id(0, ApprovalId::new)?,
        kind: row.text(1)?,
        subject: row.text(2)?,
        amount: row.pence(3)?,
        document: row.text(4)?,
        reason: row.text(5)?,
        asked_by: row.text(6)?,
        asked_at: row.time(7)?,
        key: row.opt_text(8)?,
        decision,
    })
}

impl Tx {
    /// Asks for a second person. The decision of `row` is not looked at.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when its key was used before.
    pub async fn add_approval(&mut self, council: CouncilId, row: &ApprovalRow) -> Result<()> {
        let rows = Batch::new("approval", 1)
            .council(council)
            .uuids("approval_id", [row.id.get()].into_iter())
            .texts("kind", [row.kind.as_str()].into_iter())
            .texts("subject", [row.subject.as_str()].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .texts("document", [row.document.as_str()].into_iter())
            .texts("reason", [row.reason.as_str()].into_iter())
            .texts("asked_by", [row.asked_by.as_str()].into_iter())
            .times("asked_at", [row.asked_at].into_iter())
            .opt_texts("idempotency_key", [row.key.as_deref()].into_iter());
        self.insert(rows).await?;
        let open = Batch::new("open_approval", 1)
            .council(council)
            .uuids("approval_id", [row.id.get()].into_iter())
            .texts("kind", [row.kind.as_str()].into_iter());
        self.insert(open).await?;
        Ok(())
    }

    /// One approval, decided or not.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn approval(
        &mut self,
        council: CouncilId,
        id: ApprovalId,
    ) -> Result<Option<ApprovalRow>> {
        self.first(APPROVAL, args![council, id], approval).await
    }

    /// The approval asked for under `key`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn approval_by_key(
        &mut self,
        council: CouncilId,
        key: &str,
    ) -> Result<Option<ApprovalRow>> {
        self.first(APPROVAL_BY_KEY, args![council, key], approval).await
    }

    /// What waits, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_approvals(
        &mut self,
        council: CouncilId,
        after: Option<ApprovalId>,
        limit: i64,
    ) -> Result<Vec<ApprovalRow>> {
        let after = after.map_or(uuid::Uuid::nil(), ApprovalId::get);
        self.all(OPEN_APPROVALS, args![council, after, limit], approval).await
    }

    /// Decides. False when it was decided already, or there is none: whoever
    /// else decides waits for this unit of work to end, and is told.
    ///
    /// # Errors
    ///
    /// What the database says: among it the refusal of an approval by who asked.
    pub async fn decide_approval(
        &mut self,
        council: CouncilId,
        id: ApprovalId,
        decision: &DecisionRow,
    ) -> Result<bool> {
        if self.execute(CLOSE_APPROVAL, args![council, id]).await? == 0 {
            return Ok(false);
        }
        let DecisionRow { verdict, by, at, reason } = decision;
        let args = args![council, id, verdict, by, *at, reason];
        Ok(self.execute(DECIDE, args).await? == 1)
    }

    /// Approvals that who asked gave themselves, and those whose waiting is not
    /// what their decision says.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn approvals_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = self.all(APPROVED_BY_ASKER, args![council], Difference::of).await?;
        found.extend(self.all(OPEN_THAT_DIFFER, args![council], Difference::of).await?);
        Ok(found)
    }
}
