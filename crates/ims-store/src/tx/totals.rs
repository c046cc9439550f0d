//! What accounts stand at, from what the sealer rolled up and the little that is
//! not sealed yet.

use chrono::NaiveDate;
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

// What was sealed, or was not yet, is little beside all postings: a CROSS JOIN has
// SQLite begin there, which it would not guess. To PostgreSQL it is any join.
statements! {
    ROLL_UP_DAYS = Sql::both(
        "INSERT INTO account_day (council_id, account, accounting_day, debit_pence, credit_pence, debits, credits)
         SELECT p.council_id, p.account, p.accounting_day,
            CAST(SUM(CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END) AS BIGINT),
            CAST(SUM(CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END) AS BIGINT),
            SUM(CASE p.side WHEN 'debit' THEN 1 ELSE 0 END), SUM(CASE p.side WHEN 'credit' THEN 1 ELSE 0 END)
         FROM block_item b CROSS JOIN posting p
         WHERE b.council_id = $1 AND b.number BETWEEN $2 AND $3 AND p.council_id = b.council_id AND p.entry_id = b.item_id
         GROUP BY p.council_id, p.account, p.accounting_day ORDER BY p.account, p.accounting_day
         ON CONFLICT (council_id, account, accounting_day) DO UPDATE SET
            debit_pence = account_day.debit_pence + excluded.debit_pence,
            credit_pence = account_day.credit_pence + excluded.credit_pence,
            debits = account_day.debits + excluded.debits, credits = account_day.credits + excluded.credits");
    ROLL_UP_TOTALS = Sql::both(
        "INSERT INTO account_total (council_id, account, debit_pence, credit_pence)
         SELECT p.council_id, p.account,
            CAST(SUM(CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END) AS BIGINT),
            CAST(SUM(CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END) AS BIGINT)
         FROM block_item b CROSS JOIN posting p
         WHERE b.council_id = $1 AND b.number BETWEEN $2 AND $3 AND p.council_id = b.council_id AND p.entry_id = b.item_id
         GROUP BY p.council_id, p.account ORDER BY p.account
         ON CONFLICT (council_id, account) DO UPDATE SET
            debit_pence = account_total.debit_pence + excluded.debit_pence,
            credit_pence = account_total.credit_pence + excluded.credit_pence");
    BALANCE_NOW = Sql::both(
        "SELECT CAST(COALESCE(SUM(x.pence), 0) AS BIGINT) FROM (
            SELECT t.debit_pence - t.credit_pence AS pence FROM account_total t WHERE t.council_id = $1 AND t.account = $2
            UNION ALL
            SELECT CASE p.side WHEN 'debit' THEN p.amount_pence ELSE -p.amount_pence END AS pence
            FROM unsealed u CROSS JOIN posting p
            WHERE u.council_id = $1 AND u.item_kind = 'entry' AND p.council_id = u.council_id AND p.entry_id = u.item_id AND p.account = $2) x");
    BALANCES_THROUGH = Sql::both(
        "SELECT x.account, CAST(SUM(x.debit) AS BIGINT), CAST(SUM(x.credit) AS BIGINT) FROM (
            SELECT d.account AS account, d.debit_pence AS debit, d.credit_pence AS credit FROM account_day d
            WHERE d.council_id = $1 AND d.accounting_day <= $2
            UNION ALL
            SELECT p.account, CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END, CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END
            FROM unsealed u CROSS JOIN posting p
            WHERE u.council_id = $1 AND u.item_kind = 'entry' AND p.council_id = u.council_id AND p.entry_id = u.item_id AND p.accounting_day <= $2) x
         GROUP BY x.account ORDER BY x.account");
    BALANCES_NOW = Sql::both(
        "SELECT x.account, CAST(SUM(x.debit) AS BIGINT), CAST(SUM(x.credit) AS BIGINT) FROM (
            SELECT t.account AS account, t.debit_pence AS debit, t.credit_pence AS credit FROM account_total t WHERE t.council_id = $1
            UNION ALL
            SELECT p.account, CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END, CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END
            FROM unsealed u CROSS JOIN posting p
            WHERE u.council_id = $1 AND u.item_kind = 'entry' AND p.council_id = u.council_id AND p.entry_id = u.item_id) x
         GROUP BY x.account ORDER BY x.account");
    POSTINGS_OF = Sql::both(
        "SELECT p.entry_id, p.accounting_day, e.happened_on, e.kind, e.about, p.side, p.amount_pence FROM posting p
         JOIN entry e ON e.council_id = p.council_id AND e.entry_id = p.entry_id
         WHERE p.council_id = $1 AND p.account = $2 AND (p.accounting_day, p.entry_id) < ($3, $4)
         ORDER BY p.accounting_day DESC, p.entry_id DESC LIMIT $5");
    DAYS_KEPT_OTHERWISE = Sql::both(
        "SELECT x.account || ' on ' || CAST(x.accounting_day AS TEXT), CAST(SUM(x.kept) AS BIGINT), CAST(SUM(x.adds) AS BIGINT) FROM (
            SELECT d.account AS account, d.accounting_day AS accounting_day, d.debit_pence AS kept, 0 AS adds,
                d.credit_pence AS kept_credit, 0 AS adds_credit, d.debits + d.credits AS kept_count, 0 AS adds_count
            FROM account_day d WHERE d.council_id = $1
            UNION ALL
            SELECT p.account, p.accounting_day, 0, CASE p.side WHEN 'debit' THEN p.amount_pence ELSE 0 END,
                0, CASE p.side WHEN 'credit' THEN p.amount_pence ELSE 0 END, 0, 1
            FROM posting p WHERE p.council_id = $1
                AND NOT EXISTS (SELECT 1 FROM unsealed u WHERE u.council_id = p.council_id AND u.item_id = p.entry_id)) x
         GROUP BY x.account, x.accounting_day
         HAVING SUM(x.kept) <> SUM(x.adds) OR SUM(x.kept_credit) <> SUM(x.adds_credit) OR SUM(x.kept_count) <> SUM(x.adds_count)
         ORDER BY x.account, x.accounting_day");
    TOTALS_KEPT_OTHERWISE = Sql::both(
        "SELECT x.account, CAST(SUM(x.kept) AS BIGINT), CAST(SUM(x.adds) AS BIGINT) FROM (
            SELECT t.account AS account, t.debit_pence AS kept, 0 AS adds, t.credit_pence AS kept_credit, 0 AS adds_credit
            FROM account_total t WHERE t.council_id = $1
            UNION ALL
            SELECT d.account, 0, d.debit_pence, 0, d.credit_pence FROM account_day d WHERE d.council_id = $1) x
         GROUP BY x.account HAVING SUM(x.kept) <> SUM(x.adds) OR SUM(x.kept_credit) <> SUM(x.adds_credit) ORDER BY x.account");
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
        self.execute(ROLL_UP_DAYS, args![council, first, last]).await?;
        self.execute(ROLL_UP_TOTALS, args![council, first, last]).await?;
        Ok(())
    }

    /// What an account stands at now, debits less credits: one kept figure and
    /// what is not sealed yet. `verify` compares it with the sum of its postings.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn balance_now(&mut self, council: CouncilId, account: &Account) -> Result<Pence> {
        self.one(BALANCE_NOW, args![council, account], |row| row.pence(0)).await
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
        self.all(BALANCES_THROUGH, args![council, day], balances).await
    }

    /// Every account's two sums now, from kept figures.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn balances_now(&mut self, council: CouncilId) -> Result<Vec<Balances>> {
        self.all(BALANCES_NOW, args![council], balances).await
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
        found.extend(self.all(TOTALS_KEPT_OTHERWISE, args![council], difference).await?);
        Ok(found)
    }
}
