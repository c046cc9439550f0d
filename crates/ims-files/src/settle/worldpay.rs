//! Worldpay: settlement exports, by the headings they are known to have. See
//! `docs/formats/worldpay.md`.

use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::Pence;

use super::{
    book::{self, Book, Key},
    signs::{as_fee, by_event, check, less, minus, money, money_or_nought},
    table::{Cells, Report, may, needed},
};
use crate::{amounts::clipped, dates};

const ORDER: usize = 0;
const MERCHANT: usize = 1;
const EVENT: usize = 2;
const DATE: usize = 3;
const CURRENCY: usize = 4;
const GROSS: usize = 5;
const FEE: usize = 6;
const NET: usize = 7;
const SETTLED: usize = 8;
const BATCH: usize = 9;
const PROVIDER_REF: usize = 10;

/// A settlement export.
pub(crate) static WORLDPAY: Report = Report {
    name: "worldpay-csv",
    title: "Worldpay settlement export (CSV)",
    page: "docs/formats/worldpay.md",
    provider: "worldpay",
    columns: &[
        needed(&["ordercode", "transactionreference"]),
        needed(&["merchantcode", "merchantentity", "merchantid"]),
        needed(&["status", "event", "lastevent", "journaltype", "transactiontype"]),
        needed(&["date", "transactiondate", "eventdate", "paymentdate", "authorisationdate"]),
        needed(&["currency", "currencycode", "settlementcurrency", "paymentcurrency"]),
        needed(&["amount", "grossamount", "gross", "transactionamount", "paymentamount"]),
        may(&["commission", "fee", "fees", "charges", "commissionamount", "totalfees"]),
        may(&["net", "netamount", "settlementamount", "settledamount"]),
        may(&["settlementdate", "fundingdate", "payoutdate"]),
        may(&[
            "batchid",
            "batchnumber",
            "settlementid",
            "settlementreference",
            "payoutid",
            "fundingid",
        ]),
        may(&["paymentid", "worldpayreference", "acquirerreference", "downstreamreference"]),
    ],
    shape: "Order Code,Merchant Code,Status,Date,Currency,Amount,Commission,Net,Settlement Date,Batch Id",
    ours: None,
    row,
};

fn kind(text: &str) -> Option<SettlementKind> {
    let text: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    match text.to_ascii_uppercase().as_str() {
        "SETTLED" | "SETTLEDBYMERCHANT" | "SALE" | "PAYMENT" | "PURCHASE" => {
            Some(SettlementKind::Payment)
        }
        "REFUNDED" | "REFUNDEDBYMERCHANT" | "REFUND" | "REFUNDFAILED" => {
            Some(SettlementKind::Refund)
        }
        "CHARGEDBACK" | "CHARGEBACK" | "CHARGEBACKREVERSED" | "CHARGEDBACKREVERSED" => {
            Some(SettlementKind::Dispute)
        }
        "FEE" | "FEES" | "CHARGE" | "COMMISSION" => Some(SettlementKind::Fee),
        "ADJUSTMENT" | "RESERVE" | "TRANSFER" => Some(SettlementKind::Adjustment),
        _ => None,
    }
}

/// Events before a settlement: nothing is paid out for them.
fn is_before(text: &str) -> bool {
    let text: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    [
        "AUTHORISED",
        "AUTHORIZED",
        "CAPTURED",
        "SENTFORAUTHORISATION",
        "SENTFORREFUND",
        "REFUSED",
        "CANCELLED",
        "EXPIRED",
        "ERROR",
        "SENTFORSETTLEMENT",
    ]
    .contains(&text.to_ascii_uppercase().as_str())
}

/// Taken off, whichever sign the export gives it.
fn taken(amount: Pence) -> Result<Pence, String> {
    if amount.is_positive() { less(amount) } else { Ok(amount) }
}

fn row(cells: &Cells<'_>, book: &mut Book<'_>) -> Result<(), String> {
    let event = cells.get(EVENT);
    let Some(kind) = kind(event) else {
        if is_before(event) {
            book.pass(cells.line(), event);
            return Ok(());
        }
        let event = clipped(event);
        return Err(format!("status: `{event}` is not known; SETTLED or REFUNDED would be"));
    };
    let date = dates::uk(cells.get(DATE)).map_err(|message| format!("date: {message}"))?;
    let amount = money("amount", cells.get(GROSS))?;
    let gross = by_event(kind, event, amount)?;
    check(kind, gross)?;
    let fee = money_or_nought("commission", cells.get(FEE))?;
    let fee = if fee.is_negative() { less(fee)? } else { fee };
    let net = minus(gross, fee)?;
    if !cells.get(NET).is_empty() {
        let stated = money("net", cells.get(NET))?;
        if stated != net && taken(stated)? != net {
            return Err(format!("net {stated} is not gross {gross} less commission {fee}"));
        }
    }
    let key = Key {
        payout: cells.get(BATCH).to_owned(),
        part: format!("{} {}", cells.get(MERCHANT), cells.get(SETTLED)),
        currency: cells.get(CURRENCY).to_ascii_uppercase(),
    };
    if !cells.get(SETTLED).is_empty() {
        let settled =
            dates::uk(cells.get(SETTLED)).map_err(|why| format!("settlement date: {why}"))?;
        book.dated(key.clone(), settled)?;
    }
    let line = SettlementLine {
        reference: cells.given(ORDER),
        provider_ref: cells.first_of(&[PROVIDER_REF, ORDER]).to_owned(),
        ..book::line(cells.line(), kind, date)
    };
    let line = if kind == SettlementKind::Fee {
        let fee = if fee.is_zero() { gross } else { fee };
        as_fee(line, taken(fee)?)?
    } else {
        SettlementLine { gross, fee, net, ..line }
    };
    book.line(key, line)
}
