//! Letters by GOV.UK Notify, at a stub that checks what signs in.

use std::sync::Arc;

use chrono::TimeDelta;
use ims_app::{Clock as _, Letter, Mail as _, NotSent};
use ims_edge::SystemClock;
use ims_gateway::{Carrier, Notify};
use ims_ledger::Council;
use ims_pay::{Language, Secret};
use ims_testkit::mail::{NOTIFY_KEY, NotifyStub, Sent};
use serde_json::json;

fn council(url: &str, key: &str) -> Council {
    let document = ims_app::configuration::defaults("MILL", "Millborough Council").unwrap()
        + format!(
            "[mail]\nby = \"notify\"\nurl = \"{url}\"\n\
             template = {{ en = \"template-en\", cy = \"template-cy\" }}\nsecrets = {{ key = \"{key}\" }}\n"
        ).as_str();
    ims_app::configuration::read(&document).unwrap()
}

fn letter(language: Language) -> Letter {
    Letter {
        id: "9d751e0e-f929-4891-82a1-a3e1c3c18ee3".parse().unwrap(),
        to: "ann.other@example.org".to_owned(),
        language,
        subject: "Your receipt".to_owned(),
        text: "Total paid: £8.20".to_owned(),
    }
}

fn notify() -> Notify {
    let secrets = |name: &str| match name {
        "notify" => Some(Secret::new(NOTIFY_KEY)),
        // The service's own id at its end: not what it signs by.
        "wrong" => Some(Secret::new(NOTIFY_KEY.replace("3d844edf", "00000000"))),
        "none" => Some(Secret::new("api_test_1")),
        _ => None,
    };
    Notify::new(Carrier::new().unwrap(), Arc::new(secrets))
}

#[tokio::test]
async fn a_letter_is_handed_to_notify_in_its_language() {
    let stub = NotifyStub::start().await;
    let town = council(&stub.url, "notify");
    for language in [Language::English, Language::Welsh] {
        notify().send(&town, &letter(language), SystemClock.now()).await.unwrap();
    }
    let sent = |template: &str| Sent {
        to: "ann.other@example.org".to_owned(),
        template: template.to_owned(),
        personalisation: json!({ "subject": "Your receipt", "text": "Total paid: £8.20" }),
        reference: "9d751e0e-f929-4891-82a1-a3e1c3c18ee3".to_owned(),
    };
    assert_eq!(stub.sent(), [sent("template-en"), sent("template-cy")]);
}

/// What Notify refuses is certainly not sent; where it fails, nobody knows.
#[tokio::test]
async fn what_notify_does_not_take_is_tried_later() {
    let stub = NotifyStub::start().await;
    let town = council(&stub.url, "notify");
    let of = async |town: &Council, now| {
        notify().send(town, &letter(Language::English), now).await.unwrap_err()
    };
    let late = SystemClock.now() - TimeDelta::seconds(45);
    for (why, says) in [
        (of(&town, late).await, "it says 403"),
        (of(&council(&stub.url, "wrong"), SystemClock.now()).await, "it says 403"),
        (
            of(&council(&stub.url, "none"), SystemClock.now()).await,
            "`none` is no key of GOV.UK Notify",
        ),
        (of(&council(&stub.url, "gone"), SystemClock.now()).await, "`gone` is not set"),
        (
            of(&council("http://127.0.0.1:9", "notify"), SystemClock.now()).await,
            "could not be reached",
        ),
    ] {
        assert!(matches!(&why, NotSent::Later(what) if what.contains(says)), "{says}: {why:?}");
    }
    stub.refuse_with(Some(429));
    assert!(matches!(of(&town, SystemClock.now()).await, NotSent::Later(_)));
    for status in [500, 502, 503, 504] {
        stub.refuse_with(Some(status));
        let why = of(&town, SystemClock.now()).await;
        assert_eq!(why, NotSent::Unknown(format!("GOV.UK Notify failed (it says {status})")));
    }
    stub.refuse_with(Some(400));
    let why = of(&town, SystemClock.now()).await;
    assert!(matches!(&why, NotSent::Never(_)), "{why:?}");
    assert!(!why.to_string().contains("example.org"), "{why}");
    assert_eq!(stub.sent(), []);
}
