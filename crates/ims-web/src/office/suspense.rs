//! Money whose owner is not known yet, the oldest first.

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use chrono::NaiveDate;
use ims_app::OpenSuspense;
use ims_ledger::id::SuspenseId;
use serde::Deserialize;

use super::{ROWS, one_page, place};
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Further, address},
    page::{self, Page, Place},
};

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "office/suspense.html")]
struct SuspensePage {
    page: Page,
    today: NaiveDate,
    rows: Vec<OpenSuspense>,
    further: Further,
}

/// One page of the list.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let after = place::<SuspenseId>(&asked.after)?;
    let found = desk.books.open_suspense(after, ROWS.saturating_add(1)).await?;
    let (rows, has_more) = one_page(found);
    let last = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    let further = Further {
        first: after.map(|_| "/office/suspense".to_owned()),
        next: last.map(|last| address("/office/suspense", &[("after", &last)])),
    };
    let page = Page::of(&desk, Some(Place::Suspense), "Suspense");
    let template = SuspensePage { page, today: desk.today(), rows, further };
    Ok(page::html(StatusCode::OK, &template))
}
