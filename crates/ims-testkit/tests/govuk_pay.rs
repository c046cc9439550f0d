//! The stub of GOV.UK Pay, asked by the adapter over a real line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use ims_money::Pence;
use ims_pay::{
    Agreeing, AgreementState, Agreements as _, Ask, Cancels as _, Captures as _, Disputes as _,
    Event, Method, Names, NewAgreement, NextStep, Notices as _, Order, Provider as _,
    ProviderError, RefundEvent, RefundOrder, Refunds as _, Reply, Request, Searches as _, Secret,
    Settlements as _, Span, Status, StatusName, Take, Tidings,
};
use ims_providers::GovUkPay;
use ims_testkit::govuk_pay::{API_KEY, SIGNING_SECRET, Stub, Weather};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const GOOD: &str = "4444333322221111";
const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

fn pay(stub: &Stub) -> GovUkPay {
    let pay = GovUkPay::new(Secret::new(API_KEY)).noticed_with(Secret::new(SIGNING_SECRET));
    pay.at(&stub.url).unwrap()
}

fn order(key: &str, pence: i64) -> Order {
    Order::of(key, Pence::new(pence), "Council tax", "https://council.example/back").unwrap()
}

/// Carries a request over a line of its own; none when no answer comes in a second.
async fn carried(request: &Request) -> Option<Reply> {
    let rest = request.url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let headers: String = request
        .headers
        .iter()
        .map(|header| format!("{}: {}\r\n", header.name, header.value.reveal()))
        .collect();
    let (method, length) = (request.method.as_str(), request.body.0.len());
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&request.body.0).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(1), stream.read_to_end(&mut answer));
    read.await.ok()?.unwrap();
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Some(Reply::new(status, body))
}

async fn started(stub: &Stub, order: &Order) -> Status {
    let Ask::Send(request) = pay(stub).ask(order, NOW).unwrap() else { panic!("handed") };
    let reply = carried(&request).await.unwrap();
    Status::Created.after(pay(stub).asked(&reply).unwrap().of(order, NOW).unwrap()).unwrap()
}

async fn looked(stub: &Stub, order: &Order, status: Status) -> Status {
    let look = pay(stub).look(order, status.provider_ref(), NOW).unwrap();
    let reply = carried(&look).await.unwrap();
    status.after(pay(stub).looked(&reply).unwrap().of(order, NOW).unwrap()).unwrap()
}

#[tokio::test]
async fn a_payment_goes_each_way_it_can() {
    let stub = Stub::start(None, Weather::default()).await;
    for (nth, (card, wanted)) in [
        (GOOD, StatusName::Captured),
        ("4000000000000002", StatusName::Failed),
        ("4000000000000119", StatusName::Errored),
    ]
    .into_iter()
    .enumerate()
    {
        let order = order(&format!("p-{nth}"), 5_000);
        let status = started(&stub, &order).await;
        let name = status.provider_ref().unwrap().to_owned();
        stub.pay(&name, card);
        assert_eq!(looked(&stub, &order, status).await.name(), wanted, "{card}");
    }
    let left = order("p-left", 5_000);
    let status = started(&stub, &left).await;
    stub.books().expire();
    assert_eq!(looked(&stub, &left, status).await.name(), StatusName::Expired);
    let cancelled = order("p-cancelled", 5_000);
    let status = started(&stub, &cancelled).await;
    let names = Names { provider_ref: status.provider_ref().unwrap(), transaction: None };
    let request = pay(&stub).cancel(&cancelled, names, NOW).unwrap();
    pay(&stub).cancelled(&carried(&request).await.unwrap()).unwrap();
    assert_eq!(looked(&stub, &cancelled, status).await.name(), StatusName::Cancelled);
    assert_eq!(stub.books().total(), 5_000);
}

#[tokio::test]
async fn the_same_key_is_the_same_payment() {
    let stub = Stub::start(None, Weather::default()).await;
    let first = started(&stub, &order("p-1", 5_000)).await;
    let again = started(&stub, &order("p-1", 5_000)).await;
    assert_eq!(first.provider_ref(), again.provider_ref());
    let Ask::Send(other) = pay(&stub).ask(&order("p-1", 6_000), NOW).unwrap() else { panic!() };
    let refused = pay(&stub).asked(&carried(&other).await.unwrap()).unwrap_err();
    // It says nothing of the payment: whoever asked has to look.
    assert_eq!(refused, ProviderError::Unavailable { status: 409 });
    let stranger = GovUkPay::new(Secret::new("another")).at(&stub.url).unwrap();
    let Ask::Send(ask) = stranger.ask(&order("p-2", 1), NOW).unwrap() else { panic!() };
    assert_eq!(carried(&ask).await.unwrap().status, 401);
    assert_eq!(stub.books().payments().len(), 1);
}

