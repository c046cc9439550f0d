//! A card over the telephone, started by the command line.

use ims_cli::Exit;
use ims_testkit::govuk_pay::{API_KEY, Stub, Weather};

use crate::town::{Said, Town};

/// A town with these accounts at providers.
async fn with(accounts: &str) -> Town {
    let town = Town::with_council().await;
    let document = std::fs::read_to_string(town.folder().join("council.toml")).unwrap();
    let document = town.write("pay.toml", document + accounts);
    let done = town.run(&["config", "apply", &document, "--from", "2026-04-02"]).await;
    assert_eq!(done.exit, Exit::Done, "{done:?}");
    town.write("key", API_KEY);
    town
}

fn govuk(stub: &Stub) -> String {
    let (url, secret) = (&stub.url, "secrets = { key = \"key\" }");
    format!(
        "[[provider]]\nname = \"pay\"\nkind = \"govuk-pay\"\nurl = \"{url}\"\nmethods = [\"11\"]\n\
         funds = [\"CT\"]\n{secret}\n"
    )
}

async fn start(town: &Town, key: &str, more: &[&str]) -> Said {
    let folder = town.path("");
    let back = "https://www.example.gov.uk/thanks";
    let mut all = vec!["payment", "start", "--phone", "--key", key, "--return-url", back];
    all.extend(["--secrets", folder.as_str()]);
    all.extend(more);
    town.run(&all).await
}

const TAX: [&str; 2] = ["--line", "CT:112233448:50.00"];

