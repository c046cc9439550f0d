use super::{BankRow, UkBank, Width, day, field, in_or_out, money};
use crate::rows::Row;

/// See `docs/formats/lloyds-csv.md`. Halifax and Bank of Scotland write the same.
pub(crate) static LLOYDS: UkBank = UkBank {
    name: "lloyds-csv",
    title: "Lloyds, Halifax and Bank of Scotland transactions (CSV)",
    page: "docs/formats/lloyds-csv.md",
    shape: "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance",
    header: &[
        "transactiondate",
        "transactiontype",
        "sortcode",
        "accountnumber",
        "transactiondescription",
        "debitamount",
        "creditamount",
        "balance",
    ],
    other: &[],
    row,
    width: Width::AsHeader,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    Ok(BankRow {
        date: day("Transaction Date", field(row, columns, 0))?,
        account: (field(row, columns, 2), field(row, columns, 3)),
        amount: in_or_out(
            ("Debit Amount", field(row, columns, 5)),
            ("Credit Amount", field(row, columns, 6)),
        )?,
        balance: match field(row, columns, 7) {
            "" => None,
            balance => Some(money("Balance", balance)?),
        },
        code: field(row, columns, 1),
        narrative: field(row, columns, 4).into(),
        ..BankRow::default()
    })
}
