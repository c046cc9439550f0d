//! Payments through a provider: what was asked, each step heard of, and where they
//! stand.

use chrono::{DateTime, Utc};
use ims_ledger::{
    id::{CouncilId, EntryId, PaymentId, ReceiptId, SuspenseId},
    seal::ContentHash,
};
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
    PAYMENT = Sql::both(
        "SELECT p.payment_id, p.reference, p.provider, p.method, p.channel, p.through, p.amount_pence, p.caller_key, p.digest,
            p.started_by, p.started_at, p.expires_at, s.status, s.steps, s.provider_ref, s.transaction_ref, s.reason
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.payment_id = $2");
    HOLD = Sql::each(
        "SELECT p.payment_id, p.reference, p.provider, p.method, p.channel, p.through, p.amount_pence, p.caller_key, p.digest,
            p.started_by, p.started_at, p.expires_at, s.status, s.steps, s.provider_ref, s.transaction_ref, s.reason
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.payment_id = $2",
        "SELECT p.payment_id, p.reference, p.provider, p.method, p.channel, p.through, p.amount_pence, p.caller_key, p.digest,
            p.started_by, p.started_at, p.expires_at, s.status, s.steps, s.provider_ref, s.transaction_ref, s.reason
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.payment_id = $2 FOR UPDATE OF s");
    BY_KEY = Sql::both(
        "SELECT p.payment_id, p.reference, p.provider, p.method, p.channel, p.through, p.amount_pence, p.caller_key, p.digest,
            p.started_by, p.started_at, p.expires_at, s.status, s.steps, s.provider_ref, s.transaction_ref, s.reason
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE p.council_id = $1 AND p.caller_key = $2");
    BY_REFERENCE = Sql::both(
        "SELECT payment_id FROM payment WHERE council_id = $1 AND provider = $2 AND reference = $3");
    BY_PROVIDER_REF = Sql::both(
        "SELECT payment_id FROM payment_state WHERE council_id = $1 AND provider = $2 AND provider_ref = $3
         ORDER BY payment_id");
    DUE = Sql::both(
        "SELECT p.payment_id, p.reference, p.provider, p.method, p.channel, p.through, p.amount_pence, p.caller_key, p.digest,
            p.started_by, p.started_at, p.expires_at, s.status, s.steps, s.provider_ref, s.transaction_ref, s.reason
         FROM payment p JOIN payment_state s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
         WHERE s.council_id = $1 AND s.provider = $2 AND s.look_at <= $3 ORDER BY s.look_at, s.payment_id LIMIT $4");
    LINES = Sql::both(
        "SELECT fund, reference, amount_pence, vat_code FROM payment_line
         WHERE council_id = $1 AND payment_id = $2 ORDER BY line_no");
    STEPS = Sql::both(
        "SELECT payment_id, step_no, status, heard, provider, news_id, provider_ref, transaction_ref, reason,
            entry_id, receipt_id, suspense_id, made_by, made_at
         FROM payment_step WHERE council_id = $1 AND payment_id = $2 ORDER BY step_no");
    NEWS = Sql::both(
        "SELECT step_no FROM payment_step WHERE council_id = $1 AND provider = $2 AND news_id = $3");
    MOVE_STATE = Sql::both(
        "UPDATE payment_state SET status = $4, steps = $3, provider_ref = $5, transaction_ref = $6, reason = $7, look_at = $8
         WHERE council_id = $1 AND payment_id = $2 AND steps = $3 - 1");
    LOOK_AT = Sql::both(
        "UPDATE payment_state SET look_at = $3 WHERE council_id = $1 AND payment_id = $2 AND look_at IS NOT NULL");
    STATES_THAT_DIFFER = Sql::both(
        "SELECT p.reference || ' (' || COALESCE(k.status, 'nothing') || ' is kept, ' || COALESCE(s.status, 'nothing')
            || ' was its last step)', COALESCE(k.steps, 0), COALESCE(s.step_no, 0)
         FROM payment p LEFT JOIN payment_state k ON k.council_id = p.council_id AND k.payment_id = p.payment_id
         LEFT JOIN payment_step s ON s.council_id = p.council_id AND s.payment_id = p.payment_id
            AND s.step_no = (SELECT MAX(t.step_no) FROM payment_step t WHERE t.council_id = p.council_id AND t.payment_id = p.payment_id)
         WHERE p.council_id = $1 AND (k.status IS NULL OR s.status IS NULL OR k.status <> s.status OR k.steps <> s.step_no
            OR COALESCE(k.provider_ref, '') <> COALESCE(s.provider_ref, '')
            OR (k.look_at IS NULL) <> (s.status IN ('captured', 'failed', 'cancelled', 'expired', 'errored')))
         ORDER BY p.payment_id");
    MONEY_THAT_DIFFERS = Sql::both(
        "SELECT x.reference, x.due, x.found FROM (
            SELECT p.reference AS reference,
                CASE WHEN EXISTS (SELECT 1 FROM payment_step c WHERE c.council_id = p.council_id AND c.payment_id = p.payment_id
                    AND c.status = 'captured') THEN p.amount_pence ELSE 0 END AS due,
                CAST(COALESCE((SELECT SUM(o.amount_pence) FROM payment_step t
                    JOIN posting o ON o.council_id = t.council_id AND o.entry_id = t.entry_id
                    WHERE t.council_id = p.council_id AND t.payment_id = p.payment_id
                        AND o.side = 'debit' AND o.account LIKE 'clearing:%'), 0) AS BIGINT) AS found
            FROM payment p WHERE p.council_id = $1) x
         WHERE x.due <> x.found
         UNION ALL
         SELECT p.reference, p.amount_pence, CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM payment p
         LEFT JOIN payment_line l ON l.council_id = p.council_id AND l.payment_id = p.payment_id
         WHERE p.council_id = $1 GROUP BY p.reference, p.amount_pence HAVING p.amount_pence <> COALESCE(SUM(l.amount_pence), 0)
         UNION ALL
         SELECT y.provider_ref, y.amount, y.found FROM (
            SELECT b.provider_ref AS provider_ref, b.amount_pence AS amount,
                CAST(COALESCE((SELECT SUM(o.amount_pence) FROM posting o WHERE o.council_id = b.council_id
                    AND o.entry_id = b.entry_id AND o.side = 'debit' AND o.account LIKE 'clearing:%'), 0) AS BIGINT) AS found
            FROM payment_booked b WHERE b.council_id = $1) y
         WHERE y.amount <> y.found");
}

/// A payment asked of a provider, with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// Its id.
    pub id: PaymentId,
    /// What we call it; the provider is told.
    pub reference: String,
    /// The provider's name.
    pub provider: String,
    /// The method of payment's code.
    pub method: String,
    /// The channel its money waits in.
    pub channel: String,
    /// Through whom: `portal`, `staff`, `phone`.
    pub through: String,
    /// How much in all, gross.
    pub amount: Pence,
    /// The caller's own key.
    pub key: Option<String>,
    /// The hash of what was asked.
    pub digest: ContentHash,
    /// Who asked.
    pub started_by: String,
    /// When.
    pub started_at: DateTime<Utc>,
    /// From when on a payment the provider does not know is none.
    pub expires_at: DateTime<Utc>,
    /// What its last step left it in; not stored with the payment.
    pub status: String,
    /// How many steps it has had.
    pub steps: i64,
    /// What the provider calls it, if it has said.
    pub provider_ref: Option<String>,
    /// What it calls the movement of money.
    pub transaction: Option<String>,
    /// Why it was refused or broke.
    pub reason: String,
}

/// What a payment is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentLineRow {
    /// The fund's code.
    pub fund: String,
    /// The account in it, as the fund writes it.
    pub reference: String,
    /// Gross.
    pub amount: Pence,
    /// Another VAT code than the fund's own.
    pub vat_code: Option<String>,
}

/// One step of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentStepRow {
    /// The payment.
    pub payment: PaymentId,
    /// Its place, from 1.
    pub number: i64,
    /// Where it left the payment.
    pub status: String,
    /// What was heard, in a word.
    pub heard: String,
    /// The provider's name.
    pub provider: String,
    /// The provider's own name of the message.
    pub news: Option<String>,
    /// What the provider calls the payment.
    pub provider_ref: Option<String>,
    /// What it calls the movement of money.
    pub transaction: Option<String>,
    /// Why, in the provider's words.
    pub reason: String,
    /// The entry that has the money.
    pub entry: Option<EntryId>,
    /// The receipt of it.
    pub receipt: Option<ReceiptId>,
    /// The suspense item of it, where there is no receipt.
    pub suspense: Option<SuspenseId>,
    /// Who told.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

pub(super) fn payment(row: Row) -> Result<PaymentRow> {
    Ok(PaymentRow {
        id: row.id(0, PaymentId::new)?,
        reference: row.text(1)?,
        provider: row.text(2)?,
        method: row.text(3)?,
        channel: row.text(4)?,
        through: row.text(5)?,
        amount: row.pence(6)?,
        key: row.opt_text(7)?,
        digest: row.hash(8)?,
        started_by: row.text(9)?,
        started_at: row.time(10)?,
        expires_at: row.time(11)?,
        status: row.text(12)?,
        steps: row.int(13)?,
        provider_ref: row.opt_text(14)?,
        transaction: row.opt_text(15)?,
        reason: row.text(16)?,
    })
}

fn line(row: Row) -> Result<PaymentLineRow> {
    Ok(PaymentLineRow {
        fund: row.text(0)?,
        reference: row.text(1)?,
        amount: row.pence(2)?,
        vat_code: row.opt_text(3)?,
    })
}

fn step(row: Row) -> Result<PaymentStepRow> {
    Ok(PaymentStepRow {
        payment: row.id(0, PaymentId::new)?,
        number: row.int(1)?,
        status: row.text(2)?,
        heard: row.text(3)?,
        provider: row.text(4)?,
        news: row.opt_text(5)?,
        provider_ref: row.opt_text(6)?,
        transaction: row.opt_text(7)?,
        reason: row.text(8)?,
        entry: row.opt_id(9, EntryId::new)?,
        receipt: row.opt_id(10, ReceiptId::new)?,
        suspense: row.opt_id(11, SuspenseId::new)?,
        by: row.text(12)?,
        at: row.time(13)?,
    })
}

impl Tx {
    /// Adds a payment with its lines and its first step; its status is the
    /// step's. The provider is first looked at for it at `look_at`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for a reference
    /// or a key that was used before.
    pub async fn add_payment(
        &mut self,
        council: CouncilId,
        row: &PaymentRow,
        lines: &[PaymentLineRow],
        first: &PaymentStepRow,
        look_at: DateTime<Utc>,
    ) -> Result<()> {
        let rows = Batch::new("payment", 1)
            .council(council)
            .uuids("payment_id", [row.id.get()].into_iter())
            .texts("reference", [row.reference.as_str()].into_iter())
            .texts("provider", [row.provider.as_str()].into_iter())
            .texts("method", [row.method.as_str()].into_iter())
            .texts("channel", [row.channel.as_str()].into_iter())
            .texts("through", [row.through.as_str()].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .opt_texts("caller_key", [row.key.as_deref()].into_iter())
            .bytes("digest", [row.digest.0.as_slice()].into_iter())
            .texts("started_by", [row.started_by.as_str()].into_iter())
            .times("started_at", [row.started_at].into_iter())
            .times("expires_at", [row.expires_at].into_iter());
        self.insert(rows).await?;
        let rows = Batch::new("payment_line", lines.len())
            .council(council)
            .uuids("payment_id", lines.iter().map(|_| row.id.get()))
            .ints("line_no", (1..).take(lines.len()))
            .texts("fund", lines.iter().map(|l| l.fund.as_str()))
            .texts("reference", lines.iter().map(|l| l.reference.as_str()))
            .ints("amount_pence", lines.iter().map(|l| l.amount.get()))
            .opt_texts("vat_code", lines.iter().map(|l| l.vat_code.as_deref()));
        self.insert(rows).await?;
        let rows = Batch::new("payment_state", 1)
            .council(council)
            .uuids("payment_id", [row.id.get()].into_iter())
            .texts("provider", [row.provider.as_str()].into_iter())
            .texts("status", [first.status.as_str()].into_iter())
            .ints("steps", [first.number].into_iter())
            .texts("reason", [first.reason.as_str()].into_iter())
            .times("look_at", [look_at].into_iter());
        self.insert(rows).await?;
        self.add_payment_step(council, first).await
    }

    async fn add_payment_step(&mut self, council: CouncilId, step: &PaymentStepRow) -> Result<()> {
        let rows = Batch::new("payment_step", 1)
            .council(council)
            .uuids("payment_id", [step.payment.get()].into_iter())
            .ints("step_no", [step.number].into_iter())
            .texts("status", [step.status.as_str()].into_iter())
            .texts("heard", [step.heard.as_str()].into_iter())
            .texts("provider", [step.provider.as_str()].into_iter())
            .opt_texts("news_id", [step.news.as_deref()].into_iter())
            .opt_texts("provider_ref", [step.provider_ref.as_deref()].into_iter())
            .opt_texts("transaction_ref", [step.transaction.as_deref()].into_iter())
            .texts("reason", [step.reason.as_str()].into_iter())
            .opt_uuids("entry_id", [step.entry.map(EntryId::get)].into_iter())
            .opt_uuids("receipt_id", [step.receipt.map(ReceiptId::get)].into_iter())
            .opt_uuids("suspense_id", [step.suspense.map(SuspenseId::get)].into_iter())
            .texts("made_by", [step.by.as_str()].into_iter())
            .times("made_at", [step.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// Takes a payment one step further; it is looked at again at `look_at`, or
    /// never. False when somebody else took that step: then nothing is recorded.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn step_payment(
        &mut self,
        council: CouncilId,
        step: &PaymentStepRow,
        look_at: Option<DateTime<Utc>>,
    ) -> Result<bool> {
        let (name, transaction) = (step.provider_ref.as_deref(), step.transaction.as_deref());
        let args = args![
            council,
            step.payment,
            step.number,
            &step.status,
            name,
            transaction,
            &step.reason,
            look_at
        ];
        if self.execute(MOVE_STATE, args).await? == 0 {
            return Ok(false);
        }
        self.add_payment_step(council, step).await?;
        Ok(true)
    }

    /// An open payment is looked at again at `at`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn look_at_payment(
        &mut self,
        council: CouncilId,
        id: PaymentId,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(LOOK_AT, args![council, id, at]).await.map(drop)
    }

    /// One payment.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment(
        &mut self,
        council: CouncilId,
        id: PaymentId,
    ) -> Result<Option<PaymentRow>> {
        self.first(PAYMENT, args![council, id], payment).await
    }

    /// One payment, which nobody else takes further until this unit of work ends.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn hold_payment(
        &mut self,
        council: CouncilId,
        id: PaymentId,
    ) -> Result<Option<PaymentRow>> {
        self.first(HOLD, args![council, id], payment).await
    }

    /// The payment that was started under the caller's key.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_by_key(
        &mut self,
        council: CouncilId,
        key: &str,
    ) -> Result<Option<PaymentRow>> {
        self.first(BY_KEY, args![council, key], payment).await
    }

    /// The payment at `provider` that we call so.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_we_call(
        &mut self,
        council: CouncilId,
        provider: &str,
        reference: &str,
    ) -> Result<Option<PaymentId>> {
        let args = args![council, provider, reference];
        self.first(BY_REFERENCE, args, |row| row.id(0, PaymentId::new)).await
    }

    /// The payment that `provider` calls so.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_they_call(
        &mut self,
        council: CouncilId,
        provider: &str,
        provider_ref: &str,
    ) -> Result<Option<PaymentId>> {
        let args = args![council, provider, provider_ref];
        self.first(BY_PROVIDER_REF, args, |row| row.id(0, PaymentId::new)).await
    }

    /// Open payments at `provider` that it is time to look at, the longest due
    /// first: at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payments_due(
        &mut self,
        council: CouncilId,
        provider: &str,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<PaymentRow>> {
        self.all(DUE, args![council, provider, now, limit], payment).await
    }

    /// What a payment is for.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_lines(
        &mut self,
        council: CouncilId,
        id: PaymentId,
    ) -> Result<Vec<PaymentLineRow>> {
        self.all(LINES, args![council, id], line).await
    }

    /// The steps of a payment, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payment_steps(
        &mut self,
        council: CouncilId,
        id: PaymentId,
    ) -> Result<Vec<PaymentStepRow>> {
        self.all(STEPS, args![council, id], step).await
    }

    /// Whether the provider's message of that name was recorded.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn is_payment_news_known(
        &mut self,
        council: CouncilId,
        provider: &str,
        news: &str,
    ) -> Result<bool> {
        let found = self.first(NEWS, args![council, provider, news], |row| row.int(0)).await?;
        Ok(found.is_some())
    }

    /// Payments that do not stand where their last step left them, then those of
    /// which the books have another amount than the provider took.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payments_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = self.all(STATES_THAT_DIFFER, args![council], Difference::of).await?;
        found.extend(self.all(MONEY_THAT_DIFFERS, args![council], Difference::of).await?);
        Ok(found)
    }
}
