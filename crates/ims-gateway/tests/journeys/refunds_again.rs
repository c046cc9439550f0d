//! Refunds that are asked for again, or looked at again: what a second answer says is
//! held against all that may have come of the first.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::RefundNews;
use ims_gateway::Told;
use ims_ledger::{RefundEvent, id::RefundId};
use ims_pay::{
    Abilities, Ask, AskedTwice, Channel, Delivery, Hint, Order, Provider, ProviderError,
    RefundOrder, Refunds, Reply, Request, Said, SaidRefund,
};
use ims_providers::WorldpayGateway;
use ims_testkit::on_both;
use serde_json::json;

use super::{
    adapters::{FarEnd, Mill, between, captured, fuse},
    refunds_unseen::{accepted, asked, paid_at_adyen},
};

/// What Cybersource says of a refund.
#[derive(Clone, Default)]
struct Says {
    /// How it answers; nothing if the answer is lost.
    answer: Option<&'static str>,
    /// What its search has of it: the name, and whether it was given.
    rows: Vec<(&'static str, bool)>,
}

#[derive(Clone, Default)]
struct Cybersource(Arc<Mutex<Says>>);

impl Cybersource {
    /// A refund of a payment that was paid here, approved and not sent.
    async fn approved(&self, url: &str) -> (FarEnd, Mill, RefundId) {
        let told = self.clone();
        let far = FarEnd::answering(move |heard| told.answer(heard.last().unwrap())).await;
        let mill = Mill::with(url, &fuse(&far.url)).await;
        let payment = mill.pay(Channel::Online).await.unwrap().view.payment;
        let notice = accepted(&payment.reference, "signing-key", "6612");
        mill.gateways.notice(&mill.books, "pay", &notice).await.unwrap();
        let id = mill.approved(payment.id).await;
        (far, mill, id)
    }

    fn answers(&self, status: &'static str) {
        self.0.lock().unwrap().answer = Some(status);
    }

    fn shows(&self, rows: &[(&'static str, bool)]) {
        self.0.lock().unwrap().rows = rows.to_vec();
    }

    fn answer(&self, asked: &str) -> String {
        let Says { answer, rows } = self.0.lock().unwrap().clone();
        let amount = json!({ "totalAmount": "45.00", "currency": "GBP" });
        if !asked.starts_with("POST /tss/") {
            let key = between(asked, "\"code\":\"", "\"").unwrap();
            let Some(status) = answer else { return "502 Bad Gateway".to_owned() };
            return json!({
                "id": "7712", "status": status, "clientReferenceInformation": { "code": key },
                "refundAmountDetails": { "refundAmount": "45.00", "currency": "GBP" },
                "errorInformation": { "reason": "PROCESSOR_DECLINED" },
            })
            .to_string();
        }
        let key = between(asked, "clientReferenceInformation.code:", "\"").unwrap();
        let row = |(id, is_given): &(&str, bool)| {
            let flag = if *is_given { "SOK" } else { "DCARDREFUSED" };
            json!({
                "id": id, "clientReferenceInformation": { "code": key },
                "orderInformation": { "amountDetails": amount },
                "applicationInformation": { "applications": [{ "name": "ics_credit", "rFlag": flag }] },
            })
        };
        let rows: Vec<_> = rows.iter().map(row).collect();
        json!({ "totalCount": rows.len(), "_embedded": { "transactionSummaries": rows } })
            .to_string()
    }
}

impl Mill {
    async fn sends(&self, id: RefundId) -> String {
        self.gateways.refund(&self.books, id).await.unwrap().refund.state
    }

    async fn polled(&self, id: RefundId) -> String {
        let polled = self.gateways.poll(&self.books).await.unwrap();
        assert_eq!(polled.failed, vec![]);
        self.state(id).await
    }

    async fn steps(&self, id: RefundId) -> Vec<(String, String)> {
        let steps = self.books.refund(id).await.unwrap().2;
        steps.into_iter().map(|step| (step.state, step.reference)).collect()
    }
}

/// Worldpay's gateway at an address of the council's own.
#[derive(Debug)]
struct Relayed {
    gateway: WorldpayGateway,
    url: String,
}

impl Relayed {
    fn open(told: &Told<'_>) -> Arc<dyn Provider> {
        let gateway = WorldpayGateway::new("TOWN", "1", told.needed("key").unwrap());
        Arc::new(Self { gateway, url: told.url().to_owned() })
    }

    fn here(&self, request: Request) -> Request {
        Request { url: self.url.clone(), ..request }
    }
}

impl Provider for Relayed {
    fn name(&self) -> &'static str {
        "relayed"
    }

    fn ask(&self, order: &Order, now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        match self.gateway.ask(order, now)? {
            Ask::Send(request) => Ok(Ask::Send(self.here(request))),
            Ask::Hand(step) => Ok(Ask::Hand(step)),
        }
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.gateway.asked(reply)
    }

    fn look(
        &self,
        order: &Order,
        name: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        self.gateway.look(order, name, now).map(|request| self.here(request))
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.gateway.looked(reply)
    }

    fn returned(&self, back: &Delivery) -> Hint {
        self.gateway.returned(back)
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { refunds: Some(self), ..Abilities::NONE }
    }
}

impl Refunds for Relayed {
    fn refund(&self, refund: &RefundOrder, now: DateTime<Utc>) -> Result<Request, ProviderError> {
        self.gateway.refund(refund, now).map(|request| self.here(request))
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        self.gateway.refunded(reply)
    }

