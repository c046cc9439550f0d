//! Stripe, against its published fixtures and the signature of its own libraries.
#![cfg(feature = "stripe")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use chrono::{DateTime, Utc};
use ims_ledger::SettlementKind;
use ims_money::Pence;
use ims_pay::{
    Captures, Delivery, DisputeState, Disputes, MacKey, Names, NotVerified, Notices, Order,
    Provider, ProviderError, RefundEvent, RefundOrder, Reply, Searches, Secret, Span, StatusName,
    Take, Tidings, conformance::Suite,
};
use ims_providers::Stripe;
use serde_json::{Value, json};

const KEY: &str = "sk_test_of-ours";
const SIGNING: &str = "whsec_of-ours";
const FIXTURES: &str = "stripe/openapi, fixtures3.json: checkout.session, payment_intent, refund";
const NOTICES: &str = "stripe/openapi, fixtures3.json: event; docs.stripe.com/webhooks";
const VECTOR: &str = "stripe/stripe-dotnet, EventUtilityTest and event_test_signature.json";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_345_200, 0).unwrap()
}

fn order() -> Order {
    Order::of("p-12345", Pence::new(4_500), "Parking", "https://council.example/back").unwrap()
}

fn session(more: Value) -> Value {
    merged(
        json!({
            "id": "cs_test_a1YS1", "object": "checkout.session", "amount_total": 4_500,
            "currency": "gbp", "client_reference_id": "p-12345", "created": 1_795_345_000,
            "mode": "payment", "payment_intent": "pi_1PgafyB7", "payment_status": "unpaid",
            "status": "open", "url": "https://checkout.stripe.com/pay/c/cs_test_a1YS1",
        }),
        more,
    )
}

fn intent(more: Value) -> Value {
    merged(
        json!({
            "id": "pi_1PgafyB7", "object": "payment_intent", "amount": 4_500,
            "amount_received": 0, "currency": "gbp", "created": 1_795_345_000,
            "client_secret": "pi_1PgafyB7_secret_x", "metadata": { "reference": "p-12345" },
            "status": "requires_payment_method",
        }),
        more,
    )
}

fn merged(mut value: Value, more: Value) -> Value {
    for (name, one) in more.as_object().unwrap() {
        value[name] = one.clone();
    }
    value
}

fn reply(value: &Value) -> Reply {
    Reply::new(200, value.to_string())
}

fn signed(body: &str, at: DateTime<Utc>) -> Delivery {
    let time = at.timestamp();
    let mac = MacKey::text(&Secret::new(SIGNING)).sign_hex(format!("{time}.{body}").as_bytes());
    Delivery::new(&[("Stripe-Signature", &format!("t={time},v1={mac}"))], body)
}

fn event(kind: &str, object: &Value) -> Delivery {
    let event = json!({
        "id": "evt_1", "object": "event", "type": kind, "created": 1_795_345_100,
        "data": { "object": object },
    });
    signed(&event.to_string(), now())
}

/// Another order's session.
fn another(status: &str) -> Value {
    session(json!({ "id": "cs_2", "client_reference_id": "p-54321", "status": status }))
}

fn other_order() -> Order {
    Order::of("p-54321", Pence::new(4_500), "Parking", "https://council.example/back").unwrap()
}

fn lost() -> Value {
    json!({
        "id": "du_1", "object": "dispute", "payment_intent": "pi_1PgafyB7", "status": "lost",
        "amount": 4_500, "currency": "gbp", "reason": "general",
        "evidence_details": { "due_by": 1_644_883_199 },
    })
}

fn list(rows: &[Value], has_more: bool) -> Reply {
    reply(&json!({ "object": "list", "has_more": has_more, "data": rows }))
}

/// A balance transaction.
fn moved(kind: &str, amount: i64, fee: i64) -> Value {
    json!({
        "id": format!("txn_{kind}"), "object": "balance_transaction", "type": kind,
        "amount": amount, "fee": fee, "net": amount - fee, "currency": "gbp",
        "created": 1_795_345_000, "available_on": 1_795_345_000, "reporting_category": kind,
        "source": { "id": "ch_1", "payment_intent": "pi_1PgafyB7" },
    })
}

