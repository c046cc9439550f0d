//! Where each bank account stands, and the lines nothing explains yet.

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use chrono::NaiveDate;
use ims_app::{BankStatus, OpenLine};
use ims_ledger::id::LineId;
use serde::Deserialize;

use super::{one_page, place};
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Errors, Further, Input, address, read_day},
    page::{self, Page, Place},
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    day: String,
    after: String,
}

#[derive(Template)]
#[template(path = "office/reconciliation.html")]
struct ReconciliationPage {
    page: Page,
    errors: Errors,
    field: Input,
    day: Option<NaiveDate>,
    banks: Vec<BankStatus>,
    open: i64,
    lines: Vec<OpenLine>,
    further: Further,
}

/// The accounts over a day or over all days, and one page of open lines.
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let mut errors = Errors::default();
    let day = read_day(&asked.day);
    if day.is_none() && !asked.day.is_empty() {
        errors.add("day", "Day must be a real day, like 1/4/2026");
    }
    let after = place::<LineId>(&asked.after)?;
    let banks = desk.books.bank_status(day).await?;
    let mut open = desk.books.open_lines().await?;
    open.retain(|line| day.is_none_or(|day| line.booked_on == day));
    let count = i64::try_from(open.len()).unwrap_or(i64::MAX);
    // A line that was explained in the meantime is gone: the list begins again.
    let from = after.and_then(|id| open.iter().position(|line| line.id == id));
    let rest = open.split_off(from.map_or(0, |at| at.saturating_add(1)));
    let (lines, has_more) = one_page(rest);
    let last = lines.last().filter(|_| has_more).map(|line| line.id.to_string());
    let again =
        |after: &str| address("/office/reconciliation", &[("day", &asked.day), ("after", after)]);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = ReconciliationPage {
        page: Page::of(&desk, Some(Place::Reconciliation), "Reconciliation")
            .with_errors(!errors.is_empty()),
        field: Input::day("Only lines of one day", day, errors.of("day")),
        errors,
        day,
        banks,
        open: count,
        further: Further { first: after.map(|_| again("")), next: last.map(|last| again(&last)) },
        lines,
    };
    Ok(page::html(status, &template))
}
