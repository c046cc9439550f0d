//! The floor on PostgreSQL.

use std::{fmt::Write as _, path::Path};

use sqlx::{Connection as _, Executor as _, PgConnection};

use super::{Numbers, each_row};
use crate::Result;

const TABLES: &str = "
    CREATE TABLE txn (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reference TEXT UNIQUE NOT NULL, account_reference TEXT,
        fund_code TEXT, method TEXT, amount_pence BIGINT NOT NULL, narrative TEXT, provider_ref TEXT, entry_date TEXT NOT NULL);
    CREATE INDEX txn_account ON txn (account_reference);
    CREATE INDEX txn_date ON txn (entry_date);
    CREATE TABLE posting (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, txn_id BIGINT NOT NULL, account_id BIGINT NOT NULL, amount_pence BIGINT NOT NULL);
    CREATE INDEX posting_account ON posting (account_id);
    CREATE INDEX posting_txn ON posting (txn_id);
    CREATE TABLE balance (account_id BIGINT PRIMARY KEY, balance_pence BIGINT NOT NULL, n BIGINT NOT NULL) WITH (fillfactor = 70);";

const STAGE: &str = "CREATE TEMP TABLE stage (account_id BIGINT, fund_id BIGINT, reference TEXT, account_reference TEXT,
    fund_code TEXT, method TEXT, amount_pence BIGINT, narrative TEXT, provider_ref TEXT, entry_date TEXT) ON COMMIT DROP";

const HEADERS: &str = "CREATE TEMP TABLE made ON COMMIT DROP AS WITH t AS (
    INSERT INTO txn (reference, account_reference, fund_code, method, amount_pence, narrative, provider_ref, entry_date)
    SELECT reference, account_reference, fund_code, method, amount_pence, narrative, provider_ref, entry_date FROM stage
    RETURNING id, reference)
    SELECT t.id, s.account_id, s.fund_id, s.amount_pence FROM t JOIN stage s ON s.reference = t.reference";
const POSTINGS: &str = "INSERT INTO posting (txn_id, account_id, amount_pence)
    SELECT id, account_id, amount_pence FROM made UNION ALL SELECT id, fund_id, -amount_pence FROM made";
const ROLL_UP: &str = "INSERT INTO balance SELECT account_id, SUM(amount_pence), COUNT(*) FROM (
    SELECT account_id, amount_pence FROM made UNION ALL SELECT fund_id, -amount_pence FROM made) x GROUP BY account_id";

/// One payment in one statement.
const POST: &str = "WITH t AS (
        INSERT INTO txn (reference, account_reference, fund_code, method, amount_pence, narrative, provider_ref, entry_date)
        VALUES ($1, $2, $3, '10', $4, 'Council tax instalment', $5, '2026-04-01') RETURNING id),
    p AS (INSERT INTO posting (txn_id, account_id, amount_pence)
        SELECT id, $6, $4 FROM t UNION ALL SELECT id, $7, -$4 FROM t)
    INSERT INTO balance VALUES ($6, $4, 1), ($7, -$4, 1)
    ON CONFLICT (account_id) DO UPDATE SET balance_pence = balance.balance_pence + excluded.balance_pence, n = balance.n + 1";

/// Bytes sent to the server at a time.
const AT_ONCE: usize = 1 << 16;

/// Bare tables in a database of their own.
#[derive(Debug)]
pub(crate) struct Postgres(PgConnection);

