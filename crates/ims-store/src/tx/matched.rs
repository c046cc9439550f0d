//! What bank lines were matched with, many at once: for whoever tries other rules on them.

use ims_ledger::id::{CouncilId, EntryId, ExpectedId, MatchId, SuspenseId};
use ims_money::Pence;

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
    POSTED_TOGETHER = Sql::both(
        "SELECT entry_id, about FROM entry WHERE council_id = $1 AND kind = $2 ORDER BY entry_id");
    // In the order of the first table's key, so that nothing is sorted.
    JOINED_TOGETHER = Sql::both(
        "SELECT p.match_id, p.line_id, p.suspense_id, p.expected_id, p.receipt_id, p.amount_pence,
            s.entry_id, s.rule, s.reason, s.amount_pence
         FROM match_pair p CROSS JOIN match_set s CROSS JOIN entry e
         WHERE p.council_id = $1 AND s.council_id = p.council_id AND s.match_id = p.match_id
            AND e.council_id = s.council_id AND e.entry_id = s.entry_id AND e.kind = $2
         ORDER BY p.match_id, p.pair_no");
}

/// What one match joins, of an entry that several share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedTogether {
    /// The entry.
    pub entry: EntryId,
    /// The rule of its match.
    pub rule: String,
    /// The reason of its match.
    pub reason: String,
    /// The signed sum of its match.
    pub amount: Pence,
    /// What is joined.
    pub pair: PairRow,
}

fn joined(row: &Row) -> Result<JoinedTogether> {
    Ok(JoinedTogether {
        entry: row.id(6, EntryId::new)?,
        rule: row.text(7)?,
        reason: row.text(8)?,
        amount: row.pence(9)?,
        pair: bare_pair(row)?,
    })
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

    /// The entries of this kind, and what they say of the matches they are of.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn posted_together(
        &mut self,
        council: CouncilId,
        kind: &str,
    ) -> Result<Vec<(EntryId, String)>> {
        let read = |row: Row| Ok((row.id(0, EntryId::new)?, row.text(1)?));
        self.all(POSTED_TOGETHER, args![council, kind], read).await
    }

    /// Hands what the matches of entries of this kind join to `each`, match by match in the
    /// order of their ids.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn each_joined_together(
        &mut self,
        council: CouncilId,
        kind: &str,
        each: &mut (dyn FnMut(JoinedTogether) + Send),
    ) -> Result<()> {
        self.each(JOINED_TOGETHER, args![council, kind], &mut |row| {
            each(joined(&row)?);
            Ok(())
        })
        .await
    }
}
