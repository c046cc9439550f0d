use super::{BankRow, UkBank, Width, day, field, money};
use crate::rows::Row;

/// See `docs/formats/starling-csv.md`.
pub(crate) static STARLING: UkBank = UkBank {
    name: "starling-csv",
    title: "Starling transactions (CSV)",
    page: "docs/formats/starling-csv.md",
    shape: "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),…",
    header: &["date", "counterparty", "reference", "type", "amount*", "balance*"],
    other: &[],
    row,
    width: Width::AsHeader,
};

fn row<'r>(row: &'r Row, columns: &[usize]) -> Result<BankRow<'r>, String> {
    let (party, reference) = (field(row, columns, 1), field(row, columns, 2));
    Ok(BankRow {
        date: day("Date", field(row, columns, 0))?,
        amount: money("Amount", field(row, columns, 4))?,
        balance: match field(row, columns, 5) {
            "" => None,
            balance => Some(money("Balance", balance)?),
        },
        code: field(row, columns, 3),
        reference,
        counterparty: party,
        narrative: match reference {
            "" => party.into(),
            _ => format!("{party} {reference}").into(),
        },
        ..BankRow::default()
    })
}
