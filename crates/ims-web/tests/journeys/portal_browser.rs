//! What residents meet, in a browser.

use ims_testkit::{
    Engine,
    browser::{
        Browser,
        thirtyfour::{Key, prelude::*},
    },
    govuk_pay::{Stub, Weather},
};

use super::{
    borough::Borough,
    browser::{click, enter, keys, look, tab_to, title},
    portal_mail::{jobs, only},
};

/// Puts something into the basket by its two fields.
async fn put(browser: &Browser, borough: &Borough, fund: &str, reference: &str, amount: &str) {
    browser.goto(format!("http://{}/pay/{fund}", borough.address)).await.unwrap();
    tab_to(browser, "reference").await;
    keys(browser, reference).await;
    if fund == "CT" {
        enter(browser).await;
    }
    tab_to(browser, "amount").await;
    keys(browser, Key::Control + "a").await;
    keys(browser, amount).await;
    enter(browser).await;
}

/// Goes on from the check page to the provider's, by keyboard.
pub async fn to_the_card(browser: &Browser, borough: &Borough) {
    browser.goto(format!("http://{}/check", borough.address)).await.unwrap();
    tab_to(browser, "Pay £").await;
    enter(browser).await;
    assert_eq!(title(browser).await, "Enter card details - a stub of GOV.UK Pay");
}

/// Enters a card on the provider's page and pays.
pub async fn enter_the_card(browser: &Browser) {
    browser.find(By::Id("card-no")).await.unwrap().send_keys("4444333322221111").await.unwrap();
    click(browser, "confirm").await;
}

/// What is in the basket, as the browser sees it.
async fn basket(browser: &Browser, borough: &Borough) -> String {
    browser.goto(format!("http://{}/basket", borough.address)).await.unwrap();
    browser.find(By::Id("main-content")).await.unwrap().text().await.unwrap()
}

/// A basket of three funds is paid at the stub of GOV.UK Pay: cancelled once,
/// then paid, to the receipt.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_basket_of_three_funds_is_paid_in_the_browser() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, stub, catcher) = Borough::with_mail(&fresh.url).await;
    let browser = Browser::start().await;
    put(&browser, &borough, "CT", "80000001", "120.50").await;
    put(&browser, &borough, "LE", "LM000001", "24").await;
    put(&browser, &borough, "PK", "PN000001", "35").await;
    browser.goto(format!("http://{}/your-details", borough.address)).await.unwrap();
    for (field, text) in [
        ("name", "Ann Other"),
        ("line1", "1 High Street"),
        ("town", "Brightwater"),
        ("postcode", "ZZ1 1ZZ"),
        ("mail", "ann.other@example.org"),
    ] {
        tab_to(&browser, field).await;
        keys(&browser, text).await;
    }
    enter(&browser).await;
    look(&browser, "portal-check-pay").await;

    to_the_card(&browser, &borough).await;
    assert_eq!(browser.find(By::Id("amount")).await.unwrap().text().await.unwrap(), "£179.50");
    click(&browser, "cancel-payment").await;
    assert_eq!(title(&browser).await, "Your payment was not made – Brightwater Borough Council");
    look(&browser, "portal-cancelled").await;
    assert!(basket(&browser, &borough).await.contains("£179.50"));

    to_the_card(&browser, &borough).await;
    let reference = stub.books().payments().last().unwrap().reference.clone();
    browser.goto(format!("http://{}/back/{reference}", borough.address)).await.unwrap();
    look(&browser, "portal-waiting").await;
    to_the_card(&browser, &borough).await;
    enter_the_card(&browser).await;
    assert_eq!(title(&browser).await, "Payment received – Brightwater Borough Council");
    look(&browser, "portal-receipt").await;
    let receipt = browser.find(By::Id("main-content")).await.unwrap().text().await.unwrap();
    let supplier = "Brightwater Borough Council, Town Hall, 1 Market Square, Brightwater, ZZ1 1ZZ";
    let vat = ["£4.00 of it is VAT at 20%", supplier, "GB 980 7806 84"];
    for shown in ["£120.50", "PN000001", "Total paid", "£179.50"].into_iter().chain(vat) {
        assert!(receipt.contains(shown), "{shown}: {receipt}");
    }
    browser.refresh().await.unwrap();
    assert_eq!(title(&browser).await, "Payment received – Brightwater Borough Council");
    browser.back().await.unwrap();
    assert!(basket(&browser, &borough).await.contains("empty"));
    assert_eq!(receipts_of(&borough).await, [("Ann Other".to_owned(), 17_950)]);
    assert_eq!(stub.books().payments().len(), 2);
    jobs(&borough).await;
    let letter = only(&catcher);
    assert_eq!(letter.to, ["ann.other@example.org"]);
    let invoiced = format!("Supplier: {supplier}\nVAT registration number: GB 980 7806 84\n");
    let rate = "Amount: £24.00\nVAT in it (20%): £4.00";
    for said in ["80000001", "LM000001", "PN000001", "£179.50", rate, &invoiced] {
        assert!(letter.text().contains(said), "{said}: {}", letter.text());
    }
}

