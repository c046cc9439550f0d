//! What it pays out: each payout line by line, or listed for a person.

use chrono::NaiveDate;
use ims_money::Pence;
use ims_pay::{Page, PayoutPiece, Reply, Secret, Settlements as _};
use ims_providers::Stripe;
use serde_json::{Value, json};

use super::{KEY, merged, moved, now, reply};

#[test]
fn a_payout_is_told_line_by_line() {
    let stripe = Stripe::checkout(Secret::new(KEY));
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let payout = |id: &str, status: &str, automatic: bool| json!({ "id": id, "status": status, "automatic": automatic, "amount": 910 });
    // Made by hand, nothing says what it is made of; what did not arrive brought nothing.
    let payouts = [
        payout("po_1", "paid", true),
        payout("po_3", "paid", false),
        payout("po_4", "failed", true),
        payout("po_2", "paid", true),
    ];
    let payouts = json!({ "data": payouts, "has_more": false });
    let page = stripe.settled(None, &reply(&payouts)).unwrap();
    assert_eq!(page.after.as_deref(), Some("po_1=910 po_2=910"));
    assert_eq!(unread(&page), [Some("po_3")]);
    let request = stripe.settlement(day, day, page.after.as_deref(), now()).unwrap();
    assert!(request.url.contains("/balance_transactions?payout=po_1&limit=100"));
    let row = |id: &str, kind: &str, amount: i64, fee: i64| {
        json!({
            "id": id, "type": kind, "amount": amount, "fee": fee, "net": amount - fee,
            "currency": "gbp", "created": 1_795_345_000, "available_on": 1_795_345_000,
            "reporting_category": if kind == "adjustment" { "dispute" } else { kind },
            "source": { "id": "ch_1", "payment_intent": "pi_1", "metadata": { "reference": "p-1" } },
        })
    };
    let rows = [
        row("t1", "charge", 4_500, 80),
        row("t2", "refund", -2_000, 0),
        row("t3", "adjustment", -1_000, 1_500),
        row("t4", "stripe_fee", -30, 0),
        row("t5", "payout", -910, 0),
    ];
    let list = json!({ "data": rows, "has_more": true });
    let page = stripe.settled(Some("po_1=910 po_2=910"), &reply(&list)).unwrap();
    let next = "po_1=910@t5 po_2=910";
    assert_eq!(page.after.as_deref(), Some(next));
    let request = stripe.settlement(day, day, Some(next), now()).unwrap();
    assert!(request.url.contains("?payout=po_1&") && request.url.ends_with("_after=t5"));
    let net: i64 = page.rows.iter().map(|row| row.line().unwrap().line.net.get()).sum();
    assert_eq!((page.rows.len(), net), (4, 4_420 - 2_000 - 2_500 - 30));
    let last = json!({ "data": [row("t6", "charge", 1, 0)], "has_more": false });
    let page = stripe.settled(Some(next), &reply(&last)).unwrap();
    assert_eq!(page.after.as_deref(), Some("po_2=910"));
    assert_eq!(
        page.rows.last(),
        Some(&PayoutPiece::Whole { payout: "po_1".to_owned(), total: Some(Pence::new(910)) })
    );
}

/// The payouts that do not read, by their names.
fn unread(page: &Page<PayoutPiece>) -> Vec<Option<&str>> {
    let unread = page.rows.iter().filter_map(|piece| match piece {
        PayoutPiece::Unread { payout, .. } => Some(payout.payout.as_deref()),
        PayoutPiece::Line(_) | PayoutPiece::Whole { .. } => None,
    });
    unread.collect()
}

