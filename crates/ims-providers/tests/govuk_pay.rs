//! GOV.UK Pay, against its own documentation and signature.
#![cfg(feature = "govuk-pay")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};
use ims_ledger::SettlementKind;
use ims_money::Pence;
use ims_pay::{
    Agreeing, AgreementState, Agreements, Ask, Cancels, Captures, Channel, Delivery, DisputeState,
    Disputes, Heard, Language, MacKey, Names, NewAgreement, NextStep, Order, Payer, Provider,
    ProviderError, RefundEvent, RefundOrder, Refunds, Reply, Request, Saying, Searches, Secret,
    Settlements, Span, StatusName, Take, conformance::Suite,
};
use ims_providers::GovUkPay;

const KEY: &str = "api_test_key-of-ours";
const SIGNING: &str = "signing-secret-of-ours";
const REFERENCE: &str = "GOV.UK Pay documentation, api_reference (docs.payments.service.gov.uk)";
const WEBHOOKS: &str = "GOV.UK Pay documentation, webhooks";
const AGREEMENTS: &str = "GOV.UK Pay documentation, recurring_payments and its API reference";

fn pay() -> GovUkPay {
    GovUkPay::new(Secret::new(KEY)).noticed_with(Secret::new(SIGNING))
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 11, 0, 0).unwrap()
}

fn order() -> Order {
    Order::of("p-12345", Pence::new(5_000), "Council tax", "https://council.example/back").unwrap()
}

/// A payment in the shape of the reference page "Get information about a payment".
fn payment(state: &str, more: &str) -> String {
    format!(
        r#"{{"created_date":"2026-11-22T10:36:26.988Z","amount":5000,"state":{state},
        "description":"Council tax","reference":"p-12345","language":"en",
        "payment_id":"hu20sqlact5260q2nanm0q8u93","payment_provider":"worldpay",
        "delayed_capture":false,"moto":false,
        "refund_summary":{{"status":"available","amount_available":5000,"amount_submitted":0}},
        "settlement_summary":{{}},
        "card_details":{{"card_brand":"Visa","card_type":"debit",
          "last_digits_card_number":"1234","first_digits_card_number":"123456",
          "expiry_date":"04/28","cardholder_name":"A Payer"}},
        "a_field_to_come":[1,2]{more}}}"#
    )
}

fn finished(status: &str, code: &str) -> String {
    format!(
        r#"{{"status":"{status}","finished":true,"message":"As the code says","code":"{code}"}}"#
    )
}

fn signed(body: &str) -> Delivery {
    let signature = MacKey::text(&Secret::new(SIGNING)).sign_hex(body.as_bytes());
    Delivery::new(&[("Pay-Signature", &signature), ("Content-Type", "application/json")], body)
}

fn webhook(event: &str, resource_type: &str, resource: &str) -> Delivery {
    signed(&format!(
        r#"{{"webhook_message_id":"m-1","api_version":1,"created_date":"2026-11-22T10:40:00.000Z",
        "resource_id":"hu20sqlact5260q2nanm0q8u93","resource_type":"{resource_type}",
        "event_type":"{event}","resource":{resource}}}"#
    ))
}

const HU20: Names<'_> = Names { provider_ref: "hu20", transaction: None };
const NEXT: &str = r#","_links":{"next_url":{"href":"https://www.payments.service.gov.uk/secure/bb0a272c","method":"GET"}}"#;
const SUCCESS: &str = r#"{"status":"success","finished":true}"#;

