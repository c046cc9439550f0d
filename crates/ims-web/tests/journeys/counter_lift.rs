//! Cash lifted from the drawer to the safe, on the counter's pages.

use ims_app::TillStatus;
use ims_testkit::{Engine, browser::Browser, on_both};

use super::{
    browser::{enter, keys, look, tab_to, title},
    council::{self, PASSWORD},
    counter::{CASH, at_desk_of, books, send},
};

const AT: &str = "/office/counter/T1/lift";

on_both! {
    /// The same form twice lifts once; what was lifted counts as the till's at its end.
    async fn cash_is_lifted_once_and_counted_with_the_rest(url: &str) {
        let served = council::served(url).await;
        let mut client = at_desk_of(served.client(), "cashier").await;
        let page = client.get("/office/counter/T1").await;
        page.shows(&["href=\"/office/counter/T1/lift\""]);
        assert!(!page.body.contains("Lifted to the safe"), "{}", page.body);
        assert_eq!(send(&mut client, &page, "/office/counter/T1", CASH).await.status, 303);
        let form = client.get(AT).await;
        for (typed, words) in [
            (&[("coins-100", "")][..], "Nothing is lifted"),
            (&[("coins-100", "ten")][..], "Number of £1 coins must be a whole number"),
        ] {
            let wrong = send(&mut client, &form, AT, typed).await;
            assert_eq!(wrong.status, 422);
            wrong.shows(&[words]);
        }
        let tens = [("coins-1000", "3"), ("bag", "B16")];
        for _ in 0..2 {
            let lifted = send(&mut client, &form, AT, &tens).await;
            assert_eq!((lifted.status, lifted.header("location")), (303, "/office/counter/T1"), "{}", lifted.body);
        }
        let other = send(&mut client, &form, AT, &[("coins-1000", "2")]).await;
        assert_eq!(other.status, 422);
        other.shows(&["This form was sent before, and what it lifted then stands"]);
        assert_ne!(other.hidden("key"), form.hidden("key"));
        let page = client.get("/office/counter/T1").await;
        page.shows(&["Lifted to the safe", "£30.00 on "]);
        assert_eq!(page.body.matches("£30.00 on ").count(), 1);
        // Nobody lifts from somebody else's.
        let mut second = served.client_of("second").await;
        assert_eq!(second.get(AT).await.header("location"), "/office/counter/T1");
        let theirs = second.get("/office/counter").await;
        assert_eq!(send(&mut second, &theirs, AT, &tens).await.status, 409);
        let mut auditor = served.client_of("auditor").await;
        let list = auditor.get("/office/counter").await;
        let fields = [("csrf", list.hidden("csrf")), ("key", form.hidden("key")), ("coins-1000", "1".to_owned())];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(auditor.post(AT, &fields).await.status, 403);

        let count = client.get("/office/counter/T1/count").await;
        let done = send(&mut client, &count, "/office/counter/T1/count", &[("coins-100", "35"), ("bag", "B17")]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        let late = send(&mut client, &form, AT, &[("coins-1000", "1"), ("bag", "B18")]).await;
        assert!(late.status == 409 || late.status == 422, "{}", late.body);
        let books = books(&served).await;
        let view = books.till_session(books.till_numbered("T1").await.unwrap()).await.unwrap();
        let counted = view.counted.unwrap();
        assert_eq!((view.status, counted.expected.get(), counted.over.get()), (TillStatus::Closed, 1_500, 0));
        assert_eq!(view.lifts.iter().map(|lift| lift.amount.get()).collect::<Vec<_>>(), [3_000]);
        assert!(books.verify(None).await.unwrap().ok);
    }
}

on_both! {
    /// What was mistyped counts no more, and both it and the reason stay to be seen.
    async fn a_mistyped_lift_is_taken_back(url: &str) {
        let served = council::served(url).await;
        let mut client = at_desk_of(served.client(), "cashier").await;
        let form = client.get(AT).await;
        assert_eq!(send(&mut client, &form, AT, &[("coins-1000", "2")]).await.status, 303);
        let page = client.get("/office/counter/T1").await;
        page.shows(&["href=\"/office/counter/T1/lifts/1\"", "Take it back"]);
        let at = "/office/counter/T1/lifts/1";
        let form = client.get(at).await;
        form.shows(&["Take back a lift from T1", "£20.00 went to the safe"]);
        for (typed, words) in [
            (" ", "Enter what was wrong with it"),
            ("4111-1111-1111-1111", "never write one"),
        ] {
            let wrong = send(&mut client, &form, at, &[("reason", typed)]).await;
            assert_eq!(wrong.status, 422);
            wrong.shows(&["Error: Take back a lift from T1", words]);
            assert!(!wrong.body.contains("4111"), "{}", wrong.body);
        }
        // Nobody takes back from somebody else's, nor what is not there.
        let mut second = served.client_of("second").await;
        assert_eq!(second.get(at).await.header("location"), "/office/counter/T1");
        let theirs = second.get("/office/counter").await;
        assert_eq!(send(&mut second, &theirs, at, &[("reason", "why")]).await.status, 409);
        assert_eq!(client.get("/office/counter/T1/lifts/2").await.status, 404);
        for _ in 0..2 {
            let back = send(&mut client, &form, at, &[("reason", "one, not two")]).await;
            assert_eq!((back.status, back.header("location")), (303, "/office/counter/T1"), "{}", back.body);
        }
        let page = client.get("/office/counter/T1").await;
        page.shows(&["£20.00 on ", "(taken back by cashier: one, not two)"]);
        assert!(!page.body.contains("Take it back"), "{}", page.body);
        assert_eq!(client.get(at).await.header("location"), "/office/counter/T1");
        let books = books(&served).await;
        let id = books.till_numbered("T1").await.unwrap();
        let counted = books.till_session(id).await.unwrap();
        assert_eq!((counted.lifts.len(), counted.lifts_back.len()), (1, 1));
        let count = client.get("/office/counter/T1/count").await;
        let float = [("coins-1000", "3"), ("coins-100", "20"), ("bag", "B1")];
        assert_eq!(send(&mut client, &count, "/office/counter/T1/count", &float).await.status, 303);
        let done = books.till_session(id).await.unwrap();
        assert_eq!((done.status, done.counted.unwrap().counted.get()), (TillStatus::Closed, 0));
        client.get("/office/counter/T1").await.shows(&["taken back by cashier"]);
        assert!(books.verify(None).await.unwrap().ok);
    }

    /// A manager takes a cashier's lift back while it is to be counted again.
    async fn a_lift_is_taken_back_before_a_recount(url: &str) {
        let served = council::served(url).await;
        let mut client = at_desk_of(served.client(), "cashier").await;
        let form = client.get(AT).await;
        assert_eq!(send(&mut client, &form, AT, &[("coins-1000", "2")]).await.status, 303);
        let count = client.get("/office/counter/T1/count").await;
        let float = [("coins-1000", "3"), ("coins-100", "20"), ("bag", "B1")];
        assert_eq!(send(&mut client, &count, "/office/counter/T1/count", &float).await.status, 303);
        let mut manager = served.client_of("manager").await;
        let page = manager.get("/office/counter/T1").await;
        assert!(!page.body.contains("Take it back"), "{}", page.body);
        let said = [("approval", page.hidden("approval")), ("csrf", page.hidden("csrf"))];
        let fields = [("approval", said[0].1.as_str()), ("csrf", said[1].1.as_str()), ("reason", "the lift"), ("do", "no")];
        assert_eq!(manager.post("/office/counter/T1/difference", &fields).await.status, 303);
        manager.get("/office/counter/T1").await.shows(&["To be counted again", "Take it back"]);
        let own = client.get("/office/counter/T1").await;
        assert!(!own.body.contains("Take it back"), "{}", own.body);
        let at = "/office/counter/T1/lifts/1";
        let form = manager.get(at).await;
        form.shows(&["is counted with the drawer"]);
        assert_eq!(send(&mut manager, &form, at, &[("reason", "none was lifted")]).await.status, 303);
        let count = client.get("/office/counter/T1/count").await;
        assert_eq!(send(&mut client, &count, "/office/counter/T1/count", &float).await.status, 303);
        let books = books(&served).await;
        let done = books.till_session(books.till_numbered("T1").await.unwrap()).await.unwrap();
        assert_eq!((done.status, done.counted.unwrap().over.get()), (TillStatus::Closed, 0));
    }
}

/// Lifting can be done by everybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cash_is_lifted_by_keyboard() {
    let fresh = Engine::Sqlite.fresh();
    let served = council::served(&fresh.url).await;
    at_desk_of(served.client(), "cashier").await;
    let browser = Browser::start().await;
    browser.goto(format!("http://{}/office/counter", served.address)).await.unwrap();
    tab_to(&browser, "username").await;
    keys(&browser, "cashier").await;
    tab_to(&browser, "password").await;
    keys(&browser, PASSWORD).await;
    enter(&browser).await;
    tab_to(&browser, "Lift cash to the safe").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Lift cash from T1 – Anyborough Council");
    look(&browser, "counter-lift").await;
    tab_to(&browser, "Lift it to the safe").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Error: Lift cash from T1 – Anyborough Council");
    look(&browser, "counter-lift-error").await;
    tab_to(&browser, "coins-1000").await;
    keys(&browser, "2").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "T1: Front desk – Anyborough Council");
    look(&browser, "counter-lifted").await;
    tab_to(&browser, "Take it back").await;
    enter(&browser).await;
    assert_eq!(title(&browser).await, "Take back a lift from T1 – Anyborough Council");
    look(&browser, "counter-take-back").await;
    tab_to(&browser, "Take the lift back").await;
    enter(&browser).await;
    look(&browser, "counter-take-back-error").await;
    tab_to(&browser, "reason").await;
    keys(&browser, "one, not two").await;
    enter(&browser).await;
    look(&browser, "counter-taken-back").await;
}
