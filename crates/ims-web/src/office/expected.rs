//! Money that should come: what each clearing account still waits for, how late
//! it is, and whose it is.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use ims_app::{Awaited, ClearingDue};
use ims_ledger::id::ExpectedId;
use serde::Deserialize;

use super::{ROWS, names::Names, one_page, place};
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Further, address, percent_encoded},
    page::{self, Page, Place},
};

#[derive(Template)]
#[template(path = "office/expected.html")]
struct ExpectedPage {
    page: Page,
    clearing: Vec<Clearing>,
}

struct Clearing {
    due: ClearingDue,
    /// Where it stands item by item.
    href: String,
    items: i64,
    late: i64,
}

#[derive(Template)]
#[template(path = "office/awaited.html")]
struct AwaitedPage {
    page: Page,
    names: Names,
    rows: Vec<Awaited>,
    further: Further,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    after: String,
}

fn counted(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Each clearing account that waits for something.
pub(super) async fn list(desk: Desk) -> Result<Response, Fault> {
    let clearing = |due: ClearingDue| Clearing {
        href: format!("/office/expected/{}", percent_encoded(&due.channel)),
        items: counted(due.open.items()),
        late: counted(due.late.0),
        due,
    };
    let template = ExpectedPage {
        page: Page::of(&desk, Some(Place::Reconciliation), "Money that should come"),
        clearing: desk.books.clearing_due().await?.into_iter().map(clearing).collect(),
    };
    Ok(page::html(StatusCode::OK, &template))
}

/// One clearing account, item by item: one page of them.
pub(super) async fn show(
    desk: Desk,
    Path(channel): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let after = place::<ExpectedId>(&asked.after)?;
    let found = desk.books.awaited(Some(&channel), after, ROWS.saturating_add(1)).await?;
    let (rows, has_more) = one_page(found);
    let last = rows.last().filter(|_| has_more).map(|one| one.row.item.id.to_string());
    let here = format!("/office/expected/{}", percent_encoded(&channel));
    let names = Names::of(&desk.books).await?;
    let title = format!("{}: money that should come", names.channel(&channel));
    let template = AwaitedPage {
        page: Page::of(&desk, Some(Place::Reconciliation), title),
        names,
        rows,
        further: Further {
            first: after.map(|_| here.clone()),
            next: last.map(|last| address(&here, &[("after", &last)])),
        },
    };
    Ok(page::html(StatusCode::OK, &template))
}
