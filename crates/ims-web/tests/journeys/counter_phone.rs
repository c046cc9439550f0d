//! A card by telephone, taken at the counter and entered at the provider.

use std::{net::SocketAddr, sync::Arc};

use chrono::TimeDelta;
use ims_app::{Actor, FindPayments, ScopeKind, SearchReceipts, World};
use ims_gateway::{Carrier, Gateways};
use ims_pay::Secret;
use ims_testkit::{
    Engine,
    browser::{Browser, thirtyfour::prelude::*},
    govuk_pay::{API_KEY, Payment, Stub, Weather},
    on_both,
};
use ims_web::{Config, Site};
use tokio::sync::oneshot;

use super::{
    borough::Ahead,
    browser::{click, enter, keys, look, tab_to, title},
    client::{Answer, Client},
    council::{self, PASSWORD, REFERENCE, Served, serve},
    counter::{at_desk_of, books, send},
    portal_browser::enter_the_card,
    portal_forms::decided_of,
    portal_pays::{GOOD, led_to},
};

const AT: &str = "/office/counter/T1";

/// The council's default method for cards through staff, by telephone.
const PHONE: &str = "phone:11";

const FUSE: &str = "kind = \"fuse\"\nurl = \"http://127.0.0.1:1\"\n\
    settings = { merchant = \"town_1\", key-id = \"id-1\", profile = \"P1\", staff-profile = \"P2\", place = \"tests\" }\n\
    secrets = { key = \"base64\", access = \"access\", signing = \"other\", staff-access = \"access\", staff-signing = \"signing\" }\n";

const STRIPE: &str = "kind = \"stripe\"\nsecrets = { key = \"key\" }\n";

fn secrets(name: &str) -> Option<Secret> {
    Some(Secret::new(match name {
        "base64" => "b2YtdGhlLXByb3ZpZGVy",
        "signing" => "signing-key",
        _ => API_KEY,
    }))
}

/// A council with an account that takes cards through staff for one of its funds.
struct Town {
    served: Served,
    address: SocketAddr,
    gateways: Gateways,
    clock: Arc<Ahead>,
    _stop: oneshot::Sender<()>,
}

impl Town {
    async fn with(url: &str, account: &str) -> Self {
        let clock = Arc::new(Ahead::default());
        let world = World::new(clock.clone(), Arc::new(ims_edge::SystemRandom));
        let served = council::served_in(url, world, Config::default()).await;
        let gateways = Gateways::new(Carrier::new().unwrap(), Arc::new(secrets));
        let site = Site::new(served.app.clone(), Config::default()).with_gateways(gateways.clone());
        let (address, stop) = serve(site).await;
        let town = Self { served, address, gateways, clock, _stop: stop };
        town.has(account).await;
        town
    }

    async fn at(url: &str, stub: &Stub) -> Self {
        let govuk = format!(
            "kind = \"govuk-pay\"\nurl = \"{}\"\nsecrets = {{ key = \"key\" }}\n",
            stub.url
        );
        Self::with(url, &govuk).await
    }

    /// Its account is this one from now on.
    async fn has(&self, account: &str) {
        let more = format!(
            "[[provider]]\nname = \"pay\"\nmethods = [\"10\", \"11\"]\nfunds = [\"CT\"]\n{account}"
        );
        let today = self.served.app.world().today();
        let document = council::document() + more.as_str();
        books(&self.served).await.configure(&document, today).await.unwrap();
    }

    async fn cashier(&self) -> Client {
        at_desk_of(Client::new(self.address), "cashier").await
    }

    async fn receipts(&self) -> usize {
        let wanted = SearchReceipts::Reference(REFERENCE.to_owned());
        books(&self.served).await.search_receipts(&wanted, None, 99).await.unwrap().len()
    }

    async fn payments(&self) -> usize {
        let now = self.served.app.world().now();
        let (from, to) = (now - TimeDelta::days(1), now + TimeDelta::days(1));
        let find = FindPayments { from, to, provider: String::new(), status: String::new() };
        books(&self.served).await.payments(&find, None, 50).await.unwrap().len()
    }

