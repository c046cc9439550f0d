//! `--json`: one document on standard output, whatever happens.

use serde_json::Value;

use crate::town::Town;

#[tokio::test(flavor = "multi_thread")]
async fn every_command_prints_exactly_one_document() {
    let town = Town::with_council().await;
    for name in ["receipts.csv", "statement.sta"] {
        town.bring(name);
    }
    let (receipts, statement) = (town.path("receipts.csv"), town.path("statement.sta"));
    let (out, kept) = (town.path("out"), town.path("kept.db"));
    for args in [
        &["import", &receipts, &statement][..],
        &["import", "/no/such/file"],
        &["import", "list"],
        &["reconcile", "status"],
        &["reconcile", "run"],
        &["suspense", "list"],
        &["receipt", "find", "--day", "2026-04-01"],
        &["reference", "check", "--fund", "CT", "112233448", "1"],
        &[
            "reference",
            "redirect",
            "--fund",
            "CT",
            "OLD",
            "--to",
            "112233448",
            "--from",
            "2026-04-01",
            "--why",
            "new",
        ],
        &["reference", "redirects"],
        &["receipt", "take", "--method", "01", "--line", "CT:112233448:5.00"],
        &["receipt", "take", "--method", "20", "--line", "CT:112233448:5.00"],
        &["holder", "show", "--fund", "CT", "112233448"],
        &[
            "holder",
            "put",
            "--fund",
            "CT",
            "112233448",
            "--version",
            "1",
            "--name",
            "B",
            "--why",
            "w",
        ],
        &["holder", "history", "--fund", "CT", "112233448"],
        &["holder", "find", "--name", "payer"],
        &["day", "close", "2026-04-01"],
        &["day", "show"],
        &["export", "make", "--out", &out],
        &["export", "list"],
        &["account", "list"],
        &["config", "export"],
        &["user", "list"],
        &["jobs", "list"],
        &["jobs", "run", "--once"],
        &["audit", "show"],
        &["verify"],
        &["backup", &kept],
        &["backup", &kept],
        &["receipt", "show", "0000-0000-0000-0"],
        &["file", "formats"],
        &["file", "inspect", &statement],
    ] {
        let mut args = args.to_vec();
        args.push("--json");
        let said = town.run(&args).await;
        let document: Value = said.json();
        assert!(document.is_object(), "{args:?}");
        if said.exit.code() >= 2 && document.get("files").is_none() {
            let sentence = document["error"].as_str().unwrap();
            assert_eq!(said.err, format!("ims: {sentence}\n"), "{args:?}");
        }
        pence_are_whole(&document, &args);
    }
}

/// Every field that ends in `_pence` is a whole number, every `id` a text.
fn pence_are_whole(document: &Value, args: &[&str]) {
    match document {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name.ends_with("_pence") {
                    assert!(value.is_i64(), "{args:?}: {name} is {value}");
                }
                if name == "id" {
                    assert!(value.is_string(), "{args:?}: {name} is {value}");
                }
                pence_are_whole(value, args);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| pence_are_whole(item, args)),
        Value::Number(number) => assert!(!number.is_f64(), "{args:?}: {number}"),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_a_command_wrote_is_left_unsealed() {
    let town = Town::with_council().await;
    for name in ["receipts.csv", "statement.sta"] {
        town.bring(name);
    }
    let (receipts, statement) = (town.path("receipts.csv"), town.path("statement.sta"));
    for args in [
        &["import", &receipts][..],
        &["import", &statement],
        &["account", "add", "--code", "b2", "--name", "B", "--number", "2"],
        &["reconcile", "run"],
        &["day", "close", "2026-04-01"],
        &["export", "make", "--out", &town.path("out")],
    ] {
        assert!(town.run(args).await.exit.code() <= 1, "{args:?}");
        let verified = town.run(&["verify", "--json"]).await.json();
        assert_eq!((&verified["ok"], &verified["unsealed"]), (&true.into(), &0.into()), "{args:?}");
    }
}

/// The shape that scripts rely on.
#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_verify_is_the_contract_s() {
    let town = Town::with_council().await;
    let said = town.run(&["verify", "--json", "--head", "00"]).await;
    assert_eq!(said.exit.code(), 1);
    let document = said.json();
    assert_eq!((&document["ok"], &document["unsealed"]), (&false.into(), &0.into()));
    assert_eq!(document["sealed_to"].as_str().map(str::len), Some(64));
    let checks = document["checks"].as_array().unwrap();
    assert!(checks.len() > 10);
    for check in checks {
        let held = check["ok"].as_bool().unwrap();
        let fields: Vec<_> = check.as_object().unwrap().keys().map(String::as_str).collect();
        let expected: &[&str] = if held { &["name", "ok"] } else { &["name", "ok", "detail"] };
        assert_eq!(fields, expected, "{check}");
    }
}
