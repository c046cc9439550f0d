//! Barclaycard: the transactions CSV. See `docs/formats/barclaycard.md`.

use ims_ledger::{SettlementKind, SettlementLine};

use super::{
    book::{self, Book, Key},
    signs::{by_event, money},
    table::{Cells, Report, may, needed},
};
use crate::{amounts::clipped, dates};

const DATE: usize = 0;
const PROCESSED: usize = 1;
const AMOUNT: usize = 2;
const CURRENCY: usize = 3;
const TYPE: usize = 4;
const ARN: usize = 5;
const MERCHANT: usize = 6;
const REFERENCE: usize = 7;

/// The transactions CSV.
pub(crate) static BARCLAYCARD: Report = Report {
    name: "barclaycard-csv",
    title: "Barclaycard transactions (CSV)",
    page: "docs/formats/barclaycard.md",
    provider: "barclaycard",
    columns: &[
        needed(&["transactiondate"]),
        needed(&["processeddate", "processingdate"]),
        needed(&["transactionamount"]),
        may(&["transactioncurrency"]),
        needed(&["transactiontype"]),
        needed(&["acquirerreferencenumber", "acquirerreference", "arn"]),
        needed(&["merchantid", "merchantnumber"]),
        may(&["merchantreference", "transactionreference", "customerreference", "reference"]),
    ],
    shape: "Transaction date,Processed date,Transaction amount,Transaction currency,Card number,Transaction type,…,Acquirer reference number,Merchant ID,…",
    ours: None,
    row,
};

/// A bank asks for the papers of a sale: no money moves, unless it is a fee for that.
fn is_request(text: &str) -> bool {
    let words = text.to_ascii_lowercase();
    words.contains("retrieval") && !words.contains("fee")
}

fn kind(text: &str) -> Result<SettlementKind, String> {
    let words = text.to_ascii_lowercase();
    let has = |word: &str| words.contains(word);
    if has("chargeback") || has("dispute") {
        Ok(SettlementKind::Dispute)
    } else if has("refund") || has("credit") || has("reversal") {
        Ok(SettlementKind::Refund)
    } else if has("sale") || has("purchase") || has("payment") {
        Ok(SettlementKind::Payment)
    } else {
        Err(format!("transaction type: `{}` is neither Sale nor Sales Refund", clipped(text)))
    }
}

/// A merchant is paid once a day: the settlement is named as the bank line quotes
/// it, `STL`, the merchant's number and the day processed.
fn row(cells: &Cells<'_>, book: &mut Book<'_>) -> Result<(), String> {
    let day = |name: &str, column| {
        dates::uk(cells.get(column)).map_err(|message| format!("{name}: {message}"))
    };
    let date = day("transaction date", DATE)?;
    let processed = day("processed date", PROCESSED)?;
    let event = cells.get(TYPE);
    if is_request(event) {
        book.pass(cells.line(), event);
        return Ok(());
    }
    let kind = kind(event)?;
    let amount = money("transaction amount", cells.get(AMOUNT))?;
    if amount.is_negative() && kind == SettlementKind::Payment {
        return Err(format!("transaction amount: a sale of {amount} is less than nothing"));
    }
    let gross = by_event(kind, event, amount)?;
    let currency = match cells.get(CURRENCY) {
        "" | "826" => "GBP".to_owned(),
        text => text.to_ascii_uppercase(),
    };
    let merchant = cells.get(MERCHANT);
    if merchant.is_empty() {
        return Err("merchant id: is empty; it tells which payout the row is of".to_owned());
    }
    let payout = format!("STL{merchant}{}", processed.format("%d%m%y"));
    let key = Key { payout, currency, ..Key::default() };
    book.dated(key.clone(), processed)?;
    let line = SettlementLine {
        reference: cells.given(REFERENCE),
        provider_ref: cells.get(ARN).to_owned(),
        gross,
        net: gross,
        ..book::line(cells.line(), kind, date)
    };
    book.line(key, line)
}