/// Two tabs on one basket: the same payment in both, then one for each state of the
/// basket. What is paid is booked once, and the other tab takes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_pay_once() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, stub) = Borough::with_provider(&fresh.url, false).await;
    let browser = Browser::start().await;
    put(&browser, &borough, "LE", "LM000001", "24").await;
    let first = browser.window().await.unwrap();
    to_the_card(&browser, &borough).await;
    let second = browser.new_tab().await.unwrap();
    browser.switch_to_window(second.clone()).await.unwrap();
    to_the_card(&browser, &borough).await;
    assert_eq!(stub.books().payments().len(), 1, "one payment in both tabs");
    browser.switch_to_window(first.clone()).await.unwrap();
    enter_the_card(&browser).await;
    assert_eq!(title(&browser).await, "Payment received – Brightwater Borough Council");
    browser.switch_to_window(second.clone()).await.unwrap();
    enter_the_card(&browser).await;
    assert_eq!(title(&browser).await, "This payment is over - a stub of GOV.UK Pay");
    browser
        .find(By::LinkText("Go back to try the payment again"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    assert_eq!(title(&browser).await, "Payment received – Brightwater Borough Council");
    assert_eq!(receipts_of(&borough).await, [(String::new(), 2_400)]);

    // The second tab changes the basket while the first is at its card.
    browser.switch_to_window(first.clone()).await.unwrap();
    put(&browser, &borough, "LE", "LM000002", "5").await;
    to_the_card(&browser, &borough).await;
    browser.switch_to_window(second).await.unwrap();
    put(&browser, &borough, "LE", "LM000003", "6").await;
    to_the_card(&browser, &borough).await;
    browser.switch_to_window(first).await.unwrap();
    enter_the_card(&browser).await;
    assert_eq!(title(&browser).await, "This payment is over - a stub of GOV.UK Pay");
    assert_eq!(receipts_of(&borough).await, [(String::new(), 2_400)], "nothing was taken there");
    let payment = stub.books().payments().last().unwrap().clone();
    assert_eq!((stub.books().payments().len(), payment.amount), (3, 1_100));
    stub.pay(&payment.payment_id, "4444333322221111");
    browser.goto(format!("http://{}/back/{}", borough.address, payment.reference)).await.unwrap();
    assert_eq!(title(&browser).await, "Payment received – Brightwater Borough Council");
    let mut amounts: Vec<_> = receipts_of(&borough).await.into_iter().map(|(_, sum)| sum).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [1_100, 2_400]);
    assert!(borough.books().await.payment_exceptions(None, 9).await.unwrap().is_empty());
}

/// Presses the button of the form at `path`, after typing.
async fn send(browser: &Browser, borough: &Borough, path: &str, typed: &[(&str, &str)]) {
    browser.goto(format!("http://{}{path}", borough.address)).await.unwrap();
    for (field, text) in typed {
        tab_to(browser, field).await;
        keys(browser, *text).await;
    }
    enter(browser).await;
}

