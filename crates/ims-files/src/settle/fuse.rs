//! Cybersource, which Smartpay Fuse is: the payment batch detail report. See
//! `docs/formats/fuse.md`.

use ims_ledger::{SettlementKind, SettlementLine};

use super::{
    book::{self, Book, Key},
    signs::{by_event, money},
    table::{Cells, Report, may, needed},
};
use crate::{amounts::clipped, dates};

const BATCH: usize = 0;
const MERCHANT: usize = 1;
const DATE: usize = 2;
const REQUEST: usize = 3;
const REFERENCE: usize = 4;
const CURRENCY: usize = 5;
const AMOUNT: usize = 6;
const TYPE: usize = 7;

/// The payment batch detail report.
pub(crate) static FUSE: Report = Report {
    name: "fuse-csv",
    title: "Smartpay Fuse or Cybersource payment batch detail (CSV)",
    page: "docs/formats/fuse.md",
    provider: "smartpay-fuse",
    columns: &[
        needed(&["batchid"]),
        may(&["merchantid"]),
        needed(&["batchdate"]),
        needed(&["requestid"]),
        may(&["merchantrefnumber", "merchantreferencenumber"]),
        needed(&["currency", "currencycode"]),
        needed(&["amount"]),
        needed(&["transactiontype", "applicationname"]),
    ],
    shape: "batch_id,merchant_id,batch_date,request_id,merchant_ref_number,trans_ref_no,payment_method,currency,amount,transaction_type",
    ours: None,
    row,
};

fn kind(text: &str) -> Result<SettlementKind, String> {
    let words = text.to_ascii_lowercase();
    let has = |word: &str| words.contains(word);
    if has("chargeback") {
        Ok(SettlementKind::Dispute)
    } else if has("credit") || has("refund") {
        Ok(SettlementKind::Refund)
    } else if ["bill", "sale", "capture", "debit", "purchase", "payment"].into_iter().any(has) {
        Ok(SettlementKind::Payment)
    } else {
        Err(format!("transaction type: `{}` is neither ics_bill nor ics_credit", clipped(text)))
    }
}

fn row(cells: &Cells<'_>, book: &mut Book<'_>) -> Result<(), String> {
    let date = dates::uk(cells.get(DATE)).map_err(|message| format!("batch date: {message}"))?;
    let kind = kind(cells.get(TYPE))?;
    let amount = money("amount", cells.get(AMOUNT))?;
    if amount.is_negative() && kind == SettlementKind::Payment {
        return Err(format!("amount: a payment of {amount} is less than nothing"));
    }
    let gross = by_event(kind, cells.get(TYPE), amount)?;
    let key = Key {
        payout: cells.get(BATCH).to_owned(),
        part: cells.get(MERCHANT).to_owned(),
        currency: cells.get(CURRENCY).to_ascii_uppercase(),
    };
    book.dated(key.clone(), date)?;
    let line = SettlementLine {
        reference: cells.given(REFERENCE),
        provider_ref: cells.get(REQUEST).to_owned(),
        gross,
        net: gross,
        ..book::line(cells.line(), kind, date)
    };
    book.line(key, line)
}