#[test]
fn keeps_what_every_adapter_must() {
    let pay = pay();
    let (order, reply) = (order(), |body: &str| Reply::new(200, body));
    let state = |status: &str| format!(r#"{{"status":"{status}","finished":false}}"#);
    let refund = RefundOrder::of(
        "r-1",
        "p-12345",
        "hu20sqlact5260q2nanm0q8u93",
        Pence::new(2_000),
        Pence::new(5_000),
    )
    .unwrap();
    let refunded = |status: &str| {
        reply(&format!(
            r#"{{"amount":2000,"created_date":"2026-11-22T16:53:03.213Z","refund_id":"j6se0f2o","status":"{status}","settlement_summary":{{}}}}"#
        ))
    };
    let refund_notice = r#"{"refund_id":"j6se0f2o","payment_id":"hu20sqlact5260q2nanm0q8u93","amount":2000,"status":"success","created_date":"2026-11-22T16:53:03.213Z"}"#;
    let mut suite = Suite::new(&pay, &order, now())
        .secret(KEY)
        .secret(SIGNING)
        .asked(
            REFERENCE,
            &order,
            Reply::new(201, payment(&state("created"), NEXT)),
            StatusName::Started,
        )
        .refunded(REFERENCE, &refund, refunded("submitted"), RefundEvent::Send)
        .refunded(REFERENCE, &refund, refunded("success"), RefundEvent::Pay)
        .refunded(REFERENCE, &refund, refunded("error"), RefundEvent::Fail)
        .noticed(
            WEBHOOKS,
            &order,
            webhook("card_payment_refunded", "refund", refund_notice),
            "refund:paid",
        );
    for (state, wanted, told) in [
        (state("created"), StatusName::Started, "started"),
        (state("started"), StatusName::Started, "started"),
        (state("submitted"), StatusName::Pending, "pending"),
        (state("capturable"), StatusName::Authorised, "authorised"),
        (SUCCESS.to_owned(), StatusName::Captured, "captured"),
        (finished("failed", "P0010"), StatusName::Failed, "failed"),
        (finished("failed", "P0020"), StatusName::Expired, "expired"),
        (finished("failed", "P0030"), StatusName::Cancelled, "cancelled"),
        (finished("cancelled", "P0040"), StatusName::Cancelled, "cancelled"),
        (finished("error", "P0050"), StatusName::Errored, "errored"),
    ] {
        suite = suite.looked(REFERENCE, &order, reply(&payment(&state, "")), wanted).noticed(
            WEBHOOKS,
            &order,
            webhook("card_payment_succeeded", "payment", &payment(&state, "")),
            told,
        );
    }
    let (later, held) = (order.clone().take(Take::Later), payment(&state("capturable"), ""));
    suite = suite.looked(REFERENCE, &later, reply(&held), StatusName::Authorised);
    let gone = || Reply::new(204, "");
    let suite = lists(suite.captured(REFERENCE, gone()).cancelled(REFERENCE, gone()), &order);
    let suite = suite.signature_tried_apart("it has a key of its own");
    let report = agreements::agreements(suite).check();
    assert!(report.is_kept(), "{report}");
}

/// A page with these rows, and one after it.
fn page_of(rows: &[String]) -> Reply {
    let rows = rows.join(",");
    Reply::new(
        200,
        format!(
            r#"{{"total":9,"count":2,"page":1,"results":[{rows}],"_links":{{"next_page":{{"href":"https://x/v1/payments?page=2"}}}}}}"#
        ),
    )
}

fn lists<'p>(suite: Suite<'p>, order: &Order) -> Suite<'p> {
    let settled = r#""settlement_summary":{"settled_date":"2026-11-20"}"#;
    let paid = payment(SUCCESS, r#","fee":100,"net_amount":4900"#)
        .replace(r#""settlement_summary":{}"#, settled);
    let failed = payment(&finished("failed", "P0010"), "").replace("p-12345", "p-54321");
    let muddled = payment(&finished("muddled", "P0010"), "");
    let refund = format!(
        r#"{{"refund_id":"a","payment_id":"p","amount":2000,"status":"success",{settled}}}"#
    );
    let dispute = |status: &str| {
        format!(
            r#"{{"dispute_id":"d","payment_id":"p","amount":1200,"fee":1500,"net_amount":-2700,"status":"{status}","reason":"fraudulent",{settled}}}"#
        )
    };
    let other = Order::of("p-54321", order.amount(), "", order.return_url()).unwrap();
    let net = |kind, pence| Some((kind, Pence::new(pence)));
    suite
        .found(
            REFERENCE,
            page_of(&[paid.clone(), muddled, failed.clone()]),
            &[Some((order, StatusName::Captured)), None, Some((&other, StatusName::Failed))],
        )
        .settled(
            REFERENCE,
            None,
            page_of(&[paid.clone(), paid.replace("4900", "4901"), failed]),
            &[net(SettlementKind::Payment, 4_900), None],
        )
        .settled(
            REFERENCE,
            Some("refunds 1"),
            page_of(&[refund]),
            &[net(SettlementKind::Refund, -2_000)],
        )
        .settled(
            REFERENCE,
            Some("disputes 1"),
            page_of(&[dispute("lost")]),
            &[net(SettlementKind::Dispute, -2_700)],
        )
        .disputed(
            REFERENCE,
            page_of(&[dispute("needs_response"), dispute("muddled")]),
            &[Some(("d", DisputeState::Opened)), None],
        )
}

fn sent(order: &Order) -> Request {
    let Ask::Send(request) = pay().ask(order, now()).unwrap() else { panic!("handed") };
    request
}

fn body(request: &Request) -> serde_json::Value {
    serde_json::from_slice(&request.body.0).unwrap()
}

#[test]
fn asks_as_the_service_wants_to_be_asked() {
    let payer = Payer {
        name: Some("Sherlock \"S\" Holmes".to_owned()),
        email: Some("s.holmes@example.com".to_owned()),
        line1: Some("221 Baker Street".to_owned()),
        postcode: Some("NW1 6XE".to_owned()),
        ..Payer::default()
    };
    let order = Order::of("p-1", Pence::new(14_500), "Tax <2026> | \"all\"", "https://c.example/b")
        .unwrap()
        .by(Channel::Staff)
        .in_language(Language::Welsh)
        .take(Take::Later)
        .paid_by(payer)
        .unwrap();
    let request = sent(&order);
    assert_eq!(request.header("Authorization"), Some("Bearer api_test_key-of-ours"));
    assert_eq!(
        body(&request),
        serde_json::json!({
            "amount": 14_500,
            "reference": "p-1",
            "description": "Tax  2026     all ",
            "language": "cy",
            "delayed_capture": true,
            "moto": true,
            "return_url": "https://c.example/b",
            "email": "s.holmes@example.com",
            "prefilled_cardholder_details": {
                "cardholder_name": "Sherlock  S  Holmes",
                "billing_address": {
                    "line1": "221 Baker Street", "postcode": "NW1 6XE", "country": "GB",
                },
            },
        })
    );
    for refused in [
        Order::of("p-1", Pence::new(10_000_001), "", "https://c.example/b").unwrap(),
        order.clone().by(Channel::Telephone),
        order.by(Channel::Terminal("1".to_owned())),
    ] {
        let error = pay().ask(&refused, now()).unwrap_err();
        assert!(matches!(error, ProviderError::CannotAsk(_)), "{error}");
    }
}

/// Its words are those of its connector's own tests.
#[test]
fn says_that_an_account_takes_no_cards_from_staff() {
    let refused = |code: &str| {
        let body = format!(
            r#"{{"code":"{code}","description":"MOTO payments are not enabled for this account."}}"#
        );
        pay().asked(&Reply::new(422, body)).unwrap_err()
    };
    let ProviderError::CannotAsk(why) = refused("P0196") else { panic!("it is another error") };
    assert!(why.contains("telephone payments (MOTO)"), "{why}");
    let other = refused("P0101");
    assert!(matches!(other, ProviderError::Rejected { status: 422, .. }), "{other:?}");
}

/// Worldpay or Stripe pays the money out, and knows it by a name of theirs.
#[test]
fn the_processors_name_is_told_beside_the_payments_own() {
    let look = |more: &str| pay().looked(&Reply::new(200, payment(SUCCESS, more))).unwrap();
    for (more, name) in [(r#","provider_id":"10987654321""#, Some("10987654321")), ("", None)] {
        let said = look(more);
        let Saying::Paid(paying) = said.saying() else { panic!("{said:?}") };
        assert_eq!((paying.processor.as_deref(), paying.transaction.as_deref()), (name, None));
    }
}

#[test]
fn a_corporate_card_s_surcharge_is_money_too() {
    let look = |total: i64| {
        let more = format!(
            r#","corporate_card_surcharge":250,"total_amount":{total},"fee":200,"net_amount":5050"#
        );
        pay().looked(&Reply::new(200, payment(SUCCESS, &more)))
    };
    let event = look(5_250).unwrap().of(&order(), now()).unwrap();
    let Heard::Paid(taken) = event.what() else { panic!("{event:?}") };
    assert_eq!((taken.amount(), taken.surcharge()), (Pence::new(5_000), Pence::new(250)));
    assert_eq!(taken.fee(), Some(Pence::new(200)));
    assert_eq!(taken.card().map(|card| card.last_digits()), Some("1234"));
    assert_eq!(taken.at().to_rfc3339(), "2026-11-22T10:36:26.988+00:00");
    assert!(look(5_251).is_err());
}

#[test]
fn a_payment_nobody_named_is_searched_for_by_our_reference() {
    let request = pay().look(&order(), None, now()).unwrap();
    assert!(request.url.ends_with("/v1/payments?reference=p-12345"));
    let found = |rows: &[String]| {
        let rows = rows.join(",");
        pay().looked(&Reply::new(200, format!(r#"{{"total":1,"results":[{rows}]}}"#)))
    };
    let one = payment(SUCCESS, "");
    assert_eq!(found(&[]), Err(ProviderError::NotFound));
    assert!(found(std::slice::from_ref(&one)).unwrap().of(&order(), now()).is_ok());
    assert!(found(&[one.clone(), one]).is_err());
}

#[test]
fn an_error_is_told_by_its_code() {
    let reply =
        Reply::new(412, r#"{"code":"P0604","description":"Refund amount available mismatch."}"#);
    let error = pay().refunded(&reply).unwrap_err();
    assert_eq!(error, ProviderError::Rejected { status: 412, code: Some("P0604".to_owned()) });
    let busy = Reply { retry_after_seconds: Some(2), ..Reply::new(429, r#"{"code":"P0900"}"#) };
    let error = pay().looked(&busy).unwrap_err();
    assert_eq!(ims_pay::wait_seconds(&error, 1, 0), Some(2));
}

#[test]
fn what_is_left_goes_with_a_refund() {
    let (amount, left) = (Pence::new(2_000), Pence::new(5_000));
    let refund = RefundOrder::of("r-1", "p-1", "pay/1", amount, left).unwrap();
    let request = pay().refund(&refund, now()).unwrap();
    assert!(request.url.ends_with("/v1/payments/pay%2F1/refunds"), "{}", request.url);
    let wanted = serde_json::json!({ "amount": 2_000, "refund_amount_available": 5_000 });
    assert_eq!(body(&request), wanted);
    let list = r#"{"payment_id":"pay/1","_embedded":{"refunds":[
        {"refund_id":"a","created_date":"2026-02-17T12:42:55.510Z","amount":5000,"status":"success"},
        {"refund_id":"b","created_date":"2026-03-22T12:44:15.227Z","amount":2000,"status":"submitted"}]}}"#;
    let said = pay().looked_at_refund(&Reply::new(200, list)).unwrap();
    let told: Vec<_> = said.iter().map(|said| said.of(&refund).ok()).collect();
    assert_eq!(told, [None, Some(RefundEvent::Send)]);
}

#[test]
fn a_search_goes_page_by_page() {
    let span = Span { from: now(), to: now() };
    let request = pay().search(span, Some("2"), now()).unwrap();
    assert!(request.url.ends_with(
        "?from_date=2026-11-22T11%3A00%3A00Z&to_date=2026-11-22T11%3A00%3A00Z&display_size=500&page=2"
    ));
    let rows = [payment(SUCCESS, ""), payment(&finished("strange", "P0010"), "")].join(",");
    let page = |links: &str| {
        let body =
            format!(r#"{{"total":3,"count":2,"page":1,"results":[{rows}],"_links":{{{links}}}}}"#);
        pay().found(&Reply::new(200, body)).unwrap()
    };
    let more = page(r#""next_page":{"href":"https://x/v1/payments?page=2"}"#);
    assert_eq!((more.rows.len(), more.after.as_deref()), (2, Some("2")));
    // A row that does not read hides no other.
    assert_eq!(more.rows.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    assert_eq!(page(r#""next_page":{}"#).after, None);
    assert!(pay().found(&Reply::new(200, r#"{"total":0}"#)).is_err());
}

#[test]
fn a_settlement_is_payments_refunds_and_disputes() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let part = |part: &str, rows: &str| {
        let body = format!(
            r#"{{"page":1,"results":[{rows}],"_links":{{"self":{{"href":"https://publicapi.payments.service.gov.uk/v1/{part}?page=1"}}}}}}"#
        );
        pay().settled(Some(&format!("{part} 1")), &Reply::new(200, body)).unwrap()
    };
    let request = pay().settlement(day, day, Some("refunds 1"), now()).unwrap();
    assert!(
        request.url.contains("/v1/refunds?from_settled_date=2026-11-20&to_settled_date=2026-11-20")
    );

    let settled = r#","settlement_summary":{"settled_date":"2026-11-20"}"#;
    let paid = payment(SUCCESS, r#","fee":100,"net_amount":4900"#)
        .replace(r#""settlement_summary":{}"#, &settled[1..]);
    let unsettled = payment(SUCCESS, "");
    let refund = format!(
        r#"{{"refund_id":"a","payment_id":"p","amount":2000,"status":"success"{settled}}}"#
    );
    let dispute = format!(
        r#"{{"dispute_id":"d","payment_id":"p","amount":1200,"fee":1500,"net_amount":-2700,"status":"lost","reason":"fraudulent"{settled}}}"#
    );
    let pages = [
        part("payments", &format!("{paid},{unsettled}")),
        part("refunds", &refund),
        part("disputes", &dispute),
    ];
    let lines: Vec<_> =
        pages.iter().flat_map(|page| &page.rows).map(|row| &row.line().unwrap().line).collect();
    let told: Vec<_> =
        lines.iter().map(|l| (l.kind, l.gross.get(), l.fee.get(), l.net.get())).collect();
    assert_eq!(
        told,
        [
            (SettlementKind::Payment, 5_000, 100, 4_900),
            (SettlementKind::Refund, -2_000, 0, -2_000),
            (SettlementKind::Dispute, -1_200, 1_500, -2_700),
        ]
    );
    let after: Vec<_> = pages.iter().map(|page| page.after.as_deref()).collect();
    assert_eq!(after, [Some("refunds 1"), Some("disputes 1"), None]);
}

#[test]
fn disputes_say_where_they_stand() {
    let rows: Vec<String> = ["needs_response", "under_review", "won", "lost"]
        .iter()
        .map(|status| format!(
            r#"{{"amount":1200,"created_date":"2026-01-21T17:15:00.000Z","dispute_id":"d","evidence_due_date":"2026-02-10T23:59:59.000Z","fee":1500,"net_amount":-2500,"payment_id":"p","reason":"credit_not_processed","status":"{status}"}}"#
        ))
        .collect();
    let page =
        pay().disputed(&Reply::new(200, format!(r#"{{"results":[{}]}}"#, rows.join(",")))).unwrap();
    let rows: Vec<_> = page.rows.into_iter().map(Result::unwrap).collect();
    let states: Vec<_> = rows.iter().map(|row| row.state).collect();
    assert_eq!(
        states,
        [DisputeState::Opened, DisputeState::UnderReview, DisputeState::Won, DisputeState::Lost]
    );
    assert_eq!(rows[0].evidence_due, NaiveDate::from_ymd_opt(2026, 2, 10));
}

#[test]
fn taking_and_letting_go_are_asked_and_then_looked_at() {
    let capture = pay().capture(&order(), HU20, now()).unwrap();
    assert!(capture.url.ends_with("/v1/payments/hu20/capture"));
    pay().captured(&Reply::new(204, "")).unwrap();
    assert!(pay().cancel(&order(), HU20, now()).unwrap().url.ends_with("/payments/hu20/cancel"));
    let refused = Reply::new(400, r#"{"code":"P0501","description":"Cancellation failed"}"#);
    assert!(pay().cancelled(&refused).is_err());
}

#[path = "govuk_pay/agreements.rs"]
mod agreements;
#[path = "govuk_pay/payouts.rs"]
mod payouts;
#[path = "govuk_pay/signatures.rs"]
mod signatures;