/// The pages of what went wrong, and of what is seldom seen: none breaks a rule.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_that_are_seldom_seen_can_be_used_by_everybody() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, stub) = Borough::with_provider(&fresh.url, false).await;
    let at = |path: &str| format!("http://{}{path}", borough.address);
    let browser = Browser::start().await;
    for (name, path) in [
        ("portal-fault", "/nowhere"),
        ("portal-fault-welsh", "/cy/nunlle"),
        ("portal-basket-empty-welsh", "/cy/basket"),
    ] {
        browser.goto(at(path)).await.unwrap();
        look(&browser, name).await;
    }
    for (name, number) in [
        ("portal-received-error", "0000-0000-0000-1"),
        ("portal-received-answer", "0000-0000-0000-0"),
    ] {
        send(&browser, &borough, "/received", &[("number", number)]).await;
        look(&browser, name).await;
    }

    put(&browser, &borough, "LE", "LM000001", "24").await;
    browser.goto(at("/cy/basket")).await.unwrap();
    look(&browser, "portal-basket-welsh").await;
    // Another tab puts something in after the check page was shown.
    browser.goto(at("/check")).await.unwrap();
    let cookie = browser.get_named_cookie("ims-visit").await.unwrap();
    let mut other = borough.client();
    other.cookies.insert("ims-visit".to_owned(), cookie.value);
    assert_eq!(super::portal::leisure(&mut other, "LM000002", "6").await.status, 303);
    tab_to(&browser, "Pay £").await;
    enter(&browser).await;
    look(&browser, "portal-check-changed").await;
    stub.books().set_weather(Weather { down: 1, ..Weather::default() });
    tab_to(&browser, "Pay £").await;
    enter(&browser).await;
    assert_eq!(
        title(&browser).await,
        "We could not start your payment – Brightwater Borough Council"
    );
    look(&browser, "portal-not-started").await;
    stub.books().set_weather(Weather::default());

    to_the_card(&browser, &borough).await;
    enter_the_card(&browser).await;
    let paid = stub.books().payments().last().unwrap().reference.clone();
    browser.goto(at(&format!("/cy/back/{paid}"))).await.unwrap();
    look(&browser, "portal-receipt-welsh").await;
    browser.goto(at("/received")).await.unwrap();
    browser.delete_all_cookies().await.unwrap();
    tab_to(&browser, "number").await;
    keys(&browser, "x").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Please go back and try again – Brightwater Borough Council");
    look(&browser, "portal-stale").await;
    browser.goto(at(&format!("/back/{paid}"))).await.unwrap();
    look(&browser, "portal-receipt-not-yours").await;

    let mut eve = borough.client();
    while eve.get("/back/0000-0000-0000-0").await.status != 429 {}
    browser.goto(at("/back/0000-0000-0000-0")).await.unwrap();
    look(&browser, "portal-too-often").await;

    let books = borough.books().await;
    let open = books.configuration_document().await.unwrap();
    assert!(open.contains("open = true"), "{open}");
    let today = borough.app.world().today();
    books.configure(&open.replace("open = true", "open = false"), today).await.unwrap();
    for (name, path) in [("portal-closed", "/"), ("portal-closed-welsh", "/cy")] {
        browser.goto(at(path)).await.unwrap();
        look(&browser, name).await;
    }
}

/// Who paid, and how much, of each receipt.
async fn receipts_of(borough: &Borough) -> Vec<(String, i64)> {
    let books = borough.books().await;
    let lines = books.find_receipts(&Default::default(), None, 50).await.unwrap();
    let mut numbers: Vec<_> = lines.into_iter().map(|row| row.number).collect();
    numbers.dedup();
    let mut found = Vec::new();
    for number in numbers {
        let shown = books.receipt(&number).await.unwrap();
        let name = shown.words.strip_prefix("paid by ").unwrap_or_default();
        let name = name.split(',').next().unwrap_or_default().to_owned();
        found.push((name, shown.receipt.total.get()));
    }
    found
}

/// Pays, with a browser that is gone before it comes back.
async fn pays_and_closes_the_tab(borough: &Borough, stub: &Stub) {
    let browser = Browser::start().await;
    put(&browser, borough, "LE", "LM000001", "24").await;
    to_the_card(&browser, borough).await;
    drop(browser);
    let payment = stub.books().payments().last().unwrap().payment_id.clone();
    stub.pay(&payment, "4444333322221111");
}

/// Whoever closes the tab after paying has paid: the provider's notice says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_closes_the_tab_has_paid_by_notice() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, stub) = Borough::with_provider(&fresh.url, true).await;
    pays_and_closes_the_tab(&borough, &stub).await;
    for _ in 0..100 {
        if !receipts_of(&borough).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(receipts_of(&borough).await, [(String::new(), 2_400)]);
}

