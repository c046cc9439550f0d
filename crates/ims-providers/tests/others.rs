//! Capita's SCP, Civica Pay, Opayo and pay by bank.
#![cfg(all(feature = "capita", feature = "civica", feature = "opayo", feature = "open-banking"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Ask, Captures, Delivery, KeyedNotices, MacKey, Names, NextStep, NotVerified, Order, Provider,
    ProviderError, RefundEvent, RefundOrder, Refunds, Reply, Request, Secret, Seems, StatusName,
    Take, conformance::Suite, form,
};
use ims_providers::{Capita, Civica, Creditor, Opayo, OpenBanking};
use serde_json::{Value, json};

const SCP_KEY: &str = "c2hhcmVkLXNlY3JldC1vZi1vdXJz";
const SCP: &str = "mysociety/fixmystreet, Integrations::SCP and its test; Pay360 SCP guide";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_345_200, 0).unwrap()
}

fn order() -> Order {
    let order = Order::of("p-12345", Pence::new(1_000), "Parking <1>", "https://council.example/b");
    order.unwrap().noticed_at("https://council.example/opayo").unwrap()
}

fn sent(provider: &dyn Provider) -> Request {
    let Ask::Send(request) = provider.ask(&order(), now()).unwrap() else { panic!("handed") };
    request
}

fn soap(inside: &str) -> Reply {
    let envelope = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{inside}</soap:Body></soap:Envelope>"
    );
    Reply::new(200, envelope)
}

fn capita() -> Capita {
    let address = "https://sbsctest.e-paycapita.com/scp/scpws";
    Capita::new(address, "10", "33", ("99", Secret::new(SCP_KEY)), "1").unwrap()
}

fn queried(state: &str, result: &str) -> Reply {
    soap(&format!(
        "<ns:scpSimpleQueryResponse xmlns:ns=\"x\"><requestId>p-12345</requestId><scpReference>654321</scpReference><transactionState>{state}</transactionState>{result}</ns:scpSimpleQueryResponse>"
    ))
}

#[test]
fn capita_keeps_what_every_adapter_must() {
    let (capita, order) = (capita(), order());
    let ended = |status: &str, more: &str| {
        queried(
            "COMPLETE",
            &format!("<paymentResult><status>{status}</status>{more}</paymentResult>"),
        )
    };
    let paid = "<paymentDetails><authDetails><amountInMinorUnits>1000</amountInMinorUnits><authCode>123456</authCode><maskedCardNumber>444433******1111</maskedCardNumber><cardDescription>VISA</cardDescription><uniqueAuthId>A99</uniqueAuthId></authDetails></paymentDetails>";
    let invoked = soap(
        "<scpSimpleInvokeResponse><requestId>p-12345</requestId><scpReference>654321</scpReference><transactionState>COMPLETE</transactionState><invokeResult><status>SUCCESS</status><redirectUrl>https://sbsctest.e-paycapita.com/scp/redirect</redirectUrl></invokeResult></scpSimpleInvokeResponse>",
    );
    let report = Suite::new(&capita, &order, now())
        .secret(SCP_KEY)
        .asked(SCP, &order, invoked, StatusName::Started)
        .looked(SCP, &order, queried("IN_PROGRESS", ""), StatusName::Started)
        .looked(SCP, &order, ended("SUCCESS", paid), StatusName::Captured)
        .looked(SCP, &order, ended("CARD_DETAILS_REJECTED", ""), StatusName::Failed)
        .looked(SCP, &order, ended("CANCELLED", ""), StatusName::Cancelled)
        .looked(SCP, &order, ended("LOGGED_OUT", ""), StatusName::Expired)
        .looked(SCP, &order, ended("ERROR", ""), StatusName::Errored)
        .check();
    assert!(report.is_kept(), "{report}");
    assert_eq!(capita.looked(&queried("INVALID_REFERENCE", "")), Err(ProviderError::NotFound));
}

#[test]
fn capita_s_digest_is_of_six_values() {
    let body = sent(&capita()).body;
    let body = body.text().unwrap();
    let between = |name: &str| {
        let start = body.find(&format!("<common:{name}>")).unwrap() + name.len() + 9;
        let rest = &body[start..];
        rest[..rest.find('<').unwrap()].to_owned()
    };
    assert_eq!(between("timeStamp"), "20261122110000");
    let signed =
        format!("CapitaPortal!10!{}!20261122110000!Original!99", between("uniqueReference"));
    let key = MacKey::base64(&Secret::new(SCP_KEY)).unwrap();
    assert!(key.verify_base64(signed.as_bytes(), &between("digest")).is_some());
    assert!(body.contains("Parking &lt;1&gt;"));
}

fn civica() -> Civica {
    let base = "https://www.civicaepay.example";
    let (page, query) = (format!("{base}/pay"), format!("{base}/query"));
    Civica::new(&page, &query, ("APP1", Secret::new("civica-password")), "WEB", "1").unwrap()
}

