//! What may tell whose money is: who holds accounts, what they paid before, and
//! where suspense was placed before.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ims_ledger::id::{CouncilId, SuspenseId};
use ims_money::Pence;

use super::{HolderRow, Tx, holders::holder};
use crate::{
    Result,
    arg::Arg,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    PLACED = Sql::both(
        "SELECT s.suspense_id, s.happened_on, s.reference, COALESCE(d.words, ''), l.fund, l.reference
         FROM suspense_allocation a
         JOIN suspense_item s ON s.council_id = a.council_id AND s.suspense_id = a.suspense_id
         JOIN receipt_line l ON l.council_id = a.council_id AND l.receipt_id = a.receipt_id
         LEFT JOIN detail d ON d.council_id = s.council_id AND d.owner_id = s.suspense_id
         WHERE a.council_id = $1 AND l.amount_pence > 0
            AND NOT EXISTS (SELECT 1 FROM allocation_undo u
                WHERE u.council_id = a.council_id AND u.allocation_id = a.allocation_id)
            AND NOT EXISTS (SELECT 1 FROM line_used m
                WHERE m.council_id = l.council_id AND m.receipt_id = l.receipt_id AND m.line_no = l.line_no AND m.used_pence > 0)
         ORDER BY a.allocation_id DESC, l.line_no LIMIT $2");
    PAID = Sql::each(
        "SELECT DISTINCT fund, reference, amount_pence FROM receipt_line WHERE council_id = $1
            AND reference IN (SELECT value FROM json_each($2))
            AND amount_pence IN (SELECT CAST(value AS INTEGER) FROM json_each($3))",
        "SELECT DISTINCT fund, reference, amount_pence FROM receipt_line WHERE council_id = $1
            AND reference = ANY($2) AND amount_pence = ANY(CAST($3 AS BIGINT[]))");
    HOLDERS_OF = Sql::each(
        "SELECT fund, reference, name, address, balance_pence, stop, version, balance_at, instalment_pence FROM account_holder
         WHERE council_id = $1 AND fund = $2 AND reference IN (SELECT value FROM json_each($3))",
        "SELECT fund, reference, name, address, balance_pence, stop, version, balance_at, instalment_pence FROM account_holder
         WHERE council_id = $1 AND fund = $2 AND reference = ANY($3)");
    NAMED = Sql::each(
        "SELECT h.fund, h.reference, h.name, h.address, h.balance_pence, h.stop, h.version, h.balance_at, h.instalment_pence
         FROM (SELECT a.*, (SELECT COUNT(*) FROM json_each($2) w
                WHERE REPLACE(REPLACE(REPLACE(UPPER(a.name), '''', ''), '’', ''), '-', '') LIKE '%' || w.value || '%') AS words
            FROM account_holder a WHERE a.council_id = $1) h WHERE h.words > 0
         ORDER BY CASE WHEN h.balance_pence = $3 THEN 0 ELSE 1 END, h.words DESC,
            CASE WHEN h.instalment_pence = $3 THEN 0 ELSE 1 END, h.fund, h.reference LIMIT $4",
        "SELECT h.fund, h.reference, h.name, h.address, h.balance_pence, h.stop, h.version, h.balance_at, h.instalment_pence
         FROM (SELECT a.*, (SELECT COUNT(*) FROM UNNEST(CAST($2 AS TEXT[])) w (word)
                WHERE REPLACE(REPLACE(REPLACE(UPPER(a.name), '''', ''), '’', ''), '-', '') LIKE '%' || w.word || '%') AS words
            FROM account_holder a WHERE a.council_id = $1) h WHERE h.words > 0
         ORDER BY CASE WHEN h.balance_pence = $3 THEN 0 ELSE 1 END, h.words DESC,
            CASE WHEN h.instalment_pence = $3 THEN 0 ELSE 1 END, h.fund, h.reference LIMIT $4");
}

/// Where suspense was placed before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedRow {
    /// The item.
    pub suspense: SuspenseId,
    /// The day the money came.
    pub happened_on: NaiveDate,
    /// The reference it came with.
    pub reference: String,
    /// What the payer wrote.
    pub narrative: String,
    /// The fund it was placed in.
    pub fund: String,
    /// The account reference it was placed under.
    pub account: String,
}

fn placed(row: Row) -> Result<PlacedRow> {
    Ok(PlacedRow {
        suspense: row.id(0, SuspenseId::new)?,
        happened_on: row.day(1)?,
        reference: row.text(2)?,
        narrative: row.text(3)?,
        fund: row.text(4)?,
        account: row.text(5)?,
    })
}

/// How many values a look-up asks for at once.
const LOOK_UP_MAX: usize = 5_000;

impl Tx {
    /// Where suspense was placed, the newest first, at most `limit`: without what
    /// was taken back, and without money of which something was moved on since.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn placed_before(
        &mut self,
        council: CouncilId,
        limit: i64,
    ) -> Result<Vec<PlacedRow>> {
        self.all(PLACED, &[Arg::from(council), Arg::from(limit)], placed).await
    }

    /// Which of the accounts with these references, of any fund, were paid
    /// exactly one of these amounts before: fund, reference, amount.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn paid_before(
        &mut self,
        council: CouncilId,
        references: &[String],
        amounts: &BTreeSet<Pence>,
    ) -> Result<Vec<(String, String, Pence)>> {
        let amounts: Vec<String> = amounts.iter().map(|amount| amount.get().to_string()).collect();
        let read = |row: Row| Ok((row.text(0)?, row.text(1)?, row.pence(2)?));
        let mut found = Vec::new();
        for references in references.chunks(LOOK_UP_MAX) {
            for amounts in amounts.chunks(LOOK_UP_MAX) {
                let args = [
                    Arg::from(council),
                    Arg::from(references.to_vec()),
                    Arg::from(amounts.to_vec()),
                ];
                found.extend(self.all(PAID, &args, read).await?);
            }
        }
        Ok(found)
    }

    /// The account holders of `fund` that have one of `references`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn holders_of(
        &mut self,
        council: CouncilId,
        fund: &str,
        references: &[String],
    ) -> Result<Vec<HolderRow>> {
        self.holders_by(HOLDERS_OF, council, fund, references).await
    }

    /// Account holders in whose name one of `words` is, in capitals and letters and digits
    /// only: those who owe exactly `owes` first, then those with more of the words, then
    /// those whose instalment it is, at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn holders_named(
        &mut self,
        council: CouncilId,
        words: &[String],
        owes: Pence,
        limit: i64,
    ) -> Result<Vec<HolderRow>> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let args =
            [Arg::from(council), Arg::from(words.to_vec()), Arg::from(owes), Arg::from(limit)];
        self.all(NAMED, &args, holder).await
    }
}
