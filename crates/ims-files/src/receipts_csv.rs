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

#[cfg(test)]
mod tests {
    use super::*;

    /// One row that reads, and in its columns what else does and what does not.
    #[test]
    fn each_column_is_read_or_named() {
        let good = "R1,I1,P1,S,01/04/2026,02/04/2026,80012345,1,CT,90,12.00,S,0.2,2.00,Council tax";
        for (column, reads, faults) in [
            (0, vec!["", "x"], vec![]),
            (1, vec!["", "x"], vec![]),
            (2, vec!["", "x"], vec![]),
            (3, vec!["", "99"], vec![]),
            (4, vec!["", "31/12/2025"], vec!["31/04/2026", "2026", "x"]),
            (5, vec!["31/12/2025"], vec!["", "31/04/2026", "04/31/2026", "x"]),
            (6, vec!["", "a/b-1"], vec![]),
            (7, vec!["", "0", "-1", "400"], vec!["x", "1.5"]),
            (8, vec!["", "CT"], vec![]),
            (9, vec!["", "90"], vec![]),
            (10, vec!["2", "1200.00"], vec!["", "x", "12.005", "12,00.0", "1.99"]),
            (11, vec!["", "Z"], vec![]),
            (12, vec!["", "0", "0.2", "20%", "0.175"], vec!["x", "-0.2"]),
            (13, vec!["", "0.00", "12.00"], vec!["x", "0.005", "12.01", "-2.00"]),
            (14, vec!["", "any words"], vec![]),
        ] {
            let with = |value: &str| {
                let mut fields: Vec<&str> = good.split(',').collect();
                fields[column] = value;
                fields.iter().map(|field| format!("\"{field}\"")).collect::<Vec<_>>().join(",")
            };
            for value in reads {
                assert_eq!(read(&with(value)), Ok(()), "{} `{value}`", COLUMNS[column]);
            }
            for value in faults {
                let why = read(&with(value)).unwrap_err();
                // VAT that does not fit its amount is said of the VAT.
                let named = if (column, value) == (10, "1.99") { 13 } else { column };
                assert!(why.starts_with(&format!("{}: ", COLUMNS[named])), "`{value}`: {why}");
            }
        }
        assert_eq!(read(good), Ok(()));
        for count in [1, 14, 16] {
            let row = vec!["1"; count].join(",");
            assert!(read(&row).unwrap_err().starts_with(&format!("{count} columns; ")), "{row}");
        }
    }

    /// The first fault of the only row.
    fn read(row: &str) -> Result<(), String> {
        let mut given = 0;
        let verdict = ReceiptsCsv.read(&mut row.as_bytes(), &mut |_| given += 1);
        match verdict.faults.first() {
            None => {
                assert_eq!(given, 1, "{row}");
                Ok(())
            }
            Some(problem) => Err(problem.message.clone()),
        }
    }
}
