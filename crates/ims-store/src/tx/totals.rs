//! What accounts stand at, from what the sealer rolled up and the little that is
//! not sealed yet.

use chrono::{Datelike as _, NaiveDate};
use ims_ledger::{
    Account, Side,
    id::{CouncilId, EntryId},
};
use ims_money::Pence;

use super::{Balances, Difference, Tx};
use crate::{
    Result,
    arg::args,
    row::Row,
    sql::{Sql, statements},
};

// What was sealed, or was not yet, is little beside all postings, and neither planner
// would guess it. A CROSS JOIN has SQLite begin there; PostgreSQL does with a lateral
// question that OFFSET keeps for itself.
statements! {
    ROLL_UP = Sql::each(
        "INSERT INTO account_span (council_id, span, begins, account, debit_pence, credit_pence, debits, credits)
         SELECT x.council_id, s.span,
            CASE s.span WHEN 'day' THEN x.day WHEN 'month' THEN substr(x.day, 1, 7) || '-01'
                WHEN 'year' THEN substr(x.day, 1, 4) || '-01-01' ELSE '0001-01-01' END AS begins,
            x.account, SUM(x.debit), SUM(x.credit), SUM(x.debits), SUM(x.credits)
         FROM (SELECT p.council_id, p.account, p.accounting_day AS day,
                SUM(CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END) AS debit,
                SUM(CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END) AS credit,
                SUM(CASE p.side WHEN 'debit' THEN 1 ELSE 0 END) AS debits,
                SUM(CASE p.side WHEN 'credit' THEN 1 ELSE 0 END) AS credits
             FROM block_item b CROSS JOIN posting p
             WHERE b.council_id = $1 AND b.number BETWEEN $2 AND $3 AND p.council_id = b.council_id AND p.entry_id = b.item_id
             GROUP BY p.council_id, p.account, p.accounting_day) x
         CROSS JOIN (SELECT 'day' AS span UNION ALL SELECT 'month' UNION ALL SELECT 'year' UNION ALL SELECT 'all') s
         GROUP BY x.council_id, s.span, 3, x.account ORDER BY s.span, 3, x.account
         ON CONFLICT (council_id, span, begins, account) DO UPDATE SET
            debit_pence = account_span.debit_pence + excluded.debit_pence,
            credit_pence = account_span.credit_pence + excluded.credit_pence,
            debits = account_span.debits + excluded.debits, credits = account_span.credits + excluded.credits",
        "INSERT INTO account_span (council_id, span, begins, account, debit_pence, credit_pence, debits, credits)
         SELECT x.council_id, s.span,
            CASE s.span WHEN 'day' THEN x.day WHEN 'all' THEN DATE '0001-01-01'
                ELSE CAST(date_trunc(s.span, CAST(x.day AS TIMESTAMP)) AS DATE) END,
            x.account, CAST(SUM(x.debit) AS BIGINT), CAST(SUM(x.credit) AS BIGINT),
            CAST(SUM(x.debits) AS BIGINT), CAST(SUM(x.credits) AS BIGINT)
         FROM (SELECT p.council_id, p.account, p.accounting_day AS day,
                SUM(CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END) AS debit,
                SUM(CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END) AS credit,
                SUM(CASE p.side WHEN 'debit' THEN 1 ELSE 0 END) AS debits,
                SUM(CASE p.side WHEN 'credit' THEN 1 ELSE 0 END) AS credits
             FROM block_item b CROSS JOIN LATERAL (SELECT q.council_id, q.account, q.accounting_day, q.side, q.amount_pence FROM posting q
                WHERE q.council_id = b.council_id AND q.entry_id = b.item_id OFFSET 0) p
             WHERE b.council_id = $1 AND b.number BETWEEN $2 AND $3
             GROUP BY p.council_id, p.account, p.accounting_day) x
         CROSS JOIN (VALUES ('day'), ('month'), ('year'), ('all')) s (span)
         GROUP BY 1, 2, 3, 4 ORDER BY 2, 3, 4
         ON CONFLICT (council_id, span, begins, account) DO UPDATE SET
            debit_pence = account_span.debit_pence + excluded.debit_pence,
            credit_pence = account_span.credit_pence + excluded.credit_pence,
            debits = account_span.debits + excluded.debits, credits = account_span.credits + excluded.credits");
    BALANCE_NOW = Sql::each(
        "SELECT CAST(COALESCE(SUM(x.pence), 0) AS BIGINT) FROM (
            SELECT t.debit_pence - t.credit_pence AS pence FROM account_span t
            WHERE t.council_id = $1 AND t.span = 'all' AND t.begins = $3 AND t.account = $2
            UNION ALL
            SELECT CASE p.side WHEN 'debit' THEN p.amount_pence ELSE -p.amount_pence END AS pence
            FROM unsealed u CROSS JOIN posting p
            WHERE u.council_id = $1 AND u.item_kind = 'entry' AND p.council_id = u.council_id AND p.entry_id = u.item_id AND p.account = $2) x",
        "SELECT CAST(COALESCE(SUM(x.pence), 0) AS BIGINT) FROM (
            SELECT t.debit_pence - t.credit_pence AS pence FROM account_span t
            WHERE t.council_id = $1 AND t.span = 'all' AND t.begins = $3 AND t.account = $2
            UNION ALL
            SELECT CASE p.side WHEN 'debit' THEN p.amount_pence ELSE -p.amount_pence END AS pence
            FROM unsealed u CROSS JOIN LATERAL (SELECT q.account, q.side, q.amount_pence FROM posting q
                WHERE q.council_id = u.council_id AND q.entry_id = u.item_id OFFSET 0) p
            WHERE u.council_id = $1 AND u.item_kind = 'entry' AND p.account = $2) x");
    // All there is, less the years after the day's, the months after it in its year, and the days
    // after it in its month.
    BALANCES_THROUGH = Sql::each(
        "SELECT x.account, CAST(SUM(x.debit) AS BIGINT), CAST(SUM(x.credit) AS BIGINT) FROM (
            SELECT s.account AS account, s.debit_pence AS debit, s.credit_pence AS credit FROM account_span s
            WHERE s.council_id = $1 AND s.span = 'all'
            UNION ALL
            SELECT s.account, -s.debit_pence, -s.credit_pence FROM account_span s
            WHERE s.council_id = $1 AND s.span = 'year' AND s.begins > $2
            UNION ALL
            SELECT s.account, -s.debit_pence, -s.credit_pence FROM account_span s
            WHERE s.council_id = $1 AND s.span = 'month' AND s.begins > $2 AND s.begins <= $4
            UNION ALL
            SELECT s.account, -s.debit_pence, -s.credit_pence FROM account_span s
            WHERE s.council_id = $1 AND s.span = 'day' AND s.begins > $2 AND s.begins <= $3
            UNION ALL
            SELECT p.account, CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END, CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END
            FROM unsealed u CROSS JOIN posting p
            WHERE u.council_id = $1 AND u.item_kind = 'entry' AND p.council_id = u.council_id AND p.entry_id = u.item_id AND p.accounting_day <= $2) x
         GROUP BY x.account HAVING SUM(x.debit) <> 0 OR SUM(x.credit) <> 0 ORDER BY x.account",
        "SELECT x.account, CAST(SUM(x.debit) AS BIGINT), CAST(SUM(x.credit) AS BIGINT) FROM (
            SELECT s.account AS account, s.debit_pence AS debit, s.credit_pence AS credit FROM account_span s
            WHERE s.council_id = $1 AND s.span = 'all'
            UNION ALL
            SELECT s.account, -s.debit_pence, -s.credit_pence FROM account_span s
            WHERE s.council_id = $1 AND s.span = 'year' AND s.begins > $2
            UNION ALL
            SELECT s.account, -s.debit_pence, -s.credit_pence FROM account_span s
            WHERE s.council_id = $1 AND s.span = 'month' AND s.begins > $2 AND s.begins <= $4
            UNION ALL
            SELECT s.account, -s.debit_pence, -s.credit_pence FROM account_span s
            WHERE s.council_id = $1 AND s.span = 'day' AND s.begins > $2 AND s.begins <= $3
            UNION ALL
            SELECT p.account, CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END, CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END
            FROM unsealed u CROSS JOIN LATERAL (SELECT q.account, q.side, q.amount_pence, q.accounting_day FROM posting q
                WHERE q.council_id = u.council_id AND q.entry_id = u.item_id OFFSET 0) p
            WHERE u.council_id = $1 AND u.item_kind = 'entry' AND p.accounting_day <= $2) x
         GROUP BY x.account HAVING SUM(x.debit) <> 0 OR SUM(x.credit) <> 0 ORDER BY x.account");
    POSTINGS_OF = Sql::both(
        "SELECT p.entry_id, p.accounting_day, e.happened_on, e.kind, e.about, p.side, p.amount_pence FROM posting p
         JOIN entry e ON e.council_id = p.council_id AND e.entry_id = p.entry_id
         WHERE p.council_id = $1 AND p.account = $2 AND (p.accounting_day, p.entry_id) < ($3, $4)
         ORDER BY p.accounting_day DESC, p.entry_id DESC LIMIT $5");
    DAYS_KEPT_OTHERWISE = Sql::both(
        "SELECT x.account || ' on ' || CAST(x.accounting_day AS TEXT), CAST(SUM(x.kept) AS BIGINT), CAST(SUM(x.adds) AS BIGINT) FROM (
            SELECT d.account AS account, d.begins AS accounting_day, d.debit_pence AS kept, 0 AS adds,
                d.credit_pence AS kept_credit, 0 AS adds_credit, d.debits + d.credits AS kept_count, 0 AS adds_count
            FROM account_span d WHERE d.council_id = $1 AND d.span = 'day'
            UNION ALL
            SELECT p.account, p.accounting_day, 0, CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END,
                0, CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END, 0, 1
            FROM posting p WHERE p.council_id = $1
                AND NOT EXISTS (SELECT 1 FROM unsealed u WHERE u.council_id = p.council_id AND u.item_id = p.entry_id)) x
         GROUP BY x.account, x.accounting_day
         HAVING SUM(x.kept) <> SUM(x.adds) OR SUM(x.kept_credit) <> SUM(x.adds_credit) OR SUM(x.kept_count) <> SUM(x.adds_count)
         ORDER BY x.account, x.accounting_day");
    SPANS_KEPT_OTHERWISE = Sql::each(
        "SELECT x.account || ' (' || x.span || ' ' || x.begins || ')', SUM(x.kept), SUM(x.adds) FROM (
            SELECT t.account AS account, t.span AS span, t.begins AS begins, t.debit_pence AS kept, 0 AS adds,
                t.credit_pence AS kept_credit, 0 AS adds_credit, t.debits + t.credits AS kept_count, 0 AS adds_count
            FROM account_span t WHERE t.council_id = $1 AND t.span <> 'day'
            UNION ALL
            SELECT d.account, s.span, CASE s.span WHEN 'month' THEN substr(d.begins, 1, 7) || '-01'
                WHEN 'year' THEN substr(d.begins, 1, 4) || '-01-01' ELSE '0001-01-01' END,
                0, d.debit_pence, 0, d.credit_pence, 0, d.debits + d.credits
            FROM account_span d CROSS JOIN (SELECT 'month' AS span UNION ALL SELECT 'year' UNION ALL SELECT 'all') s
            WHERE d.council_id = $1 AND d.span = 'day') x
         GROUP BY x.account, x.span, x.begins
         HAVING SUM(x.kept) <> SUM(x.adds) OR SUM(x.kept_credit) <> SUM(x.adds_credit) OR SUM(x.kept_count) <> SUM(x.adds_count)
         ORDER BY x.account, x.span, x.begins",
        "SELECT x.account || ' (' || x.span || ' ' || CAST(x.begins AS TEXT) || ')', CAST(SUM(x.kept) AS BIGINT), CAST(SUM(x.adds) AS BIGINT) FROM (
            SELECT t.account AS account, t.span AS span, t.begins AS begins, t.debit_pence AS kept, 0 AS adds,
                t.credit_pence AS kept_credit, 0 AS adds_credit, t.debits + t.credits AS kept_count, 0 AS adds_count
            FROM account_span t WHERE t.council_id = $1 AND t.span <> 'day'
            UNION ALL
            SELECT d.account, s.span, CASE s.span WHEN 'all' THEN DATE '0001-01-01'
                ELSE CAST(date_trunc(s.span, CAST(d.begins AS TIMESTAMP)) AS DATE) END,
                0, d.debit_pence, 0, d.credit_pence, 0, d.debits + d.credits
            FROM account_span d CROSS JOIN (VALUES ('month'), ('year'), ('all')) s (span)
            WHERE d.council_id = $1 AND d.span = 'day') x
         GROUP BY x.account, x.span, x.begins
         HAVING SUM(x.kept) <> SUM(x.adds) OR SUM(x.kept_credit) <> SUM(x.adds_credit) OR SUM(x.kept_count) <> SUM(x.adds_count)
         ORDER BY x.account, x.span, x.begins");
}

