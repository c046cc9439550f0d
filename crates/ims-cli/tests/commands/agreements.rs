//! Agreements: made and set up, what is due taken from a file once, ended.

use ims_cli::Exit;
use ims_testkit::govuk_pay::{API_KEY, Stub, Weather};

use crate::town::Town;

const GOOD: &str = "4444333322221111";

/// A town with an account at the stub.
async fn at(stub: &Stub) -> Town {
    with_accounts(&[("pay", stub)]).await
}

/// A town with an account at each of these stubs.
async fn with_accounts(stubs: &[(&str, &Stub)]) -> Town {
    let town = Town::with_council().await;
    let document = std::fs::read_to_string(town.folder().join("council.toml")).unwrap();
    let method = "\n[[method]]\ncode = \"10\"\nname = \"Card on the web\"\nkind = \"card-online\"\nchannel = \"till\"\n";
    let account = |(name, stub): &(&str, &Stub)| {
        format!(
            "[[provider]]\nname = \"{name}\"\nkind = \"govuk-pay\"\nurl = \"{}\"\nmethods = [\"10\"]\n\
             secrets = {{ key = \"key\" }}\n",
            stub.url
        )
    };
    let accounts: String = stubs.iter().map(account).collect();
    let document = town.write("pay.toml", document + method + accounts.as_str());
    let done = town.run(&["config", "apply", &document, "--from", "2026-04-02"]).await;
    assert_eq!(done.exit, Exit::Done, "{done:?}");
    town.write("key", API_KEY);
    town
}

async fn run(town: &Town, words: &[&str]) -> crate::town::Said {
    let folder = town.path("");
    let mut all = vec!["agreement"];
    all.extend(words);
    all.extend(["--secrets", &folder]);
    town.run(&all).await
}

/// An agreement whose payer has agreed.
async fn agreed(town: &Town, stub: &Stub) -> String {
    agreed_at(town, ("pay", stub), "09:02").await
}

