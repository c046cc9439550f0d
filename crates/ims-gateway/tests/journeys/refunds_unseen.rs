//! Refunds whose answer was lost, at providers that cannot be asked, or that show them
//! late; and money that is told of twice under one reference.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::TimeDelta;
use ims_app::{Actor, AppError, NewRefund, Permission};
use ims_gateway::GatewayError;
use ims_ledger::{
    RefundWay,
    id::{PaymentId, RefundId},
};
use ims_pay::{Channel, Delivery, MacKey, Secret, form};
use ims_testkit::on_both;
use serde_json::json;

use super::adapters::{FarEnd, Mill, between, fuse};

const HMAC: &str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";

impl Mill {
    /// A refund of all of a payment, approved by somebody else.
    pub(crate) async fn approved(&self, payment: PaymentId) -> RefundId {
        let view = self.gateways.look(&self.books, payment).await.unwrap();
        let hands = async |name: &str, permissions: &[Permission]| {
            let actor = Actor::holding(name, permissions);
            self.books.app().books(Some("MILL"), actor).await.unwrap()
        };
        let new = NewRefund {
            payee: None,
            receipt: view.receipt.unwrap(),
            lines: Vec::new(),
            way: RefundWay::Source,
            reason: "class cancelled".to_owned(),
            key: None,
        };
        let id = hands("ann", &[Permission::Refund]).await.request_refund(&new).await.unwrap().id;
        hands("bob", &[Permission::ApproveRefund]).await.approve_refund(id, "seen").await.unwrap();
        id
    }

    pub(crate) async fn state(&self, id: RefundId) -> String {
        self.books.refund(id).await.unwrap().0.state
    }

