//! The fifteen-column receipt file of LocalGov IMS.

use std::io::BufRead;

use ims_ledger::IncomingReceipt;

use crate::{
    Confidence, Format, Head, Record, Verdict,
    amounts::{clipped, pence},
    dates,
    out::Out,
    rows::{Row, Rows, first_rows, plain_name},
    verdict::Faults,
};

/// The columns in their order. There need be no header.
const COLUMNS: [&str; 15] = [
    "Reference",
    "InternalReference",
    "PspReference",
    "OfficeCode",
    "EntryDate",
    "TransactionDate",
    "AccountReference",
    "UserCode",
    "FundCode",
    "MopCode",
    "Amount",
    "VatCode",
    "VatRate",
    "VatAmount",
    "Narrative",
];

/// See `docs/formats/receipts-csv.md`.
pub(crate) struct ReceiptsCsv;

impl Format for ReceiptsCsv {
    fn name(&self) -> &'static str {
        "receipts-csv"
    }

    fn title(&self) -> &'static str {
        "Receipts, the 15 columns of LocalGov IMS (CSV)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/receipts-csv.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let rows = first_rows(head.bytes, 5);
        if rows.iter().any(|row| is_header(row) || receipt(row).is_ok()) {
            Confidence::Sure
        } else if rows.iter().any(|row| row.len() == COLUMNS.len() && dates::uk(row.get(5)).is_ok())
        {
            Confidence::Maybe
        } else {
            Confidence::No
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut rows = Rows::new(input);
        let mut out = Out::new(sink);
        let mut faults = Faults::default();
        let mut first = true;
        while let Some(row) = rows.next() {
            if !(std::mem::take(&mut first) && is_header(row)) {
                match receipt(row) {
                    Ok(receipt) => out.give(Record::Receipt(receipt)),
                    Err(message) => faults.error(row.line, message),
                }
            }
        }
        rows.finish(&mut faults);
        if out.count() == 0 {
            faults.error(None, "there is no receipt in the file");
        }
        let totals = out.totals();
        faults.verdict(None, totals)
    }
}

fn is_header(row: &Row) -> bool {
    row.len() == COLUMNS.len()
        && row.iter().zip(COLUMNS).all(|(held, name)| plain_name(held) == plain_name(name))
}

fn receipt(row: &Row) -> Result<IncomingReceipt, String> {
    if row.len() != COLUMNS.len() {
        return Err(format!(
            "{} columns; a receipt has {}: {}",
            row.len(),
            COLUMNS.len(),
            COLUMNS.join(", ")
        ));
    }
    let in_column = |name: &'static str| move |message| format!("{name}: {message}");
    let text = |column: usize| {
        let text = row.get(column);
        (!text.is_empty()).then(|| text.to_owned())
    };
    if !row.get(4).is_empty() {
        dates::uk(row.get(4)).map_err(in_column("EntryDate"))?;
    }
    whole_number(row.get(7)).map_err(in_column("UserCode"))?;
    rate(row.get(12)).map_err(in_column("VatRate"))?;
    let amount = pence(row.get(10)).map_err(in_column("Amount"))?;
    let vat = match row.get(13) {
        "" => None,
        vat => Some(pence(vat).map_err(in_column("VatAmount"))?),
    };
    if let Some(vat) = vat {
        let more = match (vat.checked_abs(), amount.checked_abs()) {
            (Some(vat), Some(amount)) => vat > amount,
            _ => true,
        };
        if more || (vat.is_negative() != amount.is_negative() && !vat.is_zero()) {
            return Err(format!("VatAmount: {vat} cannot be part of an amount of {amount}"));
        }
    }
    Ok(IncomingReceipt {
        line: row.line,
        date: dates::uk(row.get(5)).map_err(in_column("TransactionDate"))?,
        amount,
        reference: row.get(6).to_owned(),
        fund: text(8),
        method: text(9),
        office: text(3),
        vat_code: text(11),
        vat,
        narrative: text(14),
        source_ref: text(2).or_else(|| text(0)),
        batch: text(1),
    })
}

fn whole_number(text: &str) -> Result<(), String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(format!("`{}` is not a whole number", clipped(text)))
    }
}

/// A rate is checked, not used: the VAT is taken from the file.
fn rate(text: &str) -> Result<(), String> {
    let plain = text.strip_suffix('%').unwrap_or(text);
    if text.is_empty() || crate::amounts::unsigned(plain, b'.', 0).is_some() {
        Ok(())
    } else {
        Err(format!("`{}` is not a rate; 0.2 would be", clipped(text)))
    }
}
