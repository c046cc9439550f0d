//! Worldpay, against the exchanges that GOV.UK Pay's connector recorded, Worldpay's
//! own description of Access events, and a published MAC.
#![cfg(feature = "worldpay")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Captures, Delivery, MacKey, Names, NotVerified, Notices, Order, Provider, ProviderError,
    RefundEvent, RefundOrder, Refunds, Reply, Secret, StatusName, Take, conformance::Suite, form,
};
use ims_providers::{AccessWorldpay, WorldpayGateway};
use serde_json::json;

const KEY: &str = "xml-password-of-ours";
const MAC: &str = "@p-p1epie";
const RECORDED: &str = "alphagov/pay-connector, templates/worldpay: inquiry, refund, notification";
const HOSTED: &str = "Worldpay WPG guide, hosted integration: order reply, securing payments";
const VECTOR: &str = "Worldpay/hybris, HMAC256MacValidatorTest";
const EVENTS: &str = "docs.worldpay.com, Access Worldpay Events v1 and its Event-Signature";
const PAGES: &str = "developer.worldpay.com, Access hosted payment pages v1, payment queries";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_345_200, 0).unwrap()
}

fn gateway() -> WorldpayGateway {
    let gateway = WorldpayGateway::new("MERCHANTCODE", "1234567", Secret::new(KEY));
    gateway.signed_with(Secret::new(MAC))
}

fn order() -> Order {
    Order::of("T0211010", Pence::new(1_400), "Rent & more", "https://council.example/back").unwrap()
}

fn reply(inside: &str) -> Reply {
    Reply::new(
        200,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE paymentService PUBLIC \"-//WorldPay//DTD WorldPay PaymentService v1//EN\"\n \"http://dtd.worldpay.com/paymentService_v1.dtd\">\n<paymentService version=\"1.4\" merchantCode=\"MERCHANTCODE\"><reply>{inside}</reply></paymentService>"
        ),
    )
}

const AMOUNT: &str =
    "<amount value=\"1400\" currencyCode=\"GBP\" exponent=\"2\" debitCreditIndicator=\"credit\"/>";

fn inquiry(event: &str) -> Reply {
    reply(&format!(
        "<orderStatus orderCode=\"T0211010\"><payment><paymentMethod>VISA-SSL</paymentMethod>{AMOUNT}<lastEvent>{event}</lastEvent><CVCResultCode description=\"A\"/><cardNumber>4444********1111</cardNumber></payment></orderStatus>"
    ))
}

fn hosted() -> Reply {
    reply(
        "<orderStatus orderCode=\"T0211010\"><reference id=\"1234567\">https://secure.worldpay.com/jsp/shopper/SelectPaymentMethod.jsp?orderKey=A%5EM%5ET0211010</reference></orderStatus>",
    )
}

fn came_back(status: &str) -> Delivery {
    let fields = ["MYADMINCODE^MYMERCHANT^T0211010", "1400", "GBP", status];
    let mac = MacKey::text(&Secret::new(MAC)).sign_hex(fields.join(":").as_bytes());
    let names = ["orderKey", "paymentAmount", "paymentCurrency", "paymentStatus", "mac2"];
    let values = [fields[0], fields[1], fields[2], fields[3], &mac];
    let pairs: Vec<(&str, &str)> = names.into_iter().zip(values).collect();
    // As browsers write it; `^` is escaped, and one way only.
    Delivery { query: form::encode(&pairs).replace("%5E", "^"), ..Delivery::default() }
}