/// Without a notice the poll finds it, and without the poll the night's sweep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_closes_the_tab_has_paid_by_poll_or_sweep() {
    for sweeps in [false, true] {
        let fresh = Engine::Sqlite.fresh();
        let (borough, stub) = Borough::with_provider(&fresh.url, false).await;
        pays_and_closes_the_tab(&borough, &stub).await;
        assert_eq!(receipts_of(&borough).await, []);
        let actor = ims_app::Actor::system("payments");
        let books = borough.app.books(Some("BRO"), actor).await.unwrap();
        if sweeps {
            let today = borough.app.world().today();
            borough.gateways.sweep(&books, today).await.unwrap();
        } else {
            // It is asked about a minute after it was started.
            borough.clock.forward(chrono::TimeDelta::minutes(2));
            borough.gateways.poll(&books).await.unwrap();
        }
        assert_eq!(receipts_of(&borough).await, [(String::new(), 2_400)], "by sweep: {sweeps}");
    }
}

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
    enter(&browser).await;
    look(&browser, "portal-account").await;
    tab_to(&browser, "reference").await;
    keys(&browser, "8000").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Council tax – Brightwater Borough Council");
    look(&browser, "portal-account-error").await;
    tab_to(&browser, "reference").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "80000001").await;
    enter(&browser).await;
    look(&browser, "portal-balance").await;
    tab_to(&browser, "amount").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "x").await;
    enter(&browser).await;
    look(&browser, "portal-balance-error").await;
    tab_to(&browser, "amount").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "120.50").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Your basket – Brightwater Borough Council");
    for (fund, reference, amount) in [("LE", "LM000001", "24"), ("PK", "PN000001", "35")] {
        browser.goto(at(&format!("/pay/{fund}"))).await.unwrap();
        tab_to(&browser, "reference").await;
        keys(&browser, reference).await;
        tab_to(&browser, "amount").await;
        keys(&browser, amount).await;
        enter(&browser).await;
    }
    look(&browser, "portal-basket").await;
    tab_to(&browser, "Continue").await;
    enter(&browser).await;
    look(&browser, "portal-details").await;
    tab_to(&browser, "name").await;
    keys(&browser, "Ann Other").await;
    enter(&browser).await;
    look(&browser, "portal-details-error").await;
    for (field, text) in
        [("line1", "1 High Street"), ("town", "Brightwater"), ("postcode", "ZZ1 1ZZ")]
    {
        tab_to(&browser, field).await;
        keys(&browser, text).await;
    }
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Check what you are paying – Brightwater Borough Council");
    look(&browser, "portal-check").await;
    tab_to(&browser, "Cymraeg").await;
    enter(&browser).await;
    assert_eq!(
        title(&browser).await,
        "Gwiriwch beth rydych yn ei dalu – Brightwater Borough Council"
    );
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

/// From the front page to the receipt with nothing but the tab key, Enter and typing, at
/// the provider's page too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_pays_by_keyboard_from_the_front_page_to_the_receipt() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, stub) = Borough::with_provider(&fresh.url, false).await;
    let browser = Browser::start().await;
    let of = |words: &str| format!("{words} – Brightwater Borough Council");
    browser.goto(format!("http://{}/", borough.address)).await.unwrap();
    // From here on no address is typed and nothing is clicked on.
    tab_to(&browser, "Leisure membership").await;
    enter(&browser).await;
    for (field, text) in [("reference", "LM000001"), ("amount", "24")] {
        tab_to(&browser, field).await;
        keys(&browser, text).await;
    }
    enter(&browser).await;
    assert_eq!(title(&browser).await, of("Your basket"));
    tab_to(&browser, "Add another payment").await;
    enter(&browser).await;
    tab_to(&browser, "Council tax").await;
    enter(&browser).await;
    tab_to(&browser, "reference").await;
    keys(&browser, "80000001").await;
    enter(&browser).await;
    tab_to(&browser, "amount").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "120.50").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, of("Your basket"));
    tab_to(&browser, "Continue").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, of("Check what you are paying"));
    tab_to(&browser, "Pay £144.50").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Enter card details - a stub of GOV.UK Pay");
    tab_to(&browser, "card-no").await;
    keys(&browser, "4444333322221111").await;
    tab_to(&browser, "confirm").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, of("Payment received"));
    let receipt = browser.find(By::Id("main-content")).await.unwrap().text().await.unwrap();
    for shown in ["LM000001", "80000001", "£144.50"] {
        assert!(receipt.contains(shown), "{shown}: {receipt}");
    }
    assert_eq!(receipts_of(&borough).await, [(String::new(), 14_450)]);
    let theirs = stub.books();
    assert_eq!((theirs.payments().len(), theirs.total()), (1, 14_450));
}
