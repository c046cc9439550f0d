//! Expected money: what clearing accounts wait for.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, EntryId, ExpectedId, ImportId, ReceiptId};
use ims_money::Pence;

use super::{
    Tx,
    open_rows::{advice_sides, advice_sides_each, open_of_these, open_rows, open_without_keys},
};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

/// Ids that are closed by one statement.
pub(super) const CLOSED_AT_ONCE: usize = 5_000;

statements! {
    OPEN_EXPECTED = Sql::both(open_rows!(""));
    ADVICE_SIDES_NEW = Sql::both(advice_sides!("AND o.is_keyed = 0"));
    ADVICE_SIDES_BESIDE_KEYED = Sql::each(
        advice_sides!("AND o.is_keyed = 0"),
        advice_sides_each!(open_without_keys!()));
    ADVICE_SIDES_THESE = Sql::each(
        advice_sides!("AND o.expected_id IN (SELECT unhex(value) FROM json_each($2))"),
        advice_sides_each!(open_of_these!()));
    BY_SOURCE = Sql::each(
        "SELECT e.expected_id, e.source_ref, e.amount_pence,
            COALESCE((SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = b.council_id AND r.import_id = b.import_id)),
               CASE WHEN p.import_id IS NOT NULL THEN e.batch_ref END),
            EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id),
            p.import_id IS NOT NULL
         FROM expected e
         LEFT JOIN import_print p ON p.council_id = e.council_id AND p.import_id = e.import_id AND p.kind = 'settlements'
         WHERE e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref IN (SELECT value FROM json_each($3))
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id",
        "SELECT e.expected_id, e.source_ref, e.amount_pence,
            COALESCE((SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = b.council_id AND r.import_id = b.import_id)),
               CASE WHEN p.import_id IS NOT NULL THEN e.batch_ref END),
            EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id),
            p.import_id IS NOT NULL
         FROM expected e
         LEFT JOIN import_print p ON p.council_id = e.council_id AND p.import_id = e.import_id AND p.kind = 'settlements'
         WHERE e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref = ANY($3)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id");
    NAMED = Sql::each(
        "SELECT e.source_ref, e.amount_pence, e.happened_on, e.reference, e.import_id,
            EXISTS (SELECT 1 FROM suspense_item s
               WHERE s.council_id = e.council_id AND s.entry_id = e.entry_id AND s.reason IN ($4, $5)
                  AND NOT EXISTS (SELECT 1 FROM open_suspense o
                     WHERE o.council_id = s.council_id AND o.suspense_id = s.suspense_id AND o.remaining_pence = s.amount_pence))
         FROM expected e
         WHERE e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref IN (SELECT value FROM json_each($3))
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id",
        "SELECT e.source_ref, e.amount_pence, e.happened_on, e.reference, e.import_id,
            EXISTS (SELECT 1 FROM suspense_item s
               WHERE s.council_id = e.council_id AND s.entry_id = e.entry_id AND s.reason IN ($4, $5)
                  AND NOT EXISTS (SELECT 1 FROM open_suspense o
                     WHERE o.council_id = s.council_id AND o.suspense_id = s.suspense_id AND o.remaining_pence = s.amount_pence))
         FROM expected e
         WHERE e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref = ANY($3)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id");
    REVERSED_BATCHES = Sql::each(
        "SELECT b.expected_id, COUNT(*) FROM expected_batch b
         JOIN import_reversal v ON v.council_id = b.council_id AND v.import_id = b.import_id
         WHERE b.council_id = $1 AND b.expected_id IN (SELECT unhex(value) FROM json_each($2)) GROUP BY b.expected_id",
        "SELECT b.expected_id, COUNT(*) FROM expected_batch b
         JOIN import_reversal v ON v.council_id = b.council_id AND v.import_id = b.import_id
         WHERE b.council_id = $1 AND b.expected_id = ANY($2) GROUP BY b.expected_id");
    EXPECTED_OF_ENTRY = Sql::both(
        "SELECT e.expected_id, e.channel, e.happened_on, e.amount_pence, e.reference, e.batch_ref, e.source_ref, e.is_payers,
            EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id)
         FROM expected e WHERE e.council_id = $1 AND e.entry_id = $2 ORDER BY e.expected_id");
    // By the files that brought what is in suspense for one of two reasons, in this order.
    EXPECTED_TWICE = Sql::both(
        "SELECT e.expected_id, f.entry_id, f.expected_id FROM (
            SELECT DISTINCT s.import_id FROM open_suspense o
            JOIN suspense_item s ON s.council_id = o.council_id AND s.suspense_id = o.suspense_id
            WHERE o.council_id = $1 AND s.reason IN ($2, $3)) i
         CROSS JOIN expected f CROSS JOIN expected e
         WHERE f.council_id = $1 AND f.import_id = i.import_id AND f.receipt_id IS NULL AND f.source_ref <> ''
            AND e.council_id = $1 AND e.channel = f.channel AND e.source_ref = f.source_ref AND e.source_ref <> ''
            AND e.amount_pence = f.amount_pence AND (e.receipt_id IS NOT NULL OR e.import_id IS NULL)
            AND EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = $1 AND o.expected_id = e.expected_id)
            AND NOT EXISTS (SELECT 1 FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id)
         UNION
         SELECT e.expected_id, f.entry_id, f.expected_id FROM (
            SELECT DISTINCT s.import_id FROM open_suspense o
            JOIN suspense_item s ON s.council_id = o.council_id AND s.suspense_id = o.suspense_id
            WHERE o.council_id = $1 AND s.reason IN ($2, $3)) i
         CROSS JOIN expected f CROSS JOIN expected_name n CROSS JOIN expected e
         WHERE f.council_id = $1 AND f.import_id = i.import_id AND f.receipt_id IS NULL AND f.source_ref <> ''
            AND n.council_id = $1 AND n.channel = f.channel AND n.name = f.source_ref
            AND e.council_id = $1 AND e.expected_id = n.expected_id
            AND e.amount_pence = f.amount_pence AND (e.receipt_id IS NOT NULL OR e.import_id IS NULL)
            AND EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = $1 AND o.expected_id = e.expected_id)
            AND NOT EXISTS (SELECT 1 FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id)
         ORDER BY 1, 3");
    CLOSE_EXPECTED = Sql::each(
        "DELETE FROM open_expected WHERE council_id = $1 AND expected_id IN (SELECT unhex(value) FROM json_each($2))",
        "DELETE FROM open_expected o USING UNNEST(CAST($2 AS UUID[])) x (id) WHERE o.council_id = $1 AND o.expected_id = x.id");
    OPEN_EXPECTED_TOTALS = Sql::both(
        "SELECT e.channel, COUNT(*), CAST(COALESCE(SUM(e.amount_pence), 0) AS BIGINT), MIN(e.happened_on) FROM open_expected o
         JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
         WHERE o.council_id = $1 GROUP BY e.channel ORDER BY e.channel");
    DUE_TOTALS = Sql::both(
        "SELECT e.channel, COUNT(*), CAST(COALESCE(SUM(e.amount_pence), 0) AS BIGINT), MIN(e.happened_on) FROM open_expected o
         JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
         WHERE o.council_id = $1
            AND NOT EXISTS (SELECT 1 FROM till_receipt t WHERE t.council_id = o.council_id AND t.expected_id = o.expected_id)
         GROUP BY e.channel ORDER BY e.channel");
}

/// Money that came under a reference of the sender's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedMoney {
    /// The sender's own reference.
    pub source_ref: String,
    /// For us positive.
    pub amount: Pence,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// The account it was for, or what it said.
    pub reference: String,
    /// The file it came in; none where it was taken here.
    pub import: Option<ImportId>,
    /// Whether it was in suspense for one of the reasons asked for, and is no more, or not whole.
    pub is_placed: bool,
}