    async fn proved(&self) {
        let verified = books(&self.served).await.verify(None).await.unwrap();
        assert!(verified.ok, "{:?}", verified.checks);
    }

    /// Where the browser of the last payment comes back to here.
    fn back(&self, stub: &Stub) -> String {
        let payment = last(stub);
        let here = format!("http://{}", self.address);
        payment.return_url().strip_prefix(&here).unwrap().to_owned()
    }
}

fn last(stub: &Stub) -> Payment {
    stub.books().payments().last().unwrap().clone()
}

/// Council tax by telephone, in the form of a page.
async fn call(client: &mut Client, page: &Answer, amount: &str, more: &[(&str, &str)]) -> Answer {
    let line = [("by", PHONE), ("fund-1", "CT"), ("reference-1", REFERENCE), ("amount-1", amount)];
    let typed = [&line[..], more].concat();
    send(client, page, AT, &typed).await
}

/// The same, from a fresh form, taken.
async fn taken(client: &mut Client, amount: &str) -> Answer {
    let page = client.get(AT).await;
    call(client, &page, amount, &[("do", "take")]).await
}

on_both! {
    /// From the form to the provider's page, back, and to the receipt: once.
    async fn a_card_by_telephone_is_entered_at_the_provider_and_booked_once(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub).await;
        let before = town.receipts().await;
        let mut client = town.cashier().await;
        let page = client.get(AT).await;
        page.shows(&["<option value=\"phone:11\">Card, through staff: by telephone</option>"]);
        let checked = call(&mut client, &page, "7.00", &[("do", "check")]).await;
        checked.shows(&["It comes to <strong>£7.00</strong>", "entered on the provider’s page"]);
        assert_eq!(stub.books().payments().len(), 0, "nothing is asked for by a check");

        let ann = [("name", "Ann Other"), ("postcode", "AB1 2CD"), ("do", "take")];
        let onward = call(&mut client, &page, "7.00", &ann).await;
        assert_eq!(onward.status, 200, "{}", onward.body);
        onward.shows(&["Go on to enter the card", "never here"]);
        assert_eq!(onward.header("referrer-policy"), "no-referrer");
        let name = led_to(&onward);
        // The form sent twice is one payment; another under it is refused, cash too.
        assert_eq!(led_to(&call(&mut client, &page, "7.00", &ann).await), name);
        let paying = last(&stub);
        assert_eq!(stub.books().payments().len(), 1);
        assert_eq!((paying.is_moto(), paying.amount, paying.description()), (true, 700, "Council tax"));
        for (by, amount) in [(PHONE, "8.00"), ("01", "7.00")] {
            let line = [("by", by), ("fund-1", "CT"), ("reference-1", REFERENCE), ("amount-1", amount), ("do", "take")];
            let other = send(&mut client, &page, AT, &line).await;
            assert_eq!(other.status, 422, "{by} {amount}");
            other.shows(&["href=\"#started\">This form was sent before and started a card payment"]);
        }

        let back = client.get(&town.back(&stub)).await;
        let follows = back.header("location").to_owned();
        assert!(back.status == 303 && follows.starts_with("/office/counter/T1/card/"), "{back:?}");
        client.get(&follows).await.shows(&["£7.00 is not paid yet", &paying.reference, "Call it off"]);
        client.get(AT).await.shows(&["Nobody knows yet what became", "£7.00 by telephone since"]);
        assert_eq!(town.receipts().await, before);
        stub.pay(&name, GOOD);
        for _ in 0..3 {
            assert_eq!(client.get(&town.back(&stub)).await.header("location"), follows);
            client.get(&follows).await.shows(&["Paid</h2>", "£7.00: receipt", "no part of the till"]);
        }
        assert_eq!(town.receipts().await, before + 1);
        assert!(!client.get(AT).await.body.contains("Nobody knows yet"));

        let books = books(&town.served).await;
        let id = follows.rsplit('/').next().unwrap().parse().unwrap();
        let number = books.payment(id).await.unwrap().receipt.unwrap();
        let shown = books.receipt(&number).await.unwrap();
        let line = &shown.receipt.lines[0];
        assert_eq!(
            (shown.receipt.method.as_str(), line.fund.as_str(), line.reference.as_str(), line.amount.get()),
            ("11", "CT", REFERENCE, 700)
        );
        assert!(shown.words.contains("Ann Other"), "{}", shown.words);
        let till = books.till_numbered("T1").await.unwrap();
        assert_eq!(books.till_session(till).await.unwrap().receipts, 0);
        town.proved().await;
    }

    /// At the provider, and from the page that follows it.
    async fn what_is_cancelled_is_booked_nowhere(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub).await;
        let before = town.receipts().await;
        let mut client = town.cashier().await;
        for at_provider in [true, false] {
            let name = led_to(&taken(&mut client, "7.00").await);
            let follows = client.get(&town.back(&stub)).await.header("location").to_owned();
            let stranger = Client::new(town.address).get(&town.back(&stub)).await;
            assert!(stranger.header("location").starts_with("/sign-in?to="), "{stranger:?}");
            if at_provider {
                stub.call_off(&name);
            } else {
                let page = client.get(&follows).await;
                let off = send(&mut client, &page, &follows, &[]).await;
                assert_eq!((off.status, off.header("location")), (303, follows.as_str()));
            }
            client.get(&follows).await.shows(&["Nothing was taken.", "Cancelled"]);
            assert_eq!(last(&stub).status, if at_provider { "failed" } else { "cancelled" });
        }
        let asked = stub.books().payments().len();
        assert_eq!((asked, town.receipts().await), (2, before));
        town.proved().await;
    }

    /// Nobody comes back: the poll finds it, and without the poll the night's sweep.
    async fn who_closes_the_tab_has_taken_it_by_poll(url: &str) {
        closed(url, false).await;
    }

    async fn who_closes_the_tab_has_taken_it_by_sweep(url: &str) {
        closed(url, true).await;
    }

    /// No account for it, one that takes none so, one where it is not switched on.
    async fn where_no_card_is_taken_by_telephone_that_is_said(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub).await;
        let mut client = town.cashier().await;
        let page = client.get(AT).await;
        let rent = [("by", PHONE), ("fund-1", "HR"), ("reference-1", "6000000001"), ("amount-1", "7"), ("do", "take")];
        let refused = send(&mut client, &page, AT, &rent).await;
        assert_eq!(refused.status, 422);
        refused.shows(&["href=\"#by\">No account at a provider takes all of these funds by telephone"]);
        let says = [("narrative-1", "for May"), ("do", "take")];
        call(&mut client, &page, "7.00", &says).await.shows(&["Leave the narrative blank: a card through a provider"]);
        call(&mut client, &page, "7.00", &[("name", "4111 1111 1111 1111"), ("do", "take")]).await
            .shows(&["looks like a card number"]);

        town.has(STRIPE).await;
        let online = taken(&mut client, "7.00").await;
        assert_eq!(online.status, 422);
        online.shows(&["href=\"#by\">The account pay takes no such card by telephone: it is used for payments online only"]);
        assert_eq!((town.payments().await, stub.books().payments().len()), (0, 0), "nothing was started");

        let govuk = format!("kind = \"govuk-pay\"\nurl = \"{}\"\nsecrets = {{ key = \"key\" }}\n", stub.url);
        town.has(&govuk).await;
        stub.books().refuse_moto();
        let off = taken(&mut client, "7.00").await;
        assert_eq!(off.status, 303, "{}", off.body);
        client.get(off.header("location")).await
            .shows(&["Nothing was taken.", "not switched telephone payments (MOTO) on for this account"]);
        // Who takes none by this method is not offered it.
        let books = books(&town.served).await;
        books.grant_scope("second", ScopeKind::Method, "01").await.unwrap();
        drop(client);
        let till = books.till_numbered("T1").await.unwrap();
        assert_eq!(books.till_session(till).await.unwrap().receipts, 0);
        let mut second = Client::new(town.address);
        second.sign_in("second", PASSWORD).await;
        let form = second.get("/office/counter").await;
        let float = [("till", "HATCH"), ("coins-100", "1")];
        let opened = send(&mut second, &form, "/office/counter", &float).await;
        let hatch = opened.header("location").to_owned();
        let page = second.get(&hatch).await;
        page.shows(&["<option value=\"01\""]);
        assert!(!page.body.contains("by telephone"), "{}", page.body);
        let line = [("by", PHONE), ("fund-1", "CT"), ("reference-1", REFERENCE), ("amount-1", "7"), ("do", "take")];
        let refused = send(&mut second, &page, &hatch, &line).await;
        assert_eq!(refused.status, 422);
        refused.shows(&["href=\"#by\">Choose how it is paid"]);
        town.proved().await;
    }

    /// It would be at no office: who works for one is not offered it.
    async fn who_works_for_an_office_takes_no_card_by_telephone(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub).await;
        let mut client = town.cashier().await;
        let page = client.get(AT).await;
        page.shows(&["by telephone"]);
        let books = books(&town.served).await;
        books.grant_scope("cashier", ScopeKind::Office, "LB").await.unwrap();
        let refused = call(&mut client, &page, "7.00", &[("do", "take")]).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        refused.shows(&["href=\"#by\">Choose how it is paid"]);
        let page = client.get(AT).await;
        page.shows(&["<option value=\"01\"", "<option value=\"12\""]);
        assert!(!page.body.contains("by telephone"), "{}", page.body);
        assert_eq!((town.payments().await, stub.books().payments().len()), (0, 0));
    }

    /// A provider whose page is reached by a form, and that has the browser post one back.
    async fn a_form_carries_the_cashier_there_and_back(url: &str) {
        let town = Town::with(url, FUSE).await;
        let before = town.receipts().await;
        let mut client = town.cashier().await;
        let onward = taken(&mut client, "7.00").await;
        let host = "https://testsecureacceptance.cybersource.com";
        onward.shows(&[&format!("<form action=\"{host}/pay\" method=\"post\">")]);
        assert!(onward.header("content-security-policy").contains(&format!("form-action {host};")));
        let here = format!("http://{}", town.address);
        assert_eq!(onward.hidden("override_backoffice_post_url"), format!("{here}/webhooks/ANY/pay"));
        let reference = onward.hidden("reference_number");
        let back = onward.hidden("override_custom_receipt_page");
        assert_eq!(back, format!("{here}{AT}/back/ANY/pay/{reference}"));
        let back = back.strip_prefix(&here).unwrap();

        let kind = ("content-type", "application/x-www-form-urlencoded");
        let from = [kind, ("origin", host), ("sec-fetch-site", "cross-site")];
        let posted = async |body: &str| {
            let answer = Client::new(town.address).send("POST", back, &from, body).await;
            assert_eq!((answer.status, answer.header("location")), (303, back), "{answer:?}");
        };
        let follows = client.get(back).await.header("location").to_owned();
        posted(&decided_of(&reference, "CANCEL", "7.00", "made up")).await;
        posted("decision=CANCEL").await;
        // Nobody signed that, and the provider does not answer here.
        client.get(&follows).await.shows(&["Nobody knows yet whether £7.00 is paid"]);
        posted(&decided_of(&reference, "CANCEL", "7.00", "signing-key")).await;
        client.get(&follows).await.shows(&["Nothing was taken.", "Cancelled"]);
        assert_eq!(town.receipts().await, before);

        // The provider's own notice books the next one, to whoever comes back later.
        let reference = taken(&mut client, "8.00").await.hidden("reference_number");
        let notice = decided_of(&reference, "ACCEPT", "8.00", "signing-key");
        let noticed = Client::new(town.address).send("POST", "/webhooks/ANY/pay", &[kind], &notice).await;
        assert_eq!((noticed.status, town.receipts().await), (200, before + 1));
        let back = format!("{AT}/back/ANY/pay/{reference}");
        let follows = client.get(&back).await.header("location").to_owned();
        client.get(&follows).await.shows(&["Paid</h2>", "£8.00: receipt"]);
        for absent in ["ANY/pay/0000-0000-0000-0", "ANY/other/0000-0000-0000-0"] {
            assert_eq!(client.get(&format!("{AT}/back/{absent}")).await.status, 404);
        }
        town.proved().await;
    }
}

