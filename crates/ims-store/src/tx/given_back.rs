//! What was given back of payments, by the payments' own references.

use std::collections::{HashMap, HashSet};

use ims_ledger::id::{CouncilId, EntryId, ExpectedId, ReceiptId};
use ims_money::Pence;

use super::{SourcedMoney, Tx};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    GIVEN_BACK = Sql::each(
        "SELECT e.expected_id, w.payment_ref, e.amount_pence,
            (SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = b.council_id AND r.import_id = b.import_id)),
            w.is_dispute, w.receipt_id,
            EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id)
         FROM (SELECT p.source_ref AS payment_ref, p.receipt_id AS receipt_id, s.entry_id AS entry_id,
                  CASE WHEN s.reference = '' THEN r.number ELSE s.reference END AS own_ref, 0 AS is_dispute
               FROM expected p
               JOIN refund r ON r.council_id = p.council_id AND r.receipt_id = p.receipt_id
               JOIN refund_step s ON s.council_id = r.council_id AND s.refund_id = r.refund_id
               WHERE p.council_id = $1 AND p.channel = $2 AND p.source_ref <> ''
                  AND p.source_ref IN (SELECT value FROM json_each($3)) AND s.entry_id IS NOT NULL
               UNION
               SELECT p.source_ref, p.receipt_id, d.entry_id, d.reference, 1
               FROM expected p JOIN dispute d ON d.council_id = p.council_id AND d.receipt_id = p.receipt_id
               WHERE p.council_id = $1 AND p.channel = $2 AND p.source_ref <> ''
                  AND p.source_ref IN (SELECT value FROM json_each($3))
               UNION
               SELECT p.source_ref, p.receipt_id, x.entry_id, d.reference, 1
               FROM expected p JOIN dispute d ON d.council_id = p.council_id AND d.receipt_id = p.receipt_id
               JOIN dispute_end x ON x.council_id = d.council_id AND x.dispute_id = d.dispute_id
               WHERE p.council_id = $1 AND p.channel = $2 AND p.source_ref <> ''
                  AND p.source_ref IN (SELECT value FROM json_each($3)) AND x.entry_id IS NOT NULL) w
         JOIN expected e ON e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref = w.own_ref
            AND e.entry_id = w.entry_id
         ORDER BY e.expected_id",
        "SELECT e.expected_id, w.payment_ref, e.amount_pence,
            (SELECT MAX(b.batch_ref) FROM expected_batch b WHERE b.council_id = e.council_id AND b.expected_id = e.expected_id
               AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = b.council_id AND r.import_id = b.import_id)),
            w.is_dispute, w.receipt_id,
            EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id)
         FROM (SELECT p.source_ref AS payment_ref, p.receipt_id AS receipt_id, s.entry_id AS entry_id,
                  CASE WHEN s.reference = '' THEN r.number ELSE s.reference END AS own_ref, CAST(0 AS BIGINT) AS is_dispute
               FROM expected p
               JOIN refund r ON r.council_id = p.council_id AND r.receipt_id = p.receipt_id
               JOIN refund_step s ON s.council_id = r.council_id AND s.refund_id = r.refund_id
               WHERE p.council_id = $1 AND p.channel = $2 AND p.source_ref <> ''
                  AND p.source_ref = ANY($3) AND s.entry_id IS NOT NULL
               UNION
               SELECT p.source_ref, p.receipt_id, d.entry_id, d.reference, CAST(1 AS BIGINT)
               FROM expected p JOIN dispute d ON d.council_id = p.council_id AND d.receipt_id = p.receipt_id
               WHERE p.council_id = $1 AND p.channel = $2 AND p.source_ref <> '' AND p.source_ref = ANY($3)
               UNION
               SELECT p.source_ref, p.receipt_id, x.entry_id, d.reference, CAST(1 AS BIGINT)
               FROM expected p JOIN dispute d ON d.council_id = p.council_id AND d.receipt_id = p.receipt_id
               JOIN dispute_end x ON x.council_id = d.council_id AND x.dispute_id = d.dispute_id
               WHERE p.council_id = $1 AND p.channel = $2 AND p.source_ref <> ''
                  AND p.source_ref = ANY($3) AND x.entry_id IS NOT NULL) w
         JOIN expected e ON e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref = w.own_ref
            AND e.entry_id = w.entry_id
         ORDER BY e.expected_id");
    // By the files that brought what is in suspense for a reason.
    UNKNOWN_IN_PAYOUTS = Sql::both(
        "SELECT f.entry_id, f.channel, f.source_ref, f.amount_pence FROM (
            SELECT DISTINCT s.import_id FROM open_suspense o
            JOIN suspense_item s ON s.council_id = o.council_id AND s.suspense_id = o.suspense_id
            WHERE o.council_id = $1 AND s.reason = $2) i
         CROSS JOIN expected f
         WHERE f.council_id = $1 AND f.import_id = i.import_id AND f.receipt_id IS NULL AND f.source_ref <> ''
         ORDER BY f.expected_id");
    TAKEN_BACK = Sql::each(
        "SELECT e.source_ref, e.batch_ref FROM expected e
         JOIN suspense_item s ON s.council_id = e.council_id AND s.entry_id = e.entry_id
         WHERE e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref IN (SELECT value FROM json_each($3))
            AND e.amount_pence = $4 AND s.reason IN ($5, $6)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id LIMIT 1",
        "SELECT e.source_ref, e.batch_ref FROM expected e
         JOIN suspense_item s ON s.council_id = e.council_id AND s.entry_id = e.entry_id
         WHERE e.council_id = $1 AND e.channel = $2 AND e.source_ref <> '' AND e.source_ref = ANY($3)
            AND e.amount_pence = $4 AND s.reason IN ($5, $6)
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = e.council_id AND v.import_id = e.import_id)
         ORDER BY e.expected_id LIMIT 1");
}