/// An expected item under a reference of the sender's, and the payout that a
/// settlement that stands has it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcedMoney {
    /// Its id.
    pub id: ExpectedId,
    /// The sender's own reference.
    pub source_ref: String,
    /// For us positive.
    pub amount: Pence,
    /// The payout a settlement put it in, or was the first to tell of it in.
    pub payout: Option<String>,
    /// Whether it is still waited for.
    pub is_open: bool,
    /// Whether a settlement made it wait: nobody here knew of it then.
    pub is_told: bool,
}

/// Something a clearing account waits for (positive), or must give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRow {
    /// Its id.
    pub id: ExpectedId,
    /// The channel it comes through.
    pub channel: String,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// For us positive.
    pub amount: Pence,
    /// The reference the bank may quote.
    pub reference: String,
    /// The payout, slip or basket it is part of.
    pub batch_ref: String,
    /// The sender's own reference.
    pub source_ref: String,
    /// Whether the reference is the payer's own account: money that reaches the bank in sums
    /// is never quoted by it.
    pub is_payers: bool,
    /// The entry that made us wait.
    pub entry: EntryId,
    /// The receipt it is for.
    pub receipt: Option<ReceiptId>,
    /// The file it came in.
    pub import: Option<ImportId>,
    /// When we knew.
    pub created_at: DateTime<Utc>,
}

