//! Which format a file is.

use std::sync::LazyLock;

use thiserror::Error;

use crate::{
    Confidence, Format, Head,
    bacs::reports::{Ddica, InputReport, Messages, Returns},
    bacs::standard18::Standard18,
    bai2::Bai2,
    bankline::Bankline,
    camt053::Camt053,
    caps::Caps,
    dwp::Dwp,
    guard::Guarded,
    holders_csv::HoldersCsv,
    layout,
    mt940::Mt940,
    ofx::Ofx,
    qif::Qif,
    receipts_csv::ReceiptsCsv,
    schedule_csv::ScheduleCsv,
    settle,
    settlement_csv::SettlementCsv,
    sheet::PaymentsSheet,
    strange::Strange,
    ukbank, xlsx, xml,
};

/// Every format that is read, in the order of the documentation.
///
/// ```
/// let names: Vec<_> = ims_files::formats().iter().map(|format| format.name()).collect();
/// assert!(names.contains(&"mt940"));
/// ```
#[must_use]
pub fn formats() -> &'static [&'static dyn Format] {
    &GUARDED
}

/// Nothing leaves a reader but past its guard.
static GUARDED: LazyLock<Vec<&'static dyn Format>> =
    LazyLock::new(|| GUARDS.iter().map(as_format).collect());

fn as_format(guard: &'static Guarded<'static>) -> &'static dyn Format {
    guard
}

static GUARDS: LazyLock<Vec<Guarded<'static>>> =
    LazyLock::new(|| FORMATS.iter().map(|format| Guarded::new(*format)).collect());

static FORMATS: &[&dyn Format] = &[
    &Mt940,
    &Bai2,
    &Camt053,
    &Ofx,
    &Qif,
    &Bankline,
    &ukbank::BARCLAYS,
    &ukbank::LLOYDS,
    &ukbank::NATWEST,
    &ukbank::HSBC,
    &ukbank::NATIONWIDE,
    &ukbank::SANTANDER,
    &ukbank::SantanderTxt,
    &ukbank::STARLING,
    &ukbank::MONZO,
    &ukbank::MIDATA,
    &layout::ALLPAY,
    &layout::PAYPOINT_FIXED,
    &layout::PAYPOINT_CSV,
    &layout::POST_OFFICE_FIXED,
    &layout::POST_OFFICE_CSV,
    &layout::RECEIPTS_BY_NAME,
    &layout::ORACLE_IMPORT_RESULTS,
    &layout::ORACLE_INVOICE_STATUS,
    &layout::EXPORT_RESULTS,
    &Standard18,
    &Returns,
    &Messages,
    &Ddica,
    &InputReport,
    &ReceiptsCsv,
    &HoldersCsv,
    &ScheduleCsv,
    &SettlementCsv,
    &Dwp,
    &layout::DWP_SHEET,
    &Caps,
    &PaymentsSheet,
    &settle::GOVUKPAY,
    &settle::GovukpayJson,
    &settle::STRIPE,
    &settle::StripeJson,
    &settle::ADYEN,
    &settle::ADYEN_ACCOUNTING,
    &settle::WORLDPAY,
    &settle::BARCLAYCARD,
    &settle::FUSE,
    &settle::Paypal,
];

/// The format of that name, as [`Format::name`] says it.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Format> {
    formats().iter().copied().find(|format| format.name() == name)
}

/// The one format that a file is of.
///
/// # Errors
///
/// [`Unrecognised`], in words for a cashier, when no format claims the file or
/// more than one does.
pub fn recognise(head: &Head<'_>) -> Result<&'static dyn Format, Unrecognised> {
    recognise_among(head, &[])
}

/// The one format that a file is of, formats of one's own tried before those
/// that come with the crate.
///
/// # Errors
///
/// As [`recognise`].
pub fn recognise_among<'f>(
    head: &Head<'_>,
    own: &[&'f dyn Format],
) -> Result<&'f dyn Format, Unrecognised> {
    // A spreadsheet is one that some format reads.
    let is_sheet = |strange: &Strange| *strange == Strange::Zip && xlsx::is_likely(head.bytes);
    // A format of one's own may be of bytes that are no text to others: EBCDIC.
    let strange = Strange::of(head.bytes).filter(|strange| !is_sheet(strange));
    if let Some(strange) = &strange
        && (*strange != Strange::Binary || own.is_empty())
    {
        return Err(Unrecognised::Strange(strange.clone()));
    }
    // Formats of one's own take the place of others of their names.
    let shipped: Vec<&'f dyn Format> = formats()
        .iter()
        .copied()
        .filter(|format| strange.is_none() && !own.iter().any(|own| own.name() == format.name()))
        .collect();
    for confidence in [Confidence::Sure, Confidence::Maybe, Confidence::Guess] {
        for among in [own, &shipped] {
            let mut claimed =
                among.iter().copied().filter(|format| format.recognise(head) == confidence);
            match (claimed.next(), claimed.next()) {
                (Some(format), None) => return Ok(format),
                (Some(first), Some(second)) => {
                    let (first, second) = (first.name().to_owned(), second.name().to_owned());
                    return Err(Unrecognised::Several { first, second });
                }
                (None, _) => {}
            }
        }
    }
    match strange.or_else(|| xml::root(head.bytes).map(|root| Strange::Xml { root })) {
        Some(strange) => Err(Unrecognised::Strange(strange)),
        None => Err(Unrecognised::Unknown),
    }
}

/// Why a file was not recognised.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unrecognised {
    /// It is plainly something that is not read here.
    #[error("{0}")]
    Strange(Strange),
    /// More than one format claims it.
    #[error("it could be {first} or {second}; say which it is with --as")]
    Several {
        /// The first that claims it.
        first: String,
        /// Another.
        second: String,
    },
    /// It is text, but of no known shape.
    #[error("its layout is not known; `ims file formats` lists those that are, and --as names one")]
    Unknown,
}
