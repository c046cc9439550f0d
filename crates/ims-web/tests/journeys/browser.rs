use std::{net::SocketAddr, path::Path, time::Duration};

use ims_app::Actor;
use ims_testkit::{
    Engine,
    browser::{
        Browser, axe, screenshot,
        thirtyfour::{Key, prelude::*},
    },
};

use super::{
    client::Client,
    council::{self, PASSWORD, REFERENCE, Served},
    exceptions::unknown_payment,
};

/// The height of a screen.
const HEIGHT: u32 = 1400;

/// Every page that is looked at, wide and narrow.
pub async fn look(browser: &Browser, name: &str) {
    let broken: Vec<String> = axe(browser).await.iter().map(ToString::to_string).collect();
    assert!(broken.is_empty(), "{name}: {}", broken.join("\n"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screenshots");
    for (size, width) in [("wide", 1280), ("narrow", 320)] {
        resize(browser, (width, HEIGHT)).await;
        let script = "const page = document.documentElement;
                      return [page.scrollWidth, window.innerWidth, page.scrollHeight];";
        let sizes: (i64, i64, u32) =
            browser.execute(script, vec![]).await.unwrap().convert().unwrap();
        assert!(sizes.0 <= sizes.1, "{name} is {} wide on a screen of {}", sizes.0, sizes.1);
        // The picture shows all of it.
        resize(browser, (width, sizes.2)).await;
        screenshot(browser, &folder.join(format!("{name}-{size}.png"))).await;
    }
    resize(browser, (1280, HEIGHT)).await;
}

/// Gives the page a width, also one that no window can have, and a height.
pub async fn resize(browser: &Browser, (width, height): (u32, u32)) {
    let body = serde_json::json!({
        "cmd": "Emulation.setDeviceMetricsOverride",
        "params": { "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false },
    });
    driver(browser, "goog/cdp/execute", &body).await;
}

/// What the browser has said of faults since it was asked last: what could not be
/// fetched, and what a policy refused. That a page's answer was itself a refusal
/// is none.
pub async fn log(browser: &Browser) -> Vec<String> {
    let said = driver(browser, "se/log", &serde_json::json!({ "type": "browser" })).await;
    let said = said["value"].as_array().unwrap().iter();
    let words = said.map(|entry| entry["message"].as_str().unwrap().to_owned());
    words.filter(|words| !words.contains("the server responded with a status of 4")).collect()
}

/// Asks the browser's driver for what thirtyfour has no method for.
async fn driver(browser: &Browser, what: &str, body: &serde_json::Value) -> serde_json::Value {
    let server = browser.handle().server_url();
    let mut driver = Client::new(SocketAddr::from(([127, 0, 0, 1], server.port().unwrap())));
    let path = format!("/session/{}/{what}", browser.handle().session_id());
    let kind = [("content-type", "application/json")];
    let answer = driver.send("POST", &path, &kind, &body.to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// Types as somebody without a mouse does, into whatever has the focus.
pub async fn keys(browser: &Browser, text: impl Into<TypingData>) {
    let typing = text.into();
    browser.active_element().await.unwrap().send_keys(typing).await.unwrap();
}

/// Does what leads to another page, and waits until that page is there.
///
/// The driver waits only for what has begun when it looks; a form on its way through another
/// server has not always begun by then.
pub async fn leaves(browser: &Browser, does: impl Future<Output = ()>) {
    browser.execute("window.stillHere = true;", vec![]).await.unwrap();
    does.await;
    let script = "return !window.stillHere && document.readyState === 'complete';";
    for _ in 0..800 {
        let there = browser.execute(script, vec![]).await;
        if there.is_ok_and(|answer| answer.convert().unwrap_or(false)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("after 20 seconds it is still at {}", browser.current_url().await.unwrap());
}

/// Presses Enter, which leads to another page.
pub async fn enter(browser: &Browser) {
    leaves(browser, keys(browser, Key::Enter)).await;
}

/// Clicks on the element with this id, which leads to another page.
pub async fn click(browser: &Browser, id: &'static str) {
    let element = browser.find(By::Id(id)).await.unwrap();
    leaves(browser, async move { element.click().await.unwrap() }).await;
}

/// Goes on with the tab key until the element with this name or text has the focus.
pub async fn tab_to(browser: &Browser, what: &str) {
    for _ in 0..60 {
        keys(browser, Key::Tab).await;
        let here = browser.active_element().await.unwrap();
        let id = here.id().await.unwrap().unwrap_or_default();
        if id == what || here.text().await.unwrap().starts_with(what) {
            let outline = here.css_value("outline-style").await.unwrap();
            assert_ne!(outline, "none", "the focus on {what} cannot be seen");
            return;
        }
    }
    panic!("`{what}` is not reached by the tab key");
}

pub async fn title(browser: &Browser) -> String {
    browser.title().await.unwrap()
}

async fn served() -> (Served, ims_testkit::Fresh) {
    let fresh = Engine::Sqlite.fresh();
    (council::served(&fresh.url).await, fresh)
}

/// Somebody signs in, looks at the day, finds a receipt, allocates suspense and
/// signs out: by keyboard only, on pages that break no rule of accessibility.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officers_morning_by_keyboard() {
    let (served, _fresh) = served().await;
    let browser = Browser::start().await;
    browser.goto(format!("http://{}/office", served.address)).await.unwrap();
    look(&browser, "sign-in").await;
    tab_to(&browser, "username").await;
    keys(&browser, "officer").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Sign in – Income management");
    look(&browser, "sign-in-error").await;
    tab_to(&browser, "password").await;
    keys(&browser, PASSWORD).await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "2 March 2026 – Anyborough Council");
    look(&browser, "dashboard").await;

    tab_to(&browser, "Receipts").await;
    enter(&browser).await;
    tab_to(&browser, "reference").await;
    keys(&browser, "80000101").await;
    enter(&browser).await;
    let row = browser.find(By::Css("tbody tr")).await.unwrap().text().await.unwrap();
    assert!(row.contains("80000101") && row.ends_with("£1,001.25"), "{row}");
    look(&browser, "receipts").await;

    tab_to(&browser, "Suspense").await;
    enter(&browser).await;
    look(&browser, "suspense").await;
    tab_to(&browser, "2 March 2026").await;
    enter(&browser).await;
    look(&browser, "suspense-item").await;
    tab_to(&browser, "fund").await;
    keys(&browser, "Council").await;
    tab_to(&browser, "reference").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "12").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Suspense item – Anyborough Council");
    look(&browser, "allocation-error").await;
    tab_to(&browser, "reference").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, REFERENCE).await;
    enter(&browser).await;
    let done = browser.find(By::Css(".govuk-notification-banner")).await.unwrap();
    let done = done.text().await.unwrap();
    assert!(done.contains("£10.00 went to Council tax 80000001"), "{done}");
    look(&browser, "allocated").await;

    tab_to(&browser, "Sign out").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Sign in – Income management");
    browser.goto(format!("http://{}/office", served.address)).await.unwrap();
    assert_eq!(title(&browser).await, "Sign in – Income management");
}

/// A suggestion is accepted with one key: on its page, and in the list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suggestion_is_accepted_with_one_key() {
    let (served, _fresh) = served().await;
    let id = council::nearly_quoted(&served).await;
    let browser = Browser::start().await;
    let at = |path: &str| format!("http://{}{path}", served.address);
    browser.goto(at(&format!("/sign-in?to=/office/suspense/{id}"))).await.unwrap();
    browser.find(By::Id("username")).await.unwrap().send_keys("officer").await.unwrap();
    browser.find(By::Id("password")).await.unwrap().send_keys(PASSWORD).await.unwrap();
    enter(&browser).await;
    look(&browser, "suspense-suggested").await;
    leaves(&browser, keys(&browser, Key::Alt + "1")).await;
    let banner = async || {
        let banner = browser.find(By::Css(".govuk-notification-banner")).await.unwrap();
        banner.text().await.unwrap()
    };
    let done = banner().await;
    assert!(done.contains("£12.34 went to Council tax 83141592"), "{done}");
    tab_to(&browser, "Make where it went a rule").await;
    enter(&browser).await;
    look(&browser, "suspense-rule").await;
    tab_to(&browser, "Switch it on").await;
    enter(&browser).await;
    look(&browser, "suspense-rule-on").await;

    council::nearly_quoted(&served).await;
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    let items = books.open_suspense(None, 50).await.unwrap();
    let page = format!("/office/suspense?after={}", items.last().unwrap().id);
    browser.goto(at(&page)).await.unwrap();
    look(&browser, "suspense-list-suggested").await;
    tab_to(&browser, "Accept").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Suspense – Anyborough Council");
    let done = banner().await;
    assert!(done.contains("£12.34 went to Council tax 83141592"), "{done}");
    look(&browser, "suspense-list-accepted").await;
    unknown_payment(&served).await;
    browser.goto(at("/office/exceptions")).await.unwrap();
    look(&browser, "exceptions").await;
}

/// Every other page breaks no rule of accessibility either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_can_be_used_by_everybody() {
    let (served, _fresh) = served().await;
    let browser = Browser::start().await;
    let address = served.address;
    let at = |path: &str| format!("http://{address}{path}");
    browser.goto(at("/")).await.unwrap();
    look(&browser, "portal").await;
    browser.goto(at("/sign-in")).await.unwrap();
    browser.find(By::Id("username")).await.unwrap().send_keys("auditor").await.unwrap();
    browser.find(By::Id("password")).await.unwrap().send_keys(PASSWORD).await.unwrap();
    enter(&browser).await;
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    let lines = books.open_lines().await.unwrap();
    let imports = books.imports(None, 2).await.unwrap();
    super::payouts::settled(&served).await;
    for (name, path) in [
        ("dashboard-two-councils", "/office".to_owned()),
        ("dashboard-empty-day", "/office?day=2026-01-05".to_owned()),
        ("reconciliation", "/office/reconciliation".to_owned()),
        ("exceptions-none", "/office/exceptions".to_owned()),
        ("expected", "/office/expected".to_owned()),
        ("expected-card", "/office/expected/card".to_owned()),
        ("payouts", "/office/payouts?day=2026-03-03".to_owned()),
        ("payouts-error", "/office/payouts?day=x".to_owned()),
        ("payout", "/office/payouts/card/PO778899?day=2026-03-03".to_owned()),
        ("files-due", "/office/files-due".to_owned()),
        ("files-due-error", "/office/files-due?from=x".to_owned()),
        ("line-open", format!("/office/lines/{}", lines[0].id)),
        ("line-explained", format!("/office/lines/{}", served.explained)),
        ("imports", "/office/imports".to_owned()),
        ("import-statement", format!("/office/imports/{}", imports[0].id)),
        ("import-receipts", format!("/office/imports/{}", imports[1].id)),
        ("suspense-last-page", {
            let items = books.open_suspense(None, 50).await.unwrap();
            format!("/office/suspense?after={}", items.last().unwrap().id)
        }),
        ("receipts-error", "/office/receipts?day=31/2/2026&amount=x".to_owned()),
        ("not-found", "/nowhere".to_owned()),
        ("password", "/password".to_owned()),
    ] {
        browser.goto(at(&path)).await.unwrap();
        look(&browser, name).await;
    }
    tab_to(&browser, "old").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Change your password – Income management");
    look(&browser, "password-error").await;
}
