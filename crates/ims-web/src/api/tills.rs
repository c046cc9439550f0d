//! Tills: opened, taken into, lifted from and lifts taken back, counted, looked at.

mod shown;

use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::{NewTillSession, TillStatus, TillView, Verdict};
use ims_ledger::{Cash, TillCount, id::ApprovalId, id::TillSessionId};
use serde::{Deserialize, Serialize};

use self::shown::{Counted, Receipt, Session, Shown};
use super::{after, bad, json, limit, posted::Posted, taken};
use crate::{desk::Desk, fault::Fault};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    status: String,
    cashier: String,
    limit: String,
    after: String,
}

#[derive(Serialize)]
struct Listed {
    tills: Vec<Session>,
    next: Option<i64>,
}

/// Sessions, the newest first.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let status = match asked.status.as_str() {
        "" => None,
        word => {
            let words = "`status` is open, counted, recount or closed";
            Some(TillStatus::named(word).ok_or_else(|| bad(words))?)
        }
    };
    let (limit, before) = (limit(&asked.limit)?, after(&asked.after)?);
    let cashier = Some(asked.cashier.as_str());
    let found = desk.books.till_sessions(status, cashier, before, limit.saturating_add(1)).await?;
    let (rows, last) = page(found, limit);
    let next = last.map(|last| last.number);
    Ok(json(&Listed { tills: rows.iter().map(Session::of).collect(), next }))
}

/// The first `limit` rows, and the last of them when there are more.
fn page<T: Clone>(mut rows: Vec<T>, limit: i64) -> (Vec<T>, Option<T>) {
    let limit = usize::try_from(limit).unwrap_or_default();
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| has_more).cloned();
    (rows, last)
}

/// A till to be opened.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    till: String,
    #[serde(default)]
    float: Cash,
}

#[derive(Serialize)]
struct Opened {
    id: TillSessionId,
    number: String,
    float_pence: i64,
    before: bool,
}

pub(super) async fn open(sent: Posted<New>) -> Result<Response, Fault> {
    let Posted { desk, key, body: New { till, float } } = sent;
    let opened = desk.books.open_till(&NewTillSession { till, float, key: Some(key) }).await?;
    let told = Opened {
        id: opened.id,
        number: opened.number,
        float_pence: opened.float.get(),
        before: opened.before,
    };
    Ok((created(told.before), json(&told)).into_response())
}

fn created(before: bool) -> StatusCode {
    if before { StatusCode::OK } else { StatusCode::CREATED }
}

/// One session; what should be in it only once it was counted.
pub(super) async fn show(desk: Desk, Path(number): Path<String>) -> Result<Response, Fault> {
    let id = desk.books.till_numbered(&number).await?;
    Ok(json(&Shown::of(&desk.books.till_session(id).await?)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OfPage {
    limit: String,
    after: String,
}

#[derive(Serialize)]
struct Receipts {
    receipts: Vec<Receipt>,
    next: Option<ims_ledger::id::ReceiptId>,
}

/// Receipts of a session, each for itself.
pub(super) async fn receipts(
    desk: Desk,
    Path(number): Path<String>,
    Query(asked): Query<OfPage>,
) -> Result<Response, Fault> {
    let id = desk.books.till_numbered(&number).await?;
    let (limit, before) = (limit(&asked.limit)?, after(&asked.after)?);
    let found = desk.books.till_receipts(id, before, limit.saturating_add(1)).await?;
    let (rows, last) = page(found, limit);
    let next = last.map(|last| last.row.receipt);
    Ok(json(&Receipts { receipts: rows.into_iter().map(Receipt::of).collect(), next }))
}

pub(super) async fn take(
    Path(number): Path<String>,
    sent: Posted<taken::Asked>,
) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let id = desk.books.till_numbered(&number).await?;
    let (new, tender) = body.at_till(key)?;
    Ok(taken::told_at_till(desk.books.take_at_till(id, &new, &tender).await?))
}

#[derive(Serialize)]
struct Lifted {
    lift: i64,
    amount_pence: i64,
    before: bool,
}

pub(super) async fn lift(
    Path(number): Path<String>,
    sent: Posted<Cash>,
) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let id = desk.books.till_numbered(&number).await?;
    let done = desk.books.lift_from_till(id, &body, Some(&key)).await?;
    let told = Lifted { lift: done.number, amount_pence: done.amount.get(), before: done.before };
    Ok((created(told.before), json(&told)).into_response())
}

/// Why a lift is taken back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Why {
    reason: String,
}

/// A lift taken back once: another word about it is refused, whatever its key; the same
/// key again is answered as before.
pub(super) async fn take_back(
    Path((number, lift)): Path<(String, i64)>,
    sent: Posted<Why>,
) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let id = desk.books.till_numbered(&number).await?;
    let done = desk.books.take_back_lift(id, lift, &body.reason, Some(&key)).await?;
    let told = Lifted { lift: done.number, amount_pence: done.amount.get(), before: done.before };
    Ok((created(told.before), json(&told)).into_response())
}

/// The blind count.
pub(super) async fn count(
    Path(number): Path<String>,
    sent: Posted<TillCount>,
) -> Result<Response, Fault> {
    let Posted { desk, key, body } = sent;
    let id = desk.books.till_numbered(&number).await?;
    let done = desk.books.count_till(id, &body, Some(&key)).await?;
    Ok((created(done.before), json(&Counted::of(&done))).into_response())
}

/// What a second person says of a difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    approval: ApprovalId,
    verdict: String,
    #[serde(default)]
    reason: String,
}

/// A difference decided once: a second word about it is refused, whatever its key.
pub(super) async fn decide(
    Path(number): Path<String>,
    sent: Posted<Said>,
) -> Result<Response, Fault> {
    let Posted { desk, body: Said { approval, verdict, reason }, .. } = sent;
    let id = desk.books.till_numbered(&number).await?;
    is_asked_of(&desk.books.till_session(id).await?, approval)?;
    let verdict = match verdict.as_str() {
        "approve" => Verdict::Approved,
        "refuse" => Verdict::Refused,
        "withdraw" => Verdict::Withdrawn,
        _ => return Err(bad("`verdict` is approve, refuse or withdraw")),
    };
    let done = desk.books.decide_till_difference(approval, verdict, &reason).await?;
    Ok(json(&Counted::of(&done)))
}

/// Refuses what a second person was asked about another session.
fn is_asked_of(view: &TillView, approval: ApprovalId) -> Result<(), Fault> {
    if view.counts.iter().any(|count| count.approval == Some(approval)) {
        return Ok(());
    }
    let words = format!(
        "nobody was asked `{approval}` about T{}: send what its count gave as `waits_for`",
        view.row.number
    );
    Err(Fault::new(StatusCode::NOT_FOUND, words))
}
