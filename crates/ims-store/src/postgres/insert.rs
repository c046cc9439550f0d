//! Rows into statements.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Postgres, postgres::PgArguments, query::Query};
use uuid::Uuid;

use crate::batch::{Batch, Column};

pub(super) type Bound<'q> = Query<'q, Postgres, PgArguments>;

/// One insert into a table: the rows of one batch, or of several that have the
/// same columns.
#[derive(Debug)]
pub(super) struct Insert<'a> {
    parts: Vec<&'a Batch>,
    rows: usize,
}

/// How the rows of an insert are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Each value in its own place: the quickest for the few rows of a payment,
    /// another statement for every number of rows.
    Values,
    /// An array a column, whatever the number of rows.
    Arrays,
}

/// The inserts for all of `batches`, a table with the same columns once.
pub(super) fn joined<'a>(batches: impl Iterator<Item = &'a Batch>) -> Vec<Insert<'a>> {
    let mut inserts: Vec<Insert<'a>> = Vec::new();
    for batch in batches {
        match inserts.iter_mut().find(|insert| insert.takes(batch)) {
            Some(insert) => {
                insert.rows = insert.rows.saturating_add(batch.rows);
                insert.parts.push(batch);
            }
            None => inserts.push(Insert { rows: batch.rows, parts: vec![batch] }),
        }
    }
    inserts
}

impl<'a> Insert<'a> {
    fn takes(&self, batch: &Batch) -> bool {
        let same = |first: &&Batch| {
            let names = first.columns.iter().map(|(name, _)| name);
            first.table == batch.table && names.eq(batch.columns.iter().map(|(name, _)| name))
        };
        self.parts.first().is_some_and(same)
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Writes the statement, its placeholders counted on from `number`; its rows
    /// once for each row of `from`, if that is given.
    pub(super) fn write(
        &self,
        sql: &mut String,
        form: Form,
        from: Option<&str>,
        number: &mut usize,
    ) {
        let Some(first) = self.parts.first() else { return };
        let mut names = String::new();
        for (name, _) in &first.columns {
            let comma = if names.is_empty() { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(names, "{comma}{name}");
        }
        let _ = write!(sql, "INSERT INTO {} ({names}) ", first.table);
        match form {
            Form::Values => {
                if let Some(from) = from {
                    let _ = write!(sql, "SELECT v.* FROM {from}, (");
                }
                self.write_values(sql, first, number);
                if from.is_some() {
                    sql.push_str(") v");
                }
            }
            Form::Arrays => {
                for (at, (_, column)) in first.columns.iter().enumerate() {
                    *number = number.saturating_add(1);
                    let before = if at == 0 { "SELECT" } else { "," };
                    // In the list of the SELECT the arrays go side by side, row by
                    // row; in its FROM each would be laid aside whole first.
                    let _ = write!(sql, "{before} UNNEST(${number}::{}[])", kind(column));
                }
                if let Some(from) = from {
                    let _ = write!(sql, " FROM {from}");
                }
            }
        }
    }

    fn write_values(&self, sql: &mut String, first: &Batch, number: &mut usize) {
        for row in 0..self.rows {
            sql.push_str(if row == 0 { "VALUES (" } else { ", (" });
            for (at, (_, column)) in first.columns.iter().enumerate() {
                *number = number.saturating_add(1);
                let comma = if at == 0 { "" } else { ", " };
                let _ = write!(sql, "{comma}${number}::{}", kind(column));
            }
            sql.push(')');
        }
    }

    /// Binds every row.
    pub(super) fn bind(&self, query: Bound<'a>, form: Form) -> Bound<'a> {
        match form {
            Form::Values => self.parts.iter().fold(query, |query, part| bind_cells(query, part)),
            Form::Arrays => self.bind_range(query, 0, usize::MAX),
        }
    }

    /// Binds an array a column: the rows from `from` to `to` of each part.
    pub(super) fn bind_range(&self, mut query: Bound<'a>, from: usize, to: usize) -> Bound<'a> {
        let columns = self.parts.first().map_or(0, |first| first.columns.len());
        for at in 0..columns {
            let parts = self.parts.iter().filter_map(|part| part.columns.get(at)).map(|(_, it)| it);
            query = bind_column(query, parts.collect(), from, to);
        }
        query
    }
}

const fn kind(column: &Column) -> &'static str {
    match column {
        Column::Int(_) => "bigint",
        Column::Text(_) => "text",
        Column::Uuid(_) => "uuid",
        Column::Day(_) => "date",
        Column::Time(_) => "timestamptz",
        Column::Bytes(_) => "bytea",
    }
}

/// The cells of a column, from `from` to `to`, of all parts.
macro_rules! cells {
    ($parts:ident, $kind:ident, $from:ident, $to:ident, |$value:ident| $shown:expr) => {{
        let mut cells = Vec::new();
        for part in $parts {
            if let Column::$kind(values) = part {
                let values = values.get($from..values.len().min($to)).unwrap_or_default();
                cells.extend(values.iter().map(|value| value.as_ref().map(|$value| $shown)));
            }
        }
        cells
    }};
}

fn bind_column<'q>(query: Bound<'q>, parts: Vec<&'q Column>, from: usize, to: usize) -> Bound<'q> {
    match parts.first() {
        Some(Column::Int(_)) => query.bind(cells!(parts, Int, from, to, |value| *value)),
        Some(Column::Text(_)) => query.bind(cells!(parts, Text, from, to, |value| value.as_str())),
        Some(Column::Uuid(_)) => query.bind(cells!(parts, Uuid, from, to, |value| *value)),
        Some(Column::Day(_)) => query.bind(cells!(parts, Day, from, to, |value| *value)),
        Some(Column::Time(_)) => query.bind(cells!(parts, Time, from, to, |value| *value)),
        Some(Column::Bytes(_)) => {
            query.bind(cells!(parts, Bytes, from, to, |value| value.as_slice()))
        }
        None => query,
    }
}

fn bind_cells<'q>(mut query: Bound<'q>, part: &'q Batch) -> Bound<'q> {
    fn of<T>(values: &[Option<T>], row: usize) -> Option<&T> {
        values.get(row).and_then(Option::as_ref)
    }
    for row in 0..part.rows {
        for (_, column) in &part.columns {
            query = match column {
                Column::Int(values) => query.bind::<Option<i64>>(of(values, row).copied()),
                Column::Text(values) => query.bind(of(values, row).map(String::as_str)),
                Column::Uuid(values) => query.bind::<Option<Uuid>>(of(values, row).copied()),
                Column::Day(values) => query.bind::<Option<NaiveDate>>(of(values, row).copied()),
                Column::Time(values) => {
                    query.bind::<Option<DateTime<Utc>>>(of(values, row).copied())
                }
                Column::Bytes(values) => query.bind(of(values, row).map(Vec::as_slice)),
            };
        }
    }
    query
}
