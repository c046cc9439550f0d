use chrono::TimeDelta;
use ims_testkit::on_both;
use ims_web::Config;

use super::council::{self, PASSWORD};

on_both! {
    /// Whoever is not signed in is sent to sign in, and then where they wanted to go.
    async fn one_comes_back_to_where_one_wanted_to_go(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client();
        let sent = client.get("/office/receipts?number=1").await;
        assert_eq!(sent.status, 303);
        assert_eq!(sent.header("location"), "/sign-in?to=%2Foffice%2Freceipts%3Fnumber%3D1");
        let form = client.get(sent.header("location")).await;
        assert_eq!(form.status, 200);
        let (token, to) = (form.hidden("token"), form.hidden("to"));
        let fields =
            [("token", token.as_str()), ("to", &to), ("username", "Officer"), ("password", PASSWORD)];
        let answer = client.post("/sign-in", &fields).await;
        // The page escapes what it shows: the address is the same all the same.
        assert_eq!((answer.status, answer.header("location")), (303, "/office/receipts?number=1"));
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("ims-session=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        assert_eq!(client.get("/office").await.status, 200);
    }

    /// Nobody is sent to another site.
    async fn one_is_sent_to_local_pages_only(url: &str) {
        let served = council::served(url).await;
        for elsewhere in ["//evil.example", "https://evil.example/", "/\\evil.example"] {
            let mut client = served.client();
            let token = client.get("/sign-in").await.hidden("token");
            let fields = [
                ("token", token.as_str()),
                ("to", elsewhere),
                ("username", "officer"),
                ("password", PASSWORD),
            ];
            let answer = client.post("/sign-in", &fields).await;
            assert_eq!((answer.status, answer.header("location")), (303, "/office"), "{elsewhere}");
            let again = client.get("/sign-in?to=%2F%2Fevil.example").await;
            assert_eq!((again.status, again.header("location")), (303, "/office"));
        }
    }

    /// A wrong name and a wrong password are told alike, and the password is not shown again.
    async fn what_was_wrong_is_not_told(url: &str) {
        let served = council::served(url).await;
        for (username, password) in
            [("officer", "a wrong password"), ("nobody", PASSWORD), ("demo", PASSWORD)]
        {
            let answer = served.client().sign_in(username, password).await;
            assert_eq!(answer.status, 422, "{username}");
            answer.shows(&["There is a problem", "The user name or the password is wrong", "<title>Error: Sign in"]);
            assert!(!answer.body.contains(password) && !answer.header("set-cookie").contains("session"));
        }
        let answer = served.client().sign_in("", "").await;
        answer.shows(&["href=\"#username\">Enter your user name", "href=\"#password\">Enter your password"]);
    }

    /// People made for the demo sign in where the server says it is one.
    async fn demo_people_sign_in_to_a_demo_only(url: &str) {
        let config = Config { demo: true, ..Config::default() };
        let served = council::served_in(url, ims_edge::world(), config).await;
        assert_eq!(served.client().sign_in("demo", PASSWORD).await.status, 303);
    }

    /// A name can be tried ten times, from wherever; then even the right password waits.
    async fn a_name_is_not_tried_for_ever(url: &str) {
        let served = council::served(url).await;
        for _ in 0..10 {
            assert_eq!(served.client().sign_in("cashier", "wrong").await.status, 422);
        }
        let answer = served.client().sign_in("CASHIER", PASSWORD).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, "900"));
        answer.shows(&["There were too many tries; try again in 15 minutes"]);
        assert_eq!(served.client().sign_in("officer", PASSWORD).await.status, 303);
    }

    /// The sign-in form works only from the browser it was given to.
    async fn the_sign_in_form_cannot_be_sent_by_another_site(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client();
        let token = client.get("/sign-in").await.hidden("token");
        let fields = |token| [("token", token), ("username", "officer"), ("password", PASSWORD)];
        let another = "0".repeat(token.len());
        for wrong in ["", another.as_str()] {
            assert_eq!(client.post("/sign-in", &fields(wrong)).await.status, 403);
        }
        // The token without the cookie, as another site would have to send it.
        assert_eq!(served.client().post("/sign-in", &fields(&token)).await.status, 403);
        let body = format!("token={token}&username=officer&password=x");
        let kind = ("content-type", "application/x-www-form-urlencoded");
        for elsewhere in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")] {
            let answer = client.send("POST", "/sign-in", &[kind, elsewhere], &body).await;
            assert_eq!(answer.status, 403, "{elsewhere:?}");
        }
        assert_eq!(client.post("/sign-in", &fields(&token)).await.status, 303);
    }

    /// A session ends by signing out, for whoever else holds its token too.
    async fn signing_out_ends_the_session(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("officer").await;
        let kept = client.cookies.clone();
        let page = client.get("/office").await;
        assert_eq!(client.get("/sign-out").await.status, 405);
        assert_eq!(client.post("/sign-out", &[("csrf", "wrong")]).await.status, 403);
        assert_eq!(client.get("/office").await.status, 200);
        let answer = client.post("/sign-out", &[("csrf", &page.hidden("csrf"))]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/sign-in"));
        assert!(!client.cookies.contains_key("ims-session"));
        client.cookies = kept;
        assert_eq!(client.get("/office").await.status, 303);
    }

    /// Signing in again gives a new token, and the old one is worth nothing.
    async fn signing_in_again_rotates_the_token(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client();
        let token = client.get("/sign-in").await.hidden("token");
        let mut old = served.client_of("officer").await;
        client.cookies.insert("ims-session".to_owned(), old.cookies["ims-session"].clone());
        let fields = [("token", token.as_str()), ("username", "officer"), ("password", PASSWORD)];
        assert_eq!(client.post("/sign-in", &fields).await.status, 303);
        assert_ne!(client.cookies["ims-session"], old.cookies["ims-session"]);
        assert_eq!(client.get("/office").await.status, 200);
        assert_eq!(old.get("/office").await.status, 303);
    }

    /// A session nobody uses ends, and so does one that was used all day.
    async fn sessions_end_by_the_clock(url: &str) {
        let (world, clock) = council::world_at_noon();
        let served = council::served_in(url, world, Config::default()).await;
        let pass = |minutes| *clock.0.lock().unwrap() += TimeDelta::minutes(minutes);
        let mut idle = served.client_of("officer").await;
        let mut busy = served.client_of("officer").await;
        for _ in 0..29 {
            pass(20);
            assert_eq!(busy.get("/office").await.status, 200);
        }
        assert_eq!(idle.get("/office").await.status, 303);
        pass(25);
        assert_eq!(busy.get("/office").await.status, 303);
    }

    /// Behind TLS the cookies are bound to the host, and browsers come by HTTPS only.
    async fn behind_tls_cookies_are_secure(url: &str) {
        let config = Config { behind_tls: true, ..Config::default() };
        let served = council::served_in(url, ims_edge::world(), config).await;
        let mut client = served.client();
        let answer = client.sign_in("officer", PASSWORD).await;
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("__Host-ims-session=") && cookie.contains("; Secure"), "{cookie}");
        assert!(answer.header("strict-transport-security").starts_with("max-age="));
        assert_eq!(client.get("/office").await.status, 200);
    }
}
