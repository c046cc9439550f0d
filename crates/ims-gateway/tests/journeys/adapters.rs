//! A provider other than GOV.UK Pay, opened from the configuration: a payment is
//! started over the line, and learned of when its payer is back.

use ims_app::{Actor, App, Store};
use ims_gateway::{AskFor, Carrier, Gateways};
use ims_pay::{NextStep, Secret};
use ims_testkit::on_both;
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::town::basket;

/// A link as Adyen's Checkout API v71 describes it.
fn link(status: &str, reference: &str) -> String {
    format!(
        r#"{{"id":"PL61C53A8B97E6915A","status":"{status}","reference":"{reference}",
        "amount":{{"currency":"GBP","value":4500}},"merchantAccount":"Town",
        "url":"https://test.adyen.link/PL61C53A8B97E6915A","expiresAt":"2036-11-23T10:05:29Z"}}"#
    )
}

/// The reference in what was asked for.
fn reference_in(request: &str) -> Option<&str> {
    request.split_once("\"reference\":\"")?.1.split('"').next()
}

/// Answers as Adyen does: the link that was made, paid once it is looked at.
async fn adyen() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v71", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::<String>::new()));
    let kept = Arc::clone(&heard);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = Vec::new();
            let mut piece = [0; 4096];
            let text = loop {
                let read = stream.read(&mut piece).await.unwrap();
                asked.extend_from_slice(&piece[..read]);
                let text = String::from_utf8_lossy(&asked).into_owned();
                if read == 0 || text.starts_with("GET") || text.ends_with('}') {
                    break text;
                }
            };
            let body = {
                let mut kept = kept.lock().unwrap();
                kept.push(text);
                let status = if kept.len() == 1 { "active" } else { "completed" };
                link(status, reference_in(&kept[0]).unwrap())
            };
            let answer = format!(
                "HTTP/1.1 201 Created\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, heard)
}

on_both! {
    async fn adyen_of_the_configuration_is_asked_and_its_payment_booked(url: &str) {
        let (address, heard) = adyen().await;
        let document = ims_app::configuration::defaults("MILL", "Millborough Council").unwrap()
            + "[[fund]]\ncode = \"CT\"\nname = \"Council tax\"\n"
            + format!(
                "[[provider]]\nname = \"pay\"\nkind = \"adyen\"\nmethods = [\"10\"]\nurl = \"{address}\"\n\
                 settings = {{ merchant = \"Town\" }}\nsecrets = {{ key = \"key\" }}\n"
            ).as_str();
        let app = App::new(Store::open(url).await.unwrap(), ims_edge::world());
        let books = app.init(&document, Actor::system("test")).await.unwrap();
        let secrets = |name: &str| (name == "key").then(|| Secret::new("of-adyen"));
        let gateways = Gateways::new(Carrier::new().unwrap(), Arc::new(secrets));
        assert!(gateways.faults(&books.settings().await.unwrap().council).is_empty());
        let ask = AskFor::new("Council tax", "https://pay.mill.example/back/{reference}");
        let paying = gateways.pay(&books, &basket("k", 4_500), &ask).await.unwrap();
        let page = "https://test.adyen.link/PL61C53A8B97E6915A";
        assert_eq!(paying.next, Some(NextStep::redirect(page)));
        let view = gateways.look(&books, paying.view.payment.id).await.unwrap();
        assert_eq!((view.payment.status.as_str(), view.receipt.is_some()), ("captured", true));
        let taken = books.balance(&"clearing:card".parse().unwrap()).await.unwrap();
        assert_eq!(taken.get(), 4_500);
        let heard = heard.lock().unwrap().clone();
        assert!(heard[0].starts_with("POST /v71/paymentLinks "), "{}", heard[0]);
        assert!(heard[0].contains("x-api-key: of-adyen"), "{}", heard[0]);
        assert!(heard[1].starts_with("GET /v71/paymentLinks/PL61C53A8B97E6915A "), "{}", heard[1]);
    }
}
