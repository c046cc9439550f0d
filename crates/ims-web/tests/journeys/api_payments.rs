//! Payments that a program of the council's starts, by the API.

use std::{net::SocketAddr, sync::Arc};

use ims_app::{ScopeKind, SearchReceipts};
use ims_gateway::{Carrier, Gateways};
use ims_pay::Secret;
use ims_testkit::{
    govuk_pay::{API_KEY, Stub, Weather},
    on_both,
};
use ims_web::{Config, Site};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    api_tills::{get, post},
    client::Client,
    council::{self, PASSWORD, REFERENCE, Served, serve},
    counter::books,
    portal_forms::{FUSE, decided_of},
    portal_pays::GOOD,
};

const AT: &str = "/api/v1/payments";

/// A council whose programs may ask for payments at one provider, into two funds.
pub struct Town {
    pub served: Served,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

fn secrets(name: &str) -> Option<Secret> {
    Some(Secret::new(match name {
        "base64" => "b2YtdGhlLXByb3ZpZGVy",
        "signing" => "signing-key",
        _ => API_KEY,
    }))
}

impl Town {
    pub async fn at(url: &str, provider: &str) -> Self {
        let served = council::served(url).await;
        let gateways = Gateways::new(Carrier::new().unwrap(), Arc::new(secrets));
        let site = Site::new(served.app.clone(), Config::default()).with_gateways(gateways);
        let (address, stop) = serve(site).await;
        let town = Self { served, address, _stop: stop };
        town.is_at(provider).await;
        town
    }

    /// Its account is there from now on.
    async fn is_at(&self, provider: &str) {
        let account =
            format!("kind = \"govuk-pay\"\nurl = \"{provider}\"\nsecrets = {{ key = \"key\" }}\n");
        self.has(&account).await;
    }

    /// Its account is this one from now on.
    async fn has(&self, account: &str) {
        let more = format!(
            "[api]\nreturn_to = [\"https://my.example.gov.uk/paid/\"]\n\n[[provider]]\nname = \"pay\"\n\
             methods = [\"10\", \"11\"]\nfunds = [\"CT\", \"HR\"]\n{account}"
        );
        let today = self.served.app.world().today();
        books(&self.served)
            .await
            .configure(&(council::document() + more.as_str()), today)
            .await
            .unwrap();
    }

    pub async fn client_of(&self, who: &str) -> Client {
        let mut client = Client::new(self.address);
        client.sign_in(who, PASSWORD).await;
        client
    }

    pub async fn receipts(&self) -> usize {
        let wanted = SearchReceipts::Reference(REFERENCE.to_owned());
        books(&self.served).await.search_receipts(&wanted, None, 99).await.unwrap().len()
    }

