//! Explanations of bank lines.

use chrono::{DateTime, Utc};
use ims_ledger::id::{CouncilId, EntryId, ExpectedId, LineId, MatchId, ReceiptId, SuspenseId};
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    MATCHES_OF_LINE = Sql::both(
        "SELECT DISTINCT s.match_id, s.rule, s.reason, s.amount_pence, s.entry_id, s.made_by, s.made_at, s.config_version,
            (SELECT u.undone_at FROM match_undo u WHERE u.council_id = s.council_id AND u.match_id = s.match_id)
         FROM match_pair p JOIN match_set s ON s.council_id = p.council_id AND s.match_id = p.match_id
         WHERE p.council_id = $1 AND p.line_id = $2 ORDER BY s.match_id");
    MATCH = Sql::both(
        "SELECT s.match_id, s.rule, s.reason, s.amount_pence, s.entry_id, s.made_by, s.made_at, s.config_version,
            (SELECT u.undone_at FROM match_undo u WHERE u.council_id = s.council_id AND u.match_id = s.match_id)
         FROM match_set s WHERE s.council_id = $1 AND s.match_id = $2");
    PAIRS = Sql::both(
        "SELECT p.match_id, p.line_id, p.suspense_id, p.expected_id, p.receipt_id, p.amount_pence,
            COALESCE(e.reference, ''), COALESCE(e.channel, '')
         FROM match_pair p LEFT JOIN expected e ON e.council_id = p.council_id AND e.expected_id = p.expected_id
         WHERE p.council_id = $1 AND p.match_id = $2 ORDER BY p.pair_no");
    UNDONE_PAIRS = Sql::both(
        "SELECT p.match_id, m.rule, COALESCE(p.line_id, s.line_id), p.suspense_id, p.expected_id, l.fund, l.reference
         FROM match_undo u
         JOIN match_set m ON m.council_id = u.council_id AND m.match_id = u.match_id
         JOIN match_pair p ON p.council_id = u.council_id AND p.match_id = u.match_id
         LEFT JOIN suspense_item s ON s.council_id = p.council_id AND s.suspense_id = p.suspense_id
         LEFT JOIN receipt_line l ON l.council_id = p.council_id AND l.receipt_id = p.receipt_id
         WHERE u.council_id = $1 ORDER BY p.match_id, p.pair_no");
    UNDO = Sql::both(
        "INSERT INTO match_undo (council_id, match_id, entry_id, reason, undone_by, undone_at) VALUES ($1, $2, $3, $4, $5, $6)");
}

/// One explanation of one or more bank lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchRow {
    /// Its id.
    pub id: MatchId,
    /// The rule that gave it.
    pub rule: String,
    /// Why, in words.
    pub reason: String,
    /// The signed sum of the bank lines.
    pub amount: Pence,
    /// The entry it posted; none when both sides were the same account.
    pub entry: Option<EntryId>,
    /// Who or what made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// The version of the council's configuration under which its rule made it; none where a
    /// person did, or where none was kept.
    pub config_version: Option<i64>,
    /// When it was taken back, if it was.
    pub undone_at: Option<DateTime<Utc>>,
}

/// What an explanation joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairRow {
    /// Of which explanation.
    pub matched: MatchId,
    /// The bank line.
    pub line: Option<LineId>,
    /// The suspense the bank line had become.
    pub suspense: Option<SuspenseId>,
    /// What was expected.
    pub expected: Option<ExpectedId>,
    /// What was made of it.
    pub receipt: Option<ReceiptId>,
    /// How much of it.
    pub amount: Pence,
}

/// What an explanation joined that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndonePair {
    /// The explanation.
    pub matched: MatchId,
    /// The rule that had given it.
    pub rule: String,
    /// The bank line, or that which the suspense had been.
    pub line: Option<LineId>,
    /// The suspense.
    pub suspense: Option<SuspenseId>,
    /// What was expected.
    pub expected: Option<ExpectedId>,
    /// Fund and reference of the receipt made of it.
    pub account: Option<(String, String)>,
}

fn undone(row: Row) -> Result<UndonePair> {
    let account = match row.opt_text(5)? {
        Some(fund) => Some((fund, row.text(6)?)),
        None => None,
    };
    Ok(UndonePair {
        matched: row.id(0, MatchId::new)?,
        rule: row.text(1)?,
        line: row.opt_id(2, LineId::new)?,
        suspense: row.opt_id(3, SuspenseId::new)?,
        expected: row.opt_id(4, ExpectedId::new)?,
        account,
    })
}

