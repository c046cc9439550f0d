//! What residents meet, in a browser.

use ims_testkit::{
    Engine,
    browser::{
        Browser,
        thirtyfour::Key,
    },
};

use super::{
    borough::Borough,
    browser::{keys, look, tab_to, title},
};

/// By keyboard only, from the front page to the check page, in both languages,
/// on pages that break no rule of accessibility.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_fills_a_basket_by_keyboard() {
    let fresh = Engine::Sqlite.fresh();
    let borough = Borough::of(&fresh.url).await;
    let at = |path: &str| format!("http://{}{path}", borough.address);
    let browser = Browser::start().await;
    browser.goto(at("/")).await.unwrap();
    look(&browser, "portal-front").await;
    tab_to(&browser, "Council tax").await;
    keys(&browser, Key::Enter).await;
    look(&browser, "portal-account").await;
    tab_to(&browser, "reference").await;
    keys(&browser, "8000").await;
    keys(&browser, Key::Enter).await;
    assert_eq!(title(&browser).await, "Error: Council tax – Brightwater Borough Council");
    look(&browser, "portal-account-error").await;
    tab_to(&browser, "reference").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "80000001").await;
    keys(&browser, Key::Enter).await;
    look(&browser, "portal-balance").await;
    tab_to(&browser, "amount").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "x").await;
    keys(&browser, Key::Enter).await;
    look(&browser, "portal-balance-error").await;
    tab_to(&browser, "amount").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "120.50").await;
    keys(&browser, Key::Enter).await;
    assert_eq!(title(&browser).await, "Your basket – Brightwater Borough Council");
    for (fund, reference, amount) in [("LE", "LM000001", "24"), ("PK", "PN000001", "35")] {
        browser.goto(at(&format!("/pay/{fund}"))).await.unwrap();
        tab_to(&browser, "reference").await;
        keys(&browser, reference).await;
        tab_to(&browser, "amount").await;
        keys(&browser, amount).await;
        keys(&browser, Key::Enter).await;
    }
    look(&browser, "portal-basket").await;
    tab_to(&browser, "Continue").await;
    keys(&browser, Key::Enter).await;
    look(&browser, "portal-details").await;
    tab_to(&browser, "name").await;
    keys(&browser, "Ann Other").await;
    keys(&browser, Key::Enter).await;
    look(&browser, "portal-details-error").await;
    for (field, text) in [("line1", "1 High Street"), ("town", "Brightwater"), ("postcode", "ZZ1 1ZZ")] {
        tab_to(&browser, field).await;
        keys(&browser, text).await;
    }
    keys(&browser, Key::Enter).await;
    assert_eq!(title(&browser).await, "Check what you are paying – Brightwater Borough Council");
    look(&browser, "portal-check").await;
    tab_to(&browser, "Cymraeg").await;
    keys(&browser, Key::Enter).await;
    assert_eq!(title(&browser).await, "Gwiriwch beth rydych yn ei dalu – Brightwater Borough Council");
    look(&browser, "portal-check-welsh").await;
    for (name, path) in [
        ("portal-front-welsh", "/cy"),
        ("portal-received", "/received"),
        ("portal-cookies", "/cookies"),
        ("portal-absent", "/pay/XX"),
    ] {
        browser.goto(at(path)).await.unwrap();
        look(&browser, name).await;
    }
}
