use ims_testkit::on_both;
use serde_json::Value;

use super::{
    client::{Answer, Client},
    council::{self, LOST},
};

async fn json(client: &mut Client, path: &str) -> Value {
    let answer = client.get(path).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{path}");
    serde_json::from_str(&answer.body).unwrap()
}

fn detail(answer: &Answer) -> String {
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    problem["detail"].as_str().unwrap().to_owned()
}

on_both! {
    /// A receipt is found by its reference and by its number.
    async fn receipts_are_found(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        let found = json(&mut client, "/api/v1/receipts?reference=80000101").await;
        let line = &found["receipt_lines"][0];
        assert_eq!(line["amount_pence"], 100_125);
        assert_eq!((&line["fund"], &line["accounting_day"]), (&"CT".into(), &"2026-03-02".into()));
        assert_eq!(found["next"], Value::Null);
        let number = line["number"].as_str().unwrap();
        let same = json(&mut client, &format!("/api/v1/receipts?number={number}")).await;
        assert_eq!(same, found);
    }

    /// A list is given a page at a time, each item once.
    async fn suspense_is_given_a_page_at_a_time(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("officer").await;
        let mut ids = Vec::new();
        let mut path = "/api/v1/suspense?limit=20".to_owned();
        loop {
            let page = json(&mut client, &path).await;
            let items = page["suspense"].as_array().unwrap();
            assert!(items.iter().all(|item| item["remaining_pence"] == item["amount_pence"]));
            ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/suspense?limit=20&after={next}");
        }
        assert_eq!(ids.len(), LOST);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), LOST);
    }

    /// Whose an item may be, with reasons; who may not see suspense is not told.
    async fn suggestions_are_given_with_their_reasons(url: &str) {
        let served = council::served(url).await;
        let id = council::nearly_quoted(&served).await;
        let path = format!("/api/v1/suspense/{id}/suggestions");
        let mut client = served.client_of("auditor").await;
        let found = json(&mut client, &path).await;
        assert_eq!(found["suspense_id"], id.to_string());
        let first = &found["suggestions"][0];
        assert_eq!((&first["fund"], &first["reference"]), (&"CT".into(), &council::MEANT.into()));
        assert!(first["permille"].as_u64().unwrap() > 900, "{found}");
        assert!(first["reasons"][0].as_str().unwrap().contains("swapped"), "{found}");
        let gone = client.get("/api/v1/suspense/x/suggestions").await;
        assert_eq!((gone.status, detail(&gone).as_str()), (404, "there is no suspense item `x`"));
        let mut cashier = served.client_of("cashier").await;
        assert_eq!(cashier.get(&path).await.status, 403);
    }

    /// What explains each bank account, by rule.
    async fn reconciliation_is_told_by_rule(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("auditor").await;
        let status = json(&mut client, "/api/v1/reconciliation?day=2026-03-02").await;
        let account = &status["bank_accounts"][0];
        assert_eq!((&account["code"], &account["lines"]), (&"main".into(), &3.into()));
        assert_eq!((&account["explained"], &account["unexplained"]), (&1.into(), &2.into()));
        assert_eq!(account["statement"]["closing_pence"], 118_316);
        let open = account["by_rule"].as_array().unwrap().iter().find(|it| it["rule"].is_null());
        assert_eq!(open.unwrap()["amount_pence"], 7_500 - 1_234);
    }

    /// What cannot be asked is said in one sentence.
    async fn bad_questions_are_told_so(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        for (path, status, words) in [
            ("/api/v1/receipts", 400, "give `number` or `reference`"),
            ("/api/v1/receipts?number=1&reference=2", 400, "not both"),
            ("/api/v1/receipts?number=1&limit=0", 400, "from 1 to 200"),
            ("/api/v1/receipts?number=1&after=x", 400, "`next`"),
            ("/api/v1/suspense", 403, "cashier may not see suspense"),
            ("/api/v1/reconciliation", 403, "cashier may not see bank statements"),
        ] {
            let answer = client.get(path).await;
            assert_eq!(answer.status, status, "{path}");
            assert!(detail(&answer).contains(words), "{path}: {}", detail(&answer));
        }
    }
}
