//! The floor: a header, two postings and a balance for each receipt, in one
//! transaction, by the barest SQL. Nothing is checked, hashed or archived.

mod postgres;
mod sqlite;

use std::{collections::HashMap, path::Path};

use serde_json::{Value, json};

use super::{child::Watch, data::Data, machine};
use crate::Result;

pub(crate) use postgres::Postgres;
pub(crate) use sqlite::Sqlite;

/// The last hundred postings of an account.
const PAGE: &str = "SELECT t.id, t.entry_date, t.reference, p.amount_pence FROM posting p
    JOIN txn t ON t.id = p.txn_id WHERE p.account_id = $1 ORDER BY p.id DESC LIMIT 100";
/// Every balance.
const TRIAL: &str = "SELECT account_id, balance_pence FROM balance ORDER BY account_id";

/// One receipt, as the floor takes it from the file.
#[derive(Clone, Debug)]
pub(crate) struct Bare<'a> {
    pub(crate) number: &'a str,
    pub(crate) account: &'a str,
    pub(crate) fund: &'a str,
    pub(crate) method: &'a str,
    pub(crate) pence: i64,
    pub(crate) narrative: &'a str,
    pub(crate) provider: &'a str,
    /// As the file writes it.
    pub(crate) day: &'a str,
}

/// Numbers for names, given as they come.
#[derive(Debug, Default)]
pub(crate) struct Numbers(HashMap<String, i64>);

impl Numbers {
    pub(crate) fn of(&mut self, name: &str) -> i64 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let number = i64::try_from(self.0.len()).unwrap_or(i64::MAX).saturating_add(1);
        self.0.insert(name.to_owned(), number);
        number
    }
}

/// Hands each receipt of a file to `each`.
pub(crate) fn each_row(
    file: &Path,
    each: &mut dyn FnMut(i64, Bare<'_>) -> Result<()>,
) -> Result<()> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(file)?;
    let (mut row, mut number) = (csv::StringRecord::new(), 0_i64);
    while reader.read_record(&mut row)? {
        number = number.saturating_add(1);
        let text = |column| row.get(column).unwrap_or_default();
        let pence = super::data::pence(text(10).as_bytes())?;
        each(
            number,
            Bare {
                number: text(0),
                account: text(6),
                fund: text(8),
                method: text(9),
                pence,
                narrative: text(14),
                provider: text(2),
                day: text(5),
            },
        )?;
    }
    Ok(())
}

/// The floor of an import, measured.
pub(crate) async fn import(url: &str, watch: &Watch, data: &Data) -> Result<Value> {
    let running = watch.start();
    let (rows, total) = if let Some(path) = url.strip_prefix("sqlite:") {
        let mut books = Sqlite::open(path)?;
        books.import(&data.receipts())?;
        books.sums()?
    } else {
        let mut books = Postgres::open(url).await?;
        books.import(&data.receipts()).await?;
        books.sums().await?
    };
    let importing = running.stop();
    if (rows, total) != (i64::try_from(data.rows)?, 0) {
        return Err(format!("the floor has {rows} receipts and stands at {total}").into());
    }
    Ok(json!({ "import": importing, "peak": machine::peak_kib() }))
}
