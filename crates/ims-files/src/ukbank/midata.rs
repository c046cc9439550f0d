use super::{BankRow, UkBank, Width, day, field, money};
use crate::rows::Row;

/// See `docs/formats/midata-csv.md`.
pub(crate) static MIDATA: UkBank = UkBank {
    name: "midata-csv",
    title: "Midata transactions of any UK bank (CSV)",
    page: "docs/formats/midata-csv.md",
    shape: "Date|Type|Merchant/Description|Debit/Credit|Balance|",
    header: &["date", "type", "merchantdescription", "debitcredit", "balance"],
    other: &[],
    row,
    width: Width::AsHeader,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    Ok(BankRow {
        date: day("Date", field(row, columns, 0))?,
        amount: money("Debit/Credit", field(row, columns, 3))?,
        balance: match field(row, columns, 4) {
            "" => None,
            balance => Some(money("Balance", balance)?),
        },
        code: field(row, columns, 1),
        narrative: field(row, columns, 2).into(),
        ..BankRow::default()
    })
}
