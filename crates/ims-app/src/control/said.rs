//! Reading what another system says: a CSV file whose header names its columns.

use chrono::NaiveDate;
use ims_money::Pence;

use super::ControlFile;
use crate::{AppError, Result};

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) day: NaiveDate,
    pub(super) name: String,
    pub(super) amount: Pence,
}

/// Rows a file may have.
const ROWS_MAX: usize = 1_000_000;

/// How days are written.
const DAYS: [&str; 2] = ["%Y-%m-%d", "%d/%m/%Y"];

/// The ledger's file: day, account, amount.
pub(super) fn ledger(file: ControlFile<'_>, name: impl Fn(&str) -> String) -> Result<Vec<Said>> {
    let mut table = Table::open(file)?;
    let account = table.column("account")?;
    table.rows(|row| Ok(Some(name(table_cell(row, account)))))
}

/// A host system's file: day, amount, and the fund if it holds several.
pub(super) fn host(file: ControlFile<'_>, fund: &str) -> Result<Vec<Said>> {
    let mut table = Table::open(file)?;
    let column = table.column("fund").ok();
    table.rows(|row| {
        let named = column.map(|column| table_cell(row, column));
        Ok(named.is_none_or(|named| named == fund).then(|| fund.to_owned()))
    })
}

fn table_cell(row: &csv::StringRecord, column: usize) -> &str {
    row.get(column).unwrap_or_default().trim()
}

struct Table<'a> {
    file: ControlFile<'a>,
    header: csv::StringRecord,
    reader: csv::Reader<&'a [u8]>,
}

impl<'a> Table<'a> {
    fn open(file: ControlFile<'a>) -> Result<Self> {
        let bytes = file.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file.bytes);
        let mut reader =
            csv::ReaderBuilder::new().has_headers(true).flexible(true).from_reader(bytes);
        let header = reader.headers().cloned().map_err(|error| unreadable(file, 1, &error))?;
        Ok(Self { file, header, reader })
    }

    fn column(&self, name: &str) -> Result<usize> {
        let found = self.header.iter().position(|held| held.trim().eq_ignore_ascii_case(name));
        found.ok_or_else(|| bad(self.file, 1, &format!("its header names no column `{name}`")))
    }

    /// Every row that `name` gives a name.
    fn rows(
        &mut self,
        name: impl Fn(&csv::StringRecord) -> Result<Option<String>>,
    ) -> Result<Vec<Said>> {
        let (day, amount) = (self.column("day")?, self.column("amount")?);
        let mut rows = Vec::new();
        for record in self.reader.records() {
            let record = record.map_err(|error| {
                let line = error.position().map_or(1, csv::Position::line);
                unreadable(self.file, line, &error)
            })?;
            let line = record.position().map_or(1, csv::Position::line);
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if rows.len() >= ROWS_MAX {
                return Err(bad(self.file, line, &format!("it has more than {ROWS_MAX} rows")));
            }
            let text = table_cell(&record, day);
            let days = DAYS.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
            let day = days.ok_or_else(|| {
                bad(self.file, line, &format!("`{text}` is no day; 2026-04-01 would be"))
            })?;
            let amount: Pence = table_cell(&record, amount)
                .parse()
                .map_err(|error| bad(self.file, line, &format!("the amount: {error}")))?;
            match name(&record)? {
                Some(name) if name.is_empty() => {
                    return Err(bad(self.file, line, "it names no account"));
                }
                Some(name) => rows.push(Said { day, name, amount }),
                None => {}
            }
        }
        Ok(rows)
    }
}

fn bad(file: ControlFile<'_>, line: u64, what: &str) -> AppError {
    AppError::BadInput(format!("{} line {line}: {what}", file.name))
}

fn unreadable(file: ControlFile<'_>, line: u64, error: &csv::Error) -> AppError {
    bad(file, line, &format!("it does not read as CSV: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> ControlFile<'_> {
        ControlFile { name: "gl.csv", bytes: text.as_bytes() }
    }

    #[test]
    fn header_names_decide() {
        let text =
            "Amount,narrative,ACCOUNT,day\n-120.50,x,R1000,2026-04-20\n\n1.00,,R1000,21/04/2026\n";
        let rows = ledger(file(text), str::to_owned).unwrap();
        let day = |d| NaiveDate::from_ymd_opt(2026, 4, d).unwrap();
        let said =
            |d, pence| Said { day: day(d), name: "R1000".to_owned(), amount: Pence::new(pence) };
        assert_eq!(rows, [said(20, -12_050), said(21, 100)]);
        let both = "day,fund,amount\n2026-04-20,CT,1.00\n2026-04-20,PK,2.00\n";
        assert_eq!(host(file(both), "PK").unwrap()[0].amount, Pence::new(200));
        assert_eq!(host(file("day,amount\n2026-04-20,1.00\n"), "CT").unwrap().len(), 1);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, why) in [
            ("day,amount\n", "gl.csv line 1: its header names no column `account`"),
            ("account,day\n", "gl.csv line 1: its header names no column `amount`"),
            (
                "day,account,amount\n2026-04-01,a,1.00\n1 April,a,1.00\n",
                "gl.csv line 3: `1 April` is no day; 2026-04-01 would be",
            ),
            (
                "day,account,amount\n2026-04-01,a,1.005\n",
                "gl.csv line 2: the amount: `1.005` has a fraction of a penny",
            ),
            ("day,account,amount\n2026-04-01,,1.00\n", "gl.csv line 2: it names no account"),
        ] {
            assert_eq!(ledger(file(text), str::to_owned).unwrap_err().to_string(), why, "{text}");
        }
    }
}
