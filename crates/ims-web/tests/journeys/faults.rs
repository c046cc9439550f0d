use ims_testkit::on_both;

use super::council;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
                      font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

on_both! {
    /// Every page, also one of a fault, says what browsers must not do with it.
    async fn every_answer_has_its_security_headers(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client();
        for path in ["/", "/sign-in", "/nowhere", "/office", "/api/v1/suspense", "/healthz"] {
            let answer = client.get(path).await;
            for (name, value) in [
                ("content-security-policy", POLICY),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"),
                ("cache-control", "no-store"),
                ("strict-transport-security", ""),
            ] {
                assert_eq!(answer.header(name), value, "{path} {name}");
            }
            assert!(answer.header("permissions-policy").contains("payment=()"));
            assert!(!answer.header("x-request-id").is_empty());
            assert!(!answer.body.contains("<script") && !answer.body.contains(" style="), "{path}");
        }
    }

    /// A style sheet may be kept for ever, because its address is of its content.
    async fn style_sheets_are_kept_for_ever(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client();
        let page = client.get("/").await;
        for (start, kind) in [("/assets/govuk-", "text/css"), ("/assets/icon-", "image/svg+xml")] {
            let answer = client.get(&page.link(start)).await;
            assert_eq!(answer.status, 200);
            assert!(answer.header("content-type").starts_with(kind));
            assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        }
        assert_eq!(client.get("/assets/govuk-0000000000000000.css").await.status, 404);
    }

    /// What is not there, not allowed or too large is told as a page to people
    /// and as a problem document to programs.
    async fn faults_are_told_in_words(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client();
        let large = "x".repeat(ims_web::BODY_BYTES_MAX + 1);
        let long = [("content-type", "application/x-www-form-urlencoded")];
        for (method, path, body, status, title) in [
            ("GET", "/nowhere", "", 404, "Page not found"),
            ("GET", "/office/nowhere", "", 404, "Page not found"),
            ("PUT", "/sign-in", "", 405, "That does not work here"),
            ("POST", "/sign-in", large.as_str(), 413, "That is too large"),
        ] {
            let answer = client.send(method, path, &long, body).await;
            assert_eq!(answer.status, status, "{method} {path}");
            assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
            answer.shows(&["<html lang=\"en\"", &format!("<h1 class=\"govuk-heading-l\">{title}</h1>")]);
        }
        assert_eq!(client.send("PUT", "/sign-in", &[], "").await.header("allow"), "GET,HEAD,POST");
        for (method, path, status, title) in [
            ("GET", "/api/v1/nowhere", 404, "Not Found"),
            ("POST", "/api/v1/suspense", 405, "Method Not Allowed"),
            ("GET", "/api/v1/suspense", 401, "Unauthorized"),
        ] {
            let answer = client.send(method, path, &[], "").await;
            assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"));
            let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!((&problem["title"], &problem["status"]), (&title.into(), &status.into()));
            assert_eq!(problem["request_id"], answer.header("x-request-id"));
        }
    }

    /// A resident is told in the language of the address, and sent to no office.
    async fn faults_are_told_to_residents_in_their_language(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client();
        let large = "x".repeat(ims_web::BODY_BYTES_MAX + 1);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        for (method, path, body, status, title) in [
            ("GET", "/cy/nunlle", "", 404, "Heb ddod o hyd i&#39;r dudalen"),
            ("GET", "/nowhere", "", 404, "Page not found"),
            ("POST", "/cy/received", large.as_str(), 413, "Mae hynny&#39;n rhy fawr"),
            ("PUT", "/cy/basket", "", 405, "Ni ellir deall hynny"),
        ] {
            let answer = client.send(method, path, &form, body).await;
            assert_eq!(answer.status, status, "{method} {path}");
            let (lang, home) = if path.starts_with("/cy") { ("cy", "/cy") } else { ("en", "/") };
            answer.shows(&[
                &format!("<html lang=\"{lang}\""),
                &format!("<h1 class=\"govuk-heading-l\">{title}</h1>"),
                &format!("<a class=\"govuk-link\" href=\"{home}\">"),
            ]);
            assert!(!answer.body.contains("office"), "{path}: {}", answer.body);
            assert!(lang == "en" || !answer.body.contains("Income management"), "{}", answer.body);
        }
        let staff = client.get("/office/nowhere").await;
        staff.shows(&["Go to the back office"]);
    }

    /// A handler that panics is a fault of ours, told as such; the server goes on.
    async fn a_panic_is_told_honestly(url: &str) {
        let app = ims_app::App::new(ims_app::Store::open(url).await.unwrap(), ims_edge::world());
        let site = ims_web::Site::new(app, ims_web::Config::default());
        let panics = ims_web::Router::new().route("/", axum::routing::get(panics));
        let server = ims_web::Server::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let mut client = super::client::Client::new(server.address());
        tokio::spawn(server.run(ims_web::dressed(panics, &site), std::future::pending()));
        for _ in 0..2 {
            let answer = client.get("/").await;
            assert_eq!(answer.status, 500);
            answer.shows(&["Sorry, there is a problem with the service", answer.header("x-request-id")]);
            assert!(!answer.body.contains("of a payer"));
        }
    }

    /// Up, ready, and figures by route that name nobody.
    async fn the_server_says_how_it_does(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client();
        assert_eq!(client.get("/healthz").await.body, "up\n");
        assert_eq!(client.get("/readyz").await.body, "ready\n");
        client.get("/office/suspense/not-an-id").await;
        client.get("/nobody/knows?name=Smith").await;
        let figures = client.get("/metrics").await;
        assert!(figures.header("content-type").starts_with("text/plain; version=0.0.4"));
        figures.shows(&[
            "ims_http_requests_total{route=\"/readyz\",class=\"2xx\"} 1\n",
            "ims_http_requests_total{route=\"/office/suspense/{id}\",class=\"3xx\"} 1\n",
            "ims_http_requests_total{route=\"none\",class=\"4xx\"} 1\n",
            "ims_http_request_seconds_count{route=\"/healthz\"} 1\n",
        ]);
        assert!(!figures.body.contains("Smith") && !figures.body.contains("not-an-id"));
        served.app.store().close().await;
        let away = client.get("/readyz").await;
        assert_eq!((away.status, away.body.as_str()), (503, "the database does not answer\n"));
        assert_eq!(client.get("/healthz").await.status, 200);
    }
}

async fn panics() -> &'static str {
    panic!("of a payer")
}
