//! Stripe: payout reconciliation and balance reports as CSV. See `docs/formats/stripe.md`.

use ims_ledger::{SettlementKind, SettlementLine};

use super::{
    book::{self, Book, Key},
    signs::{as_fee, by_sign, less, minus, money, money_or_nought},
    table::{Cells, Report, may, needed},
};
use crate::dates;

const TRANSACTION: usize = 0;
const CURRENCY: usize = 1;
const GROSS: usize = 2;
const FEE: usize = 3;
const NET: usize = 4;
const CATEGORY: usize = 5;
const CREATED: usize = 6;
const PAYOUT: usize = 7;
const PAYOUT_DATE: usize = 8;
const SOURCE: usize = 9;
const CHARGE: usize = 10;
const INTENT: usize = 11;
const OURS: usize = 12;

/// The payout reconciliation, balance change and payments reports.
pub(crate) static STRIPE: Report = Report {
    name: "stripe-csv",
    title: "Stripe payout reconciliation and balance reports (CSV)",
    page: "docs/formats/stripe.md",
    provider: "stripe",
    columns: &[
        needed(&["balancetransactionid", "id"]),
        needed(&["currency"]),
        needed(&["gross", "amount"]),
        needed(&["fee", "fees"]),
        needed(&["net"]),
        needed(&["reportingcategory", "type"]),
        needed(&["createdutc", "created", "availableonutc", "availableon"]),
        may(&["automaticpayoutid", "payoutid", "transfer"]),
        may(&[
            "automaticpayouteffectiveatutc",
            "automaticpayouteffectiveat",
            "effectiveatutc",
            "effectiveat",
            "transferdateutc",
        ]),
        may(&["sourceid", "source"]),
        may(&["chargeid"]),
        may(&["paymentintentid"]),
        may(&[
            "paymentmetadatareference",
            "paymentmetadataourreference",
            "paymentmetadataorderid",
            "paymentmetadataordernumber",
            "merchantreference",
            "referencemetadata",
            "orderidmetadata",
            "invoicenumber",
        ]),
    ],
    shape: "automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created,currency,gross,fee,net,reporting_category,source_id",
    ours: Some("metadata"),
    row,
};

/// What a reporting category, or the older type, is.
pub(super) enum Category {
    Line(SettlementKind),
    /// The payout itself.
    Payout,
}

/// Everything that is neither payment, refund, dispute nor fee is an adjustment:
/// reserves, top-ups, transfers, taxes.
pub(super) fn category(text: &str) -> Category {
    let text = text.to_ascii_lowercase().replace(' ', "_");
    match text.as_str() {
        "payout" | "payout_reversal" | "transfer_payout" | "payout_cancel" | "payout_failure" => {
            Category::Payout
        }
        "charge" | "payment" | "charge_failure" | "payment_failure" | "payment_reversal" => {
            Category::Line(SettlementKind::Payment)
        }
        _ if text.starts_with("refund")
            || text.starts_with("payment_refund")
            || text == "partial_capture_reversal"
            || text == "payment_failure_refund" =>
        {
            Category::Line(SettlementKind::Refund)
        }
        _ if text.contains("dispute") || text.contains("chargeback") => {
            Category::Line(SettlementKind::Dispute)
        }
        "fee"
        | "stripe_fee"
        | "network_cost"
        | "application_fee"
        | "tax"
        | "tax_fee"
        | "connect_reserved_fee"
        | "stripe_fx_fee" => Category::Line(SettlementKind::Fee),
        _ => Category::Line(SettlementKind::Adjustment),
    }
}

/// Which of the texts that a council puts beside its payments is the reference: the
/// only one that has a digit and neither blanks nor an `@`. Several that differ
/// are none, and one warning tells their names.
pub(super) fn reference<'t>(
    texts: impl Iterator<Item = (&'t str, &'t str)>,
    line: u64,
    book: &mut Book<'_>,
) -> Option<String> {
    let fits = |text: &str| {
        text.bytes().any(|byte| byte.is_ascii_digit())
            && !text.contains(|c: char| c == '@' || c.is_whitespace())
    };
    let found: Vec<_> = texts.filter(|(_, text)| fits(text)).collect();
    let (_, first) = found.first()?;
    if found.iter().all(|(_, text)| text == first) {
        return Some((*first).to_owned());
    }
    book.unnamed(line, found.iter().map(|(name, _)| *name));
    None
}

fn row(cells: &Cells<'_>, book: &mut Book<'_>) -> Result<(), String> {
    let day = |name: &str, column| {
        dates::uk(cells.get(column)).map_err(|message| format!("{name}: {message}"))
    };
    let created = day("created", CREATED)?;
    let gross = money("gross", cells.get(GROSS))?;
    let fee = money_or_nought("fee", cells.get(FEE))?;
    let net = money("net", cells.get(NET))?;
    let key = Key {
        payout: cells.get(PAYOUT).to_owned(),
        currency: cells.get(CURRENCY).to_ascii_uppercase(),
        ..Key::default()
    };
    let effective = if cells.get(PAYOUT_DATE).is_empty() {
        None
    } else {
        Some(day("effective at", PAYOUT_DATE)?)
    };
    let kind = match category(cells.get(CATEGORY)) {
        Category::Payout => {
            // A report without payout ids names the payout by its own row only.
            let name = cells.first_of(&[PAYOUT, SOURCE, TRANSACTION]).to_owned();
            let key = Key { payout: name, ..key };
            return book.paid(key, cells.line(), less(net)?, effective.or(Some(created)));
        }
        Category::Line(kind) => by_sign(kind, gross),
    };
    if let Some(date) = effective {
        book.dated(key.clone(), date)?;
    }
    let line = SettlementLine {
        reference: cells.given(OURS).or_else(|| reference(cells.ours(), cells.line(), book)),
        provider_ref: cells.first_of(&[INTENT, CHARGE, SOURCE, TRANSACTION]).to_owned(),
        ..book::line(cells.line(), kind, created)
    };
    if minus(gross, fee)? != net {
        return Err(format!("net {net} is not gross {gross} less fee {fee}"));
    }
    let line = match kind {
        SettlementKind::Fee => as_fee(line, net)?,
        SettlementKind::Payment
        | SettlementKind::Refund
        | SettlementKind::Dispute
        | SettlementKind::Adjustment => SettlementLine { gross, fee, net, ..line },
    };
    book.line(key, line)
}
