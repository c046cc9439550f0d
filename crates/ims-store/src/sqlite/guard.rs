//! Whether what rows were made by is still so. Nobody else writes meanwhile.

use rusqlite::Connection;

use super::values;
use crate::{
    Result, StoreError,
    arg::{Arg, args},
    guard::Guard,
    tx::days,
};

const CONFIGURATION: &str = "SELECT version FROM configuration
    WHERE council_id = $1 AND from_day <= $2 ORDER BY from_day DESC, version DESC LIMIT 1";
const REDIRECTED: &str = "SELECT 1 FROM redirect WHERE council_id = $1 AND reference = $2 LIMIT 1";
const ACCOUNT: &str = "SELECT COALESCE(stop, '') = '' FROM account_holder
    WHERE council_id = $1 AND fund = $2 AND reference = $3";

/// Refuses when anything of it is not so any more.
pub(super) fn holds(connection: &Connection, guard: &Guard) -> Result<()> {
    if is_so(connection, guard)? { Ok(()) } else { Err(StoreError::Overtaken) }
}

fn is_so(connection: &Connection, guard: &Guard) -> Result<bool> {
    for (council, day) in &guard.days {
        let closed: Option<Option<String>> =
            first(connection, days::closed_through().sqlite, args![*council])?;
        if closed.flatten() != day.map(|day| day.to_string()) {
            return Ok(false);
        }
    }
    for (council, day, version) in &guard.configurations {
        let in_force: Option<i64> = first(connection, CONFIGURATION, args![*council, *day])?;
        if in_force != Some(*version) {
            return Ok(false);
        }
    }
    for (council, reference) in &guard.references {
        if first::<i64>(connection, REDIRECTED, args![*council, reference])?.is_some() {
            return Ok(false);
        }
    }
    for account in &guard.accounts {
        let args = args![account.council, &account.fund, &account.reference];
        let is_free: Option<bool> = first(connection, ACCOUNT, args)?;
        if !is_free.unwrap_or(!account.must_exist) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first column of the first row, if there is one.
fn first<T: rusqlite::types::FromSql>(
    connection: &Connection,
    sql: &str,
    args: &[Arg],
) -> Result<Option<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    values::bind(&mut statement, args)?;
    let mut rows = statement.raw_query();
    Ok(match rows.next()? {
        Some(row) => Some(row.get(0)?),
        None => None,
    })
}
