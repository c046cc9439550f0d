//! Bank accounts day by day: the lines of a day as they are explained now, and
//! who put their name to it.
//!
//! Signing, reviewing and opening again are rows that are only added. The
//! newest generation of a day is the one that counts.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    id::{CouncilId, LineId, MatchId, SuspenseId},
    seal::ContentHash,
};
use ims_money::Pence;

use super::{OpenLine, StatementRow, Tx, statements::statement};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    LINES = Sql::both(
        "SELECT l.line_id, l.bank, l.booked_on, l.amount_pence, l.code, l.reference, l.bank_reference, COALESCE(d.words, ''),
            m.match_id, m.rule, m.reason, m.suspense_id, COALESCE(o.remaining_pence, 0)
         FROM statement_line l
         JOIN statement t ON t.council_id = l.council_id AND t.statement_id = l.statement_id
         LEFT JOIN detail d ON d.council_id = l.council_id AND d.owner_id = l.line_id
         LEFT JOIN (SELECT p.council_id, p.line_id, s.match_id, s.rule, s.reason, p.suspense_id,
                ROW_NUMBER() OVER (PARTITION BY p.line_id ORDER BY s.match_id DESC, p.pair_no) AS newest
             FROM statement_line x
             JOIN match_pair p ON p.council_id = x.council_id AND p.line_id = x.line_id
             JOIN match_set s ON s.council_id = p.council_id AND s.match_id = p.match_id
             WHERE x.council_id = $1 AND x.bank = $2 AND x.booked_on = $3
                AND NOT EXISTS (SELECT 1 FROM match_undo u WHERE u.council_id = s.council_id AND u.match_id = s.match_id)) m
            ON m.council_id = l.council_id AND m.line_id = l.line_id AND m.newest = 1
         LEFT JOIN open_suspense o ON o.council_id = l.council_id AND o.suspense_id = m.suspense_id
         WHERE l.council_id = $1 AND l.bank = $2 AND l.booked_on = $3
            AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = l.council_id AND r.import_id = l.import_id)
         ORDER BY t.sequence, l.line_no LIMIT $4");
    SINCE = Sql::both(
        "SELECT CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM statement_line l
         WHERE l.council_id = $1 AND l.bank = $2 AND l.booked_on > $3
            AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = l.council_id AND r.import_id = l.import_id)");
    COVERING = Sql::both(
        "SELECT statement_id, import_id, bank, sequence, number, opening_pence, closing_pence, first_day, last_day, line_count, proof, posted_at
         FROM statement t WHERE t.council_id = $1 AND t.bank = $2 AND t.first_day <= $3 AND t.last_day >= $3
            AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = t.council_id AND r.import_id = t.import_id)
         ORDER BY t.sequence");
    REACHES = Sql::both(
        "SELECT MAX(l.booked_on) FROM statement_line l WHERE l.council_id = $1 AND l.bank = $2
            AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = l.council_id AND r.import_id = l.import_id)");
    DAYS = Sql::both(
        "SELECT l.booked_on, COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT), COUNT(o.line_id)
         FROM statement_line l
         LEFT JOIN open_line o ON o.council_id = l.council_id AND o.line_id = l.line_id
         WHERE l.council_id = $1 AND l.bank = $2 AND l.booked_on BETWEEN $3 AND $4
            AND NOT EXISTS (SELECT 1 FROM import_reversal r WHERE r.council_id = l.council_id AND r.import_id = l.import_id)
         GROUP BY l.booked_on ORDER BY l.booked_on DESC LIMIT $5");
    SIGNED = Sql::both(
        "SELECT b.bank, b.day, b.generation, b.certificate, b.content_hash, b.head, b.prepared_by, b.prepared_at, b.note,
            v.reviewed_by, v.reviewed_at, v.note, r.reopened_by, r.reopened_at, r.reason
         FROM bank_day b
         LEFT JOIN bank_day_review v ON v.council_id = b.council_id AND v.bank = b.bank AND v.day = b.day AND v.generation = b.generation
         LEFT JOIN bank_day_reopen r ON r.council_id = b.council_id AND r.bank = b.bank AND r.day = b.day AND r.generation = b.generation
         WHERE b.council_id = $1 AND b.bank = $2 AND b.day BETWEEN $3 AND $4
         ORDER BY b.day DESC, b.generation DESC");
    SIGN = Sql::both(
        "INSERT INTO bank_day (council_id, bank, day, generation, certificate, content_hash, head, prepared_by, prepared_at, note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    REVIEW = Sql::both(
        "INSERT INTO bank_day_review (council_id, bank, day, generation, content_hash, prepared_by, reviewed_by, reviewed_at, note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    REOPEN = Sql::both(
        "INSERT INTO bank_day_reopen (council_id, bank, day, generation, reopened_by, reopened_at, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7)");
}

/// A bank line of a day, and what explains it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankDayLine {
    /// The line.
    pub line: OpenLine,
    /// Its explanation that stands: the match, the rule, the reason in words.
    pub explained: Option<(MatchId, String, String)>,
    /// The suspense item it became, and what is left of that.
    pub suspense: Option<(SuspenseId, Pence)>,
}

/// Somebody's word about what they did with a signed day: who, when, and what
/// they wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What they wrote.
    pub note: String,
}

