//! Adyen, against its API description, its example webhooks and its published HMAC.
#![cfg(feature = "adyen")]
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
    Ask, Delivery, Heard, MacKey, NextStep, NotVerified, Notices, Order, Provider, RefundEvent,
    RefundOrder, Reply, Secret, Status, StatusName, Take, Tidings, conformance::Suite,
};
use ims_providers::Adyen;
use serde_json::{Value, json};

const KEY: &str = "api-key-of-ours";
const HMAC: &str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
const API: &str = "Adyen Checkout API v71 description: paymentLinks, sessions, refunds";
const EXAMPLES: &str = "docs.adyen.com webhooks; adyen/adyen-java-api-library test notifications";
const VECTOR: &str = "docs.adyen.com verify-hmac-signatures; adyen/adyen-ruby-api-library spec";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_345_200, 0).unwrap()
}

fn adyen() -> Adyen {
    let base = "https://checkout-test.adyen.com/v71";
    let adyen = Adyen::by_link(Secret::new(KEY), "TestMerchant", base).unwrap();
    adyen.noticed_with(Secret::new(HMAC))
}

fn order() -> Order {
    let back = "https://council.example/back";
    Order::of("TestPayment-1", Pence::new(1_130), "Parking", back).unwrap()
}

fn link(status: &str) -> Reply {
    let body = json!({
        "id": "PL61C53A8B97E6915A", "status": status, "reference": "TestPayment-1",
        "amount": { "currency": "GBP", "value": 1_130 }, "merchantAccount": "TestMerchant",
        "url": "https://test.adyen.link/PL61C53A8B97E6915A", "expiresAt": "2026-11-23T10:05:29Z",
    });
    Reply::new(201, body.to_string())
}

/// An item as Adyen's library signs it.
fn item(event: &str, success: &str, original: &str, reference: &str, amount: i64) -> Value {
    let psp = "8535296650153317";
    let text = format!("{psp}:{original}:TestMerchant:{reference}:{amount}:GBP:{event}:{success}");
    let hmac = MacKey::hex(&Secret::new(HMAC)).unwrap().sign_base64(text.as_bytes());
    json!({ "NotificationRequestItem": {
        "additionalData": { "hmacSignature": hmac, "cardSummary": "1111" },
        "amount": { "currency": "GBP", "value": amount }, "eventCode": event,
        "eventDate": "2026-11-22T11:00:00+01:00", "merchantAccountCode": "TestMerchant",
        "merchantReference": reference, "originalReference": original, "pspReference": psp,
        "paymentMethod": "visa", "reason": "052095:1111:03/2030", "success": success,
    }})
}

fn batch(items: &[Value]) -> Delivery {
    Delivery::new(&[], json!({ "live": "false", "notificationItems": items }).to_string())
}

fn payment(event: &str, success: &str) -> Delivery {
    batch(&[item(event, success, "", "TestPayment-1", 1_130)])
}

/// What was authorised before is captured.
fn captured_later() -> Delivery {
    batch(&[item("CAPTURE", "true", "8535296650153317", "TestPayment-1", 1_130)])
}

/// A card that was declined at a session ends it.
#[test]
fn a_declined_card_ends_a_session_and_no_link() {
    for (adyen, ended) in [(adyen(), "started"), (adyen().by_session(), "failed")] {
        let delivery = payment("AUTHORISATION", "false");
        let verified = adyen.verify(&delivery, now()).unwrap();
        let Tidings::Payment(said) = adyen.news(&verified).unwrap().remove(0).what else {
            panic!()
        };
        let event = said.of(&order(), now()).unwrap();
        assert_eq!(Status::Created.after(event).unwrap().name().as_str(), ended);
    }
}

#[test]
fn it_is_said_each_time_when_money_is_taken() {
    let body = |take| {
        let Ask::Send(request) = adyen().ask(&order().take(take), now()).unwrap() else {
            panic!("handed")
        };
        serde_json::from_slice::<Value>(&request.body.0).unwrap()
    };
    assert_eq!(body(Take::AtOnce)["captureDelayHours"], json!(0));
    assert_eq!(body(Take::Later)["additionalData"]["manualCapture"], json!("true"));
}