#[tokio::test]
async fn an_answer_that_never_came_is_asked_for_again() {
    let weather = Weather { silent: 1, ..Weather::default() };
    let stub = Stub::start(None, weather).await;
    let order = order("p-1", 5_000);
    let Ask::Send(request) = pay(&stub).ask(&order, NOW).unwrap() else { panic!("handed") };
    assert!(carried(&request).await.is_none());
    let unknown = Status::Created.after(Event::silent()).unwrap();
    assert_eq!(stub.books().payments().len(), 1);
    stub.books().set_weather(Weather { search_lags: 1, ..Weather::default() });
    // The search does not know of it yet; the same key does.
    let look = pay(&stub).look(&order, None, NOW).unwrap();
    let found = pay(&stub).looked(&carried(&look).await.unwrap());
    assert_eq!(found, Err(ProviderError::NotFound));
    let reply = carried(&request).await.unwrap();
    let event = pay(&stub).asked(&reply).unwrap().of(&order, NOW).unwrap();
    assert_eq!(unknown.after(event).unwrap().name(), StatusName::Started);
    assert_eq!(stub.books().payments().len(), 1);
}

#[tokio::test]
async fn webhooks_come_late_twice_and_turned_round() {
    let weather = Weather { double: 2, reorder: 3, drop: 5, ..Weather::default() };
    let stub = Stub::start(None, weather).await;
    for nth in 0..10 {
        let order = order(&format!("p-{nth}"), 1_000 + nth);
        let status = started(&stub, &order).await;
        stub.pay(status.provider_ref().unwrap(), GOOD);
    }
    // Two for each payment, every fifth lost, every second (but those) doubled.
    let notices = stub.notices();
    assert_eq!(notices.len(), 20 - 4 + 8);
    for delivery in &notices {
        let notice =
            pay(&stub).verify(delivery, NOW).map(|notice| pay(&stub).news(&notice)).unwrap();
        let Tidings::Payment(said) = notice.unwrap().remove(0).what else { panic!() };
        let key = said.reference().unwrap().to_owned();
        let nth: i64 = key[2..].parse().unwrap();
        assert!(said.of(&order(&key, 1_000 + nth), NOW).is_ok());
    }
    assert!(stub.notices().is_empty());
}

#[tokio::test]
async fn a_refund_names_what_is_left() {
    let stub = Stub::start(None, Weather::default()).await;
    let order = order("p-1", 5_000);
    let status = started(&stub, &order).await;
    let name = status.provider_ref().unwrap().to_owned();
    stub.pay(&name, GOOD);
    let refund = |key: &str, amount, left| {
        RefundOrder::of(key, "p-1", &name, Pence::new(amount), Pence::new(left)).unwrap()
    };
    let first = refund("r-1", 2_000, 5_000);
    let ask = pay(&stub).refund(&first, NOW).unwrap();
    let said = pay(&stub).refunded(&carried(&ask).await.unwrap()).unwrap();
    assert_eq!(said.of(&first), Ok(RefundEvent::Send));
    // The same once more would be a second refund: what is left has changed.
    let refused = pay(&stub).refunded(&carried(&ask).await.unwrap()).unwrap_err();
    let code = Some("P0604".to_owned());
    assert_eq!(refused, ProviderError::Rejected { status: 412, code });
    let turned_down = refund("r-2", 1_013, 3_000);
    let ask = pay(&stub).refund(&turned_down, NOW).unwrap();
    let said = pay(&stub).refunded(&carried(&ask).await.unwrap()).unwrap();
    assert_eq!(said.of(&turned_down), Ok(RefundEvent::Fail));
    stub.books().pay_refunds();
    let look = pay(&stub).look_at_refund(&first, None, NOW).unwrap();
    let said = pay(&stub).looked_at_refund(&carried(&look).await.unwrap()).unwrap();
    assert_eq!(said[0].of(&first), Ok(RefundEvent::Pay));
    assert_eq!(stub.books().total(), 3_000);
}

