//! Bank statements and their lines.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, EntryId, ImportId, LineId, StatementId};
use ims_money::Pence;

use super::{Tx, expected::CLOSED_AT_ONCE};
use crate::{
    Result,
    arg::args,
    batch::Batch,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    LAST_STATEMENT = Sql::both(
        "SELECT statement_id, import_id, bank, sequence, number, opening_pence, closing_pence, first_day, last_day, line_count, proof, posted_at
         FROM statement WHERE council_id = $1 AND bank = $2
            AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = statement.council_id AND r.import_id = statement.import_id)
         ORDER BY sequence DESC LIMIT 1");
    // SQLite has one writer, who needs no lock.
    HOLD_STATEMENTS = Sql::each(
        "SELECT $1",
        "SELECT pg_advisory_xact_lock(1768780801, CAST($1 AS INTEGER))");
    NEXT_SEQUENCE = Sql::both(
        "SELECT COALESCE(MAX(sequence), 0) + 1 FROM statement WHERE council_id = $1 AND bank = $2");
    STATEMENTS = Sql::both(
        "SELECT statement_id, import_id, bank, sequence, number, opening_pence, closing_pence, first_day, last_day, line_count, proof, posted_at
         FROM statement WHERE council_id = $1 ORDER BY posted_at DESC, statement_id DESC LIMIT $2");
    STATEMENTS_OF_IMPORT = Sql::both(
        "SELECT statement_id, import_id, bank, sequence, number, opening_pence, closing_pence, first_day, last_day, line_count, proof, posted_at
         FROM statement WHERE council_id = $1 AND import_id = $2 ORDER BY sequence");
    LINE_MARKS = Sql::both(
        "SELECT statement_id, booked_on, amount_pence, fingerprint FROM statement_line WHERE council_id = $1 AND bank = $2 AND booked_on BETWEEN $3 AND $4
            AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = statement_line.council_id AND r.import_id = statement_line.import_id)
         ORDER BY line_id");
    OPEN_LINES = Sql::both(
        "SELECT l.line_id, l.bank, l.booked_on, l.amount_pence, l.code, l.reference, l.bank_reference, COALESCE(d.words, '')
         FROM open_line o
         JOIN statement_line l ON l.council_id = o.council_id AND l.line_id = o.line_id
         LEFT JOIN detail d ON d.council_id = l.council_id AND d.owner_id = l.line_id
         WHERE o.council_id = $1 ORDER BY o.line_id");
    // Open lines are few, those of all days before are many: they come first.
    OPEN_LINES_OF = Sql::both(
        "SELECT l.line_id, l.bank, l.booked_on, l.amount_pence, l.code, l.reference, l.bank_reference, COALESCE(d.words, '')
         FROM open_line o CROSS JOIN statement_line l
         LEFT JOIN detail d ON d.council_id = l.council_id AND d.owner_id = l.line_id
         WHERE o.council_id = $1 AND o.bank = $2 AND l.council_id = o.council_id AND l.line_id = o.line_id AND l.booked_on <= $3
         ORDER BY o.line_id");
    LINE = Sql::both(
        "SELECT l.line_id, l.bank, l.booked_on, l.amount_pence, l.code, l.reference, l.bank_reference, COALESCE(d.words, '')
         FROM statement_line l
         LEFT JOIN detail d ON d.council_id = l.council_id AND d.owner_id = l.line_id
         WHERE l.council_id = $1 AND l.line_id = $2");
    CLOSE_LINES = Sql::each(
        "DELETE FROM open_line WHERE council_id = $1 AND line_id IN (SELECT unhex(value) FROM json_each($2))",
        "DELETE FROM open_line o USING UNNEST(CAST($2 AS UUID[])) x (id) WHERE o.council_id = $1 AND o.line_id = x.id");
    OPEN_LINE_TOTALS = Sql::both(
        "SELECT l.bank, COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM open_line o
         JOIN statement_line l ON l.council_id = o.council_id AND l.line_id = o.line_id
         WHERE o.council_id = $1 GROUP BY l.bank ORDER BY l.bank");
    LINES_OF_IMPORT_STANDING = Sql::both(
        "SELECT COUNT(*) FROM statement_line l WHERE l.council_id = $1 AND l.import_id = $2 AND l.amount_pence <> 0
            AND NOT EXISTS (SELECT 1 FROM open_line o WHERE o.council_id = l.council_id AND o.line_id = l.line_id)");
    LINES_BY_RULE = Sql::both(
        "SELECT COALESCE(m.rule, ''), COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT)
         FROM statement_line l
         LEFT JOIN match_set m ON m.council_id = l.council_id AND m.match_id = (
            SELECT p.match_id FROM match_pair p WHERE p.council_id = l.council_id AND p.line_id = l.line_id
              AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = p.council_id AND u.match_id = p.match_id)
            ORDER BY p.match_id DESC LIMIT 1)
         WHERE l.council_id = $1 AND l.bank = $2 AND l.amount_pence <> 0 AND l.booked_on BETWEEN $3 AND $4
         GROUP BY COALESCE(m.rule, '') ORDER BY 2 DESC, 1");
}

/// A statement that was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// Its id.
    pub id: StatementId,
    /// The file it came in.
    pub import: ImportId,
    /// Which account.
    pub bank: String,
    /// Counted from 1 for each account.
    pub sequence: i64,
    /// The bank's number for it.
    pub number: Option<String>,
    /// The balance before its first line.
    pub opening: Pence,
    /// The balance after its last, stated or computed.
    pub closing: Pence,
    /// The day of its first line.
    pub first_day: Option<NaiveDate>,
    /// The day of its last line.
    pub last_day: Option<NaiveDate>,
    /// How many lines were posted.
    pub lines: i64,
    /// `proved`, `unproved` or `accepted`.
    pub proof: String,
    /// When we knew.
    pub posted_at: DateTime<Utc>,
}

/// A line to be added.
#[derive(Clone, Debug)]
pub struct LineRow {
    /// Its id.
    pub id: LineId,
    /// Its statement.
    pub statement: StatementId,
    /// Counted from 1 in its statement.
    pub number: i64,
    /// The day the bank booked it.
    pub booked_on: NaiveDate,
    /// The day it counts for interest.
    pub value_on: Option<NaiveDate>,
    /// Credit positive.
    pub amount: Pence,
    /// The bank's kind of transaction.
    pub code: String,
    /// The payer's reference.
    pub reference: String,
    /// The bank's own reference.
    pub bank_reference: String,
    /// What tells the same line in another file.
    pub fingerprint: Vec<u8>,
    /// The entry that posted it; none for a line of nothing.
    pub entry: Option<EntryId>,
}

/// By what a line that was posted is known in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineMark {
    /// Its statement.
    pub statement: StatementId,
    /// The day the bank booked it.
    pub booked_on: NaiveDate,
    /// Credit positive.
    pub amount: Pence,
    /// What tells the same line in another file.
    pub fingerprint: Vec<u8>,
}

/// A line nothing explains yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenLine {
    /// Its id.
    pub id: LineId,
    /// Which account.
    pub bank: String,
    /// The day the bank booked it.
    pub booked_on: NaiveDate,
    /// Credit positive.
    pub amount: Pence,
    /// The bank's kind of transaction.
    pub code: String,
    /// The payer's reference.
    pub reference: String,
    /// The bank's own reference.
    pub bank_reference: String,
    /// Everything else the bank says, the other side's name included.
    pub narrative: String,
}

pub(super) fn statement(row: Row) -> Result<StatementRow> {
    Ok(StatementRow {
        id: row.id(0, StatementId::new)?,
        import: row.id(1, ImportId::new)?,
        bank: row.text(2)?,
        sequence: row.int(3)?,
        number: row.opt_text(4)?,
        opening: row.pence(5)?,
        closing: row.pence(6)?,
        first_day: row.opt_day(7)?,
        last_day: row.opt_day(8)?,
        lines: row.int(9)?,
        proof: row.text(10)?,
        posted_at: row.time(11)?,
    })
}

fn line(row: Row) -> Result<OpenLine> {
    Ok(OpenLine {
        id: row.id(0, LineId::new)?,
        bank: row.text(1)?,
        booked_on: row.day(2)?,
        amount: row.pence(3)?,
        code: row.text(4)?,
        reference: row.text(5)?,
        bank_reference: row.text(6)?,
        narrative: row.text(7)?,
    })
}

impl Tx {
    /// The last statement of an account whose import stands.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn last_statement(
        &mut self,
        council: CouncilId,
        bank: &str,
    ) -> Result<Option<StatementRow>> {
        self.first(LAST_STATEMENT, args![council, bank], statement).await
    }

    /// Waits until nobody else adds statements or reverses them, and keeps
    /// everybody from it until this unit of work ends: for who goes by what the
    /// last statement of an account is, after
    /// [`closed_through`](Self::closed_through) and before asking for it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`](crate::StoreError::Busy) when somebody waits for us.
    pub async fn hold_statements(&mut self, council: CouncilId) -> Result<()> {
        self.execute(HOLD_STATEMENTS, args![council]).await?;
        Ok(())
    }

    /// The place the next statement of an account takes; reversed ones keep theirs.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn next_sequence(&mut self, council: CouncilId, bank: &str) -> Result<i64> {
        self.one(NEXT_SEQUENCE, args![council, bank], |row| row.int(0)).await
    }

    /// The newest `limit` statements, newest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn statements(
        &mut self,
        council: CouncilId,
        limit: i64,
    ) -> Result<Vec<StatementRow>> {
        self.all(STATEMENTS, args![council, limit], statement).await
    }

    /// The statements of an import.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn statements_of_import(
        &mut self,
        council: CouncilId,
        import: ImportId,
    ) -> Result<Vec<StatementRow>> {
        self.all(STATEMENTS_OF_IMPORT, args![council, import], statement).await
    }

    /// By what an account's lines booked between two days are known again, in the
    /// order they were posted in; those of a reversed import are left out.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn line_marks(
        &mut self,
        council: CouncilId,
        bank: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<LineMark>> {
        let args = args![council, bank, from, to];
        self.all(LINE_MARKS, args, |row| {
            Ok(LineMark {
                statement: row.id(0, StatementId::new)?,
                booked_on: row.day(1)?,
                amount: row.pence(2)?,
                fingerprint: row.bytes(3)?.to_vec(),
            })
        })
        .await
    }

    /// Adds a statement and its lines, all of them open but those of nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when another
    /// statement of the account took the same place a moment before.
    pub async fn add_statement(
        &mut self,
        council: CouncilId,
        row: &StatementRow,
        lines: &[LineRow],
    ) -> Result<()> {
        let head = Batch::new("statement", 1)
            .council(council)
            .uuids("statement_id", [row.id.get()].into_iter())
            .uuids("import_id", [row.import.get()].into_iter())
            .texts("bank", [row.bank.as_str()].into_iter())
            .ints("sequence", [row.sequence].into_iter())
            .opt_texts("number", [row.number.as_deref()].into_iter())
            .ints("opening_pence", [row.opening.get()].into_iter())
            .ints("closing_pence", [row.closing.get()].into_iter())
            .opt_days("first_day", [row.first_day].into_iter())
            .opt_days("last_day", [row.last_day].into_iter())
            .ints("line_count", [row.lines].into_iter())
            .texts("proof", [row.proof.as_str()].into_iter())
            .times("posted_at", [row.posted_at].into_iter());
        self.insert(head).await?;
        let rows = Batch::new("statement_line", lines.len())
            .council(council)
            .uuids("line_id", lines.iter().map(|l| l.id.get()))
            .uuids("statement_id", lines.iter().map(|l| l.statement.get()))
            .texts("bank", lines.iter().map(|_| row.bank.as_str()))
            .ints("line_no", lines.iter().map(|l| l.number))
            .days("booked_on", lines.iter().map(|l| l.booked_on))
            .opt_days("value_on", lines.iter().map(|l| l.value_on))
            .ints("amount_pence", lines.iter().map(|l| l.amount.get()))
            .texts("code", lines.iter().map(|l| l.code.as_str()))
            .texts("reference", lines.iter().map(|l| l.reference.as_str()))
            .texts("bank_reference", lines.iter().map(|l| l.bank_reference.as_str()))
            .bytes("fingerprint", lines.iter().map(|l| l.fingerprint.as_slice()))
            .opt_uuids("entry_id", lines.iter().map(|l| l.entry.map(EntryId::get)))
            .uuids("import_id", lines.iter().map(|_| row.import.get()));
        self.insert(rows).await?;
        let open: Vec<_> = lines.iter().filter(|l| !l.amount.is_zero()).map(|l| l.id).collect();
        self.open_lines_again(council, &row.bank, &open).await
    }

    /// Opens lines again whose explanation was undone.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_lines_again(
        &mut self,
        council: CouncilId,
        bank: &str,
        ids: &[LineId],
    ) -> Result<()> {
        let open = Batch::new("open_line", ids.len())
            .council(council)
            .uuids("line_id", ids.iter().map(|id| id.get()))
            .texts("bank", ids.iter().map(|_| bank));
        self.insert(open).await?;
        Ok(())
    }

    /// Every line nothing explains yet.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_lines(&mut self, council: CouncilId) -> Result<Vec<OpenLine>> {
        self.all(OPEN_LINES, args![council], line).await
    }

    /// Every line of one account, of days until one, that nothing explains yet.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_lines_of(
        &mut self,
        council: CouncilId,
        bank: &str,
        until: NaiveDate,
    ) -> Result<Vec<OpenLine>> {
        self.all(OPEN_LINES_OF, args![council, bank, until], line).await
    }

    /// One line, explained or not.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn line(&mut self, council: CouncilId, id: LineId) -> Result<Option<OpenLine>> {
        self.first(LINE, args![council, id], line).await
    }

    /// Takes lines off what is open, and says how many there were.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn close_lines(&mut self, council: CouncilId, ids: &[LineId]) -> Result<u64> {
        let mut closed = 0_u64;
        // In the order of their keys, as rows of expected money are.
        let mut ids: Vec<_> = ids.iter().map(|id| id.get()).collect();
        ids.sort_unstable();
        for ids in ids.chunks(CLOSED_AT_ONCE) {
            let touched = self.execute(CLOSE_LINES, args![council, ids.to_vec()]).await?;
            closed = closed.saturating_add(touched);
        }
        Ok(closed)
    }

    /// What is open on each account: how many lines, and their signed sum.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn open_line_totals(
        &mut self,
        council: CouncilId,
    ) -> Result<Vec<(String, i64, Pence)>> {
        self.all(OPEN_LINE_TOTALS, args![council], |row| {
            Ok((row.text(0)?, row.int(1)?, row.pence(2)?))
        })
        .await
    }

    /// How many lines of an import have been explained.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lines_standing(&mut self, council: CouncilId, import: ImportId) -> Result<i64> {
        self.one(LINES_OF_IMPORT_STANDING, args![council, import], |row| row.int(0)).await
    }

    /// How the lines of an account booked between two days were explained: the
    /// rule (empty for not at all), how many, their signed sum.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lines_by_rule(
        &mut self,
        council: CouncilId,
        bank: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<(String, i64, Pence)>> {
        self.all(LINES_BY_RULE, args![council, bank, from, to], |row| {
            Ok((row.text(0)?, row.int(1)?, row.pence(2)?))
        })
        .await
    }
}