#[test]
fn keeps_what_every_adapter_must() {
    let (adyen, order) = (adyen(), order());
    let (amount, left) = (Pence::new(500), Pence::new(1_130));
    let refund = RefundOrder::of("r-1", "TestPayment-1", "PL61C53A8B97E6915A", amount, left);
    let refund = refund.unwrap().from_transaction("psp-1");
    let received = json!({
        "status": "received", "pspReference": "psp-2", "paymentPspReference": "psp-1",
        "reference": "r-1", "amount": { "currency": "GBP", "value": 500 },
    });
    let told = |event, success| batch(&[item(event, success, "psp-1", "r-1", 500)]);
    let mut suite = Suite::new(&adyen, &order, now())
        .secret(KEY)
        .secret(HMAC)
        .asked(API, &order, link("active"), StatusName::Started)
        .looked(API, &order, link("paymentPending"), StatusName::Pending)
        .looked(API, &order, link("completed"), StatusName::Captured)
        .looked(API, &order, link("expired"), StatusName::Expired)
        .refunded(API, &refund, Reply::new(201, received.to_string()), RefundEvent::Send)
        .noticed(EXAMPLES, &order, told("REFUND", "true"), "refund:paid")
        .noticed(EXAMPLES, &order, told("REFUND", "false"), "refund:refused")
        .noticed(EXAMPLES, &order, told("REFUND_FAILED", "true"), "refund:refused")
        .noticed(EXAMPLES, &order, told("REFUNDED_REVERSED", "true"), "refund:came-back");
    for (event, success, wanted) in [
        ("AUTHORISATION", "true", "captured"),
        // Another card may be tried.
        ("AUTHORISATION", "false", "started"),
        ("PENDING", "true", "pending"),
        ("OFFER_CLOSED", "true", "expired"),
        ("CANCELLATION", "true", "cancelled"),
        ("CAPTURE_FAILED", "true", "errored"),
        ("CHARGEBACK", "true", "dispute:opened"),
        ("CHARGEBACK_REVERSED", "true", "dispute:won"),
        ("SECOND_CHARGEBACK", "true", "dispute:lost"),
        ("REPORT_AVAILABLE", "true", "other"),
        ("CAPTURE", "true", "captured"),
    ] {
        suite = suite.noticed(EXAMPLES, &order, payment(event, success), wanted);
    }
    let later = order.clone().take(Take::Later);
    suite = suite
        .looked(API, &later, link("completed"), StatusName::Authorised)
        .noticed(EXAMPLES, &later, payment("AUTHORISATION", "true"), "authorised")
        .noticed(EXAMPLES, &later, captured_later(), "captured");
    let heeded = json!({ "status": "received", "pspReference": "psp-3" });
    let heeded = || Reply::new(201, heeded.to_string());
    let suite = suite.signed(VECTOR, Delivery::new(&[], PUBLISHED), now());
    let report = suite.captured(API, heeded()).cancelled(API, heeded()).check();
    assert!(report.is_kept(), "{report}");
}

/// A whole notice, as Adyen's libraries sign it.
const PUBLISHED: &str = r#"{"notificationItems":[{"NotificationRequestItem":{"pspReference":"7914073381342284","merchantAccountCode":"TestMerchant","merchantReference":"TestPayment-1407325143704","amount":{"value":1130,"currency":"EUR"},"eventCode":"AUTHORISATION","success":"true","additionalData":{"hmacSignature":"coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="}}}]}"#;

#[test]
fn the_published_notice_is_in_euros() {
    // Its currency is not ours: verified, and still no event.
    let adyen = adyen();
    let delivery = Delivery::new(&[], PUBLISHED);
    let notice = adyen.verify(&delivery, now()).unwrap();
    let Tidings::Payment(said) = adyen.news(&notice).unwrap().remove(0).what else { panic!() };
    let back = "https://council.example/back";
    let order = Order::of("TestPayment-1407325143704", Pence::new(1_130), "", back).unwrap();
    assert!(said.of(&order, now()).unwrap_err().is_exception());
}

#[test]
fn one_forged_item_spoils_all() {
    let good = item("AUTHORISATION", "true", "", "TestPayment-1", 1_130);
    let mut forged = item("AUTHORISATION", "true", "", "TestPayment-2", 1_130);
    forged["NotificationRequestItem"]["amount"]["value"] = json!(999_999);
    let adyen = adyen();
    assert_eq!(
        adyen.verify(&batch(&[good.clone(), forged]), now()).unwrap_err(),
        NotVerified::Forged
    );
    let two = batch(&[good.clone(), good]);
    let notice = adyen.verify(&two, now()).unwrap();
    assert_eq!(adyen.news(&notice).unwrap().len(), 2);
    assert_eq!(adyen.verify(&batch(&[]), now()).unwrap_err(), NotVerified::Unsigned);
    assert_eq!(adyen.thanks().body.0, b"[accepted]");
}

#[test]
fn another_merchant_s_notice_is_not_ours() {
    let base = "https://checkout-test.adyen.com/v71";
    let other = Adyen::by_link(Secret::new(KEY), "AnotherMerchant", base).unwrap();
    let other = other.noticed_with(Secret::new(HMAC));
    let forged = other.verify(&payment("AUTHORISATION", "true"), now()).unwrap_err();
    assert_eq!(forged, NotVerified::Forged);
}

#[test]
fn a_session_is_handed_to_the_payer_s_browser() {
    let adyen = adyen().by_session();
    let Ask::Send(request) = adyen.ask(&order(), now()).unwrap() else { panic!("handed") };
    assert!(request.url.ends_with("/v71/sessions"));
    let body = json!({
        "id": "CSD9CAC3", "sessionData": "Ab02b4c0", "reference": "TestPayment-1",
        "amount": { "currency": "GBP", "value": 1_130 },
    });
    let said = adyen.asked(&Reply::new(201, body.to_string())).unwrap();
    let event = said.of(&order(), now()).unwrap();
    let Heard::Accepted { next: Some(NextStep::PayerSecret { secret }), .. } = event.what() else {
        panic!("{event:?}")
    };
    assert!(secret.reveal().contains("Ab02b4c0"));
    assert!(!format!("{event:?}").contains("Ab02b4c0"));
}