/// Where the span of all there is begins.
const EVER: NaiveDate = match NaiveDate::from_ymd_opt(1, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// The last days of the month and of the year of a day.
fn ends(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    let month = day.with_day(u32::from(day.num_days_in_month())).unwrap_or(day);
    (month, NaiveDate::from_ymd_opt(day.year(), 12, 31).unwrap_or(day))
}

/// One side of an entry, as an account's own page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostingView {
    /// The entry.
    pub entry: EntryId,
    /// The day it counts in.
    pub accounting_day: NaiveDate,
    /// The day it happened.
    pub happened_on: NaiveDate,
    /// What happened, in one word.
    pub kind: String,
    /// Where it came from.
    pub about: String,
    /// Debit or credit.
    pub side: Side,
    /// How much.
    pub amount: Pence,
}

fn side(text: &str) -> Side {
    if text == Side::Debit.as_str() { Side::Debit } else { Side::Credit }
}

fn posting(row: Row) -> Result<PostingView> {
    Ok(PostingView {
        entry: row.id(0, EntryId::new)?,
        accounting_day: row.day(1)?,
        happened_on: row.day(2)?,
        kind: row.text(3)?,
        about: row.text(4)?,
        side: side(&row.text(5)?),
        amount: row.pence(6)?,
    })
}

