//! What a resident is told when a page cannot be shown.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::{
    texts::{Language, Said},
    visit::{Frame, Visit},
};
use crate::page::{self, Page};

#[derive(Template)]
#[template(path = "portal/closed.html")]
struct Closed {
    page: Page,
    t: Language,
}

/// Nothing can be paid here.
pub(super) fn closed(t: Language) -> Response {
    let page = Page {
        service: t.say("fault.service").to_owned(),
        home: t.home(),
        lang: t.code(),
        skip: t.say("skip"),
        ..Page::bare(t.say("front.closed.title"))
    };
    page::html(StatusCode::OK, &Closed { page, t })
}

#[derive(Template)]
#[template(path = "portal/told.html")]
struct Told {
    page: Page,
    frame: Frame,
    words: String,
    /// What there is in English only.
    detail: Said,
}

fn told(visit: &Visit, status: StatusCode, title: &'static str, words: String) -> Response {
    told_more(visit, status, title, (words, Said::default()))
}

fn told_more(
    visit: &Visit,
    status: StatusCode,
    title: &'static str,
    (words, detail): (String, Said),
) -> Response {
    let page = visit.page(title, false);
    visit.html(status, &Told { page, frame: visit.frame(), words, detail })
}

/// The form was opened in another browser, or too long ago.
pub(super) fn stale(visit: &Visit) -> Response {
    let t = visit.language;
    let words = t.say("fault.form").to_owned();
    told(visit, StatusCode::FORBIDDEN, t.say("fault.form.title"), words)
}

/// There is no such page, or no such thing to pay.
pub(super) fn absent(visit: &Visit) -> Response {
    let t = visit.language;
    let words = t.say("fault.absent").to_owned();
    told(visit, StatusCode::NOT_FOUND, t.say("fault.absent.title"), words)
}

/// The provider could not be asked; nothing was taken.
pub(super) fn not_started(visit: &Visit) -> Response {
    let t = visit.language;
    let words = t.say("pay.failed").to_owned();
    told(visit, StatusCode::SERVICE_UNAVAILABLE, t.say("pay.failed.title"), words)
}

/// The books or the provider refuse it; why, they say in English.
pub(super) fn refused(visit: &Visit, why: &str) -> Response {
    let t = visit.language;
    let words = (t.say("pay.refused").to_owned(), t.english(why));
    told_more(visit, StatusCode::CONFLICT, t.say("pay.failed.title"), words)
}

/// Too many tries; `words` say when to come again.
pub(super) fn often(visit: &Visit, words: String) -> Response {
    let title = visit.language.say("fault.often.title");
    told(visit, StatusCode::TOO_MANY_REQUESTS, title, format!("{words}."))
}
