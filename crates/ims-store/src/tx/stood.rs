//! As it stood: what was open at an instant, whatever became of it later.
//!
//! Every row that opens something and every row that closes it says when it
//! was made; what was made after the instant is not looked at.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::id::{CouncilId, SuspenseId};
use ims_money::Pence;
use uuid::Uuid;

use super::{FundTotal, Tx, views::fund_total};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

statements! {
    SUSPENSE_AT = Sql::both(
        "SELECT x.suspense_id, x.happened_on, x.reference, x.amount, x.remaining FROM (
            SELECT s.suspense_id, s.happened_on, s.reference, s.amount_pence AS amount,
                s.amount_pence - COALESCE((SELECT CAST(SUM(a.amount_pence) AS BIGINT) FROM suspense_allocation a
                    WHERE a.council_id = s.council_id AND a.suspense_id = s.suspense_id AND a.allocated_at <= $2), 0) AS remaining
            FROM suspense_item s WHERE s.council_id = $1 AND s.created_at <= $2) x
         WHERE x.remaining <> 0 AND x.suspense_id > $3 ORDER BY x.suspense_id LIMIT $4");
    SUSPENSE_TOTAL_AT = Sql::both(
        "SELECT CAST(COALESCE((SELECT SUM(s.amount_pence) FROM suspense_item s WHERE s.council_id = $1 AND s.created_at <= $2), 0) AS BIGINT)
            - CAST(COALESCE((SELECT SUM(a.amount_pence) FROM suspense_allocation a WHERE a.council_id = $1 AND a.allocated_at <= $2), 0) AS BIGINT)");
    SUSPENSE_COUNT_AT = Sql::both(
        "SELECT COUNT(*) FROM suspense_item s WHERE s.council_id = $1 AND s.created_at <= $2
            AND s.amount_pence <> COALESCE((SELECT CAST(SUM(a.amount_pence) AS BIGINT) FROM suspense_allocation a
                WHERE a.council_id = s.council_id AND a.suspense_id = s.suspense_id AND a.allocated_at <= $2), 0)");
    EXPECTED_AT = Sql::both(
        "SELECT e.channel, COUNT(*), CAST(COALESCE(SUM(e.amount_pence), 0) AS BIGINT) FROM expected e
         WHERE e.council_id = $1 AND e.created_at <= $2
            AND NOT EXISTS (SELECT 1 FROM match_pair p
                JOIN match_set m ON m.council_id = p.council_id AND m.match_id = p.match_id
                WHERE p.council_id = e.council_id AND p.expected_id = e.expected_id AND m.made_at <= $2
                    AND NOT EXISTS (SELECT 1 FROM match_undo u
                        WHERE u.council_id = p.council_id AND u.match_id = p.match_id AND u.undone_at <= $2))
         GROUP BY e.channel ORDER BY e.channel");
    LINES_AT = Sql::both(
        "SELECT l.bank, COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM statement_line l
         JOIN statement s ON s.council_id = l.council_id AND s.statement_id = l.statement_id
         WHERE l.council_id = $1 AND s.posted_at <= $2 AND l.amount_pence <> 0
            AND NOT EXISTS (SELECT 1 FROM match_pair p
                JOIN match_set m ON m.council_id = p.council_id AND m.match_id = p.match_id
                WHERE p.council_id = l.council_id AND p.line_id = l.line_id AND m.made_at <= $2
                    AND NOT EXISTS (SELECT 1 FROM match_undo u
                        WHERE u.council_id = p.council_id AND u.match_id = p.match_id AND u.undone_at <= $2))
         GROUP BY l.bank ORDER BY l.bank");
    CLOSING_AT = Sql::both(
        "SELECT s.bank, s.closing_pence FROM statement s WHERE s.council_id = $1
            AND s.sequence = (SELECT MAX(t.sequence) FROM statement t
                WHERE t.council_id = s.council_id AND t.bank = s.bank AND t.posted_at <= $2
                AND NOT EXISTS (SELECT 1 FROM import_reversal r
                    WHERE r.council_id = t.council_id AND r.import_id = t.import_id AND r.reversed_at <= $2))
         ORDER BY s.bank");
    FUNDS_AT = Sql::both(
        "SELECT l.fund, CAST(COALESCE(SUM(l.amount_pence - l.vat_pence), 0) AS BIGINT),
            CAST(COALESCE(SUM(l.vat_pence), 0) AS BIGINT) FROM receipt_line l
         JOIN receipt r ON r.council_id = l.council_id AND r.receipt_id = l.receipt_id
         WHERE l.council_id = $1 AND r.posted_at <= $2 GROUP BY l.fund");
    FUND_TOTALS_AT = Sql::both(
        "SELECT l.fund, r.method, COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT) FROM receipt r
         JOIN receipt_line l ON l.council_id = r.council_id AND l.receipt_id = r.receipt_id
         WHERE r.council_id = $1 AND r.accounting_day = $2 AND r.posted_at <= $3
         GROUP BY l.fund, r.method ORDER BY l.fund, r.method");
    ACCOUNT_AT = Sql::both(
        "SELECT COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT), CAST(COALESCE(SUM(l.vat_pence), 0) AS BIGINT)
         FROM receipt_line l JOIN receipt r ON r.council_id = l.council_id AND r.receipt_id = l.receipt_id
         WHERE l.council_id = $1 AND l.reference = $2 AND l.fund = $3 AND r.posted_at <= $4");
    ACCOUNT_ON = Sql::both(
        "SELECT COUNT(*), CAST(COALESCE(SUM(l.amount_pence), 0) AS BIGINT), CAST(COALESCE(SUM(l.vat_pence), 0) AS BIGINT)
         FROM receipt_line l JOIN receipt r ON r.council_id = l.council_id AND r.receipt_id = l.receipt_id
         WHERE l.council_id = $1 AND l.reference = $2 AND l.fund = $3 AND r.accounting_day <= $4");
}

/// A suspense item as it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoodSuspense {
    /// Its id.
    pub id: SuspenseId,
    /// The day the money came.
    pub happened_on: NaiveDate,
    /// The reference it came with.
    pub reference: String,
    /// What it was.
    pub amount: Pence,
    /// What was left of it then.
    pub remaining: Pence,
}

/// What an account (fund, reference) had been credited with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountStood {
    /// How many receipt lines.
    pub lines: i64,
    /// Their sum, gross.
    pub amount: Pence,
    /// The VAT held in it.
    pub vat: Pence,
}

/// A name, how many, how much.
type Counted = (String, i64, Pence);

fn counted(row: Row) -> Result<Counted> {
    Ok((row.text(0)?, row.int(1)?, row.pence(2)?))
}

fn account(row: Row) -> Result<AccountStood> {
    Ok(AccountStood { lines: row.int(0)?, amount: row.pence(1)?, vat: row.pence(2)? })
}

impl Tx {
    /// Suspense items with something left at an instant, at most `limit` after
    /// `after`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_at(
        &mut self,
        council: CouncilId,
        at: DateTime<Utc>,
        after: Option<SuspenseId>,
        limit: i64,
    ) -> Result<Vec<StoodSuspense>> {
        let after = after.map_or(Uuid::nil(), SuspenseId::get);
        self.all(SUSPENSE_AT, args![council, at, after, limit], |row| {
            Ok(StoodSuspense {
                id: row.id(0, SuspenseId::new)?,
                happened_on: row.day(1)?,
                reference: row.text(2)?,
                amount: row.pence(3)?,
                remaining: row.pence(4)?,
            })
        })
        .await
    }

    /// What was left of all suspense at an instant.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_total_at(
        &mut self,
        council: CouncilId,
        at: DateTime<Utc>,
    ) -> Result<Pence> {
        self.one(SUSPENSE_TOTAL_AT, args![council, at], |row| row.pence(0)).await
    }

    /// How many suspense items had something left at an instant.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn suspense_count_at(
        &mut self,
        council: CouncilId,
        at: DateTime<Utc>,
    ) -> Result<i64> {
        self.one(SUSPENSE_COUNT_AT, args![council, at], |row| row.int(0)).await
    }

    /// What each channel waited for at an instant: channel, how many, how much.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn expected_at(
        &mut self,
        council: CouncilId,
        at: DateTime<Utc>,
    ) -> Result<Vec<Counted>> {
        self.all(EXPECTED_AT, args![council, at], counted).await
    }

    /// The bank lines nothing explained at an instant: account, how many, their
    /// signed sum.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn lines_at(
        &mut self,
        council: CouncilId,
        at: DateTime<Utc>,
    ) -> Result<Vec<Counted>> {
        self.all(LINES_AT, args![council, at], counted).await
    }

    /// The last closing balance of each bank account at an instant.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn closing_balances_at(
        &mut self,
        council: CouncilId,
        at: DateTime<Utc>,
    ) -> Result<Vec<(String, Pence)>> {
        self.all(CLOSING_AT, args![council, at], |row| Ok((row.text(0)?, row.pence(1)?))).await
    }

    /// What each fund's receipt lines came to at an instant: net, and VAT.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn fund_income_at(
        &mut self,
        council: CouncilId,
        at: DateTime<Utc>,
    ) -> Result<Vec<(String, Pence, Pence)>> {
        self.all(FUNDS_AT, args![council, at], |row| {
            Ok((row.text(0)?, row.pence(1)?, row.pence(2)?))
        })
        .await
    }

    /// Income of an accounting day by fund and method, as known at an instant.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn fund_totals_at(
        &mut self,
        council: CouncilId,
        day: NaiveDate,
        at: DateTime<Utc>,
    ) -> Result<Vec<FundTotal>> {
        self.all(FUND_TOTALS_AT, args![council, day, at], fund_total).await
    }

    /// What an account had been credited with at an instant.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn account_at(
        &mut self,
        council: CouncilId,
        fund: &str,
        reference: &str,
        at: DateTime<Utc>,
    ) -> Result<AccountStood> {
        self.one(ACCOUNT_AT, args![council, reference, fund, at], account).await
    }

    /// What an account has been credited with over the accounting days through
    /// `day`.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn account_on(
        &mut self,
        council: CouncilId,
        fund: &str,
        reference: &str,
        day: NaiveDate,
    ) -> Result<AccountStood> {
        self.one(ACCOUNT_ON, args![council, reference, fund, day], account).await
    }
}