    /// Somebody sends it again: why it is not.
    pub(crate) async fn not_sent(&self, id: RefundId) -> String {
        match self.gateways.refund(&self.books, id).await {
            Err(GatewayError::App(AppError::Refused(why))) => why,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn listed(&self) -> Vec<String> {
        let listed = self.books.payment_exceptions(None, 9).await.unwrap();
        listed.into_iter().map(|row| row.why).collect()
    }
}

/// What Secure Acceptance posts when a card was taken: what it calls the money.
pub(crate) fn accepted(reference: &str, signing: &str, transaction: &str) -> Delivery {
    let mut fields = vec![
        ("decision", "ACCEPT"),
        ("transaction_id", transaction),
        ("req_transaction_type", "sale"),
        ("req_reference_number", reference),
        ("req_currency", "GBP"),
        ("auth_amount", "45.00"),
    ];
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let names = format!("{},signed_field_names", names.join(","));
    fields.push(("signed_field_names", &names));
    let message: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mac = MacKey::text(&Secret::new(signing)).sign_base64(message.join(",").as_bytes());
    fields.push(("signature", &mac));
    Delivery::new(&[], form::encode(&fields))
}

/// How often it was asked for something at this path.
pub(crate) fn asked(far: &FarEnd, path: &str) -> usize {
    far.heard().iter().filter(|heard| heard.contains(path)).count()
}

/// A search that has the refund once it `shows` it; what is asked for is done, and its
/// answer lost.
async fn cybersource(shows: Arc<AtomicBool>) -> FarEnd {
    FarEnd::answering(move |heard| {
        let last = heard.last().unwrap();
        if !last.starts_with("POST /tss/") {
            return "502 Bad Gateway".to_owned();
        }
        let key = between(last, "clientReferenceInformation.code:", "\"").unwrap();
        let credit = json!({
            "id": "7712", "clientReferenceInformation": { "code": key },
            "orderInformation": { "amountDetails": { "totalAmount": "45.00", "currency": "GBP" } },
            "applicationInformation": { "applications": [{ "name": "ics_credit", "rFlag": "SOK" }] },
        });
        let rows = if shows.load(Ordering::Relaxed) { vec![credit] } else { Vec::new() };
        json!({ "totalCount": rows.len(), "_embedded": { "transactionSummaries": rows } })
            .to_string()
    })
    .await
}

/// Adyen's notice that a payment was authorised.
fn authorised(reference: &str) -> Delivery {
    let signed = format!("PSP1::Town:{reference}:4500:GBP:AUTHORISATION:true");
    let signature = MacKey::hex(&Secret::new(HMAC)).unwrap().sign_base64(signed.as_bytes());
    let item = json!({
        "pspReference": "PSP1", "originalReference": "", "merchantAccountCode": "Town",
        "merchantReference": reference, "amount": { "value": 4_500, "currency": "GBP" },
        "eventCode": "AUTHORISATION", "success": "true",
        "additionalData": { "hmacSignature": signature },
    });
    let items = json!({ "notificationItems": [{ "NotificationRequestItem": item }] });
    Delivery::new(&[], items.to_string())
}

/// A payment that was paid at Adyen, which does what it is asked and loses all answers.
pub(crate) async fn paid_at_adyen(url: &str) -> (FarEnd, Mill, PaymentId) {
    let far = FarEnd::answering(|heard| {
        let last = heard.last().unwrap();
        if !last.starts_with("POST /v71/paymentLinks ") {
            return "502 Bad Gateway".to_owned();
        }
        json!({
            "id": "PL1", "status": "active", "url": "https://test.adyen.link/PL1",
            "reference": between(last, "\"reference\":\"", "\"").unwrap(),
            "amount": { "currency": "GBP", "value": 4_500 }, "merchantAccount": "Town",
        })
        .to_string()
    })
    .await;
    let account = format!(
        "kind = \"adyen\"\nurl = \"{}/v71\"\nsettings = {{ merchant = \"Town\" }}\n\
         secrets = {{ key = \"key\", notices = \"hmac\" }}\n",
        far.url
    );
    let mill = Mill::with(url, &account).await;
    let payment = mill.pay(Channel::Online).await.unwrap().view.payment;
    let notice = authorised(&payment.reference);
    mill.gateways.notice(&mill.books, "pay", &notice).await.unwrap();
    (far, mill, payment.id)
}

on_both! {
    /// Its search has it late, and asked again it would give the money again.
    async fn a_refund_that_is_shown_late_is_not_asked_for_again_before(url: &str) {
        let shows = Arc::new(AtomicBool::new(false));
        let far = cybersource(Arc::clone(&shows)).await;
        let mill = Mill::with(url, &fuse(&far.url)).await;
        let payment = mill.pay(Channel::Online).await.unwrap().view.payment;
        let notice = accepted(&payment.reference, "signing-key", "6612");
        mill.gateways.notice(&mill.books, "pay", &notice).await.unwrap();
        let id = mill.approved(payment.id).await;
        mill.gateways.refund(&mill.books, id).await.unwrap();
        assert_eq!((mill.state(id).await.as_str(), asked(&far, "/refunds ")), ("unknown", 1));
        mill.clock.forward(TimeDelta::hours(23));
        let why = mill.not_sent(id).await;
        assert!(why.contains("the provider may not show it before"), "{why}");
        mill.gateways.poll(&mill.books).await.unwrap();
        assert_eq!((mill.listed().await, asked(&far, "/refunds ")), (vec![], 1));
        mill.clock.forward(TimeDelta::hours(2));
        mill.gateways.poll(&mill.books).await.unwrap();
        let listed = mill.listed().await;
        assert!(listed.len() == 1 && listed[0].contains("send it again"), "{listed:?}");
        // Whoever presses at the same moment asks for it once.
        let (one, other) = tokio::join!(
            mill.gateways.refund(&mill.books, id),
            mill.gateways.refund(&mill.books, id),
        );
        assert!(one.is_ok() || other.is_ok(), "{one:?} {other:?}");
        assert_eq!(asked(&far, "/refunds "), 2);
        // And from then on it may be shown late again.
        mill.not_sent(id).await;
        assert_eq!(asked(&far, "/refunds "), 2);
        shows.store(true, Ordering::Relaxed);
        mill.gateways.poll(&mill.books).await.unwrap();
        assert_eq!((mill.state(id).await.as_str(), mill.taken().await), ("paid", 0));
    }

    /// It keeps our key for a week, and cannot be asked what became of a refund.
    async fn a_refund_that_nobody_can_ask_about_waits(url: &str) {
        let (far, mill, payment) = paid_at_adyen(url).await;
        let id = mill.approved(payment).await;
        mill.gateways.refund(&mill.books, id).await.unwrap();
        assert_eq!((mill.state(id).await.as_str(), asked(&far, "/refunds ")), ("unknown", 1));
        mill.clock.forward(TimeDelta::hours(1));
        mill.gateways.poll(&mill.books).await.unwrap();
        let listed = mill.listed().await;
        assert!(listed.len() == 1 && listed[0].contains("no answer came"), "{listed:?}");
        // Under the same key it is the same refund, for as long as the key is kept.
        mill.gateways.refund(&mill.books, id).await.unwrap();
        assert_eq!(asked(&far, "/refunds "), 2);
        mill.clock.forward(TimeDelta::days(7));
        let why = mill.not_sent(id).await;
        assert!(why.contains("cannot be asked about it"), "{why}");
        assert!(!why.contains("knows of no such refund"), "{why}");
        mill.gateways.poll(&mill.books).await.unwrap();
        assert_eq!((mill.state(id).await.as_str(), asked(&far, "/refunds ")), ("unknown", 2));
        let listed = mill.listed().await;
        assert!(listed.iter().any(|why| why.contains("waits for its payout")), "{listed:?}");
        assert_eq!(mill.taken().await, 4_500);
    }

    /// A payer who paid twice is owed the second, and nobody swallows it.
    async fn a_second_payment_under_one_reference_goes_to_suspense(url: &str) {
        let far = cybersource(Arc::default()).await;
        let mill = Mill::with(url, &fuse(&far.url)).await;
        let payment = mill.pay(Channel::Online).await.unwrap().view.payment;
        for (transaction, exceptions) in [("6612", 0), ("6612", 0), ("6613", 1), ("6613", 1)] {
            let notice = accepted(&payment.reference, "signing-key", transaction);
            let noticed = mill.gateways.notice(&mill.books, "pay", &notice).await.unwrap();
            assert_eq!(noticed.exceptions, exceptions, "{transaction}");
        }
        let suspense = mill.books.balance(&"suspense".parse().unwrap()).await.unwrap();
        assert_eq!((mill.taken().await, suspense.get()), (9_000, -4_500));
        let listed = mill.listed().await;
        assert!(listed.len() == 1 && listed[0].contains("beside payment"), "{listed:?}");
    }
}
