//! Smartpay Fuse (Cybersource), against Secure Acceptance's and REST's published
//! shapes, and Storm in front of it.
#![cfg(all(feature = "fuse", feature = "storm"))]
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
    Ask, Channel, Delivery, MacKey, NextStep, Notices, Order, Payer, Provider, ProviderError,
    RefundEvent, RefundOrder, Refunds, Reply, Secret, StatusName, Tidings, conformance::Suite,
    form,
};
use ims_providers::{
    Fuse, Profile,
    storm::{RobotAsks, Storm, created, robot_asks, validated},
};
use serde_json::{Value, json};

const KEY: &str = "c2hhcmVkLXNlY3JldC1vZi1vdXJz";
const TRANSACTION: &str = "6612345678906543212345";
const SIGNING: &str = "secret-key";
const FORM: &str = "Cybersource Secure Acceptance Hosted Checkout guide: response fields";
const REST: &str = "Cybersource REST reference: transaction search, refund a payment";
const VECTOR: &str = "SecureAcceptanceSigner tests (after django-oscar-cybersource)";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_345_200, 0).unwrap()
}

fn profile(secret: &str) -> Profile {
    Profile {
        id: "profile-1".to_owned(),
        access_key: Secret::new("access-key-of-ours"),
        secret_key: Secret::new(secret),
    }
}

fn fuse() -> Fuse {
    Fuse::new(profile(SIGNING), "council_1", "key-id-1", Secret::new(KEY)).in_tests()
}

fn order() -> Order {
    Order::of("p-12345", Pence::new(4_500), "Parking", "https://council.example/back").unwrap()
}

fn posted(fields: &[(&str, &str)]) -> Delivery {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let names = format!("{},signed_field_names", names.join(","));
    let mut fields = fields.to_vec();
    fields.push(("signed_field_names", &names));
    let message: Vec<String> = fields.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let mac = MacKey::text(&Secret::new(SIGNING)).sign_base64(message.join(",").as_bytes());
    fields.push(("signature", &mac));
    Delivery::new(&[], form::encode(&fields))
}

fn decided(decision: &str, amount: &str) -> Delivery {
    posted(&[
        ("decision", decision),
        ("reason_code", "100"),
        ("message", "as it says"),
        ("transaction_id", TRANSACTION),
        ("req_transaction_type", "sale"),
        ("req_reference_number", "p-12345"),
        ("req_amount", "45.00"),
        ("req_currency", "GBP"),
        ("auth_amount", amount),
    ])
}

fn row(id: &str, application: &str, flag: &str) -> Value {
    json!({
        "id": id, "submitTimeUtc": "2026-11-22T10:00:00Z",
        "clientReferenceInformation": { "code": "p-12345" },
        "orderInformation": { "amountDetails": { "totalAmount": "45.00", "currency": "GBP" } },
        "applicationInformation": { "applications": [{ "name": application, "rFlag": flag }] },
        "paymentInformation": { "card": { "suffix": "1111", "type": "001" } },
    })
}

fn searched(rows: &[Value]) -> Reply {
    let found = json!({ "totalCount": rows.len(), "_embedded": { "transactionSummaries": rows } });
    Reply::new(201, found.to_string())
}

fn refund() -> RefundOrder {
    let (amount, left) = (Pence::new(2_000), Pence::new(4_500));
    let refund = RefundOrder::of("r-1", "p-12345", "p-12345", amount, left).unwrap();
    refund.from_transaction(TRANSACTION)
}

fn refunded(status: &str) -> Reply {
    let body = json!({
        "id": "6612345678906543299999", "status": status,
        "clientReferenceInformation": { "code": "r-1" },
        "refundAmountDetails": { "refundAmount": "20.00", "currency": "GBP" },
    });
    Reply::new(201, body.to_string())
}

#[test]
fn keeps_what_every_adapter_must() {
    let (fuse, order) = (fuse(), order());
    let report = Suite::new(&fuse, &order, now())
        .secret(KEY)
        .secret(SIGNING)
        .secret("access-key-of-ours")
        .looked(
            REST,
            &order,
            searched(&[row(TRANSACTION, "ics_bill", "SOK")]),
            StatusName::Captured,
        )
        .looked(
            REST,
            &order,
            searched(&[row(TRANSACTION, "ics_auth", "SOK")]),
            StatusName::Authorised,
        )
        .looked(REST, &order, searched(&[row("1", "ics_auth", "DCARDREFUSED")]), StatusName::Failed)
        .refunded(REST, &refund(), refunded("PENDING"), RefundEvent::Send)
        .refunded(REST, &refund(), refunded("DECLINED"), RefundEvent::Fail)
        .noticed(FORM, &order, decided("ACCEPT", "45.00"), "captured")
        .noticed(FORM, &order, decided("DECLINE", ""), "failed")
        .noticed(FORM, &order, decided("REVIEW", "45.00"), "pending")
        .noticed(FORM, &order, decided("CANCEL", ""), "cancelled")
        .noticed(FORM, &order, decided("ERROR", ""), "errored")
        .signature_tried_apart("the published one signs no list, and is tried apart")
        .check();
    assert!(report.is_kept(), "{report}");
}

