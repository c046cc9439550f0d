use super::{BankRow, UkBank, Width, day, money};
use crate::rows::Row;

/// See `docs/formats/hsbc-csv.md`.
pub(crate) static HSBC: UkBank = UkBank {
    name: "hsbc-csv",
    title: "HSBC transactions (CSV without header)",
    page: "docs/formats/hsbc-csv.md",
    shape: "dd/mm/yyyy,description,amount",
    header: &[],
    other: &[],
    row,
    width: Width::AsHeader,
};

fn row<'r>(row: &'r Row, _: &[usize]) -> Result<BankRow<'r>, String> {
    if row.len() != 3 {
        return Err(format!(
            "{} columns; a row has three: dd/mm/yyyy,description,amount",
            row.len()
        ));
    }
    Ok(BankRow {
        date: day("date", row.get(0))?,
        account: ("", ""),
        amount: money("amount", row.get(2))?,
        balance: None,
        narrative: row.get(1).into(),
        ..BankRow::default()
    })
}
