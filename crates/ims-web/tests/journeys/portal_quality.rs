//! What Lighthouse and its like look for, of every page of the portal as a telephone
//! shows it: requests, bytes, scripts, faults, language, headings, what a finger hits.

use ims_testkit::{
    Engine,
    browser::{
        Browser, axe,
        thirtyfour::{Cookie, prelude::*},
    },
};
use serde::Deserialize;

use super::{
    borough::Borough,
    browser::{leaves, log, resize},
    client::Client,
    portal::{fill, leisure},
    portal_forms::FUSE,
    portal_weight::BYTES_MAX,
};

/// A telephone's screen.
const SCREEN: (u32, u32) = (360, 780);

/// A page, its two style sheets and its icon.
const REQUESTS_MAX: usize = 4;

/// Looks at the page. A link within a sentence may be as high as its line is
/// (WCAG 2.2, 2.5.8); whatever else is pressed is 24 by 24 pixels.
const LOOK: &str = r#"
    const loaded = [
        ...performance.getEntriesByType("navigation"),
        ...performance.getEntriesByType("resource"),
    ];
    const isInline = (it) => getComputedStyle(it).display === "inline"
        && it.parentElement.textContent.trim() !== it.textContent.trim()
        && it.tagName === "A";
    const pressed = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
    const seen = pressed.filter((it) => it.type !== "hidden" && it.offsetParent !== null
        && !it.classList.contains("govuk-skip-link") && it.closest("details:not([open]) > :not(summary)") === null);
    const small = seen.filter((it) => !isInline(it)).filter((it) => {
        const box = it.getBoundingClientRect();
        return box.width < 24 || box.height < 24;
    });
    const handlers = [...document.querySelectorAll("*")].filter((it) =>
        [...it.attributes].some((attribute) => attribute.name.startsWith("on")));
    const viewport = document.querySelector("meta[name=viewport]");
    const focused = document.activeElement;
    return {
        title: document.title,
        lang: document.documentElement.lang,
        viewport: viewport ? viewport.content : "",
        hosts: [...new Set(loaded.map((it) => new URL(it.name).host))],
        requests: loaded.length,
        bytes: loaded.reduce((sum, it) => sum + it.encodedBodySize, 0),
        scripts: document.scripts.length + handlers.length,
        headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
            .map((it) => Number(it.tagName[1])),
        small: small.map((it) => it.outerHTML.slice(0, 120)),
        width: document.documentElement.scrollWidth,
        alerts: document.querySelectorAll(".govuk-error-summary").length,
        focus: focused ? focused.className : "",
    };
"#;

#[derive(Debug, Deserialize)]
struct Looked {
    title: String,
    lang: String,
    viewport: String,
    hosts: Vec<String>,
    requests: usize,
    bytes: usize,
    scripts: usize,
    headings: Vec<u8>,
    small: Vec<String>,
    width: u32,
    alerts: usize,
    focus: String,
}

impl Looked {
    /// What is wrong with it, in words.
    fn faults(&self, host: &str, lang: &str, is_wrong: bool) -> Vec<String> {
        let mut found = Vec::new();
        let mut hold = |is_right: bool, what: String| {
            if !is_right {
                found.push(what);
            }
        };
        hold(self.lang == lang, format!("it says that it is in {}", self.lang));
        hold(
            self.viewport.starts_with("width=device-width, initial-scale=1"),
            self.viewport.clone(),
        );
        hold(self.hosts == [host], format!("it comes from {:?}", self.hosts));
        hold(self.requests <= REQUESTS_MAX, format!("{} requests", self.requests));
        hold(self.bytes > 0 && self.bytes < BYTES_MAX, format!("{} bytes", self.bytes));
        hold(self.scripts == 0, format!("{} scripts", self.scripts));
        hold(self.small.is_empty(), format!("too small to press: {:?}", self.small));
        hold(self.width <= SCREEN.0, format!("{} wide", self.width));
        let is_one = self.headings.iter().filter(|level| **level == 1).count() == 1;
        let is_stepped = self.headings.windows(2).all(|pair| pair[1] <= pair[0] + 1);
        // What is wrong stands before the page's own heading.
        let starts = self.headings.first() == Some(&if is_wrong { 2 } else { 1 });
        hold(is_one && is_stepped && starts, format!("headings {:?}", self.headings));
        let word = if lang == "cy" { "Gwall: " } else { "Error: " };
        hold(self.title.starts_with(word) == is_wrong, format!("its title is {}", self.title));
        hold(self.alerts == usize::from(is_wrong), format!("{} lists of faults", self.alerts));
        let is_there = self.focus == "govuk-error-summary";
        hold(is_there == is_wrong, format!("the focus is on `{}`", self.focus));
        found
    }
}

