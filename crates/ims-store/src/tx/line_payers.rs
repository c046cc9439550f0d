//! Which bank lines came from the same account, and what became of them.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, LineId};
use uuid::Uuid;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

/// The newest lines of each payer, the receipts they became or showed, and the accounts those
/// are of that nothing was moved out of since. The limit cuts nothing off (see [`PAYERS_AT_ONCE`]),
/// and every condition names a row that was found before (`yes` is 1): so both planners ask for
/// each row by its key. Given a constant to compare with, SQLite reads a whole table first, to
/// know which keys it need not ask for.
macro_rules! paid_from {
    ($among:literal) => {
        concat!(
            "WITH newest AS (
                SELECT council_id, payer_id, line_id, 1 AS yes FROM (
                    SELECT council_id, payer_id, line_id, ROW_NUMBER() OVER (PARTITION BY payer_id ORDER BY line_id DESC) AS place
                    FROM line_payer WHERE council_id = $1 AND payer_id ",
            $among,
            ") ranked WHERE place <= $3 LIMIT 20000),
             told AS (
                SELECT n.council_id, n.payer_id, n.line_id, n.yes, p.suspense_id, p.expected_id, p.receipt_id
                FROM newest n CROSS JOIN match_pair p
                WHERE p.council_id = n.council_id AND p.line_id = n.line_id
                    AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id)),
             became AS (
                SELECT t.council_id, t.payer_id, t.line_id, t.yes, t.receipt_id FROM told t
                UNION
                SELECT t.council_id, t.payer_id, t.line_id, t.yes, e.receipt_id FROM told t CROSS JOIN expected e
                WHERE e.council_id = t.council_id AND e.expected_id = t.expected_id AND e.is_payers = t.yes
                UNION
                SELECT t.council_id, t.payer_id, t.line_id, t.yes, a.receipt_id FROM told t CROSS JOIN suspense_allocation a
                WHERE a.council_id = t.council_id AND a.suspense_id = t.suspense_id
                    AND NOT EXISTS (SELECT 1 FROM allocation_undo u WHERE u.council_id = t.council_id AND u.allocation_id = a.allocation_id)
                UNION
                SELECT t.council_id, t.payer_id, t.line_id, t.yes, e.receipt_id
                FROM told t CROSS JOIN suspense_allocation a CROSS JOIN match_pair q CROSS JOIN expected e
                WHERE a.council_id = t.council_id AND a.suspense_id = t.suspense_id
                    AND q.council_id = a.council_id AND q.match_id = a.match_id AND q.suspense_id = t.suspense_id
                    AND e.council_id = q.council_id AND e.expected_id = q.expected_id AND e.is_payers = t.yes
                    AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = t.council_id AND u.match_id = a.match_id))
             SELECT DISTINCT b.payer_id, b.line_id, s.booked_on, l.fund, l.reference
             FROM became b CROSS JOIN statement_line s CROSS JOIN receipt_line l
             WHERE s.council_id = b.council_id AND s.line_id = b.line_id
                AND l.council_id = b.council_id AND l.receipt_id = b.receipt_id AND l.amount_pence >= b.yes
                AND NOT EXISTS (SELECT 1 FROM line_used m
                    WHERE m.council_id = b.council_id AND m.receipt_id = l.receipt_id AND m.line_no = l.line_no AND m.used_pence > 0)
             ORDER BY b.payer_id, b.line_id, l.fund, l.reference"
        )
    };
}

