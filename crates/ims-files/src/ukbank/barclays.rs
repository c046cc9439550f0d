use super::{BankRow, UkBank, Width, day, field, money, squeezed};
use crate::rows::Row;

/// See `docs/formats/barclays-csv.md`.
pub(crate) static BARCLAYS: UkBank = UkBank {
    name: "barclays-csv",
    title: "Barclays transactions (CSV)",
    page: "docs/formats/barclays-csv.md",
    shape: "Number,Date,Account,Amount,Subcategory,Memo",
    header: &["date", "account", "amount", "subcategory", "memo"],
    other: &[],
    row,
    width: Width::LastIsText,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    // A comma in the memo is not always quoted; the memo is the last column.
    let memo_at = columns.last().copied().unwrap_or_default();
    let memo = match row.len().saturating_sub(memo_at) {
        0 | 1 => squeezed(row.get(memo_at)),
        _ => {
            let parts: Vec<&str> = (memo_at..row.len()).map(|column| row.get(column)).collect();
            squeezed(&parts.join(",")).into_owned().into()
        }
    };
    Ok(BankRow {
        date: day("Date", field(row, columns, 0))?,
        account: ("", field(row, columns, 1)),
        amount: money("Amount", field(row, columns, 2))?,
        balance: None,
        code: field(row, columns, 3),
        narrative: memo,
        ..BankRow::default()
    })
}