/// A browser that looks at pages, and what it found.
struct Eyes<'a> {
    browser: &'a Browser,
    borough: &'a Borough,
    found: Vec<String>,
    seen: Vec<(String, usize, usize)>,
}

impl Eyes<'_> {
    /// Looks at what is shown now.
    async fn look(&mut self, name: &str, lang: &str, is_wrong: bool) {
        let looked = self.browser.execute(LOOK, vec![]).await.unwrap();
        let looked: Looked = looked.convert().unwrap();
        let host = self.borough.address.to_string();
        let mut faults = looked.faults(&host, lang, is_wrong);
        faults.extend(log(self.browser).await);
        faults.extend(axe(self.browser).await.iter().map(ToString::to_string));
        self.found.extend(faults.iter().map(|fault| format!("{lang} {name}: {fault}")));
        self.seen.push((format!("{lang} {name}"), looked.requests, looked.bytes));
    }

    async fn get(&mut self, path: &str, lang: &str) {
        let address = format!("http://{}{path}", self.borough.address);
        self.browser.goto(address).await.unwrap();
        self.look(path, lang, false).await;
    }

    /// Sends the page's form with these fields, which are wrong.
    async fn wrong(&mut self, path: &str, lang: &str, typed: &[(&'static str, &str)]) {
        let address = format!("http://{}{path}", self.borough.address);
        self.browser.goto(address).await.unwrap();
        for (field, words) in typed {
            let field = self.browser.find(By::Id(*field)).await.unwrap();
            field.send_keys(*words).await.unwrap();
        }
        let sends = "document.querySelector('main form').submit();";
        leaves(self.browser, async {
            self.browser.execute(sends, vec![]).await.unwrap();
        })
        .await;
        self.look(&format!("{path}, wrong"), lang, true).await;
    }
}

/// A visit with a full basket, whose cookie the browser takes over.
async fn visit(borough: &Borough, browser: &Browser) -> Client {
    let mut client = borough.client();
    let owed = [("reference", "80000001"), ("amount", "120.50")];
    assert_eq!(fill(&mut client, "/pay/CT", &owed).await.status, 303);
    for n in 1..=3 {
        let reference = format!("PN{n:06}");
        let form = [("reference", reference.as_str()), ("amount", "35")];
        assert_eq!(fill(&mut client, "/pay/PK", &form).await.status, 303);
    }
    let member = [("reference", "LM000001"), ("amount", "24")];
    assert_eq!(fill(&mut client, "/pay/LE", &member).await.status, 303);
    let details = [
        ("name", "Ann Other"),
        ("line1", "1 High Street"),
        ("town", "Brightwater"),
        ("postcode", "ZZ1 1ZZ"),
        ("mail", "ann@example.org"),
    ];
    assert_eq!(fill(&mut client, "/your-details", &details).await.status, 303);
    browser.goto(format!("http://{}/cookies", borough.address)).await.unwrap();
    let cookie = Cookie::new("ims-visit", client.cookies["ims-visit"].clone());
    browser.add_cookie(cookie).await.unwrap();
    client
}

/// Every page of a payment in both languages, with its faults.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_portal_is_as_it_should_be() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, stub, _catcher) = Borough::with_mail(&fresh.url).await;
    let browser = Browser::start().await;
    resize(&browser, SCREEN).await;
    let mut client = visit(&borough, &browser).await;
    let mut eyes =
        Eyes { browser: &browser, borough: &borough, found: Vec::new(), seen: Vec::new() };
    for (prefix, home, lang) in [("", "/", "en"), ("/cy", "/cy", "cy")] {
        let at = |path: &str| format!("{prefix}{path}");
        eyes.get(home, lang).await;
        for path in ["/pay/CT", "/pay/LE", "/basket", "/your-details", "/check", "/received"] {
            eyes.get(&at(path), lang).await;
        }
        for path in ["/cookies", "/pay/XX", "/back/nothing", "/link/none"] {
            eyes.get(&at(path), lang).await;
        }
        let link = borough.link(ims_app::LinkUses::Once, &[("LE", "LM000009", None)]).await;
        let link = at(&format!("/link/{}", link.token.unwrap()));
        eyes.get(&link, lang).await;
        eyes.wrong(&link, lang, &[]).await;
        eyes.wrong(&at("/pay/CT"), lang, &[("reference", "8")]).await;
        eyes.wrong(&at("/pay/LE"), lang, &[("amount", "x")]).await;
        eyes.wrong(&at("/your-details"), lang, &[("mail", "@")]).await;
        eyes.wrong(&at("/received"), lang, &[("number", "1")]).await;
    }
    let check = client.get("/check").await;
    let onward = fill(&mut client, "/check", &[("content", &check.hidden("content"))]).await;
    assert!(onward.status < 400, "{}", onward.body);
    let payment = stub.books().payments().last().unwrap().clone();
    for is_paid in [false, true] {
        if is_paid {
            stub.pay(&payment.payment_id, "4444333322221111");
        }
        for (prefix, lang) in [("", "en"), ("/cy", "cy")] {
            eyes.get(&format!("{prefix}/back/{}", payment.reference), lang).await;
        }
    }
    for (name, requests, bytes) in &eyes.seen {
        println!("{bytes:>6} bytes, {requests} requests: {name}");
    }
    for route in routes() {
        let names = eyes.seen.iter().map(|(name, ..)| name.trim_start_matches("en "));
        assert!(names.clone().any(|name| name.starts_with(&route)), "{route}: {:?}", eyes.seen);
    }
    assert!(eyes.seen.len() >= 38, "{}", eyes.seen.len());
    assert!(eyes.found.is_empty(), "{}", eyes.found.join("\n"));
}

