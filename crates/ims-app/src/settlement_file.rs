//! What a provider says by itself that it paid out, as the file that a person would
//! have taken in.

use ims_ledger::{SettlementKind, SettlementLine};

use crate::{AppError, Result};

/// The format it is read by.
pub const SETTLEMENT_FORMAT: &str = "settlement-csv";

const HEADER: [&str; 10] = [
    "provider",
    "payout",
    "payout_date",
    "date",
    "reference",
    "provider_ref",
    "kind",
    "gross",
    "fee",
    "net",
];

/// A payout of `provider` as [`SETTLEMENT_FORMAT`], in pounds.
///
/// # Errors
///
/// None that can be foreseen: what `csv` says.
///
/// ```
/// use chrono::NaiveDate;
/// use ims_app::settlement_file;
/// use ims_ledger::{SettlementKind, SettlementLine};
/// use ims_money::Pence;
///
/// let date = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap_or_default();
/// let line = SettlementLine {
///     line: 1,
///     reference: Some("R1".to_owned()),
///     provider_ref: "pay_1".to_owned(),
///     kind: SettlementKind::Payment,
///     date,
///     gross: Pence::new(10_000),
///     fee: Pence::new(120),
///     net: Pence::new(9_880),
/// };
/// let file = settlement_file("govuk-pay", ("pay-2026-11-20", Some(date)), &[line])?;
/// let text = String::from_utf8(file)?;
/// let row = "govuk-pay,pay-2026-11-20,2026-11-20,2026-11-20,R1,pay_1,payment,100.00,1.20,98.80";
/// assert_eq!(text.lines().nth(1), Some(row));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn settlement_file(
    provider: &str,
    (payout, day): (&str, Option<chrono::NaiveDate>),
    lines: &[SettlementLine],
) -> Result<Vec<u8>> {
    let bad = |error: csv::Error| AppError::BadInput(error.to_string());
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(HEADER).map_err(bad)?;
    let day = day.map(|day| day.to_string()).unwrap_or_default();
    for line in lines {
        out.write_record([
            provider,
            payout,
            &day,
            &line.date.to_string(),
            line.reference.as_deref().unwrap_or_default(),
            &line.provider_ref,
            word(line.kind),
            &line.gross.to_string(),
            &line.fee.to_string(),
            &line.net.to_string(),
        ])
        .map_err(bad)?;
    }
    out.into_inner().map_err(|error| AppError::BadInput(error.to_string()))
}

const fn word(kind: SettlementKind) -> &'static str {
    match kind {
        SettlementKind::Payment => "payment",
        SettlementKind::Refund => "refund",
        SettlementKind::Fee => "fee",
        SettlementKind::Dispute => "dispute",
        SettlementKind::Adjustment => "adjustment",
    }
}