    fn asked_twice(&self) -> AskedTwice {
        self.gateway.asked_twice()
    }
}

/// What Worldpay's gateway answers, as its tests have it; `lost` is what becomes of the
/// answer to a refund.
fn worldpay(asked: &str, is_lost: bool) -> String {
    let code = between(asked, "orderCode=\"", "\"").unwrap();
    let amount = "<amount value=\"4500\" currencyCode=\"GBP\" exponent=\"2\"/>";
    let inside = if asked.contains("<refund ") {
        if is_lost {
            return "502 Bad Gateway".to_owned();
        }
        format!("<ok><refundReceived orderCode=\"{code}\">{amount}</refundReceived></ok>")
    } else if asked.contains("<orderInquiry ") {
        format!(
            "<orderStatus orderCode=\"{code}\"><payment>{amount}<lastEvent>CAPTURED</lastEvent></payment></orderStatus>"
        )
    } else {
        format!(
            "<orderStatus orderCode=\"{code}\"><reference id=\"1\">https://secure.worldpay.com/pay</reference></orderStatus>"
        )
    };
    format!(
        "<?xml version=\"1.0\"?><paymentService version=\"1.4\" merchantCode=\"TOWN\"><reply>{inside}</reply></paymentService>"
    )
}

/// A refund of a payment through Worldpay's gateway, approved and not sent.
async fn at_worldpay(url: &str, is_lost: bool) -> (FarEnd, Mill, RefundId) {
    let far = FarEnd::answering(move |heard| worldpay(heard.last().unwrap(), is_lost)).await;
    let account =
        format!("kind = \"relayed\"\nurl = \"{}/pay\"\nsecrets = {{ key = \"key\" }}\n", far.url);
    let mill = Mill::opening(url, &account, |gateways| {
        gateways.with_kind("relayed", |told| Ok(Relayed::open(told)))
    })
    .await;
    let paying = mill.pay(Channel::Online).await.unwrap();
    assert_eq!(mill.looked(&paying).await, captured());
    let id = mill.approved(paying.view.payment.id).await;
    (far, mill, id)
}

on_both! {
    /// The first may have been given, and shows itself later than it should.
    async fn a_second_asking_that_is_declined_is_no_failure(url: &str) {
        let bank = Cybersource::default();
        let (far, mill, id) = bank.approved(url).await;
        assert_eq!(mill.sends(id).await, "unknown");
        mill.clock.forward(TimeDelta::hours(25));
        bank.answers("DECLINED");
        assert_eq!(mill.sends(id).await, "unknown");
        let steps = mill.books.refund(id).await.unwrap().2;
        assert!(steps.last().unwrap().reason.contains("PROCESSOR_DECLINED"), "{steps:?}");
        // What is shown of the second says no more of the first.
        bank.shows(&[("7712", false)]);
        for minutes in [1, 10, 60 * 25] {
            mill.clock.forward(TimeDelta::minutes(minutes));
            assert_eq!((mill.polled(id).await.as_str(), mill.taken().await), ("unknown", 4_500));
        }
        // Of all that it shows, what was given counts.
        bank.shows(&[("7712", false), ("7711", true)]);
        assert_eq!((mill.polled(id).await.as_str(), mill.taken().await), ("paid", 0));
        assert_eq!(asked(&far, "/refunds "), 2);
    }

    /// Turned down at the first try, or all that is shown of it: it has failed.
    async fn what_was_turned_down_once_and_for_all_has_failed(url: &str) {
        let bank = Cybersource::default();
        bank.answers("DECLINED");
        let (_far, mill, id) = bank.approved(url).await;
        assert_eq!((mill.sends(id).await.as_str(), mill.taken().await), ("failed", 4_500));
        let lost = Cybersource::default();
        let fresh = if url.starts_with("sqlite:") {
            ims_testkit::Engine::Sqlite.fresh()
        } else {
            ims_testkit::Engine::Postgres.fresh()
        };
        let (_far, mill, id) = lost.approved(&fresh.url).await;
        assert_eq!(mill.sends(id).await, "unknown");
        lost.shows(&[("7712", false)]);
        assert_eq!((mill.polled(id).await.as_str(), mill.taken().await), ("failed", 4_500));
    }

    /// Its answer was good: whoever sends it again learns that it waits.
    async fn a_refund_that_was_taken_and_is_not_shown_yet_waits(url: &str) {
        let bank = Cybersource::default();
        bank.answers("PENDING");
        let (far, mill, id) = bank.approved(url).await;
        for hours in [0, 1, 22] {
            mill.clock.forward(TimeDelta::hours(hours));
            assert_eq!(mill.sends(id).await, "sent");
            assert_eq!((mill.polled(id).await.as_str(), mill.listed().await), ("sent", vec![]));
        }
        // By then it should be shown.
        mill.clock.forward(TimeDelta::hours(2));
        assert!(mill.not_sent(id).await.contains("the provider took it as 7712"));
        assert_eq!(asked(&far, "/refunds "), 1);
    }

    /// Whoever asks again says only that: what another was answered meanwhile stays.
    async fn to_ask_again_sets_no_refund_back(url: &str) {
        let bank = Cybersource::default();
        bank.answers("PENDING");
        let (far, mill, id) = bank.approved(url).await;
        // The server ended before it was asked for.
        mill.books.send_refund(id, |_, _| Ok(())).await.unwrap();
        mill.clock.forward(TimeDelta::hours(25));
        assert_eq!(mill.sends(id).await, "sent");
        let steps = mill.steps(id).await;
        assert!(steps.iter().all(|(state, _)| state != "unknown"), "{steps:?}");
        assert_eq!(steps.last().unwrap().1, "7712");
        // From then on it may be shown late again, and is known to be taken.
        assert_eq!((mill.sends(id).await.as_str(), asked(&far, "/refunds ")), ("sent", 1));
    }

    /// The provider forgets a key so long after it heard it first, whatever is recorded since.
    async fn a_key_is_as_old_as_its_first_use(url: &str) {
        let (far, mill, payment) = paid_at_adyen(url).await;
        let id = mill.approved(payment).await;
        assert_eq!(mill.sends(id).await, "unknown");
        mill.clock.forward(TimeDelta::days(6));
        let by_hand = RefundNews::of(RefundEvent::Send);
        assert_eq!(mill.books.record_refund(id, &by_hand).await.unwrap().refund.state, "sent");
        mill.clock.forward(TimeDelta::hours(20));
        assert_eq!((mill.sends(id).await.as_str(), asked(&far, "/refunds ")), ("unknown", 2));
        mill.clock.forward(TimeDelta::days(5));
        assert!(mill.not_sent(id).await.contains("cannot be asked about it"));
        assert_eq!(asked(&far, "/refunds "), 2);
    }

    /// It answers that it took it, by no name, and cannot be asked: nothing is amiss.
    async fn a_refund_that_was_taken_without_a_name_waits(url: &str) {
        let (far, mill, id) = at_worldpay(url, false).await;
        for hours in [0, 1, 300] {
            mill.clock.forward(TimeDelta::hours(hours));
            assert_eq!(mill.sends(id).await, "sent");
            assert_eq!((mill.polled(id).await.as_str(), mill.listed().await), ("sent", vec![]));
        }
        let modified = far.heard().into_iter().filter(|one| one.contains("<refund ")).collect::<Vec<_>>();
        assert_eq!(modified.len(), 1);
        // Its reference is the one that was told.
        let name = mill.steps(id).await.pop().unwrap().1;
        assert!(modified[0].contains(&format!("<refund reference=\"{name}\">")), "{name}: {modified:?}");
    }

    /// Of one whose answer was lost a person has to find out.
    async fn a_refund_without_an_answer_or_a_way_to_ask_is_listed(url: &str) {
        let (far, mill, id) = at_worldpay(url, true).await;
        assert_eq!(mill.sends(id).await, "unknown");
        mill.clock.forward(TimeDelta::minutes(6));
        assert_eq!(mill.polled(id).await, "unknown");
        let listed = mill.listed().await;
        assert!(listed.len() == 1 && listed[0].contains("cannot be asked about it"), "{listed:?}");
        assert!(mill.not_sent(id).await.contains("cannot be asked about it"));
        assert_eq!(far.heard().iter().filter(|one| one.contains("<refund ")).count(), 1);
    }
}