/// An expected item as reconciliation needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenExpected {
    /// Its id.
    pub id: ExpectedId,
    /// The channel it comes through.
    pub channel: String,
    /// The day the payer paid.
    pub happened_on: NaiveDate,
    /// For us positive.
    pub amount: Pence,
    /// The reference the bank may quote.
    pub reference: String,
    /// The payout, slip or basket it is part of.
    pub batch_ref: String,
    /// The sender's own reference.
    pub source_ref: String,
    /// Whether the reference is the payer's own account: money that reaches the bank in sums
    /// is never quoted by it.
    pub is_payers: bool,
}

pub(super) fn open(row: Row) -> Result<OpenExpected> {
    Ok(OpenExpected {
        id: row.id(0, ExpectedId::new)?,
        channel: row.text(1)?,
        happened_on: row.day(2)?,
        amount: row.pence(3)?,
        reference: row.text(4)?,
        batch_ref: row.text(5)?,
        source_ref: row.text(6)?,
        is_payers: row.bool(7)?,
    })
}

/// The rows of what is expected, and that they are open.
pub(crate) fn expected_batches(council: CouncilId, items: &[ExpectedRow]) -> [Batch; 2] {
    let rows = Batch::new("expected", items.len())
        .council(council)
        .uuids("expected_id", items.iter().map(|e| e.id.get()))
        .texts("channel", items.iter().map(|e| e.channel.as_str()))
        .days("happened_on", items.iter().map(|e| e.happened_on))
        .ints("amount_pence", items.iter().map(|e| e.amount.get()))
        .texts("reference", items.iter().map(|e| e.reference.as_str()))
        .texts("batch_ref", items.iter().map(|e| e.batch_ref.as_str()))
        .texts("source_ref", items.iter().map(|e| e.source_ref.as_str()))
        .uuids("entry_id", items.iter().map(|e| e.entry.get()))
        .opt_uuids("receipt_id", items.iter().map(|e| e.receipt.map(ReceiptId::get)))
        .opt_uuids("import_id", items.iter().map(|e| e.import.map(ImportId::get)))
        .times("created_at", items.iter().map(|e| e.created_at))
        .ints("is_payers", items.iter().map(|e| i64::from(e.is_payers)));
    [rows, open_batch(council, items.iter().map(|e| e.id))]
}

