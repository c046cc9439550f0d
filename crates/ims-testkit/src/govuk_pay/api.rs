//! The public API of the stub.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, RawQuery, State},
    http::{HeaderMap, Response, StatusCode},
    routing::{get, post as on_post},
};
use chrono::DateTime;
use ims_pay::form;
use serde_json::{Value, json};

use super::{
    API_KEY, Shared,
    books::{Books, Refusal},
    post::{self, is_due},
    written,
};

type Answer = Response<Body>;

pub(super) fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/v1/payments", on_post(create).get(search))
        .route("/v1/payments/{id}", get(one))
        .route("/v1/payments/{id}/events", get(events))
        .route("/v1/payments/{id}/cancel", on_post(cancel))
        .route("/v1/payments/{id}/capture", on_post(capture))
        .route("/v1/payments/{id}/refunds", on_post(refund).get(refunds))
        .route("/v1/payments/{id}/refunds/{refund}", get(one_refund))
        .route("/v1/refunds", get(all_refunds))
        .route("/v1/disputes", get(all_disputes))
        .route("/v1/agreements", on_post(agree))
        .route("/v1/agreements/{id}", get(one_agreement))
        .route("/v1/agreements/{id}/cancel", on_post(end_agreement))
        .with_state(shared)
}

fn answer(status: u16, value: Option<&Value>) -> Answer {
    let status = StatusCode::from_u16(status).expect("a status of HTTP");
    let body = value.map(Value::to_string).unwrap_or_default();
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Body::from(body))
        .expect("a response")
}

fn refused((status, code, description): Refusal) -> Answer {
    answer(status, Some(&json!({ "code": code, "description": description })))
}

/// Signs in, and does `what` unless the weather is against it.
async fn asked(
    shared: &Shared,
    headers: &HeaderMap,
    what: impl FnOnce(&mut Books) -> Result<(u16, Option<Value>), Refusal>,
) -> Answer {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    if given != Some(&format!("Bearer {API_KEY}")) {
        return refused((401, "P0900", "Credentials are required to access this resource"));
    }
    let (done, silent) = {
        let mut books = shared.books();
        books.post.troubles.asked += 1;
        let (nth, weather) = (books.post.troubles.asked, books.post.weather);
        let is_spent = weather.quota == Some(0);
        books.post.weather.quota = weather.quota.map(|left| left.saturating_sub(1));
        if is_due(nth, weather.busy) || is_spent {
            books.post.troubles.busy += 1;
            return refused((429, "P0900", "Too many requests"));
        }
        if is_due(nth, weather.down) {
            books.post.troubles.down += 1;
            return refused((503, "P0999", "GOV.UK Pay is temporarily down"));
        }
        let silent = is_due(nth, weather.silent);
        books.post.troubles.silent += u64::from(silent);
        (what(&mut books), silent)
    };
    post::send(shared);
    if silent {
        tokio::time::sleep(Duration::from_secs(600)).await;
    }
    match done {
        Ok((status, value)) => answer(status, value.as_ref()),
        Err(refusal) => refused(refusal),
    }
}

fn parsed(body: &[u8]) -> Result<Value, Refusal> {
    let value = serde_json::from_slice(body).ok().filter(Value::is_object);
    value.ok_or((400, "P0197", "Unable to parse JSON"))
}

fn payment_of(books: &Books, id: &str) -> Result<Value, Refusal> {
    let found = books.find(id).ok_or((404, "P0200", "No payment matched the payment id"))?;
    Ok(written::payment(books, found))
}

async fn create(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Answer {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let key = key.map(str::to_owned);
    asked(&shared, &headers, |books| {
        let known = key.as_ref().and_then(|key| books.keys.get(key));
        if let Some((before, id)) = known {
            if before != body.as_ref() {
                return Err((409, "P0191", "The Idempotency-Key was used with another body"));
            }
            return Ok((200, Some(payment_of(books, &id.clone())?)));
        }
        let id = books.create(parsed(&body)?)?;
        if let Some(key) = key {
            books.keys.insert(key, (body.to_vec(), id.clone()));
        }
        Ok((201, Some(payment_of(books, &id)?)))
    })
    .await
}

async fn one(State(shared): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    asked(&shared, &headers, |books| Ok((200, Some(payment_of(books, &id)?)))).await
}

async fn events(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| {
        let found = books.find(&id).ok_or((404, "P0300", "Not found"))?;
        let events = found.events.iter().map(|(status, at)| {
            json!({ "payment_id": id, "state": written::state(status, None), "updated": written::time(*at) })
        });
        let events: Vec<Value> = events.collect();
        Ok((200, Some(json!({ "payment_id": id, "events": events }))))
    })
    .await
}

async fn cancel(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| books.end(&id, "P0040").map(|()| (204, None))).await
}

async fn capture(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| books.capture(&id).map(|()| (204, None))).await
}

