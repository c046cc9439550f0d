use axum::{extract::Query, response::Response};
use chrono::{DateTime, Utc};
use ims_app::PaymentExceptionRow;
use ims_ledger::id::{ExceptionId, PaymentId, SuspenseId};
use serde::Serialize;

use super::{after, json, limit, suspense::Asked};
use crate::{desk::Desk, fault::Fault};

#[derive(Serialize)]
struct Listed {
    payment_exceptions: Vec<Item>,
    next: Option<ExceptionId>,
}

#[derive(Serialize)]
struct Item {
    id: ExceptionId,
    kind: String,
    provider: String,
    provider_ref: Option<String>,
    reference: Option<String>,
    payment_id: Option<PaymentId>,
    suspense_id: Option<SuspenseId>,
    amount_pence: Option<i64>,
    why: String,
    heard_at: DateTime<Utc>,
}

/// What nobody has looked into yet, a page at a time.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let (limit, after) = (limit(&asked.limit)?, after(&asked.after)?);
    let mut rows = desk.books.payment_exceptions(after, limit.saturating_add(1)).await?;
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|row| row.id);
    Ok(json(&Listed { payment_exceptions: rows.into_iter().map(item).collect(), next }))
}

fn item(row: PaymentExceptionRow) -> Item {
    Item {
        id: row.id,
        kind: row.kind,
        provider: row.provider,
        provider_ref: row.provider_ref,
        reference: row.reference,
        payment_id: row.payment,
        suspense_id: row.suspense,
        amount_pence: row.amount.map(ims_money::Pence::get),
        why: row.why,
        heard_at: row.at,
    }
}
