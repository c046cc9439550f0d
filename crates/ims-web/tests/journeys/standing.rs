//! What somebody was given decides what they see, and what was refused is told.

use ims_app::{Actor, NewPerson, Role, ScopeKind};
use ims_testkit::on_both;

use super::council::{self, PASSWORD, Served};

async fn books(served: &Served) -> ims_app::Books {
    served.app.books(Some("ANY"), Actor::system("test")).await.unwrap()
}

/// Who did `deed`, and to what.
async fn told(served: &Served, deed: &str) -> Vec<(String, String)> {
    let events = books(served)
        .await
        .find_events(&ims_app::FindEvents::default(), None, 500)
        .await
        .unwrap()
        .into_iter();
    events.filter(|it| it.deed == deed).map(|it| (it.actor, it.subject)).collect()
}

on_both! {
    async fn a_password_that_was_given_is_changed_first(url: &str) {
        let served = council::served(url).await;
        books(&served).await.reset_password("cashier", "given by the desk").await.unwrap();
        let mut client = served.client();
        let answer = client.sign_in("cashier", "given by the desk").await;
        assert_eq!((answer.status, answer.header("location")), (303, "/office"));
        for path in ["/office", "/office/receipts"] {
            let sent = client.get(path).await;
            assert_eq!((sent.status, sent.header("location")), (303, "/password"), "{path}");
        }
        assert_eq!(client.get("/api/v1/suspense").await.status, 403);
        let form = client.get("/password").await;
        form.shows(&["The password you have was given to you", "12 characters or more"]);
        let csrf = form.hidden("csrf");
        for (old, new, again, says) in [
            ("", "correct horse battery", "correct horse battery", "Enter the password you have"),
            ("given by the desk", "short", "short", "must have 12 characters or more"),
            ("given by the desk", "correct horse battery", "another one here", "This is not the same"),
            ("not what was given", "correct horse battery", "correct horse battery", "This is not the password you have"),
            ("given by the desk", "given by the desk", "given by the desk", "must not be the one you have"),
        ] {
            let fields = [("csrf", csrf.as_str()), ("old", old), ("new", new), ("again", again)];
            let answer = client.post("/password", &fields).await;
            assert_eq!(answer.status, 422);
            answer.shows(&[says]);
            assert!(!answer.body.contains("given by the desk"));
        }
        let fields = [("old", "given by the desk"), ("new", PASSWORD), ("again", PASSWORD)];
        assert_eq!(client.post("/password", &fields).await.status, 403, "a form without its token");
        let fields = [("csrf", csrf.as_str()), fields[0], fields[1], fields[2]];
        let answer = client.post("/password", &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/office"));
        assert_eq!(client.get("/office").await.status, 200);
        assert_eq!(told(&served, "change password").await.len(), 1);
        assert_eq!(served.client().get("/password").await.header("location"), "/sign-in?to=%2Fpassword");
    }

    /// W42.
    async fn what_is_refused_is_told_once_a_minute(url: &str) {
        let (world, _clock) = council::world_at_noon();
        let served = council::served_in(url, world, ims_web::Config::default()).await;
        let mut client = served.client_of("cashier").await;
        for path in ["/office/suspense", "/office/suspense", "/office/reconciliation", "/api/v1/suspense"] {
            assert_eq!(client.get(path).await.status, 403, "{path}");
        }
        let mut refused = told(&served, "denied").await;
        refused.sort();
        let of = |what: &str| ("cashier".to_owned(), what.to_owned());
        assert_eq!(refused, [of("see bank statements"), of("see suspense")]);
        assert_eq!(told(&served, "sign in").await, [of("cashier")]);
    }

    /// W31: no page and no address of the API shows what is of other funds.
    async fn who_works_for_another_fund_sees_nothing_of_this_one(url: &str) {
        let served = council::served(url).await;
        let books = books(&served).await;
        let new = NewPerson {
            username: "scoped",
            name: "Sam Scoped",
            password: PASSWORD,
            roles: &[Role::IncomeOfficer],
            demo: false,
        };
        books.add_person(&new).await.unwrap();
        let funds = books.settings().await.unwrap().council.fund.clone();
        let other = funds.iter().find(|fund| fund.code.as_str() != "CT").unwrap().code.to_string();
        books.grant_scope("scoped", ScopeKind::Fund, &other).await.unwrap();
        let mut whole = served.client_of("officer").await;
        let mut client = served.client_of("scoped").await;
        let board = client.get("/office").await;
        assert_eq!(board.status, 200);
        for place in ["/office/suspense", "/office/reconciliation", "/office/imports"] {
            assert!(!board.body.contains(&format!("href=\"{place}\"")), "{place}");
            assert_eq!(client.get(place).await.status, 403, "{place}");
        }
        for path in ["/office/receipts?reference=80000100", "/api/v1/receipts?reference=80000100"] {
            assert!(whole.get(path).await.body.contains("CT"), "{path}");
            let seen = client.get(path).await;
            assert_eq!(seen.status, 200, "{path}");
            assert!(!seen.body.contains("1,000.25") && !seen.body.contains("100025"), "{path}");
        }
        assert!(!board.body.contains("Council tax"), "{}", board.body);
    }
}