/// What is settled goes by the transaction: under our own reference nothing would find it.
#[test]
fn money_without_its_transaction_is_told_apart() {
    let fields = [
        ("decision", "ACCEPT"),
        ("req_transaction_type", "sale"),
        ("req_reference_number", "p-12345"),
        ("req_currency", "GBP"),
        ("auth_amount", "45.00"),
    ];
    for (delivery, is_apart) in [(decided("ACCEPT", "45.00"), false), (posted(&fields), true)] {
        let fuse = fuse();
        let verified = fuse.verify(&delivery, now()).unwrap();
        let news = fuse.news(&verified).unwrap();
        let Tidings::Payment(said) = &news[0].what else { panic!("{news:?}") };
        assert_eq!(said.is_moved_apart(), is_apart);
    }
}

/// It is of the text that is signed, and signs no list of its fields: what signs none
/// could be read in several ways.
#[test]
fn the_published_signature_is_of_the_text_but_signs_no_list() {
    let signature = "6wI69NZPgm2GtiAEFbnKHnBnsYhqybRaQ8hyXCTKcxM=";
    let key = MacKey::text(&Secret::new(SIGNING));
    let text = b"name=Dennis,email=dennis@example.com";
    assert!(key.verify_base64(text, signature).is_some(), "{VECTOR}");
    let fields = [
        ("signature", signature),
        ("signed_field_names", "name,email"),
        ("name", "Dennis"),
        ("email", "dennis@example.com"),
    ];
    assert!(fuse().verify(&Delivery::new(&[], form::encode(&fields)), now()).is_err());
}

/// What is signed stands between commas, and so may what a payer writes: a text that
/// can be cut up otherwise is believed in no way at all.
#[test]
fn a_signed_text_has_one_reading() {
    let paid = "decision=ACCEPT,req_transaction_type=sale,req_reference_number=p-12345,\
                req_amount=45.00,req_currency=GBP,z=1";
    let honest = "access_key,bill_to_address_city,signed_field_names";
    let text = format!("access_key=a,bill_to_address_city=x,{paid},signed_field_names={honest}");
    let signature = MacKey::text(&Secret::new(SIGNING)).sign_base64(text.as_bytes());
    let (city, rest) = (format!("x,{paid}"), format!("1,signed_field_names={honest}"));
    let of_money = [
        ("decision", "ACCEPT"),
        ("req_transaction_type", "sale"),
        ("req_reference_number", "p-12345"),
        ("req_amount", "45.00"),
        ("req_currency", "GBP"),
    ];
    let names = "access_key,bill_to_address_city,decision,req_transaction_type,\
                 req_reference_number,req_amount,req_currency,z";
    let with_list = format!("{names},signed_field_names");
    let cut_up = |last: (&'static str, &str), list: &str| {
        let mut fields = vec![("access_key", "a"), ("bill_to_address_city", "x")];
        fields.extend(of_money);
        fields.extend([last, ("signed_field_names", list), ("signature", &signature)]);
        Delivery::new(&[], form::encode(&fields))
    };
    let whole = [
        ("access_key", "a"),
        ("bill_to_address_city", city.as_str()),
        ("signed_field_names", honest),
        ("signature", &signature),
    ];
    for (what, delivery) in [
        ("as it was signed", Delivery::new(&[], form::encode(&whole))),
        ("cut up, the list unsigned", cut_up(("z", &rest), names)),
        ("cut up, with another list", cut_up(("z", "1"), &with_list)),
    ] {
        assert!(fuse().verify(&delivery, now()).is_err(), "{what}");
    }
    // A comma alone is no other reading.
    let address = ("req_bill_to_address_line1", "Flat 2, The Mill = 3");
    assert!(fuse().verify(&posted(&[("decision", "ACCEPT"), address]), now()).is_ok());
    // A name signed twice says nothing of which was meant.
    let fields = [("decision", "ACCEPT"), ("decision", "ACCEPT")];
    assert!(fuse().verify(&posted(&fields), now()).is_err());
    // Nor a list that says itself twice.
    let twice = "decision,signed_field_names,signed_field_names";
    let text = format!("decision=ACCEPT,signed_field_names={twice},signed_field_names={twice}");
    let signature = MacKey::text(&Secret::new(SIGNING)).sign_base64(text.as_bytes());
    let fields = [("decision", "ACCEPT"), ("signed_field_names", twice), ("signature", &signature)];
    assert!(fuse().verify(&Delivery::new(&[], form::encode(&fields)), now()).is_err());
}

