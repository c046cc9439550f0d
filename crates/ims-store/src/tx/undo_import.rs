//! What an import put into the books, a part at a time, so that one of a million
//! rows is undone without a million rows in memory.

use ims_ledger::{
    Account, Side,
    id::{CouncilId, EntryId, ImportId, MatchId, ReceiptId},
};
use ims_money::Pence;

use super::Tx;
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    RECEIPTS = Sql::both("SELECT COUNT(*) FROM receipt WHERE council_id = $1 AND import_id = $2");
    POSTINGS = Sql::each(
        "SELECT entry_id, account, side, amount_pence FROM posting
         WHERE council_id = $1 AND entry_id IN (SELECT unhex(value) FROM json_each($2)) ORDER BY entry_id, side_no",
        "SELECT entry_id, account, side, amount_pence FROM posting
         WHERE council_id = $1 AND entry_id = ANY($2) ORDER BY entry_id, side_no");
    ENTRIES = Sql::both("SELECT entry_id FROM entry WHERE council_id = $1 AND import_id = $2");
    EXPECTED_MATCHED = Sql::both(
        "SELECT COUNT(*) FROM expected e WHERE e.council_id = $1 AND e.import_id = $2
            AND NOT EXISTS (SELECT 1 FROM open_expected o WHERE o.council_id = e.council_id AND o.expected_id = e.expected_id)");
    LEFT_OPEN = Sql::both(
        "SELECT (SELECT COUNT(*) FROM expected WHERE council_id = $1 AND import_id = $2)
            + (SELECT COUNT(*) FROM statement_line WHERE council_id = $1 AND import_id = $2 AND amount_pence <> 0)");
    PAIR_EXPECTED = Sql::both(
        "INSERT INTO match_pair (council_id, match_id, pair_no, expected_id, amount_pence)
         SELECT council_id, $3, ROW_NUMBER() OVER (ORDER BY expected_id), expected_id, amount_pence
         FROM expected WHERE council_id = $1 AND import_id = $2");
    PAIR_LINES = Sql::both(
        "INSERT INTO match_pair (council_id, match_id, pair_no, line_id, amount_pence)
         SELECT council_id, $3, $4 + ROW_NUMBER() OVER (ORDER BY line_id), line_id, 0
         FROM statement_line WHERE council_id = $1 AND import_id = $2 AND amount_pence <> 0");
    CLOSE_EXPECTED = Sql::both(
        "DELETE FROM open_expected WHERE council_id = $1 AND expected_id IN
            (SELECT expected_id FROM expected WHERE council_id = $1 AND import_id = $2)");
    CLOSE_LINES = Sql::both(
        "DELETE FROM open_line WHERE council_id = $1 AND line_id IN
            (SELECT line_id FROM statement_line WHERE council_id = $1 AND import_id = $2)");
}

/// One side of an entry.
pub type PostingOf = (EntryId, Account, Side, Pence);

fn posting(row: Row) -> Result<PostingOf> {
    let side = if row.text(2)? == Side::Debit.as_str() { Side::Debit } else { Side::Credit };
    Ok((row.id(0, EntryId::new)?, row.account(1)?, side, row.pence(3)?))
}

/// Where a page of an import's receipts goes on from: line and receipt.
pub type AfterReceipt = Option<(i64, ReceiptId)>;

impl Tx {
    /// How many receipts an import made.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_receipts(&mut self, council: CouncilId, import: ImportId) -> Result<i64> {
        self.one(RECEIPTS, args![council, import], |row| row.int(0)).await
    }

    /// The sides of entries, entry by entry.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn postings_of_entries(
        &mut self,
        council: CouncilId,
        entries: &[EntryId],
    ) -> Result<Vec<PostingOf>> {
        let plain: Vec<_> = entries.iter().map(|entry| entry.get()).collect();
        self.all(POSTINGS, args![council, plain], posting).await
    }

    /// The ids of an import's entries.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn entries_of_import(
        &mut self,
        council: CouncilId,
        import: ImportId,
    ) -> Result<Vec<EntryId>> {
        self.all(ENTRIES, args![council, import], |row| row.id(0, EntryId::new)).await
    }

    /// How much of what an import made clearing accounts wait for was matched.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_matched(&mut self, council: CouncilId, import: ImportId) -> Result<i64> {
        self.one(EXPECTED_MATCHED, args![council, import], |row| row.int(0)).await
    }

    /// How many items and bank lines an import brought; a line of nothing is
    /// never open and so none.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_brought(&mut self, council: CouncilId, import: ImportId) -> Result<i64> {
        self.one(LEFT_OPEN, args![council, import], |row| row.int(0)).await
    }

    /// Joins every item and bank line of an import to one explanation, and takes
    /// them off what is open; says how many were.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn close_import(
        &mut self,
        council: CouncilId,
        import: ImportId,
        by: MatchId,
    ) -> Result<u64> {
        let paired = self.execute(PAIR_EXPECTED, args![council, import, by]).await?;
        let after = i64::try_from(paired).unwrap_or(i64::MAX);
        self.execute(PAIR_LINES, args![council, import, by, after]).await?;
        let expected = self.execute(CLOSE_EXPECTED, args![council, import]).await?;
        let lines = self.execute(CLOSE_LINES, args![council, import]).await?;
        Ok(expected.saturating_add(lines))
    }
}
