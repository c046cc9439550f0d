//! Letters through a mail server on this machine, over a real line.
#![cfg(feature = "smtp")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::sync::Arc;

use chrono::DateTime;
use ims_app::{Letter, Mail as _, NotSent};
use ims_edge::Smtp;
use ims_ledger::Council;
use ims_pay::{Language, Secret};
use ims_testkit::mail::{Catcher, Mood};
use uuid::Uuid;

fn council(host: &str, more: &str) -> Council {
    let text = format!(
        "code = \"T\"\nname = \"Tref Cyngor\"\n[settings]\nsmtp_host = \"{host}\"\n\
         mail_from = \"income@example.gov.uk\"\nmail_from_name = \"Tŷ Cyngor\"\n\
         [mail]\nby = \"smtp\"\n{more}"
    );
    let council: Council = toml::from_str(&text).unwrap();
    assert_eq!(council.faults(), []);
    council
}

fn letter() -> Letter {
    Letter {
        id: Uuid::from_u128(7),
        to: "ann.other@example.org".to_owned(),
        language: Language::Welsh,
        subject: "Eich derbynneb: Tŷ Cyngor".to_owned(),
        text: "Diolch.\n\nSwm: £8.20\n.\n..a line that begins with dots\n".to_owned(),
    }
}

async fn sent(council: &Council) -> Result<(), NotSent> {
    let secrets = |name: &str| (name == "smtp").then(|| Secret::new("the-password"));
    Smtp::new(Arc::new(secrets)).send(council, &letter(), DateTime::UNIX_EPOCH).await
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written() {
    let catcher = Catcher::start().await;
    sent(&council(&catcher.host, "")).await.unwrap();
    let [caught] = &catcher.caught()[..] else { panic!("one letter") };
    assert_eq!(caught.from, "income@example.gov.uk");
    assert_eq!(caught.to, ["ann.other@example.org"]);
    assert_eq!(caught.text(), letter().text);
    // Header fields are ASCII, whatever they say (RFC 2047).
    assert!(caught.raw.split("\r\n\r\n").next().unwrap().is_ascii(), "{}", caught.raw);
    let id = "<00000000-0000-0000-0000-000000000007@example.gov.uk>";
    assert_eq!(caught.header("Message-ID").as_deref(), Some(id));
    assert_eq!(caught.header("To").as_deref(), Some("ann.other@example.org"));
    assert_eq!(caught.header("Content-Type").as_deref(), Some("text/plain; charset=utf-8"));
    assert_eq!(caught.signed_in, None);
}

#[tokio::test]
async fn who_signs_in_does_so_before_the_letter() {
    let catcher = Catcher::start().await;
    let signed = "user = \"ims\"\nsecrets = { password = \"smtp\" }\n";
    sent(&council(&catcher.host, signed)).await.unwrap();
    let pair = Some(("ims".to_owned(), "the-password".to_owned()));
    assert_eq!(catcher.caught()[0].signed_in, pair);
    let unset = signed.replace("\"smtp\" }", "\"gone\" }");
    let why = sent(&council(&catcher.host, &unset)).await.unwrap_err();
    assert!(matches!(&why, NotSent::Later(what) if what.contains("`gone` is not set")), "{why:?}");
    assert_eq!(catcher.caught().len(), 1);
}

/// What may have been taken is told apart from what was certainly not; and what is
/// said of it names nobody.
#[tokio::test]
async fn each_way_a_letter_is_not_sent_is_told_apart() {
    let catcher = Catcher::start().await;
    let town = council(&catcher.host, "");
    // Only what is said of the address itself (RFC 3463) ends a letter: what a server
    // has against us, somebody can put right.
    for (mood, wanted, caught) in [
        (Mood::Busy, "later", 0),
        (Mood::KnowsNobody, "never", 0),
        (Mood::Refuses("551-5.1.6 has\r\n551 5.1.6 moved away"), "never", 0),
        (Mood::Refuses("553 5.1.3 that is no address"), "never", 0),
        (Mood::Refuses("550 5.7.1 relaying denied"), "later", 0),
        (Mood::Refuses("550 5.1.8 bad sender's address"), "later", 0),
        (Mood::Refuses("530 5.7.0 authenticate first"), "later", 0),
        (Mood::Refuses("554 5.1.1 not by our policy"), "later", 0),
        (Mood::Refuses("550 no"), "later", 0),
        (Mood::RefusesLetter("554 5.7.1 not from you"), "later", 0),
        (Mood::RefusesLetter("550 5.1.1 no such person here"), "never", 0),
        (Mood::HangsUp, "unknown", 1),
    ] {
        catcher.set(mood);
        let why = sent(&town).await.unwrap_err();
        let kind = match &why {
            NotSent::Later(_) => "later",
            NotSent::Never(_) => "never",
            NotSent::Unknown(_) => "unknown",
        };
        assert_eq!((kind, catcher.caught().len()), (wanted, caught), "{mood:?}: {why}");
        assert!(!why.to_string().contains("example.org"), "{why}");
    }
    let host = catcher.host.clone();
    drop(catcher);
    let gone = sent(&council(&host, "")).await.unwrap_err();
    assert!(matches!(gone, NotSent::Later(_)), "{gone:?}");
}

/// Elsewhere than on this machine nothing is said in plain text.
#[tokio::test]
async fn a_server_elsewhere_that_has_no_tls_gets_no_letter() {
    // An address that is not taken for this machine's.
    let catcher = Catcher::start_on("127.0.0.2").await;
    let why = sent(&council(&catcher.host, "")).await.unwrap_err();
    let says = "the mail server does not begin TLS";
    assert_eq!(why, NotSent::Later(says.to_owned()));
    assert_eq!(catcher.caught(), []);
}