/// The same at one of several accounts; it is asked about at that time.
async fn agreed_at(town: &Town, (account, stub): (&str, &Stub), at: &str) -> String {
    let (key, first) = (format!("{account} ct-1"), format!("{account} first"));
    let make = [
        "make",
        "--provider",
        account,
        "--method",
        "10",
        "--fund",
        "CT",
        "--reference",
        "112233448",
        "--most",
        "50.00",
        "--for",
        "Council tax by instalments",
        "--key",
        &key,
        "--json",
    ];
    let made = run(town, &make).await;
    assert_eq!(made.exit, Exit::Done, "{made:?}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let set_up = [
        "set-up",
        &id,
        "--amount",
        "10.00",
        "--key",
        &first,
        "--return-url",
        "https://www.example.gov.uk/thanks",
    ];
    let said = run(town, &set_up).await;
    let (_, address) = said.out.split_once("once, at ").expect("an address");
    assert!(address.starts_with(&stub.url), "{said:?}");
    let name = stub.books().payments()[0].payment_id.clone();
    stub.pay(&name, GOOD);
    let folder = town.path("");
    town.run(&["payment", "poll", "--secrets", &folder]).await;
    town.set_clock(&format!("2026-04-02T{at}:00Z"));
    let polled = town.run(&["payment", "poll", "--secrets", &folder]).await;
    assert_eq!(polled.exit, Exit::Done, "{polled:?}");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_taken_from_a_file_once() {
    let stub = Stub::start(None, Weather::default()).await;
    let town = at(&stub).await;
    let id = agreed(&town, &stub).await;
    let shown = town.run(&["agreement", "show", &id]).await;
    assert!(shown.out.contains("at most 50.00 at once: active, 1 payment"), "{shown:?}");

    let none = "0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b";
    let file = town.write(
        "due.csv",
        format!(
            "agreement,amount,key\n{id},5.00,may\n{id},7.13,june\n{id},50.01,july\n{none},1,x\n"
        ),
    );
    for _ in 0..2 {
        let taken = run(&town, &["take", "--file", &file, "--json"]).await;
        assert_eq!(taken.exit, Exit::SeeTo, "{taken:?}");
        let told = taken.json();
        let lines = told["lines"].as_array().unwrap();
        let states: Vec<_> = lines.iter().map(|line| line["status"].as_str().unwrap()).collect();
        assert_eq!(states, ["captured", "failed", "not taken", "not taken"], "{told}");
        assert_eq!(
            (&told["due"], &told["paid"], &told["paid_pence"]),
            (&4.into(), &1.into(), &500.into())
        );
        assert!(
            lines[0]["receipt"].is_string() && lines[1]["why"].as_str().unwrap().contains("P0010")
        );
        assert!(lines[2]["why"].as_str().unwrap().contains("more than the 50.00"), "{told}");
        assert!(lines[3]["why"].as_str().unwrap().contains("no agreement"), "{told}");
    }
    assert_eq!(stub.books().total(), 1_500);

    // A file that does not read takes nothing.
    let broken = town.write("broken.csv", format!("agreement,amount,key\n{id},5.00,a\n{id},x,b\n"));
    let said = run(&town, &["take", "--file", &broken]).await;
    assert_eq!(said.exit, Exit::Unusable, "{said:?}");
    assert!(
        said.err.contains("broken.csv line 3: amount") && said.err.contains("nothing was taken"),
        "{said:?}"
    );
    assert_eq!(stub.books().total(), 1_500);
    let one = run(&town, &["take", &id, "--amount", "6.00", "--key", "august"]).await;
    assert_eq!((one.exit, stub.books().total()), (Exit::Done, 2_100), "{one:?}");

    let ended = run(&town, &["end", &id, "--why", "the payer rang"]).await;
    assert_eq!(ended.exit, Exit::Done, "{ended:?}");
    let listed = town.run(&["agreement", "list", "--status", "ended", "--json"]).await;
    assert_eq!(listed.json()["agreements"][0]["id"], id.as_str());
    let late = run(&town, &["take", &id, "--amount", "6.00", "--key", "late"]).await;
    assert!(late.exit == Exit::SeeTo && late.out.contains("has ended"), "{late:?}");

    // An account that is used no more takes nothing, and what it took is told of all the same.
    let document = std::fs::read_to_string(town.folder().join("pay.toml")).unwrap();
    let closed = document.replace("name = \"pay\"", "name = \"pay\"\ndisabled = true");
    assert_ne!(closed, document);
    let closed = town.write("closed.toml", closed);
    let done = town.run(&["config", "apply", &closed, "--from", "2026-04-02"]).await;
    assert_eq!(done.exit, Exit::Done, "{done:?}");
    let told = run(&town, &["take", "--file", &file, "--json"]).await.json();
    let lines = told["lines"].as_array().unwrap();
    let states: Vec<_> = lines.iter().map(|line| line["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["captured", "failed", "not taken", "not taken"], "{told}");
    assert_eq!((lines[0]["why"].as_str().unwrap(), stub.books().total()), ("", 2_100));
    assert!(lines[2]["why"].as_str().unwrap().contains("takes no new payments"), "{told}");
    assert_eq!(town.run(&["verify"]).await.exit, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_is_left_alone_and_asked_again() {
    let stub = Stub::start(None, Weather::default()).await;
    let town = at(&stub).await;
    let id = agreed(&town, &stub).await;
    let rows: String = (0..5).map(|nth| format!("{id},1.00,k{nth}\n")).collect();
    let file = town.write("due.csv", format!("agreement,amount,key\n{rows}"));
    stub.books().set_weather(Weather { down: 1, ..Weather::default() });
    let states = |said: &crate::town::Said| {
        let lines = said.json()["lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let away = run(&town, &["take", "--file", &file, "--json"]).await;
    assert_eq!(away.exit, Exit::SeeTo);
    assert_eq!(states(&away), ["unknown", "unknown", "unknown", "not taken", "not taken"]);
    stub.books().set_weather(Weather::default());
    let back = run(&town, &["take", "--file", &file, "--json"]).await;
    assert_eq!((back.exit, states(&back)), (Exit::Done, vec!["captured".to_owned(); 5]));
    assert_eq!(stub.books().total(), 1_500);
}

/// The rows of one account lie between those of another that does not answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_keeps_nothing_from_being_taken_at_another() {
    let (stub, other) =
        (Stub::start(None, Weather::default()).await, Stub::start(None, Weather::default()).await);
    let town = with_accounts(&[("pay", &stub), ("other", &other)]).await;
    let id = agreed(&town, &stub).await;
    let there = agreed_at(&town, ("other", &other), "09:04").await;
    let mut rows: String = (0..4).map(|nth| format!("{id},1.00,k{nth}\n")).collect();
    rows += &format!("{there},2.00,o0\n{id},1.00,k4\n{there},2.00,o1\n");
    let file = town.write("due.csv", format!("agreement,amount,key\n{rows}"));
    stub.books().set_weather(Weather { down: 1, ..Weather::default() });
    let states = |said: &crate::town::Said| {
        let lines = said.json()["lines"].as_array().unwrap().clone();
        lines.iter().map(|line| line["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let away = run(&town, &["take", "--file", &file, "--json"]).await;
    let silent = ["unknown", "unknown", "unknown", "not taken"];
    assert_eq!(states(&away), [&silent[..], &["captured", "not taken", "captured"]].concat());
    assert_eq!((stub.books().total(), other.books().total()), (1_000, 1_400));
    stub.books().set_weather(Weather::default());
    let back = run(&town, &["take", "--file", &file, "--json"]).await;
    assert_eq!((back.exit, states(&back)), (Exit::Done, vec!["captured".to_owned(); 7]));
    assert_eq!((stub.books().total(), other.books().total()), (1_500, 1_400));
    assert_eq!(town.run(&["verify"]).await.exit, Exit::Done);
}
