//! Refunds: what is given back of a payment, and each step of it.

use chrono::{DateTime, Utc};
use ims_ledger::id::{ApprovalId, CouncilId, EntryId, LineId, MatchId, ReceiptId, RefundId};
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
    REFUND = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps
         FROM refund f JOIN refund_state s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE f.council_id = $1 AND f.refund_id = $2");
    REFUND_BY_APPROVAL = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps
         FROM refund f JOIN refund_state s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE f.council_id = $1 AND f.approval_id = $2");
    REFUNDS = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps
         FROM refund f JOIN refund_state s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE f.council_id = $1 AND f.refund_id > $2 ORDER BY f.refund_id LIMIT $3");
    REFUNDS_IN_STATE = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps
         FROM refund_state s JOIN refund f ON f.council_id = s.council_id AND f.refund_id = s.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE s.council_id = $1 AND s.refund_id > $2 AND s.state = $4 ORDER BY s.refund_id LIMIT $3");
    AT_PROVIDERS = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps
         FROM refund_state s JOIN refund f ON f.council_id = s.council_id AND f.refund_id = s.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE s.council_id = $1 AND s.refund_id > $2 AND s.state IN ('sent', 'unknown') AND f.channel IS NOT NULL
         ORDER BY s.refund_id LIMIT $3");
    BANK_REFUNDS = Sql::both(
        "SELECT f.refund_id, f.number, f.receipt_id, r.number, f.way, f.channel, f.amount_pence, f.reason, f.approval_id,
            f.requested_by, f.requested_at, s.state, s.steps
         FROM refund_state s JOIN refund f ON f.council_id = s.council_id AND f.refund_id = s.refund_id
         JOIN receipt r ON r.council_id = f.council_id AND r.receipt_id = f.receipt_id
         WHERE s.council_id = $1 AND f.way = 'bank' AND s.state IN ('approved', 'sent', 'unknown', 'paid') ORDER BY f.refund_id");
    REFUND_LINES = Sql::both(
        "SELECT line_no, amount_pence, vat_pence FROM refund_line WHERE council_id = $1 AND refund_id = $2 ORDER BY line_no");
    REFUND_STEPS = Sql::both(
        "SELECT refund_id, step_no, state, entry_id, receipt_id, line_id, match_id, notice_key, reference, reason, made_by, made_at
         FROM refund_step WHERE council_id = $1 AND refund_id = $2 ORDER BY step_no");
    STEP_OF_MATCH = Sql::both(
        "SELECT refund_id, step_no, state, entry_id, receipt_id, line_id, match_id, notice_key, reference, reason, made_by, made_at
         FROM refund_step WHERE council_id = $1 AND match_id = $2 ORDER BY refund_id, step_no");
    MOVE_STATE = Sql::both(
        "UPDATE refund_state SET state = $4, steps = steps + 1 WHERE council_id = $1 AND refund_id = $2 AND steps = $3");
    IN_FLIGHT = Sql::both(
        "SELECT CAST(COALESCE(SUM(f.amount_pence), 0) AS BIGINT) FROM refund f
         JOIN refund_step s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
         WHERE f.council_id = $1 AND s.state IN ('approved', 'sent', 'unknown', 'bounced')
            AND s.step_no = (SELECT MAX(t.step_no) FROM refund_step t WHERE t.council_id = s.council_id AND t.refund_id = s.refund_id)");
    STATES_THAT_DIFFER = Sql::both(
        "SELECT f.number || ' (' || COALESCE(k.state, 'nothing') || ' is kept, ' || COALESCE(s.state, 'nothing') || ' was its last step)',
            COALESCE(k.steps, 0), COALESCE(s.step_no, 0)
         FROM refund f LEFT JOIN refund_state k ON k.council_id = f.council_id AND k.refund_id = f.refund_id
         LEFT JOIN refund_step s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
            AND s.step_no = (SELECT MAX(t.step_no) FROM refund_step t WHERE t.council_id = f.council_id AND t.refund_id = f.refund_id)
         WHERE f.council_id = $1 AND (k.state IS NULL OR s.state IS NULL OR k.state <> s.state OR k.steps <> s.step_no)
         ORDER BY f.refund_id");
    AMOUNTS_THAT_DIFFER = Sql::both(
        "SELECT x.number, x.amount, x.found FROM (
            SELECT f.refund_id AS refund_id, f.number AS number,
                CASE WHEN s.state IN ('failed', 'refused') THEN 0 ELSE f.amount_pence END AS amount,
                CAST(COALESCE((SELECT SUM(u.amount_pence) FROM line_use u
                    WHERE u.council_id = f.council_id AND u.subject_id = f.refund_id AND u.purpose = 'refund'), 0)
                + COALESCE((SELECT SUM(c.short_pence) FROM claim_line c
                    WHERE c.council_id = f.council_id AND c.subject_id = f.refund_id), 0) AS BIGINT) AS found
            FROM refund f JOIN refund_step s ON s.council_id = f.council_id AND s.refund_id = f.refund_id
            WHERE f.council_id = $1
                AND s.step_no = (SELECT MAX(t.step_no) FROM refund_step t WHERE t.council_id = s.council_id AND t.refund_id = s.refund_id)) x
         WHERE x.amount <> x.found
         UNION ALL
         SELECT f.number, f.amount_pence, CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM refund f
         LEFT JOIN refund_line l ON l.council_id = f.council_id AND l.refund_id = f.refund_id
         WHERE f.council_id = $1 GROUP BY f.number, f.amount_pence HAVING f.amount_pence <> COALESCE(SUM(l.amount_pence), 0)");
}

/// A refund with the state it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRow {
    /// Its id.
    pub id: RefundId,
    /// What the bank line of it quotes, and the payer is told.
    pub number: String,
    /// The payment.
    pub receipt: ReceiptId,
    /// The payment's number; not stored with the refund.
    pub receipt_number: String,
    /// `source` or `bank`.
    pub way: String,
    /// The channel of the provider that took the payment, for `source`.
    pub channel: Option<String>,
    /// How much in all, gross.
    pub amount: Pence,
    /// Why.
    pub reason: String,
    /// What waited for a second person.
    pub approval: ApprovalId,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// What its last step left it in.
    pub state: String,
    /// How many steps it has had.
    pub steps: i64,
}

/// What a refund gives back of a line of the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundLineRow {
    /// The payment's line, from 1.
    pub line: i64,
    /// How much, gross.
    pub amount: Pence,
    /// The VAT held in it.
    pub vat: Pence,
}

/// One step of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundStepRow {
    /// Of which refund.
    pub refund: RefundId,
    /// Which, from 1.
    pub number: i64,
    /// The state it left the refund in.
    pub state: String,
    /// What it posted.
    pub entry: Option<EntryId>,
    /// The receipt it made.
    pub receipt: Option<ReceiptId>,
    /// The bank line that showed it.
    pub line: Option<LineId>,
    /// The explanation of that line.
    pub matched: Option<MatchId>,
    /// The notice's own key: the same notice counts once.
    pub notice: Option<String>,
    /// The provider's or the bank's reference.
    pub reference: String,
    /// Why, in words.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

pub(super) fn refund(row: Row) -> Result<RefundRow> {
    Ok(RefundRow {
        id: row.id(0, RefundId::new)?,
        number: row.text(1)?,
        receipt: row.id(2, ReceiptId::new)?,
        receipt_number: row.text(3)?,
        way: row.text(4)?,
        channel: row.opt_text(5)?,
        amount: row.pence(6)?,
        reason: row.text(7)?,
        approval: row.id(8, ApprovalId::new)?,
        requested_by: row.text(9)?,
        requested_at: row.time(10)?,
        state: row.text(11)?,
        steps: row.int(12)?,
    })
}

fn line(row: Row) -> Result<RefundLineRow> {
    Ok(RefundLineRow { line: row.int(0)?, amount: row.pence(1)?, vat: row.pence(2)? })
}

fn step(row: Row) -> Result<RefundStepRow> {
    Ok(RefundStepRow {
        refund: row.id(0, RefundId::new)?,
        number: row.int(1)?,
        state: row.text(2)?,
        entry: row.opt_id(3, EntryId::new)?,
        receipt: row.opt_id(4, ReceiptId::new)?,
        line: row.opt_id(5, LineId::new)?,
        matched: row.opt_id(6, MatchId::new)?,
        notice: row.opt_text(7)?,
        reference: row.text(8)?,
        reason: row.text(9)?,
        by: row.text(10)?,
        at: row.time(11)?,
    })
}

impl Tx {
    /// Adds a refund with its lines and its first step. Its state and the
    /// number of its steps are taken from the step.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for a number given before.
    pub async fn add_refund(
        &mut self,
        council: CouncilId,
        row: &RefundRow,
        lines: &[RefundLineRow],
        first: &RefundStepRow,
    ) -> Result<()> {
        let rows = Batch::new("refund", 1)
            .council(council)
            .uuids("refund_id", [row.id.get()].into_iter())
            .texts("number", [row.number.as_str()].into_iter())
            .uuids("receipt_id", [row.receipt.get()].into_iter())
            .texts("way", [row.way.as_str()].into_iter())
            .opt_texts("channel", [row.channel.as_deref()].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .texts("reason", [row.reason.as_str()].into_iter())
            .uuids("approval_id", [row.approval.get()].into_iter())
            .texts("requested_by", [row.requested_by.as_str()].into_iter())
            .times("requested_at", [row.requested_at].into_iter());
        self.insert(rows).await?;
        let rows = Batch::new("refund_line", lines.len())
            .council(council)
            .uuids("refund_id", lines.iter().map(|_| row.id.get()))
            .ints("line_no", lines.iter().map(|l| l.line))
            .ints("amount_pence", lines.iter().map(|l| l.amount.get()))
            .ints("vat_pence", lines.iter().map(|l| l.vat.get()));
        self.insert(rows).await?;
        let rows = Batch::new("refund_state", 1)
            .council(council)
            .uuids("refund_id", [row.id.get()].into_iter())
            .texts("state", [first.state.as_str()].into_iter())
            .ints("steps", [first.number].into_iter());
        self.insert(rows).await?;
        self.add_refund_step(council, first).await
    }

    async fn add_refund_step(&mut self, council: CouncilId, step: &RefundStepRow) -> Result<()> {
        let rows = Batch::new("refund_step", 1)
            .council(council)
            .uuids("refund_id", [step.refund.get()].into_iter())
            .ints("step_no", [step.number].into_iter())
            .texts("state", [step.state.as_str()].into_iter())
            .opt_uuids("entry_id", [step.entry.map(EntryId::get)].into_iter())
            .opt_uuids("receipt_id", [step.receipt.map(ReceiptId::get)].into_iter())
            .opt_uuids("line_id", [step.line.map(LineId::get)].into_iter())
            .opt_uuids("match_id", [step.matched.map(MatchId::get)].into_iter())
            .opt_texts("notice_key", [step.notice.as_deref()].into_iter())
            .texts("reference", [step.reference.as_str()].into_iter())
            .texts("reason", [step.reason.as_str()].into_iter())
            .texts("made_by", [step.by.as_str()].into_iter())
            .times("made_at", [step.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// Takes a refund one step further. False when somebody else did since it
    /// was looked at: then nothing is recorded.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn step_refund(&mut self, council: CouncilId, step: &RefundStepRow) -> Result<bool> {
        let before = step.number.saturating_sub(1);
        let args = args![council, step.refund, before, &step.state];
        if self.execute(MOVE_STATE, args).await? == 0 {
            return Ok(false);
        }
        self.add_refund_step(council, step).await?;
        Ok(true)
    }

    /// One refund.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund(&mut self, council: CouncilId, id: RefundId) -> Result<Option<RefundRow>> {
        self.first(REFUND, args![council, id], refund).await
    }

    /// The refund that waits, or waited, for this approval.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_of_approval(
        &mut self,
        council: CouncilId,
        approval: ApprovalId,
    ) -> Result<Option<RefundRow>> {
        self.first(REFUND_BY_APPROVAL, args![council, approval], refund).await
    }

    /// Refunds, the oldest first; only those in `state` when one is given.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds(
        &mut self,
        council: CouncilId,
        state: Option<&str>,
        after: Option<RefundId>,
        limit: i64,
    ) -> Result<Vec<RefundRow>> {
        let after = after.map_or(uuid::Uuid::nil(), RefundId::get);
        match state {
            Some(state) => {
                self.all(REFUNDS_IN_STATE, args![council, after, limit, state], refund).await
            }
            None => self.all(REFUNDS, args![council, after, limit], refund).await,
        }
    }

    /// Refunds that a provider was sent and nobody knows the end of, the oldest
    /// first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds_at_providers(
        &mut self,
        council: CouncilId,
        after: Option<RefundId>,
        limit: i64,
    ) -> Result<Vec<RefundRow>> {
        let after = after.map_or(uuid::Uuid::nil(), RefundId::get);
        self.all(AT_PROVIDERS, args![council, after, limit], refund).await
    }

    /// Refunds by bank that the bank may show: on their way, or coming back.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn bank_refunds(&mut self, council: CouncilId) -> Result<Vec<RefundRow>> {
        self.all(BANK_REFUNDS, args![council], refund).await
    }

    /// What a refund gives back of each line, in the payment's order.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_lines(
        &mut self,
        council: CouncilId,
        id: RefundId,
    ) -> Result<Vec<RefundLineRow>> {
        self.all(REFUND_LINES, args![council, id], line).await
    }

    /// The steps of a refund, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_steps(
        &mut self,
        council: CouncilId,
        id: RefundId,
    ) -> Result<Vec<RefundStepRow>> {
        self.all(REFUND_STEPS, args![council, id], step).await
    }

    /// The steps that an explanation of a bank line made.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refund_steps_of_match(
        &mut self,
        council: CouncilId,
        id: MatchId,
    ) -> Result<Vec<RefundStepRow>> {
        self.all(STEP_OF_MATCH, args![council, id], step).await
    }

    /// The sum of the refunds approved and not yet paid, from their steps.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds_in_flight(&mut self, council: CouncilId) -> Result<Pence> {
        self.one(IN_FLIGHT, args![council], |row| row.pence(0)).await
    }

    /// Refunds whose kept state is not that of their last step, and those whose
    /// amount is not what they took.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn refunds_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = self.all(STATES_THAT_DIFFER, args![council], Difference::of).await?;
        found.extend(self.all(AMOUNTS_THAT_DIFFER, args![council], Difference::of).await?);
        Ok(found)
    }
}
