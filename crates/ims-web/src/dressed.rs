use std::{any::Any, time::Duration};

use axum::{Router, http::StatusCode, middleware, response::IntoResponse, response::Response};
use tower_http::{
    catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer,
};

use crate::{Site, assets, denied, fault, fault::Fault, observe, security};

/// The most bytes a request's body may have.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// The most seconds an answer may take.
pub const SECONDS_MAX: u64 = 30;

/// `faces` with what all of them share: style sheets, limits, security headers,
/// honest pages for faults, request ids, the log and the figures.
pub fn dressed(faces: Router<Site>, site: &Site) -> Router {
    let too_long = Duration::from_secs(SECONDS_MAX);
    faces
        .merge(assets::routes())
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, too_long))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(denied::noted))
        .layer(middleware::from_fn(fault::shown))
        .layer(middleware::from_fn_with_state(site.clone(), security::headers))
        .layer(middleware::from_fn_with_state(site.clone(), observe::observe))
        .with_state(site.clone())
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // The panic itself is on stderr; what it says might be a payer's.
    tracing::error!("a handler panicked: a fault of ours, and nothing was stored");
    Fault::ours().into_response()
}
