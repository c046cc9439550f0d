//! What went wrong, told to a person as a page and to a program as a problem
//! document (RFC 9457). Every status that is not a success is chosen here.

use askama::Template;
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use ims_app::{AppError, StoreError};
use serde::Serialize;

use crate::{
    api::PREFIX,
    observe::RequestId,
    page::{self, Page},
    portal::faults,
};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    status: StatusCode,
    words: String,
    /// Who may not do what, for the audit trail.
    denied: Option<(String, &'static str)>,
}

impl Fault {
    /// `words` say what, and what would be right: lower case, no full stop.
    pub(crate) fn new(status: StatusCode, words: impl Into<String>) -> Self {
        Self { status, words: words.into(), denied: None }
    }

    /// The refusal for want of a permission, if it is one.
    pub(crate) fn denied(&self) -> Option<AppError> {
        let (who, deed) = self.denied.clone()?;
        Some(AppError::NotAllowed { who, deed })
    }

    /// A fault of our own. What it was is in the log, not on the page.
    pub(crate) fn ours() -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What is said of a status when nobody said more.
    fn of(status: StatusCode) -> Self {
        let words = match status {
            StatusCode::UNAUTHORIZED => "sign in first",
            StatusCode::FORBIDDEN => "you may not do this",
            StatusCode::NOT_FOUND => {
                "there is no page at this address; if you typed it, check that it is right"
            }
            StatusCode::METHOD_NOT_ALLOWED => "this address does not take that kind of request",
            StatusCode::PAYLOAD_TOO_LARGE => "what was sent is larger than this address takes",
            StatusCode::SERVICE_UNAVAILABLE => {
                "the answer took too long or the database could not be reached; look whether your \
                 change was made before you make it again"
            }
            other if other.is_client_error() => "the request cannot be understood",
            _ => {
                "this is a fault of ours; what was being changed was not changed. Try again, and \
                 if it happens again tell whoever runs this service, with the number below"
            }
        };
        Self::new(status, words)
    }

    fn title(&self) -> &'static str {
        match self.status {
            StatusCode::UNAUTHORIZED => "You are not signed in",
            StatusCode::FORBIDDEN => "You may not do this",
            StatusCode::NOT_FOUND => "Page not found",
            StatusCode::METHOD_NOT_ALLOWED => "That does not work here",
            StatusCode::CONFLICT => "This was refused",
            StatusCode::PAYLOAD_TOO_LARGE => "That is too large",
            StatusCode::SERVICE_UNAVAILABLE => "Sorry, the service is not available",
            status if status.is_client_error() => "That cannot be understood",
            _ => "Sorry, there is a problem with the service",
        }
    }
}

impl From<AppError> for Fault {
    fn from(error: AppError) -> Self {
        let status = match &error {
            AppError::BadInput(_) => StatusCode::BAD_REQUEST,
            AppError::NotFound { .. } => StatusCode::NOT_FOUND,
            AppError::Refused(_) => StatusCode::CONFLICT,
            AppError::NotAllowed { .. } => StatusCode::FORBIDDEN,
            AppError::WrongPassword => StatusCode::UNAUTHORIZED,
            AppError::Store(StoreError::Busy | StoreError::Unreachable { .. }) => {
                tracing::warn!(%error, "the database could not answer");
                return Self::of(StatusCode::SERVICE_UNAVAILABLE);
            }
            _ => {
                tracing::error!(%error, "a deed failed by a fault of ours");
                return Self::ours();
            }
        };
        let fault = Self::new(status, error.to_string());
        let denied = match error {
            AppError::NotAllowed { who, deed } => Some((who, deed)),
            _ => None,
        };
        Self { denied, ..fault }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Marks an answer that is as it should be whatever its status says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AsItIs;

/// Gives every answer that is a fault its page or its problem document.
pub(crate) async fn shown(request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let response = next.run(request).await;
    let status = response.status();
    let is_fault = status.is_client_error() || status.is_server_error();
    if !is_fault || response.extensions().get::<AsItIs>().is_some() {
        return response;
    }
    let told = response.extensions().get::<Fault>().cloned();
    let (mut parts, _) = response.into_parts();
    let shown = if !path.starts_with(PREFIX) && faults::is_residents(&path) {
        // Of what went wrong with us they are told no more than that it did.
        let said = told.as_ref().filter(|_| matches!(status.as_u16(), 400 | 409));
        if let Some(told) = told.as_ref().filter(|_| status.is_server_error()) {
            tracing::warn!(id, words = told.words, "a resident met a fault");
        }
        faults::page(&path, status, said.map(|told| told.words.as_str()), &id)
    } else {
        let fault = told.unwrap_or_else(|| Fault::of(status));
        if path.starts_with(PREFIX) { problem(&fault, &id) } else { fault_page(&fault, &id) }
    };
    // What else the answer says stands: which methods are allowed, when to come again.
    for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE] {
        parts.headers.remove(name);
    }
    let (shown, body) = shown.into_parts();
    parts.headers.extend(shown.headers);
    Response::from_parts(parts, body)
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage<'a> {
    page: Page,
    words: &'a str,
    request: &'a str,
    is_ours: bool,
}

fn fault_page(fault: &Fault, id: &str) -> Response {
    let fault_page = FaultPage {
        page: Page::bare(fault.title()),
        words: &fault.words,
        request: id,
        is_ours: fault.status.is_server_error(),
    };
    page::html(fault.status, &fault_page)
}

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    request_id: &'a str,
}

fn problem(fault: &Fault, id: &str) -> Response {
    let problem = Problem {
        r#type: "about:blank",
        title: fault.status.canonical_reason().unwrap_or("Error"),
        status: fault.status.as_u16(),
        detail: &fault.words,
        request_id: id,
    };
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let kind = HeaderValue::from_static("application/problem+json");
    (fault.status, [(header::CONTENT_TYPE, kind)], body).into_response()
}