fn answered(code: &str, amount: &str) -> Reply {
    soap(&format!(
        "<QueryAuthRequestsResponse><QueryAuthRequestsResult><ResponseCode>{code}</ResponseCode><CallingApplicationTransactionReference>p-12345</CallingApplicationTransactionReference><IncomeManagementReceiptNumber>R77</IncomeManagementReceiptNumber><PaymentAmount>{amount}</PaymentAmount></QueryAuthRequestsResult></QueryAuthRequestsResponse>"
    ))
}

#[test]
fn civica_keeps_what_every_adapter_must() {
    let source = "as councils describe it; nothing is published";
    let (civica, order) = (civica(), order());
    let report = Suite::new(&civica, &order, now())
        .secret("civica-password")
        .looked(source, &order, answered("00000", "10.00"), StatusName::Captured)
        .looked(source, &order, answered("00023", "10.00"), StatusName::Cancelled)
        .unverified(source)
        .check();
    assert!(report.is_kept(), "{report}");
    // What a code means that nobody has described, nobody knows: it is asked again.
    for code in ["00005", "00099", "99999", ""] {
        let read = civica.looked(&answered(code, "10.00"));
        assert!(matches!(read, Err(ProviderError::Unreadable(_))), "{code}: {read:?}");
    }
    let Ask::Hand(next @ NextStep::Form { .. }) = civica.ask(&order, now()).unwrap() else {
        panic!()
    };
    assert_eq!(next.field("Payment_1"), Some("p-12345|1|10.00||Parking <1>"));
    let back = Delivery {
        query: "ResponseCode=00000&PaymentAmount=1.00".to_owned(),
        ..Delivery::default()
    };
    assert_eq!(civica.returned(&back).seems, Seems::Paid);
}

const REGISTERED: &str = "VPSProtocol=3.00\r\nStatus=OK\r\nStatusDetail=Server transaction registered successfully.\r\nVPSTxId={1E7D9C70-DBE2-4726-88EA-D369810D801D}\r\nSecurityKey=IK776BWNHN\r\nNextURL=https://sandbox.opayo.eu.elavon.com/Simulator/VSPServerPaymentPage.asp?TransactionID=1E7D\r\n";

#[test]
fn opayo_keeps_what_every_adapter_must() {
    let source = "thephpleague/omnipay-sagepay, tests/Mock: ServerPurchase, SharedRefund";
    let (opayo, order) = (Opayo::new("testvendor").keeping_keys(), order());
    let refund = RefundOrder::of("r-1", "p-12345", "{1E7D}", Pence::new(500), Pence::new(1_000));
    let refund = refund.unwrap().from_transaction("IK776BWNHN 9962");
    let refunded = "VPSProtocol=3.00\r\nStatus=OK\r\nStatusDetail=done\r\nVPSTxId={869BC439}\r\nTxAuthNo=9962\r\n";
    let report = Suite::new(&opayo, &order, now())
        .secret("IK776BWNHN")
        .asked(source, &order, Reply::new(200, REGISTERED), StatusName::Started)
        .refunded(source, &refund, Reply::new(200, refunded), RefundEvent::Pay)
        .noticed_with(
            SAGE,
            &vector_order(),
            vector(),
            &Secret::new("testkey123"),
            StatusName::Captured,
        )
        .unverified("what it lists of payments is behind a sign-in this adapter does not have")
        .check();
    // It needs to be told where its notice goes, which the suite's other orders are
    // not, and a payment cannot be looked at.
    let known = ["another order is another request"];
    let faults: Vec<_> = report.faults.iter().filter(|(p, _)| !known.contains(p)).collect();
    assert!(faults.is_empty(), "{report}");
    let used = "VPSProtocol=3.00\r\nStatus=INVALID\r\nStatusDetail=The VendorTxCode '984297' has been used before.\r\n";
    assert!(matches!(opayo.asked(&Reply::new(200, used)), Err(ProviderError::Rejected { .. })));
    let request = opayo.refund(&refund, now()).unwrap();
    assert!(
        request.body.text().unwrap().contains("RelatedSecurityKey=IK776BWNHN&RelatedTxAuthNo=9962")
    );
}

/// See [`SAGE`].
const VECTOR: [(&str, &str); 12] = [
    ("VendorTxCode", "2005296940fc9522c0704cabaf4016b561b36311"),
    ("VPSTxId", "{EBCC5038-1460-9E2F-8A57-24D148B8CD53}"),
    ("Status", "OK"),
    ("StatusDetail", "0000 : The Authorisation was Successful."),
    ("TxAuthNo", "4665060"),
    ("AVSCV2", "ALL MATCH"),
    ("AddressResult", "MATCHED"),
    ("PostCodeResult", "MATCHED"),
    ("CV2Result", "MATCHED"),
    ("GiftAid", "0"),
    ("3DSecureStatus", "NOTCHECKED"),
    ("VPSSignature", "46EAE2D06815F3406C41776422711985"),
];

const SAGE: &str = "JeremySkinner/SagePayMvc, TestHelper: its valid response and signature";

fn vector() -> Delivery {
    Delivery::new(&[], form::encode(&VECTOR))
}

fn vector_order() -> Order {
    Order::of(VECTOR[0].1, Pence::new(1_000), "", "https://council.example/b").unwrap()
}

