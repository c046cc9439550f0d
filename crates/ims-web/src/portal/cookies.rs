//! Which cookies there are.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::visit::{Frame, Visit};
use crate::page::Page;

#[derive(Template)]
#[template(path = "portal/cookies.html")]
struct Cookies {
    page: Page,
    frame: Frame,
}

pub(super) async fn show(visit: Visit) -> Response {
    let page = visit.page(visit.language.say("cookies.title"), false);
    visit.html(StatusCode::OK, &Cookies { page, frame: visit.frame() })
}
