//! Suspense that is to be given back to who paid it, and cancelling that.

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use ims_app::SuspenseReturnRow;
use ims_ledger::id::{MatchId, SuspenseId};
use serde::{Deserialize, Serialize};

use super::{after, json, limit, posted::Posted, suspense::Asked};
use crate::{desk::Desk, fault::Fault};

#[derive(Serialize)]
struct Listed {
    suspense_returns: Vec<Item>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Item {
    id: String,
    suspense_id: SuspenseId,
    amount_pence: i64,
    /// `open`, `paid` or `cancelled`.
    state: &'static str,
    reason: String,
    approved_by: String,
    approved_at: DateTime<Utc>,
    /// The match of the bank line that paid it.
    match_id: Option<MatchId>,
    cancelled: Option<Cancelled>,
}

#[derive(Serialize)]
struct Cancelled {
    by: String,
    at: DateTime<Utc>,
    reason: String,
}

/// Returns of suspense, the newest first, a page at a time.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let (limit, before) = (limit(&asked.limit)?, after(&asked.after)?);
    let mut rows = desk.books.suspense_returns(before, limit.saturating_add(1)).await?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    Ok(json(&Listed { suspense_returns: rows.into_iter().map(item).collect(), next }))
}

fn item(row: SuspenseReturnRow) -> Item {
    let state = match (&row.paid, &row.cancelled) {
        (Some(_), _) => "paid",
        (None, Some(_)) => "cancelled",
        (None, None) => "open",
    };
    Item {
        id: row.id.to_string(),
        suspense_id: row.suspense,
        amount_pence: row.amount.get(),
        state,
        reason: row.reason,
        approved_by: row.by,
        approved_at: row.at,
        match_id: row.paid,
        cancelled: row.cancelled.map(|it| Cancelled { by: it.by, at: it.at, reason: it.reason }),
    }
}

/// Why it is cancelled.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    reason: String,
}

#[derive(Serialize)]
struct Left {
    id: String,
    /// What is left of the item now.
    remaining_pence: i64,
}

/// A return that is not paid is cancelled once: the same words by the same person are
/// answered as before, others are refused, whatever their key.
pub(super) async fn cancel(Path(text): Path<String>, sent: Posted<Why>) -> Result<Response, Fault> {
    let Posted { desk, body, .. } = sent;
    let left = desk.books.cancel_suspense_return(read_id(&text)?, &body.reason).await?;
    Ok(json(&Left { id: text, remaining_pence: left.get() }))
}

fn read_id<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    let absent =
        |_| Fault::new(StatusCode::NOT_FOUND, format!("there is no return of suspense `{text}`"));
    text.parse().map_err(absent)
}
