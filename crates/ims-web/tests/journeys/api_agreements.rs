//! Agreements that a program of the council's makes and uses, by the API.

use ims_testkit::{
    govuk_pay::{Stub, Weather},
    on_both,
};
use serde_json::{Value, json};

use super::{
    api_payments::{Town, led_to},
    api_tills::{get, post},
    council::REFERENCE,
    portal_pays::GOOD,
};

const AT: &str = "/api/v1/agreements";

fn asked() -> Value {
    json!({
        "provider": "pay", "method": "10", "fund": "CT", "reference": REFERENCE,
        "description": "Council tax by instalments", "most_pence": 5_000,
    })
}

fn set_up() -> Value {
    json!({ "amount_pence": 1_000, "return_url": "https://my.example.gov.uk/paid/17?of={reference}" })
}

on_both! {
    async fn an_agreement_is_made_set_up_used_and_ended(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub.url).await;
        let before = town.receipts().await;
        let mut program = town.client_of("officer").await;
        let (status, made) = post(&mut program, AT, "a-1", &asked()).await;
        assert_eq!((status, &made["status"], &made["is_kept"]), (201, &"created".into(), &true.into()), "{made}");
        let (status, again) = post(&mut program, AT, "a-1", &asked()).await;
        assert_eq!((status, &again["agreement_id"]), (200, &made["agreement_id"]), "{again}");
        let path = format!("{AT}/{}", made["agreement_id"].as_str().unwrap());
        let take = format!("{path}/payments");
        let pence = |pence: i64| json!({ "amount_pence": pence });
        let (status, why) = post(&mut program, &take, "may", &pence(500)).await;
        assert_eq!(status, 409, "{why}");
        assert!(why["detail"].as_str().unwrap().contains("is not set up"), "{why}");

        // Its payer is sent nowhere but where the council says.
        let elsewhere = json!({ "amount_pence": 1_000, "return_url": "https://evil.example/" });
        assert_eq!(post(&mut program, &format!("{path}/set-up"), "first", &elsewhere).await.0, 400);
        let (status, started) = post(&mut program, &format!("{path}/set-up"), "first", &set_up()).await;
        assert_eq!((status, &started["status"]), (201, &"started".into()), "{started}");
        stub.pay(&led_to(&started), GOOD);
        let payment = format!("/api/v1/payments/{}", started["payment_id"].as_str().unwrap());
        assert_eq!(get(&mut program, &payment).await.1["status"], "captured");
        let (status, active) = get(&mut program, &format!("{path}?ask=yes")).await;
        assert_eq!((status, &active["status"], &active["paid"]), (200, &"active".into(), &1.into()), "{active}");

        for wanted in [201, 200] {
            let (status, taken) = post(&mut program, &take, "may", &pence(500)).await;
            assert_eq!((status, &taken["status"], &taken["next"]), (wanted, &"captured".into(), &Value::Null), "{taken}");
            assert!(taken["receipt"].is_string());
        }
        assert_eq!(post(&mut program, &take, "may", &pence(501)).await.0, 409);
        assert_eq!(post(&mut program, &take, "june", &pence(5_001)).await.0, 409);
        assert_eq!(post(&mut program, &take, "june", &pence(0)).await.0, 400);
        assert_eq!((town.receipts().await, stub.books().total()), (before + 2, 1_500));

        let why = json!({ "reason": "the payer rang" });
        let (status, ended) = post(&mut program, &format!("{path}/end"), "e", &why).await;
        assert_eq!((status, &ended["status"]), (200, &"ended".into()), "{ended}");
        assert_eq!(stub.books().agreements()[0].1, "cancelled");
        assert_eq!(post(&mut program, &format!("{path}/end"), "e", &why).await, (200, ended));
        let other = json!({ "reason": "the payer wrote" });
        let (status, why) = post(&mut program, &format!("{path}/end"), "e", &other).await;
        assert_eq!(status, 409, "{why}");
        assert!(why["detail"].as_str().unwrap().contains("used before"), "{why}");
        assert_eq!(post(&mut program, &take, "july", &pence(500)).await.0, 409);
        // What was taken under its key is told of, though its account takes no more.
        let owner = town.served.app.books(Some("ANY"), ims_app::Actor::holding("test", ims_app::Permission::ALL)).await.unwrap();
        let document = owner.configuration_document().await.unwrap();
        let closed = document.replacen("kind = \"govuk-pay\"", "kind = \"govuk-pay\"\ndisabled = true", 1);
        assert_ne!(closed, document);
        owner.configure(&closed, town.served.app.world().today()).await.unwrap();
        let (status, taken) = post(&mut program, &take, "may", &pence(500)).await;
        assert_eq!((status, &taken["status"]), (200, &"captured".into()), "{taken}");
        assert_eq!(post(&mut program, &take, "july", &pence(500)).await.0, 409);
        assert_eq!(get(&mut program, &format!("{AT}/none")).await.0, 404);
        town.proved().await;
    }

    /// Who takes cards of payers at a counter takes none of those who are not there.
    async fn a_cashier_takes_nothing_without_the_payer(url: &str) {
        let stub = Stub::start(None, Weather::default()).await;
        let town = Town::at(url, &stub.url).await;
        let mut cashier = town.client_of("cashier").await;
        let (status, refused) = post(&mut cashier, AT, "a-1", &asked()).await;
        assert_eq!(status, 403, "{refused}");
        assert_eq!(stub.books().agreements().len(), 0);
    }
}
