//! The pages for citizens, at `/`. Payments are not taken yet, and the front
//! page says so.

use askama::Template;
use axum::{Router, http::StatusCode, response::Response, routing::get};

use crate::{
    Site,
    page::{self, Page},
};

/// The routes of the portal.
pub fn routes() -> Router<Site> {
    Router::new().route("/", get(front))
}

#[derive(Template)]
#[template(path = "portal.html")]
struct Front {
    page: Page,
}

async fn front() -> Response {
    page::html(StatusCode::OK, &Front { page: Page::bare("Pay the council") })
}
