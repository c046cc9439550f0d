//! Adyen: the settlement details report. See `docs/formats/adyen.md`.

use chrono::NaiveDate;
use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::Pence;

use super::{
    book::{self, Book, Key},
    signs::{as_fee, by_sign, less, minus, money_or_nought},
    table::{Cells, Report, may, needed},
};
use crate::{amounts::clipped, dates};

const MERCHANT: usize = 0;
const PSP: usize = 1;
const REFERENCE: usize = 2;
const CREATED: usize = 3;
const TYPE: usize = 4;
const MODIFICATION: usize = 5;
const GROSS_CURRENCY: usize = 6;
const GROSS_DEBIT: usize = 7;
const GROSS_CREDIT: usize = 8;
const NET_CURRENCY: usize = 9;
const NET_DEBIT: usize = 10;
const NET_CREDIT: usize = 11;
const FEES: [usize; 4] = [12, 13, 14, 15];
const MODIFICATION_REFERENCE: usize = 16;
const BATCH: usize = 17;

/// The settlement details report.
pub(crate) static ADYEN: Report = Report {
    name: "adyen-csv",
    title: "Adyen settlement details (CSV)",
    page: "docs/formats/adyen.md",
    provider: "adyen",
    columns: &[
        may(&["merchantaccount", "companyaccount"]),
        may(&["pspreference"]),
        may(&["merchantreference"]),
        needed(&["creationdate", "bookingdate", "batchcloseddate"]),
        needed(&["type", "journaltype"]),
        may(&["modificationreference"]),
        may(&["grosscurrency"]),
        may(&["grossdebitgc"]),
        may(&["grosscreditgc"]),
        needed(&["netcurrency"]),
        needed(&["netdebitnc"]),
        needed(&["netcreditnc"]),
        may(&["commissionnc", "bankcardcommissionnc"]),
        may(&["markupnc", "dccmarkupnc"]),
        may(&["schemefeesnc"]),
        may(&["interchangenc"]),
        may(&["modificationmerchantreference"]),
        may(&["batchnumber"]),
    ],
    shape: "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,…,Net Currency,Net Debit (NC),Net Credit (NC),…,Batch Number",
    ours: None,
    row,
};

/// What a type of row is.
pub(super) enum Type {
    Line(SettlementKind),
    /// The payout itself.
    Payout,
}

/// Adyen's types, also as the accounting report writes them. Those that are not
/// of a payment and no fee move money within Adyen: they are adjustments.
pub(super) fn type_of(text: &str) -> Option<Type> {
    let text = text.to_ascii_lowercase();
    let kind = match text.as_str() {
        "settled" | "settledbulk" | "settledexternally" | "settledinstallment"
        | "settledreversed" | "capturefailed" => SettlementKind::Payment,
        "refunded" | "refundedreversed" | "refundedbulk" | "refundedexternally"
        | "refundfailed" | "paidout" | "paidoutreversed" => SettlementKind::Refund,
        "chargeback"
        | "chargebackreversed"
        | "secondchargeback"
        | "chargebackexternally"
        | "prearbitrationwon"
        | "prearbitrationlost" => SettlementKind::Dispute,
        "fee" | "misccosts" | "invoicededuction" | "acquirercosts" | "transactioncosts" => {
            SettlementKind::Fee
        }
        "depositcorrection"
        | "reserveadjustment"
        | "balancetransfer"
        | "matchedstatement"
        | "manualcorrected"
        | "manualcorrection"
        | "advancementcommission"
        | "advancement"
        | "paymentcost"
        | "internalcompanypayout"
        | "bankinstructionreturned"
        | "epaid"
        | "converted"
        | "deposit"
        | "settledinternal" => SettlementKind::Adjustment,
        // What an acquirer pays itself, for what was settled outside Adyen.
        "merchantpayout" | "acquirerpayout" => return Some(Type::Payout),
        // A type of payout that is not known may be paid to somebody else.
        _ if text.contains("payout") => return None,
        _ if text.starts_with("settled") => SettlementKind::Payment,
        _ if text.starts_with("refund") || text.starts_with("paidout") => SettlementKind::Refund,
        _ if text.contains("chargeback") || text.contains("arbitration") => SettlementKind::Dispute,
        _ => return None,
    };
    Some(Type::Line(kind))
}

struct Amounts {
    gross: Pence,
    fee: Pence,
    net: Pence,
}