fn open_batch(council: CouncilId, ids: impl ExactSizeIterator<Item = ExpectedId>) -> Batch {
    Batch::new("open_expected", ids.len())
        .council(council)
        .uuids("expected_id", ids.map(ExpectedId::get))
}

fn channel_total(row: Row) -> Result<(String, i64, Pence, NaiveDate)> {
    Ok((row.text(0)?, row.int(1)?, row.pence(2)?, row.day(3)?))
}

impl Tx {
    /// Adds expected items, all of them open.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_expected(&mut self, council: CouncilId, items: &[ExpectedRow]) -> Result<()> {
        for batch in expected_batches(council, items) {
            self.insert(batch).await?;
        }
        Ok(())
    }

    /// Opens items again whose match was undone.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_expected_again(
        &mut self,
        council: CouncilId,
        ids: &[ExpectedId],
    ) -> Result<()> {
        let open = open_batch(council, ids.iter().copied());
        self.insert(open).await?;
        Ok(())
    }

    /// Everything still expected of banks, by id: what is in a till was not paid in
    /// yet, and is left out.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_expected(&mut self, council: CouncilId) -> Result<Vec<OpenExpected>> {
        self.all(OPEN_EXPECTED, args![council], open).await
    }

    /// Of what is expected and has no keys yet, what a bank rule made wait for its advice, and
    /// what advices say goes back: each with the kind of the entry that made it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn new_advice_sides(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<(ExpectedId, String)>> {
        let read = |row: Row| Ok((row.id(0, ExpectedId::new)?, row.text(1)?));
        let is_few = self.has_expected_keys(council).await?;
        let sql = if is_few { ADVICE_SIDES_BESIDE_KEYED } else { ADVICE_SIDES_NEW };
        self.all(sql, args![council], read).await
    }

    /// As [`new_advice_sides`](Self::new_advice_sides), of these rows.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn advice_sides_of(
        &mut self,
        council: CouncilId,
        ids: &[ExpectedId],
    ) -> Result<Vec<(ExpectedId, String)>> {
        let read = |row: Row| Ok((row.id(0, ExpectedId::new)?, row.text(1)?));
        let mut found = Vec::new();
        for ids in ids.chunks(5_000) {
            let ids: Vec<_> = ids.iter().map(|id| id.get()).collect();
            found.extend(self.all(ADVICE_SIDES_THESE, args![council, ids], read).await?);
        }
        Ok(found)
    }

    /// The expected items of `channel` with these references of the sender's.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn expected_by_source(
        &mut self,
        council: CouncilId,
        channel: &str,
        sources: &[String],
    ) -> Result<Vec<SourcedMoney>> {
        let mut found = Vec::new();
        for sources in sources.chunks(5_000) {
            let args = args![council, channel, sources.to_vec()];
            let rows = self.all(BY_SOURCE, args, |row| {
                Ok(SourcedMoney {
                    id: row.id(0, ExpectedId::new)?,
                    source_ref: row.text(1)?,
                    amount: row.pence(2)?,
                    payout: row.opt_text(3)?,
                    is_open: row.bool(4)?,
                    is_told: row.bool(5)?,
                })
            });
            found.extend(rows.await?);
            let named = self.money_named(council, channel, sources).await?;
            if !named.is_empty() {
                let known: HashSet<ExpectedId> = found.iter().map(|row| row.id).collect();
                found.extend(named.into_iter().filter(|row| !known.contains(&row.id)));
            }
        }
        Ok(found)
    }

    /// The money that came through `channel` under these references of the
    /// sender's, oldest first; that of a reversed import is left out. Of money that went to
    /// suspense for one of these reasons it says whether it was placed since.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn expected_named(
        &mut self,
        council: CouncilId,
        channel: &str,
        sources: &[String],
        [one, other]: [&str; 2],
    ) -> Result<Vec<NamedMoney>> {
        let mut found = Vec::new();
        for sources in sources.chunks(5_000) {
            let args = args![council, channel, sources.to_vec(), one, other];
            let rows = self.all(NAMED, args, |row| {
                Ok(NamedMoney {
                    source_ref: row.text(0)?,
                    amount: row.pence(1)?,
                    happened_on: row.day(2)?,
                    reference: row.text(3)?,
                    import: row.opt_id(4, ImportId::new)?,
                    is_placed: row.bool(5)?,
                })
            });
            found.extend(rows.await?);
        }
        Ok(found)
    }

    /// Settles which payout expected items are part of.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when one was settled before, by an
    /// import that still stands.
    pub async fn put_in_batches(
        &mut self,
        council: CouncilId,
        items: &[(ExpectedId, String)],
        import: ImportId,
    ) -> Result<()> {
        self.unkey_expected(council, items.iter().map(|(id, _)| *id)).await?;
        // Each reversed settlement of an item makes room for one more.
        let mut reversed: HashMap<ExpectedId, i64> = HashMap::new();
        for items in items.chunks(5_000) {
            let ids: Vec<_> = items.iter().map(|(id, _)| id.get()).collect();
            let read = |row: Row| Ok((row.id(0, ExpectedId::new)?, row.int(1)?));
            reversed.extend(self.all(REVERSED_BATCHES, args![council, ids], read).await?);
        }
        let generation = |id: &ExpectedId| reversed.get(id).copied().unwrap_or_default();
        let rows = Batch::new("expected_batch", items.len())
            .council(council)
            .uuids("expected_id", items.iter().map(|(id, _)| id.get()))
            .ints("generation", items.iter().map(|(id, _)| generation(id)))
            .texts("batch_ref", items.iter().map(|(_, batch)| batch.as_str()))
            .uuids("import_id", items.iter().map(|_| import.get()));
        self.insert(rows).await?;
        Ok(())
    }

    /// Takes items off what is expected, and says how many there were.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn close_expected(&mut self, council: CouncilId, ids: &[ExpectedId]) -> Result<u64> {
        let mut closed = 0_u64;
        // In the order of their keys: pages are touched once, and two who close the same rows
        // lock them in the same order.
        let mut ids: Vec<_> = ids.iter().map(|id| id.get()).collect();
        ids.sort_unstable();
        for ids in ids.chunks(CLOSED_AT_ONCE) {
            let touched = self.execute(CLOSE_EXPECTED, args![council, ids.to_vec()]).await?;
            closed = closed.saturating_add(touched);
        }
        Ok(closed)
    }

    /// The expected items that one entry made, and whether each is still open.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn expected_of_entry(
        &mut self,
        council: CouncilId,
        entry: EntryId,
    ) -> Result<Vec<(OpenExpected, bool)>> {
        self.all(EXPECTED_OF_ENTRY, args![council, entry], |row| {
            let is_open = row.bool(8)?;
            Ok((open(row)?, is_open))
        })
        .await
    }

    /// Payments that are waited for though the same money, by reference and
    /// amount, was waited for before by an entry that knew no account, and is in suspense
    /// for one of these reasons: the payment's item, and that entry.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn expected_twice(
        &mut self,
        council: CouncilId,
        reasons: [&str; 2],
    ) -> Result<Vec<(ExpectedId, EntryId)>> {
        let read = |row: Row| Ok((row.id(0, ExpectedId::new)?, row.id(1, EntryId::new)?));
        let [one, other] = reasons;
        self.all(EXPECTED_TWICE, args![council, one, other], read).await
    }

    /// What each channel still waits for: how many, how much, since when.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_expected_totals(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<(String, i64, Pence, NaiveDate)>> {
        self.all(OPEN_EXPECTED_TOTALS, args![council], channel_total).await
    }

    /// The same without what lies in a till: what the bank is to show.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn due_totals(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<(String, i64, Pence, NaiveDate)>> {
        self.all(DUE_TOTALS, args![council], channel_total).await
    }
}
