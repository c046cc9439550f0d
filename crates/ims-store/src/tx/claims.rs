//! What banks and card schemes claim back: disputes and returned payments.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, DisputeId, EntryId, ReceiptId, ReturnId, SuspenseId};
use ims_money::Pence;
use uuid::Uuid;

use super::{Difference, LineKey, Tx};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    DISPUTE = Sql::both(
        "SELECT d.dispute_id, d.receipt_id, r.number, d.channel, d.reference, d.amount_pence, d.reason, d.entry_id, d.happened_on,
            d.opened_by, d.opened_at, e.outcome, e.entry_id, e.receipt_id, e.reason, e.ended_by, e.ended_at, d.suspense_pence
         FROM dispute d JOIN receipt r ON r.council_id = d.council_id AND r.receipt_id = d.receipt_id
         LEFT JOIN dispute_end e ON e.council_id = d.council_id AND e.dispute_id = d.dispute_id
         WHERE d.council_id = $1 AND d.dispute_id = $2");
    DISPUTE_BY_REFERENCE = Sql::both(
        "SELECT d.dispute_id, d.receipt_id, r.number, d.channel, d.reference, d.amount_pence, d.reason, d.entry_id, d.happened_on,
            d.opened_by, d.opened_at, e.outcome, e.entry_id, e.receipt_id, e.reason, e.ended_by, e.ended_at, d.suspense_pence
         FROM dispute d JOIN receipt r ON r.council_id = d.council_id AND r.receipt_id = d.receipt_id
         LEFT JOIN dispute_end e ON e.council_id = d.council_id AND e.dispute_id = d.dispute_id
         WHERE d.council_id = $1 AND d.channel = $2 AND d.reference = $3");
    DISPUTES = Sql::both(
        "SELECT d.dispute_id, d.receipt_id, r.number, d.channel, d.reference, d.amount_pence, d.reason, d.entry_id, d.happened_on,
            d.opened_by, d.opened_at, e.outcome, e.entry_id, e.receipt_id, e.reason, e.ended_by, e.ended_at, d.suspense_pence
         FROM dispute d JOIN receipt r ON r.council_id = d.council_id AND r.receipt_id = d.receipt_id
         LEFT JOIN dispute_end e ON e.council_id = d.council_id AND e.dispute_id = d.dispute_id
         WHERE d.council_id = $1 AND d.dispute_id > $2 AND ($4 = 0 OR e.outcome IS NULL) ORDER BY d.dispute_id LIMIT $3");
    RETURN_BY_ADVICE = Sql::both(
        "SELECT p.return_id, p.kind, p.code, p.advice, p.channel, p.receipt_id, p.line_no, p.suspense_id, p.amount_pence, p.suspense_pence,
            p.entry_id, p.out_receipt_id, p.happened_on, p.note, p.made_by, p.made_at, COALESCE(r.number, '')
         FROM payment_return p LEFT JOIN receipt r ON r.council_id = p.council_id AND r.receipt_id = p.receipt_id
         WHERE p.council_id = $1 AND p.advice = $2");
    RETURNS = Sql::both(
        "SELECT p.return_id, p.kind, p.code, p.advice, p.channel, p.receipt_id, p.line_no, p.suspense_id, p.amount_pence, p.suspense_pence,
            p.entry_id, p.out_receipt_id, p.happened_on, p.note, p.made_by, p.made_at, COALESCE(r.number, '')
         FROM payment_return p LEFT JOIN receipt r ON r.council_id = p.council_id AND r.receipt_id = p.receipt_id
         WHERE p.council_id = $1 AND p.return_id > $2 ORDER BY p.return_id LIMIT $3");
    RETURNED_OF_SUSPENSE = Sql::both(
        "SELECT CAST(COALESCE(SUM(amount_pence), 0) AS BIGINT) FROM payment_return WHERE council_id = $1 AND suspense_id = $2");
    CLAIMS_OF = Sql::both(
        "SELECT subject_id, claim_no, purpose, receipt_id, line_no, amount_pence, short_pence FROM claim_line
         WHERE council_id = $1 AND subject_id = $2 ORDER BY claim_no");
    CLAIMED = Sql::both(
        "SELECT CAST(COALESCE(SUM(c.amount_pence), 0) AS BIGINT) FROM claim_line c
         LEFT JOIN dispute_end e ON e.council_id = c.council_id AND e.dispute_id = c.subject_id
         WHERE c.council_id = $1 AND c.receipt_id = $2 AND c.line_no = $3 AND c.purpose <> 'refund' AND COALESCE(e.outcome, '') <> 'won'");
    OPEN_AND_LOST = Sql::both(
        "SELECT CAST(COALESCE((SELECT SUM(d.amount_pence - d.suspense_pence) FROM dispute d WHERE d.council_id = $1
                AND NOT EXISTS (SELECT 1 FROM dispute_end e WHERE e.council_id = d.council_id AND e.dispute_id = d.dispute_id)), 0)
            + COALESCE((SELECT SUM(c.short_pence) FROM claim_line c
                LEFT JOIN dispute_end e ON e.council_id = c.council_id AND e.dispute_id = c.subject_id
                WHERE c.council_id = $1 AND (c.purpose <> 'dispute' OR e.outcome = 'lost')), 0)
            + COALESCE((SELECT SUM(i.amount_pence) FROM claim_item i
                LEFT JOIN dispute_end e ON e.council_id = i.council_id AND e.dispute_id = i.subject_id
                WHERE i.council_id = $1 AND (i.purpose <> 'dispute' OR e.outcome = 'lost')), 0) AS BIGINT)");
    CLAIMS_THAT_DIFFER = Sql::both(
        "SELECT x.name, x.claimed, x.found FROM (
            SELECT d.reference AS name, d.amount_pence - d.suspense_pence AS claimed, CAST(COALESCE((SELECT SUM(c.amount_pence) FROM claim_line c
                WHERE c.council_id = d.council_id AND c.subject_id = d.dispute_id), 0)
                + COALESCE((SELECT SUM(i.amount_pence) FROM claim_item i WHERE i.council_id = d.council_id AND i.subject_id = d.dispute_id), 0) AS BIGINT) AS found
            FROM dispute d WHERE d.council_id = $1
            UNION ALL
            SELECT p.advice, p.amount_pence - p.suspense_pence, CAST(COALESCE((SELECT SUM(c.amount_pence) FROM claim_line c
                WHERE c.council_id = p.council_id AND c.subject_id = p.return_id), 0)
                + COALESCE((SELECT SUM(i.amount_pence) FROM claim_item i WHERE i.council_id = p.council_id AND i.subject_id = p.return_id), 0) AS BIGINT)
            FROM payment_return p WHERE p.council_id = $1
            UNION ALL
            SELECT c.purpose || ' of receipt ' || MIN(r.number),
                CASE WHEN MAX(e.outcome) = 'won' THEN 0 ELSE CAST(SUM(c.amount_pence - c.short_pence) AS BIGINT) END,
                CAST(COALESCE((SELECT SUM(u.amount_pence) FROM line_use u
                    WHERE u.council_id = c.council_id AND u.subject_id = c.subject_id), 0) AS BIGINT)
            FROM claim_line c JOIN receipt r ON r.council_id = c.council_id AND r.receipt_id = c.receipt_id
            LEFT JOIN dispute_end e ON e.council_id = c.council_id AND e.dispute_id = c.subject_id
            WHERE c.council_id = $1 AND c.purpose <> 'refund' GROUP BY c.council_id, c.subject_id, c.purpose) x
         WHERE x.claimed <> x.found");
}

/// A dispute of a payment with a card scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeRow {
    /// Its id.
    pub id: DisputeId,
    /// The payment.
    pub receipt: ReceiptId,
    /// The payment's number; not stored with the dispute.
    pub receipt_number: String,
    /// The provider's channel.
    pub channel: String,
    /// The provider's reference of the case.
    pub reference: String,
    /// How much is disputed, gross.
    pub amount: Pence,
    /// How much of it was taken off suspense: what had been more than was owed.
    pub of_suspense: Pence,
    /// Why, as the provider says.
    pub reason: String,
    /// The entry that opened it.
    pub entry: EntryId,
    /// The day the provider took the money.
    pub happened_on: NaiveDate,
    /// By whom it was recorded.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// How it ended; not stored with the dispute.
    pub end: Option<DisputeEndRow>,
}

/// How a dispute ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeEndRow {
    /// `won` or `lost`.
    pub outcome: String,
    /// The entry it posted; none for a lost one of which all had gone before.
    pub entry: Option<EntryId>,
    /// The receipt with the lines that were lost.
    pub receipt: Option<ReceiptId>,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A payment sent back by a bank, or undone by its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnRow {
    /// Its id.
    pub id: ReturnId,
    /// `direct-debit`, `indemnity`, `cheque`, `recall` or `undone`.
    pub kind: String,
    /// The reason code of the advice.
    pub code: String,
    /// The advice's own reference: the same advice counts once.
    pub advice: String,
    /// The channel the money goes back through.
    pub channel: String,
    /// The payment, when it is one on an account.
    pub receipt: Option<ReceiptId>,
    /// Its number; not stored with the return.
    pub receipt_number: String,
    /// The line of it; none is the whole payment.
    pub line: Option<i64>,
    /// The suspense item, when it is one.
    pub suspense: Option<SuspenseId>,
    /// How much came back.
    pub amount: Pence,
    /// How much of it was taken off the suspense item.
    pub of_suspense: Pence,
    /// The entry.
    pub entry: EntryId,
    /// The receipt with the lines that were lost.
    pub out: Option<ReceiptId>,
    /// The day of the advice.
    pub happened_on: NaiveDate,
    /// A note.
    pub note: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is claimed back of a receipt line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimRow {
    /// The refund, dispute or return.
    pub subject: Uuid,
    /// Which of its claims, from 1.
    pub number: i64,
    /// `refund`, `dispute` or `return`.
    pub purpose: String,
    /// The line.
    pub of: LineKey,
    /// How much.
    pub amount: Pence,
    /// How much of that was no longer there: a loss. Negative: found after all.
    pub short: Pence,
}

fn dispute(row: Row) -> Result<DisputeRow> {
    let end = match row.opt_text(11)? {
        Some(outcome) => Some(DisputeEndRow {
            outcome,
            entry: row.opt_id(12, EntryId::new)?,
            receipt: row.opt_id(13, ReceiptId::new)?,
            reason: row.text(14)?,
            by: row.text(15)?,
            at: row.time(16)?,
        }),
        None => None,
    };
    Ok(DisputeRow {
        id: row.id(0, DisputeId::new)?,
        receipt: row.id(1, ReceiptId::new)?,
        receipt_number: row.text(2)?,
        channel: row.text(3)?,
        reference: row.text(4)?,
        amount: row.pence(5)?,
        of_suspense: row.pence(17)?,
        reason: row.text(6)?,
        entry: row.id(7, EntryId::new)?,
        happened_on: row.day(8)?,
        by: row.text(9)?,
        at: row.time(10)?,
        end,
    })
}

fn returned(row: Row) -> Result<ReturnRow> {
    Ok(ReturnRow {
        id: row.id(0, ReturnId::new)?,
        kind: row.text(1)?,
        code: row.text(2)?,
        advice: row.text(3)?,
        channel: row.text(4)?,
        receipt: row.opt_id(5, ReceiptId::new)?,
        line: row.opt_int(6)?,
        suspense: row.opt_id(7, SuspenseId::new)?,
        amount: row.pence(8)?,
        of_suspense: row.pence(9)?,
        entry: row.id(10, EntryId::new)?,
        out: row.opt_id(11, ReceiptId::new)?,
        happened_on: row.day(12)?,
        note: row.text(13)?,
        by: row.text(14)?,
        at: row.time(15)?,
        receipt_number: row.text(16)?,
    })
}

fn claim(row: Row) -> Result<ClaimRow> {
    Ok(ClaimRow {
        subject: row.id(0, |id| id)?,
        number: row.int(1)?,
        purpose: row.text(2)?,
        of: LineKey { receipt: row.id(3, ReceiptId::new)?, line: row.int(4)? },
        amount: row.pence(5)?,
        short: row.pence(6)?,
    })
}

impl Tx {
    /// Records a dispute. How it ended is not looked at.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for a reference recorded before.
    pub async fn add_dispute(&mut self, council: CouncilId, row: &DisputeRow) -> Result<()> {
        let rows = Batch::new("dispute", 1)
            .council(council)
            .uuids("dispute_id", [row.id.get()].into_iter())
            .uuids("receipt_id", [row.receipt.get()].into_iter())
            .texts("channel", [row.channel.as_str()].into_iter())
            .texts("reference", [row.reference.as_str()].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .ints("suspense_pence", [row.of_suspense.get()].into_iter())
            .texts("reason", [row.reason.as_str()].into_iter())
            .uuids("entry_id", [row.entry.get()].into_iter())
            .days("happened_on", [row.happened_on].into_iter())
            .texts("opened_by", [row.by.as_str()].into_iter())
            .times("opened_at", [row.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// Records how a dispute ended.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it had ended already.
    pub async fn end_dispute(
        &mut self,
        council: CouncilId,
        id: DisputeId,
        end: &DisputeEndRow,
    ) -> Result<()> {
        let rows = Batch::new("dispute_end", 1)
            .council(council)
            .uuids("dispute_id", [id.get()].into_iter())
            .texts("outcome", [end.outcome.as_str()].into_iter())
            .opt_uuids("entry_id", [end.entry.map(EntryId::get)].into_iter())
            .opt_uuids("receipt_id", [end.receipt.map(ReceiptId::get)].into_iter())
            .texts("reason", [end.reason.as_str()].into_iter())
            .texts("ended_by", [end.by.as_str()].into_iter())
            .times("ended_at", [end.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// One dispute.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn dispute(
        &mut self,
        council: CouncilId,
        id: DisputeId,
    ) -> Result<Option<DisputeRow>> {
        self.first(DISPUTE, args![council, id], dispute).await
    }

    /// The dispute a provider calls by `reference`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn dispute_by_reference(
        &mut self,
        council: CouncilId,
        channel: &str,
        reference: &str,
    ) -> Result<Option<DisputeRow>> {
        self.first(DISPUTE_BY_REFERENCE, args![council, channel, reference], dispute).await
    }

    /// Disputes, the oldest first: the open ones, or all.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn disputes(
        &mut self,
        council: CouncilId,
        only_open: bool,
        after: Option<DisputeId>,
        limit: i64,
    ) -> Result<Vec<DisputeRow>> {
        let after = after.map_or(Uuid::nil(), DisputeId::get);
        self.all(DISPUTES, args![council, after, limit, i64::from(only_open)], dispute).await
    }

    /// Records a payment sent back.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for an advice recorded before.
    pub async fn add_return(&mut self, council: CouncilId, row: &ReturnRow) -> Result<()> {
        let rows = Batch::new("payment_return", 1)
            .council(council)
            .uuids("return_id", [row.id.get()].into_iter())
            .texts("kind", [row.kind.as_str()].into_iter())
            .texts("code", [row.code.as_str()].into_iter())
            .texts("advice", [row.advice.as_str()].into_iter())
            .texts("channel", [row.channel.as_str()].into_iter())
            .opt_uuids("receipt_id", [row.receipt.map(ReceiptId::get)].into_iter())
            .opt_ints("line_no", [row.line].into_iter())
            .opt_uuids("suspense_id", [row.suspense.map(SuspenseId::get)].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .ints("suspense_pence", [row.of_suspense.get()].into_iter())
            .uuids("entry_id", [row.entry.get()].into_iter())
            .opt_uuids("out_receipt_id", [row.out.map(ReceiptId::get)].into_iter())
            .days("happened_on", [row.happened_on].into_iter())
            .texts("note", [row.note.as_str()].into_iter())
            .texts("made_by", [row.by.as_str()].into_iter())
            .times("made_at", [row.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// The return that `advice` told of.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn return_by_advice(
        &mut self,
        council: CouncilId,
        advice: &str,
    ) -> Result<Option<ReturnRow>> {
        self.first(RETURN_BY_ADVICE, args![council, advice], returned).await
    }

    /// Payments sent back, the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn returns(
        &mut self,
        council: CouncilId,
        after: Option<ReturnId>,
        limit: i64,
    ) -> Result<Vec<ReturnRow>> {
        let after = after.map_or(Uuid::nil(), ReturnId::get);
        self.all(RETURNS, args![council, after, limit], returned).await
    }

    /// How much of a suspense item's money was sent back before.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn returned_of_suspense(
        &mut self,
        council: CouncilId,
        id: SuspenseId,
    ) -> Result<Pence> {
        self.one(RETURNED_OF_SUSPENSE, args![council, id], |row| row.pence(0)).await
    }

    /// Records what is claimed of receipt lines.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_claims(&mut self, council: CouncilId, claims: &[ClaimRow]) -> Result<()> {
        let rows = Batch::new("claim_line", claims.len())
            .council(council)
            .uuids("subject_id", claims.iter().map(|c| c.subject))
            .ints("claim_no", claims.iter().map(|c| c.number))
            .texts("purpose", claims.iter().map(|c| c.purpose.as_str()))
            .uuids("receipt_id", claims.iter().map(|c| c.of.receipt.get()))
            .ints("line_no", claims.iter().map(|c| c.of.line))
            .ints("amount_pence", claims.iter().map(|c| c.amount.get()))
            .ints("short_pence", claims.iter().map(|c| c.short.get()));
        self.insert(rows).await?;
        Ok(())
    }

    /// What one refund, dispute or return claims.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn claims(&mut self, council: CouncilId, subject: Uuid) -> Result<Vec<ClaimRow>> {
        self.all(CLAIMS_OF, args![council, subject], claim).await
    }

    /// How much of a line disputes (but those won) and returns claim.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn claimed_of_line(&mut self, council: CouncilId, of: LineKey) -> Result<Pence> {
        let args = args![council, of.receipt, of.line];
        self.one(CLAIMED, args, |row| row.pence(0)).await
    }

    /// What `disputes` should stand at: the open ones, and the losses booked.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn disputed(&mut self, council: CouncilId) -> Result<Pence> {
        self.one(OPEN_AND_LOST, args![council], |row| row.pence(0)).await
    }

    /// Disputes and returns that do not add up to what they claim and took.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn claims_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(CLAIMS_THAT_DIFFER, args![council], Difference::of).await
    }
}