fn balances(row: Row) -> Result<Balances> {
    Ok(Balances { account: row.account(0)?, debit: row.pence(1)?, credit: row.pence(2)? })
}

fn difference(row: Row) -> Result<Difference> {
    Ok(Difference { of: row.text(0)?, kept: row.int(1)?, adds_up_to: row.int(2)? })
}

impl Tx {
    /// Adds what the blocks from `first` to `last` sealed to the totals of
    /// their accounts.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn roll_up(&mut self, council: CouncilId, first: i64, last: i64) -> Result<()> {
        self.execute(ROLL_UP, args![council, first, last]).await?;
        Ok(())
    }

    /// What an account stands at now, debits less credits: one kept figure and
    /// what is not sealed yet. `verify` compares it with the sum of its postings.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn balance_now(&mut self, council: CouncilId, account: &Account) -> Result<Pence> {
        self.one(BALANCE_NOW, args![council, account, EVER], |row| row.pence(0)).await
    }

    /// Every account's two sums through an accounting day, from kept figures.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn balances_through(
        &mut self,
        council: CouncilId,
        day: NaiveDate,
    ) -> Result<Vec<Balances>> {
        let (month, year) = ends(day);
        self.all(BALANCES_THROUGH, args![council, day, month, year], balances).await
    }

    /// The newest postings on an account before a day and entry, the newest first.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn postings_of(
        &mut self,
        council: CouncilId,
        account: &Account,
        before: Option<(NaiveDate, EntryId)>,
        limit: i64,
    ) -> Result<Vec<PostingView>> {
        let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default();
        let (day, entry) = before.unwrap_or((last, EntryId::new(uuid::Uuid::max())));
        self.all(POSTINGS_OF, args![council, account, day, entry, limit], posting).await
    }

    /// Kept totals that are not what the sealed postings add up to.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn totals_that_differ(&mut self, council: CouncilId) -> Result<Vec<Difference>> {
        let mut found = self.all(DAYS_KEPT_OTHERWISE, args![council], difference).await?;
        found.extend(self.all(SPANS_KEPT_OTHERWISE, args![council], difference).await?);
        Ok(found)
    }
}