    pub async fn proved(&self) {
        let verified = books(&self.served).await.verify(None).await.unwrap();
        assert!(verified.ok, "{:?}", verified.checks);
    }
}

fn line(fund: &str, reference: &str, pence: i64) -> Value {
    json!({ "fund": fund, "reference": reference, "amount_pence": pence })
}

/// A payment into two funds.
fn asked() -> Value {
    json!({
        "method": "10",
        "lines": [line("CT", REFERENCE, 1_500), line("HR", "6000000001", 700)],
        "description": "Your bill",
        "return_url": "https://my.example.gov.uk/paid/17?of={reference}",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = asked();
    body[name] = value;
    body
}

/// The provider's name of the payment that an answer leads to.
pub fn led_to(told: &Value) -> String {
    assert_eq!(told["next"]["kind"], "redirect", "{told}");
    told["next"]["url"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

fn path(told: &Value) -> String {
    format!("{AT}/{}", told["payment_id"].as_str().unwrap())
}

on_both! {
    async fn a_payment_is_started_paid_and_read(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub.url).await;
        let before = town.receipts().await;
        let mut program = town.client_of("cashier").await;
        let (status, started) = post(&mut program, AT, "order-17", &asked()).await;
        assert_eq!((status, &started["status"], &started["amount_pence"]), (201, &"started".into(), &2_200.into()), "{started}");
        let name = led_to(&started);
        let (status, again) = post(&mut program, AT, "order-17", &asked()).await;
        assert_eq!((status, &again["payment_id"]), (200, &started["payment_id"]), "{again}");
        assert_eq!(led_to(&again), name);
        assert_eq!(stub.books().payments().len(), 1);

        let (status, shown) = get(&mut program, &path(&started)).await;
        assert_eq!((status, &shown["is_open"], &shown["next"], &shown["receipt"]), (200, &true.into(), &Value::Null, &Value::Null));
        stub.pay(&name, GOOD);
        for _ in 0..2 {
            let (_, paid) = get(&mut program, &path(&started)).await;
            assert_eq!((&paid["status"], &paid["is_open"]), (&"captured".into(), &false.into()), "{paid}");
            assert!(paid["receipt"].is_string());
            assert_eq!(paid["lines"], json!([line("CT", REFERENCE, 1_500), line("HR", "6000000001", 700)]));
        }
        assert_eq!(town.receipts().await, before + 1);
        // Said once more, it is told how it stands, and nobody is sent to pay again.
        let (status, late) = post(&mut program, AT, "order-17", &asked()).await;
        assert_eq!((status, &late["status"], &late["next"]), (200, &"captured".into(), &Value::Null));
        // Too late to call off: it stays paid.
        let (status, off) = post(&mut program, &format!("{}/cancellation", path(&started)), "c1", &json!({})).await;
        assert_eq!((status, &off["status"]), (200, &"captured".into()));
        assert_eq!(town.receipts().await, before + 1);
        assert_eq!(stub.books().payments().len(), 1);
        town.proved().await;
    }

    /// The provider is told where this server hears notices, and one that comes there
    /// books the payment, once, whoever the payer's program is.
    async fn a_provider_tells_the_server_that_asked(url: &str) {
        let town = Town::at(url, "http://127.0.0.1:9").await;
        town.has(FUSE).await;
        let before = town.receipts().await;
        let mut program = town.client_of("cashier").await;
        let (status, started) = post(&mut program, AT, "1", &asked()).await;
        assert_eq!((status, &started["next"]["kind"]), (201, &"form".into()), "{started}");
        let fields = started["next"]["fields"].as_array().unwrap();
        let told = fields.iter().find(|one| one["name"] == "override_backoffice_post_url").unwrap();
        let told = told["value"].as_str().unwrap();
        assert_eq!(told, format!("http://{}/webhooks/ANY/pay", town.address));
        let to = told.strip_prefix(&format!("http://{}", town.address)).unwrap();
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let reference = started["reference"].as_str().unwrap();
        let forged = decided_of(reference, "ACCEPT", "22.00", "another's");
        assert_eq!(Client::new(town.address).send("POST", to, &form, &forged).await.status, 401);
        assert_eq!(town.receipts().await, before);
        let notice = decided_of(reference, "ACCEPT", "22.00", "signing-key");
        for _ in 0..2 {
            assert_eq!(Client::new(town.address).send("POST", to, &form, &notice).await.status, 200);
            let (_, paid) = get(&mut program, &path(&started)).await;
            assert_eq!((&paid["status"], &paid["is_open"]), (&"captured".into(), &false.into()), "{paid}");
            assert_eq!(town.receipts().await, before + 1);
        }
        town.proved().await;
    }

    /// One key is one payment: whatever else is asked under it is refused.
    async fn a_key_is_one_payment(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub.url).await;
        let (mut program, mut other) = (town.client_of("cashier").await, town.client_of("second").await);
        let ann = json!({ "name": "Ann Other", "line1": "1 High Street", "town": "Anyborough", "postcode": "AB1 2CD" });
        let first = with("payer", ann.clone());
        let (status, started) = post(&mut program, AT, "1", &first).await;
        assert_eq!(status, 201, "{started}");
        let mut bob = ann.clone();
        bob["name"] = "Bob Other".into();
        let but = |name: &str, value: Value| {
            let mut body = first.clone();
            body[name] = value;
            body
        };
        for body in [
            but("lines", json!([line("CT", REFERENCE, 1_501), line("HR", "6000000001", 700)])),
            but("lines", json!([line("CT", REFERENCE, 1_500)])),
            but("return_url", "https://my.example.gov.uk/paid/18".into()),
            but("description", "Another".into()),
            but("language", "cy".into()),
            but("method", "11".into()),
            but("through", "phone".into()),
            but("payer", bob),
            asked(),
        ] {
            let (status, problem) = post(&mut program, AT, "1", &body).await;
            assert_eq!(status, 409, "{body}: {problem}");
            assert!(problem["detail"].as_str().unwrap().contains("was used before"), "{problem}");
        }
        // Somebody else's key is another, though it reads the same.
        let (status, theirs) = post(&mut other, AT, "1", &first).await;
        assert_eq!(status, 201, "{theirs}");
        assert_ne!(theirs["payment_id"], started["payment_id"]);
        // Nor is money taken otherwise under it.
        let receipt = json!({ "method": "11", "through": "phone", "lines": [line("CT", REFERENCE, 100)] });
        let (status, _) = post(&mut program, "/api/v1/receipts", "2", &receipt).await;
        assert_eq!(status, 201);
        assert_eq!(post(&mut program, AT, "2", &asked()).await.0, 409);
        // What was started is answered, though nobody may return there any more.
        town.served.app.books(Some("ANY"), ims_app::Actor::holding("test", ims_app::Permission::ALL)).await.unwrap()
            .configure(&council::document(), town.served.app.world().today()).await.unwrap();
        let (status, kept) = post(&mut program, AT, "1", &first).await;
        assert_eq!((status, &kept["payment_id"], &kept["next"]), (200, &started["payment_id"], &Value::Null), "{kept}");
        assert_eq!(stub.books().payments().len(), 2);
        town.proved().await;
    }

    async fn a_payment_is_called_off_by_who_started_it(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub.url).await;
        let before = town.receipts().await;
        let mut program = town.client_of("cashier").await;
        let (_, started) = post(&mut program, AT, "1", &asked()).await;
        let off = format!("{}/cancellation", path(&started));
        let mut other = town.client_of("second").await;
        let (status, refused) = post(&mut other, &off, "1", &json!({})).await;
        assert_eq!(status, 409, "{refused}");
        let mut auditor = town.client_of("auditor").await;
        assert_eq!(post(&mut auditor, &off, "1", &json!({})).await.0, 403);
        assert_eq!(get(&mut auditor, &path(&started)).await.1["is_open"], true);
        for key in ["2", "2", "3"] {
            let (status, gone) = post(&mut program, &off, key, &json!({})).await;
            assert_eq!((status, &gone["status"], &gone["is_open"]), (200, &"cancelled".into(), &false.into()), "{gone}");
        }
        let (status, again) = post(&mut program, AT, "1", &asked()).await;
        assert_eq!((status, &again["status"], &again["next"]), (200, &"cancelled".into(), &Value::Null));
        let one = stub.books().payments().first().unwrap().status;
        assert_eq!(one, "cancelled");
        assert_eq!(town.receipts().await, before);
        town.proved().await;
    }

    /// A provider that does not answer has perhaps been asked: nobody says it was not.
    async fn a_provider_that_is_silent_is_asked_again(url: &str) {
        let town = Town::at(url, "http://127.0.0.1:9").await;
        let before = town.receipts().await;
        let mut program = town.client_of("cashier").await;
        let (status, started) = post(&mut program, AT, "1", &asked()).await;
        assert_eq!((status, &started["status"], &started["next"]), (201, &"unknown".into(), &Value::Null), "{started}");
        let stub = Stub::start(None, Weather::default()).await;
        town.is_at(&stub.url).await;
        let (status, again) = post(&mut program, AT, "1", &asked()).await;
        assert_eq!((status, &again["payment_id"], &again["status"]), (200, &started["payment_id"], &"started".into()));
        stub.pay(&led_to(&again), GOOD);
        assert_eq!(get(&mut program, &path(&started)).await.1["status"], "captured");
        assert_eq!(town.receipts().await, before + 1);
        town.proved().await;
    }

    /// What cannot be meant, or is not for whoever asks, is asked of nobody.
    async fn what_is_refused_reaches_no_provider(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub.url).await;
        let mut program = town.client_of("cashier").await;
        for (body, status, words) in [
            (with("return_url", "https://evil.example/paid/".into()), 400, "`return_url` is an address"),
            (with("return_url", "https://my.example.gov.uk/paid/../x".into()), 400, "`return_url` is an address"),
            (with("through", "staff".into()), 400, "`through` is portal or phone"),
            (with("language", "fr".into()), 400, "`language` is en or cy"),
            (with("description", " ".into()), 400, "`description` has 1 to 100"),
            (with("description", "4111 1111 1111 1111".into()), 400, "looks like a card number"),
            (with("amount", 1.into()), 400, "unknown field `amount`"),
            (with("lines", json!([])), 409, "no account at a provider takes all"),
            (with("lines", json!([line("CT", REFERENCE, 0)])), 400, "only more than nothing"),
            (with("lines", json!([line("CT", "123", 100)])), 400, "123"),
            (with("lines", json!([line("CT", REFERENCE, 100), line("XX", "1", 100)])), 409, "no account at a provider"),
            (with("method", "01".into()), 409, "by method 01"),
        ] {
            let (came, problem) = post(&mut program, AT, "1", &body).await;
            assert_eq!(came, status, "{body}: {problem}");
            assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
            assert!(!problem["detail"].to_string().contains("1111"), "{problem}");
        }
        assert_eq!(post(&mut town.client_of("auditor").await, AT, "1", &asked()).await.0, 403);
        assert_eq!(post(&mut Client::new(town.address), AT, "1", &asked()).await.0, 401);
        let body = asked().to_string();
        assert_eq!(program.send("POST", AT, &[("content-type", "application/json")], &body).await.status, 400);
        assert_eq!(get(&mut program, &format!("{AT}/x")).await.0, 404);
        assert_eq!(get(&mut program, &format!("{AT}/00000000-0000-7000-8000-000000000000")).await.0, 404);
        // A part of the council: neither started, nor read, nor called off for another fund.
        let (_, whole) = post(&mut program, AT, "2", &asked()).await;
        books(&town.served).await.grant_scope("second", ScopeKind::Fund, "CT").await.unwrap();
        let mut part = town.client_of("second").await;
        assert_eq!(post(&mut part, AT, "1", &asked()).await.0, 404);
        assert_eq!(get(&mut part, &path(&whole)).await.0, 404);
        assert_eq!(post(&mut part, &format!("{}/cancellation", path(&whole)), "1", &json!({})).await.0, 404);
        let (status, own) = post(&mut part, AT, "3", &with("lines", json!([line("CT", REFERENCE, 100)]))).await;
        assert_eq!(status, 201, "{own}");
        assert_eq!(stub.books().payments().len(), 2);
        // Where no provider is asked, that is said.
        let mut bare = town.served.client_of("cashier").await;
        assert_eq!(post(&mut bare, AT, "9", &asked()).await.0, 409);
        town.proved().await;
    }
}
