use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, NaiveDate, Utc};
use ims_app::OpenSuspense;
use ims_ledger::id::{LineId, SuspenseId};
use serde::{Deserialize, Serialize};

use super::{after, json, limit};
use crate::{desk::Desk, fault::Fault};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) limit: String,
    pub(super) after: String,
}

#[derive(Serialize)]
struct Listed {
    suspense: Vec<Item>,
    next: Option<SuspenseId>,
}

#[derive(Serialize)]
struct Item {
    id: SuspenseId,
    happened_on: NaiveDate,
    amount_pence: i64,
    remaining_pence: i64,
    reason: String,
    reference: String,
    method: Option<String>,
    line_id: Option<LineId>,
    created_at: DateTime<Utc>,
}

/// Open suspense items, a page at a time.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let (limit, after) = (limit(&asked.limit)?, after(&asked.after)?);
    let mut rows = desk.books.open_suspense(after, limit.saturating_add(1)).await?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| row.id);
    Ok(json(&Listed { suspense: rows.into_iter().map(item).collect(), next }))
}

#[derive(Serialize)]
struct Suggested {
    suspense_id: SuspenseId,
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Suggestion {
    fund: String,
    reference: String,
    /// How likely, in thousandths.
    permille: u16,
    reasons: Vec<String>,
}

/// Whose an item may be; nothing is put anywhere.
pub(super) async fn suggestions(desk: Desk, Path(id): Path<String>) -> Result<Response, Fault> {
    let absent = |_| Fault::new(StatusCode::NOT_FOUND, format!("there is no suspense item `{id}`"));
    let suspense_id: SuspenseId = id.parse().map_err(absent)?;
    let found = desk.books.suggest_suspense(suspense_id).await?.into_iter();
    let suggestion = |it: ims_app::Suggestion| Suggestion {
        fund: it.fund,
        reference: it.reference,
        permille: it.permille,
        reasons: it.reasons,
    };
    Ok(json(&Suggested { suspense_id, suggestions: found.map(suggestion).collect() }))
}

fn item(row: OpenSuspense) -> Item {
    Item {
        id: row.id,
        happened_on: row.happened_on,
        amount_pence: row.amount.get(),
        remaining_pence: row.remaining.get(),
        reason: row.reason,
        reference: row.reference,
        method: row.method,
        line_id: row.line,
        created_at: row.created_at,
    }
}
