//! What the books hold of a provider's payouts: the files that told of them, our
//! takings, and the bank lines that paid them.

use std::collections::HashSet;

use chrono::NaiveDate;
use ims_ledger::id::{CouncilId, ExpectedId, ImportId, MatchId};
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    SETTLEMENTS = Sql::both(
        "SELECT p.import_id FROM import_print p
         LEFT JOIN import_reversal r ON r.council_id = p.council_id AND r.import_id = p.import_id
         WHERE p.council_id = $1 AND p.kind = 'settlements' AND p.last_day >= $2 AND p.first_day <= $3 AND r.import_id IS NULL
         ORDER BY p.last_day DESC, p.import_id DESC LIMIT $4");
    TAKINGS = Sql::each(
        "SELECT e.expected_id, e.channel, e.source_ref, e.reference, e.happened_on, e.amount_pence, COALESCE(r.number, ''),
            (SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal x WHERE x.council_id = b.council_id AND x.import_id = b.import_id))
         FROM expected e
         LEFT JOIN receipt r ON r.council_id = e.council_id AND r.receipt_id = e.receipt_id
         WHERE e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref IN (SELECT value FROM json_each($3))
            AND (e.receipt_id IS NOT NULL OR e.import_id IS NULL)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id",
        "SELECT e.expected_id, e.channel, e.source_ref, e.reference, e.happened_on, e.amount_pence, COALESCE(r.number, ''),
            (SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal x WHERE x.council_id = b.council_id AND x.import_id = b.import_id))
         FROM expected e
         LEFT JOIN receipt r ON r.council_id = e.council_id AND r.receipt_id = e.receipt_id
         WHERE e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref = ANY($3)
            AND (e.receipt_id IS NOT NULL OR e.import_id IS NULL)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id");
    IN_NO_PAYOUT = Sql::each(
        "SELECT e.expected_id, e.channel, e.source_ref, e.reference, e.happened_on, e.amount_pence, COALESCE(r.number, ''), CAST(NULL AS TEXT)
         FROM open_expected o JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
         LEFT JOIN receipt r ON r.council_id = e.council_id AND r.receipt_id = e.receipt_id
         WHERE o.council_id = $1 AND e.channel IN (SELECT value FROM json_each($2)) AND e.happened_on >= $3 AND e.happened_on <= $4
            AND (e.receipt_id IS NOT NULL OR e.import_id IS NULL)
            AND NOT EXISTS (SELECT 1 FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal x WHERE x.council_id = b.council_id AND x.import_id = b.import_id))
         ORDER BY e.happened_on, e.expected_id LIMIT $5",
        "SELECT e.expected_id, e.channel, e.source_ref, e.reference, e.happened_on, e.amount_pence, COALESCE(r.number, ''), CAST(NULL AS TEXT)
         FROM open_expected o JOIN expected e ON e.council_id = o.council_id AND e.expected_id = o.expected_id
         LEFT JOIN receipt r ON r.council_id = e.council_id AND r.receipt_id = e.receipt_id
         WHERE o.council_id = $1 AND e.channel = ANY($2) AND e.happened_on >= $3 AND e.happened_on <= $4
            AND (e.receipt_id IS NOT NULL OR e.import_id IS NULL)
            AND NOT EXISTS (SELECT 1 FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal x WHERE x.council_id = b.council_id AND x.import_id = b.import_id))
         ORDER BY e.happened_on, e.expected_id LIMIT $5");
    OF_IMPORT = Sql::both(
        "SELECT expected_id, batch_ref FROM expected WHERE council_id = $1 AND import_id = $2 ORDER BY expected_id");
    STILL_OPEN = Sql::each(
        "SELECT expected_id FROM open_expected WHERE council_id = $1 AND expected_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY 1",
        "SELECT o.expected_id FROM UNNEST(CAST($2 AS UUID[])) x (id)
         JOIN open_expected o ON o.council_id = $1 AND o.expected_id = x.id ORDER BY 1");
    MATCHES = Sql::each(
        "SELECT DISTINCT p.match_id FROM match_pair p
         WHERE p.council_id = $1 AND p.expected_id IN (SELECT unhex(value) FROM json_each($2))
            AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id)
         ORDER BY 1",
        "SELECT DISTINCT p.match_id FROM match_pair p
         WHERE p.council_id = $1 AND p.expected_id = ANY($2)
            AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id)
         ORDER BY 1");
}

