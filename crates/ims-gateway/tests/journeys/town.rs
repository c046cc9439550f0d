//! A council with an account at the stub of GOV.UK Pay.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{Actor, App, Books, Clock, NewPayment, PaymentLine, Store, World};
use ims_edge::{SystemClock, SystemRandom};
use ims_gateway::{AskFor, Carrier, Gateways, Paying};
use ims_ledger::{Through, id::PaymentId};
use ims_money::Pence;
use ims_pay::{NextStep, Secret};
use ims_store::Faults;
use ims_testkit::govuk_pay::{API_KEY, SIGNING_SECRET, Stub, Weather};

/// A card that pays.
pub(crate) const GOOD: &str = "4444333322221111";

/// The real clock, and how far ahead of it this one is, in seconds.
#[derive(Default)]
pub(crate) struct Ahead(AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

impl Ahead {
    pub(crate) fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}

pub(crate) struct Town {
    pub(crate) books: Books,
    pub(crate) stub: Stub,
    pub(crate) gateways: Gateways,
    clock: Arc<Ahead>,
}

/// Its configuration: an account for all funds, one for council tax alone that is
/// asked with a wrong key, one whose secret nobody set.
fn document(url: &str) -> String {
    let account = |name: &str, funds: &str, key: &str| account(url, name, funds, key);
    funds()
        + account("pay", "", "key").as_str()
        + account("wrong", "\"CT\"", "wrong-key").as_str()
        + account("unset", "", "nobody-knows").as_str()
}

fn account(url: &str, name: &str, funds: &str, key: &str) -> String {
    format!(
        "[[provider]]\nname = \"{name}\"\nkind = \"govuk-pay\"\nmethods = [\"10\"]\nfunds = [{funds}]\n\
         url = \"{url}\"\nsecrets = {{ key = \"{key}\", notices = \"notices\" }}\n"
    )
}

fn funds() -> String {
    ims_app::configuration::defaults("MILL", "Millborough Council").unwrap()
        + "[[bank_account]]\ncode = \"main\"\nname = \"General\"\nsort_code = \"200000\"\nnumber = \"00000001\"\n"
        + "[[fund]]\ncode = \"CT\"\nname = \"Council tax\"\n[[fund]]\ncode = \"PK\"\nname = \"Parking\"\n"
}

pub(crate) fn secrets(name: &str) -> Option<Secret> {
    match name {
        "key" => Some(Secret::new(API_KEY)),
        "notices" => Some(Secret::new(SIGNING_SECRET)),
        "wrong-key" => Some(Secret::new("another's")),
        _ => None,
    }
}

impl Town {
    pub(crate) async fn of(url: &str) -> Self {
        let stub = Stub::start(None, Weather::default()).await;
        let clock = Arc::new(Ahead::default());
        let world = World::new(clock.clone(), Arc::new(SystemRandom));
        let app = App::new(Store::open(url).await.unwrap(), world);
        let books = app.init(&document(&stub.url), Actor::system("test")).await.unwrap();
        let carrier = Carrier::new().unwrap().waiting_at_most(Duration::from_millis(500));
        Self { books, stub, gateways: Gateways::new(carrier, Arc::new(secrets)), clock }
    }

    /// Puts a configuration in force in which the account at the stub goes by
    /// these names, in this order.
    pub(crate) async fn configured(&self, names: &[&str]) {
        let accounts = names.iter().map(|name| account(&self.stub.url, name, "", "key"));
        let document = funds() + accounts.collect::<String>().as_str();
        let today = self.books.app().world().today();
        self.books.configure(&document, today).await.unwrap();
    }

    /// The same with one account, that takes money of council tax alone.
    pub(crate) async fn for_council_tax(&self) {
        let document = funds() + account(&self.stub.url, "pay", "\"CT\"", "key").as_str();
        let today = self.books.app().world().today();
        self.books.configure(&document, today).await.unwrap();
    }

    /// The same with one account, and a channel of the cards that has this sender.
    pub(crate) async fn sent_by(&self, sender: &str) {
        let card = "code = \"card\"\nname = \"Card payments\"\n";
        let (before, after) =
            funds().split_once(card).map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let account = account(&self.stub.url, "pay", "", "key");
        let document = format!("{before}{card}sender = \"{sender}\"\n{after}{account}");
        let today = self.books.app().world().today();
        self.books.configure(&document, today).await.unwrap();
    }

    /// The same with one account, of this kind, and a channel of the cards that has
    /// this sender.
    pub(crate) async fn with_one(&self, sender: &str, kind: &str) {
        let account = format!(
            "[[provider]]\nname = \"pay\"\nkind = \"{kind}\"\nmethods = [\"10\"]\n\
             secrets = {{ key = \"key\" }}\n"
        );
        let card = "code = \"card\"\nname = \"Card payments\"\n";
        let sent = format!("{card}sender = \"{sender}\"\n");
        let document = funds().replacen(card, &sent, 1) + account.as_str();
        let today = self.books.app().world().today();
        self.books.configure(&document, today).await.unwrap();
    }

    /// The same with one account, at the sandbox, which lists no payments.
    pub(crate) async fn at_the_sandbox(&self) -> Gateways {
        let account = "[[provider]]\nname = \"pay\"\nkind = \"sandbox\"\nmethods = [\"10\"]\n\
                       secrets = { key = \"key\" }\n";
        let document = funds() + account;
        let today = self.books.app().world().today();
        self.books.configure(&document, today).await.unwrap();
        self.gateways.clone().with_sandbox()
    }

    pub(crate) fn forward(&self, by: TimeDelta) {
        self.clock.forward(by);
    }

    /// Starts a payment of `pence` under `key`, and gives what the payer does next.
    pub(crate) async fn pay(&self, key: &str, pence: i64) -> Paying {
        let back = "https://pay.mill.example/back/{reference}";
        let ask = AskFor::new("Council tax", back);
        self.gateways.pay(&self.books, &basket(key, pence), &ask).await.unwrap()
    }

    /// Starts a payment and pays it at the provider.
    pub(crate) async fn paid(&self, key: &str, pence: i64) -> Paying {
        let paying = self.pay(key, pence).await;
        assert!(matches!(paying.next, Some(NextStep::Redirect { .. })), "{:?}", paying.next);
        self.stub.pay(paying.view.payment.provider_ref.as_deref().unwrap(), GOOD);
        paying
    }

    /// What stands at the clearing account of the cards.
    pub(crate) async fn taken(&self) -> i64 {
        self.books.balance(&"clearing:card".parse().unwrap()).await.unwrap().get()
    }

    /// The same books through connections that break.
    pub(crate) async fn with_faults(&self, url: &str) -> (Books, Faults) {
        let (store, faults) = Store::open(url).await.unwrap().with_faults();
        let world = World::new(self.clock.clone(), Arc::new(SystemRandom));
        let app = App::new(store, world);
        (app.books(Some("MILL"), Actor::system("crashing")).await.unwrap(), faults)
    }

    pub(crate) async fn proved(&self) {
        let verified = self.books.verify(None).await.unwrap();
        assert!(verified.ok, "{:?}", verified.checks);
    }
}

pub(crate) fn basket(key: &str, pence: i64) -> NewPayment {
    let line = PaymentLine {
        fund: "CT".to_owned(),
        reference: "80012345".to_owned(),
        amount: Pence::new(pence),
        vat_code: None,
    };
    NewPayment {
        provider: "pay".to_owned(),
        method: "10".to_owned(),
        through: Through::Portal,
        lines: vec![line],
        payer: None,
        mail: None,
        links: Vec::new(),
        asked_with: String::new(),
        key: Some(key.to_owned()),
    }
}

/// A payment that was paid and came back.
pub(crate) async fn captured(town: &Town, key: &str, pence: i64) -> PaymentId {
    let id = town.paid(key, pence).await.view.payment.id;
    let view = town.gateways.look(&town.books, id).await.unwrap();
    assert_eq!(view.payment.status, "captured");
    id
}
