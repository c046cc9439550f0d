//! What a payment's money is called beside the provider's own name: by the processor behind it.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, EntryId, ExpectedId};

use super::{SourcedMoney, TakingRow, Tx, payouts::taking};
use crate::{
    Result,
    arg::args,
    sql::{Sql, statements},
};

statements! {
    NAME = Sql::both(
        "INSERT INTO expected_name (council_id, channel, name, expected_id, told_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (council_id, channel, name, expected_id) DO NOTHING");
    NAMED = Sql::each(
        "SELECT e.expected_id, n.name, e.amount_pence,
            COALESCE((SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal x WHERE x.council_id = b.council_id AND x.import_id = b.import_id)),
               CASE WHEN p.import_id IS NOT NULL THEN e.batch_ref END),
            EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id),
            p.import_id IS NOT NULL
         FROM expected_name n JOIN expected e ON e.council_id = n.council_id AND e.expected_id = n.expected_id
         LEFT JOIN import_print p ON p.council_id = e.council_id AND p.import_id = e.import_id AND p.kind = 'settlements'
         WHERE n.council_id = $1 AND n.channel = $2 AND n.name IN (SELECT value FROM json_each($3))
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id",
        "SELECT e.expected_id, n.name, e.amount_pence,
            COALESCE((SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal x WHERE x.council_id = b.council_id AND x.import_id = b.import_id)),
               CASE WHEN p.import_id IS NOT NULL THEN e.batch_ref END),
            EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id),
            p.import_id IS NOT NULL
         FROM expected_name n JOIN expected e ON e.council_id = n.council_id AND e.expected_id = n.expected_id
         LEFT JOIN import_print p ON p.council_id = e.council_id AND p.import_id = e.import_id AND p.kind = 'settlements'
         WHERE n.council_id = $1 AND n.channel = $2 AND n.name = ANY($3)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id");
    OF_ENTRY = Sql::both(
        "SELECT DISTINCT n.name FROM expected e JOIN expected_name n ON n.council_id = e.council_id AND n.expected_id = e.expected_id
         WHERE e.council_id = $1 AND e.entry_id = $2 AND n.channel = $3 ORDER BY n.name");
    TAKINGS_NAMED = Sql::each(
        "SELECT e.expected_id, e.channel, n.name, e.reference, e.happened_on, e.amount_pence, COALESCE(r.number, ''),
            (SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal x WHERE x.council_id = b.council_id AND x.import_id = b.import_id))
         FROM expected_name n JOIN expected e ON e.council_id = n.council_id AND e.expected_id = n.expected_id
         LEFT JOIN receipt r ON r.council_id = e.council_id AND r.receipt_id = e.receipt_id
         WHERE n.council_id = $1 AND n.channel = $2 AND n.name IN (SELECT value FROM json_each($3))
            AND (e.receipt_id IS NOT NULL OR e.import_id IS NULL)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id",
        "SELECT e.expected_id, e.channel, n.name, e.reference, e.happened_on, e.amount_pence, COALESCE(r.number, ''),
            (SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal x WHERE x.council_id = b.council_id AND x.import_id = b.import_id))
         FROM expected_name n JOIN expected e ON e.council_id = n.council_id AND e.expected_id = n.expected_id
         LEFT JOIN receipt r ON r.council_id = e.council_id AND r.receipt_id = e.receipt_id
         WHERE n.council_id = $1 AND n.channel = $2 AND n.name = ANY($3)
            AND (e.receipt_id IS NOT NULL OR e.import_id IS NULL)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id");
    SOURCES_NAMED = Sql::each(
        "SELECT DISTINCT n.name, e.source_ref
         FROM expected_name n JOIN expected e ON e.council_id = n.council_id AND e.expected_id = n.expected_id
         WHERE n.council_id = $1 AND n.channel = $2 AND n.name IN (SELECT value FROM json_each($3)) AND e.source_ref <> '' ORDER BY 1, 2",
        "SELECT DISTINCT n.name, e.source_ref
         FROM expected_name n JOIN expected e ON e.council_id = n.council_id AND e.expected_id = n.expected_id
         WHERE n.council_id = $1 AND n.channel = $2 AND n.name = ANY($3) AND e.source_ref <> '' ORDER BY 1, 2");
}

impl Tx {
    /// These are called `name` too. The same again changes nothing.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn name_expected(
        &mut self,
        council: CouncilId,
        (channel, name): (&str, &str),
        expected: &[ExpectedId],
        now: DateTime<Utc>,
    ) -> Result<()> {
        for id in expected {
            self.execute(NAME, args![council, channel, name, *id, now]).await?;
        }
        Ok(())
    }

    /// What else the money is called that an entry made `channel` wait for.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn names_of_entry(
        &mut self,
        council: CouncilId,
        channel: &str,
        entry: EntryId,
    ) -> Result<Vec<String>> {
        self.all(OF_ENTRY, args![council, entry, channel], |row| row.text(0)).await
    }

    /// Money of these other names, each under the name that was asked for.
    pub(super) async fn money_named(
        &mut self,
        council: CouncilId,
        channel: &str,
        names: &[String],
    ) -> Result<Vec<SourcedMoney>> {
        let args = args![council, channel, names.to_vec()];
        let read = |row: crate::row::Row| {
            Ok(SourcedMoney {
                id: row.id(0, ExpectedId::new)?,
                source_ref: row.text(1)?,
                amount: row.pence(2)?,
                payout: row.opt_text(3)?,
                is_open: row.bool(4)?,
                is_told: row.bool(5)?,
            })
        };
        self.all(NAMED, args, read).await
    }

    /// Our payments of these other names, each under the name that was asked for.
    pub(super) async fn takings_named(
        &mut self,
        council: CouncilId,
        channel: &str,
        names: &[String],
    ) -> Result<Vec<TakingRow>> {
        self.all(TAKINGS_NAMED, args![council, channel, names.to_vec()], taking).await
    }

    /// What the provider itself calls the money of these other names.
    pub(super) async fn sources_named(
        &mut self,
        council: CouncilId,
        channel: &str,
        names: &[String],
    ) -> Result<Vec<(String, String)>> {
        let args = args![council, channel, names.to_vec()];
        self.all(SOURCES_NAMED, args, |row| Ok((row.text(0)?, row.text(1)?))).await
    }
}
