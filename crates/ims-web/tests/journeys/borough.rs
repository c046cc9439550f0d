//! A council with a portal, and a server over it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{
    Actor, App, Books, Clock, HolderPatch, LinkLine, LinkUses, LinkView, NewLink, Permission,
    Store, World, configuration,
};
use ims_gateway::{Carrier, Gateways, OsPlaces};
use ims_money::Pence;
use ims_pay::Secret;
use ims_testkit::{
    govuk_pay::{API_KEY, SIGNING_SECRET, Stub, Weather},
    mail::Catcher,
    places::{PLACES_KEY, PlacesStub},
};
use ims_web::{Config, Site};
use tokio::sync::oneshot;

use super::{client::Client, council::serve};

/// What its residents can pay: with a balance, with VAT, with an address.
const FUNDS: &str = r#"
[[fund]]
code = "CT"
name = "Council tax"
must_exist = true
reference = { min_length = 8, max_length = 8, characters = "numeric", regex = "^8" }

[[fund]]
code = "LE"
name = "Leisure"
vat = "S"
reference = { min_length = 8, max_length = 8, mask = "LM######" }

[[fund]]
code = "PK"
name = "Parking penalties"
max_pence = 50000
address_required = true
reference = { min_length = 8, max_length = 8, mask = "PN######" }

[[stop]]
code = "B"
message = "Please telephone 01632 960001."

[settings]
portal_strapline = "Council tax, leisure and parking"
website = "https://www.example.gov.uk"
vat_number = "GB 980 7806 84"
vat_address = ["Town Hall", "1 Market Square", "Brightwater", "ZZ1 1ZZ"]
contact_address = ["PO Box 1", "Brightwater", "ZZ1 1AA"]

[portal]
open = true
method = "10"
welsh = true
secrets = { links = "links" }
privacy = "https://www.example.gov.uk/privacy"
help = { en = "Telephone 01632 960000, Monday to Friday, 9am to 5pm.", cy = "Ffoniwch 01632 960000, dydd Llun i ddydd Gwener, 9am i 5pm." }

[[portal.item]]
fund = "CT"
label = { en = "Council tax", cy = "Treth gyngor" }
hint = { en = "Bills, reminders and final notices", cy = "Biliau, nodiadau atgoffa a hysbysiadau terfynol" }
help = { en = "It stands at the top of your bill, on the right.", cy = "Mae ar frig eich bil, ar y dde." }
reference = { en = "Council tax account number", cy = "Rhif cyfrif treth gyngor" }
example = "80000001"
show_balance = true

[[portal.item]]
fund = "LE"
label = { en = "Leisure membership", cy = "Aelodaeth hamdden" }
reference = { en = "Membership number", cy = "Rhif aelodaeth" }
example = "LM000001"
min_pence = 100

[[portal.item]]
fund = "PK"
label = { en = "Parking fine" }
reference = { en = "PCN number" }
example = "PN000001"
"#;

/// The real clock, and how far ahead of it this one is, in seconds.
#[derive(Default)]
pub struct Ahead(AtomicI64);

impl Ahead {
    pub fn forward(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        ims_edge::SystemClock.now() + TimeDelta::seconds(self.0.load(Ordering::Relaxed))
    }
}

/// A running server; it stops when this is dropped.
pub struct Borough {
    pub app: App,
    pub address: SocketAddr,
    pub gateways: Gateways,
    pub clock: Arc<Ahead>,
    _stop: oneshot::Sender<()>,
}

fn secrets(name: &str) -> Option<Secret> {
    match name {
        "key" => Some(Secret::new(API_KEY)),
        "os-places" => Some(Secret::new(PLACES_KEY)),
        "links" => Some(Secret::new("the key of the borough's payment links")),
        "notices" => Some(Secret::new(SIGNING_SECRET)),
        "base64" => Some(Secret::new("b2YtdGhlLXByb3ZpZGVy")),
        "access" => Some(Secret::new("access-key")),
        "signing" => Some(Secret::new("signing-key")),
        _ => None,
    }
}

/// The council's settings, with or without an account at the stub and a mail server.
fn document(stub: Option<&str>, catcher: Option<&Catcher>) -> String {
    let document = configuration::defaults("BRO", "Brightwater Borough Council").unwrap() + FUNDS;
    let document = match catcher {
        None => document,
        Some(catcher) => {
            let own = format!(
                "[settings]\nsmtp_host = \"{}\"\nmail_from = \"income@example.gov.uk\"\n",
                catcher.host
            );
            document.replace("\n[settings]\n", &format!("\n{own}")) + "[mail]\nby = \"smtp\"\n"
        }
    };
    match stub {
        None => document,
        Some(url) => {
            let account = format!(
                "[[provider]]\nname = \"pay\"\nkind = \"govuk-pay\"\nmethods = [\"10\"]\n\
                 url = \"{url}\"\nsecrets = {{ key = \"key\", notices = \"notices\" }}\n"
            );
            document + account.as_str()
        }
    }
}

impl Borough {
    pub async fn of(url: &str) -> Self {
        Self::with_mail_at(url, None).await
    }

