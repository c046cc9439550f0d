//! Addresses by the OS Places API, at a stub that takes one key.

use std::{sync::Arc, time::Duration};

use ims_app::{AddressLookup as _, AddressesAway};
use ims_gateway::{Carrier, OsPlaces};
use ims_ledger::{Council, Postcode};
use ims_pay::Secret;
use ims_testkit::places::{Mood, PLACES_KEY, PlacesStub};

fn council(url: &str, key: &str) -> Council {
    let document = ims_app::configuration::defaults("MILL", "Millborough Council").unwrap()
        + format!(
            "[addresses]\nby = \"os-places\"\nurl = \"{url}\"\nsecrets = {{ key = \"{key}\" }}\n"
        )
        .as_str();
    ims_app::configuration::read(&document).unwrap()
}

fn places() -> OsPlaces {
    let secrets = |name: &str| match name {
        "os-key" => Some(Secret::new(format!("{PLACES_KEY}\n"))),
        "wrong" => Some(Secret::new("another")),
        _ => None,
    };
    let carrier = Carrier::new().unwrap().waiting_at_most(Duration::from_millis(800));
    OsPlaces::new(carrier, Arc::new(secrets))
}

fn postcode(text: &str) -> Postcode {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_addresses_of_a_postcode_are_read_from_its_delivery_points() {
    let stub = PlacesStub::start().await;
    let found = places().find(&council(&stub.url, "os-key"), &postcode("zz11zz")).await.unwrap();
    let mut lines: Vec<_> =
        found.into_iter().map(|it| [it.line1, it.line2, it.town, it.postcode].join("|")).collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "10 HIGH STREET||BRIGHTWATER|ZZ1 1ZZ",
            "2 HIGH STREET||BRIGHTWATER|ZZ1 1ZZ",
            "FLAT 1, MAPLE HOUSE|12A HIGH STREET, LOWTON|BRIGHTWATER|ZZ1 1ZZ",
        ]
    );
    // The key stands in no address, which others may log.
    assert_eq!(stub.asked(), ["postcode=ZZ11ZZ&dataset=DPA&maxresults=100"]);
    let nobody = places().find(&council(&stub.url, "os-key"), &postcode("ZZ9 9ZZ")).await;
    assert_eq!(nobody, Ok(Vec::new()));
}

/// Whatever goes wrong is said without the postcode, which the service quotes, and
/// without the key.
#[tokio::test]
async fn what_cannot_be_had_says_why_and_names_nobody() {
    let stub = PlacesStub::start().await;
    let town = council(&stub.url, "os-key");
    let of = async |town: &Council| {
        let AddressesAway(why) = places().find(town, &postcode("ZZ1 1ZZ")).await.unwrap_err();
        assert!(!why.contains("ZZ1") && !why.contains(PLACES_KEY), "{why}");
        why
    };
    for (key, says) in [
        ("wrong", "OS Places does not take the key (it says 401)"),
        ("gone", "the value of its secret `gone` is not set"),
    ] {
        assert_eq!(of(&council(&stub.url, key)).await, says);
    }
    assert_eq!(
        of(&council("http://127.0.0.1:9", "os-key")).await,
        "OS Places could not be reached"
    );
    for (mood, says) in [
        (Mood::Refuses(429), "OS Places has no time for more (it says 429)"),
        (Mood::Refuses(503), "OS Places failed (it says 503)"),
        (Mood::Refuses(400), "OS Places failed (it says 400)"),
        (Mood::Refuses(302), "OS Places failed (it says 302)"),
        (Mood::Babbles("<html>"), "OS Places says what cannot be read"),
        (Mood::Babbles("{}"), "OS Places says what cannot be read"),
        (Mood::Babbles(r#"{"header":{"totalresults":3}}"#), "OS Places says what cannot be read"),
        (Mood::Silent, "OS Places did not answer"),
    ] {
        stub.set(mood);
        assert_eq!(of(&town).await, says, "{mood:?}");
    }
    assert_eq!(places().ready(&town).await, Ok(()));
    let gone = places().ready(&council(&stub.url, "gone")).await.unwrap_err();
    assert_eq!(gone.to_string(), "the value of its secret `gone` is not set");
    assert_eq!(format!("{:?}", places()), "OsPlaces(..)");
}