fn amounts(cells: &Cells<'_>) -> Result<Amounts, String> {
    let of = |name: &str, column: usize| money_or_nought(name, cells.get(column));
    let net = minus(of("net credit", NET_CREDIT)?, of("net debit", NET_DEBIT)?)?;
    let same = cells.get(GROSS_CURRENCY).eq_ignore_ascii_case(cells.get(NET_CURRENCY));
    let has_gross = [GROSS_DEBIT, GROSS_CREDIT].iter().any(|column| !cells.get(*column).is_empty());
    let has_fees = FEES.iter().any(|column| !cells.get(*column).is_empty());
    let mut fees = Pence::ZERO;
    for column in FEES {
        let more = of("fees", column)?;
        fees = fees.checked_add(more).ok_or("the fees are too large")?;
    }
    if !(same && has_gross) {
        // Paid in another currency: what it was worth here is the net and its fees.
        let gross = net.checked_add(fees).ok_or("the amount is too large")?;
        return Ok(Amounts { gross, fee: fees, net });
    }
    let gross = minus(of("gross credit", GROSS_CREDIT)?, of("gross debit", GROSS_DEBIT)?)?;
    let fee = minus(gross, net)?;
    if has_fees && fee != fees {
        return Err(format!(
            "net {net} is not gross {gross} less commission, markup, scheme fees and interchange, together {fees}"
        ));
    }
    Ok(Amounts { gross, fee, net })
}

fn row(cells: &Cells<'_>, book: &mut Book<'_>) -> Result<(), String> {
    let created = dates::uk(cells.get(CREATED)).map_err(|why| format!("creation date: {why}"))?;
    let Amounts { gross, fee, net } = amounts(cells)?;
    let key = key(cells);
    let kind = match type_of(cells.get(TYPE)) {
        Some(Type::Line(kind)) => by_sign(kind, gross),
        Some(Type::Payout) => return payout(cells, book, key, net, created),
        None if net.is_zero() && gross.is_zero() => {
            book.pass(cells.line(), cells.get(TYPE));
            return Ok(());
        }
        None => unknown(cells, book)?,
    };
    let line = SettlementLine {
        reference: cells.given(REFERENCE).or_else(|| cells.given(MODIFICATION_REFERENCE)),
        provider_ref: cells.first_of(&[PSP, MODIFICATION]).to_owned(),
        ..book::line(cells.line(), kind, created)
    };
    let line = match kind {
        SettlementKind::Fee => as_fee(line, net)?,
        SettlementKind::Adjustment => SettlementLine { gross: net, net, ..line },
        SettlementKind::Payment | SettlementKind::Refund | SettlementKind::Dispute => {
            SettlementLine { gross, fee, net, ..line }
        }
    };
    book.line(key, line)
}

/// Adyen adds types without notice. The money of one that is not known is an
/// adjustment, and a warning; what is no word at all, or some payout, is an error.
fn unknown(cells: &Cells<'_>, book: &mut Book<'_>) -> Result<SettlementKind, String> {
    let text = cells.get(TYPE);
    let is_word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !is_word || text.to_ascii_lowercase().contains("payout") {
        let text = clipped(text);
        return Err(format!("type: `{text}` is not known; Settled or MerchantPayout would be"));
    }
    book.unknown(cells.line(), text);
    Ok(SettlementKind::Adjustment)
}

fn key(cells: &Cells<'_>) -> Key {
    let merchant = cells.get(MERCHANT);
    let batch = cells.get(BATCH);
    let payout = if batch.is_empty() { String::new() } else { format!("{merchant} batch {batch}") };
    Key {
        payout: payout.trim_start().to_owned(),
        part: merchant.to_owned(),
        currency: cells.get(NET_CURRENCY).to_ascii_uppercase(),
    }
}

/// The payout's own row. The bank line quotes its reference, `TX…XT`, where the
/// report has it; the batch otherwise.
fn payout(
    cells: &Cells<'_>,
    book: &mut Book<'_>,
    key: Key,
    net: Pence,
    day: NaiveDate,
) -> Result<(), String> {
    let quoted = [MODIFICATION, MODIFICATION_REFERENCE, PSP, REFERENCE]
        .iter()
        .flat_map(|column| cells.get(*column).split([' ', ',']))
        .find(|word| word.starts_with("TX") && word.ends_with("XT") && word.len() > 6);
    if let Some(reference) = quoted {
        book.renamed(key.clone(), reference)?;
    }
    book.paid(key, cells.line(), less(net)?, Some(day))
}
