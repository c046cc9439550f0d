//! The counter in a real browser: by keyboard only, on pages that break no rule of
//! accessibility.

use ims_testkit::{
    Engine,
    browser::{
        Browser,
        thirtyfour::{By, Key},
    },
};

use super::{
    browser::{enter, keys, leaves, look, tab_to, title},
    council::{self, PASSWORD, REFERENCE},
};

/// Signs in at the counter.
async fn sign_in(browser: &Browser, who: &str) {
    tab_to(browser, "username").await;
    keys(browser, who).await;
    tab_to(browser, "password").await;
    keys(browser, PASSWORD).await;
    enter(browser).await;
}

async fn text(browser: &Browser, css: &'static str) -> String {
    browser.find(By::Css(css)).await.unwrap().text().await.unwrap()
}

/// A till is opened, money is taken into it, and it is counted short; a second person
/// says yes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cashiers_day_by_keyboard() {
    let fresh = Engine::Sqlite.fresh();
    let served = council::served(&fresh.url).await;
    let at = |path: &str| format!("http://{}{path}", served.address);
    let browser = Browser::start().await;
    browser.goto(at("/office/counter")).await.unwrap();
    sign_in(&browser, "cashier").await;
    assert_eq!(title(&browser).await, "Counter – Anyborough Council");
    look(&browser, "counter").await;
    tab_to(&browser, "till").await;
    keys(&browser, "Front").await;
    tab_to(&browser, "coins-100").await;
    keys(&browser, "fifty").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Counter – Anyborough Council");
    look(&browser, "counter-error").await;
    tab_to(&browser, "coins-100").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "50").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "T1: Front desk – Anyborough Council");
    look(&browser, "counter-take").await;

    tab_to(&browser, "fund-1").await;
    keys(&browser, "Council").await;
    tab_to(&browser, "reference-1").await;
    keys(&browser, "8000000I").await;
    tab_to(&browser, "amount-1").await;
    keys(&browser, "15").await;
    tab_to(&browser, "given").await;
    keys(&browser, "20").await;
    // The first button is not the one that takes the money.
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: T1: Front desk – Anyborough Council");
    let wrong = text(&browser, "#reference-1-error").await;
    assert!(wrong.contains("Perhaps 80000001"), "{wrong}");
    look(&browser, "counter-take-error").await;
    tab_to(&browser, "reference-1").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, REFERENCE).await;
    enter(&browser).await;
    let comes = text(&browser, ".govuk-inset-text").await;
    assert_eq!(comes, "It comes to £15.00. Of £20.00, £5.00 is change.");
    look(&browser, "counter-checked").await;
    tab_to(&browser, "Take the money").await;
    enter(&browser).await;
    let done = text(&browser, ".govuk-notification-banner").await;
    assert!(done.contains("Change to give back: £5.00"), "{done}");
    look(&browser, "counter-taken").await;

    for (method, name) in [
        ("Cheque", "counter-cheque"),
        ("Post", "counter-post"),
        ("Card at the desk", "counter-card"),
    ] {
        tab_to(&browser, "by").await;
        keys(&browser, method).await;
        tab_to(&browser, "Check").await;
        enter(&browser).await;
        // What it asks for is shown before anything is missing.
        assert_eq!(title(&browser).await, "T1: Front desk – Anyborough Council");
        look(&browser, name).await;
    }
    tab_to(&browser, "fund-1").await;
    keys(&browser, "Council").await;
    for (field, words) in
        [("reference-1", REFERENCE), ("amount-1", "7"), ("terminal", "K7"), ("batch", "17")]
    {
        tab_to(&browser, field).await;
        keys(&browser, words).await;
    }
    tab_to(&browser, "Add a line").await;
    enter(&browser).await;
    look(&browser, "counter-two-lines").await;
    tab_to(&browser, "Take the money").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "T1: Front desk – Anyborough Council");

    tab_to(&browser, "Count it at the end of the day").await;
    enter(&browser).await;
    look(&browser, "counter-count").await;
    tab_to(&browser, "coins-100").await;
    keys(&browser, "60").await;
    tab_to(&browser, "card-0").await;
    keys(&browser, "7").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Count T1 – Anyborough Council");
    look(&browser, "counter-count-error").await;
    tab_to(&browser, "bag").await;
    keys(&browser, "B17").await;
    enter(&browser).await;
    let counted = text(&browser, "tbody").await;
    assert!(counted.contains("£15.00 £10.00 \u{2212}£5.00"), "{counted}");
    look(&browser, "counter-counted").await;

    tab_to(&browser, "Sign out").await;
    enter(&browser).await;
    browser.goto(at("/office/counter/T1")).await.unwrap();
    sign_in(&browser, "manager").await;
    look(&browser, "counter-difference").await;
    tab_to(&browser, "reason").await;
    keys(&browser, "a note was torn").await;
    tab_to(&browser, "Pay it in as counted").await;
    leaves(&browser, keys(&browser, Key::Space)).await;
    assert_eq!(text(&browser, ".govuk-summary-list__value").await, "Paid in");
    look(&browser, "counter-paid-in").await;
}
