//! Adyen: the payments accounting report. See `docs/formats/adyen.md`.

use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::{Amount, Pence};

use super::{
    adyen::{Type, type_of},
    book::{self, Book, Key},
    signs::{as_fee, by_sign, minus, money_or_nought},
    table::{Cells, Report, may, needed},
};
use crate::{amounts::sterling, dates};

const MERCHANT: usize = 0;
const PSP: usize = 1;
const REFERENCE: usize = 2;
const BOOKED: usize = 3;
const RECORD: usize = 4;
const PAYABLE: usize = 5;
const CURRENCY: usize = 6;
const FEES: [usize; 4] = [7, 8, 9, 10];
const CAPTURED: usize = 11;
const PAYMENT_CURRENCY: usize = 12;
const PAYABLE_BATCH: usize = 13;
const MODIFICATION_REFERENCE: usize = 14;

/// The payments accounting report.
pub(crate) static ADYEN_ACCOUNTING: Report = Report {
    name: "adyen-accounting-csv",
    title: "Adyen payments accounting (CSV)",
    page: "docs/formats/adyen.md",
    provider: "adyen",
    columns: &[
        may(&["merchantaccount", "companyaccount"]),
        needed(&["pspreference"]),
        may(&["merchantreference"]),
        needed(&["bookingdate"]),
        needed(&["recordtype"]),
        needed(&["payablesc"]),
        needed(&["settlementcurrency"]),
        may(&["commissionsc"]),
        may(&["markupsc"]),
        may(&["schemefeessc"]),
        may(&["interchangesc"]),
        may(&["capturedpc"]),
        may(&["paymentcurrency"]),
        may(&["payablebatch", "batchnumber"]),
        may(&["modificationmerchantreference"]),
    ],
    shape: "Company Account,Merchant Account,Psp Reference,Merchant Reference,…,Booking Date,…,Record Type,…,Settlement Currency,Payable (SC),Commission (SC),…",
    ours: None,
    row,
};

/// The fees of the row, also where they are written to fractions of a penny.
fn fees(cells: &Cells<'_>) -> Result<Amount, String> {
    let mut sum = Amount::ZERO;
    for column in FEES {
        let text = cells.get(column);
        if !text.is_empty() {
            let fee = sterling(text).map_err(|message| format!("fees: {message}"))?;
            sum = sum.checked_add(fee).ok_or("the fees are too large")?;
        }
    }
    Ok(sum)
}

/// Whether the two are less than a penny apart.
fn agree(whole: Pence, exact: Amount) -> bool {
    let penny = Amount::from(Pence::new(1));
    exact
        .checked_sub(whole.into())
        .map(|apart| if apart.is_negative() { apart.negated() } else { apart })
        .and_then(|apart| apart.checked_sub(penny))
        .is_some_and(Amount::is_negative)
}

/// Payable is what is paid out; with the fees it makes the gross. Fees in fractions
/// of a penny make a whole gross only where the captured amount says which.
fn gross(cells: &Cells<'_>, payable: Pence) -> Result<Pence, String> {
    let fees = fees(cells)?;
    let exact = Amount::from(payable).checked_add(fees).ok_or("the amount is too large")?;
    if let Some(gross) = exact.pence() {
        return Ok(gross);
    }
    let captured = money_or_nought("captured", cells.get(CAPTURED))?;
    let captured = if payable.is_negative() == captured.is_negative() {
        captured
    } else {
        captured.checked_neg().ok_or("the amount is too large")?
    };
    let same = cells.get(PAYMENT_CURRENCY).eq_ignore_ascii_case(cells.get(CURRENCY));
    if same && !captured.is_zero() && agree(captured, exact) {
        return Ok(captured);
    }
    Err(format!(
        "payable {payable} and fees {fees} make a fraction of a penny, and no captured amount says which penny is right"
    ))
}

fn row(cells: &Cells<'_>, book: &mut Book<'_>) -> Result<(), String> {
    let booked = dates::uk(cells.get(BOOKED)).map_err(|why| format!("booking date: {why}"))?;
    let payable = money_or_nought("payable", cells.get(PAYABLE))?;
    let fees_of_row = fees(cells)?;
    let known = type_of(cells.get(RECORD));
    if payable.is_zero() && (fees_of_row.is_zero() || known.is_none()) {
        book.pass(cells.line(), cells.get(RECORD));
        return Ok(());
    }
    let kind = match known {
        Some(Type::Line(kind)) => kind,
        Some(Type::Payout) | None => SettlementKind::Adjustment,
    };
    let gross = gross(cells, payable)?;
    let kind = by_sign(kind, gross);
    let line = SettlementLine {
        reference: cells.given(REFERENCE).or_else(|| cells.given(MODIFICATION_REFERENCE)),
        provider_ref: cells.get(PSP).to_owned(),
        ..book::line(cells.line(), kind, booked)
    };
    let line = match kind {
        SettlementKind::Fee => as_fee(line, payable)?,
        SettlementKind::Adjustment => SettlementLine { gross: payable, net: payable, ..line },
        SettlementKind::Payment | SettlementKind::Refund | SettlementKind::Dispute => {
            SettlementLine { gross, fee: minus(gross, payable)?, net: payable, ..line }
        }
    };
    let merchant = cells.get(MERCHANT);
    let batch = cells.get(PAYABLE_BATCH);
    let payout = if batch.is_empty() { String::new() } else { format!("{merchant} batch {batch}") };
    let key = Key {
        payout: payout.trim_start().to_owned(),
        part: merchant.to_owned(),
        currency: cells.get(CURRENCY).to_ascii_uppercase(),
    };
    book.line(key, line)
}