async fn refund(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    asked(&shared, &headers, |books| {
        let refund_id = books.refund(&id, &parsed(&body)?)?;
        let found = books.refunds.iter().find(|one| one.refund_id == refund_id);
        Ok((202, found.map(|found| written::refund(books, found))))
    })
    .await
}

async fn refunds(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| {
        books.find(&id).ok_or((404, "P0800", "Not found"))?;
        let refunds = books.refunds.iter().filter(|one| one.payment_id == id);
        let refunds: Vec<Value> = refunds.map(|one| written::refund(books, one)).collect();
        Ok((200, Some(json!({ "payment_id": id, "_embedded": { "refunds": refunds } }))))
    })
    .await
}

async fn one_refund(
    State(shared): State<Shared>,
    Path((id, refund)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| {
        let mut refunds = books.refunds.iter();
        let found = refunds.find(|one| one.payment_id == id && one.refund_id == refund);
        let found = found.ok_or((404, "P0700", "Not found"))?;
        Ok((200, Some(written::refund(books, found))))
    })
    .await
}

/// The rows a query asks for, the newest first.
fn paged(
    books: &Books,
    path: &str,
    query: Option<&str>,
    rows: Vec<Value>,
) -> Result<(u16, Option<Value>), Refusal> {
    let bad: Refusal = (422, "P0401", "Invalid parameters");
    let pairs = form::decode(query.unwrap_or_default()).ok_or(bad)?;
    let of = |name: &str| form::only(&pairs, name);
    let number = |name: &str, otherwise: usize| match of(name) {
        Some(text) => text.parse().ok().filter(|number| (1..=500).contains(number)).ok_or(bad),
        None => Ok(otherwise),
    };
    let time = |name: &str| {
        of(name).map(|text| DateTime::parse_from_rfc3339(text).map_err(|_| bad)).transpose()
    };
    let (from, to) = (time("from_date")?, time("to_date")?);
    let (settled_from, settled_to) = (of("from_settled_date"), of("to_settled_date"));
    let is_wanted = |row: &Value| {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let created = text(&row["created_date"]).unwrap_or_default();
        let created = DateTime::parse_from_rfc3339(&created).ok();
        let settled = text(&row["settlement_summary"]["settled_date"]);
        let same =
            |name: &str, value: &Value| of(name).is_none_or(|wanted| *value == json!(wanted));
        from.is_none_or(|from| created.is_some_and(|created| created >= from))
            && to.is_none_or(|to| created.is_some_and(|created| created < to))
            && settled_from.is_none_or(|from| settled.as_deref().is_some_and(|day| day >= from))
            && settled_to.is_none_or(|to| settled.as_deref().is_some_and(|day| day <= to))
            && same("reference", &row["reference"])
            && same("state", &row["state"]["status"])
            && same("status", &row["status"])
    };
    let rows: Vec<Value> = rows.into_iter().rev().filter(is_wanted).collect();
    let (page, size) = (number("page", 1)?, number("display_size", 500)?);
    Ok((200, Some(written::page(&books.url, path, rows, page, size))))
}

async fn search(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| {
        if books.post.weather.search_breaks {
            return Ok((200, Some(json!({ "total": 0 }))));
        }
        let known = books.payments.len().saturating_sub(books.post.weather.search_lags);
        let rows = books.payments.iter().take(known).map(|one| written::payment(books, one));
        paged(books, "/v1/payments", query.as_deref(), rows.collect())
    })
    .await
}

async fn all_refunds(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| {
        let rows = books.refunds.iter().map(|one| written::refund(books, one));
        paged(books, "/v1/refunds", query.as_deref(), rows.collect())
    })
    .await
}

async fn all_disputes(
    State(shared): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| {
        if books.post.weather.disputes_break {
            return Ok((200, Some(json!({ "total": 0 }))));
        }
        paged(books, "/v1/disputes", query.as_deref(), books.disputes.clone())
    })
    .await
}

async fn agree(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Answer {
    asked(&shared, &headers, |books| {
        let id = books.agree(parsed(&body)?)?;
        let found = books.agreements.iter().find(|one| one.agreement_id == id);
        Ok((201, found.map(written::agreement)))
    })
    .await
}

async fn one_agreement(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| {
        let found = books.agreements.iter().find(|one| one.agreement_id == id);
        let found = found.ok_or((404, "P2200", "Not found"))?;
        Ok((200, Some(written::agreement(found))))
    })
    .await
}

async fn end_agreement(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    asked(&shared, &headers, |books| {
        let found = books.agreements.iter_mut().find(|one| one.agreement_id == id);
        let found = found.ok_or((404, "P2500", "Not found"))?;
        if found.status != "active" {
            return Err((400, "P2501", "The agreement cannot be cancelled"));
        }
        found.status = "cancelled";
        Ok((204, None))
    })
    .await
}