fn refund() -> RefundOrder {
    let (amount, left) = (Pence::new(2_000), Pence::new(4_500));
    let refund = RefundOrder::of("r-1", "p-12345", "cs_test_a1YS1", amount, left).unwrap();
    refund.from_transaction("pi_1PgafyB7")
}

fn said_refund(status: &str) -> Value {
    json!({
        "id": "re_1", "object": "refund", "amount": 2_000, "currency": "gbp", "status": status,
        "payment_intent": "pi_1PgafyB7", "metadata": { "reference": "r-1" },
    })
}

#[test]
fn checkout_keeps_what_every_adapter_must() {
    let stripe = Stripe::checkout(Secret::new(KEY)).noticed_with(Secret::new(SIGNING));
    let stripe = stripe.noticed_with(Secret::new(PUBLISHED));
    let (delivery, at) = published();
    let charge = json!({
        "id": "pi_1PgafyB7", "status": "succeeded",
        "latest_charge": { "created": 1_795_345_050, "payment_method_details": { "card": { "brand": "visa", "last4": "4242" } } },
    });
    let paid = session(
        json!({ "status": "complete", "payment_status": "paid", "payment_intent": charge }),
    );
    let told = session(json!({ "status": "complete", "payment_status": "paid" }));
    let held = session(
        json!({ "status": "complete", "payment_intent": { "id": "pi_1", "status": "requires_capture" } }),
    );
    let expired = session(json!({ "status": "expired" }));
    let waiting = session(json!({ "status": "complete" }));
    let dispute = lost();
    let order = order();
    let report = Suite::new(&stripe, &order, now())
        .secret(KEY)
        .secret(SIGNING)
        .secret(PUBLISHED)
        .signed(VECTOR, delivery, at)
        .asked(FIXTURES, &order, reply(&session(json!({}))), StatusName::Started)
        .looked(FIXTURES, &order, reply(&paid), StatusName::Captured)
        .looked(FIXTURES, &order, reply(&held), StatusName::Authorised)
        .looked(FIXTURES, &order.clone().take(Take::Later), reply(&held), StatusName::Authorised)
        .looked(FIXTURES, &order, reply(&waiting), StatusName::Pending)
        .looked(FIXTURES, &order, reply(&expired), StatusName::Expired)
        .refunded(FIXTURES, &refund(), reply(&said_refund("succeeded")), RefundEvent::Pay)
        .refunded(FIXTURES, &refund(), reply(&said_refund("pending")), RefundEvent::Send)
        .refunded(FIXTURES, &refund(), reply(&said_refund("failed")), RefundEvent::Fail)
        .noticed(NOTICES, &order, event("checkout.session.completed", &told), "captured")
        .noticed(NOTICES, &order, event("checkout.session.completed", &waiting), "pending")
        .noticed(
            NOTICES,
            &order,
            event("checkout.session.async_payment_failed", &waiting),
            "failed",
        )
        .noticed(NOTICES, &order, event("payment_intent.succeeded", &intent(json!({}))), "look")
        .noticed(
            NOTICES,
            &order,
            event("charge.refund.updated", &said_refund("failed")),
            "refund:refused",
        )
        .noticed(NOTICES, &order, event("charge.dispute.closed", &dispute), "dispute:lost")
        .noticed(NOTICES, &order, event("customer.created", &json!({ "id": "cus" })), "other")
        .captured(FIXTURES, reply(&intent(json!({ "status": "succeeded" }))))
        .cancelled(FIXTURES, reply(&expired))
        .found(
            FIXTURES,
            list(
                &[paid.clone(), session(json!({ "status": "muddled" })), another("expired")],
                true,
            ),
            &[
                Some((&order, StatusName::Captured)),
                None,
                Some((&other_order(), StatusName::Expired)),
            ],
        )
        .settled(FIXTURES, None, list(&[json!({ "id": "po_1", "status": "paid" })], false), &[])
        .settled(
            FIXTURES,
            Some("po_1 po_2"),
            list(&[moved("charge", 4_500, 80), moved("refund", -2_000, 0)], true),
            &[
                Some((SettlementKind::Payment, Pence::new(4_420))),
                Some((SettlementKind::Refund, Pence::new(-2_000))),
            ],
        )
        .settled(
            FIXTURES,
            Some("po_1 po_2"),
            list(&[merged(moved("charge", 4_500, 80), json!({ "net": 1 }))], false),
            &[None],
        )
        .disputed(
            FIXTURES,
            list(&[dispute.clone(), json!({ "id": "du_2", "status": "muddled" })], true),
            &[Some(("du_1", DisputeState::Lost)), None],
        )
        .check();
    assert!(report.is_kept(), "{report}");
}

