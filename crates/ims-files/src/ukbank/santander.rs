use super::{BankRow, UkBank, Width, day, field, in_or_out, money};
use crate::rows::Row;

/// See `docs/formats/santander-csv.md`.
pub(crate) static SANTANDER: UkBank = UkBank {
    name: "santander-csv",
    title: "Santander transactions, and other banks' with a column for each direction (CSV)",
    page: "docs/formats/santander-csv.md",
    shape: "Date,Type,Description,Money in,Money out,Balance",
    header: &[
        "date",
        "?type|transactiontype",
        "description|merchantdescription|transactiondescription",
        "moneyout|debit|moneyoutgbp",
        "moneyin|credit|moneyingbp",
        "balance|balancegbp|runningbalance",
    ],
    other: &[],
    row,
    width: Width::AsHeader,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    Ok(BankRow {
        date: day("Date", field(row, columns, 0))?,
        amount: in_or_out(
            ("Money out", field(row, columns, 3)),
            ("Money in", field(row, columns, 4)),
        )?,
        balance: match field(row, columns, 5) {
            "" => None,
            balance => Some(money("Balance", balance)?),
        },
        code: field(row, columns, 1),
        narrative: field(row, columns, 2).into(),
        ..BankRow::default()
    })
}
