//! JSON for programs, under `/api/v1`.
//!
//! So far four things can be read, by whoever has a session of the back
//! office; scoped keys for programs, and the description in OpenAPI, come with
//! the rest of the API.
//!
//! | address | answers |
//! |---|---|
//! | `GET /api/v1/receipts?number=…` or `?reference=…` | receipt lines, the newest first |
//! | `GET /api/v1/suspense` | open suspense items, the oldest first |
//! | `GET /api/v1/suspense/ID/suggestions` | whose an item may be, the likelier first, with reasons; a person accepts one, no program does |
//! | `GET /api/v1/reconciliation?day=…` | each bank account, by rule |
//!
//! Amounts are whole pence in members that end in `_pence`; days are
//! `YYYY-MM-DD`, times RFC 3339 in UTC. Lists take `?limit=` (at most
//! [`LIMIT_MAX`]) and `?after=`, what the page before gave as `next`. Faults
//! are problem documents (RFC 9457).

pub(crate) mod receipts;
mod reconciliation;
mod suspense;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;

use crate::{Site, fault::Fault};

/// What the addresses of the API begin with.
pub(crate) const PREFIX: &str = "/api/";

/// The most rows of one page.
pub const LIMIT_MAX: i64 = 200;

/// Rows of a page when nobody says how many.
const LIMIT: i64 = 50;

/// The routes of the API.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/receipts", get(receipts::find))
        .route("/api/v1/suspense", get(suspense::list))
        .route("/api/v1/suspense/{id}/suggestions", get(suspense::suggestions))
        .route("/api/v1/reconciliation", get(reconciliation::show))
}

fn json(value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(body) => {
            let kind = HeaderValue::from_static("application/json");
            ([(header::CONTENT_TYPE, kind)], body).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            Fault::ours().into_response()
        }
    }
}

fn bad(words: impl Into<String>) -> Fault {
    Fault::new(StatusCode::BAD_REQUEST, words)
}

/// The limit somebody asks for.
fn limit(text: &str) -> Result<i64, Fault> {
    if text.is_empty() {
        return Ok(LIMIT);
    }
    let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| bad(format!("`limit` is a whole number from 1 to {LIMIT_MAX}")))
}

/// Where a page goes on.
fn after<T: std::str::FromStr>(text: &str) -> Result<Option<T>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| bad("`after` is what the page before gave as `next`"))
}
