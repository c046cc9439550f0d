//! What went wrong, told to a resident in the language of the address.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::texts::{Language, Said};
use crate::{
    page::{self, Page},
    show,
};

/// Addresses that are not the residents'.
const OTHERS: [&str; 8] = [
    "/office",
    "/sign-in",
    "/sign-out",
    "/password",
    "/webhooks",
    "/healthz",
    "/readyz",
    "/metrics",
];

/// Whether a resident is who asked for this address.
pub(crate) fn is_residents(path: &str) -> bool {
    !OTHERS.iter().any(|other| {
        path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[derive(Template)]
#[template(path = "portal/fault.html")]
struct FaultPage<'a> {
    page: Page,
    t: Language,
    words: &'static str,
    /// What a rule of the council's or a field says: in English only.
    detail: Said,
    request: &'a str,
    is_ours: bool,
}

/// The page of a fault at `path`; `said` is what was said of it beyond its status.
pub(crate) fn page(path: &str, status: StatusCode, said: Option<&str>, request: &str) -> Response {
    let t = Language::of(path);
    let (title, words) = match status {
        StatusCode::NOT_FOUND => ("fault.absent.title", "fault.absent"),
        StatusCode::PAYLOAD_TOO_LARGE => ("fault.large.title", "fault.large"),
        StatusCode::CONFLICT => ("fault.refused.title", "fault.refused"),
        StatusCode::SERVICE_UNAVAILABLE => ("fault.away.title", "fault.away"),
        status if status.is_client_error() => ("fault.unread.title", "fault.unread"),
        _ => ("fault.ours.title", "fault.ours"),
    };
    let page = Page {
        service: t.say("fault.service").to_owned(),
        home: t.home(),
        lang: t.code(),
        skip: t.say("skip"),
        ..Page::bare(t.say(title))
    };
    let fault = FaultPage {
        page,
        t,
        words: t.say(words),
        detail: said.map(|said| t.english(show::sentence(said))).unwrap_or_default(),
        request,
        is_ours: status.is_server_error(),
    };
    page::html(status, &fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_staff_and_of_programs_are_not_the_residents() {
        for (path, is) in [
            ("/", true),
            ("/cy/x", true),
            ("/nowhere", true),
            ("/officers", true),
            ("/office", false),
            ("/office/x", false),
            ("/sign-in", false),
            ("/webhooks/BRO/pay", false),
        ] {
            assert_eq!(is_residents(path), is, "{path}");
        }
    }
}