/// A payment or refund of ours that went through a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakingRow {
    /// What was expected of it.
    pub expected: ExpectedId,
    /// The channel it waits in.
    pub channel: String,
    /// The provider's reference.
    pub source_ref: String,
    /// Our reference, as the provider or the bank may quote it.
    pub reference: String,
    /// The day it was paid.
    pub happened_on: NaiveDate,
    /// A refund is negative.
    pub amount: Pence,
    /// The number of its receipt; empty where it has none of its own.
    pub receipt: String,
    /// The payout that a settlement says it is in.
    pub payout: Option<String>,
}

pub(super) fn taking(row: Row) -> Result<TakingRow> {
    Ok(TakingRow {
        expected: row.id(0, ExpectedId::new)?,
        channel: row.text(1)?,
        source_ref: row.text(2)?,
        reference: row.text(3)?,
        happened_on: row.day(4)?,
        amount: row.pence(5)?,
        receipt: row.text(6)?,
        payout: row.opt_text(7)?,
    })
}

impl Tx {
    /// The settlement files that stand and have days in common with those
    /// between two: at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn settlement_files(
        &mut self,
        council: CouncilId,
        (from, to): (NaiveDate, NaiveDate),
        limit: i64,
    ) -> Result<Vec<ImportId>> {
        let args = args![council, from, to, limit];
        self.all(SETTLEMENTS, args, |row| row.id(0, ImportId::new)).await
    }

    /// Our own payments and refunds through a channel by the provider's
    /// references, or by those of the processor behind it; what only a provider knows is not among them.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn takings(
        &mut self,
        council: CouncilId,
        channel: &str,
        sources: &[String],
    ) -> Result<Vec<TakingRow>> {
        let mut found = Vec::new();
        for sources in sources.chunks(5_000) {
            let args = args![council, channel, sources.to_vec()];
            found.extend(self.all(TAKINGS, args, taking).await?);
            let named = self.takings_named(council, channel, sources).await?;
            if !named.is_empty() {
                let known: HashSet<ExpectedId> = found.iter().map(|row| row.expected).collect();
                found.extend(named.into_iter().filter(|row| !known.contains(&row.expected)));
            }
        }
        Ok(found)
    }

    /// Our own payments and refunds of days between two, through these channels, that wait
    /// for the bank and that no settlement has: the oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn in_no_payout(
        &mut self,
        council: CouncilId,
        channels: &[String],
        (from, to): (NaiveDate, NaiveDate),
        limit: i64,
    ) -> Result<Vec<TakingRow>> {
        let args = args![council, channels.to_vec(), from, to, limit];
        self.all(IN_NO_PAYOUT, args, taking).await
    }

    /// What a file itself made wait, each with its payout.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn expected_of_import(
        &mut self,
        council: CouncilId,
        import: ImportId,
    ) -> Result<Vec<(ExpectedId, String)>> {
        let read = |row: Row| Ok((row.id(0, ExpectedId::new)?, row.text(1)?));
        self.all(OF_IMPORT, args![council, import], read).await
    }

    /// Which of these are still waited for.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn still_open(
        &mut self,
        council: CouncilId,
        expected: &[ExpectedId],
    ) -> Result<Vec<ExpectedId>> {
        let mut found = Vec::new();
        for ids in expected.chunks(5_000) {
            let plain: Vec<_> = ids.iter().map(|id| id.get()).collect();
            let args = args![council, plain];
            found.extend(self.all(STILL_OPEN, args, |row| row.id(0, ExpectedId::new)).await?);
        }
        Ok(found)
    }

    /// The explanations that stand of any of these.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn matches_of(
        &mut self,
        council: CouncilId,
        expected: &[ExpectedId],
    ) -> Result<Vec<MatchId>> {
        let mut found = Vec::new();
        for ids in expected.chunks(5_000) {
            let plain: Vec<_> = ids.iter().map(|id| id.get()).collect();
            found.extend(
                self.all(MATCHES, args![council, plain], |row| row.id(0, MatchId::new)).await?,
            );
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}
