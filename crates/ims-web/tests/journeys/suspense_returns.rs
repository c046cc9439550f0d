//! Suspense that is to be given back to who paid it, and is not: by the page and by a program.

use ims_app::{Actor, Permission};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_testkit::on_both;
use serde_json::json;

use super::{
    api_tills::{get, post},
    council::{self, Served},
};

/// The oldest item; so much of it is to be given back.
async fn to_give_back(served: &Served, pence: i64) -> SuspenseId {
    let hands = async |name| {
        let actor = Actor::holding(name, Permission::ALL);
        served.app.books(Some("ANY"), actor).await.unwrap()
    };
    let (asks, decides) = (hands("ann").await, hands("bob").await);
    let item = asks.open_suspense(None, 1).await.unwrap().remove(0).id;
    let part = Some(Pence::new(pence));
    let asked = asks.return_suspense(item, part, "<i>paid twice</i>", None).await.unwrap();
    decides.approve_suspense_return(asked, "seen").await.unwrap();
    item
}

on_both! {
    async fn an_officer_cancels_a_return_on_the_items_page(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("officer").await;
        let item = to_give_back(&served, 300).await;
        let path = format!("/office/suspense/{item}");
        let page = client.get(&path).await;
        page.shows(&["To be given back to who paid it", "£3.00, approved by bob", "&#60;i&#62;paid twice"]);
        let (_, rest) = page.body.split_once(&format!("action=\"{path}/returns/")).unwrap();
        let back = rest.split('"').next().unwrap().to_owned();
        let send = format!("{path}/returns/{back}");
        let csrf = page.hidden("csrf");

        // Who may see it and decide nothing about it reads it.
        let mut auditor = served.client_of("auditor").await;
        let seen = auditor.get(&path).await;
        seen.shows(&["£3.00, approved by bob"]);
        assert!(!seen.body.contains("Cancel the return"));
        let theirs = auditor.get("/office").await.hidden("csrf");
        assert_eq!(auditor.post(&send, &[("csrf", &theirs), ("why", "x")]).await.status, 403);

        for (why, says) in [(" ".to_owned(), "reason"), ("x".repeat(501), "500 characters or fewer")] {
            let wrong = client.post(&send, &[("csrf", &csrf), ("why", &why)]).await;
            assert_eq!(wrong.status, 422);
            wrong.shows(&["<title>Error: Suspense item", &format!("href=\"#why-{back}\""), says]);
        }
        for _ in 0..2 {
            let done = client.post(&send, &[("csrf", &csrf), ("why", "they owe rent")]).await;
            assert_eq!((done.status, done.header("location")), (303, path.as_str()));
        }
        let page = client.get(&path).await;
        assert!(!page.body.contains("To be given back"));
        let other = client.post(&send, &[("csrf", &csrf), ("why", "another reason")]).await;
        assert_eq!(other.status, 422);
        other.shows(&["was taken back by officer"]);
        for gone in [format!("{path}/returns/x"), format!("{path}/returns/{item}")] {
            let none = client.post(&gone, &[("csrf", &csrf), ("why", "why")]).await;
            assert_eq!(none.status, 404, "{gone}");
        }
    }

    async fn a_program_cancels_a_return(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("manager").await;
        let item = to_give_back(&served, 300).await;
        to_give_back(&served, 200).await;
        let at = "/api/v1/suspense-returns";
        let (status, first) = get(&mut client, &format!("{at}?limit=1")).await;
        assert_eq!((status, &first["suspense_returns"][0]["amount_pence"]), (200, &200.into()));
        let next = first["next"].as_str().unwrap();
        let (_, second) = get(&mut client, &format!("{at}?after={next}")).await;
        let one = &second["suspense_returns"][0];
        assert_eq!((&one["amount_pence"], &one["state"]), (&300.into(), &"open".into()));
        assert_eq!((&one["suspense_id"], &second["next"]), (&item.to_string().into(), &().into()));

        let cancel = format!("{at}/{}/cancellation", one["id"].as_str().unwrap());
        let blank = post(&mut client, &cancel, "k1", &json!({ "reason": "" })).await;
        assert_eq!(blank.0, 400, "{blank:?}");
        let mut left = Vec::new();
        for _ in 0..2 {
            let (status, told) = post(&mut client, &cancel, "k2", &json!({ "reason": "they owe rent" })).await;
            assert_eq!(status, 200, "{told}");
            left.push(told["remaining_pence"].as_i64().unwrap());
        }
        let books = super::counter::books(&served).await;
        let stands = books.suspense_item(item).await.unwrap();
        assert_eq!((left, stands.remaining.get()), (vec![stands.remaining.get(); 2], stands.amount.get() - 200));
        let (status, other) = post(&mut client, &cancel, "k2", &json!({ "reason": "another" })).await;
        assert_eq!(status, 409, "{other}");
        let (_, listed) = get(&mut client, at).await;
        let one = &listed["suspense_returns"][1];
        assert_eq!((&one["state"], &one["cancelled"]["by"]), (&"cancelled".into(), &"manager".into()));
        let (status, _) = post(&mut client, &format!("{at}/x/cancellation"), "k3", &json!({ "reason": "why" })).await;
        assert_eq!(status, 404);
        let mut cashier = served.client_of("cashier").await;
        assert_eq!(get(&mut cashier, at).await.0, 403);
        assert_eq!(post(&mut cashier, &cancel, "k4", &json!({ "reason": "why" })).await.0, 403);
    }
}