#[tokio::test(flavor = "multi_thread")]
async fn a_card_by_telephone_is_started_entered_and_booked() {
    let stub = Stub::start(None, Weather::default()).await;
    let town = with(&govuk(&stub)).await;
    let started = start(&town, "call-1", &TAX).await;
    assert_eq!(started.exit, Exit::Done, "{started:?}");
    let (_, address) = started.out.split_once("enter the card, once, at ").expect("an address");
    assert!(address.starts_with(&stub.url), "{started:?}");
    assert!(!started.out.contains("started before"), "{started:?}");
    // The same key again is the same payment; anything else under it is refused.
    let again = start(&town, "call-1", &[TAX[0], TAX[1], "--json"]).await.json();
    assert_eq!((&again["method"], &again["before"]), (&"11".into(), &true.into()), "{again}");
    let other = start(&town, "call-1", &["--line", "CT:112233448:51.00"]).await;
    assert_eq!(other.exit, Exit::Refused, "{other:?}");
    assert!(other.err.contains("was used before"), "{other:?}");
    let asked = {
        let books = stub.books();
        let [one] = books.payments() else { panic!("{:?}", books.payments()) };
        one.clone()
    };
    assert_eq!((asked.is_moto(), asked.amount, asked.description()), (true, 5_000, "Council tax"));
    assert_eq!(asked.return_url(), "https://www.example.gov.uk/thanks");

    let folder = town.path("");
    let poll = ["payment", "poll", "--secrets", &folder];
    let id = again["payment"].as_str().unwrap();
    stub.pay(&asked.payment_id, "4444333322221111");
    assert!(town.run(&["payment", "show", id]).await.out.contains(": started"));
    town.set_clock("2026-04-02T09:02:00Z");
    assert_eq!(town.run(&poll).await.exit, Exit::Done);
    let shown = town.run(&["payment", "show", id]).await;
    assert!(shown.out.contains("captured, receipt "), "{shown:?}");
    let found = town.run(&["receipt", "find", "--reference", "112233448", "--json"]).await.json();
    let rows = found["receipts"].as_array().unwrap();
    assert_eq!(rows.len(), 1, "{found}");
    assert_eq!(
        (&rows[0]["method"], &rows[0]["fund"], &rows[0]["amount_pence"]),
        (&"11".into(), &"CT".into(), &5_000.into())
    );
    let late = start(&town, "call-1", &TAX).await;
    assert!(
        late.exit == Exit::Done && late.out.contains(", started before under this key: captured"),
        "{late:?}"
    );

    // What is called off at the provider takes nothing.
    let second = start(&town, "call-2", &["--line", "CT:112233448:6.00", "--json"]).await.json();
    let named = stub.books().payments().last().unwrap().payment_id.clone();
    stub.call_off(&named);
    town.set_clock("2026-04-02T09:04:00Z");
    town.run(&poll).await;
    let shown = town.run(&["payment", "show", second["payment"].as_str().unwrap()]).await;
    assert!(shown.out.contains(": cancelled") && !shown.out.contains("receipt"), "{shown:?}");
    let late = start(&town, "call-2", &["--line", "CT:112233448:6.00"]).await;
    assert!(late.exit == Exit::SeeTo && late.out.contains("under another key"), "{late:?}");
    assert_eq!(stub.books().total(), 5_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_no_card_by_telephone_is_told_before_anything_is_started() {
    let stub = Stub::start(None, Weather::default()).await;
    let stripe = "[[provider]]\nname = \"web\"\nkind = \"stripe\"\nmethods = [\"11\"]\n\
                  secrets = { key = \"key\" }\n";
    let several = format!(
        "[[method]]\ncode = \"12\"\nname = \"Card by telephone\"\nkind = \"card-phone\"\nchannel = \"till\"\n\
         {}",
        govuk(&stub).replace("[\"11\"]", "[\"11\", \"12\"]")
    );
    for (accounts, more, exit, words) in [
        ("", &TAX[..], Exit::Refused, "takes a method for cards through staff or by telephone"),
        (
            stripe,
            &TAX,
            Exit::Refused,
            "the account web takes no such card by telephone: it is used for payments online only",
        ),
        (
            &govuk(&stub),
            &["--line", "LE:LM01:5.00"],
            Exit::Refused,
            "takes all of these funds by method 11",
        ),
        (&several, &TAX, Exit::Unusable, "say --method, one of 11, 12"),
        (&govuk(&stub), &["--line", "CT:112233448:0"], Exit::Unusable, "more than nothing"),
    ] {
        let town = with(accounts).await;
        let said = start(&town, "call-1", more).await;
        assert_eq!(said.exit, exit, "{said:?}");
        assert!(said.err.contains(words), "{said:?}");
        let listed = town.run(&["payment", "list"]).await;
        assert_eq!(listed.out, "there is no such payment\n", "{said:?}");
    }
    assert_eq!(stub.books().payments().len(), 0);

    // Which of several, and who pays, may be said.
    let town = with(&several).await;
    let said = start(
        &town,
        "call-1",
        &["--line", TAX[1], "--method", "12", "--payer", "Ann Other", "--json"],
    )
    .await;
    assert_eq!((said.exit, &said.json()["method"]), (Exit::Done, &"12".into()), "{said:?}");

    // Refused by the provider itself: it is over, and says why.
    stub.books().refuse_moto();
    let off = start(&town, "call-2", &["--line", TAX[1], "--method", "12"]).await;
    assert_eq!(off.exit, Exit::Refused, "{off:?}");
    assert!(off.err.contains("telephone payments (MOTO)"), "{off:?}");
    let listed = town.run(&["payment", "list", "--status", "errored"]).await;
    assert!(listed.out.contains("telephone payments (MOTO)"), "{listed:?}");
}

/// A robot on the line takes the card, and a form is no address.
#[tokio::test(flavor = "multi_thread")]
async fn where_no_address_leads_on_that_is_said() {
    let storm = "[[provider]]\nname = \"line\"\nkind = \"storm\"\nmethods = [\"11\"]\n\
                 settings = { merchant = \"town_1\", key-id = \"id-1\" }\nsecrets = { key = \"base64\" }\n";
    let town = with(storm).await;
    town.write("base64", "b2YtdGhlLXByb3ZpZGVy");
    let said = start(&town, "call-1", &TAX).await;
    let reference = said.out.split(' ').nth(1).unwrap().to_owned();
    assert_eq!(said.exit, Exit::Done, "{said:?}");
    assert!(said.out.contains(&format!("take the card at storm: {reference} 50.00")), "{said:?}");

    let fuse = "[[provider]]\nname = \"fuse\"\nkind = \"fuse\"\nmethods = [\"11\"]\n\
                settings = { merchant = \"town_1\", key-id = \"id-1\", profile = \"P1\", staff-profile = \"P2\", place = \"tests\" }\n\
                secrets = { key = \"base64\", access = \"key\", signing = \"key\", staff-access = \"key\", staff-signing = \"key\" }\n";
    let town = with(fuse).await;
    town.write("base64", "b2YtdGhlLXByb3ZpZGVy");
    let said = start(&town, "call-1", &TAX).await;
    assert_eq!(said.exit, Exit::SeeTo, "{said:?}");
    assert!(said.out.contains("start it at the counter"), "{said:?}");
}
