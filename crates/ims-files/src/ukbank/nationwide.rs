use super::{BankRow, UkBank, Width, day, field, in_or_out, money};
use crate::rows::Row;

/// See `docs/formats/nationwide-csv.md`.
pub(crate) static NATIONWIDE: UkBank = UkBank {
    name: "nationwide-csv",
    title: "Nationwide transactions (CSV)",
    page: "docs/formats/nationwide-csv.md",
    shape: "\"Date\",\"Transaction type\",\"Description\",\"Paid out\",\"Paid in\",\"Balance\"",
    header: &[
        "date",
        "transactiontype|transactions",
        "?description",
        "paidout",
        "paidin",
        "balance",
    ],
    other: &[],
    row,
    width: Width::AsHeader,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    let (kind, text) = (field(row, columns, 1), field(row, columns, 2));
    Ok(BankRow {
        date: day("Date", field(row, columns, 0))?,
        amount: in_or_out(
            ("Paid out", field(row, columns, 3)),
            ("Paid in", field(row, columns, 4)),
        )?,
        balance: match field(row, columns, 5) {
            "" => None,
            balance => Some(money("Balance", balance)?),
        },
        code: kind,
        narrative: if text.is_empty() { kind.into() } else { text.into() },
        ..BankRow::default()
    })
}
