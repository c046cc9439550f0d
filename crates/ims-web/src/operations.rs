//! What those who run the server ask: `/healthz` (the process is up),
//! `/readyz` (and the database answers; 503 otherwise), `/metrics` (figures in
//! the text format of Prometheus).
//!
//! None of them says anything of anybody, so none asks who wants to know. A
//! proxy need not pass them on.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{Site, fault::AsItIs};

/// The routes for those who run the server.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/healthz", get(async || "up\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

async fn ready(State(site): State<Site>) -> Response {
    let mut response = match site.app.councils().await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    };
    response.extensions_mut().insert(AsItIs);
    response
}

async fn metrics(State(site): State<Site>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, site.metrics.text(site.started.elapsed())).into_response()
}
