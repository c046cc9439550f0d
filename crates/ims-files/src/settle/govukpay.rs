//! GOV.UK Pay: the transactions CSV of its admin tool. See `docs/formats/govukpay.md`.

use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::Pence;

use super::{
    book::{self, Book, Key},
    signs::{as_fee, check, minus, money, money_or_nought},
    table::{Cells, Report, may, needed},
};
use crate::{amounts::clipped, dates};

const REFERENCE: usize = 0;
const AMOUNT: usize = 1;
const STATE: usize = 2;
const PAYMENT_ID: usize = 3;
const DATE: usize = 4;
const TOTAL: usize = 5;
const FEE: usize = 6;
const NET: usize = 7;

/// The transactions CSV.
pub(crate) static GOVUKPAY: Report = Report {
    name: "govukpay-csv",
    title: "GOV.UK Pay transactions (CSV)",
    page: "docs/formats/govukpay.md",
    provider: "govuk-pay",
    columns: &[
        needed(&["reference"]),
        needed(&["amount"]),
        needed(&["state"]),
        needed(&["govukpaymentid"]),
        needed(&["datecreated"]),
        may(&["totalamount"]),
        may(&["fee"]),
        may(&["net"]),
    ],
    shape: "Reference,Description,Email,Amount,…,State,…,Provider ID,GOV.UK Payment ID,…,Date Created,…,Total Amount,…",
    ours: None,
    row,
};

/// What a state says of the money.
pub(super) enum Moved {
    Payment,
    Refund,
    Dispute,
    /// Nothing, but there may be a fee for trying.
    Nothing,
}

pub(super) fn moved(state: &str) -> Result<Moved, String> {
    let state = state.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| state.contains(word));
    if state.starts_with("refund") {
        return Ok(if is(&["success"]) { Moved::Refund } else { Moved::Nothing });
    }
    if state.starts_with("dispute") {
        return Ok(if is(&["lost"]) { Moved::Dispute } else { Moved::Nothing });
    }
    if is(&["success"]) {
        return Ok(Moved::Payment);
    }
    let nothing = [
        "declined",
        "timed out",
        "cancel",
        "error",
        "in progress",
        "created",
        "started",
        "submitted",
        "capturable",
        "failed",
        "expired",
    ];
    if is(&nothing) {
        return Ok(Moved::Nothing);
    }
    Err(format!("state: `{}` is not known; Success or Declined would be", clipped(&state)))
}

fn row(cells: &Cells<'_>, book: &mut Book<'_>) -> Result<(), String> {
    let date = dates::uk(cells.get(DATE)).map_err(|message| format!("date created: {message}"))?;
    let amount = money("amount", cells.get(AMOUNT))?;
    let fee = money_or_nought("fee", cells.get(FEE))?;
    let state = cells.get(STATE);
    let moved = moved(state)?;
    let total = money_or_nought("total amount", cells.get(TOTAL))?;
    let gross = match moved {
        Moved::Nothing => Pence::ZERO,
        Moved::Payment if !cells.get(TOTAL).is_empty() => total,
        Moved::Payment | Moved::Refund | Moved::Dispute => amount,
    };
    let kind = match moved {
        Moved::Payment => SettlementKind::Payment,
        Moved::Refund => SettlementKind::Refund,
        Moved::Dispute => SettlementKind::Dispute,
        Moved::Nothing => SettlementKind::Fee,
    };
    check(kind, gross)?;
    if matches!(moved, Moved::Refund | Moved::Dispute) && gross.is_positive() {
        return Err(format!("amount: {gross} is positive; what is taken back is negative"));
    }
    let net = match cells.get(NET) {
        "" => minus(gross, fee)?,
        text => money("net", text)?,
    };
    if matches!(moved, Moved::Nothing) && fee.is_zero() && net.is_zero() {
        book.pass(cells.line(), state);
        return Ok(());
    }
    let key = Key { currency: "GBP".to_owned(), ..Key::default() };
    let line = SettlementLine {
        reference: cells.given(REFERENCE),
        provider_ref: cells.get(PAYMENT_ID).to_owned(),
        ..book::line(cells.line(), kind, date)
    };
    let line = match moved {
        Moved::Nothing => as_fee(line, net)?,
        Moved::Payment | Moved::Refund | Moved::Dispute => {
            SettlementLine { gross, fee, net, ..line }
        }
    };
    book.line(key, line)
}
