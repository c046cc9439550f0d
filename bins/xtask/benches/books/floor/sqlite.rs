//! The floor on SQLite.

use std::path::Path;

use rusqlite::{Connection, params};

use super::{Numbers, each_row};
use crate::Result;

const TABLES: &str = "
    CREATE TABLE txn (id INTEGER PRIMARY KEY, reference TEXT UNIQUE NOT NULL, account_reference TEXT,
        fund_code TEXT, method TEXT, amount_pence INTEGER NOT NULL, narrative TEXT, provider_ref TEXT, entry_date TEXT NOT NULL);
    CREATE INDEX txn_account ON txn (account_reference);
    CREATE INDEX txn_date ON txn (entry_date);
    CREATE TABLE posting (id INTEGER PRIMARY KEY, txn_id INTEGER NOT NULL, account_id INTEGER NOT NULL, amount_pence INTEGER NOT NULL);
    CREATE INDEX posting_account ON posting (account_id);
    CREATE INDEX posting_txn ON posting (txn_id);
    CREATE TABLE balance (account_id INTEGER PRIMARY KEY, balance_pence INTEGER NOT NULL, n INTEGER NOT NULL);";

const HEADER: &str = "INSERT INTO txn VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
const POSTING: &str = "INSERT INTO posting (txn_id, account_id, amount_pence) VALUES (?1, ?2, ?3)";
const ROLL_UP: &str = "INSERT INTO balance SELECT account_id, SUM(amount_pence), COUNT(*) FROM posting GROUP BY account_id";
const POST_BALANCE: &str = "INSERT INTO balance VALUES (?1, ?2, 1)
    ON CONFLICT (account_id) DO UPDATE SET balance_pence = balance_pence + excluded.balance_pence, n = n + 1";

/// Bare tables in a file of their own.
#[derive(Debug)]
pub(crate) struct Sqlite(Connection);

impl Sqlite {
    pub(crate) fn open(path: &str) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        // As ours has it.
        connection.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 8192;",
        )?;
        connection.execute_batch(TABLES)?;
        Ok(Self(connection))
    }

    pub(crate) fn import(&mut self, file: &Path) -> Result<()> {
        let unit = self.0.transaction()?;
        let mut accounts = Numbers::default();
        {
            let mut header = unit.prepare(HEADER)?;
            let mut posting = unit.prepare(POSTING)?;
            each_row(file, &mut |id, row| {
                header.execute(params![
                    id,
                    format!("{}-{id}", row.number),
                    row.account,
                    row.fund,
                    row.method,
                    row.pence,
                    row.narrative,
                    row.provider,
                    row.day
                ])?;
                posting.execute(params![id, accounts.of(row.account), row.pence])?;
                posting.execute(params![id, accounts.of(row.fund), row.pence.saturating_neg()])?;
                Ok(())
            })?;
        }
        unit.execute(ROLL_UP, [])?;
        Ok(unit.commit()?)
    }

    /// How many receipts, and what all balances come to.
    pub(crate) fn sums(&self) -> Result<(i64, i64)> {
        let rows = self.0.query_row("SELECT COUNT(*) FROM txn", [], |row| row.get(0))?;
        let sum = "SELECT COALESCE(SUM(balance_pence), 0) FROM balance";
        Ok((rows, self.0.query_row(sum, [], |row| row.get(0))?))
    }

    /// One payment, committed.
    pub(crate) fn post(&mut self, id: i64, account: i64, fund: i64, pence: i64) -> Result<()> {
        self.post_all([(id, account, fund, pence)])
    }

    /// Payments (id, account, fund, pence), committed together.
    pub(crate) fn post_all(
        &mut self,
        payments: impl IntoIterator<Item = (i64, i64, i64, i64)>,
    ) -> Result<()> {
        let unit = self.0.transaction()?;
        for (id, account, fund, pence) in payments {
            unit.prepare_cached(HEADER)?.execute(params![
                id,
                format!("R{id}"),
                format!("A{account}"),
                format!("F{fund}"),
                "10",
                pence,
                "Council tax instalment",
                format!("PSP{id}"),
                "2026-04-01"
            ])?;
            for (account, pence) in [(account, pence), (fund, pence.saturating_neg())] {
                unit.prepare_cached(POSTING)?.execute(params![id, account, pence])?;
                unit.prepare_cached(POST_BALANCE)?.execute(params![account, pence])?;
            }
        }
        Ok(unit.commit()?)
    }

    /// The kept balance of an account.
    pub(crate) fn balance(&self, account: i64) -> Result<i64> {
        let mut select =
            self.0.prepare_cached("SELECT balance_pence FROM balance WHERE account_id = ?1")?;
        Ok(select.query_row([account], |row| row.get(0))?)
    }

    /// Makes the receipts up to number `to` that are not there yet, with their
    /// postings on funds from 0 and one other account, and the balances.
    pub(crate) fn fill(&mut self, to: i64, funds: i64) -> Result<()> {
        let unit = self.0.transaction()?;
        let from: i64 =
            unit.query_row("SELECT COALESCE(MAX(id), 0) FROM txn", [], |row| row.get(0))?;
        let numbers =
            "WITH RECURSIVE g (n) AS (SELECT ?1 + 1 UNION ALL SELECT n + 1 FROM g WHERE n < ?2)";
        unit.execute(
            &format!("{numbers} INSERT INTO txn SELECT n, 'R' || n, 'A' || n % 10000, 'F' || n % ?3, '10', n % 250000 + 100, 'x', 'P' || n, '2026-04-01' FROM g"),
            params![from, to, funds],
        )?;
        for (account, sign) in [("n % ?3", -1), ("-1", 1)] {
            unit.execute(
                &format!("{numbers} INSERT INTO posting (txn_id, account_id, amount_pence) SELECT n, {account}, ?4 * (n % 250000 + 100) + ?3 - ?3 FROM g"),
                params![from, to, funds, sign],
            )?;
        }
        unit.execute("DELETE FROM balance", [])?;
        unit.execute(ROLL_UP, [])?;
        Ok(unit.commit()?)
    }

    /// The last hundred postings of an account.
    pub(crate) fn page(&self, account: i64) -> Result<usize> {
        let mut select = self.0.prepare_cached(super::PAGE)?;
        let rows = select.query_map([account], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, i64>(3)?,
            ))
        })?;
        Ok(rows.collect::<std::result::Result<Vec<_>, _>>()?.len())
    }

    /// Every balance.
    pub(crate) fn trial(&self) -> Result<usize> {
        let mut select = self.0.prepare_cached(super::TRIAL)?;
        let rows =
            select.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        Ok(rows.collect::<std::result::Result<Vec<_>, _>>()?.len())
    }
}
