//! What bank lines were matched with, many at once: for whoever tries other rules on them.

use ims_ledger::id::{CouncilId, ExpectedId, MatchId, SuspenseId};

use super::{OpenExpected, PairRow, Tx, expected::open, matches::bare_pair};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

/// The rows that are, or were, expected of banks, with the payout each is of.
macro_rules! any_rows {
    () => {
        "SELECT e.expected_id, e.channel, e.happened_on, e.amount_pence, e.reference, COALESCE(b.batch_ref, e.batch_ref), e.source_ref, e.is_payers
         FROM expected e
         LEFT JOIN expected_batch b ON b.council_id = e.council_id AND b.expected_id = e.expected_id
            AND NOT EXISTS (SELECT 1 FROM import_reversal v WHERE v.council_id = b.council_id AND v.import_id = b.import_id)
         WHERE e.council_id = $1 "
    };
}

statements! {
    // Whether they are open or not.
    EXPECTED_OF = Sql::each(
        concat!(any_rows!(), "AND e.expected_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY e.expected_id"),
        concat!(any_rows!(), "AND e.expected_id = ANY($2) ORDER BY e.expected_id"));
    PAIRS_OF = Sql::each(
        "SELECT p.match_id, p.line_id, p.suspense_id, p.expected_id, p.receipt_id, p.amount_pence FROM match_pair p
         WHERE p.council_id = $1 AND p.match_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY p.match_id, p.pair_no",
        "SELECT p.match_id, p.line_id, p.suspense_id, p.expected_id, p.receipt_id, p.amount_pence FROM match_pair p
         WHERE p.council_id = $1 AND p.match_id = ANY($2) ORDER BY p.match_id, p.pair_no");
    MATCHED_FROM_SUSPENSE = Sql::each(
        "SELECT DISTINCT a.suspense_id, a.match_id FROM suspense_allocation a
         WHERE a.council_id = $1 AND a.suspense_id IN (SELECT unhex(value) FROM json_each($2)) AND a.match_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = a.council_id AND u.match_id = a.match_id)
         ORDER BY a.suspense_id, a.match_id",
        "SELECT DISTINCT a.suspense_id, a.match_id FROM suspense_allocation a
         WHERE a.council_id = $1 AND a.suspense_id = ANY($2) AND a.match_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = a.council_id AND u.match_id = a.match_id)
         ORDER BY a.suspense_id, a.match_id");
}

/// Ids that are asked for at once.
const AT_ONCE: usize = 1_000;

impl Tx {
    /// These rows, by id, whether they are open or not.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn expected_of(
        &mut self,
        council: CouncilId,
        ids: &[ExpectedId],
    ) -> Result<Vec<OpenExpected>> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            let ids: Vec<_> = ids.iter().map(|id| id.get()).collect();
            found.extend(self.all(EXPECTED_OF, args![council, ids], open).await?);
        }
        Ok(found)
    }

    /// What these explanations join, each together.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn pairs_of(
        &mut self,
        council: CouncilId,
        matches: &[MatchId],
    ) -> Result<Vec<PairRow>> {
        let mut found = Vec::new();
        for matches in matches.chunks(AT_ONCE) {
            let ids: Vec<_> = matches.iter().map(|id| id.get()).collect();
            found.extend(self.all(PAIRS_OF, args![council, ids], |row| bare_pair(&row)).await?);
        }
        Ok(found)
    }

    /// The explanations that stand of these items of suspense, as money that was expected.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn matched_from_suspense(
        &mut self,
        council: CouncilId,
        items: &[SuspenseId],
    ) -> Result<Vec<(SuspenseId, MatchId)>> {
        let mut found = Vec::new();
        for items in items.chunks(AT_ONCE) {
            let ids: Vec<_> = items.iter().map(|id| id.get()).collect();
            let read = |row: Row| Ok((row.id(0, SuspenseId::new)?, row.id(1, MatchId::new)?));
            found.extend(self.all(MATCHED_FROM_SUSPENSE, args![council, ids], read).await?);
        }
        Ok(found)
    }
}
