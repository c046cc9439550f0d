//! Payment links: made, shown, taken back, and their codes in files.

use ims_cli::Exit;

use crate::town::Town;

/// A portal at a sandbox, with a key for links.
const PORTAL: &str = r#"
[[method]]
code = "10"
name = "Card on the web"
kind = "card-online"
channel = "till"

[[provider]]
name = "sandbox"
kind = "sandbox"
methods = ["10"]

[portal]
open = true
method = "10"
address = "https://pay.example.gov.uk"
secrets = { links = "portal-links" }

[[portal.item]]
fund = "CT"
label = { en = "Council tax" }
reference = { en = "Account number" }

[[portal.item]]
fund = "LE"
label = { en = "Leisure" }
reference = { en = "Membership number" }
"#;

async fn with_portal(portal: &str) -> Town {
    let town = Town::with_council().await;
    let document = std::fs::read_to_string(town.folder().join("council.toml")).unwrap();
    let document = town.write("portal.toml", document + portal);
    let done = town.run(&["config", "apply", &document, "--from", "2026-04-02"]).await;
    assert_eq!(done.exit, Exit::Done, "{done:?}");
    town.write("portal-links", "a key of the council's, long enough\n");
    town
}

const TAX: &str = "CT:112233448:50.00";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_made_with_its_codes_and_taken_back() {
    let town = with_portal(PORTAL).await;
    let (folder, svg, png) = (town.path(""), town.path("code.svg"), town.path("code.png"));
    let make = [
        "link",
        "make",
        "--line",
        TAX,
        "--line",
        "LE:LM01",
        "--until",
        "2026-04-30",
        "--label",
        "Your bill",
        "--key",
        "k",
        "--secrets",
        &folder,
        "--svg",
        &svg,
        "--png",
        &png,
    ];
    let said = town.run(&make).await;
    assert_eq!(said.exit, Exit::Done, "{said:?}");
    assert!(said.out.contains("is good until the end of 2026-04-30"), "{}", said.out);
    let picture = std::fs::read_to_string(&svg).unwrap();
    assert!(picture.starts_with("<?xml") && picture.contains("<svg"), "{picture}");
    assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG"));
    let again = town.run(&[&make[..], &["--json"]].concat()).await.json();
    assert_eq!((again["before"].clone(), again["uses"].clone()), (true.into(), "once".into()));
    let id = again["id"].as_str().unwrap().to_owned();
    let address = again["address"].as_str().unwrap().to_owned();
    assert!(address.starts_with("https://pay.example.gov.uk/link/") && said.out.contains(&address));
    // Nothing of the payer in it.
    assert!(!address.contains("112233448") && !address.contains("LM01"), "{address}");

    let shown = town.run(&["link", "show", &id, "--secrets", &folder, "--qr"]).await;
    let words = "CT 112233448 50.00, LE LM01 open (Your bill): open, until 2026-04-30\n";
    assert!(shown.out.starts_with(words) && shown.out.contains(&address), "{}", shown.out);
    assert!(shown.out.lines().filter(|line| line.contains('█')).count() > 20, "{}", shown.out);
    let without = town.run(&["link", "show", &id]).await;
    assert!(without.out.contains("is shown to who is given the key"), "{}", without.out);
    let gone = town.run(&["link", "withdraw", &id, "--why", "paid by cheque"]).await;
    assert_eq!((gone.exit, gone.out), (Exit::Done, format!("{id} is withdrawn\n")));
    let listed = town.run(&["link", "list"]).await;
    assert!(listed.out.contains("withdrawn") && listed.out.contains("Your bill"), "{}", listed.out);
    assert_eq!(
        town.run(&["link", "list", "--state", "open", "--json"]).await.json()["links"],
        serde_json::json!([])
    );
    assert_eq!(town.run(&["verify"]).await.exit, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_link_is_said_in_a_sentence() {
    let town = with_portal(&PORTAL.replace("address = \"https://pay.example.gov.uk\"\n", "")).await;
    let folder = town.path("");
    let until = ["--until", "2026-04-30"];
    let make = ["link", "make", "--line", TAX];
    for (more, exit, why) in [
        (&["--secrets", &folder, "--qr"][..], Exit::Unusable, "does not say where the portal is"),
        (&[], Exit::Refused, "`portal-links`, is not set"),
        (&["--secrets", &folder, "--line", "LE"], Exit::Unusable, "CT:112233448:50.00 would be"),
        (&["--secrets", &folder, "--line", "LE:LM01:1.005"], Exit::Unusable, "1.005"),
        (
            &["--secrets", &folder, "--line", "XX:1"],
            Exit::Refused,
            "XX 1: is not offered on the portal",
        ),
    ] {
        let said = town.run(&[&make[..], &until, more].concat()).await;
        assert_eq!(said.exit, exit, "{said:?}");
        assert!(said.err.contains(why), "{said:?}");
    }
    // Where nobody said where the portal is, what stands after that is told.
    let said = town.run(&[&make[..], &until, &["--secrets", &folder]].concat()).await;
    assert!(
        said.out.lines().any(|line| line.starts_with("/link/") && line.len() == 81),
        "{said:?}"
    );
    let none = town.run(&["link", "show", "0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b"]).await;
    assert_eq!(none.exit, Exit::Unusable, "{none:?}");
}