/// The card is paid, and the browser never comes back.
async fn closed(url: &str, sweeps: bool) {
    let stub = Stub::start(None, Weather::default()).await;
    let town = Town::at(url, &stub).await;
    let before = town.receipts().await;
    let mut client = town.cashier().await;
    let name = led_to(&taken(&mut client, "7.00").await);
    stub.pay(&name, GOOD);
    assert_eq!(town.receipts().await, before);
    let actor = Actor::system("payments");
    let books = town.served.app.books(Some("ANY"), actor).await.unwrap();
    if sweeps {
        town.gateways.sweep(&books, town.served.app.world().today()).await.unwrap();
    } else {
        town.clock.forward(TimeDelta::minutes(2));
        town.gateways.poll(&books).await.unwrap();
    }
    assert_eq!(town.receipts().await, before + 1, "by sweep: {sweeps}");
    town.proved().await;
}

/// Fills the form in and takes the money, by keyboard.
async fn takes(browser: &Browser, amount: &str) {
    tab_to(browser, "by").await;
    keys(browser, "Card, through staff: by").await;
    tab_to(browser, "fund-1").await;
    keys(browser, "Council").await;
    tab_to(browser, "reference-1").await;
    keys(browser, REFERENCE).await;
    tab_to(browser, "amount-1").await;
    keys(browser, amount).await;
    tab_to(browser, "Check").await;
    enter(browser).await;
    // What another way to pay asks for is shown first.
    tab_to(browser, "Check").await;
    enter(browser).await;
    look(browser, "counter-phone-checked").await;
    tab_to(browser, "Take the money").await;
    enter(browser).await;
}

