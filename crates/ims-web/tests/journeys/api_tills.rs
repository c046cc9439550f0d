//! Tills and money that staff take, by the API.

use ims_testkit::on_both;
use serde_json::{Value, json};

use super::{
    client::{Answer, Client},
    council::{self, REFERENCE},
    counter::books,
};

const JSON: (&str, &str) = ("content-type", "application/json");

pub async fn post(client: &mut Client, path: &str, key: &str, body: &Value) -> (u16, Value) {
    let headers = [JSON, ("idempotency-key", key)];
    told(client.send("POST", path, &headers, &body.to_string()).await)
}

fn told(answer: Answer) -> (u16, Value) {
    (answer.status, serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}")))
}

pub async fn get(client: &mut Client, path: &str) -> (u16, Value) {
    told(client.get(path).await)
}

/// Fifty pounds of float at the desk.
fn float() -> Value {
    let lines = json!([{ "denomination_pence": 100, "count": 50 }]);
    json!({ "till": "DESK", "float": { "lines": lines } })
}

fn cash(pence: i64) -> Value {
    let line = json!({ "fund": "CT", "reference": REFERENCE, "amount_pence": pence });
    json!({ "method": "01", "lines": [line], "tendered_pence": 2000 })
}

/// So many pounds in the drawer, and what terminal K7 says of its batch.
fn drawer(pounds: u32, card: i64) -> Value {
    let lines = json!([{ "denomination_pence": 100, "count": pounds }]);
    let card = json!({ "terminal": "K7", "batch": "17", "amount_pence": card });
    json!({ "cash": { "bag": "B17", "lines": lines }, "card_machines": [card] })
}