#[tokio::test]
async fn the_sweep_finds_payments_settlements_and_disputes() {
    let stub = Stub::start(None, Weather::default()).await;
    let order = order("p-1", 5_000);
    let status = started(&stub, &order).await;
    let name = status.provider_ref().unwrap().to_owned();
    stub.pay(&name, GOOD);
    let day = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    stub.books().settle(day);
    stub.books().dispute(&name, "lost");
    let span = Span { from: NOW, to: DateTime::from_timestamp(4_000_000_000, 0).unwrap() };
    let found = carried(&pay(&stub).search(span, None, NOW).unwrap()).await.unwrap();
    let page = pay(&stub).found(&found).unwrap();
    assert!(page.rows[0].clone().unwrap().of(&order, NOW).is_ok());
    let mut after = None;
    let mut net = 0;
    loop {
        let request = pay(&stub).settlement(day, day, after.as_deref(), NOW).unwrap();
        let page = pay(&stub).settled(after.as_deref(), &carried(&request).await.unwrap()).unwrap();
        net += page.rows.iter().map(|row| row.line().unwrap().line.net.get()).sum::<i64>();
        match page.after {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(net, 5_000);
    let disputes = carried(&pay(&stub).disputes(span, None, NOW).unwrap()).await.unwrap();
    let disputes = pay(&stub).disputed(&disputes).unwrap().rows;
    assert_eq!(disputes[0].as_ref().unwrap().provider_ref, name);
}

#[tokio::test]
async fn money_is_held_taken_and_taken_again() {
    let stub = Stub::start(None, Weather::default()).await;
    let held = order("p-1", 5_000).take(Take::Later);
    let status = started(&stub, &held).await;
    stub.pay(status.provider_ref().unwrap(), GOOD);
    let status = looked(&stub, &held, status).await;
    assert_eq!(status.name(), StatusName::Authorised);
    let names = Names { provider_ref: status.provider_ref().unwrap(), transaction: None };
    let capture = pay(&stub).capture(&held, names, NOW).unwrap();
    pay(&stub).captured(&carried(&capture).await.unwrap()).unwrap();
    assert_eq!(looked(&stub, &held, status).await.name(), StatusName::Captured);

    let new = NewAgreement {
        reference: "CT-1".to_owned(),
        description: "Council tax".to_owned(),
        payer_id: None,
    };
    let reply = carried(&pay(&stub).agree(&new, NOW).unwrap()).await.unwrap();
    let agreement = pay(&stub).agreed(&reply).unwrap().agreement_ref;
    let first = order("p-2", 1_000).under(Agreeing::SetUp(agreement.clone()));
    let status = started(&stub, &first).await;
    stub.pay(status.provider_ref().unwrap(), GOOD);
    let reply = carried(&pay(&stub).look_at_agreement(&agreement, NOW)).await.unwrap();
    assert_eq!(pay(&stub).agreed(&reply).unwrap().state, AgreementState::Active);
    let later = order("p-3", 1_000).under(Agreeing::Use(agreement));
    let status = started(&stub, &later).await;
    assert_eq!(looked(&stub, &later, status).await.name(), StatusName::Captured);
}

#[tokio::test]
async fn a_payer_pays_on_its_page() {
    let stub = Stub::start(None, Weather::default()).await;
    let order = order("p-1", 5_000);
    let status = started(&stub, &order).await;
    let Status::Started { next: Some(NextStep::Redirect { url }), .. } = &status else { panic!() };
    let page = |method, body: &str| Request {
        method,
        url: url.clone(),
        headers: Vec::new(),
        body: ims_pay::Body(body.as_bytes().to_vec()),
    };
    let shown = carried(&page(Method::Get, "")).await.unwrap();
    assert!(shown.body.text().unwrap().contains("£50.00"));
    let wrong = carried(&page(Method::Post, "action=pay&card-no=1234")).await.unwrap();
    assert!(wrong.body.text().unwrap().contains("Enter a valid card number"));
    let paid = page(Method::Post, "action=pay&card-no=4444+3333+2222+1111");
    assert_eq!(carried(&paid).await.unwrap().status, 303);
    let over = carried(&paid).await.unwrap();
    assert!(over.body.text().unwrap().contains("This payment is over"));
    assert_eq!(looked(&stub, &order, status).await.name(), StatusName::Captured);
}
