//! What SQLite's planner is told of the tables.
//!
//! It takes every first column of an index for a good key. Ours is the council,
//! which tells nothing apart where there is one; so it would read all the books
//! where a few rows were asked for, and begin a join at the wrong end. It is
//! told, once for all and whatever is in the tables, so that a statement has the
//! same plan on the first day and in the tenth year.

use rusqlite::{Connection, params};

use crate::Result;

/// Rows of a table of the books, as the planner is told.
const BOOKS: u64 = 1_000_000;
/// Rows of a table of what is open or waiting.
const OPEN: u64 = 1_000;

/// The indexes that lead with the council and that nothing was said of yet.
const UNTOLD: &str = "
    SELECT t.name, l.name, l.origin, l.\"unique\" FROM sqlite_schema t JOIN pragma_index_list(t.name) l
    WHERE t.type = 'table'
        AND (SELECT c.name FROM pragma_index_info(l.name) c WHERE c.seqno = 0) = 'council_id'
        AND NOT EXISTS (SELECT 1 FROM sqlite_stat1 s
            WHERE s.tbl = t.name AND s.idx = CASE l.origin WHEN 'pk' THEN t.name ELSE l.name END)
    ORDER BY t.name, l.name";
const COLUMNS: &str = "SELECT c.name FROM pragma_index_info(?1) c ORDER BY c.seqno";

/// Says of each index how many rows are alike in its first columns.
pub(super) fn tell(connection: &Connection) -> Result<()> {
    // Makes the table of figures, if need be.
    connection.execute_batch("ANALYZE sqlite_schema")?;
    let mut untold = connection.prepare(UNTOLD)?;
    let mut columns = connection.prepare(COLUMNS)?;
    let mut rows = untold.query([])?;
    while let Some(row) = rows.next()? {
        let (table, index): (String, String) = (row.get(0)?, row.get(1)?);
        let (origin, is_unique): (String, bool) = (row.get(2)?, row.get(3)?);
        let names = columns.query_map([&index], |row| row.get(0))?;
        let names: Vec<String> = names.collect::<std::result::Result<_, _>>()?;
        // A table without rowid is its primary key.
        let name = if origin == "pk" { &table } else { &index };
        connection.execute(
            "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?1, ?2, ?3)",
            params![table, name, figures(&table, &names, is_unique)],
        )?;
    }
    drop(rows);
    // Has this connection take notice; others do when they open.
    Ok(connection.execute_batch("ANALYZE sqlite_schema")?)
}

/// How many rows there are, and how many are alike in the first column, in the
/// first two, and so on: `1000000 1000000 20000 66 4`.
fn figures(table: &str, columns: &[String], is_unique: bool) -> String {
    let is_open = table.starts_with("open_") || matches!(table, "unsealed" | "job" | "quarantine");
    let all = if is_open { OPEN } else { BOOKS };
    let mut alike = all;
    let mut figures = all.to_string();
    for (column, at) in columns.iter().zip(1_usize..) {
        alike = match column.as_str() {
            "council_id" => alike,
            _ if is_unique && at == columns.len() => 1,
            // One file, one account, one fund, one bank: many rows.
            "import_id" | "account" | "fund" | "bank" | "channel" | "kind" | "method" => alike / 50,
            day if day.ends_with("_day") || day.ends_with("_on") => alike / 300,
            _ => alike.min(4),
        }
        .max(1);
        figures.push(' ');
        figures.push_str(&alike.to_string());
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_council_tells_nothing_apart_and_a_whole_key_tells_all() {
        let columns =
            |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let posting = columns(&["council_id", "account", "accounting_day", "entry_id"]);
        assert_eq!(figures("posting", &posting, false), "1000000 1000000 20000 66 4");
        let key = columns(&["council_id", "entry_id", "side_no"]);
        assert_eq!(figures("posting", &key, true), "1000000 1000000 4 1");
        let open = columns(&["council_id", "expected_id"]);
        assert_eq!(figures("open_expected", &open, true), "1000 1000 1");
    }
}
