use super::{BankRow, UkBank, Width, day, field, money};
use crate::{amounts::clipped, rows::Row};
use ims_money::Amount;

/// How many columns the newer header is looked for.
const NEW_COLUMNS: usize = 9;

/// See `docs/formats/monzo-csv.md`.
pub(crate) static MONZO: UkBank = UkBank {
    name: "monzo-csv",
    title: "Monzo transactions (CSV)",
    page: "docs/formats/monzo-csv.md",
    shape: "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,…",
    header: &[
        "transactionid",
        "date",
        "type",
        "name",
        "amount",
        "currency",
        "?notesandtags|notes",
        "?description",
        "?balance",
    ],
    // As it was until 2018.
    other: &[
        "id",
        "created",
        "?type",
        "?name",
        "amount",
        "currency",
        "?notes",
        "description",
        "?balance",
        "localamount",
        "localcurrency",
    ],
    row,
    width: Width::AsHeader,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    let name = field(row, columns, 3);
    let texts = [name, field(row, columns, 6), field(row, columns, 7)];
    let mut narrative = String::new();
    for text in texts {
        if !text.is_empty() && !narrative.contains(text) {
            if !narrative.is_empty() {
                narrative.push(' ');
            }
            narrative.push_str(text);
        }
    }
    Ok(BankRow {
        date: day("Date", field(row, columns, 1))?,
        currency: field(row, columns, 5),
        amount: pounds(field(row, columns, 4), columns.len())?,
        balance: match field(row, columns, 8) {
            "" => None,
            balance => Some(money("Balance", balance)?),
        },
        code: field(row, columns, 2),
        bank_reference: field(row, columns, 0),
        counterparty: name,
        narrative: narrative.into(),
        ..BankRow::default()
    })
}

/// The older file's amounts are of pounds and pence; one without a point could be pence.
fn pounds(text: &str, columns: usize) -> Result<Amount, String> {
    if columns > NEW_COLUMNS && !text.contains('.') {
        return Err(format!(
            "amount: `{}` may be pounds or pence; 12.00 would be certain",
            clipped(text)
        ));
    }
    money("Amount", text)
}
