//! What is known of each request: its id, a line in the log, the figures.
//! Query strings are never logged, nor paths that no route knows: people type
//! names and references into them.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};

use crate::Site;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Whoever has the address of a payment link can follow it: its end is not logged.
const PAYMENT_LINK: &str = "/link/";

/// The longest request id taken from a proxy.
const REQUEST_ID_LENGTH_MAX: usize = 64;

/// By what a request is found in the log.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Gives a request its id, and writes down how it was answered.
pub(crate) async fn observe(
    State(site): State<Site>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = given_id(&request).unwrap_or_else(|| site.app.world().id().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path = route.as_ref().map(|route| match route.contains(PAYMENT_LINK) {
        true => route.clone(),
        false => request.uri().path().to_owned(),
    });
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status().as_u16();
    site.metrics.count(route.as_deref(), status, took);
    let route = route.as_deref().unwrap_or("-");
    let path = path.as_deref().unwrap_or("-");
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(id, %method, path, route, status, millis, "answered");
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The id that a proxy gave, if it is one.
fn given_id(request: &Request) -> Option<String> {
    let id = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_one = is_plain && (8..=REQUEST_ID_LENGTH_MAX).contains(&id.len());
    is_one.then(|| id.to_owned())
}
