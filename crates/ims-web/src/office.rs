//! The pages for the council's staff: the day at a glance, the counter, receipts,
//! suspense, reconciliation, imports; and signing in and out.
//!
//! The menu shows what the reader may see; what they may not see answers 403
//! in words, because `ims-app` refuses it.

mod bank_days;
mod council;
mod counter;
mod dashboard;
mod exceptions;
mod expected;
mod files_due;
mod form_key;
mod imports;
mod lines;
mod names;
mod offers;
mod password;
mod payouts;
mod receipts;
mod reconciliation;
mod sign_in;
mod suspense;
mod suspense_item;
mod suspense_returns;
mod suspense_rule;

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use std::str::FromStr;

use crate::{Site, fault::Fault};

/// Rows of a list on one page.
const ROWS: i64 = 50;

/// The routes of the back office.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/password", get(password::form).post(password::change))
        .route("/office", get(dashboard::show))
        .route("/office/council", post(council::open))
        .merge(counter::routes())
        .route("/office/receipts", get(receipts::search))
        .route("/office/suspense", get(suspense::list))
        .route("/office/suspense/{id}", get(suspense_item::show).post(suspense_item::allocate))
        .route("/office/suspense/{id}/returns/{back}", post(suspense_returns::cancel))
        .route(
            "/office/suspense/{id}/rule",
            get(suspense_rule::show).post(suspense_rule::switch_on),
        )
        .route("/office/exceptions", get(exceptions::list))
        .route("/office/exceptions/{id}", post(exceptions::end))
        .route("/office/expected", get(expected::list))
        .route("/office/expected/{channel}", get(expected::show))
        .route("/office/files-due", get(files_due::list))
        .route("/office/payouts", get(payouts::list))
        .route("/office/payouts/{channel}/{payout}", get(payouts::show))
        .route("/office/reconciliation", get(reconciliation::show))
        .merge(bank_days::routes())
        .route("/office/lines/{id}", get(lines::show).post(lines::undo))
        .route("/office/imports", get(imports::list))
        .route("/office/imports/{id}", get(imports::show))
}

/// An id out of an address.
fn id<T: FromStr>(text: &str, what: &str) -> Result<T, Fault> {
    let absent = |_| Fault::new(StatusCode::NOT_FOUND, format!("there is no {what} `{text}`"));
    text.parse().map_err(absent)
}

/// Where a list goes on, out of an address; nothing for the head of the list.
fn place<T: FromStr>(text: &str) -> Result<Option<T>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let bad = |_| Fault::new(StatusCode::BAD_REQUEST, "the list cannot go on from there");
    text.parse().map(Some).map_err(bad)
}

/// The first [`ROWS`] of what was asked for with one more, and whether there
/// is more.
fn one_page<T>(mut rows: Vec<T>) -> (Vec<T>, bool) {
    let rows_max = usize::try_from(ROWS).unwrap_or_default();
    let has_more = rows.len() > rows_max;
    rows.truncate(rows_max);
    (rows, has_more)
}