on_both! {
    async fn a_till_is_run_by_a_program(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        let (status, opened) = post(&mut client, "/api/v1/tills", "k1", &float()).await;
        assert_eq!((status, &opened["number"], &opened["float_pence"]), (201, &"T1".into(), &5_000.into()));
        let (status, again) = post(&mut client, "/api/v1/tills", "k1", &float()).await;
        assert_eq!((status, &again["id"], &again["before"]), (200, &opened["id"], &true.into()));

        let at = "/api/v1/tills/T1/receipts";
        let (status, taken) = post(&mut client, at, "k2", &cash(1_500)).await;
        assert_eq!((status, &taken["total_pence"], &taken["change_pence"]), (201, &1_500.into(), &500.into()));
        let (status, same) = post(&mut client, at, "k2", &cash(1_500)).await;
        assert_eq!((status, &same["receipt"], &same["before"]), (200, &taken["receipt"], &true.into()));
        let (status, other) = post(&mut client, at, "k2", &cash(1_501)).await;
        assert_eq!(status, 409, "{other}");
        let card = json!({ "method": "12", "lines": cash(700)["lines"], "card_machine": { "terminal": "K7", "batch": "17" } });
        let (status, by_card) = post(&mut client, at, "k3", &card).await;
        assert_eq!((status, &by_card["change_pence"]), (201, &0.into()));
        let lift = json!({ "bag": "B1", "lines": [{ "denomination_pence": 100, "count": 10 }] });
        for status in [201, 200] {
            let (came, lifted) = post(&mut client, "/api/v1/tills/T1/lifts", "k4", &lift).await;
            assert_eq!((came, &lifted["amount_pence"]), (status, &1_000.into()));
        }

        let mistyped = json!({ "bag": "B2", "lines": [{ "denomination_pence": 100, "count": 11 }] });
        assert_eq!(post(&mut client, "/api/v1/tills/T1/lifts", "k4b", &mistyped).await.0, 201);
        let at_two = "/api/v1/tills/T1/lifts/2/back";
        let why = json!({ "reason": "nothing was lifted" });
        for (status, before) in [(201, false), (200, true)] {
            let (came, back) = post(&mut client, at_two, "k4c", &why).await;
            assert_eq!((came, back), (status, json!({ "lift": 2, "amount_pence": 1_100, "before": before })));
        }
        assert_eq!(post(&mut client, at_two, "k4d", &json!({ "reason": "other" })).await.0, 409);
        assert_eq!(post(&mut client, at_two, "k4c", &json!({ "reason": "other" })).await.0, 409);
        assert_eq!(post(&mut client, at_two, "k4e", &json!({})).await.0, 400);
        assert_eq!(post(&mut client, "/api/v1/tills/T1/lifts/3/back", "k4f", &why).await.0, 404);
        let (_, shown) = get(&mut client, "/api/v1/tills/T1").await;
        assert_eq!(shown["lifts"][0]["taken_back"], Value::Null);
        assert_eq!(shown["lifts"][1]["taken_back"]["reason"], "nothing was lifted");
        assert_eq!((&shown["status"], &shown["receipts"], &shown["counted"]), (&"open".into(), &2.into(), &Value::Null));
        assert_eq!(shown["card_machines"], json!([{ "terminal": "K7", "batch": "17" }]));
        assert!(!shown.to_string().contains("1500") && !shown.to_string().contains("2200"), "{shown}");
        let (_, first) = get(&mut client, &format!("{at}?limit=1")).await;
        let path = format!("{at}?limit=1&after={}", first["next"].as_str().unwrap());
        let (_, second) = get(&mut client, &path).await;
        assert_eq!((&first["receipts"][0]["kind"], &second["receipts"][0]["kind"]), (&"card".into(), &"cash".into()));
        assert_eq!((&second["receipts"][0]["number"], &second["next"]), (&taken["receipt"], &Value::Null));

        let (status, done) = post(&mut client, "/api/v1/tills/T1/count", "k5", &drawer(55, 700)).await;
        assert_eq!((status, &done["status"], &done["over_pence"]), (201, &"closed".into(), &0.into()));
        assert_eq!((&done["expected_pence"], &done["slips"]), (&2_200.into(), &json!(["PS000001"])));
        let (status, again) = post(&mut client, "/api/v1/tills/T1/count", "k5", &drawer(55, 700)).await;
        assert_eq!((status, &again["before"]), (200, &true.into()));
        let (status, _) = post(&mut client, "/api/v1/tills/T1/count", "k5", &drawer(56, 700)).await;
        assert_eq!(status, 409);
        let (status, _) = post(&mut client, at, "k6", &cash(1_500)).await;
        assert_eq!(status, 409);
        let (_, list) = get(&mut client, "/api/v1/tills?status=closed&cashier=cashier").await;
        assert_eq!((&list["tills"][0]["number"], &list["next"]), (&"T1".into(), &Value::Null));
        assert_eq!(get(&mut client, "/api/v1/tills?status=open").await.1["tills"], json!([]));
        assert!(books(&served).await.verify(None).await.unwrap().ok);
    }

    async fn a_difference_is_decided_by_a_second_person(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        post(&mut client, "/api/v1/tills", "k1", &float()).await;
        post(&mut client, "/api/v1/tills/T1/receipts", "k2", &cash(1_500)).await;
        let (_, counted) = post(&mut client, "/api/v1/tills/T1/count", "k3", &drawer(60, 0)).await;
        assert_eq!((&counted["status"], &counted["over_pence"]), (&"counted".into(), &(-500).into()));
        let say = |word: &str| json!({ "approval": counted["waits_for"], "verdict": word, "reason": "torn" });
        let at = "/api/v1/tills/T1/decision";
        assert_eq!(post(&mut client, at, "k4", &say("approve")).await.0, 403);
        let mut manager = served.client_of("manager").await;
        assert_eq!(post(&mut manager, at, "k4", &say("perhaps")).await.0, 400);
        let (status, done) = post(&mut manager, at, "k4", &say("approve")).await;
        assert_eq!((status, &done["status"], &done["counted_pence"]), (200, &"closed".into(), &1_000.into()));
        // Whoever did not hear the answer is told it again; another word is refused.
        let (status, again) = post(&mut manager, at, "k4", &say("approve")).await;
        assert_eq!((status, &again["status"], &again["before"]), (200, &"closed".into(), &true.into()));
        assert_eq!(post(&mut manager, at, "k5", &say("refuse")).await.0, 409);
    }

    /// A till's difference is decided at its own address; what was counted before a
    /// recount is told no more.
    async fn a_decision_is_about_the_till_it_names(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        let mut asked = Vec::new();
        for number in ["T1", "T2"] {
            post(&mut client, "/api/v1/tills", &format!("{number}-open"), &float()).await;
            let at = format!("/api/v1/tills/{number}");
            post(&mut client, &format!("{at}/receipts"), &format!("{number}-take"), &cash(1_500)).await;
            let (_, counted) = post(&mut client, &format!("{at}/count"), &format!("{number}-count"), &drawer(60, 0)).await;
            assert_eq!((&counted["number"], &counted["status"]), (&number.into(), &"counted".into()), "{counted}");
            asked.push(counted["waits_for"].clone());
        }
        let mut manager = served.client_of("manager").await;
        let say = |approval: &Value, word: &str| json!({ "approval": approval, "verdict": word, "reason": "torn" });
        let at = "/api/v1/tills/T1/decision";
        for word in ["approve", "refuse"] {
            let (status, problem) = post(&mut manager, at, "k1", &say(&asked[1], word)).await;
            assert_eq!(status, 404, "{problem}");
        }
        for number in ["T1", "T2"] {
            let (_, shown) = get(&mut client, &format!("/api/v1/tills/{number}")).await;
            assert_eq!((&shown["status"], &shown["counted"]["expected_pence"]), (&"counted".into(), &1_500.into()));
        }
        let (status, done) = post(&mut manager, at, "k2", &say(&asked[0], "refuse")).await;
        assert_eq!((status, &done["number"], &done["status"]), (200, &"T1".into(), &"recount".into()));
        let (_, shown) = get(&mut client, "/api/v1/tills/T1").await;
        assert_eq!((&shown["status"], &shown["counted"]), (&"recount".into(), &Value::Null), "{shown}");
    }

    /// What is said again late is answered by its key, whatever was decided since.
    async fn what_is_said_again_is_answered_by_its_key(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        post(&mut client, "/api/v1/tills", "k1", &float()).await;
        post(&mut client, "/api/v1/tills/T1/receipts", "k2", &cash(1_500)).await;
        let at = "/api/v1/tills/T1/count";
        let (status, first) = post(&mut client, at, "k3", &drawer(60, 0)).await;
        assert_eq!((status, &first["status"]), (201, &"counted".into()), "{first}");
        let mut manager = served.client_of("manager").await;
        let no = json!({ "approval": first["waits_for"], "verdict": "refuse", "reason": "again" });
        let decision = "/api/v1/tills/T1/decision";
        assert_eq!(post(&mut manager, decision, "d1", &no).await.0, 200);
        let (status, again) = post(&mut client, at, "k3", &drawer(60, 0)).await;
        assert_eq!((status, &again["before"], &again["over_pence"]), (200, &true.into(), &(-500).into()), "{again}");
        assert_eq!(get(&mut client, "/api/v1/tills/T1").await.1["status"], "recount");
        let (status, other) = post(&mut client, at, "k3", &drawer(65, 0)).await;
        assert_eq!(status, 409, "{other}");
        let (status, done) = post(&mut client, at, "k4", &drawer(65, 0)).await;
        assert_eq!((status, &done["status"], &done["over_pence"]), (201, &"closed".into(), &0.into()), "{done}");
        for (key, pounds, over) in [("k3", 60, -500), ("k4", 65, 0)] {
            let (status, again) = post(&mut client, at, key, &drawer(pounds, 0)).await;
            assert_eq!((status, &again["over_pence"], &again["before"]), (200, &over.into(), &true.into()), "{again}");
        }
        // So is what was decided.
        let (status, again) = post(&mut manager, decision, "d1", &no).await;
        assert_eq!((status, &again["before"], &again["over_pence"]), (200, &true.into(), &(-500).into()), "{again}");
        assert!(books(&served).await.verify(None).await.unwrap().ok);
    }

    /// Two who count their keys from 1 do not get each other's receipts.
    async fn a_key_is_of_whoever_sends_it(url: &str) {
        let served = council::served(url).await;
        let (mut first, mut second) = (served.client_of("cashier").await, served.client_of("second").await);
        let card = json!({ "method": "11", "through": "phone", "lines": cash(1_234)["lines"] });
        let path = "/api/v1/receipts";
        let (status, one) = post(&mut first, path, "1", &card).await;
        assert_eq!((status, &one["before"]), (201, &false.into()), "{one}");
        let (status, other) = post(&mut second, path, "1", &card).await;
        assert_eq!((status, &other["before"]), (201, &false.into()), "{other}");
        assert_ne!(one["receipt"], other["receipt"]);
        for (client, taken) in [(&mut first, &one), (&mut second, &other)] {
            let (status, again) = post(client, path, "1", &card).await;
            assert_eq!((status, &again["receipt"]), (200, &taken["receipt"]));
        }
        // Each opens a till of their own under the same key, too.
        for (client, till, number) in [(&mut first, "DESK", "T1"), (&mut second, "HATCH", "T2")] {
            let mut asked = float();
            asked["till"] = till.into();
            let (status, opened) = post(client, "/api/v1/tills", "2", &asked).await;
            assert_eq!((status, &opened["number"]), (201, &number.into()), "{opened}");
        }
        assert!(books(&served).await.verify(None).await.unwrap().ok);
    }

    /// Money that goes into no till: a card by telephone, cash where there is no till.
    async fn staff_take_money_without_a_till(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        let card = json!({ "method": "11", "through": "phone", "lines": cash(1_234)["lines"] });
        let (status, taken) = post(&mut client, "/api/v1/receipts", "k1", &card).await;
        assert_eq!((status, &taken["total_pence"], taken.get("change_pence")), (201, &1_234.into(), None));
        let (status, again) = post(&mut client, "/api/v1/receipts", "k1", &card).await;
        assert_eq!((status, &again["receipt"]), (200, &taken["receipt"]));
        let path = format!("/api/v1/receipts?number={}", taken["receipt"].as_str().unwrap());
        assert_eq!(get(&mut client, &path).await.1["receipt_lines"][0]["amount_pence"], 1_234);
        let desk = json!({ "method": "01", "office": "LB", "lines": cash(100)["lines"] });
        let (status, refused) = post(&mut client, "/api/v1/receipts", "k2", &desk).await;
        assert_eq!(status, 409);
        assert!(refused["detail"].as_str().unwrap().contains("is taken into a till"), "{refused}");
    }

    /// What cannot be meant, or is not said by whom it should be, changes nothing.
    async fn what_is_not_as_it_should_be_is_refused(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("cashier").await;
        post(&mut client, "/api/v1/tills", "k1", &float()).await;
        let at = "/api/v1/tills/T1/receipts";
        let with = |name: &str, value: Value| {
            let mut body = cash(100);
            body[name] = value;
            body
        };
        let line = |reference: &str| json!([{ "fund": "CT", "reference": reference, "amount_pence": 100 }]);
        for (body, words) in [
            (with("amount", json!(1)), "unknown field `amount`"),
            (with("lines", json!([])), "a receipt needs a line"),
            (with("lines", line("123")), "123"),
            (with("lines", line("4111 1111 1111 1111")), "a text looks like a card number"),
            (with("office", json!("LB")), "leave `office` and `happened_on` out"),
            (with("through", json!("portal")), "`through` is staff, post or phone"),
            (with("tendered_pence", json!(99)), "0.99 is less than the 1.00"),
            (with("tendered_pence", json!(1.5)), "the body is not as it should be"),
            (with("card_machine", json!({ "terminal": "K7", "batch": "1" })), "no change is given of a card"),
        ] {
            let (status, problem) = post(&mut client, at, "k2", &body).await;
            assert_eq!(status, 400, "{body}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(words), "{body}: {detail}");
            assert!(!detail.contains("1111"), "{detail}");
        }
        let body = cash(100).to_string();
        let key = ("idempotency-key", "k3");
        for (headers, status) in [
            (vec![JSON], 400),
            (vec![JSON, ("idempotency-key", "")], 400),
            (vec![JSON, ("idempotency-key", "a key")], 400),
            (vec![key], 415),
            (vec![key, ("content-type", "text/plain")], 415),
            (vec![key, JSON, ("origin", "https://evil.example")], 403),
            (vec![key, JSON, ("sec-fetch-site", "cross-site")], 403),
        ] {
            let answer = client.send("POST", at, &headers, &body).await;
            let kind = answer.header("content-type").to_owned();
            assert_eq!((answer.status, kind.as_str()), (status, "application/problem+json"), "{headers:?}");
        }
        let mut nobody = served.client();
        assert_eq!(post(&mut nobody, at, "k3", &cash(100)).await.0, 401);
        let mut auditor = served.client_of("auditor").await;
        assert_eq!(post(&mut auditor, at, "k3", &cash(100)).await.0, 403);
        let mut second = served.client_of("second").await;
        assert_eq!(post(&mut second, at, "k3", &cash(100)).await.0, 409);
        assert_eq!(post(&mut client, "/api/v1/tills/T9/receipts", "k3", &cash(100)).await.0, 404);
        assert_eq!(get(&mut client, "/api/v1/tills?status=shut").await.0, 400);
        assert_eq!(get(&mut client, at).await.1["receipts"], json!([]));
    }
}