/// A day of a bank account that somebody put their name to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankDayRow {
    /// Which account.
    pub bank: String,
    /// The day.
    pub day: NaiveDate,
    /// How often it had been opened again before.
    pub generation: i64,
    /// What it came to, as JSON.
    pub certificate: String,
    /// The hash of that.
    pub content_hash: ContentHash,
    /// The newest block then.
    pub head: ContentHash,
    /// Who prepared it.
    pub prepared: SignedBy,
    /// Who else reviewed it.
    pub reviewed: Option<SignedBy>,
    /// Who opened it again, with the reason.
    pub reopened: Option<SignedBy>,
}

fn signed(row: Row) -> Result<BankDayRow> {
    let word = |at: usize| -> Result<Option<SignedBy>> {
        Ok(match (row.opt_text(at)?, row.opt_time(at.saturating_add(1))?) {
            (Some(by), Some(time)) => {
                let note = row.opt_text(at.saturating_add(2))?.unwrap_or_default();
                Some(SignedBy { by, at: time, note })
            }
            _ => None,
        })
    };
    Ok(BankDayRow {
        bank: row.text(0)?,
        day: row.day(1)?,
        generation: row.int(2)?,
        certificate: row.text(3)?,
        content_hash: row.hash(4)?,
        head: row.hash(5)?,
        prepared: SignedBy { by: row.text(6)?, at: row.time(7)?, note: row.text(8)? },
        reviewed: word(9)?,
        reopened: word(12)?,
    })
}

fn line(row: Row) -> Result<BankDayLine> {
    let explained = match row.opt_id(8, MatchId::new)? {
        Some(id) => Some((id, row.text(9)?, row.text(10)?)),
        None => None,
    };
    let suspense = match row.opt_id(11, SuspenseId::new)? {
        Some(id) => Some((id, row.pence(12)?)),
        None => None,
    };
    Ok(BankDayLine {
        line: OpenLine {
            id: row.id(0, LineId::new)?,
            bank: row.text(1)?,
            booked_on: row.day(2)?,
            amount: row.pence(3)?,
            code: row.text(4)?,
            reference: row.text(5)?,
            bank_reference: row.text(6)?,
            narrative: row.text(7)?,
        },
        explained,
        suspense,
    })
}

impl Tx {
    /// The lines of an account booked on a day, as the bank listed them, and
    /// what explains each now: at most `limit`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn bank_day_lines(
        &mut self,
        council: CouncilId,
        bank: &str,
        day: NaiveDate,
        limit: i64,
    ) -> Result<Vec<BankDayLine>> {
        self.all(LINES, args![council, bank, day, limit], line).await
    }

    /// The signed sum of an account's lines booked after a day.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn booked_since(
        &mut self,
        council: CouncilId,
        bank: &str,
        day: NaiveDate,
    ) -> Result<Pence> {
        self.one(SINCE, args![council, bank, day], |row| row.pence(0)).await
    }

    /// The statements of an account from whose first line to whose last a day lies.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn statements_covering(
        &mut self,
        council: CouncilId,
        bank: &str,
        day: NaiveDate,
    ) -> Result<Vec<StatementRow>> {
        self.all(COVERING, args![council, bank, day], statement).await
    }

    /// The newest day of which an account has a line.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn bank_reaches(
        &mut self,
        council: CouncilId,
        bank: &str,
    ) -> Result<Option<NaiveDate>> {
        self.one(REACHES, args![council, bank], |row| row.opt_day(0)).await
    }

    /// The newest days of an account between two: how many lines, their signed
    /// sum, how many of them nothing explains.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn bank_days(
        &mut self,
        council: CouncilId,
        bank: &str,
        (from, to): (NaiveDate, NaiveDate),
        limit: i64,
    ) -> Result<Vec<(NaiveDate, i64, Pence, i64)>> {
        let read = |row: Row| Ok((row.day(0)?, row.int(1)?, row.pence(2)?, row.int(3)?));
        self.all(DAYS, args![council, bank, from, to, limit], read).await
    }

    /// The days of an account between two that somebody put their name to, the
    /// newest first, of each the newest generation first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn signed_bank_days(
        &mut self,
        council: CouncilId,
        bank: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<BankDayRow>> {
        self.all(SIGNED, args![council, bank, from, to], signed).await
    }

    /// Records that a day was prepared; its review and reopening are not.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when somebody
    /// prepared it a moment before.
    pub async fn sign_bank_day(&mut self, council: CouncilId, row: &BankDayRow) -> Result<()> {
        let args = args![
            council,
            &row.bank,
            row.day,
            row.generation,
            &row.certificate,
            row.content_hash,
            row.head,
            &row.prepared.by,
            row.prepared.at,
            &row.prepared.note
        ];
        self.execute(SIGN, args).await?;
        Ok(())
    }

    /// Records that a prepared day was reviewed, by another person.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was
    /// already; by who prepared it the books refuse the row.
    pub async fn review_bank_day(
        &mut self,
        council: CouncilId,
        row: &BankDayRow,
        word: &SignedBy,
    ) -> Result<()> {
        let args = args![
            council,
            &row.bank,
            row.day,
            row.generation,
            row.content_hash,
            &row.prepared.by,
            &word.by,
            word.at,
            &word.note
        ];
        self.execute(REVIEW, args).await?;
        Ok(())
    }

    /// Opens a signed day again.
    ///
    /// # Errors
    ///
    /// [`StoreError::Duplicate`](crate::StoreError::Duplicate) when it was already.
    pub async fn reopen_bank_day(
        &mut self,
        council: CouncilId,
        row: &BankDayRow,
        word: &SignedBy,
    ) -> Result<()> {
        let args =
            args![council, &row.bank, row.day, row.generation, &word.by, word.at, &word.note];
        self.execute(REOPEN, args).await?;
        Ok(())
    }
}
