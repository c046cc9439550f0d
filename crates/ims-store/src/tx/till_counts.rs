//! How tills end: what was lifted and counted, and the slips made of it.

use chrono::{DateTime, Utc};
use ims_ledger::{
    id::{ApprovalId, CouncilId, EntryId, ExpectedId, TillSessionId},
    seal::ContentHash,
};
use ims_money::Pence;

use super::{Tx, tills::session_id};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    LIFTS = Sql::both(
        "SELECT lift_no, document, amount_pence, lifted_by, lifted_at, idempotency_key FROM till_lift
         WHERE council_id = $1 AND session_id = $2 ORDER BY lift_no");
    LIFT_BY_KEY = Sql::both(
        "SELECT session_id, lift_no FROM till_lift WHERE council_id = $1 AND idempotency_key = $2");
    LIFTS_BACK = Sql::both(
        "SELECT lift_no, counts, reason, taken_back_by, taken_back_at FROM till_lift_back
         WHERE council_id = $1 AND session_id = $2 ORDER BY lift_no");
    COUNTS = Sql::both(
        "SELECT count_no, document, content_hash, counted_by, counted_at, approval_id FROM till_count
         WHERE council_id = $1 AND session_id = $2 ORDER BY count_no");
    COUNTED_FOR = Sql::both(
        "SELECT session_id FROM till_count WHERE council_id = $1 AND approval_id = $2");
    CLOSE = Sql::both(
        "SELECT count_no, expected_pence, counted_pence, entry_id, closed_by, closed_at FROM till_close
         WHERE council_id = $1 AND session_id = $2");
    SLIPS = Sql::both(
        "SELECT number, kind, amount_pence, expected_id, made_at FROM till_slip
         WHERE council_id = $1 AND session_id = $2 ORDER BY number");
    TILL_OF_SLIP = Sql::both(
        "SELECT session_id FROM till_slip WHERE council_id = $1 AND number = $2");
}

/// Cash lifted to the safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillLiftRow {
    /// Counted from 1.
    pub number: i64,
    /// What was lifted, by denomination, as JSON.
    pub document: String,
    /// What it came to.
    pub amount: Pence,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The key under which it is lifted once.
    pub key: Option<String>,
}

/// A lift taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillLiftBackRow {
    /// Which lift of the session.
    pub lift: i64,
    /// How many counts of the session there were: in the ones after, it counts no more.
    pub counts: i64,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A count of a till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillCountRow {
    /// Counted from 1.
    pub number: i64,
    /// What was counted, as JSON.
    pub document: String,
    /// The hash of the document.
    pub content_hash: ContentHash,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What a second person is asked about it, where one is.
    pub approval: Option<ApprovalId>,
}

/// The end of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillCloseRow {
    /// The count it was paid in by.
    pub count: i64,
    /// What its receipts come to.
    pub expected: Pence,
    /// What is paid in.
    pub counted: Pence,
    /// The entry that posted it; none where nothing was taken.
    pub entry: Option<EntryId>,
    /// By whom.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A paying-in slip made of a till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillSlipRow {
    /// Its number, without gaps among the slips of e-returns.
    pub number: i64,
    /// `cash`, `cheques` or `together`.
    pub kind: String,
    /// What it says.
    pub amount: Pence,
    /// What the bank is to show of it.
    pub expected: ExpectedId,
    /// When.
    pub made_at: DateTime<Utc>,
}

fn lift(row: Row) -> Result<TillLiftRow> {
    Ok(TillLiftRow {
        number: row.int(0)?,
        document: row.text(1)?,
        amount: row.pence(2)?,
        by: row.text(3)?,
        at: row.time(4)?,
        key: row.opt_text(5)?,
    })
}

fn lift_back(row: Row) -> Result<TillLiftBackRow> {
    Ok(TillLiftBackRow {
        lift: row.int(0)?,
        counts: row.int(1)?,
        reason: row.text(2)?,
        by: row.text(3)?,
        at: row.time(4)?,
    })
}

fn count(row: Row) -> Result<TillCountRow> {
    Ok(TillCountRow {
        number: row.int(0)?,
        document: row.text(1)?,
        content_hash: row.hash(2)?,
        by: row.text(3)?,
        at: row.time(4)?,
        approval: row.opt_id(5, ApprovalId::new)?,
    })
}

fn slip(row: Row) -> Result<TillSlipRow> {
    Ok(TillSlipRow {
        number: row.int(0)?,
        kind: row.text(1)?,
        amount: row.pence(2)?,
        expected: row.id(3, ExpectedId::new)?,
        made_at: row.time(4)?,
    })
}

impl Tx {
    /// Adds a lift; its number is the next.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) for a number or a key given
    /// before.
    pub async fn add_till_lift(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
        row: &TillLiftRow,
    ) -> Result<()> {
        let rows = Batch::new("till_lift", 1)
            .council(council)
            .uuids("session_id", [id.get()].into_iter())
            .ints("lift_no", [row.number].into_iter())
            .texts("document", [row.document.as_str()].into_iter())
            .ints("amount_pence", [row.amount.get()].into_iter())
            .texts("lifted_by", [row.by.as_str()].into_iter())
            .times("lifted_at", [row.at].into_iter())
            .opt_texts("idempotency_key", [row.key.as_deref()].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// What was lifted in a session, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_lifts(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
    ) -> Result<Vec<TillLiftRow>> {
        self.all(LIFTS, args![council, id], lift).await
    }

    /// The lift made under `key`: its session and its number.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_lift_by_key(
        &mut self,
        council: CouncilId,
        key: &str,
    ) -> Result<Option<(TillSessionId, i64)>> {
        let read = |row: Row| Ok((row.id(0, TillSessionId::new)?, row.int(1)?));
        self.first(LIFT_BY_KEY, args![council, key], read).await
    }

    /// Takes a lift of a session back; the lift itself stays.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was taken back before.
    pub async fn add_till_lift_back(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
        row: &TillLiftBackRow,
    ) -> Result<()> {
        let rows = Batch::new("till_lift_back", 1)
            .council(council)
            .uuids("session_id", [id.get()].into_iter())
            .ints("lift_no", [row.lift].into_iter())
            .ints("counts", [row.counts].into_iter())
            .texts("reason", [row.reason.as_str()].into_iter())
            .texts("taken_back_by", [row.by.as_str()].into_iter())
            .times("taken_back_at", [row.at].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// The lifts of a session that were taken back, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_lifts_back(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
    ) -> Result<Vec<TillLiftBackRow>> {
        self.all(LIFTS_BACK, args![council, id], lift_back).await
    }

    /// Adds a count; its number is the next.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when there is one of its number.
    pub async fn add_till_count(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
        row: &TillCountRow,
    ) -> Result<()> {
        let rows = Batch::new("till_count", 1)
            .council(council)
            .uuids("session_id", [id.get()].into_iter())
            .ints("count_no", [row.number].into_iter())
            .texts("document", [row.document.as_str()].into_iter())
            .bytes("content_hash", [row.content_hash.0.as_slice()].into_iter())
            .texts("counted_by", [row.by.as_str()].into_iter())
            .times("counted_at", [row.at].into_iter())
            .opt_uuids("approval_id", [row.approval.map(ApprovalId::get)].into_iter());
        self.insert(rows).await?;
        Ok(())
    }

    /// Every count of a session, the first first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_counts(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
    ) -> Result<Vec<TillCountRow>> {
        self.all(COUNTS, args![council, id], count).await
    }

    /// The session whose count a second person is asked about.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_counted_for(
        &mut self,
        council: CouncilId,
        approval: ApprovalId,
    ) -> Result<Option<TillSessionId>> {
        self.first(COUNTED_FOR, args![council, approval], session_id).await
    }

    /// Records the end of a session, and the slips made of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it has ended.
    pub async fn add_till_close(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
        row: &TillCloseRow,
        slips: &[TillSlipRow],
    ) -> Result<()> {
        let rows = Batch::new("till_close", 1)
            .council(council)
            .uuids("session_id", [id.get()].into_iter())
            .ints("count_no", [row.count].into_iter())
            .ints("expected_pence", [row.expected.get()].into_iter())
            .ints("counted_pence", [row.counted.get()].into_iter())
            .opt_uuids("entry_id", [row.entry.map(EntryId::get)].into_iter())
            .texts("closed_by", [row.by.as_str()].into_iter())
            .times("closed_at", [row.at].into_iter());
        self.insert(rows).await?;
        let rows = Batch::new("till_slip", slips.len())
            .council(council)
            .ints("number", slips.iter().map(|s| s.number))
            .uuids("session_id", slips.iter().map(|_| id.get()))
            .texts("kind", slips.iter().map(|s| s.kind.as_str()))
            .ints("amount_pence", slips.iter().map(|s| s.amount.get()))
            .uuids("expected_id", slips.iter().map(|s| s.expected.get()))
            .times("made_at", slips.iter().map(|s| s.made_at));
        self.insert(rows).await?;
        Ok(())
    }

    /// The end of a session, if it has ended.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_close(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
    ) -> Result<Option<TillCloseRow>> {
        self.first(CLOSE, args![council, id], |row| {
            Ok(TillCloseRow {
                count: row.int(0)?,
                expected: row.pence(1)?,
                counted: row.pence(2)?,
                entry: row.opt_id(3, EntryId::new)?,
                by: row.text(4)?,
                at: row.time(5)?,
            })
        })
        .await
    }

    /// The paying-in slips of a session.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_slips(
        &mut self,
        council: CouncilId,
        id: TillSessionId,
    ) -> Result<Vec<TillSlipRow>> {
        self.all(SLIPS, args![council, id], slip).await
    }

    /// The session whose paying-in slip has that number; none of an e-return's.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn till_of_slip(
        &mut self,
        council: CouncilId,
        number: i64,
    ) -> Result<Option<TillSessionId>> {
        let read = |row: Row| row.id(0, TillSessionId::new);
        self.first(TILL_OF_SLIP, args![council, number], read).await
    }
}
