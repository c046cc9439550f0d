//! What the other side said of exports, and what took a rejected one's place.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, ExportId};

use super::{Difference, ExportRow, Tx, exports::export};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    STATES = Sql::both(
        "SELECT e.export_id, e.kind, e.number, e.after_day, e.through_day, e.content_hash, e.file_name, e.rows, e.debit_pence,
            e.credit_pence, e.head, e.made_by, e.made_at, a.verdict, a.their_reference, a.said_by, a.said_at, a.reason,
            (SELECT MIN(n.number) FROM export_replaces p
                JOIN export n ON n.council_id = p.council_id AND n.export_id = p.export_id
                WHERE p.council_id = e.council_id AND p.replaced_id = e.export_id)
         FROM export e LEFT JOIN export_ack a ON a.council_id = e.council_id AND a.export_id = e.export_id
         WHERE e.council_id = $1 AND (CAST($2 AS TEXT) IS NULL OR e.kind = $2)
         ORDER BY e.made_at DESC, e.export_id DESC LIMIT $3");
    STATE = Sql::both(
        "SELECT e.export_id, e.kind, e.number, e.after_day, e.through_day, e.content_hash, e.file_name, e.rows, e.debit_pence,
            e.credit_pence, e.head, e.made_by, e.made_at, a.verdict, a.their_reference, a.said_by, a.said_at, a.reason,
            (SELECT MIN(n.number) FROM export_replaces p
                JOIN export n ON n.council_id = p.council_id AND n.export_id = p.export_id
                WHERE p.council_id = e.council_id AND p.replaced_id = e.export_id)
         FROM export e LEFT JOIN export_ack a ON a.council_id = e.council_id AND a.export_id = e.export_id
         WHERE e.council_id = $1 AND e.export_id = $2");
    HOLDING = Sql::both(
        "SELECT e.export_id, e.kind, e.number, e.after_day, e.through_day, e.content_hash, e.file_name, e.rows, e.debit_pence,
            e.credit_pence, e.head, e.made_by, e.made_at, a.verdict, a.their_reference, a.said_by, a.said_at, a.reason,
            CAST(NULL AS BIGINT)
         FROM export e LEFT JOIN export_ack a ON a.council_id = e.council_id AND a.export_id = e.export_id
         WHERE e.council_id = $1 AND e.kind <> 'refunds' AND e.through_day >= $2 AND (a.verdict IS NULL OR a.verdict <> 'rejected')
         ORDER BY e.kind, e.number");
    ADD_ACK = Sql::both(
        "INSERT INTO export_ack (council_id, export_id, verdict, their_reference, said_by, said_at, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7)");
    REPLACED = Sql::both(
        "SELECT o.number FROM export_replaces p
         JOIN export o ON o.council_id = p.council_id AND o.export_id = p.replaced_id
         WHERE p.council_id = $1 AND p.export_id = $2 ORDER BY o.number");
    JOURNALS_THAT_DIFFER = Sql::both(
        "WITH d AS (SELECT accounting_day, SUM(CASE side WHEN 'debit' THEN amount_pence ELSE 0 END) AS debit,
                SUM(CASE side WHEN 'credit' THEN amount_pence ELSE 0 END) AS credit
            FROM posting WHERE council_id = $1 GROUP BY accounting_day)
         SELECT e.file_name, e.debit_pence, CAST(COALESCE(SUM(d.debit), 0) AS BIGINT) FROM export e
         LEFT JOIN d ON d.accounting_day <= e.through_day AND (e.after_day IS NULL OR d.accounting_day > e.after_day)
         WHERE e.council_id = $1 AND e.kind = 'ledger-journal'
            AND NOT EXISTS (SELECT 1 FROM export_ack a WHERE a.council_id = e.council_id AND a.export_id = e.export_id AND a.verdict = 'rejected')
         GROUP BY e.number, e.file_name, e.debit_pence, e.credit_pence
         HAVING COALESCE(SUM(d.debit), 0) <> e.debit_pence OR COALESCE(SUM(d.credit), 0) <> e.credit_pence ORDER BY e.number");
    HOSTS_THAT_DIFFER = Sql::both(
        "WITH d AS (SELECT l.fund, r.accounting_day, SUM(CASE WHEN l.amount_pence > 0 THEN l.amount_pence ELSE 0 END) AS received,
                SUM(CASE WHEN l.amount_pence < 0 THEN -l.amount_pence ELSE 0 END) AS given
            FROM receipt r JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
            WHERE r.council_id = $1 GROUP BY l.fund, r.accounting_day)
         SELECT e.file_name, e.debit_pence, CAST(COALESCE(SUM(d.received), 0) AS BIGINT) FROM export e
         LEFT JOIN d ON e.kind = 'host:' || d.fund AND d.accounting_day <= e.through_day
            AND (e.after_day IS NULL OR d.accounting_day > e.after_day)
         WHERE e.council_id = $1 AND e.kind NOT IN ('ledger-journal', 'refunds')
            AND NOT EXISTS (SELECT 1 FROM export_ack a WHERE a.council_id = e.council_id AND a.export_id = e.export_id AND a.verdict = 'rejected')
         GROUP BY e.kind, e.number, e.file_name, e.debit_pence, e.credit_pence
         HAVING COALESCE(SUM(d.received), 0) <> e.debit_pence OR COALESCE(SUM(d.given), 0) <> e.credit_pence ORDER BY e.kind, e.number");
    DAYS_EXPORTED_TWICE = Sql::both(
        "SELECT e.file_name || ' and ' || o.file_name, 2, 1 FROM export e
         JOIN export o ON o.council_id = e.council_id AND o.kind = e.kind AND o.number > e.number
            AND (o.after_day IS NULL OR o.after_day < e.through_day) AND (e.after_day IS NULL OR e.after_day < o.through_day)
         WHERE e.council_id = $1 AND e.kind <> 'refunds'
            AND NOT EXISTS (SELECT 1 FROM export_ack a WHERE a.council_id = e.council_id AND a.export_id = e.export_id AND a.verdict = 'rejected')
            AND NOT EXISTS (SELECT 1 FROM export_ack a WHERE a.council_id = o.council_id AND a.export_id = o.export_id AND a.verdict = 'rejected')
         ORDER BY e.kind, e.number");
}

/// What the other side said of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckRow {
    /// `accepted` or `rejected`.
    pub verdict: String,
    /// Their reference for it.
    pub their_reference: String,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, when it was rejected.
    pub reason: String,
}

/// An export and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportState {
    /// What is registered of it.
    pub row: ExportRow,
    /// What the other side said, if anything yet.
    pub ack: Option<AckRow>,
    /// The number of the export that took its place.
    pub replaced_by: Option<i64>,
}

impl ExportState {
    /// Whether the other side rejected it: its days are in no export until
    /// another takes its place.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.ack.as_ref().is_some_and(|ack| ack.verdict == "rejected")
    }

    /// Whether the other side accepted it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.ack.as_ref().is_some_and(|ack| ack.verdict == "accepted")
    }

    /// Whether a day is in it.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        day <= self.row.through_day && self.row.after_day.is_none_or(|after| day > after)
    }
}

