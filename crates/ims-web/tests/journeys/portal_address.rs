//! A payer's address, found by its postcode.

use ims_testkit::{
    Engine,
    browser::{
        Browser,
        thirtyfour::{Key, prelude::*},
    },
    on_both,
    places::{Mood, PlacesStub},
};

use super::{
    borough::Borough,
    browser::{enter, keys, leaves, look, tab_to, title},
    client::{Answer, Client},
    log,
    portal::fill,
};

const STEP: &str = "/your-details/address";

/// A borough whose payers look their addresses up at the stub, and somebody who has to
/// say who they are.
async fn fined(url: &str) -> (Borough, PlacesStub, Client) {
    let (borough, stub) = Borough::with_places(url).await;
    let mut ann = borough.client();
    let fine = [("reference", "PN000001"), ("amount", "35")];
    assert_eq!(fill(&mut ann, "/pay/PK", &fine).await.status, 303);
    (borough, stub, ann)
}

async fn look_up(client: &mut Client, prefix: &str, postcode: &str) -> Answer {
    fill(client, &format!("{prefix}{STEP}"), &[("postcode", postcode)]).await
}

/// The value of the choice with these words.
fn choice(answer: &Answer, words: &str) -> String {
    let (before, _) = answer.body.split_once(&format!("\">{words}</option>")).unwrap();
    let (_, value) = before.rsplit_once("<option value=\"").unwrap();
    value.replace("&#34;", "\"").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Chooses on the page of addresses.
async fn choose(client: &mut Client, prefix: &str, page: &Answer, value: &str) -> Answer {
    let (csrf, postcode) = (page.hidden("csrf"), page.hidden("postcode"));
    let form = [("csrf", csrf.as_str()), ("postcode", &postcode), ("address", value)];
    client.post(&format!("{prefix}/your-details/choose"), &form).await
}

on_both! {
    async fn an_address_is_found_by_its_postcode_and_kept(url: &str) {
        let (borough, stub, mut ann) = fined(url).await;
        let first = ann.get("/your-details").await;
        first.shows(&["What is your address?", "name=\"postcode\"", "href=\"/your-details/by-hand\""]);
        assert!(!first.body.contains("name=\"line1\""), "the postcode comes first");
        let page = look_up(&mut ann, "", " zz11zz").await;
        assert_eq!(page.status, 200, "{page:?}");
        page.shows(&["Choose your address", "3 addresses found", "ZZ1 1ZZ"]);
        let two = page.body.find(">2 HIGH STREET, BRIGHTWATER<").unwrap();
        assert!(two < page.body.find(">10 HIGH STREET, BRIGHTWATER<").unwrap());
        let flat = choice(&page, "FLAT 1, MAPLE HOUSE, 12A HIGH STREET, LOWTON, BRIGHTWATER");
        let form = choose(&mut ann, "", &page, &flat).await;
        assert_eq!(form.status, 200);
        form.shows(&[
            "value=\"FLAT 1, MAPLE HOUSE\"", "value=\"12A HIGH STREET, LOWTON\"",
            "value=\"BRIGHTWATER\"", "value=\"ZZ1 1ZZ\"", "id=\"name\"",
        ]);
        let kept = ann.post("/your-details", &[
            ("csrf", &form.hidden("csrf")), ("name", "Ann Other"), ("line1", "FLAT 1, MAPLE HOUSE"),
            ("line2", "12A HIGH STREET"), ("town", "BRIGHTWATER"), ("postcode", "ZZ1 1ZZ"),
        ]).await;
        assert_eq!((kept.status, kept.header("location")), (303, "/check"), "{kept:?}");
        ann.get("/check").await.shows(&["Ann Other", "FLAT 1, MAPLE HOUSE"]);
        // Who has said it is shown it, and may look another up: the name stays.
        ann.get("/your-details").await.shows(&["value=\"Ann Other\"", "Look up an address"]);
        let page = look_up(&mut ann, "", "ZZ1 1ZZ").await;
        let two = choice(&page, "2 HIGH STREET, BRIGHTWATER");
        choose(&mut ann, "", &page, &two).await.shows(&["value=\"Ann Other\"", "value=\"2 HIGH STREET\""]);
        assert_eq!(stub.asked().len(), 2, "{:?}", stub.asked());
        // No UPRN is sent to a browser, and no postcode stands in the log.
        assert!(!page.body.contains("100090000002"), "{}", page.body);
        let said = log::said();
        assert!(!said.contains("ZZ11ZZ") && !said.contains("ZZ1 1ZZ"), "{said}");
        drop(borough);
    }

    async fn nobody_is_stuck_without_a_list(url: &str) {
        let (borough, stub, mut ann) = fined(url).await;
        for (typed, says) in [
            ("", "Enter your postcode"),
            ("ZZ1", "Enter the whole postcode"),
            ("75001", "Enter a UK postcode"),
            ("4111 1111 1111 1111", "This looks like a card number"),
        ] {
            let page = look_up(&mut ann, "", typed).await;
            assert_eq!(page.status, 422, "{typed}");
            page.shows(&[says, "There is a problem", "href=\"/your-details/by-hand\""]);
        }
        assert_eq!(stub.asked().len(), 0, "what is no postcode is not asked");
        let nobody = look_up(&mut ann, "", "ZZ9 9ZZ").await;
        assert_eq!(nobody.status, 422);
        nobody.shows(&["We found no address for ZZ9 9ZZ", "value=\"ZZ9 9ZZ\"", "/your-details/by-hand"]);
        let by_hand = ann.get("/your-details/by-hand").await;
        by_hand.shows(&["id=\"line1\"", "id=\"name\""]);
        for mood in [Mood::Refuses(500), Mood::Refuses(429), Mood::Babbles("?")] {
            stub.set(mood);
            let page = look_up(&mut ann, "", "zz1 1zz").await;
            assert_eq!(page.status, 200, "{mood:?}");
            page.shows(&["We cannot look up addresses at the moment", "id=\"line1\"", "value=\"ZZ1 1ZZ\""]);
        }
        stub.set(Mood::Answers);
        // Nothing chosen, or what no page of ours sent.
        let page = look_up(&mut ann, "", "ZZ1 1ZZ").await;
        for value in ["", "2 HIGH STREET", "[\"one\"]", "[1,2,3,4]"] {
            let again = choose(&mut ann, "", &page, value).await;
            assert_eq!(again.status, 422, "{value}");
            again.shows(&["Choose your address from the list", "href=\"#address\"", "3 addresses found"]);
        }
        // A name that is too long for a field is shown whole, with what is wrong.
        let page = look_up(&mut ann, "", "ZZ1 2ZZ").await;
        page.shows(&["1 address found"]);
        let name = "THE BRIGHTWATER AND DISTRICT HORTICULTURAL AND ARCHAEOLOGICAL SOCIETY";
        let long = choice(&page, &format!("{name}, 3 LOW STREET, BRIGHTWATER"));
        let page = choose(&mut ann, "", &page, &long).await;
        page.shows(&[&format!("value=\"{name}\""), "Address line 1 must be 50 characters or fewer"]);
        drop(borough);
    }

    async fn a_postcode_is_looked_up_only_so_often(url: &str) {
        let (borough, stub, mut ann) = fined(url).await;
        for _ in 0..20 {
            assert_eq!(look_up(&mut ann, "", "ZZ1 1ZZ").await.status, 200);
        }
        let often = look_up(&mut ann, "", "ZZ1 1ZZ").await;
        assert_eq!(often.status, 429);
        often.shows(&["Try again in 15 minutes. Or enter your address here.", "id=\"line1\"", "value=\"ZZ1 1ZZ\""]);
        assert_eq!(stub.asked().len(), 20);
        borough.clock.forward(chrono::TimeDelta::minutes(16));
        assert_eq!(look_up(&mut ann, "", "ZZ1 1ZZ").await.status, 200);
    }

    async fn nobody_looks_up_who_need_not_say_who_they_are(url: &str) {
        let (borough, stub, _) = fined(url).await;
        let mut eve = borough.client();
        let token = eve.get("/pay/LE").await.hidden("csrf");
        for (path, form) in [(STEP, "postcode"), ("/your-details/choose", "postcode")] {
            assert_eq!(eve.get(path).await.header("location"), "/your-details");
            let sent = eve.post(path, &[("csrf", &token), (form, "ZZ1 1ZZ")]).await;
            assert_eq!((sent.status, sent.header("location")), (303, "/your-details"));
            // Another site's form is none of ours.
            assert_eq!(eve.post(path, &[("csrf", "x"), (form, "ZZ1 1ZZ")]).await.status, 403);
        }
        assert_eq!(eve.get("/your-details/by-hand").await.header("location"), "/basket");
        assert_eq!(stub.asked().len(), 0);
    }

    async fn an_address_is_found_in_welsh(url: &str) {
        let (_borough, stub, mut ann) = fined(url).await;
        ann.get("/cy/your-details").await.shows(&["Beth yw eich cyfeiriad?", "Dod o hyd i&#39;r cyfeiriad"]);
        look_up(&mut ann, "/cy", "x").await.shows(&["Rhowch god post yn y DU", "Gwall:"]);
        let page = look_up(&mut ann, "/cy", "ZZ1 1ZZ").await;
        page.shows(&["Dewiswch eich cyfeiriad", "Wedi dod o hyd i 3 cyfeiriad", "action=\"/cy/your-details/choose\""]);
        let two = choice(&page, "2 HIGH STREET, BRIGHTWATER");
        let form = choose(&mut ann, "/cy", &page, &two).await;
        form.shows(&["value=\"2 HIGH STREET\"", "Enw llawn", "action=\"/cy/your-details\""]);
        // In the middle of it, the other language begins the step again.
        let other = ann.get("/your-details/choose").await;
        other.shows(&["What is your address?"]);
        stub.set(Mood::Refuses(503));
        look_up(&mut ann, "/cy", "ZZ1 1ZZ").await.shows(&["Ni allwn chwilio am gyfeiriadau"]);
    }
}

/// Without a way to look them up, the pages are as they are without this step.
#[tokio::test]
async fn a_council_that_has_addresses_typed_sees_none_of_it() {
    let fresh = Engine::Sqlite.fresh();
    let borough = Borough::of(&fresh.url).await;
    let mut ann = borough.client();
    fill(&mut ann, "/pay/PK", &[("reference", "PN000001"), ("amount", "35")]).await;
    let page = ann.get("/your-details").await;
    page.shows(&["id=\"line1\""]);
    assert!(!page.body.contains(STEP), "{}", page.body);
    assert_eq!(ann.get(STEP).await.header("location"), "/your-details");
}

/// By keyboard only, from the basket to the check page, with what goes wrong on the way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resident_finds_their_address_by_keyboard() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, stub) = Borough::with_places(&fresh.url).await;
    let browser = Browser::start().await;
    browser.goto(format!("http://{}/pay/PK", borough.address)).await.unwrap();
    tab_to(&browser, "reference").await;
    keys(&browser, "PN000001").await;
    tab_to(&browser, "amount").await;
    keys(&browser, "35").await;
    enter(&browser).await;
    tab_to(&browser, "Continue").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "What is your address? – Brightwater Borough Council");
    look(&browser, "portal-postcode").await;
    tab_to(&browser, "postcode").await;
    keys(&browser, "ZZ1").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: What is your address? – Brightwater Borough Council");
    look(&browser, "portal-postcode-error").await;
    stub.set(Mood::Refuses(503));
    tab_to(&browser, "postcode").await;
    keys(&browser, Key::Control + "a").await;
    keys(&browser, "zz1 1zz").await;
    enter(&browser).await;
    look(&browser, "portal-addresses-away").await;
    stub.set(Mood::Answers);
    tab_to(&browser, "Look up an address").await;
    enter(&browser).await;
    tab_to(&browser, "postcode").await;
    keys(&browser, "zz1 1zz").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Choose your address – Brightwater Borough Council");
    look(&browser, "portal-addresses").await;
    tab_to(&browser, "Continue").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Choose your address – Brightwater Borough Council");
    look(&browser, "portal-addresses-error").await;
    tab_to(&browser, "address").await;
    keys(&browser, "10 H").await;
    tab_to(&browser, "Continue").await;
    enter(&browser).await;
    let line1 = browser.find(By::Id("line1")).await.unwrap();
    assert_eq!(line1.value().await.unwrap().as_deref(), Some("10 HIGH STREET"));
    look(&browser, "portal-details-found").await;
    tab_to(&browser, "name").await;
    keys(&browser, "Ann Other").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Check what you are paying – Brightwater Borough Council");
    browser.goto(format!("http://{}/cy/your-details/address", borough.address)).await.unwrap();
    look(&browser, "portal-postcode-welsh").await;
    tab_to(&browser, "postcode").await;
    keys(&browser, "ZZ1 1ZZ").await;
    leaves(&browser, keys(&browser, Key::Enter)).await;
    look(&browser, "portal-addresses-welsh").await;
}
