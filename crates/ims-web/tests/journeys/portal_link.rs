//! Payment links on the portal: shown, put into the basket, paid once; and what is
//! said when they cannot be.

use chrono::TimeDelta;
use ims_app::{Actor, LinkUses, LinkView};
use ims_testkit::{
    Engine,
    browser::{Browser, thirtyfour::prelude::*},
    on_both,
};

use super::{
    borough::Borough,
    browser::{enter, keys, look, tab_to, title},
    client::{Answer, Client},
    log,
    portal::{fill, leisure},
    portal_browser::{enter_the_card, to_the_card},
    portal_pays::{GOOD, back, led_to, press, receipts},
};

fn address(link: &LinkView) -> String {
    format!("/link/{}", link.token.as_ref().unwrap())
}

/// Presses the button of a link's page.
async fn follow(client: &mut Client, link: &LinkView) -> Answer {
    fill(client, &address(link), &[]).await
}

on_both! {
    async fn a_link_is_shown_and_its_lines_are_paid(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let lines = [("CT", "80000001", Some(5_000)), ("LE", "LM000001", None)];
        let link = borough.link(LinkUses::Once, &lines).await;
        let mut ann = borough.client();
        let page = ann.get(&address(&link)).await;
        assert_eq!(page.status, 200);
        page.shows(&[
            "Your notice of 3 April", "Council tax", "80000001", "£50.00", "You say how much",
            "How much do you want to pay for leisure membership?", "Nothing is paid yet",
        ]);
        ann.get("/basket").await.shows(&["Your basket is empty."]);
        ann.get(&format!("/cy{}", address(&link))).await.shows(&["<html lang=\"cy\"", "Treth gyngor", "Chi sy&#39;n dweud faint"]);

        let none = fill(&mut ann, &address(&link), &[("amount-2", "")]).await;
        assert_eq!(none.status, 422);
        none.shows(&["Error: Pay the council", "Enter an amount", "href=\"#amount-2\""]);
        let few = fill(&mut ann, &address(&link), &[("amount-2", "0.99")]).await;
        few.shows(&["Amount must be £1.00 or more"]);
        ann.get("/basket").await.shows(&["Your basket is empty."]);
        let put = fill(&mut ann, &address(&link), &[("amount-1", "1"), ("amount-2", "24")]).await;
        assert_eq!((put.status, put.header("location")), (303, "/basket"));
        ann.get("/basket").await.shows(&["£50.00", "£24.00", "£74.00"]);
        let payment = led_to(&press(&mut ann).await);
        stub.pay(&payment, GOOD);
        ann.get(&back(&stub, &payment)).await.shows(&["Payment received", "£74.00"]);

        let mut bob = borough.client();
        for again in [bob.get(&address(&link)).await, ann.get(&address(&link)).await] {
            assert_eq!(again.status, 410);
            again.shows(&["This has been paid already", "You do not need to pay it again", "Telephone 01632"]);
            assert!(!again.body.contains("80000001") && !again.body.contains("50.00"), "{}", again.body);
        }
        let late = fill_at(&mut bob, &address(&link)).await;
        assert_eq!(late.status, 410);
        assert_eq!(receipts(&borough).await, 2, "a line each");
        // Whoever reads the log cannot follow the link.
        let written = log::said();
        assert!(written.contains("/link/{link}") && !written.contains(link.token.as_ref().unwrap()));
    }

    /// Somebody else has paid what lies in the basket: the check page says so, and
    /// nothing is asked of the provider.
    async fn the_second_is_told_before_they_pay(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let link = borough.link(LinkUses::Once, &[("CT", "80000001", Some(5_000))]).await;
        let (mut ann, mut bob) = (borough.client(), borough.client());
        for client in [&mut ann, &mut bob] {
            assert_eq!(follow(client, &link).await.status, 303);
        }
        let payment = led_to(&press(&mut ann).await);
        bob.get(&address(&link)).await.shows(&["Somebody has started to pay by this link"]);
        stub.pay(&payment, GOOD);
        ann.get(&back(&stub, &payment)).await.shows(&["Payment received"]);
        let told = press(&mut bob).await;
        assert_eq!(told.status, 409);
        told.shows(&["80000001 has been paid already, by somebody else"]);
        assert_eq!(stub.books().payments().len(), 1);
    }

    /// Both are at the provider's before either has paid.
    async fn two_who_pay_at_once_are_both_booked_and_one_is_raised(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let link = borough.link(LinkUses::Once, &[("CT", "80000001", Some(5_000))]).await;
        let mut payments = Vec::new();
        for _ in 0..2 {
            let mut client = borough.client();
            follow(&mut client, &link).await;
            let payment = led_to(&press(&mut client).await);
            payments.push((client, payment));
        }
        for (_, payment) in &payments {
            stub.pay(payment, GOOD);
        }
        for (client, payment) in &mut payments {
            client.get(&back(&stub, payment)).await.shows(&["Payment received", "£50.00"]);
        }
        let raised = borough.books().await.payment_exceptions(None, 9).await.unwrap();
        assert_eq!(raised.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["twice"]);
        assert_eq!(receipts(&borough).await, 2);
        let books = borough.app.books(Some("BRO"), Actor::system("test")).await.unwrap();
        assert!(books.verify(None).await.unwrap().ok);
    }

    async fn guessing_ends_soon_and_who_has_a_link_follows_it_all_the_same(url: &str) {
        let (borough, _stub) = Borough::with_provider(url, false).await;
        let link = borough.link(LinkUses::Many, &[("LE", "LM000001", Some(500))]).await;
        let mut eve = borough.client();
        let good = address(&link);
        let changed = format!("{}{}", &good[..good.len() - 1], if good.ends_with('A') { 'E' } else { 'A' });
        for bad in ["/link/x", &changed, &good[..good.len() - 1], &format!("{good}A")] {
            let page = eve.get(bad).await;
            assert_eq!(page.status, 404, "{bad}");
            page.shows(&["This link does not work", "ask the council for a new link", "No money has been taken"]);
            assert_eq!(fill_at(&mut eve, bad).await.status, 404, "{bad}");
        }
        for _ in 0..120 {
            eve.get("/link/x").await;
        }
        assert_eq!(eve.get("/link/x").await.status, 429);
        assert_eq!(fill_at(&mut eve, "/link/x").await.status, 429);
        assert_eq!(eve.get(&good).await.status, 200);
        assert_eq!(follow(&mut eve, &link).await.status, 303);
        eve.get("/basket").await.shows(&["LM000001", "£5.00"]);
    }

    async fn a_link_taken_back_or_over_says_so(url: &str) {
        let (borough, _stub) = Borough::with_provider(url, false).await;
        let lines = [("LE", "LM000001", Some(500))];
        let (gone, over) = (borough.link(LinkUses::Once, &lines).await, borough.link(LinkUses::Once, &lines).await);
        let mut ann = borough.client();
        follow(&mut ann, &gone).await;
        borough.books().await.withdraw_link(gone.id, "a mistake").await.unwrap();
        let page = ann.get(&address(&gone)).await;
        assert_eq!(page.status, 410);
        page.shows(&["You do not need this link any more", "The council has withdrawn this link"]);
        let told = press(&mut ann).await;
        assert_eq!(told.status, 409);
        told.shows(&["The council has withdrawn the payment link for LM000001"]);
        borough.clock.forward(TimeDelta::days(3));
        let page = ann.get(&address(&over)).await;
        assert_eq!(page.status, 410);
        page.shows(&["This link has ended", "Ask the council for a new link"]);
        assert_eq!(leisure(&mut borough.client(), "LM000001", "5").await.status, 303, "it is paid without it");
    }

    /// What the fund's own rules say counts when it is paid, whatever the link says.
    async fn what_cannot_be_paid_any_more_is_said_on_the_links_page(url: &str) {
        let (borough, _stub) = Borough::with_provider(url, false).await;
        let link = borough.link(LinkUses::Once, &[("CT", "80000001", Some(5_000))]).await;
        borough.books().await.stop_holder(("CT", "80000001"), "B", "asked").await.unwrap();
        let page = follow(&mut borough.client(), &link).await;
        assert_eq!(page.status, 422);
        page.shows(&["There is a problem", "We cannot take this payment online. Please telephone 01632 960001."]);
    }
}

