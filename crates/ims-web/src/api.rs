//! JSON for programs, under `/api/v1`.
//!
//! So far it is for whoever has a session of the back office, and does what they
//! may do; scoped keys for programs, and the description in OpenAPI, come with the
//! rest of the API.
//!
//! | address | answers |
//! |---|---|
//! | `GET /api/v1/receipts?number=…` or `?reference=…` | receipt lines, the newest first |
//! | `GET /api/v1/suspense` | open suspense items, the oldest first |
//! | `GET /api/v1/payment-exceptions` | what a payment provider said that cannot be, until a person looked into it |
//! | `GET /api/v1/suspense/ID/suggestions` | whose an item may be, the likelier first, with reasons; a person accepts one, no program does |
//! | `GET /api/v1/suspense-returns` | what of suspense is to be given back to who paid it, or was, the newest first |
//! | `POST /api/v1/suspense-returns/ID/cancellation` | cancels one that is not paid, for a reason; says what is left of the item |
//! | `GET /api/v1/reconciliation?day=…` | each bank account, by rule |
//! | `GET /api/v1/payouts?from=…&to=…` | card money three ways: payouts explained, and what is on one side only |
//! | `POST /api/v1/receipts` | takes money that goes into no till |
//! | `POST /api/v1/payments` | starts a payment through a provider, and says what its payer does next |
//! | `GET /api/v1/payments/ID` | what became of it; of one that is open, its provider is asked |
//! | `POST /api/v1/payments/ID/cancellation` | calls it off, by whoever started it; says how it stands then |
//! | `POST /api/v1/agreements` | makes an agreement to take money again |
//! | `GET /api/v1/agreements/ID?ask=yes` | how it stands; with `ask`, as its provider says |
//! | `POST /api/v1/agreements/ID/set-up` | starts the payment by which its payer agrees |
//! | `POST /api/v1/agreements/ID/payments` | takes a payment without the payer |
//! | `POST /api/v1/agreements/ID/end` | ends it, for a reason |
//! | `GET /api/v1/tills?status=…&cashier=…` | till sessions, the newest first |
//! | `POST /api/v1/tills` | opens a till with a float |
//! | `GET /api/v1/tills/T7` | one session; what should be in it only once it was counted |
//! | `GET /api/v1/tills/T7/receipts` | its receipts, each for itself, the newest first |
//! | `POST /api/v1/tills/T7/receipts` | takes money into it |
//! | `POST /api/v1/tills/T7/lifts` | lifts cash to the safe |
//! | `POST /api/v1/tills/T7/lifts/1/back` | takes back a lift that was mistyped |
//! | `POST /api/v1/tills/T7/count` | counts it, blind; it is paid in, or a second person is asked |
//! | `POST /api/v1/tills/T7/decision` | says yes or no to its difference |
//!
//! Amounts are whole pence in members that end in `_pence`; days are
//! `YYYY-MM-DD`, times RFC 3339 in UTC. Lists take `?limit=` (at most
//! [`LIMIT_MAX`]) and `?after=`, what the page before gave as `next`. Faults
//! are problem documents (RFC 9457).
//!
//! Every `POST` is JSON with an `Idempotency-Key`: the same key and content is
//! answered as before (200, where the first was 201), other content under it is
//! refused (409). A member that nobody knows is refused rather than overlooked.

mod agreements;
mod exceptions;
mod payments;
mod payouts;
mod posted;
pub(crate) mod receipts;
mod reconciliation;
mod suspense;
mod suspense_returns;
mod taken;
mod tills;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
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
        .route("/api/v1/receipts", get(receipts::find).post(taken::take))
        .route("/api/v1/suspense", get(suspense::list))
        .route("/api/v1/payment-exceptions", get(exceptions::list))
        .route("/api/v1/suspense/{id}/suggestions", get(suspense::suggestions))
        .route("/api/v1/suspense-returns", get(suspense_returns::list))
        .route("/api/v1/suspense-returns/{id}/cancellation", post(suspense_returns::cancel))
        .route("/api/v1/reconciliation", get(reconciliation::show))
        .route("/api/v1/payouts", get(payouts::show))
        .route("/api/v1/payments", post(payments::start))
        .route("/api/v1/payments/{id}", get(payments::show))
        .route("/api/v1/payments/{id}/cancellation", post(payments::call_off))
        .route("/api/v1/agreements", post(agreements::make))
        .route("/api/v1/agreements/{id}", get(agreements::show))
        .route("/api/v1/agreements/{id}/set-up", post(agreements::set_up))
        .route("/api/v1/agreements/{id}/payments", post(agreements::take))
        .route("/api/v1/agreements/{id}/end", post(agreements::end))
        .route("/api/v1/tills", get(tills::list).post(tills::open))
        .route("/api/v1/tills/{number}", get(tills::show))
        .route("/api/v1/tills/{number}/receipts", get(tills::receipts).post(tills::take))
        .route("/api/v1/tills/{number}/lifts", post(tills::lift))
        .route("/api/v1/tills/{number}/lifts/{lift}/back", post(tills::take_back))
        .route("/api/v1/tills/{number}/count", post(tills::count))
        .route("/api/v1/tills/{number}/decision", post(tills::decide))
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