statements! {
    KEY = Sql::both("SELECT secret FROM payer_key WHERE council_id = $1");
    KEEP_KEY = Sql::both(
        "INSERT INTO payer_key (council_id, secret, made_at) VALUES ($1, $2, $3)
         ON CONFLICT (council_id) DO NOTHING");
    PAYERS = Sql::each(
        "SELECT line_id, payer_id FROM line_payer WHERE council_id = $1 AND line_id IN (SELECT unhex(value) FROM json_each($2))",
        "SELECT line_id, payer_id FROM line_payer WHERE council_id = $1 AND line_id = ANY($2)");
    PAID_FROM = Sql::each(
        paid_from!("IN (SELECT unhex(value) FROM json_each($2))"),
        paid_from!("= ANY($2)"));
    FORGET = Sql::each(
        "DELETE FROM line_payer WHERE council_id = $1 AND line_id IN (SELECT unhex(value) FROM json_each($2))",
        "DELETE FROM line_payer WHERE council_id = $1 AND line_id = ANY($2)");
}

/// How many ids go into one statement.
const AT_ONCE: usize = 5_000;
/// The most lines of one payer that are looked at.
const LINES_MAX: i64 = 40;
/// How many payers go into one statement: with their lines, as many rows as it takes at most.
const PAYERS_AT_ONCE: usize = 500;

/// An account reference that a payer's bank line was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidFromRow {
    /// The payer's fingerprint.
    pub payer: Uuid,
    /// The bank line.
    pub line: LineId,
    /// The day the bank booked it.
    pub booked_on: NaiveDate,
    /// The fund's code.
    pub fund: String,
    /// The account reference.
    pub reference: String,
}

fn paid_from(row: Row) -> Result<PaidFromRow> {
    Ok(PaidFromRow {
        payer: row.id(0, |id| id)?,
        line: row.id(1, LineId::new)?,
        booked_on: row.day(2)?,
        fund: row.text(3)?,
        reference: row.text(4)?,
    })
}

impl Tx {
    /// The key of the council's fingerprints of payers, if it has one yet.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payer_key(&mut self, council: CouncilId) -> Result<Option<Vec<u8>>> {
        self.first(KEY, args![council], |row| Ok(row.bytes(0)?.to_vec())).await
    }

    /// Keeps `secret` as that key unless there is one, and gives the one there is.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn keep_payer_key(
        &mut self,
        council: CouncilId,
        secret: &[u8],
        at: DateTime<Utc>,
    ) -> Result<Vec<u8>> {
        self.execute(KEEP_KEY, args![council, secret, at]).await?;
        self.one(KEY, args![council], |row| Ok(row.bytes(0)?.to_vec())).await
    }

    /// Records from whom lines came: line, fingerprint of the payer.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn put_line_payers(
        &mut self,
        council: CouncilId,
        payers: &[(LineId, Uuid)],
    ) -> Result<()> {
        let rows = Batch::new("line_payer", payers.len())
            .council(council)
            .uuids("line_id", payers.iter().map(|(line, _)| line.get()))
            .uuids("payer_id", payers.iter().map(|(_, payer)| *payer));
        self.insert(rows).await?;
        Ok(())
    }

    /// The payers of those of these lines of which one is known.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn payers_of_lines(
        &mut self,
        council: CouncilId,
        lines: &[LineId],
    ) -> Result<BTreeMap<LineId, Uuid>> {
        let mut found = BTreeMap::new();
        for lines in lines.chunks(AT_ONCE) {
            let lines: Vec<Uuid> = lines.iter().map(|line| line.get()).collect();
            let read = |row: Row| Ok((row.id(0, LineId::new)?, row.id(1, |id| id)?));
            found.extend(self.all(PAYERS, args![council, lines], read).await?);
        }
        Ok(found)
    }

    /// The accounts that the newest `each` lines (40 at most) of each of these payers were for,
    /// as far as that stands: without explanations and placings that were taken back, and without money
    /// of which something was moved on since.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn paid_from(
        &mut self,
        council: CouncilId,
        payers: &[Uuid],
        each: i64,
    ) -> Result<Vec<PaidFromRow>> {
        let mut found = Vec::new();
        for payers in payers.chunks(PAYERS_AT_ONCE) {
            let args = args![council, payers.to_vec(), each.min(LINES_MAX)];
            found.extend(self.all(PAID_FROM, args, paid_from).await?);
        }
        Ok(found)
    }

    /// Forgets who paid these lines; gives of how many it was known.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn forget_line_payers(
        &mut self,
        council: CouncilId,
        lines: &[LineId],
    ) -> Result<u64> {
        let mut forgotten = 0_u64;
        for lines in lines.chunks(AT_ONCE) {
            let lines: Vec<Uuid> = lines.iter().map(|line| line.get()).collect();
            let rows = self.execute(FORGET, args![council, lines]).await?;
            forgotten = forgotten.saturating_add(rows);
        }
        Ok(forgotten)
    }
}