#[test]
fn a_list_of_payouts_goes_on_after_those_that_were_told() {
    let stripe = Stripe::checkout(Secret::new(KEY));
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let asked = |after: &str| stripe.settlement(day, day, Some(after), now()).unwrap().url;
    let payout = |id: &str, status: &str| json!({ "id": id, "status": status });
    let of = |rows: &[Value], more| reply(&json!({ "data": rows, "has_more": more }));
    let first = of(&[payout("po_1", "paid"), payout("po_2", "failed")], true);
    let page = stripe.settled(None, &first).unwrap();
    assert_eq!(page.after.as_deref(), Some("po_1 +po_2"));
    // After the last line of the last payout that was listed the list is asked for again.
    let none = of(&[], false);
    let one = of(&[moved("charge", 4_500, 80)], false);
    let page = stripe.settled(Some("po_1 +po_2"), &one).unwrap();
    assert_eq!(page.after.as_deref(), Some("+po_2"));
    let url = asked("+po_2");
    assert!(url.contains("/payouts?") && url.ends_with("&limit=100&starting_after=po_2"), "{url}");
    let page = stripe.settled(Some("+po_2"), &of(&[payout("po_3", "paid")], false)).unwrap();
    assert_eq!(page.after.as_deref(), Some("po_3"));
    assert_eq!(stripe.settled(Some("+po_2"), &none).unwrap().after, None);
    // Of a list that goes on nowhere the rest would be missed by nobody.
    for rows in [&[][..], &[json!({ "status": "paid" })]] {
        assert!(stripe.settled(None, &of(rows, true)).is_err(), "{rows:?}");
    }
}

/// Its money came, and what it is made of is not said: nobody passes over it.
#[test]
fn a_payout_of_nothing_is_for_a_person() {
    let stripe = Stripe::checkout(Secret::new(KEY));
    let payout = json!({ "id": "po_2", "type": "payout", "amount": -910, "fee": 0, "net": -910 });
    for rows in [vec![], vec![payout]] {
        let list = json!({ "data": rows, "has_more": false });
        let page = stripe.settled(Some("po_1=910 po_2"), &reply(&list)).unwrap();
        assert_eq!((unread(&page), page.after.as_deref()), (vec![Some("po_1")], Some("po_2")));
    }
    let row = |status: &str| json!({ "id": "po_1", "status": "paid", "amount": 1, "reconciliation_status": status });
    for (status, is_read) in [("in_progress", false), ("completed", true)] {
        let list = json!({ "data": [row(status)], "has_more": false });
        let page = stripe.settled(None, &reply(&list)).unwrap();
        assert_eq!(
            (unread(&page).is_empty(), page.after.is_some()),
            (is_read, is_read),
            "{status}"
        );
    }
}

#[test]
fn a_payout_that_does_not_read_hides_no_other() {
    let stripe = Stripe::checkout(Secret::new(KEY));
    let rows = [
        json!({ "id": "po_1", "status": "paid" }),
        json!({ "id": "po_2", "status": "muddled" }),
        json!({ "id": "po_3@x po_4", "status": "paid" }),
        json!({ "status": "paid" }),
    ];
    let page = stripe.settled(None, &reply(&json!({ "data": rows, "has_more": false }))).unwrap();
    assert_eq!(page.after.as_deref(), Some("po_1"));
    assert_eq!(unread(&page), [Some("po_2"), Some("po_3@x po_4"), None]);
    let net = merged(moved("charge", 5, 1), json!({ "net": 5 }));
    for (what, told) in [
        ("a line", reply(&json!({ "data": [moved("charge", 5, 1), net], "has_more": true }))),
        ("the page", Reply::new(200, "<html>")),
        ("no more there", Reply::new(404, "")),
        ("none that has lines", Reply::new(400, r#"{"error":{"code":"x"}}"#)),
    ] {
        let page = stripe.settled(Some("po_1@t5 po_2"), &told).unwrap();
        assert_eq!((unread(&page), page.rows.len()), (vec![Some("po_1")], 1), "{what}");
        assert_eq!(page.after.as_deref(), Some("po_2"), "{what}");
    }
    // The key, or the provider, says nothing of one payout.
    for status in [401, 403, 429, 500] {
        assert!(stripe.settled(Some("po_1 po_2"), &Reply::new(status, "")).is_err(), "{status}");
    }
}
