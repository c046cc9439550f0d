//! A bank line, and every explanation it ever had.

use askama::Template;
use axum::{extract::Path, http::StatusCode, response::Response};
use ims_app::{Explained, PairRow};

use super::{id, names::Names};
use crate::{
    desk::Desk,
    fault::Fault,
    page::{self, Page, Place},
};

#[derive(Template)]
#[template(path = "office/line.html")]
struct LinePage {
    page: Page,
    names: Names,
    explained: Explained,
    is_open: bool,
}

/// The line.
pub(super) async fn show(desk: Desk, Path(text): Path<String>) -> Result<Response, Fault> {
    let explained = desk.books.explain_line(id(&text, "bank line")?).await?;
    let is_open = explained.explanations.iter().all(|one| one.set.undone_at.is_some());
    let template = LinePage {
        page: Page::of(&desk, Some(Place::Reconciliation), "Bank line"),
        names: Names::of(&desk.books).await?,
        explained,
        is_open,
    };
    Ok(page::html(StatusCode::OK, &template))
}

impl LinePage {
    /// Whether a pair is of this line, and not of another of the same explanation.
    fn is_this(&self, pair: &PairRow) -> bool {
        pair.line == Some(self.explained.line.id)
    }
}