#[test]
fn intents_keep_what_every_adapter_must() {
    let stripe = Stripe::intents(Secret::new(KEY)).noticed_with(Secret::new(SIGNING));
    let stripe = stripe.noticed_with(Secret::new(PUBLISHED));
    let (delivery, at) = published();
    let status = |status: &str| reply(&intent(json!({ "status": status })));
    let paid = intent(json!({ "status": "succeeded", "amount_received": 4_500 }));
    let order = order();
    let report = Suite::new(&stripe, &order, now())
        .secret(KEY)
        .secret(SIGNING)
        .secret(PUBLISHED)
        .signed(VECTOR, delivery, at)
        .secret("pi_1PgafyB7_secret_x")
        .asked(FIXTURES, &order, status("requires_payment_method"), StatusName::Started)
        .looked(FIXTURES, &order, status("requires_action"), StatusName::Started)
        .looked(FIXTURES, &order, status("processing"), StatusName::Pending)
        .looked(
            FIXTURES,
            &order.clone().take(Take::Later),
            status("requires_capture"),
            StatusName::Authorised,
        )
        .looked(FIXTURES, &order, reply(&paid), StatusName::Captured)
        .looked(FIXTURES, &order, status("canceled"), StatusName::Cancelled)
        .refunded(FIXTURES, &refund(), reply(&said_refund("succeeded")), RefundEvent::Pay)
        .noticed(NOTICES, &order, event("payment_intent.succeeded", &paid), "captured")
        .captured(FIXTURES, reply(&paid))
        .cancelled(FIXTURES, status("canceled"))
        .found(
            FIXTURES,
            list(&[intent(json!({})), paid.clone()], true),
            &[Some((&order, StatusName::Started)), Some((&order, StatusName::Captured))],
        )
        .settled(
            FIXTURES,
            Some("po_1"),
            list(&[moved("charge", 4_500, 80)], true),
            &[Some((SettlementKind::Payment, Pence::new(4_420)))],
        )
        .disputed(FIXTURES, list(&[lost()], true), &[Some(("du_1", DisputeState::Lost))])
        .check();
    assert!(report.is_kept(), "{report}");

    let part = intent(json!({ "status": "succeeded", "amount_received": 4_000 }));
    let error = stripe.looked(&reply(&part)).unwrap().of(&order, now()).unwrap_err();
    assert!(matches!(error, ProviderError::AmountDiffers { .. }), "{error}");
}