#[test]
fn the_gateway_keeps_what_every_adapter_must() {
    let (gateway, order) = (gateway(), order());
    let refund = RefundOrder::of("r-1", "T0211010", "T0211010", Pence::new(500), Pence::new(1_400));
    let refunded = reply(
        "<ok><refundReceived orderCode=\"T0211010\"><amount value=\"500\" currencyCode=\"GBP\" exponent=\"2\" debitCreditIndicator=\"credit\"/></refundReceived></ok>",
    );
    let mut suite = Suite::new(&gateway, &order, now())
        .secret(KEY)
        .secret(MAC)
        .asked(HOSTED, &order, hosted(), StatusName::Started)
        .refunded(RECORDED, &refund.unwrap(), refunded, RefundEvent::Send)
        .noticed(HOSTED, &order, came_back("AUTHORISED"), "authorised")
        .noticed(HOSTED, &order, came_back("REFUSED"), "failed");
    for (event, wanted) in [
        ("SENT_FOR_AUTHORISATION", StatusName::Pending),
        ("AUTHORISED", StatusName::Authorised),
        ("CAPTURED", StatusName::Captured),
        ("SETTLED", StatusName::Captured),
        ("SENT_FOR_REFUND", StatusName::Captured),
        ("REFUSED", StatusName::Failed),
        ("CANCELLED", StatusName::Cancelled),
        ("EXPIRED", StatusName::Expired),
        ("ERROR", StatusName::Errored),
    ] {
        suite = suite.looked(RECORDED, &order, inquiry(event), wanted);
    }
    let later = order.clone().take(Take::Later);
    suite = suite.looked(RECORDED, &later, inquiry("AUTHORISED"), StatusName::Authorised);
    let taken = reply("<ok><captureReceived orderCode=\"T0211010\"/></ok>");
    let called_off = reply("<ok><cancelReceived orderCode=\"T0211010\"/></ok>");
    let suite = suite.signature_tried_apart("it has a key and an order of its own");
    let report = suite.captured(RECORDED, taken).cancelled(RECORDED, called_off).check();
    assert!(report.is_kept(), "{report}");
}

#[test]
fn the_published_mac_verifies() {
    let query = "orderKey=MYADMINCODE^MYMERCHANT^T0211010&paymentAmount=1400&paymentCurrency=GBP\
                 &paymentStatus=AUTHORISED\
                 &mac2=856ff737b2987f21513b91992818d983ce9fed97847b15756c56493a23090415";
    let delivery = Delivery { query: query.to_owned(), ..Delivery::default() };
    let report = Suite::new(&gateway(), &order(), now())
        .secret(MAC)
        .signed(VECTOR, delivery, now())
        .unverified("the vector alone; everything else is tried above")
        .check();
    assert!(report.is_kept(), "{report}");
}

#[test]
fn an_order_notification_is_only_a_reason_to_look() {
    let body = format!(
        "<paymentService version=\"1.4\" merchantCode=\"MERCHANTCODE\"><notify><orderStatusEvent orderCode=\"T0211010\"><payment>{AMOUNT}<lastEvent>CAPTURED</lastEvent></payment></orderStatusEvent></notify></paymentService>"
    );
    let delivery = Delivery::new(&[], body);
    assert_eq!(gateway().verify(&delivery, now()).unwrap_err(), NotVerified::NeverSigned);
    assert_eq!(gateway().returned(&delivery).reference.as_deref(), Some("T0211010"));
    assert_eq!(gateway().thanks().body.0, b"[OK]");
}

#[test]
fn errors_come_as_answers_too() {
    let error = |code: &str, text: &str| {
        gateway().looked(&reply(&format!("<error code=\"{code}\"><![CDATA[{text}]]></error>")))
    };
    assert_eq!(error("5", "Could not find payment for order"), Err(ProviderError::NotFound));
    assert!(error("1", "Internal error").unwrap_err().may_be_asked_again());
    let refused = error("7", "Invalid payment details: card 4111111111111111").unwrap_err();
    assert!(!refused.to_string().contains("411111111111"), "{refused}");
    let pence_of_three = inquiry("CAPTURED").body.0;
    let three =
        String::from_utf8(pence_of_three).unwrap().replace("exponent=\"2\"", "exponent=\"3\"");
    assert!(gateway().looked(&Reply::new(200, three)).is_err());
}