    async fn with_mail_at(url: &str, catcher: Option<&Catcher>) -> Self {
        super::log::keep();
        let clock = Arc::new(Ahead::default());
        let world = World::new(clock.clone(), Arc::new(ims_edge::SystemRandom));
        let app = App::new(Store::open(url).await.unwrap(), world);
        let app = app.with_secrets(Arc::new(secrets));
        let app = app.with_mail(Arc::new(ims_edge::Smtp::new(Arc::new(secrets))));
        let places = OsPlaces::new(Carrier::new().unwrap(), Arc::new(secrets));
        let app = app.with_addresses(Arc::new(places));
        let books = app.init(&document(None, catcher), Actor::system("test")).await.unwrap();
        for (reference, balance, stop) in
            [("80000001", 12_050, None), ("80000002", -500, None), ("80000003", 100, Some("B"))]
        {
            let patch = HolderPatch {
                fund: "CT".to_owned(),
                reference: reference.to_owned(),
                name: Some("Ann Other".to_owned()),
                balance: Some(Pence::new(balance)),
                reason: "new".to_owned(),
                ..HolderPatch::default()
            };
            books.put_holder(&patch).await.unwrap();
            if let Some(code) = stop {
                books.stop_holder(("CT", reference), code, "asked").await.unwrap();
            }
        }
        let gateways = Gateways::new(Carrier::new().unwrap(), Arc::new(secrets));
        let site = Site::new(app.clone(), Config::default()).with_gateways(gateways.clone());
        let (address, stop) = serve(site).await;
        Self { app, address, gateways, clock, _stop: stop }
    }

    /// The same with an account at a provider, which is told where notices go if
    /// it `tells`.
    pub async fn with_provider(url: &str, tells: bool) -> (Self, Stub) {
        let borough = Self::of(url).await;
        let stub = borough.at_provider(tells, None).await;
        (borough, stub)
    }

    /// Another server over the same council, which the world reaches at this address.
    pub async fn reached_at(&self, public: &str) -> (SocketAddr, oneshot::Sender<()>) {
        let site = Site::new(self.app.clone(), Config::default());
        let site = site.with_gateways(self.gateways.clone());
        serve(site.reached_at(self.address, Some(public)).unwrap()).await
    }

    /// The same with an account of these lines.
    pub async fn with_account(url: &str, account: &str) -> Self {
        let borough = Self::of(url).await;
        let lines = format!("[[provider]]\nname = \"pay\"\nmethods = [\"10\"]\n{account}");
        let books = borough.app.books(Some("BRO"), Actor::system("test")).await.unwrap();
        let today = borough.app.world().today();
        books.configure(&(document(None, None) + lines.as_str()), today).await.unwrap();
        borough
    }

    /// The same, and payers look their addresses up.
    pub async fn with_places(url: &str) -> (Self, PlacesStub) {
        let borough = Self::of(url).await;
        let stub = PlacesStub::start().await;
        let lines = format!(
            "[addresses]\nby = \"os-places\"\nurl = \"{}\"\nsecrets = {{ key = \"os-places\" }}\n",
            stub.url
        );
        let books = borough.app.books(Some("BRO"), Actor::system("test")).await.unwrap();
        let today = borough.app.world().today();
        books.configure(&(document(None, None) + lines.as_str()), today).await.unwrap();
        (borough, stub)
    }

    /// The same, and receipts are sent by e-mail.
    pub async fn with_mail(url: &str) -> (Self, Stub, Catcher) {
        let catcher = Catcher::start().await;
        let borough = Self::with_mail_at(url, Some(&catcher)).await;
        let stub = borough.at_provider(false, Some(&catcher)).await;
        (borough, stub, catcher)
    }

    async fn at_provider(&self, tells: bool, catcher: Option<&Catcher>) -> Stub {
        let notices = format!("http://{}/webhooks/BRO/pay", self.address);
        let notices = tells.then_some(notices.as_str());
        let stub = Stub::start(notices, Weather::default()).await;
        let books = self.app.books(Some("BRO"), Actor::system("test")).await.unwrap();
        let today = self.app.world().today();
        books.configure(&document(Some(&stub.url), catcher), today).await.unwrap();
        stub
    }

    /// Leisure is paid through an account of its own at the provider.
    pub async fn leisure_apart(&self, stub: &Stub) {
        let own = format!(
            "[[provider]]\nname = \"leisure\"\nkind = \"govuk-pay\"\nmethods = [\"10\"]\nfunds = [\"LE\"]\n\
             url = \"{}\"\nsecrets = {{ key = \"key\", notices = \"notices\" }}\n[[provider]]\nname = \"pay\"",
            stub.url
        );
        let text = document(Some(&stub.url), None).replace("[[provider]]\nname = \"pay\"", &own);
        let books = self.app.books(Some("BRO"), Actor::system("test")).await.unwrap();
        books.configure(&text, self.app.world().today()).await.unwrap();
    }

    /// A link for these lines, until the day after tomorrow: the end of its address.
    pub async fn link(&self, uses: LinkUses, lines: &[(&str, &str, Option<i64>)]) -> LinkView {
        let line = |(fund, reference, pence): &(&str, &str, Option<i64>)| LinkLine {
            fund: (*fund).to_owned(),
            reference: (*reference).to_owned(),
            amount: pence.map(Pence::new),
        };
        let new = NewLink {
            lines: lines.iter().map(line).collect(),
            uses,
            until: self.app.world().today() + TimeDelta::days(2),
            label: "Your notice of 3 April".to_owned(),
            key: None,
        };
        self.books().await.make_link(&new).await.unwrap()
    }

    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    pub async fn books(&self) -> Books {
        self.app.books(Some("BRO"), Actor::holding("test", Permission::ALL)).await.unwrap()
    }
}
