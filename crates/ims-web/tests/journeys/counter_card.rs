//! A card at a terminal that its provider starts, taken at the counter.

use std::{net::SocketAddr, sync::Arc};

use ims_app::{ScopeKind, SearchReceipts};
use ims_gateway::{Carrier, Gateways};
use ims_pay::Secret;
use ims_testkit::{
    Engine,
    browser::{Browser, thirtyfour::prelude::*},
    on_both,
};
use ims_web::{Config, Site};
use tokio::sync::oneshot;

use super::{
    browser::{enter, keys, look, tab_to, title},
    client::{Answer, Client},
    council::{self, PASSWORD, REFERENCE, Served, serve},
    counter::{at_desk_of, books, send},
};

/// The desk has a terminal of a provider's, which the amount tells what to do.
const ACCOUNT: &str = r#"
[[provider]]
name = "terminals"
kind = "sandbox"
methods = ["12"]
funds = ["CT"]
secrets = { key = "key" }
"#;

fn secrets(_: &str) -> Option<Secret> {
    Some(Secret::new("test-key"))
}

/// A council with that account, served with a line to it.
async fn with_terminal(url: &str) -> (Served, SocketAddr, oneshot::Sender<()>) {
    let served = council::served(url).await;
    let at_desk = "slip_channel = \"slip\"\nterminal_channel = \"terminal\"\n";
    let document = council::document() + ACCOUNT;
    let document = document.replace(at_desk, &format!("{at_desk}terminals = [\"Desk 1\"]\n"));
    let today = served.app.world().today();
    books(&served).await.configure(&document, today).await.unwrap();
    let gateways = Gateways::new(Carrier::new().unwrap(), Arc::new(secrets)).with_sandbox();
    let site = Site::new(served.app.clone(), Config::default()).with_gateways(gateways);
    let (address, stop) = serve(site).await;
    (served, address, stop)
}

/// Starts a payment of so much at the terminal.
async fn start(client: &mut Client, page: &Answer, amount: &str) -> Answer {
    let typed = [
        ("by", "12"),
        ("at", "Desk 1"),
        ("fund-1", "CT"),
        ("reference-1", REFERENCE),
        ("amount-1", amount),
        ("do", "take"),
    ];
    send(client, page, "/office/counter/T1", &typed).await
}

async fn receipts(served: &Served) -> usize {
    let wanted = SearchReceipts::Reference(REFERENCE.to_owned());
    books(served).await.search_receipts(&wanted, None, 99).await.unwrap().len()
}