/// Sends the form of no page, as a guesser does.
async fn fill_at(client: &mut Client, path: &str) -> Answer {
    let token = client.get("/received").await.hidden("csrf");
    client.post(path, &[("csrf", &token)]).await
}

/// A letter's code is scanned: what it is for, an amount by keyboard, paid; and the
/// pages of links that cannot be, in both languages, on pages that break no rule of
/// accessibility.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_is_followed_and_paid_by_keyboard() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, _stub) = Borough::with_provider(&fresh.url, false).await;
    let at = |path: &str| format!("http://{}{path}", borough.address);
    let lines = [("CT", "80000001", Some(5_000)), ("LE", "LM000001", None)];
    let link = borough.link(LinkUses::Once, &lines).await;
    let gone = borough.link(LinkUses::Once, &lines).await;
    borough.books().await.withdraw_link(gone.id, "a mistake").await.unwrap();
    let browser = Browser::start().await;
    browser.goto(at(&address(&link))).await.unwrap();
    look(&browser, "portal-link").await;
    tab_to(&browser, "Cymraeg").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Talu'r cyngor – Brightwater Borough Council");
    look(&browser, "portal-link-welsh").await;
    browser.goto(at(&address(&link))).await.unwrap();
    tab_to(&browser, "Put it in your basket").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Pay the council – Brightwater Borough Council");
    look(&browser, "portal-link-error").await;
    tab_to(&browser, "amount-2").await;
    keys(&browser, "24").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Your basket – Brightwater Borough Council");
    to_the_card(&browser, &borough).await;
    browser.goto(at(&address(&link))).await.unwrap();
    look(&browser, "portal-link-under-way").await;
    to_the_card(&browser, &borough).await;
    enter_the_card(&browser).await;
    assert_eq!(title(&browser).await, "Payment received – Brightwater Borough Council");
    for (name, path) in [
        ("portal-link-paid", address(&link)),
        ("portal-link-paid-welsh", format!("/cy{}", address(&link))),
        ("portal-link-withdrawn", address(&gone)),
        ("portal-link-unknown", "/link/changed".to_owned()),
    ] {
        browser.goto(at(&path)).await.unwrap();
        look(&browser, name).await;
    }
    borough.clock.forward(TimeDelta::days(3));
    let over = borough.link(LinkUses::Once, &lines).await;
    borough.clock.forward(TimeDelta::days(3));
    browser.goto(at(&address(&over))).await.unwrap();
    assert_eq!(title(&browser).await, "This link has ended – Brightwater Borough Council");
    look(&browser, "portal-link-expired").await;
    let text = browser.find(By::Id("main-content")).await.unwrap().text().await.unwrap();
    assert!(text.contains("Ask the council for a new link"), "{text}");
}
