//! A stub of the OS Places API, made after its technical specification: addresses of
//! three postcodes that do not exist, for whoever has the key.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use serde_json::{Value, json};

use crate::serving::{Port, Serving};

/// The key that it takes.
pub const PLACES_KEY: &str = "places-test-key";

/// How it treats who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// It answers.
    #[default]
    Answers,
    /// It answers with this status and an error document that quotes the question.
    Refuses(u16),
    /// It answers with something else than it should.
    Babbles(&'static str),
    /// It says nothing.
    Silent,
}

#[derive(Debug, Default)]
struct Kept {
    mood: Mood,
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Kept>>;

/// The stub, which ends when this is dropped.
#[derive(Debug)]
pub struct PlacesStub {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub url: String,
    kept: Shared,
    _serving: Serving,
}

impl PlacesStub {
    /// Starts it on a free port.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub async fn start() -> Self {
        let port = Port::free().await;
        let url = port.url.clone();
        let kept = Shared::default();
        let routes = Router::new().route("/postcode", get(postcode)).with_state(kept.clone());
        Self { url, kept, _serving: port.serve(routes) }
    }

    /// From now on it is in this mood.
    ///
    /// # Panics
    ///
    /// When a test panicked while it held what was asked.
    pub fn set(&self, mood: Mood) {
        self.kept.lock().expect("nobody panics with it").mood = mood;
    }

    /// The queries it was asked, in their order.
    ///
    /// # Panics
    ///
    /// When a test panicked while it held them.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.kept.lock().expect("nobody panics with it").asked.clone()
    }
}

fn error(status: u16, message: &str) -> (StatusCode, String) {
    let body = json!({ "error": { "statuscode": status, "message": message } });
    (StatusCode::from_u16(status).expect("a status"), body.to_string())
}

async fn postcode(
    State(kept): State<Shared>,
    headers: HeaderMap,
    axum::extract::RawQuery(raw): axum::extract::RawQuery,
    Query(query): Query<std::collections::BTreeMap<String, String>>,
) -> (StatusCode, String) {
    let mood = {
        let mut kept = kept.lock().expect("nobody panics with it");
        kept.asked.push(raw.unwrap_or_default());
        kept.mood
    };
    if headers.get("key").and_then(|key| key.to_str().ok()) != Some(PLACES_KEY) {
        let fault = json!({ "fault": { "faultstring": "Invalid ApiKey" } });
        return (StatusCode::UNAUTHORIZED, fault.to_string());
    }
    let asked = query.get("postcode").map(|text| text.replace(' ', "").to_uppercase());
    let asked = asked.unwrap_or_default();
    match mood {
        Mood::Answers => {}
        Mood::Refuses(status) => return error(status, &format!("Requested postcode was {asked}.")),
        Mood::Babbles(text) => return (StatusCode::OK, text.to_owned()),
        Mood::Silent => {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    }
    if asked.len() < 4 {
        return error(
            400,
            &format!(
                "Requested postcode must contain a minimum of the sector plus 1 digit of the district e.g. SO1. Requested postcode was {asked}"
            ),
        );
    }
    let results: Vec<Value> =
        living_at(&asked).into_iter().map(|dpa| json!({ "DPA": dpa })).collect();
    let mut answer = json!({ "header": {
        "uri": format!("https://api.os.uk/search/places/v1/postcode?postcode={asked}"),
        "query": format!("postcode={asked}"),
        "offset": 0, "totalresults": results.len(), "format": "JSON", "dataset": "DPA",
        "lr": "EN,CY", "maxresults": 100, "epoch": "112", "lastupdate": "2026-03-01",
        "output_srs": "EPSG:27700",
    }});
    // Of a postcode that nobody lives at there are no results at all.
    if !results.is_empty() {
        answer["results"] = Value::Array(results);
    }
    (StatusCode::OK, answer.to_string())
}

/// The delivery points of a postcode, in no order.
fn living_at(postcode: &str) -> Vec<Value> {
    let base = |uprn: &str, address: &str| {
        json!({
            "UPRN": uprn, "UDPRN": "50000001", "ADDRESS": address, "RPC": "1",
            "X_COORDINATE": 437300.0, "Y_COORDINATE": 115541.0, "STATUS": "APPROVED",
            "LOGICAL_STATUS_CODE": "1", "LANGUAGE": "EN", "MATCH": 1.0, "MATCH_DESCRIPTION": "EXACT",
            "POST_TOWN": "BRIGHTWATER",
        })
    };
    let with = |mut point: Value, more: Value| {
        for (name, value) in more.as_object().expect("an object") {
            point[name] = value.clone();
        }
        point
    };
    match postcode {
        "ZZ11ZZ" => vec![
            with(
                base("100090000010", "10, HIGH STREET, BRIGHTWATER, ZZ1 1ZZ"),
                json!({ "BUILDING_NUMBER": "10", "THOROUGHFARE_NAME": "HIGH STREET", "POSTCODE": "ZZ1 1ZZ" }),
            ),
            with(
                base("100090000002", "2, HIGH STREET, BRIGHTWATER, ZZ1 1ZZ"),
                json!({ "BUILDING_NUMBER": "2", "THOROUGHFARE_NAME": "HIGH STREET", "POSTCODE": "ZZ1 1ZZ" }),
            ),
            with(
                base(
                    "100090000011",
                    "FLAT 1, MAPLE HOUSE, 12A, HIGH STREET, LOWTON, BRIGHTWATER, ZZ1 1ZZ",
                ),
                json!({ "SUB_BUILDING_NAME": "FLAT 1, MAPLE HOUSE", "BUILDING_NAME": "12A",
                    "THOROUGHFARE_NAME": "HIGH STREET", "DEPENDENT_LOCALITY": "LOWTON", "POSTCODE": "ZZ1 1ZZ" }),
            ),
        ],
        // A name that no field of ours can hold.
        "ZZ12ZZ" => vec![with(
            base("100090000020", "A LONG NAME"),
            json!({ "ORGANISATION_NAME": "THE BRIGHTWATER AND DISTRICT HORTICULTURAL AND ARCHAEOLOGICAL SOCIETY",
                "BUILDING_NUMBER": "3", "THOROUGHFARE_NAME": "LOW STREET", "POSTCODE": "ZZ1 2ZZ" }),
        )],
        _ => Vec::new(),
    }
}