#[test]
fn what_is_written_is_escaped() {
    let names = Names { provider_ref: "My <!-- & >", transaction: None };
    let request = gateway().capture(&order(), names, now()).unwrap();
    let body = request.body.text().unwrap();
    assert!(body.contains("orderCode=\"My &lt;!-- &amp; &gt;\""), "{body}");
    assert!(body.contains("<date dayOfMonth=\"22\" month=\"11\" year=\"2026\"/>"), "{body}");
    let received = reply("<ok><captureReceived orderCode=\"T0211010\"/></ok>");
    assert!(gateway().captured(&received).is_ok());
    let refund = RefundOrder::of("r-1", "p", "T0211010", Pence::new(500), Pence::new(500)).unwrap();
    let body = gateway().refund(&refund, now()).unwrap();
    assert!(body.body.text().unwrap().contains(
        "<orderModification orderCode=\"T0211010\"><refund reference=\"r-1\"><amount value=\"500\" currencyCode=\"GBP\" exponent=\"2\"/></refund></orderModification>"
    ));
}

fn access() -> AccessWorldpay {
    let access = AccessWorldpay::new("default", "user-1", Secret::new(KEY));
    access.noticed_with("1", Secret::new("Jefe"))
}

fn event(kind: &str) -> Delivery {
    let body = json!({
        "eventId": "bb55ca5a-e05c-47e1-8e94-e88bac1a0a17",
        "eventTimestamp": "2026-11-22T10:18:13.407",
        "eventDetails": {
            "classification": "payment", "downstreamReference": "3378792436",
            "transactionReference": "T0211010", "type": kind, "date": "2026-11-22",
            "amount": { "value": 1_400, "currencyCode": "GBP" },
            "_links": { "payment": { "href": "" } },
        },
    });
    let body = body.to_string();
    let mac = MacKey::text(&Secret::new("Jefe")).sign_hex(body.as_bytes());
    Delivery::new(&[("Event-Signature", &format!("1/SHA256/{mac}"))], body)
}

fn queried(event: &str) -> Reply {
    let body = json!({ "_embedded": { "payments": [{
        "transactionReference": "T0211010", "entity": "default", "lastEvent": event,
        "value": { "amount": 1_400, "currency": "GBP" }, "timestamp": "2026-11-22T10:18:13.407Z",
    }]}});
    Reply::new(200, body.to_string())
}

#[test]
fn access_keeps_what_every_adapter_must() {
    let (access, order) = (access(), order());
    let page = json!({ "url": "https://payments.worldpay.com/app/hpp/integration/wpg/corporate?OrderKey=x" });
    let mut suite = Suite::new(&access, &order, now())
        .secret(KEY)
        .secret("Jefe")
        .asked(PAGES, &order, Reply::new(200, page.to_string()), StatusName::Started)
        .looked(PAGES, &order, queried("Sent for Settlement"), StatusName::Captured)
        .looked(PAGES, &order, queried("Authorized"), StatusName::Authorised)
        .looked(PAGES, &order, queried("Refused"), StatusName::Failed);
    for (kind, wanted) in [
        ("sentForAuthorization", "pending"),
        ("authorized", "authorised"),
        ("sentForSettlement", "captured"),
        ("cancelled", "cancelled"),
        ("refused", "failed"),
        ("expired", "expired"),
        ("error", "errored"),
        ("sentForRefund", "other"),
    ] {
        suite = suite.noticed(EVENTS, &order, event(kind), wanted);
    }
    let report = suite.signature_tried_apart("no whole event is published").check();
    assert!(report.is_kept(), "{report}");
}

#[test]
fn a_signature_as_access_writes_it_verifies() {
    // Worldpay publishes the form of the header, RFC 4231 (test case 2) the HMAC.
    let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    let header = format!("1/SHA256/{mac}");
    let delivery = Delivery::new(&[("Event-Signature", &header)], "what do ya want for nothing?");
    let report = Suite::new(&access(), &order(), now())
        .secret("Jefe")
        .signed(
            "RFC 4231 test case 2, in the header of docs.worldpay.com events signature",
            delivery,
            now(),
        )
        .unverified("the vector alone; everything else is tried above")
        .check();
    assert!(report.is_kept(), "{report}");
    let two = Delivery::new(
        &[("Event-Signature", &format!("2/SHA256/00,{header}"))],
        "what do ya want for nothing?",
    );
    assert!(access().verify(&two, now()).is_ok());
    let old = Delivery::new(
        &[("Event-Signature", &format!("1/SHA1/{mac}"))],
        "what do ya want for nothing?",
    );
    assert!(access().verify(&old, now()).is_err());
}
