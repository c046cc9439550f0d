use ims_money::Amount;

use super::{BankRow, UkBank, day, field, given, money};
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
    row,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    Ok(BankRow {
        date: day("Transaction Date", field(row, columns, 0))?,
        account: (field(row, columns, 2), field(row, columns, 3)),
        amount: amount(field(row, columns, 5), field(row, columns, 6))?,
        balance: match field(row, columns, 7) {
            "" => None,
            balance => Some(money("Balance", balance)?),
        },
        code: given(field(row, columns, 1)),
        narrative: field(row, columns, 4).to_owned(),
    })
}

/// Both columns hold positive amounts, and one of them is blank.
fn amount(debit: &str, credit: &str) -> Result<Amount, String> {
    let positive = |name: &str, text: &str| {
        let amount = money(name, text)?;
        if amount.is_negative() {
            return Err(format!("{name}: {amount} is negative; the column says the direction"));
        }
        Ok(amount)
    };
    match (debit, credit) {
        ("", "") => Err("neither Debit Amount nor Credit Amount; a row has one".to_owned()),
        (debit, "") => Ok(positive("Debit Amount", debit)?.negated()),
        ("", credit) => positive("Credit Amount", credit),
        (debit, credit) => {
            let debit = positive("Debit Amount", debit)?;
            let credit = positive("Credit Amount", credit)?;
            if !debit.is_zero() && !credit.is_zero() {
                return Err("both Debit Amount and Credit Amount; a row has one".to_owned());
            }
            if debit.is_zero() { Ok(credit) } else { Ok(debit.negated()) }
        }
    }
}
