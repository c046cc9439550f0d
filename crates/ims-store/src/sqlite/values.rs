//! Values into statements and out of them.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rusqlite::{CachedStatement, Connection, Statement, types::ValueRef};

use crate::{
    Result, StoreError,
    arg::Arg,
    batch::{Batch, Column},
    row::{Cell, Row},
};

/// A time as SQLite keeps it: a text that sorts as times do.
fn time(value: DateTime<Utc>) -> String {
    value.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// Binds the arguments of a statement. SQLite counts places as they first come
/// in the text; `$2` is the second argument wherever it stands.
pub(super) fn bind(statement: &mut Statement<'_>, args: &[Arg]) -> Result<()> {
    for at in 1..=statement.parameter_count() {
        let number = statement.parameter_name(at).and_then(|name| name.get(1..)?.parse().ok());
        let number: usize = number.unwrap_or(at);
        let absent = || StoreError::Database(format!("a statement has no argument {number}"));
        match number.checked_sub(1).and_then(|number| args.get(number)).ok_or_else(absent)? {
            Arg::Int(value) => statement.raw_bind_parameter(at, value)?,
            Arg::Text(value) => statement.raw_bind_parameter(at, value)?,
            Arg::Uuid(value) => {
                statement.raw_bind_parameter(at, value.as_ref().map(|id| &id.as_bytes()[..]))?;
            }
            Arg::Day(value) => {
                statement.raw_bind_parameter(at, value.map(|day| day.to_string()))?
            }
            Arg::Time(value) => statement.raw_bind_parameter(at, value.map(time))?,
            Arg::Bytes(value) => statement.raw_bind_parameter(at, value)?,
            Arg::Bool(value) => statement.raw_bind_parameter(at, value)?,
            Arg::Texts(values) => {
                statement.raw_bind_parameter(at, serde_json::json!(values).to_string())?;
            }
            Arg::Uuids(values) => {
                let plain: Vec<_> = values.iter().map(|id| id.simple().to_string()).collect();
                statement.raw_bind_parameter(at, serde_json::json!(plain).to_string())?;
            }
        }
    }
    Ok(())
}

/// Reads the row a statement stands on.
pub(super) fn read(row: &rusqlite::Row<'_>, columns: usize) -> Result<Row> {
    let cell = |at: usize| -> Result<Cell> {
        let corrupt = |why: &str| StoreError::Corrupt { column: at, why: why.to_owned() };
        Ok(match row.get_ref(at)? {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(value) => Cell::Int(value),
            ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
            ValueRef::Text(bytes) => {
                let text = std::str::from_utf8(bytes).map_err(|_| corrupt("it is no text"))?;
                Cell::Text(text.to_owned())
            }
            ValueRef::Real(_) => return Err(corrupt("a number with a fraction is kept nowhere")),
        })
    };
    (0..columns).map(cell).collect::<Result<_>>().map(Row)
}

/// Inserts every row of a batch by one statement, prepared once.
pub(super) fn insert(connection: &Connection, batch: &Batch) -> Result<u64> {
    let places = vec!["?"; batch.columns.len()].join(",");
    let sql = format!("INSERT INTO {} ({}) VALUES ({places})", batch.table, batch.names());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut written: Vec<Written> = batch.columns.iter().map(|_| Written::default()).collect();
    for row in 0..batch.rows {
        for (((_, column), written), at) in batch.columns.iter().zip(&mut written).zip(1_usize..) {
            bind_cell(&mut statement, column, row, at, written)?;
        }
        statement.raw_execute()?;
    }
    Ok(u64::try_from(batch.rows).unwrap_or(u64::MAX))
}

/// The last day or time of a column, written out: rows that come together
/// mostly have the same.
#[derive(Default)]
struct Written {
    day: Option<(NaiveDate, String)>,
    time: Option<(DateTime<Utc>, String)>,
}

fn bind_cell(
    statement: &mut CachedStatement<'_>,
    column: &Column,
    row: usize,
    at: usize,
    written: &mut Written,
) -> Result<()> {
    fn of<T>(values: &[Option<T>], row: usize) -> Option<&T> {
        values.get(row).and_then(Option::as_ref)
    }
    match column {
        Column::Int(values) => statement.raw_bind_parameter(at, of(values, row))?,
        Column::Text(values) => statement.raw_bind_parameter(at, of(values, row))?,
        Column::Bytes(values) => statement.raw_bind_parameter(at, of(values, row))?,
        Column::Uuid(values) => {
            statement.raw_bind_parameter(at, of(values, row).map(|id| &id.as_bytes()[..]))?;
        }
        Column::Day(values) => {
            let text =
                of(values, row).map(|day| last(&mut written.day, *day, |day| day.to_string()));
            statement.raw_bind_parameter(at, text)?;
        }
        Column::Time(values) => {
            let text = of(values, row).map(|it| last(&mut written.time, *it, time));
            statement.raw_bind_parameter(at, text)?;
        }
    }
    Ok(())
}

fn last<T: PartialEq + Copy>(
    kept: &mut Option<(T, String)>,
    value: T,
    write: impl FnOnce(T) -> String,
) -> &str {
    if kept.as_ref().is_none_or(|(known, _)| *known != value) {
        *kept = None;
    }
    &kept.get_or_insert_with(|| (value, write(value))).1
}
