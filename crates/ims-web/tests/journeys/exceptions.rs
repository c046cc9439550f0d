//! What a payment provider said that cannot be reaches an officer, who ends it.

use ims_app::{Actor, PaymentHeard, PaymentNews, Word};
use ims_ledger::id::ExceptionId;
use ims_money::Pence;
use ims_pay::{Said, Saying};
use ims_testkit::on_both;
use serde_json::Value;

use super::council::{self, REFERENCE, Served};

/// Seven pounds paid at the provider that nobody here asked for.
pub(super) async fn unknown_payment(served: &Served) -> ExceptionId {
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    let said = Said::new("theirs-1", Saying::paid(None)).about("<i>nobody</i>");
    let word = Word::Said(Box::new(said.for_amount(Pence::new(700), "GBP")));
    let (provider, channel) = ("pay".to_owned(), "card".to_owned());
    let news = PaymentNews { provider, channel, payment: None, id: None, word };
    match books.record_payment(&news).await.unwrap() {
        PaymentHeard::Exception(row) => row.id,
        other => panic!("{other:?}"),
    }
}

/// Twelve pounds that the provider took where ten were asked for.
async fn another_amount(served: &Served) -> ExceptionId {
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    let new = council::by_resident(("pay", "10"), REFERENCE, 1_000);
    let view = books.start_payment(&new).await.unwrap();
    let said = Said::new("p-1", Saying::paid(None)).about(view.payment.reference);
    let word = Word::Said(Box::new(said.for_amount(Pence::new(1_200), "GBP")));
    let (provider, channel) = ("pay".to_owned(), "card".to_owned());
    let news = PaymentNews { provider, channel, payment: None, id: None, word };
    match books.record_payment(&news).await.unwrap() {
        PaymentHeard::Exception(row) => row.id,
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn a_person_looks_into_what_cannot_be(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("officer").await;
        let lacks = |body: &str| !body.contains("/office/exceptions");
        assert!(lacks(&client.get("/office").await.body));
        client.get("/office/exceptions").await.shows(&["There is nothing here"]);
        let id = unknown_payment(&served).await;
        client.get("/office").await.link("/office/exceptions");
        client.get("/office/suspense").await.link("/office/exceptions");
        let page = client.get("/office/exceptions").await;
        page.shows(&["Not known here, £7.00", "Paid at the provider, and unknown here", "theirs-1"]);
        page.shows(&["&#60;i&#62;nobody"]);
        client.get(&page.link("/office/suspense/")).await.shows(&["£7.00"]);
        let told = client.get("/api/v1/payment-exceptions").await;
        let told: Value = serde_json::from_str(&told.body).unwrap();
        let one = &told["payment_exceptions"][0];
        assert_eq!((&one["kind"], &one["amount_pence"]), (&"unknown".into(), &700.into()));
        assert_eq!((&one["id"], &told["next"]), (&id.to_string().into(), &Value::Null));

        // Who may see and not place reads it; who sees no suspense is told nothing.
        let mut auditor = served.client_of("auditor").await;
        let seen = auditor.get("/office/exceptions").await;
        seen.shows(&["Not known here"]);
        assert!(!seen.body.contains("Take off the list"));
        let path = format!("/office/exceptions/{id}");
        let theirs = auditor.get("/office").await.hidden("csrf");
        assert_eq!(auditor.post(&path, &[("csrf", &theirs), ("why", "x")]).await.status, 403);
        let mut cashier = served.client_of("cashier").await;
        for path in ["/office/exceptions", "/api/v1/payment-exceptions"] {
            assert_eq!(cashier.get(path).await.status, 403, "{path}");
        }
        assert!(lacks(&cashier.get("/office").await.body));

        let csrf = page.hidden("csrf");
        let blank = client.post(&path, &[("csrf", &csrf), ("why", " ")]).await;
        assert_eq!(blank.status, 422);
        blank.shows(&["<title>Error: Payments", &format!("href=\"#why-{id}\"")]);
        let long = "x".repeat(501);
        let long = client.post(&path, &[("csrf", &csrf), ("why", &long)]).await;
        assert_eq!(long.status, 422);
        long.shows(&["500 characters or fewer"]);
        let done = client.post(&path, &[("csrf", &csrf), ("why", "a test by the supplier")]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        client.get(done.header("location")).await.shows(&["There is nothing here"]);
        assert!(lacks(&client.get("/office").await.body));
    }
    /// Twelve pounds where ten were asked for.
    async fn a_person_puts_money_of_another_amount_into_suspense(url: &str) {
        let served = council::served(url).await;
        let id = another_amount(&served).await;
        let mut client = served.client_of("officer").await;
        let page = client.get("/office/exceptions").await;
        page.shows(&["Another amount than was asked for, £12.00", "it is in no account here"]);
        page.shows(&["Put the money into suspense"]);
        let csrf = page.hidden("csrf");
        let path = format!("/office/exceptions/{id}");
        let with = |why: &'static str| [("csrf", csrf.clone()), ("why", why.to_owned()), ("money", "suspense".to_owned())];
        let blank = with(" ");
        let blank: Vec<_> = blank.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(client.post(&path, &blank).await.status, 422);
        let why = with("two bills in one");
        let why: Vec<_> = why.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let done = client.post(&path, &why).await;
        assert_eq!(done.status, 303, "{}", done.body);
        client.get(done.header("location")).await.shows(&["£12.00", "two bills in one"]);
        client.get("/office/exceptions").await.shows(&["There is nothing here"]);
        // What is no money has no such button.
        unknown_payment(&served).await;
        let page = client.get("/office/exceptions").await;
        assert!(!page.body.contains("Put the money into suspense"));
    }
}
