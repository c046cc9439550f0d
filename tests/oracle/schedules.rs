//! Schedules and settlements of others: what their files hold, counted by hand.

use std::fs;

use ims_files::{Contents, Head, Verdict, recognise};

/// A file, what it is, how many lines of money it has and their sum, and the word of
/// the one error it should have.
type Row = (&'static str, &'static str, u64, &'static str, Option<&'static str>);

const FILES: &[Row] = &[
    // 96.83 and 96.83 of two payments, 110 of a lost dispute, a penny of a refused card.
    (
        "settlement/alphagov-pay-selfservice__sample_reporting_payout.csv",
        "govukpay-csv",
        4,
        "83.65",
        None,
    ),
    (
        "dwp/hmcts-opal-file-handler-service__test_resources_fixtures_pacs-ttp_typical.xml",
        "dwp-xml",
        2,
        "60.00",
        None,
    ),
    (
        "dwp/hmcts-opal-file-handler-service__test_resources_fixtures_pacs-ttp_all-negative.xml",
        "dwp-xml",
        1,
        "-10.00",
        None,
    ),
    ("dwp/hmcts-opal__0000031712_dat_0000098475_20260408_103500.txt", "dwp-xml", 2, "60.00", None),
    ("dwp/hmcts-opal__bailiff_marston-unique.txt", "dwp-xml", 1, "10.00", None),
    // Its total is neither of all payments (230.00) nor of those that succeeded.
    (
        "agents/hmcts-opal-file-handler-service__integrationTest_resources_bais-emulator_2498-MCPLDB-MOJ-Payments-Report-Daily-2026-07-07-06-00-18.xlsx",
        "payments-sheet",
        3,
        "210.00",
        Some("TOTAL:` says 200.00"),
    ),
    // Its payment of 111.35 has one part, of 658.88.
    (
        "agents/hmcts-opal-file-handler-service__integrationTest_resources_bais-emulator_CapFa.GB.20260702.173024.xml",
        "caps-xml",
        1,
        "658.88",
        Some("the payment says 111.35"),
    ),
    ("govukpay/docs__single_payment_reference__01.json", "govukpay-json", 1, "38.00", None),
    ("govukpay/docs__refund_payment_reference__02.json", "govukpay-json", 1, "-10.00", None),
    ("govukpay/docs__refund_status_reference__01.json", "govukpay-json", 1, "-20.00", None),
    // The published example takes 12.00 and a fee of 15.00 and says 25.00.
    (
        "govukpay/docs__search_disputes_reference__01.json",
        "govukpay-json",
        0,
        "",
        Some("net -25.00 is not gross -12.00 less fee 15.00"),
    ),
];

#[test]
fn schedules_and_settlements_have_the_lines_they_show() {
    let Some(folder) = super::samples("schedules and settlements of others") else { return };
    let mut wrong = Vec::new();
    for (file, format, count, sum, error) in FILES {
        let path = folder.join(file);
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let head =
            Head { bytes: &bytes[..bytes.len().min(65_536)], file_name: &super::name(&path) };
        let found = recognise(&head).map(|format| format.name());
        let (_, verdict): (Contents, Verdict) = super::read(format, &bytes);
        let totals = verdict.totals.map_or((0, String::new()), |t| (t.count, t.sum.to_string()));
        let first =
            verdict.faults.iter().find(|fault| fault.severity == ims_files::Severity::Error);
        let told = match (first, error) {
            (Some(fault), Some(words)) => verdict.errors == 1 && fault.message.contains(words),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if found != Ok(*format) || totals != (*count, (*sum).to_owned()) || !told {
            wrong.push(format!("{file}: {found:?} {totals:?} {first:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