/// Pages that only a council with an address list has: `portal_address.rs` looks at them.
const OF_ADDRESSES: [&str; 3] =
    ["/your-details/by-hand", "/your-details/address", "/your-details/choose"];

/// Where a page of the portal can be asked for, up to what names something.
fn routes() -> Vec<String> {
    let source = include_str!("../../src/portal.rs");
    let asked = source.lines().filter(|line| line.contains("get("));
    let paths = asked.filter_map(|line| line.split_once("&at(\"")?.1.split_once('"'));
    let paths: Vec<&str> = paths.map(|(path, _)| path).collect();
    assert!(paths.len() >= 11, "{paths:?}");
    let looked = paths.into_iter().filter(|path| !OF_ADDRESSES.contains(path));
    looked.map(|path| path.split('{').next().unwrap_or_default().to_owned()).collect()
}

/// The page that hands a form onward to the provider, of which a payer sees the button where
/// nothing presses it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_with_the_form_for_the_provider_is_as_it_should_be() {
    let fresh = Engine::Sqlite.fresh();
    let borough = Borough::with_account(&fresh.url, FUSE).await;
    let browser = Browser::start().await;
    resize(&browser, SCREEN).await;
    let mut client = borough.client();
    leisure(&mut client, "LM000001", "24").await;
    browser.goto(format!("http://{}/cookies", borough.address)).await.unwrap();
    let cookie = Cookie::new("ims-visit", client.cookies["ims-visit"].clone());
    browser.add_cookie(cookie).await.unwrap();
    let mut eyes =
        Eyes { browser: &browser, borough: &borough, found: Vec::new(), seen: Vec::new() };
    for (path, lang) in [("/check", "en"), ("/cy/check", "cy")] {
        browser.goto(format!("http://{}{path}", borough.address)).await.unwrap();
        let pay = browser.find(By::Css("main form button[type=submit]")).await.unwrap();
        leaves(&browser, async { pay.click().await.unwrap() }).await;
        let form = browser.find(By::Css("main form[action^='https://testsecure']")).await;
        form.unwrap().find(By::Css("button")).await.unwrap();
        eyes.look("the form for the provider", lang, false).await;
    }
    assert!(eyes.found.is_empty(), "{}", eyes.found.join("\n"));
}
