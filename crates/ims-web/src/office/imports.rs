//! Files taken in, and what became of their rows.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use ims_app::{ImportRow, OpenSuspense, Permission, Quarantined, ReceiptRow};
use ims_ledger::id::ImportId;
use serde::Deserialize;

use super::{ROWS, id, names::Names, one_page, place};
use crate::{
    desk::Desk,
    fault::Fault,
    form::{Further, address},
    page::{self, Page, Place},
};

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    before: String,
}

#[derive(Template)]
#[template(path = "office/imports.html")]
struct ImportsPage {
    page: Page,
    quarantined: Vec<Quarantined>,
    rows: Vec<ImportRow>,
    further: Further,
}

/// One page of the files, the newest first.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let before = place::<ImportId>(&asked.before)?;
    let found = desk.books.imports(before, ROWS.saturating_add(1)).await?;
    let (rows, has_more) = one_page(found);
    let last = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    let template = ImportsPage {
        page: Page::of(&desk, Some(Place::Imports), "Imports"),
        quarantined: desk.books.quarantined().await?,
        rows,
        further: Further {
            first: before.map(|_| "/office/imports".to_owned()),
            next: last.map(|last| address("/office/imports", &[("before", &last)])),
        },
    };
    Ok(page::html(StatusCode::OK, &template))
}

#[derive(Template)]
#[template(path = "office/import.html")]
struct ImportPage {
    page: Page,
    names: Names,
    row: ImportRow,
    receipts: Vec<ReceiptRow>,
    receipts_left_out: i64,
    suspense: Vec<OpenSuspense>,
    suspense_left_out: i64,
    may_see_suspense: bool,
}

/// Rows of one file shown on its page; a search finds the others.
const SHOWN_MAX: usize = 200;

/// One file.
pub(super) async fn show(desk: Desk, Path(text): Path<String>) -> Result<Response, Fault> {
    let (row, mut receipts, mut suspense) = desk.books.import_shown(id(&text, "import")?).await?;
    let template = ImportPage {
        page: Page::of(&desk, Some(Place::Imports), "Import"),
        names: Names::of(&desk.books).await?,
        row,
        receipts_left_out: cut(&mut receipts),
        receipts,
        suspense_left_out: cut(&mut suspense),
        suspense,
        may_see_suspense: desk.may(Permission::SeeSuspense),
    };
    Ok(page::html(StatusCode::OK, &template))
}

/// Cuts a list, and says how many were left out.
fn cut<T>(rows: &mut Vec<T>) -> i64 {
    let left_out = rows.len().saturating_sub(SHOWN_MAX);
    rows.truncate(SHOWN_MAX);
    i64::try_from(left_out).unwrap_or(i64::MAX)
}