impl Postgres {
    /// Makes the tables.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let mut books = Self::join(url).await?;
        books.0.execute(TABLES).await?;
        Ok(books)
    }

    /// Another connection to tables that are there.
    pub(crate) async fn join(url: &str) -> Result<Self> {
        Ok(Self(PgConnection::connect(url).await?))
    }

    pub(crate) async fn import(&mut self, file: &Path) -> Result<()> {
        let mut unit = self.0.begin().await?;
        unit.execute(STAGE).await?;
        let mut lots = Vec::new();
        let mut lot = String::new();
        let mut accounts = Numbers::default();
        each_row(file, &mut |id, row| {
            let (account, fund) = (accounts.of(row.account), accounts.of(row.fund));
            writeln!(
                lot,
                "{account}\t{fund}\t{}-{id}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                row.number,
                row.account,
                row.fund,
                row.method,
                row.pence,
                row.narrative,
                row.provider,
                row.day
            )?;
            if lot.len() > AT_ONCE {
                lots.push(std::mem::take(&mut lot));
            }
            Ok(())
        })?;
        lots.push(lot);
        let mut copy = unit.copy_in_raw("COPY stage FROM STDIN").await?;
        for lot in lots {
            copy.send(lot.as_bytes()).await?;
        }
        copy.finish().await?;
        for step in [HEADERS, POSTINGS, ROLL_UP] {
            unit.execute(step).await?;
        }
        Ok(unit.commit().await?)
    }

    /// How many receipts, and what all balances come to.
    pub(crate) async fn sums(&mut self) -> Result<(i64, i64)> {
        let sums = "SELECT (SELECT COUNT(*) FROM txn),
            CAST((SELECT COALESCE(SUM(balance_pence), 0) FROM balance) AS BIGINT)";
        Ok(sqlx::query_as(sums).fetch_one(&mut self.0).await?)
    }

    /// One payment, committed: one round trip.
    pub(crate) async fn post(
        &mut self,
        id: i64,
        account: i64,
        fund: i64,
        pence: i64,
    ) -> Result<()> {
        let post = sqlx::query(POST)
            .bind(format!("R{id}"))
            .bind(format!("A{account}"))
            .bind(format!("F{fund}"))
            .bind(pence)
            .bind(format!("PSP{id}"))
            .bind(account)
            .bind(fund);
        post.execute(&mut self.0).await?;
        Ok(())
    }

    /// The kept balance of an account.
    pub(crate) async fn balance(&mut self, account: i64) -> Result<i64> {
        let select = "SELECT balance_pence FROM balance WHERE account_id = $1";
        Ok(sqlx::query_scalar(select).bind(account).fetch_one(&mut self.0).await?)
    }

    /// Makes the receipts up to number `to` that are not there yet, with their
    /// postings on funds from 0 and one other account, and the balances.
    pub(crate) async fn fill(&mut self, to: i64, funds: i64) -> Result<()> {
        let from: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM txn").fetch_one(&mut self.0).await?;
        let mut unit = self.0.begin().await?;
        sqlx::query(
            "INSERT INTO txn (reference, account_reference, fund_code, method, amount_pence, narrative, provider_ref, entry_date)
             SELECT 'R' || n, 'A' || n % 10000, 'F' || n % $3, '10', n % 250000 + 100, 'x', 'P' || n, '2026-04-01'
             FROM generate_series($1 + 1, $2) n",
        )
        .bind(from)
        .bind(to)
        .bind(funds)
        .execute(&mut *unit)
        .await?;
        sqlx::query(
            "INSERT INTO posting (txn_id, account_id, amount_pence)
             SELECT n, CASE s WHEN -1 THEN n % $3 ELSE -1 END, s * (n % 250000 + 100)
             FROM generate_series($1 + 1, $2) n, (VALUES (-1), (1)) x (s)",
        )
        .bind(from)
        .bind(to)
        .bind(funds)
        .execute(&mut *unit)
        .await?;
        unit.execute("DELETE FROM balance").await?;
        unit.execute("INSERT INTO balance SELECT account_id, SUM(amount_pence), COUNT(*) FROM posting GROUP BY account_id").await?;
        unit.commit().await?;
        self.0.execute("ANALYZE").await?;
        Ok(())
    }

    /// The last hundred postings of an account.
    pub(crate) async fn page(&mut self, account: i64) -> Result<usize> {
        let rows: Vec<(i64, String, String, i64)> =
            sqlx::query_as(super::PAGE).bind(account).fetch_all(&mut self.0).await?;
        Ok(rows.len())
    }

    /// Every balance.
    pub(crate) async fn trial(&mut self) -> Result<usize> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(super::TRIAL).fetch_all(&mut self.0).await?;
        Ok(rows.len())
    }
}