#[test]
fn what_was_not_signed_is_not_read() {
    let fuse = fuse();
    // The decision stands there, but beside what was signed.
    let mut delivery = posted(&[("req_reference_number", "p-12345")]);
    delivery.body.0.extend_from_slice(b"&decision=ACCEPT&req_amount=45.00&req_currency=GBP");
    let notice = fuse.verify(&delivery, now()).unwrap();
    assert!(fuse.news(&notice).is_err());
    // Less was authorised than was asked for.
    let part = decided("ACCEPT", "40.00");
    let notice = fuse.verify(&part, now()).unwrap();
    let ims_pay::Tidings::Payment(said) = fuse.news(&notice).unwrap().remove(0).what else {
        panic!()
    };
    assert!(said.of(&order(), now()).unwrap_err().is_exception());
}

/// All of it but what the payer wrote, which could hold what looks like other fields.
#[test]
fn the_form_signs_what_is_ours() {
    let (city, email) = ("x,decision=ACCEPT".to_owned(), "a@b.example".to_owned());
    let payer = Payer { city: Some(city), email: Some(email), ..Payer::default() };
    let order = order().paid_by(payer).unwrap();
    let Ask::Hand(next) = fuse().ask(&order, now()).unwrap() else { panic!("sent") };
    let names = next.field("signed_field_names").unwrap();
    let message: Vec<String> =
        names.split(',').map(|name| format!("{name}={}", next.field(name).unwrap())).collect();
    let key = MacKey::text(&Secret::new(SIGNING));
    let signature = next.field("signature").unwrap();
    assert!(key.verify_base64(message.join(",").as_bytes(), signature).is_some());
    let theirs = "bill_to_address_city,bill_to_email";
    assert_eq!(next.field("unsigned_field_names"), Some(theirs));
    assert!(theirs.split(',').all(|name| next.field(name).is_some()));
    assert!(!message.join(",").contains("ACCEPT"), "{message:?}");
    assert_eq!(next.field("amount"), Some("45.00"));
    assert_eq!(next.field("signed_date_time"), Some("2026-11-22T11:00:00Z"));
    let staff = fuse().ask(&order.by(Channel::Staff), now());
    assert!(matches!(staff, Err(ProviderError::CannotAsk(_))));
    // An address of ours that could be read as several fields is not signed at all.
    let back = "https://council.example/back?a=1,amount=2";
    let order = Order::of("p-12345", Pence::new(4_500), "Parking", back).unwrap();
    assert!(matches!(fuse().ask(&order, now()), Err(ProviderError::CannotAsk(_))));
}

#[test]
fn two_payments_under_one_reference_are_for_a_person() {
    let twice = searched(&[row("1", "ics_bill", "SOK"), row("2", "ics_bill", "SOK")]);
    assert!(fuse().looked(&twice).is_err());
    assert_eq!(fuse().looked(&searched(&[])), Err(ProviderError::NotFound));
    let refused_first =
        searched(&[row("2", "ics_bill", "SOK"), row("1", "ics_auth", "DCARDREFUSED")]);
    assert!(fuse().looked(&refused_first).unwrap().of(&order(), now()).is_ok());
    let more = json!({ "totalCount": 101, "_embedded": { "transactionSummaries": [row("1", "ics_bill", "SOK")] } });
    assert!(fuse().looked(&Reply::new(200, more.to_string())).is_err());
}

