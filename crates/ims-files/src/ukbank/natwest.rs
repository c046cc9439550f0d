use super::{BankRow, UkBank, Width, day, field, money};
use crate::rows::Row;

/// See `docs/formats/natwest-csv.md`. RBS and Ulster Bank write the same.
pub(crate) static NATWEST: UkBank = UkBank {
    name: "natwest-csv",
    title: "NatWest and RBS transactions, old and new (CSV)",
    page: "docs/formats/natwest-csv.md",
    shape: "Date,Type,Description,Value,Balance,Account Name,Account Number",
    header: &["date", "type", "description", "value", "balance", "accountname", "accountnumber"],
    other: &[],
    row,
    width: Width::AsHeader,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    Ok(BankRow {
        date: day("Date", field(row, columns, 0))?,
        account: ("", field(row, columns, 6)),
        amount: money("Value", field(row, columns, 3))?,
        balance: match field(row, columns, 4) {
            "" => None,
            balance => Some(money("Balance", balance)?),
        },
        code: field(row, columns, 1),
        narrative: field(row, columns, 2).into(),
        ..BankRow::default()
    })
}