/// A whole event, as Stripe's libraries sign it, and when.
fn published() -> (Delivery, DateTime<Utc>) {
    let body = "{\n  \"id\": \"evt_123\",\n  \"object\": \"event\",\n  \"account\": \"acct_123\",\n  \"api_version\": \"2017-05-25\",\n  \"created\": 1533204620,\n  \"data\": {\n    \"object\": {\n      \"id\": \"ii_123\",\n      \"object\": \"invoiceitem\",\n      \"amount\": 1000,\n      \"currency\": \"usd\",\n      \"customer\": \"cus_123\",\n      \"date\": 1533204620,\n      \"description\": \"Test Invoice Item\",\n      \"discountable\": false,\n      \"invoice\": \"in_123\",\n      \"livemode\": false,\n      \"metadata\": {},\n      \"period\": {\n        \"start\": 1533204620,\n        \"end\": 1533204620\n      },\n      \"plan\": null,\n      \"proration\": false,\n      \"quantity\": null,\n      \"subscription\": null\n    }\n  },\n  \"livemode\": false,\n  \"pending_webhooks\": 1,\n  \"request\": {\n    \"id\": \"req_123\",\n    \"idempotency_key\": \"idempotency-key-123\"\n  },\n  \"type\": \"invoiceitem.created\"\n}\n";
    let header = "t=1533204620,v1=f0bdba6d4eacbd8ad8a3bbadd7248e633ec1477f7899c124c51b39405fa36613";
    let at = DateTime::from_timestamp(1_533_204_720, 0).unwrap();
    (Delivery::new(&[("Stripe-Signature", header)], body), at)
}

/// The key that it is signed with.
const PUBLISHED: &str = "webhook_secret";

#[test]
fn a_signature_grows_old() {
    let stripe = Stripe::checkout(Secret::new("k")).noticed_with(Secret::new(PUBLISHED));
    let (delivery, _) = published();
    let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
    for stale in [at(1_533_204_921), at(1_533_204_319)] {
        assert_eq!(stripe.verify(&delivery, stale).unwrap_err(), NotVerified::Stale);
    }
}

#[test]
fn a_new_signing_secret_takes_over_from_the_old() {
    let old = Stripe::checkout(Secret::new(KEY)).noticed_with(Secret::new("another"));
    let delivery = event("checkout.session.completed", &session(json!({})));
    assert_eq!(old.verify(&delivery, now()).unwrap_err(), NotVerified::Forged);
    let both = old.noticed_with(Secret::new(SIGNING));
    assert!(both.verify(&delivery, now()).is_ok());
}

#[test]
fn a_session_is_captured_by_its_intent() {
    let stripe = Stripe::checkout(Secret::new(KEY));
    let names = |transaction| Names { provider_ref: "cs_1", transaction };
    assert!(stripe.capture(&order(), names(None), now()).is_err());
    let request = stripe.capture(&order(), names(Some("pi_1")), now()).unwrap();
    assert!(request.url.ends_with("/payment_intents/pi_1/capture"));
}

#[test]
fn lists_go_page_by_page() {
    let stripe = Stripe::checkout(Secret::new(KEY));
    let span = Span { from: now(), to: now() };
    let request = stripe.search(span, Some("cs_9"), now()).unwrap();
    assert!(request.url.ends_with("&limit=100&starting_after=cs_9"), "{}", request.url);
    let list = json!({ "object": "list", "has_more": true, "data": [session(json!({}))] });
    let page = stripe.found(&reply(&list)).unwrap();
    assert_eq!((page.rows.len(), page.after.as_deref()), (1, Some("cs_test_a1YS1")));
}