/// Until the page between has led there.
async fn at_the_card(browser: &Browser) {
    for _ in 0..400 {
        if title(browser).await == "Enter card details - a stub of GOV.UK Pay" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("still at {}", title(browser).await);
}

/// Taking a card over the telephone can be done by everybody: cancelled at the provider
/// once, then paid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_by_telephone_is_taken_by_keyboard() {
    let fresh = Engine::Sqlite.fresh();
    let stub = Stub::start(None, Weather::default()).await;
    let town = Town::at(&fresh.url, &stub).await;
    town.cashier().await;
    let browser = Browser::start().await;
    browser.goto(format!("http://{}/office/counter/T1", town.address)).await.unwrap();
    tab_to(&browser, "username").await;
    keys(&browser, "cashier").await;
    tab_to(&browser, "password").await;
    keys(&browser, PASSWORD).await;
    enter(&browser).await;

    let follows = "T1: by card – Anyborough Council";
    let said = async || browser.find(By::Css("main")).await.unwrap().text().await.unwrap();
    takes(&browser, "7.00").await;
    at_the_card(&browser).await;
    click(&browser, "cancel-payment").await;
    assert_eq!(title(&browser).await, follows);
    assert!(said().await.contains("Nothing was taken."), "{}", said().await);
    look(&browser, "counter-phone-cancelled").await;
    tab_to(&browser, "Take the next").await;
    enter(&browser).await;

    takes(&browser, "7.00").await;
    at_the_card(&browser).await;
    let back = stub.books().payments().last().unwrap().return_url().to_owned();
    browser.goto(&back).await.unwrap();
    look(&browser, "counter-phone-waits").await;
    browser.back().await.unwrap();
    at_the_card(&browser).await;
    enter_the_card(&browser).await;
    assert_eq!(title(&browser).await, follows);
    assert!(said().await.contains("£7.00: receipt"), "{}", said().await);
    look(&browser, "counter-phone-paid").await;

    // The page between, where a form leads on.
    town.has(FUSE).await;
    tab_to(&browser, "Take the next").await;
    enter(&browser).await;
    takes(&browser, "8.00").await;
    assert_eq!(title(&browser).await, "Enter the card at the provider – Anyborough Council");
    look(&browser, "counter-phone-onward").await;
    town.proved().await;
}