/// What a refund or a dispute moved of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenBackRow {
    /// The money, under the payment's own reference at the provider.
    pub money: SourcedMoney,
    /// Of a dispute, opened or won; else of a refund, paid or come back.
    pub is_dispute: bool,
    /// The payment's receipt.
    pub receipt: ReceiptId,
}

impl Tx {
    /// What refunds and disputes moved through `channel` of the payments that came by
    /// it under these references, oldest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn given_back_by_source(
        &mut self,
        council: CouncilId,
        channel: &str,
        sources: &[String],
    ) -> Result<Vec<GivenBackRow>> {
        let mut found: Vec<GivenBackRow> = Vec::new();
        for sources in sources.chunks(5_000) {
            found.extend(self.given_back_of(council, channel, sources.to_vec()).await?);
            let named = self.sources_named(council, channel, sources).await?;
            let own: Vec<String> = named.iter().map(|(_, source)| source.clone()).collect();
            let rows = self.given_back_of(council, channel, own).await?;
            if rows.is_empty() {
                continue;
            }
            let known: HashSet<ExpectedId> = found.iter().map(|row| row.money.id).collect();
            // Under the name that was asked for; of several, the first.
            let names: HashMap<String, String> =
                named.into_iter().rev().map(|(name, source)| (source, name)).collect();
            for row in rows.into_iter().filter(|row| !known.contains(&row.money.id)) {
                if let Some(name) = names.get(&row.money.source_ref) {
                    let money = SourcedMoney { source_ref: name.clone(), ..row.money };
                    found.push(GivenBackRow { money, ..row });
                }
            }
        }
        Ok(found)
    }

    async fn given_back_of(
        &mut self,
        council: CouncilId,
        channel: &str,
        sources: Vec<String>,
    ) -> Result<Vec<GivenBackRow>> {
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let args = args![council, channel, sources];
        let rows = self.all(GIVEN_BACK, args, |row| {
            let money = SourcedMoney {
                id: row.id(0, ExpectedId::new)?,
                source_ref: row.text(1)?,
                amount: row.pence(2)?,
                payout: row.opt_text(3)?,
                is_open: row.bool(6)?,
                is_told: false,
            };
            let receipt = row.id(5, ReceiptId::new)?;
            Ok(GivenBackRow { money, is_dispute: row.int(4)? == 1, receipt })
        });
        rows.await
    }

    /// What the files said that brought what is in suspense for `reason`, of no account:
    /// the entry, its channel, the sender's reference and how much.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn unknown_in_payouts(
        &mut self,
        council: CouncilId,
        reason: &str,
    ) -> Result<Vec<(EntryId, String, String, Pence)>> {
        let read =
            |row: Row| Ok((row.id(0, EntryId::new)?, row.text(1)?, row.text(2)?, row.pence(3)?));
        self.all(UNKNOWN_IN_PAYOUTS, args![council, reason], read).await
    }

    /// Under which of these references a payout that stands moved `amount`, and which
    /// payout, where it went into suspense for one of two reasons.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn taken_back_unknown(
        &mut self,
        council: CouncilId,
        (channel, sources): (&str, &[String]),
        amount: Pence,
        [one, other]: [&str; 2],
    ) -> Result<Option<(String, String)>> {
        let args = args![council, channel, sources.to_vec(), amount, one, other];
        self.first(TAKEN_BACK, args, |row| Ok((row.text(0)?, row.text(1)?))).await
    }
}