#[test]
fn disputes_are_listed_and_inquiries_are_none() {
    let stripe = Stripe::checkout(Secret::new(KEY)).noticed_with(Secret::new(SIGNING));
    let span = Span { from: now(), to: now() };
    let request = stripe.disputes(span, None, now()).unwrap();
    assert!(request.url.contains("/v1/disputes?created%5Bgte%5D="), "{}", request.url);
    let dispute = |id: &str, status: &str, intent: Value| {
        json!({
            "id": id, "object": "dispute", "charge": "ch_1", "payment_intent": intent,
            "status": status, "amount": 4_500, "currency": "gbp", "reason": "general",
        })
    };
    let rows = [
        dispute("du_1", "needs_response", json!("pi_1")),
        dispute("du_2", "warning_needs_response", json!("pi_1")),
        dispute("du_3", "lost", json!({ "id": "pi_3", "object": "payment_intent" })),
        dispute("du_4", "won", Value::Null),
        dispute("du_5", "warning_closed", json!("pi_5")),
        dispute("du_6", "muddled", json!("pi_6")),
    ];
    let list = json!({ "object": "list", "has_more": true, "data": rows });
    let page = stripe.disputed(&reply(&list)).unwrap();
    assert_eq!(page.after.as_deref(), Some("du_6"));
    let told = page.rows.iter().map(|row| match row {
        Ok(said) => format!("{} of {}: {}", said.dispute_ref, said.provider_ref, said.state),
        Err(error) => error.to_string(),
    });
    let told = told.collect::<Vec<_>>();
    let heard =
        ["du_1 of pi_1: opened", "du_3 of pi_3: lost", "du_4 of ch_1: won", "du_5 of pi_5: closed"];
    assert_eq!(told[..4], heard);
    assert!(told.len() == 5 && told[4].contains("`muddled`"), "{told:?}");
    // Its money is not taken back, so the books have nothing of it.
    let notice = event("charge.dispute.created", &rows[1]);
    let verified = stripe.verify(&notice, now()).unwrap();
    let news = stripe.news(&verified).unwrap();
    assert!(matches!(&news[0].what, Tidings::Other(kind) if kind == "charge.dispute.created"));
}

/// Nobody pays when the session was opened.
#[test]
fn money_is_of_the_time_it_was_taken() {
    let stripe = Stripe::checkout(Secret::new(KEY)).noticed_with(Secret::new(SIGNING));
    let intents = Stripe::intents(Secret::new(KEY)).noticed_with(Secret::new(SIGNING));
    let taken = |said: ims_pay::Said| {
        let event = said.of(&order(), now()).unwrap();
        let ims_pay::Heard::Paid(taken) = event.what().clone() else { panic!("{event:?}") };
        taken.at().timestamp()
    };
    let told = |stripe: &Stripe, kind: &str, object: &Value| {
        let delivery = event(kind, object);
        let news = stripe.news(&stripe.verify(&delivery, now()).unwrap()).unwrap().remove(0);
        let Tidings::Payment(said) = news.what else { panic!("{news:?}") };
        taken(said)
    };
    let unnamed = session(json!({ "status": "complete", "payment_status": "paid" }));
    assert_eq!(told(&stripe, "checkout.session.completed", &unnamed), 1_795_345_100);
    let charged =
        json!({ "status": "succeeded", "amount_received": 4_500, "latest_charge": "ch_1" });
    let succeeded = intent(charged.clone());
    assert_eq!(told(&intents, "payment_intent.succeeded", &succeeded), 1_795_345_100);
    let charge = json!({ "object": "charge", "created": 1_795_345_050 });
    let whole = intent(merged(charged, json!({ "latest_charge": charge })));
    let looked = |stripe: &Stripe, value: &Value| taken(stripe.looked(&reply(value)).unwrap());
    assert_eq!(looked(&intents, &whole), 1_795_345_050);
    let whole = merged(unnamed.clone(), json!({ "payment_intent": whole }));
    assert_eq!(looked(&stripe, &whole), 1_795_345_050);
    // Where nobody says when, it is when it was heard.
    assert_eq!(looked(&stripe, &unnamed), now().timestamp());
}

#[test]
fn a_session_captured_in_part_is_not_paid_whole() {
    let stripe = Stripe::checkout(Secret::new(KEY));
    for (received, is_paid) in [(json!(4_500), true), (json!(4_000), false), (json!("all"), false)]
    {
        let part = intent(json!({ "status": "succeeded", "amount_received": received }));
        let session = session(
            json!({ "status": "complete", "payment_status": "paid", "payment_intent": part }),
        );
        let event = stripe.looked(&reply(&session)).and_then(|said| said.of(&order(), now()));
        assert_eq!(event.is_ok(), is_paid, "{received}: {event:?}");
    }
}

#[path = "stripe/payouts.rs"]
mod payouts;