/// A sale that was voided the same day brings no money, whatever was billed before.
#[test]
fn a_voided_sale_is_not_paid() {
    let at = |mut row: Value, time: &str| {
        row["submitTimeUtc"] = json!(time);
        row
    };
    let bill = row("1", "ics_bill", "SOK");
    for undone in ["ics_void", "ics_auth_reversal"] {
        let later = at(row("2", undone, "SOK"), "2026-11-22T10:05:00Z");
        let said = fuse().looked(&searched(&[later, bill.clone()])).unwrap();
        assert_eq!(said.saying(), &ims_pay::Saying::Cancelled, "{undone}");
        assert!(said.of(&order(), now()).is_ok());
        // One that did not go through undid nothing; of one before it nobody knows what.
        let failed = at(row("2", undone, "DINVALID"), "2026-11-22T10:05:00Z");
        let said = fuse().looked(&searched(&[failed, bill.clone()])).unwrap();
        assert!(matches!(said.saying(), ims_pay::Saying::Paid(_)), "{undone}");
        let before = at(row("2", undone, "SOK"), "2026-11-22T09:00:00Z");
        assert!(fuse().looked(&searched(&[before, bill.clone()])).is_err(), "{undone}");
    }
    let mut both = bill.clone();
    both["applicationInformation"]["applications"] =
        json!([{ "name": "ics_bill", "rFlag": "SOK" }, { "name": "ics_void", "rFlag": "SOK" }]);
    let said = fuse().looked(&searched(&[both])).unwrap();
    assert_eq!(said.saying(), &ims_pay::Saying::Cancelled);
    let held = row("1", "ics_auth", "SOK");
    let released = at(row("2", "ics_auth_reversal", "SOK"), "2026-11-22T10:05:00Z");
    let said = fuse().looked(&searched(&[released, held])).unwrap();
    assert_eq!(said.saying(), &ims_pay::Saying::Cancelled);
}

#[test]
fn an_amount_of_a_refund_that_does_not_read_is_no_amount_left_out() {
    let mut credit = row("9", "ics_credit", "SOK");
    let answer = |amount: Value| {
        let body = json!({
            "id": "6612345678906543299999", "status": "PENDING",
            "clientReferenceInformation": { "code": "r-1" },
            "refundAmountDetails": { "refundAmount": amount, "currency": "GBP" },
        });
        fuse().refunded(&Reply::new(201, body.to_string())).map(|said| said.amount)
    };
    assert_eq!(answer(json!(null)), Ok(None));
    for amount in [json!("twenty"), json!(20)] {
        assert!(answer(amount.clone()).is_err(), "{amount}");
        credit["orderInformation"]["amountDetails"]["totalAmount"] = amount;
        assert!(fuse().looked_at_refund(&searched(&[credit.clone()])).is_err());
    }
}

#[test]
fn a_refund_is_paid_when_the_search_says_so() {
    let mut credit = row("9", "ics_credit", "SOK");
    credit["clientReferenceInformation"]["code"] = json!("r-1");
    credit["orderInformation"]["amountDetails"]["totalAmount"] = json!("20.00");
    let said = fuse().looked_at_refund(&searched(&[credit])).unwrap();
    assert_eq!(said[0].of(&refund()), Ok(RefundEvent::Pay));
    let request = fuse().refund(&refund(), now()).unwrap();
    assert!(request.url.ends_with("/pts/v2/payments/6612345678906543212345/refunds"));
    assert!(
        request
            .header("signature")
            .unwrap()
            .starts_with("keyid=\"key-id-1\", algorithm=\"HmacSHA256\"")
    );
}

#[test]
fn storm_keeps_what_every_adapter_must() {
    let storm = Storm::over(fuse());
    let order = order().by(Channel::Telephone);
    let mut taken = row("1", "ics_bill", "SOK");
    taken["clientReferenceInformation"]["code"] = json!("p-12345");
    let report = Suite::new(&storm, &order, now())
        .secret(KEY)
        .looked(REST, &order, searched(&[taken]), StatusName::Captured)
        .unverified("nothing of Storm's is published")
        .check();
    // The suite asks for other orders online, which Storm does not take.
    let faults: Vec<_> =
        report.faults.iter().filter(|(p, _)| *p != "another order is another request").collect();
    assert!(faults.is_empty(), "{report}");
    let Ask::Hand(NextStep::Terminal { show, .. }) = storm.ask(&order, now()).unwrap() else {
        panic!("sent")
    };
    assert_eq!(show.as_deref(), Some("p-12345 45.00"));
}

#[test]
fn the_robot_is_answered() {
    let ask = |data: Value| robot_asks(json!({ "type": "t", "data": data }).to_string().as_bytes());
    assert_eq!(
        ask(json!({ "reference": "77123", "type": "reference" })),
        Ok(RobotAsks::Validate { reference: "77123".to_owned() })
    );
    for (data, refused) in [
        (json!({ "reference": "77123", "type": "23", "amount": "12.50" }), "not whole pence"),
        (json!({ "reference": "77123", "type": "23", "amount": "-1" }), "not whole pence"),
        (json!({ "reference": "77123", "type": "23", "amount": "0" }), "not whole pence"),
        (json!({ "reference": "4111111111111111" }), "looks like a card number"),
        (json!({}), "does not say"),
    ] {
        let error = ask(data).unwrap_err().to_string();
        assert!(error.contains(refused), "{error}");
    }
    assert_eq!(validated(None)["result"], "No Reference");
    assert_eq!(created(Some("p-1")), json!({ "successful": true, "reference": "p-1" }));
}