fn match_row(row: Row) -> Result<MatchRow> {
    Ok(MatchRow {
        id: row.id(0, MatchId::new)?,
        rule: row.text(1)?,
        reason: row.text(2)?,
        amount: row.pence(3)?,
        entry: row.opt_id(4, EntryId::new)?,
        made_by: row.text(5)?,
        made_at: row.time(6)?,
        config_version: row.opt_int(7)?,
        undone_at: row.opt_time(8)?,
    })
}

pub(super) fn bare_pair(row: &Row) -> Result<PairRow> {
    Ok(PairRow {
        matched: row.id(0, MatchId::new)?,
        line: row.opt_id(1, LineId::new)?,
        suspense: row.opt_id(2, SuspenseId::new)?,
        expected: row.opt_id(3, ExpectedId::new)?,
        receipt: row.opt_id(4, ReceiptId::new)?,
        amount: row.pence(5)?,
    })
}

fn pair(row: Row) -> Result<(PairRow, String, String)> {
    Ok((bare_pair(&row)?, row.text(6)?, row.text(7)?))
}

impl Tx {
    /// What the explanations joined that were taken back, each together.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn undone_pairs(&mut self, council: CouncilId) -> Result<Vec<UndonePair>> {
        self.all(UNDONE_PAIRS, args![council], undone).await
    }

    /// Records explanations and what they join; the pairs of each stand together.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn add_matches(
        &mut self,
        council: CouncilId,
        sets: &[MatchRow],
        pairs: &[PairRow],
    ) -> Result<()> {
        let rows = Batch::new("match_set", sets.len())
            .council(council)
            .uuids("match_id", sets.iter().map(|m| m.id.get()))
            .texts("rule", sets.iter().map(|m| m.rule.as_str()))
            .texts("reason", sets.iter().map(|m| m.reason.as_str()))
            .ints("amount_pence", sets.iter().map(|m| m.amount.get()))
            .opt_uuids("entry_id", sets.iter().map(|m| m.entry.map(EntryId::get)))
            .texts("made_by", sets.iter().map(|m| m.made_by.as_str()))
            .times("made_at", sets.iter().map(|m| m.made_at))
            .opt_ints("config_version", sets.iter().map(|m| m.config_version));
        self.insert(rows).await?;
        let mut number = 0_i64;
        let mut of = None;
        let numbers: Vec<i64> = pairs
            .iter()
            .map(|pair| {
                number = if of == Some(pair.matched) { number.saturating_add(1) } else { 1 };
                of = Some(pair.matched);
                number
            })
            .collect();
        let rows = Batch::new("match_pair", pairs.len())
            .council(council)
            .uuids("match_id", pairs.iter().map(|p| p.matched.get()))
            .ints("pair_no", numbers.into_iter())
            .opt_uuids("line_id", pairs.iter().map(|p| p.line.map(LineId::get)))
            .opt_uuids("suspense_id", pairs.iter().map(|p| p.suspense.map(SuspenseId::get)))
            .opt_uuids("expected_id", pairs.iter().map(|p| p.expected.map(ExpectedId::get)))
            .opt_uuids("receipt_id", pairs.iter().map(|p| p.receipt.map(ReceiptId::get)))
            .ints("amount_pence", pairs.iter().map(|p| p.amount.get()));
        self.insert(rows).await?;
        Ok(())
    }

    /// Every explanation a line ever had, those taken back included.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn matches_of_line(
        &mut self,
        council: CouncilId,
        line: LineId,
    ) -> Result<Vec<MatchRow>> {
        self.all(MATCHES_OF_LINE, args![council, line], match_row).await
    }

    /// One explanation.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn match_set(&mut self, council: CouncilId, id: MatchId) -> Result<Option<MatchRow>> {
        self.first(MATCH, args![council, id], match_row).await
    }

    /// What an explanation joins, with the reference and channel of what was expected.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn pairs(
        &mut self,
        council: CouncilId,
        id: MatchId,
    ) -> Result<Vec<(PairRow, String, String)>> {
        self.all(PAIRS, args![council, id], pair).await
    }

    /// Records that an explanation was taken back.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was already.
    pub async fn add_undo(
        &mut self,
        council: CouncilId,
        id: MatchId,
        entry: Option<EntryId>,
        reason: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.execute(UNDO, args![council, id, entry, reason, by, now]).await?;
        Ok(())
    }
}