#[test]
fn opayo_s_published_signature_verifies() {
    let opayo = Opayo::new("testvendor");
    let key = Secret::new("testkey123");
    let delivery = vector();
    for nth in (0..VECTOR.len()).filter(|nth| VECTOR[*nth].0 != "StatusDetail") {
        for at in 0..VECTOR[nth].1.len() {
            for bit in 0..7 {
                let mut other = VECTOR[nth].1.as_bytes().to_vec();
                other[at] ^= 1 << bit;
                let other = String::from_utf8(other).unwrap();
                let mut fields = VECTOR;
                fields[nth].1 = &other;
                let delivery = Delivery::new(&[], form::encode(&fields));
                let refused = opayo.verify_with(&delivery, &key);
                assert!(refused.is_err(), "{} {other}", VECTOR[nth].0);
            }
        }
    }
    let forged = opayo.verify_with(&delivery, &Secret::new("testkey124")).unwrap_err();
    assert_eq!(forged, NotVerified::Forged);
    // Who does not keep the keys claims no refunds.
    assert!(opayo.abilities().refunds.is_none());
    let thanks = opayo.thanks_to("https://council.example/b").body;
    assert_eq!(thanks.text().unwrap(), "Status=OK\r\nRedirectURL=https://council.example/b\r\n");
}

fn bank() -> OpenBanking {
    let creditor = Creditor {
        name: "Anyborough Council".to_owned(),
        sort_code: "200000".to_owned(),
        account: "12345678".to_owned(),
    };
    let authorise =
        Arc::new(|consent: &str| format!("https://bank.example/agree?request={consent}"));
    let base = "https://bank.example/open-banking/v3.1/pisp";
    OpenBanking::new(base, Secret::new("token-of-ours"), creditor, authorise).unwrap()
}

fn consent(status: &str, more: Value) -> Reply {
    let mut data = json!({
        "ConsentId": "58923", "Status": status, "StatusUpdateDateTime": "2026-11-22T10:00:00+00:00",
        "Initiation": {
            "InstructionIdentification": "p-12345", "EndToEndIdentification": "p-12345",
            "InstructedAmount": { "Amount": "10.00", "Currency": "GBP" },
        },
    });
    for (name, value) in more.as_object().unwrap() {
        data[name] = value.clone();
    }
    Reply::new(201, json!({ "Data": data, "Risk": {}, "Links": {} }).to_string())
}

#[test]
fn pay_by_bank_keeps_what_every_adapter_must() {
    let source = "Open Banking read/write API v3.1.10, domestic payments, usage examples";
    let (bank, order) = (bank(), order());
    let made = |status| consent(status, json!({ "DomesticPaymentId": "7290-003" }));
    let asked = |status| consent(status, json!({}));
    let report = Suite::new(&bank, &order, now())
        .secret("token-of-ours")
        .asked(source, &order, asked("AwaitingAuthorisation"), StatusName::Started)
        .looked(source, &order, asked("Authorised"), StatusName::Authorised)
        .looked(
            source,
            &order.clone().take(Take::Later),
            asked("Authorised"),
            StatusName::Authorised,
        )
        .looked(source, &order, asked("Consumed"), StatusName::Pending)
        .looked(source, &order, asked("Rejected"), StatusName::Cancelled)
        .looked(source, &order, asked("Expired"), StatusName::Expired)
        .looked(source, &order, made("AcceptedSettlementInProcess"), StatusName::Authorised)
        .looked(source, &order, made("AcceptedCreditSettlementCompleted"), StatusName::Captured)
        .looked(source, &order, made("Rejected"), StatusName::Failed)
        .captured(source, made("AcceptedSettlementInProcess"))
        .check();
    assert!(report.is_kept(), "{report}");
    let names = Names { provider_ref: "58923", transaction: None };
    let request = bank.capture(&order, names, now()).unwrap();
    let body: Value = serde_json::from_slice(&request.body.0).unwrap();
    assert_eq!(body["Data"]["ConsentId"], "58923");
    assert_eq!(body["Data"]["Initiation"]["InstructedAmount"]["Amount"], "10.00");
    assert_eq!(request.header("x-idempotency-key"), Some("p-12345"));
    // Once made, it is followed by its own name; not before it has one.
    assert!(bank.look_at_capture(names, now()).is_none());
    let names = Names { transaction: Some("7290/003"), ..names };
    let url = bank.look_at_capture(names, now()).unwrap().url;
    assert!(url.ends_with("/pisp/domestic-payments/7290%2F003"), "{url}");
    let fault = |code: &str| {
        let errors = json!({ "Code": "400 BadRequest", "Errors": [{ "ErrorCode": code }] });
        bank.looked(&Reply::new(400, errors.to_string())).unwrap_err()
    };
    assert_eq!(fault("UK.OBIE.Resource.NotFound"), ProviderError::NotFound);
    let code = Some("UK.OBIE.Rules.AfterCutOffDateTime".to_owned());
    assert_eq!(fault(code.as_deref().unwrap()), ProviderError::Rejected { status: 400, code });
}