on_both! {
    /// The same form twice is one payment; asked about again and again, it is booked once.
    async fn a_card_at_a_terminal_is_booked_once(url: &str) {
        let (served, address, _stop) = with_terminal(url).await;
        let before = receipts(&served).await;
        let mut client = at_desk_of(Client::new(address), "cashier").await;
        let page = client.get("/office/counter/T1").await;
        let first = start(&mut client, &page, "7.00").await;
        assert_eq!(first.status, 303, "{}", first.body);
        let again = start(&mut client, &page, "7.00").await;
        assert_eq!(first.header("location"), again.header("location"));
        assert_eq!(receipts(&served).await, before);
        let other = start(&mut client, &page, "8.00").await;
        assert_eq!(other.status, 422);
        other.shows(&["href=\"#started\">This form was sent before and started a card payment", "id=\"started\""]);
        other.shows(&[first.header("location")]);
        // Nor is it taken into the drawer by the form gone back to.
        let cash = [("by", "01"), ("fund-1", "CT"), ("reference-1", REFERENCE), ("amount-1", "7.00"), ("do", "take")];
        let drawer = send(&mut client, &page, "/office/counter/T1", &cash).await;
        assert_eq!(drawer.status, 422, "{}", drawer.body);
        drawer.shows(&["href=\"#started\">This form was sent before"]);
        for _ in 0..3 {
            let paid = client.get(first.header("location")).await;
            paid.shows(&["Paid</h2>", "£7.00: receipt", "no part of the till"]);
        }
        assert_eq!(receipts(&served).await, before + 1);
        let books = books(&served).await;
        let id = books.till_numbered("T1").await.unwrap();
        assert_eq!(books.till_session(id).await.unwrap().receipts, 0);
        assert!(books.verify(None).await.unwrap().ok);
    }

    /// It would be at no office: who works for one has the terminals that stand alone.
    async fn who_works_for_an_office_starts_no_terminal(url: &str) {
        let (served, address, _stop) = with_terminal(url).await;
        let mut client = at_desk_of(Client::new(address), "cashier").await;
        let by_card = [("by", "12"), ("do", "check")];
        let page = client.get("/office/counter/T1").await;
        let offered = send(&mut client, &page, "/office/counter/T1", &by_card).await;
        offered.shows(&["Start it at terminal"]);
        books(&served).await.grant_scope("cashier", ScopeKind::Office, "LB").await.unwrap();
        let page = client.get("/office/counter/T1").await;
        let offered = send(&mut client, &page, "/office/counter/T1", &by_card).await;
        offered.shows(&["The card terminal"]);
        assert!(!offered.body.contains("Start it at terminal"), "{}", offered.body);
        let refused = start(&mut client, &page, "7.00").await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        refused.shows(&["through a provider is at no office, and cashier works for some offices only"]);
    }

    /// What is not paid is said, and nothing is booked for it.
    async fn what_is_not_paid_at_a_terminal_is_booked_nowhere(url: &str) {
        let (served, address, _stop) = with_terminal(url).await;
        let before = receipts(&served).await;
        let mut client = at_desk_of(Client::new(address), "cashier").await;
        for (amount, words) in [
            ("7.01", "Failed: the card was declined."),
            ("7.02", "Cancelled."),
            ("7.05", "£7.05 is not paid yet"),
            ("7.07", "whether £7.07 is paid"),
            // Paid, but not what was asked for: somebody sees to it.
            ("7.08", "£7.08 is not paid yet"),
        ] {
            let page = client.get("/office/counter/T1").await;
            let started = start(&mut client, &page, amount).await;
            assert_eq!(started.status, 303, "{}", started.body);
            let path = started.header("location").to_owned();
            let came = client.get(&path).await;
            came.shows(&[words]);
            if came.body.contains("Call it off") {
                let off = send(&mut client, &came, &path, &[]).await;
                assert_eq!((off.status, off.header("location")), (303, path.as_str()), "{}", off.body);
            }
        }
        assert_eq!(receipts(&served).await, before);
        let books = books(&served).await;
        assert!(books.verify(None).await.unwrap().ok);
        let page = client.get("/office/counter/T1").await;
        // What nobody knows the end of is listed wherever its cashier works on.
        let listed = ["Nobody knows yet what became", "£7.05 since", "£7.07 since", "£7.08 since"];
        page.shows(&listed);
        client.get("/office/counter/T1/count").await.shows(&listed);
        assert!(!page.body.contains("£7.01 since"));
        let started = start(&mut client, &page, "7.05").await;
        let path = started.header("location");
        let mut stranger = Client::new(address);
        assert_eq!(stranger.get(path).await.status, 303);
        let absent = "/office/counter/T1/card/00000000-0000-7000-8000-000000000000";
        assert_eq!(client.get(absent).await.status, 404);
        assert_eq!(client.post(path, &[]).await.status, 403, "without its token");
        // Somebody else looks at it, and does not call it off.
        let mut second = Client::new(address);
        second.sign_in("second", PASSWORD).await;
        let seen = second.get(path).await;
        seen.shows(&["£7.05 is not paid yet"]);
        assert!(!seen.body.contains("Call it off"));
        let form = second.get("/office/counter").await;
        let off = send(&mut second, &form, path, &[]).await;
        assert_eq!(off.status, 409, "{}", off.body);
        // Nor is a resident's payment followed from a counter.
        let theirs = council::by_resident(("terminals", "12"), REFERENCE, 500);
        let resident = books.start_payment(&theirs).await.unwrap().payment.id;
        let theirs = format!("/office/counter/T1/card/{resident}");
        assert_eq!(client.get(&theirs).await.status, 404);
        let form = client.get("/office/counter/T1").await;
        assert_eq!(send(&mut client, &form, &theirs, &[]).await.status, 404);
    }

    /// A fund that the account does not take, and a card number, go no further.
    async fn what_a_terminal_cannot_take_is_told(url: &str) {
        let (served, address, _stop) = with_terminal(url).await;
        let mut client = at_desk_of(Client::new(address), "cashier").await;
        let page = client.get("/office/counter/T1").await;
        let line = [("by", "12"), ("fund-1", "HR"), ("reference-1", "6000000001"), ("amount-1", "7"), ("do", "take")];
        for (place, words) in [("Desk 1", "No account at a provider takes"), ("Desk 9", "There is no terminal")] {
            let typed = [&line[..], &[("at", place)]].concat();
            let refused = send(&mut client, &page, "/office/counter/T1", &typed).await;
            assert_eq!(refused.status, 422);
            refused.shows(&["href=\"#at\">", words]);
        }
        // One that stands alone still goes into the till.
        let alone = [&line[..], &[("terminal", "K7"), ("batch", "17")]].concat();
        let taken = send(&mut client, &page, "/office/counter/T1", &alone).await;
        assert!(taken.header("location").starts_with("/office/counter/T1?receipt="), "{}", taken.body);
        let books = books(&served).await;
        let id = books.till_numbered("T1").await.unwrap();
        assert_eq!(books.till_session(id).await.unwrap().receipts, 1);
    }
}

/// Waiting for a terminal, and its end, can be used by everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_is_waited_for_by_keyboard() {
    let fresh = Engine::Sqlite.fresh();
    let (_served, address, _stop) = with_terminal(&fresh.url).await;
    at_desk_of(Client::new(address), "cashier").await;
    let browser = Browser::start().await;
    browser.goto(format!("http://{address}/office/counter")).await.unwrap();
    tab_to(&browser, "username").await;
    keys(&browser, "cashier").await;
    tab_to(&browser, "password").await;
    keys(&browser, PASSWORD).await;
    enter(&browser).await;
    for (amount, name, words) in [
        ("7.05", "counter-terminal-waits", "is not paid yet"),
        ("7.01", "counter-terminal-refused", "Nothing was taken"),
        ("7.00", "counter-terminal-paid", "no part of the till"),
    ] {
        tab_to(&browser, "by").await;
        keys(&browser, "Card at").await;
        tab_to(&browser, "fund-1").await;
        keys(&browser, "Council").await;
        tab_to(&browser, "reference-1").await;
        keys(&browser, REFERENCE).await;
        tab_to(&browser, "amount-1").await;
        keys(&browser, amount).await;
        tab_to(&browser, "Check").await;
        enter(&browser).await;
        tab_to(&browser, "at").await;
        keys(&browser, "Desk").await;
        tab_to(&browser, "Take the money").await;
        enter(&browser).await;
        assert_eq!(title(&browser).await, "T1: by card – Anyborough Council");
        let said = browser.find(By::Css("main")).await.unwrap().text().await.unwrap();
        assert!(said.contains(words), "{said}");
        look(&browser, name).await;
        tab_to(&browser, "Take the next").await;
        enter(&browser).await;
    }
}
