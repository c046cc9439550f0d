//! The layouts that come with the crate.

use std::sync::LazyLock;

use super::{Layout, format::Shipped};

macro_rules! layouts {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../layouts/", $name, ".toml")))),+]
    };
}

/// The layouts that come with the crate, as TOML to be used or changed.
#[must_use]
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    LAYOUTS
}

static LAYOUTS: &[(&str, &str)] = layouts![
    "ledger-journal",
    "unit4-gl07",
    "oracle-fbdi-gl",
    "oracle-gl-interface",
    "sap-journal",
    "dynamics-journal",
    "technologyone-journal",
    "sage50-audit-trail",
    "xero-manual-journal",
    "civica-financials-journal",
    "host-cash",
    "host-council-tax",
    "host-rates",
    "host-rents",
    "host-debtors",
    "host-parking",
    "allpay",
    "paypoint-fixed",
    "paypoint-csv",
    "post-office-fixed",
    "post-office-csv",
    "dwp-sheet",
    "receipts-by-name",
    "oracle-import-results",
    "oracle-invoice-status",
    "export-results",
];

/// The layout of that name among those that come with the crate.
///
/// ```
/// let layout = ims_files::layout::named("ledger-journal");
/// assert!(layout.is_some_and(|layout| layout.writes()));
/// ```
#[must_use]
pub fn named(name: &str) -> Option<Layout> {
    let (_, toml) = shipped().iter().find(|(held, _)| *held == name)?;
    Layout::check(toml).ok()
}

macro_rules! readers {
    ($($reader:ident = $name:literal),+ $(,)?) => {
        $(pub(crate) static $reader: Shipped =
            Shipped { name: $name, layout: LazyLock::new(|| named($name)) };)+
    };
}

readers! {
    ALLPAY = "allpay",
    PAYPOINT_FIXED = "paypoint-fixed",
    PAYPOINT_CSV = "paypoint-csv",
    POST_OFFICE_FIXED = "post-office-fixed",
    POST_OFFICE_CSV = "post-office-csv",
    DWP_SHEET = "dwp-sheet",
    RECEIPTS_BY_NAME = "receipts-by-name",
    ORACLE_IMPORT_RESULTS = "oracle-import-results",
    ORACLE_INVOICE_STATUS = "oracle-invoice-status",
    EXPORT_RESULTS = "export-results",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_layout_of_its_own_name() {
        for (name, toml) in shipped() {
            match Layout::check(toml) {
                Ok(layout) => assert_eq!(layout.name(), *name),
                Err(faults) => panic!("{name}: {faults:?}"),
            }
        }
    }
}
