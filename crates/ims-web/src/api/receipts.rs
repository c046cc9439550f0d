use axum::{extract::Query, response::Response};
use chrono::NaiveDate;
use ims_app::{ReceiptView, SearchReceipts};
use ims_ledger::id::ReceiptId;
use serde::{Deserialize, Serialize};

use super::{after, bad, json, limit};
use crate::{desk::Desk, fault::Fault, form::FIELD_LENGTH_MAX};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    number: String,
    reference: String,
    limit: String,
    after: String,
}

#[derive(Serialize)]
struct Found {
    receipt_lines: Vec<ReceiptLine>,
    next: Option<ReceiptId>,
}

#[derive(Serialize)]
struct ReceiptLine {
    receipt_id: ReceiptId,
    number: String,
    happened_on: NaiveDate,
    accounting_day: NaiveDate,
    method: String,
    fund: String,
    reference: String,
    amount_pence: i64,
}

/// Receipt lines by number or reference, a page of receipts at a time.
pub(super) async fn find(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let wanted = match (asked.number.as_str(), asked.reference.as_str()) {
        ("", "") => return Err(bad("give `number` or `reference`")),
        (number, "") => SearchReceipts::Number(sized("number", number)?),
        ("", reference) => SearchReceipts::Reference(sized("reference", reference)?),
        _ => return Err(bad("give `number` or `reference`, not both")),
    };
    let (limit, after) = (limit(&asked.limit)?, after(&asked.after)?);
    let found = desk.books.search_receipts(&wanted, after, limit.saturating_add(1)).await?;
    let (rows, next) = one_page(found, limit);
    Ok(json(&Found { receipt_lines: rows.into_iter().map(line).collect(), next }))
}

fn sized(name: &str, text: &str) -> Result<String, Fault> {
    if text.chars().count() > FIELD_LENGTH_MAX {
        return Err(bad(format!("`{name}` has at most {FIELD_LENGTH_MAX} characters")));
    }
    Ok(text.to_owned())
}

/// The rows of the first `limit` receipts, and the last of them when there are
/// more.
pub(crate) fn one_page(
    mut rows: Vec<ReceiptView>,
    limit: i64,
) -> (Vec<ReceiptView>, Option<ReceiptId>) {
    let mut ids: Vec<ReceiptId> = rows.iter().map(|row| row.id).collect();
    ids.dedup();
    let limit = usize::try_from(limit).unwrap_or_default();
    if ids.len() <= limit {
        return (rows, None);
    }
    ids.truncate(limit);
    rows.retain(|row| ids.contains(&row.id));
    (rows, ids.last().copied())
}

fn line(row: ReceiptView) -> ReceiptLine {
    ReceiptLine {
        receipt_id: row.id,
        number: row.number,
        happened_on: row.happened_on,
        accounting_day: row.accounting_day,
        method: row.method,
        fund: row.fund,
        reference: row.reference,
        amount_pence: row.amount.get(),
    }
}
