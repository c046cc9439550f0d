//! Rows of a settlement that do not read.

use chrono::NaiveDate;
use ims_pay::{PayoutPiece, Reply, Settlements as _};

use super::{SUCCESS, page_of, pay, payment};

/// Of which day it is says which payout is not whole; of none, that any may not be.
#[test]
fn a_row_that_does_not_read_spoils_its_own_day() {
    let settled = |day: &str| format!(r#""settlement_summary":{{"settled_date":{day}}}"#);
    let paid = |net: i64, day: &str| {
        payment(SUCCESS, &format!(r#","fee":100,"net_amount":{net}"#))
            .replace(r#""settlement_summary":{}"#, &settled(day))
    };
    let rows = [
        paid(4_900, r#""2026-11-20""#),
        paid(1, r#""2026-11-21""#),
        paid(4_900, r#""muddled""#),
        paid(4_900, "20261120"),
    ];
    let page = pay().settled(None, &page_of(&rows)).unwrap();
    let days: Vec<_> = page
        .rows
        .iter()
        .map(|piece| match piece {
            PayoutPiece::Line(settled) => ("read", settled.payout.date),
            PayoutPiece::Unread { payout, .. } => ("unread", payout.date),
            PayoutPiece::Whole { .. } => ("whole", None),
        })
        .collect();
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day);
    let unread = [("unread", day(21)), ("unread", None), ("unread", None)];
    assert_eq!((days[0], &days[1..]), (("read", day(20)), &unread[..]));
    assert_eq!(page.after.as_deref(), Some("payments 2"));
    // The next page has a number, or the rest would be missed by nobody.
    let lost = r#"{"results":[],"_links":{"next_page":{"href":"https://x/v1/payments?page=2"}}}"#;
    assert!(pay().settled(None, &Reply::new(200, lost)).is_err());
}
