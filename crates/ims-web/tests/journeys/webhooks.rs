//! Notices of a payment provider, over a real line.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use ims_app::{Actor, App, Books, Store, configuration};
use ims_gateway::{AskFor, Carrier, Gateways};
use ims_pay::Secret;
use ims_testkit::{
    govuk_pay::{API_KEY, SIGNING_SECRET, Stub, Weather},
    on_both,
};
use ims_web::{Config, Server, Site};
use tokio::sync::oneshot;

use super::{
    client::{Answer, Client},
    council::by_resident,
};

/// A council that takes payments, and a server over it.
struct Taking {
    books: Books,
    gateways: Gateways,
    stub: Stub,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

async fn taking(url: &str, weather: Weather) -> Taking {
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = server.address();
    let callback = format!("http://{address}/webhooks/ANY/pay");
    let stub = Stub::start(Some(&callback), weather).await;
    let app = App::new(Store::open(url).await.unwrap(), ims_edge::world());
    let account = format!(
        "[[fund]]\ncode = \"CT\"\nname = \"Council tax\"\n[[provider]]\nname = \"pay\"\n\
         kind = \"govuk-pay\"\nmethods = [\"10\"]\nurl = \"{}\"\n\
         secrets = {{ key = \"key\", notices = \"notices\" }}\n",
        stub.url
    );
    let document = configuration::defaults("ANY", "Anyborough Council").unwrap() + account.as_str();
    let books = app.init(&document, Actor::system("test")).await.unwrap();
    let secrets = |name: &str| match name {
        "key" => Some(Secret::new(API_KEY)),
        "notices" => Some(Secret::new(SIGNING_SECRET)),
        _ => None,
    };
    let gateways = Gateways::new(Carrier::new().unwrap(), Arc::new(secrets));
    let site = Site::new(app, Config::default()).with_gateways(gateways.clone());
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(server.run(ims_web::router(&site), async {
        let _ = stopped.await;
    }));
    Taking { books, gateways, stub, address, _stop: stop }
}

impl Taking {
    async fn taken(&self) -> i64 {
        self.books.balance(&"clearing:card".parse().unwrap()).await.unwrap().get()
    }

    async fn pay(&self, pence: i64) {
        let new = by_resident(("pay", "10"), "80012345", pence);
        let ask = AskFor::new("Council tax", "https://pay.any.example/back");
        let paying = self.gateways.pay(&self.books, &new, &ask).await.unwrap();
        self.stub.pay(&paying.view.payment.provider_ref.unwrap(), "4444333322221111");
    }

    async fn told(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        Client::new(self.address).send("POST", path, headers, body).await
    }
}

on_both! {
    /// The payer closed the tab. The notice comes, twice, and is one receipt.
    async fn a_notice_books_a_payment_once(url: &str) {
        let taking = taking(url, Weather { double: 1, ..Weather::default() }).await;
        taking.pay(700).await;
        taking.pay(900).await;
        for _ in 0..100 {
            if taking.taken().await == 1_600 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(taking.taken().await, 1_600);
        assert!(taking.books.verify(None).await.unwrap().ok);
    }

    /// What is not signed is refused, and what is to no account of ours.
    async fn a_notice_of_nobody_is_refused(url: &str) {
        let taking = taking(url, Weather::default()).await;
        let paid = r#"{"resource_type":"payment"}"#;
        for (path, header, status) in [
            ("/webhooks/ANY/pay", None, 401),
            ("/webhooks/ANY/pay", Some(("pay-signature", "00")), 401),
            ("/webhooks/ANY/other", None, 404),
            ("/webhooks/NONE/pay", None, 404),
        ] {
            let answer = taking.told(path, header.as_slice(), paid).await;
            assert_eq!(answer.status, status, "{path} {header:?}");
        }
        let long = "x".repeat(70_000);
        assert_eq!(taking.told("/webhooks/ANY/pay", &[], &long).await.status, 413);
        assert_eq!(Client::new(taking.address).get("/webhooks/ANY/pay").await.status, 405);
        assert_eq!(taking.taken().await, 0);
    }
}