fn state(row: Row) -> Result<ExportState> {
    let ack = match row.opt_text(13)? {
        None => None,
        Some(verdict) => Some(AckRow {
            verdict,
            their_reference: row.text(14)?,
            by: row.text(15)?,
            at: row.time(16)?,
            reason: row.text(17)?,
        }),
    };
    let replaced_by = row.opt_int(18)?;
    Ok(ExportState { row: export(row)?, ack, replaced_by })
}

impl Tx {
    /// The newest exports, of one series or of all, and what became of them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn export_states(
        &mut self,
        council: CouncilId,
        kind: Option<&str>,
        limit: i64,
    ) -> Result<Vec<ExportState>> {
        self.all(STATES, args![council, kind, limit], state).await
    }

    /// One export and what became of it.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn export_state(
        &mut self,
        council: CouncilId,
        id: ExportId,
    ) -> Result<Option<ExportState>> {
        self.first(STATE, args![council, id], state).await
    }

    /// The exports that hold `day` or a later one and were not rejected.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn exports_holding(
        &mut self,
        council: CouncilId,
        day: NaiveDate,
    ) -> Result<Vec<ExportState>> {
        self.all(HOLDING, args![council, day], state).await
    }

    /// Records what the other side said of an export.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when that is
    /// recorded already.
    pub async fn add_ack(&mut self, council: CouncilId, id: ExportId, row: &AckRow) -> Result<()> {
        let args =
            args![council, id, &row.verdict, &row.their_reference, &row.by, row.at, &row.reason];
        self.execute(ADD_ACK, args).await?;
        Ok(())
    }

    /// Records that an export takes the place of others.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_replaced(
        &mut self,
        council: CouncilId,
        id: ExportId,
        replaced: &[ExportId],
    ) -> Result<()> {
        let rows = Batch::new("export_replaces", replaced.len())
            .council(council)
            .uuids("export_id", replaced.iter().map(|_| id.get()))
            .uuids("replaced_id", replaced.iter().map(|one| one.get()));
        self.insert(rows).await?;
        Ok(())
    }

    /// The numbers of the exports whose place an export took.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn replaced(&mut self, council: CouncilId, id: ExportId) -> Result<Vec<i64>> {
        self.all(REPLACED, args![council, id], |row| row.int(0)).await
    }

    /// Exports that were not rejected and whose totals are not those of their
    /// days: something was posted into a day after it went out.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn exports_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = self.all(JOURNALS_THAT_DIFFER, args![council], Difference::of).await?;
        found.extend(self.all(HOSTS_THAT_DIFFER, args![council], Difference::of).await?);
        Ok(found)
    }

    /// Exports of one series that share a day and were both not rejected.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn days_exported_twice(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        self.all(DAYS_EXPORTED_TWICE, args![council], Difference::of).await
    }
}
